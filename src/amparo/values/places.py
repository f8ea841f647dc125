"""Place text in one form, its levels where one text holds several, and coded places of a country."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from amparo.values.text import fold, level, plain


class Place(NamedTuple):
    """A coded place: level 0 is a country, 1 the first below it; 9 is any place below a country."""

    level: int
    code: str  # the country's own code; ISO 3166-1 alpha-3 of a country
    iso3166_2: str  # of a country: ISO 3166-1 alpha-2
    name: str
    parent: str = ""  # code of the place that holds it


class Named(NamedTuple):
    """A place name in running text, from `start` to `end`, and the places it may mean."""

    start: int
    end: int
    places: frozenset[Place]


# Words that name a level, left out in front of a place: some lists write them, some do not.
_LEVELS = frozenset(
    {"departamento", "depto", "dpto", "municipio", "mun", "mpio", "muni", "provincia", "prov", "pcia",
     "estado", "edo", "canton", "ctn", "caserio", "crio", "colonia", "col", "barrio", "bo", "ciudad",
     "cdad", "cd", "localidad", "loc", "distrito", "dist", "county", "city", "parish", "state",
     "province"}
)  # fmt: skip
_LEVELS_BEHIND = frozenset({"county", "parish", "department"})
_LINKS = frozenset({"de", "del", "of"})
_SHORT = {"sta": "santa", "sto": "santo", "gral": "general", "st": "saint"}
_WORD = re.compile(r"[^\W\d_]+")
_BREAK = re.compile(r"[,;/|()\[\]]|\s{2,}|\s-\s")


def normalise_place(text: str) -> str:
    """Lower-case ASCII words of one place without the word that names its level: "Depto. de Sta. Ana"."""
    words = fold(text).split()
    while len(words) > 1 and words[-1] in _LEVELS_BEHIND:
        words.pop()
    at = 0
    while at < len(words) - 1 and (words[at] in _LEVELS or (at and words[at] in _LINKS)):
        at += 1
    words = words[at:]
    if len(words) > 1:
        words[0] = _SHORT.get(words[0], words[0])
    return " ".join(words)


def split_levels(text: str) -> list[str]:
    """The normalised parts of "Municipio, Departamento" in the order written, mostly smallest first."""
    parts = (normalise_place(part) for part in _BREAK.split(plain(text)))
    return [part for part in parts if part]


def level_of(text: str) -> Place | None:
    """The coded place a text names, by name or code: of several the one of the highest level.

    None where there is none, or two of that level.
    """
    found = _gazetteer().get(normalise_place(text), frozenset())
    highest = min((place.level for place in found), default=0)
    top = [place for place in found if place.level == highest]
    return top[0] if len(top) == 1 else None


def find_places(text: str) -> Iterator[Named]:
    """Place names of the gazetteers in running text, capitalised as names are, the longest first."""
    flat, at = level(text), 0
    while match := _WORD.search(text, at):
        at = match.end()
        if not match[0][0].isupper():
            continue
        for words in _by_first_word().get(level(match[0]), ()):
            end = match.start() + len(words)
            if flat.startswith(words, match.start()) and not flat[end : end + 1].isalnum():
                yield Named(match.start(), end, _gazetteer()[normalise_place(words)])
                at = end
                break


@cache
def _by_first_word() -> dict[str, list[str]]:
    """Names as they stand in levelled text, by their first word, the longest first."""
    words: dict[str, set[str]] = defaultdict(set)
    for _, names in _rows():
        for name in names:
            written = level(name)
            first = _WORD.match(written)
            if first:
                words[first[0]].add(written)
    return {first: sorted(names, key=len, reverse=True) for first, names in words.items()}


@cache
def _rows() -> list[tuple[Place, tuple[str, ...]]]:
    """Every place of the gazetteers of `data/places` (one CSV a country) with its names."""
    rows = []
    for table in sorted(
        files("amparo.values").joinpath("data", "places").iterdir(), key=lambda each: each.name
    ):
        lines = table.read_text(encoding="utf-8").splitlines()
        for row in csv.DictReader(line for line in lines if line[0] != "#"):
            place = Place(int(row["level"]), row["code"], row["iso3166_2"], row["name"], row["parent"])
            rows.append((place, (place.name, *filter(None, row["other"].split("|")))))
    return rows


@cache
def _gazetteer() -> dict[str, frozenset[Place]]:
    """Every place by normalised name and code."""
    places: dict[str, set[Place]] = defaultdict(set)
    for place, names in _rows():
        for key in (*names, place.code, place.iso3166_2):
            if key:
                places[normalise_place(key)].add(place)
    return {key: frozenset(found) for key, found in places.items()}
