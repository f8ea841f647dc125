"""Recovery shares: a 256-bit secret as three lists of words, any two of which give it back (SLIP-0039).

Nothing here tells which word would be right: who corrects a share by the program's word learns the share.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from shamir_mnemonic import MnemonicError, Share, combine_mnemonics, generate_mnemonics
from shamir_mnemonic.constants import CUSTOMIZATION_STRING_EXTENDABLE, ID_EXP_LENGTH_WORDS, RADIX_BITS
from shamir_mnemonic.rs1024 import create_checksum, verify_checksum
from shamir_mnemonic.wordlist import WORD_INDEX_MAP, WORDLIST

from amparo.errors import AmparoError

SHARES, NEEDED, WORDS = 3, 2, 33
_CHECKSUM = 3  # words at the end
_STEM = 4  # letters that tell a word of the list from every other (SLIP-0039, word list)
_BY_STEM = {word[:_STEM]: word for word in WORDLIST}


def split(secret: bytes) -> tuple[str, ...]:
    """Three shares of a 32-byte secret, each 33 words in one line. One of them tells nothing of it."""
    ((*made,),) = generate_mnemonics(1, [(NEEDED, SHARES)], secret, iteration_exponent=0)
    return tuple(made)


def words_of(typed: str) -> list[str]:
    """The words in what was typed: capitals, line breaks, commas and numbers before words are no matter."""
    plain = unicodedata.normalize("NFKC", typed).lower().replace(",", " ")
    return [word for each in plain.split() if (word := each.strip(".:;-)")) and not word.isdecimal()]


def check(typed: str, number: int) -> str:
    """A share as it was printed, from what was typed; `number` is its place among those typed, from 1 on.

    Words may be cut to four letters. Raises `vault.share_word` (not in the list), `vault.share_length`,
    `vault.share_mistyped` (the checksum tells which word), `vault.share_checksum` (it does not).
    """
    words = words_of(typed)
    for position, word in enumerate(words, 1):
        if word not in WORD_INDEX_MAP and word not in _BY_STEM:
            raise AmparoError("vault.share_word", share=number, position=position)
    if len(words) != WORDS:
        raise AmparoError("vault.share_length", share=number, words=len(words), expected=WORDS)
    words = [_BY_STEM[word[:_STEM]] for word in words]
    places = [WORD_INDEX_MAP[word] for word in words]
    if not verify_checksum(places, CUSTOMIZATION_STRING_EXTENDABLE):
        position = _wrong_word(places)
        if position is None:
            raise AmparoError("vault.share_checksum", share=number)
        raise AmparoError("vault.share_mistyped", share=number, position=position)
    return " ".join(words)


def set_of(share: str) -> str:
    """What all shares of one secret have in common: their first words, which tell nothing of the secret."""
    return " ".join(share.split()[:ID_EXP_LENGTH_WORDS])


def index_of(share: str) -> int:
    """Which share of its set this is: 1, 2 or 3."""
    return Share.from_mnemonic(share).index + 1


def join(typed: Sequence[str]) -> bytes:
    """The 32-byte secret of two shares, or of all three.

    Raises the codes of `check`, `vault.shares_few`, `vault.shares_same` (one of them twice) and
    `vault.shares_apart` (not of one set).
    """
    known = [check(share, number) for number, share in enumerate(typed, 1)]
    if len(known) < NEEDED:
        raise AmparoError("vault.shares_few", needed=NEEDED)
    if len(set(known)) < len(known):
        raise AmparoError("vault.shares_same")
    try:
        return combine_mnemonics(known[:NEEDED])
    except MnemonicError:
        raise AmparoError("vault.shares_apart") from None


def _wrong_word(places: Sequence[int]) -> int | None:
    """The position, from 1 on, where one other word would make the checksum fit; None where none would.

    The checksum is a Reed-Solomon code with distance 4 (SLIP-0039, RS1024), linear over bits: a wrong word
    shifts it by a sum of what the word's ten bits shift it by.
    """

    def checksum(words: Sequence[int]) -> int:
        first, second, third = create_checksum(words, CUSTOMIZATION_STRING_EXTENDABLE)
        return first << 2 * RADIX_BITS | second << RADIX_BITS | third

    *said, first, second, third = places
    shift = checksum(said) ^ (first << 2 * RADIX_BITS | second << RADIX_BITS | third)
    # One wrong word of the checksum itself shifts that word alone.
    alone = [word for word in range(_CHECKSUM) if shift >> (2 - word) * RADIX_BITS & (2**RADIX_BITS - 1)]
    if len(alone) == 1:
        return len(said) + alone[0] + 1
    plain = checksum([0] * len(said))
    for position in range(len(said)):
        sums = {0}
        for bit in range(RADIX_BITS):
            one = checksum([0] * position + [1 << bit] + [0] * (len(said) - position - 1)) ^ plain
            sums |= {known ^ one for known in sums}
        if shift in sums:
            return position + 1
    return None
