"""Place text in one form, its levels where one text holds several, and coded places of a country."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from amparo.values.text import fold, plain


class Place(NamedTuple):
    """A coded place: level 1 is the first below the country."""

    level: int
    code: str  # the country's own code
    iso3166_2: str
    name: str


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
    """The coded place a text names, by name or code; None where no place or more than one is meant."""
    found = _gazetteer().get(normalise_place(text), set())
    return next(iter(found)) if len(found) == 1 else None


@cache
def _gazetteer() -> dict[str, set[Place]]:
    """Every gazetteer of `data` (one CSV a country) by normalised name and code."""
    places: dict[str, set[Place]] = defaultdict(set)
    for table in files("amparo.values").joinpath("data").iterdir():
        lines = table.read_text(encoding="utf-8").splitlines()
        for row in csv.DictReader(line for line in lines if line[0] != "#"):
            place = Place(int(row["level"]), row["code"], row["iso3166_2"], row["name"])
            for key in (place.name, place.code, place.iso3166_2):
                places[normalise_place(key)].add(place)
    return places
