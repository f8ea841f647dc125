"""Age and sex as lists write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from amparo.errors import AmparoError
from amparo.values.text import fold, plain

OLDEST = 120


class Age(NamedTuple):
    """Completed years at the event: the least and the most the text allows."""

    low: int
    high: int


_YEARS_OLD = re.compile(r"\s*(?:anos|ano|years?|yrs?|yo)?(?: de edad| old|\.)?$")
_EXACT = re.compile(r"(\d{1,3})(?:\.0+)?")
_BAND = re.compile(
    r"(?P<open>[\[(])?\s*(?:de |entre |from |between )?(?P<low>\d{1,3})\s*(?:-|,|a|to|y|and|/)\s*(?P<high>\d{1,3})\s*(?P<close>[\])])?"
)
_MONTHS = re.compile(r"(\d{1,3}) (?:mes(?:es)?|months?|semanas?|weeks?|dias?|days?)(?: de edad| old)?")
_UNDER = re.compile(r"(?:<|menor(?:es)? (?:de|a)|menos de|under|less than|below) ?(\d{1,3})")
_OVER = re.compile(
    r"(?:>|mayor(?:es)? (?:de|a)|mas de|over|more than|above) ?(\d{1,3})|(\d{1,3}) ?(?:\+|y mas|o mas|and over|or more|and older)"
)
_DECADE = re.compile(r"(\d)0'?s")
_ABOUT = re.compile(
    r"(?:~|unos |unas |aprox\.? |aproximadamente |about |approx\.? |circa |ca?\. ?|como |alrededor de )(\d{1,3})"
)
_WORDS = {
    "menor de edad": Age(0, 17), "menor": Age(0, 17), "minor": Age(0, 17), "mayor de edad": Age(18, OLDEST),
    "adulto": Age(18, OLDEST), "adulta": Age(18, OLDEST), "adult": Age(18, OLDEST),
    "recien nacido": Age(0, 0), "recien nacida": Age(0, 0), "newborn": Age(0, 0),
}  # fmt: skip

_FEMALE = frozenset(
    ["f", "fem", "femenino", "femenina", "mujer", "female", "woman", "w", "nina", "girl", "sra"]
)
_MALE = frozenset(
    ["masc", "masculino", "masculina", "hombre", "h", "male", "man", "varon", "v", "nino", "boy"]
)
_NEITHER = frozenset(
    [
        "x",
        "o",
        "u",
        "otro",
        "otra",
        "other",
        "trans",
        "transgender",
        "transgenero",
        "no",
        "binario",
        "nonbinary",
        "lgbti",
        "intersex",
    ]
)


def parse_age(text: str) -> Age:
    """Read an age or a band; "[30,35)" excludes 35, "unos 30" allows two years more on either side.

    Raises `age.unreadable`, also for ages above 120.
    """
    words = re.sub(r"\s+", " ", plain(text)).strip(" .")
    age = _WORDS.get(words) or _in_figures(words)
    if age is None or not 0 <= age.low <= age.high <= OLDEST:
        raise AmparoError("age.unreadable", value=text)
    return age


def _in_figures(words: str) -> Age | None:
    if match := _MONTHS.fullmatch(words):
        years = int(match[1]) // 12 if "me" in words or "month" in words else 0
        return Age(years, years)
    words = _YEARS_OLD.sub("", words)
    if match := _EXACT.fullmatch(words):
        return Age(int(match[1]), int(match[1]))
    if match := _BAND.fullmatch(words):
        # Only a round bracket beside a square one excludes its end: "(30-35)" is merely set apart.
        half_open = match["open"] and match["close"] and f"{match['open']}{match['close']}" != "()"
        low = int(match["low"]) + (1 if half_open and match["open"] == "(" else 0)
        return Age(low, int(match["high"]) - (1 if half_open and match["close"] == ")" else 0))
    if match := _UNDER.fullmatch(words):
        return Age(0, int(match[1]) - 1)
    if match := _OVER.fullmatch(words):
        return Age(int(match[1]) + 1, OLDEST) if match[1] else Age(int(match[2]), OLDEST)
    if match := _DECADE.fullmatch(words):
        return Age(int(match[1]) * 10, int(match[1]) * 10 + 9)
    if match := _ABOUT.fullmatch(words):
        return Age(max(int(match[1]) - 2, 0), int(match[1]) + 2)
    return None


def sex_codes(texts: Iterable[str]) -> Mapping[str, str | None]:
    """What each distinct text of one source's column means: "F", "M" or None for neither.

    A bare "m" is masculino, unless the column also writes "h" (hombre): then it is mujer. Texts that are
    not understood are left out.
    """
    folded = {text: fold(text) for text in texts}
    m_is_woman = "h" in folded.values() and "f" not in folded.values()
    codes: dict[str, str | None] = {}
    for text, word in folded.items():
        if word in _FEMALE or (word == "m" and m_is_woman):
            codes[text] = "F"
        elif word in _MALE or word == "m":
            codes[text] = "M"
        elif set(word.split()) <= _NEITHER:
            codes[text] = None
    return codes
