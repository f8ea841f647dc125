"""One calendar date as far as it is known, read from figures and month names in Spanish and English."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from amparo.errors import AmparoError

Bounds = tuple[date | None, date | None]


class Point(NamedTuple):
    """Year, month and day, None where unknown; a decade keeps its first year."""

    year: int | None
    month: int | None = None
    day: int | None = None
    decade: bool = False

    def edtf(self) -> str:
        """The point in EDTF: 2018-03-11, 2018-03, 2018, 198X, XXXX-03."""
        year = "XXXX" if self.year is None else f"{self.year:04d}"
        if self.decade:
            return f"{year[:3]}X"
        if self.month is None:
            return year
        return f"{year}-{self.month:02d}" if self.day is None else f"{year}-{self.month:02d}-{self.day:02d}"

    def bounds(self) -> Bounds:
        """First and last day the point allows; None without a year."""
        if self.year is None:
            return None, None
        if self.decade:
            return date(self.year, 1, 1), date(self.year + 9, 12, 31)
        if self.month is None:
            return date(self.year, 1, 1), date(self.year, 12, 31)
        if self.day is None:
            return date(self.year, self.month, 1), _month_end(self.year, self.month)
        day = date(self.year, self.month, self.day)
        return day, day

    def around(self) -> Bounds:
        """Bounds with one unit of the point's own precision more on either side; a decade stays."""
        first, last = self.bounds()
        if first is None or last is None or self.decade:
            return first, last
        before, after = first - timedelta(days=1), last + timedelta(days=1)
        if self.day is not None:
            return before, after
        if self.month is not None:
            return before.replace(day=1), _month_end(after.year, after.month)
        return date(before.year, 1, 1), date(after.year, 12, 31)


# Years outside are misspelt, not dates of this work; EDTF and `date` would take them.
_YEARS = range(1000, 2200)
_NAMES = {
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "en": "january february march april may june july august september october november december",
}
_SPELLINGS = {"es": {"setiembre": 9, "set": 9, "sept": 9, "agto": 8}, "en": {"sept": 9}}
_ROMAN_FIGURES = "i ii iii iv v vi vii viii ix x xi xii"
_DECADE_WORDS = (
    "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "twenties thirties forties fifties sixties seventies eighties nineties",
)


def _numbered(words: str, start: int = 1) -> dict[str, int]:
    return {word: at for at, word in enumerate(words.split(), start)}


_MONTHS = {
    lang: {form: at for name, at in _numbered(names).items() for form in (name, name[:3], name[:4])}
    | _SPELLINGS[lang]
    for lang, names in _NAMES.items()
}
_ROMAN = _numbered(_ROMAN_FIGURES)
_TENS = {word: at * 10 for words in _DECADE_WORDS for word, at in _numbered(words, 2).items()}
_DECADE = re.compile(
    r"(?:(?:la )?decada (?:de(?:l)? )?(?:los )?(?:anos )?|los (?:anos )?|anos |the )'?"
    r"(?:(\d{2,4})'?s?|([a-z]+))|(\d{4})'?s"
)
_MONTH_AND_YEAR = re.compile(r"^([a-z]+)\.?(?:[-/]| ?')(\d\d)$")
_WORDED = re.compile(r"\d+|[a-z]+")
_ORDINALS = frozenset({"st", "nd", "rd", "th", "o", "ro", "er", "do"})
_LINKING = frozenset({"de", "del", "of", "the", "el", "ano", "mes", "year"})


def read_point(text: str, *, order: str, lang: Sequence[str]) -> Point | None:
    """Read a date of figures or words (plain letters); None when it is none of the known forms.

    Raises `date.impossible` for a month or day the calendar does not have.
    """
    for pattern, read in _FORMS:
        if match := pattern.fullmatch(text):
            found = read(match, order)
            if found:
                return found
    return _from_words(text, {form: at for code in lang for form, at in _MONTHS.get(code, {}).items()})


def point(year: int | None, month: int | None, day: int | None, text: str) -> Point:
    """A point the calendar has; zero stands for unknown. Raises `date.impossible`."""
    month, day = month or None, day or None
    leap = 2000 if year is None else year
    ok = (year is None or year in _YEARS) and (month is None or 1 <= month <= 12)
    ok = ok and (day is None or (month is not None and day <= calendar.monthrange(leap, month)[1]))
    if not ok:
        raise AmparoError("date.impossible", value=text)
    return Point(year, month, day)


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _month_figure(text: str) -> int:
    return int(text) if text.isdigit() else _ROMAN.get(text, 13)


def _full_year(text: str) -> int:
    """Two figures: 30-99 are 1930-1999, 00-29 are 2000-2029."""
    year = int(text)
    return year if len(text) > 2 else year + (1900 if year >= 30 else 2000)


def _from_figures(match: re.Match[str], order: str) -> Point | None:
    first, _, month, third = match.groups()
    year_first = len(first) == 4 or (order == "YMD" and len(third) <= 2)
    year, day = (first, third) if year_first else (third, first)
    if order == "MDY" and not year_first and month.isdigit():
        month, day = day, month
    if len(year) not in (2, 4) or len(day) > 2:
        return None
    return point(None if year == "xxxx" else _full_year(year), _month_figure(month), int(day), match[0])


def _from_unspecified(match: re.Match[str], _order: str) -> Point:
    year, month, day = match.groups()
    if year[3] == "x" and year != "xxxx":
        return Point(int(year[:3]) * 10, decade=True)
    month_known = int(month) if month and month != "xx" else None
    # A day without its month is no calendar date: it is left out.
    day_known = int(day) if day and day != "xx" and month_known else None
    return point(None if year == "xxxx" else int(year), month_known, day_known, match[0])


def _from_decade(match: re.Match[str], _order: str) -> Point | None:
    figures = match[1] or match[3]
    start = int(figures) if figures else _TENS.get(match[2], -1)
    if start < 0 or start % 10:
        return None
    return Point(start + 1900 if start < 100 else start, decade=True)


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], Point | None]], ...] = (
    (re.compile(r"(\d{1,4}|x{4})( ?[-/.] ?| )(\d{1,2}|[ivx]{1,4})\2(\d{1,4})"), _from_figures),
    (re.compile(r"(?:ano |year )?(\d{4})(?:\.0+)?"), lambda m, _: point(int(m[1]), None, None, m[0])),
    (re.compile(r"(\d{4}|\d{3}x|x{4})(?:-(\d\d|xx)(?:-(\d\d|xx))?)?"), _from_unspecified),
    (
        re.compile(r"(\d{1,2}|[ivx]{1,4}) ?[-/.] ?(\d{4})"),
        lambda m, _: point(int(m[2]), _month_figure(m[1]), None, m[0]),
    ),
    (re.compile(r"(\d{4})(\d{2})(\d{2})"), lambda m, _: point(int(m[1]), int(m[2]), int(m[3]), m[0])),
    (_DECADE, _from_decade),
)


def _from_words(text: str, months: dict[str, int]) -> Point | None:
    """One month name with at most one day and one year, in any order; the day comes before the year."""
    month = day = year = None
    after_figure = False
    # mar-18 and mar '18 are how spreadsheets write a month and a year; marzo 18 is a day.
    text = _MONTH_AND_YEAR.sub(lambda match: f"{match[1]} {_full_year(match[2])}", text)
    for word in _WORDED.findall(text.replace("primero de", "1 de")):
        if word.isdigit():
            if len(word) <= 2 and day is None and int(word) <= 31:
                day = int(word)
            elif len(word) in (2, 4) and year is None:
                year = _full_year(word)
            else:
                return None
        elif word in months and month is None:
            month = months[word]
        elif word not in _LINKING and not (after_figure and word in _ORDINALS):
            return None
        after_figure = word.isdigit()
    return point(year, month, day, text) if month else None
