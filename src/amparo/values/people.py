"""Age and sex as lists write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from amparo.errors import AmparoError
from amparo.values.text import fold, plain

OLDEST = 120


class Age(NamedTuple):
    """Completed years at the event: the least and the most the text allows."""

    low: int
    high: int


_YEARS_OLD = re.compile(r"\s*(?:anos|ano|years?|yrs?|yo)?(?: de edad| old|\.)?$")
_WORDS = {
    "menor de edad": Age(0, 17), "menor": Age(0, 17), "minor": Age(0, 17), "mayor de edad": Age(18, OLDEST),
    "adulto": Age(18, OLDEST), "adulta": Age(18, OLDEST), "adult": Age(18, OLDEST),
    "recien nacido": Age(0, 0), "recien nacida": Age(0, 0), "newborn": Age(0, 0),
}  # fmt: skip


def _band(match: re.Match[str]) -> Age:
    opened, low, high, closed = match.groups()
    # A round bracket excludes its end only in an interval's notation: "(30-35)" is merely set apart.
    interval = opened and closed and opened + closed != "()"
    top = OLDEST + 1 if high == "inf" else int(high)
    return Age(int(low) + int(bool(interval and opened == "(")), top - int(bool(interval and closed == ")")))


# Each form of an age in figures, after "years old" is taken off.
_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Age]], ...] = (
    (re.compile(r"(\d{1,3})(?:[.,]\d+)?"), lambda m: Age(int(m[1]), int(m[1]))),
    (re.compile(r"(\d{1,3}) (?:mes(?:es)?|months?)"), lambda m: Age(int(m[1]) // 12, int(m[1]) // 12)),
    (re.compile(r"(\d{1,3}) (?:semanas?|weeks?)"), lambda m: Age(int(m[1]) // 53, int(m[1]) // 52)),
    (re.compile(r"(\d{1,3}) (?:dias?|days?)"), lambda m: Age(0, int(m[1]) // 365)),
    (
        re.compile(
            r"([\[(])?\s*(?:de |entre |from |between )?(\d{1,3})\s*(?:-|,|a|to|y|and|/)\s*(\d{1,3}|inf)"
            r"\s*([\])])?"
        ),
        _band,
    ),
    (
        re.compile(r"(?:<|menor(?:es)? (?:de|a)|menos de|under|less than|below) ?(\d{1,3})"),
        lambda m: Age(0, int(m[1]) - 1),
    ),
    (
        re.compile(r"(?:>|mayor(?:es)? (?:de|a)|mas de|over|more than|above) ?(\d{1,3})"),
        lambda m: Age(int(m[1]) + 1, OLDEST),
    ),
    (
        re.compile(r"(\d{1,3}) ?(?:\+|y mas|o mas|and over|or more|and older)"),
        lambda m: Age(int(m[1]), OLDEST),
    ),
    (re.compile(r"(\d)0'?s"), lambda m: Age(int(m[1]) * 10, int(m[1]) * 10 + 9)),
    (
        re.compile(
            r"(?:~|unos |unas |aprox\.? |aproximadamente |about |approx\.? |circa |ca?\. ?|como "
            r"|alrededor de )(\d{1,3})"
        ),
        lambda m: Age(max(int(m[1]) - 2, 0), int(m[1]) + 2),
    ),
)

_FEMALE = frozenset({"f", "fem", "femenino", "femenina", "mujer", "female", "woman", "w", "nina"})
_MALE = frozenset({"masc", "masculino", "masculina", "hombre", "h", "male", "man", "varon", "v", "nino"})
_NEITHER = frozenset(
    {"x", "o", "otro", "otra", "other", "trans", "transgender", "transgenero", "no binario", "no binaria",
     "nonbinary", "non binary", "intersex", "intersexual"}
)  # fmt: skip


def parse_age(text: str) -> Age:
    """Read an age or a band; "[30,35)" excludes 35, "unos 30" allows two years more on either side.

    Raises `age.unreadable`, also for ages above 120.
    """
    words = re.sub(r"\s+", " ", plain(text)).strip(" .")
    age = _WORDS.get(words)
    if age is None:
        bare = _YEARS_OLD.sub("", words)
        matches = ((pattern.fullmatch(bare), read) for pattern, read in _FORMS)
        age = next((read(match) for match, read in matches if match), None)
    if age is None or not 0 <= age.low <= age.high <= OLDEST:
        raise AmparoError("age.unreadable", value=text)
    return age


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
        elif word in _NEITHER:
            codes[text] = None
    return codes
