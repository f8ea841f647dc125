"""Keys under which two writings of one name meet: the sound of Spanish, and formal given names."""

from __future__ import annotations

import re
from functools import lru_cache

from amparo.values.names.lexicon import short_forms
from amparo.values.text import fold

# In order; each works on what the ones before left. In the key, "c" is the sound of ch, "w" of hua and gua.
_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"[^a-z]", ""),
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


@lru_cache(maxsize=1 << 17)
def phonetic(token: str) -> str:
    """The sound of a name token as Central American Spanish writes it in many ways.

    Equal for b/v, s/c/z, ll/y, silent h, x/j and g/j before e and i, n/ñ, m/n before a consonant, qu/k/c,
    hua/gua/wa and doubled letters. Compound tokens lose their "_".
    """
    sound = token if token.isascii() and token.islower() else fold(token).replace(" ", "")
    for pattern, replacement in _SOUNDS:
        sound = pattern.sub(replacement, sound)
    return sound.lower()


def formal(token: str) -> tuple[str, ...]:
    """The given names a token may be short for: ("jose",) for chepe; the token itself when for none.

    A short form that is a formal name too (Sandra) comes first in its own answer.
    """
    return short_forms().get(token, (token,))
