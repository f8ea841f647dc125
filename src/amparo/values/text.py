"""One way to fold text for comparison: lower case, no accents, plain letters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ŋ": "n",
    "ħ": "h", "ŧ": "t", "ª": "a", "º": "o", "·": "",
}  # fmt: skip
# Every sign used for an apostrophe becomes the plain one, every dash a hyphen.
_SIGNS = dict.fromkeys("’‘ʼʻ´`′ʹ＇", "'") | dict.fromkeys("‐‑‒–—―−", "-")
_TABLE = str.maketrans(_LETTERS | _SIGNS)
_SEPARATORS = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """Lower case without accents (ñ becomes n); punctuation stays, apostrophes and dashes in one form.

    Letters of scripts other than Latin have no ASCII form and stay as they are: no name is lost.
    """
    if "Ã" in text or "Â" in text:
        text = _decoded_again(text)
    lowered = text.lower()
    if lowered.isascii():
        return lowered.replace("`", "'")
    decomposed = unicodedata.normalize("NFKD", lowered.translate(_TABLE))
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    # A compatibility form may decompose into a capital or into one of the signs above.
    return bare.lower().translate(_TABLE)


def _decoded_again(text: str) -> str:
    """UTF-8 that was once taken for Windows letters, NuÃ±ez for Núñez; other texts as they are."""
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text


def fold(text: str) -> str:
    """Words of the text in plain letters and digits, one space between them; apostrophes join their sides."""
    return _SEPARATORS.sub(" ", plain(text).replace("'", "")).strip()


def level(text: str) -> str:
    """As `plain`, one character for each: what is found in it stands at the same place in the text."""
    return "".join(map(_single, text))


@lru_cache(maxsize=4096)
def _single(char: str) -> str:
    bare = plain(char)
    return bare if len(bare) == 1 else char
