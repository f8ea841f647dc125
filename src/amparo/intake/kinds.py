"""What the text of a cell looks like: date, number, age, sex, personal name. Looks only, no meaning."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Literal

from amparo.values.text import fold, plain

# How a source writes day, month and year in figures.
DateOrder = Literal["DMY", "MDY", "YMD"]

_MONTHS = (
    "ene|feb|mar|abr|may|jun|jul|ago|sep|set|oct|nov|dic|jan|apr|aug|dec|"
    "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre|"
    "january|february|march|april|june|july|august|september|october|november|december"
)
_DATE = re.compile(
    rf"""(?:\d{{1,2}}\s*[-/.]\s*\d{{4}}                                                       # 8/2018
      | \d{{4}}-\d{{1,2}}(?:-\d{{1,2}})?(?:[ T]\d{{1,2}}:\d{{2}}(?::\d{{2}})?.*)?     # 1981-03-04 09:30
      | \d{{1,4}}\s*[-/.]\s*\d{{1,2}}\s*[-/.]\s*\d{{1,4}}(?:\s+\d{{1,2}}:\d{{2}}.*)?      # 4/3/81, 1981.3.4
      | \d{{1,2}}\s*[-/.]\s*[ivx]{{1,4}}\s*[-/.]\s*\d{{2,4}}                              # 5-XI-1981
      | .*\b(?:{_MONTHS})\b.*                                                             # en agosto de 1981
    )""",
    re.VERBOSE,
)
_YEAR = re.compile(r"(?:1[89]\d\d|20\d\d)(?:\.0)?")
_NUMBER = re.compile(r"[-+]?[$€]?\s*\d[\d.,\s]*%?")
_AGE = re.compile(
    r"(?:\D{0,12}?)(?:1[01]\d|\d{1,2})(?:\.0)?(?:\s*(?:-|a|to|,|y)\s*(?:1[01]\d|\d{1,2}))?\s*[])+]?"
    r"\s*(?:anos?|a|years?|yrs?|meses|months|dias|days)?(?: (?:old|o mas|or more))?"
)
_SEX = frozenset(
    fold(word)
    for word in [
        "m",
        "f",
        "h",
        "v",
        "x",
        "masc",
        "masculino",
        "fem",
        "femenino",
        "hombre",
        "mujer",
        "varón",
        "hembra",
        "niño",
        "niña",
        "male",
        "female",
        "man",
        "woman",
        "boy",
        "girl",
        "trans",
        "otro",
        "other",
    ]
)
_NAME = re.compile(r"[^\W\d_]+[.,'’´-]*(?:[\s,'’´\-.()\"/]+[^\W\d_]+[.,'’´\-)\"]*){1,7}")
# What stands in a cell to say that nothing is known: no evidence for or against a kind.
_NOTHING = frozenset(
    [
        "",
        "-",
        "--",
        "?",
        "n/a",
        "na",
        "nd",
        "n/d",
        "s/d",
        "sin dato",
        "sin datos",
        "no consta",
        "desconocido",
        "desconocida",
        "se desconoce",
        "ignorado",
        "unknown",
        "none",
        "null",
        "nan",
        "not available",
        "withheld",
    ]
)


def is_date(text: str) -> bool:
    """A calendar date of any precision finer than a bare year, in digits or with a month's name."""
    return bool(_DATE.fullmatch(plain(text.strip())))


def is_year(text: str) -> bool:
    """A bare year between 1800 and 2099."""
    return bool(_YEAR.fullmatch(text.strip()))


def is_number(text: str) -> bool:
    """Digits with separators, a sign, a currency or a percent sign."""
    return bool(_NUMBER.fullmatch(text.strip()))


def is_age(text: str) -> bool:
    """An age up to 119, alone, with its unit, or as a band such as 30-34 or [30,35)."""
    return bool(_AGE.fullmatch(plain(text.strip())))


def is_sex(text: str) -> bool:
    """One of the usual words or letters for sex."""
    return fold(text) in _SEX


def is_name(text: str) -> bool:
    """Two to eight words of letters: what a personal name looks like, and some places too."""
    return len(text) <= 80 and bool(_NAME.fullmatch(text.strip()))


def share(values: Iterable[str], kind: Callable[[str], bool]) -> float | None:
    """Share of the values that look like `kind`; None when no value says anything."""
    said = [value for value in values if plain(value.strip()) not in _NOTHING]
    return sum(map(kind, said)) / len(said) if said else None
