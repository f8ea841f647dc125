"""Which words are given names, surnames, titles or particles: the tables in `data/`, read once."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from amparo.values.text import fold

GIVEN, SURNAME, EITHER, INITIAL, UNKNOWN = "g", "s", "e", "i", ""


class Lexicon(NamedTuple):
    """The words the parser knows, all folded."""

    kinds: dict[str, str]  # word -> GIVEN, SURNAME or EITHER
    female: frozenset[str]
    male: frozenset[str]
    given_with_de: frozenset[str]  # men's names that follow a particle: de Dios
    remarks: frozenset[str]  # a bracket with one of these says something about the name
    spanish_surnames: frozenset[str]  # also those that are given names
    titles: frozenset[str]
    titles_before_given: frozenset[str]
    suffixes: frozenset[str]
    particles: frozenset[str]
    inner_particles: frozenset[str]  # particles only after a name word
    openers: frozenset[str]
    inner_openers: frozenset[str]
    compounds: dict[str, tuple[tuple[str, ...], ...]]  # first word -> whole compounds, longest first
    surnames_with_de: frozenset[str]
    widow: frozenset[str]
    alias_markers: tuple[str, ...]
    placeholders: frozenset[str]

    def kind(self, unit: str) -> str:
        """The part of a name this word usually is; a compound counts as a surname."""
        if len(unit) == 1:
            return INITIAL
        if "_" in unit:
            return SURNAME if unit.split("_", 1)[0] in self.openers else UNKNOWN
        return self.kinds.get(unit.split("-", 1)[0], UNKNOWN)


def table(name: str) -> dict[str, Any]:
    """One TOML table of `data/`."""
    return tomllib.loads(files("amparo.values.names").joinpath("data", name).read_text(encoding="utf-8"))


@cache
def short_forms() -> dict[str, tuple[str, ...]]:
    """Every short form with the formal given names it may stand for, Spanish names first."""
    forms: dict[str, list[str]] = {}
    for name in ("hypocoristics_es.toml", "hypocoristics_en.toml"):
        for group in table(name)["group"]:
            for formal, short in group.items():
                for form in short.split() if formal != "source" else ():
                    forms.setdefault(fold(form), []).append(formal)
    heads = {formal for names in forms.values() for formal in names}
    return {
        form: tuple(dict.fromkeys([form, *names] if form in heads else names))
        for form, names in forms.items()
    }


@cache
def lexicon() -> Lexicon:
    """Read the tables; a word filed as given name in one language and surname in the other is either."""
    spanish, english, words = table("lexicon_es.toml"), table("lexicon_en.toml"), table("words.toml")

    def listed(source: dict[str, Any], key: str) -> frozenset[str]:
        return frozenset(source[key].split())

    female = listed(spanish, "female") | listed(english, "female")
    given = female | listed(spanish, "male") | listed(english, "male")
    surnames = listed(spanish, "surname") | listed(english, "surname")
    either = listed(spanish, "either") | (given & surnames)
    kinds = dict.fromkeys(short_forms(), GIVEN) | dict.fromkeys(given, GIVEN)
    kinds |= dict.fromkeys(surnames, SURNAME) | dict.fromkeys(either, EITHER)
    compounds: dict[str, tuple[tuple[str, ...], ...]] = {}
    for compound in sorted((tuple(text.split()) for text in words["compounds"]), key=len, reverse=True):
        compounds[compound[0]] = (*compounds.get(compound[0], ()), compound)
    return Lexicon(
        kinds=kinds,
        female=female,
        male=listed(spanish, "male"),
        given_with_de=listed(words, "given_with_de"),
        remarks=listed(words, "remarks"),
        spanish_surnames=listed(spanish, "surname") | listed(spanish, "either"),
        titles=listed(words, "titles"),
        titles_before_given=listed(words, "titles_before_given"),
        suffixes=listed(words, "suffixes"),
        particles=listed(words, "particles"),
        inner_particles=listed(words, "inner_particles"),
        openers=listed(words, "openers"),
        inner_openers=listed(words, "inner_openers"),
        compounds=compounds,
        surnames_with_de=listed(words, "surnames_with_de"),
        widow=listed(words, "widow"),
        alias_markers=tuple(words["alias_markers"]),
        placeholders=frozenset(fold(text) for text in words["placeholders"]),
    )
