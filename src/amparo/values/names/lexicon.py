"""Which words are given names, surnames, titles or particles: the tables in `data/`, read once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec

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
    bracketed: frozenset[str]  # set apart where they stand alone in a bracket
    occupations: frozenset[str]
    particles: frozenset[str]
    inner_particles: frozenset[str]  # particles only after a name word
    surname_particles: frozenset[str]  # particles only between surnames
    openers: frozenset[str]
    inner_openers: frozenset[str]
    compounds: dict[str, tuple[tuple[str, ...], ...]]  # first word -> whole compounds, longest first
    surnames_with_de: frozenset[str]
    surnames_with_de_la: frozenset[str]  # also those that are women's names
    widow: frozenset[str]
    kin: frozenset[str]
    few: frozenset[str]
    nameless_ends: tuple[str, ...]
    alias_markers: tuple[str, ...]
    placeholders: frozenset[str]
    placeholder_starts: frozenset[str]  # their first words


def table(name: str) -> dict[str, Any]:
    """One YAML table of `data/`; every entry of it names its source."""
    return msgspec.yaml.decode(files("amparo.values.names").joinpath("data", name).read_bytes())


@cache
def short_forms() -> dict[str, tuple[str, ...]]:
    """Every short form with the formal given names it may stand for, Spanish names first."""
    forms: dict[str, list[str]] = {}
    for name in ("hypocoristics_es.yml", "hypocoristics_en.yml"):
        for entry in table(name)["entries"]:
            for form in entry["forms"].split():
                forms.setdefault(fold(form), []).append(entry["name"])
    heads = {formal for names in forms.values() for formal in names}
    return {
        form: tuple(dict.fromkeys([form, *names] if form in heads else names))
        for form, names in forms.items()
    }


@cache
def short_surnames() -> dict[str, str]:
    """Surnames as registers shorten them, and whole."""
    return dict(table("words.yml")["surname_short"]["words"])


@cache
def lexicon() -> Lexicon:
    """Read the tables; a word filed as given name in one language and surname in the other is either."""
    spanish, english, words = table("lexicon_es.yml"), table("lexicon_en.yml"), table("words.yml")

    def listed(source: dict[str, Any], key: str) -> frozenset[str]:
        return frozenset(source[key]["words"].split())

    female = listed(spanish, "female") | listed(english, "female")
    given = female | listed(spanish, "male") | listed(english, "male")
    surnames = listed(spanish, "surname") | listed(english, "surname")
    surnames |= short_surnames().keys()
    either = listed(spanish, "either") | (given & surnames) | (short_forms().keys() & surnames)
    kinds = dict.fromkeys(short_forms(), GIVEN) | dict.fromkeys(given, GIVEN)
    kinds |= dict.fromkeys(surnames, SURNAME) | dict.fromkeys(either, EITHER)
    compounds: dict[str, tuple[tuple[str, ...], ...]] = {}
    for compound in sorted(
        (tuple(text.split()) for text in words["compounds"]["words"]), key=len, reverse=True
    ):
        compounds[compound[0]] = (*compounds.get(compound[0], ()), compound)
    ends = tuple(fold(text) for text in words["nameless_ends"]["words"])
    nobody = {f"{who} {end}" for who in words["nameless"]["words"].split() for end in ends}
    placeholders = frozenset(fold(text) for text in words["placeholders"]["words"]) | nobody
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
        bracketed=listed(words, "bracketed"),
        occupations=listed(words, "occupations"),
        particles=listed(words, "particles"),
        inner_particles=listed(words, "inner_particles"),
        surname_particles=listed(words, "surname_particles"),
        openers=listed(words, "openers"),
        inner_openers=listed(words, "inner_openers"),
        compounds=compounds,
        surnames_with_de=listed(words, "surnames_with_de"),
        surnames_with_de_la=listed(words, "surnames_with_de_la"),
        widow=listed(words, "widow"),
        kin=listed(words, "kin"),
        few=listed(words, "few"),
        nameless_ends=ends,
        alias_markers=tuple(words["alias_markers"]["words"]),
        placeholders=placeholders,
        placeholder_starts=frozenset(text.split()[0] for text in placeholders),
    )
