"""Which part of a name a word usually is: as the word lists say, as it sounds, or as the lists use it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

from amparo.values.names.keys import phonetic
from amparo.values.names.lexicon import EITHER, GIVEN, INITIAL, SURNAME, UNKNOWN, lexicon

_SHORTEST = 5  # letters of a word that may be recognised with a slip in it


@lru_cache(maxsize=1 << 17)
def kind(unit: str) -> str:
    """GIVEN, SURNAME, EITHER, INITIAL or UNKNOWN; a compound counts as a surname.

    A word that no list holds is what the words are that sound the same or, for want of those, that differ
    by one letter: Luiza is a given name, Hernádez a surname.
    """
    if len(unit) == 1:
        return INITIAL
    if "_" in unit:
        return SURNAME if unit.split("_", 1)[0] in lexicon().openers else UNKNOWN
    word = unit.split("-", 1)[0]
    known = lexicon().kinds.get(word)
    if known is not None:
        return known
    sound = phonetic(word)
    alike = _by_sound().get(sound)
    if alike is None and len(sound) >= _SHORTEST:
        near = {_by_slip()[part] for part in slips(sound) if part in _by_slip()}
        alike = near.pop() if len(near) == 1 else None
    return alike or UNKNOWN


def slips(sound: str) -> Iterator[str]:
    """The word and the word without each of its letters: two words one slip apart share one of these."""
    yield sound
    for at in range(len(sound)):
        yield sound[:at] + sound[at + 1 :]


@cache
def _by_sound() -> dict[str, str]:
    sounds: dict[str, str] = {}
    for word, known in lexicon().kinds.items():
        sound = phonetic(word)
        sounds[sound] = known if sounds.get(sound, known) == known else EITHER
    return sounds


@cache
def _by_slip() -> dict[str, str]:
    parts: dict[str, str] = {}
    for sound, known in _by_sound().items():
        for part in slips(sound) if len(sound) >= _SHORTEST else ():
            parts[part] = known if parts.get(part, known) == known else EITHER
    return parts


__all__ = ["EITHER", "GIVEN", "INITIAL", "SURNAME", "UNKNOWN", "kind", "slips"]
