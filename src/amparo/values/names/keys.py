"""Keys under which two writings of one name meet: the sound of Spanish, and formal given names."""

from __future__ import annotations

import re
from functools import lru_cache

from amparo.values.names.lexicon import short_forms, short_surnames
from amparo.values.text import fold

# Figures that a scanner reads for letters: P0rtill0, Garc1a.
_SCANNED = str.maketrans("0158", "olsb")
_SCANNED_I = re.compile(r"(?<=[b-df-hj-np-tv-z])1")
# In order; each works on what the ones before left. In the key, "c" is the sound of ch, "w" of hua and gua.
_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"[^a-z]", ""),
        (r"(?<=[aeiou])rn(?=[aeiou])", "m"),  # a scanner reads either for the other: Hernández, Hemández
        (r"^ps", "s"),
        (r"ph", "f"),
        (r"ch|sh", "C"),
        (r"(?:^|(?<=[aeiou]))h?u(?=[aeo])|hu(?=[aeio])|gu(?=[ao])|w", "W"),
        (r"h", ""),
        (r"ll", "Y"),
        (r"gu(?=[ei])", "G"),
        (r"g(?=[eiy])", "j"),
        (r"qu(?=[eiy])", "k"),
        (r"c(?=[eiy])|z|ç", "s"),
        (r"[cq]", "k"),
        (r"y(?=[aeiou])|(?<=[aeiou])i(?=[aeiou])", "Y"),
        (r"y", "i"),
        (r"(?<=[aeiou])x(?=[aeiou])|^x", "j"),
        (r"x", "s"),
        (r"v", "b"),
        (r"m(?=[^aeiouY]|$)", "n"),
        (r"(.)\1+", r"\1"),
    )
]


def whole_surname(token: str) -> str:
    """The surname a token is short for: hernandez for hdez; the token itself when for none."""
    return short_surnames().get(token, token)


@lru_cache(maxsize=1 << 17)
def phonetic(token: str) -> str:
    """The sound of a name token as Central American Spanish writes it in many ways.

    Equal for b/v, s/c/z, ll/y, silent h, x/j and g/j before e and i, n/ñ, m/n before a consonant, qu/k/c,
    hua/gua/wa, doubled letters and what scanners confuse (rn/m, 0/o, 1/l/i, 5/s, 8/b). Compound tokens lose
    their "_".
    """
    sound = token if token.isascii() and token.islower() else fold(token).replace(" ", "")
    if not sound.isalpha() and not sound.isdigit():
        sound = _SCANNED_I.sub("i", sound).translate(_SCANNED)
    for pattern, replacement in _SOUNDS:
        sound = pattern.sub(replacement, sound)
    return sound.lower()


def formal(token: str) -> tuple[str, ...]:
    """The given names a token may be short for: ("jose",) for chepe; the token itself when for none.

    A short form that is a formal name too (Sandra) comes first in its own answer.
    """
    return short_forms().get(token, (token,))
