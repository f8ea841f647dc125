"""Place text in one form, and its levels where one text holds several."""

from __future__ import annotations

import re

from amparo.values.text import fold, plain

# Words that name a level or a kind of way: dropped in front of a place, for lists write them or not.
_LEVEL_WORDS = frozenset(
    [
        "departamento",
        "depto",
        "dpto",
        "dep",
        "departament",
        "municipio",
        "mun",
        "mpio",
        "muni",
        "provincia",
        "prov",
        "pcia",
        "estado",
        "edo",
        "canton",
        "ctn",
        "caserio",
        "crio",
        "colonia",
        "col",
        "barrio",
        "bo",
        "ciudad",
        "cdad",
        "localidad",
        "loc",
        "distrito",
        "dist",
        "county",
        "city",
        "parish",
        "state",
        "province",
    ]
)
_LINKS = frozenset({"de", "del", "of"})
_BREAK = re.compile(r"[,;/|()\[\]]|\s{2,}|\s[-–]\s")


def normalise_place(text: str) -> str:
    """Lower-case ASCII words of a place without the words that name its level."""
    words = fold(text).split()
    at = 0
    while at < len(words) - 1 and (words[at] in _LEVEL_WORDS or (at and words[at] in _LINKS)):
        at += 1
    kept = words[at:]
    while len(kept) > 1 and kept[-1] in {"county", "parish"}:
        kept.pop()
    return " ".join(kept)


def split_levels(text: str) -> list[str]:
    """The normalised parts of "Municipio, Departamento", in the order written: usually smallest first."""
    parts = (normalise_place(part) for part in _BREAK.split(plain(text)))
    return [part for part in parts if part]
