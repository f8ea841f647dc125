"""Half-known dates, in Spanish and English, as EDTF (ISO 8601-2:2019): what is not said stays unknown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from importlib import import_module
from typing import NamedTuple

from edtf import parse_edtf
from edtf.parser.edtf_exceptions import EDTFParseException

from amparo.errors import AmparoError
from amparo.values.points import Point, point, read_point
from amparo.values.text import plain


class HalfDate(NamedTuple):
    """A date as far as it is known: EDTF text and the first and last day it allows.

    `first` is None for an open beginning, `last` for an open end, both where the year is unknown;
    `month` is the calendar month where the whole value lies in one, also without a year (XXXX-08).
    """

    edtf: str
    first: date | None
    last: date | None
    month: int | None


_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_TIME = re.compile(
    r"(?:t|[ ,]+(?:a las? |at )?)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[ap]\.? ?m\.?|hrs?\.?|horas)?"
    r"\s*(?:z|utc|[+-]\d{2}:?\d{2})?$"
)
_WEEKDAY = re.compile(
    r"^(?:el )?(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo|lun|mie|jue|vie|sab|dom|(?:mon|tues"
    r"|wednes|thurs|fri|satur|sun)day|mon|tue|wed|thu|fri|sat|sun)\b[,.]?\s+(?=\S)"
)
_LEAD = re.compile(r"^(?:(?:en|el|del|in|on|mes de|month of|fecha|dia)\s+)+")
_APPROXIMATE = re.compile(
    r"^(?:hacia|circa|cerca de(?:l)?|aprox(?:\.|imadamente|(?=\s))|alrededor de(?:l)?|about|around"
    r"|approx(?:\.|imately|(?=\s))|c\.|ca\.|c(?=\s?\d)|ca(?=\s?\d)|mas o menos(?: en)?|~)\s*"
    r"|\s*(?:~|\(?\baprox(?:\.|imadamente|\b)\)?)$"
)
_UNCERTAIN = re.compile(
    r"^(?:posiblemente|probablemente|quizas?|tal vez|possibly|probably|perhaps)\s+|\s*(?:\(\?\)|\?)$"
)
_PART = re.compile(
    r"^(?:a |en |in )?(?:(?P<early>principios?|inicios?|comienzos?|early|(?:the )?beginning|(?:the )?start)"
    r"|(?P<mid>mediados?|middle|mid)|(?P<late>finales|final|fines|fin|late|(?:the )?end))"
    r"(?: de(?:l)?\b| of\b)?[\s-]+(?:el )?"
)
_SHARE = re.compile(
    r"(?:el )?(primer|segundo|tercer|cuarto) (semestre|trimestre) (?:de(?:l)? )?(?:ano )?(\d{4})"
)
_BETWEEN = re.compile(r"^(?:entre|between) (.+?) (?:y|e|and) (.+)$")
_FROM_TO = re.compile(
    r"^(?:(?:de|desde|del|from) )?(.+?) (?:al?|hasta|to|until|through|-|o|u|or|y|and) (.+)$"
)
_YEARS = re.compile(r"^(\d{4})(?:\s*-\s*|/)(\d{4})$")
_INTERVAL = re.compile(r"^([\dx]{4}[\dx~?%-]*|\.\.)/([\dx]{4}[\dx~?%-]*|\.\.)$")
_BEFORE = re.compile(r"^(?:antes de(?:l)?|hasta|before|until|up to) (.+)$")
_AFTER = re.compile(r"^(?:despues de(?:l)?|a partir de(?:l)?|desde|after|since|from) (.+)$")
_EDTF = re.compile(r"\[?[?~%]?[\dX]{4}[\dX?~%,.\- ]*\]?")
_SPELT = re.compile(r"(?<!\d)\d{1,2}(?!\d).*[^\W\d]{3}|[^\W\d]{3}.*(?<!\d)\d{1,2}(?!\d)")
# No date is written longer; a sentence that strayed into the column is not searched for one.
_LONGEST = 100
# Months and days of "early", "mid" and "late"; they overlap, for the words do.
_PART_MONTHS = {"early": (1, 5), "mid": (4, 9), "late": (8, 12)}
_PART_DAYS = {"early": (1, 12), "mid": (9, 22), "late": (19, 31)}
_PART_YEARS = {"early": (0, 4), "mid": (3, 7), "late": (6, 9)}


def parse_date(
    text: str, *, order: str = "DMY", lang: Sequence[str] = ("es", "en"), excel_serial: bool = False
) -> HalfDate:
    """Read a date as written.

    `order` is "DMY", "MDY" or "YMD" for dates in figures; four figures in front always mean year, month,
    day. Two-figure years: 30-99 are 1930-1999, 00-29 are 2000-2029. A time of day is dropped.
    `excel_serial` reads a bare number as Excel's day count (1900 system).

    Vague words widen, they never sharpen: "principios de 1981" is 1981-01/1981-05, "mediados"
    1981-04/1981-09, "finales" 1981-08/1981-12 (days 1-12, 9-22 and 19-end of a month); an approximate
    date ("hacia 1980", 1980~) allows one unit of its own precision more on either side.

    Raises `date.impossible` for a day the calendar does not have and `date.unreadable` for the rest.
    """
    if iso := _ISO.fullmatch(text):
        return _whole(point(int(iso[1]), int(iso[2]), int(iso[3]), text))
    words = re.sub(r"\s+", " ", plain(text)).strip(" ,;")
    words = words if words.endswith("..") else words.removesuffix(".")
    if excel_serial and re.fullmatch(r"\d{1,6}(?:\.\d+)?", words):
        return _whole_day(date(1899, 12, 30) + timedelta(days=int(float(words))))
    found = None
    if len(words) <= _LONGEST:
        try:
            found = _read(_TIME.sub("", words), order, lang)
        except AmparoError:
            raise AmparoError("date.impossible", value=text) from None
        found = found or _by_edtf(text) or _by_dateparser(text, order, lang)
    if found is None:
        raise AmparoError("date.unreadable", value=text)
    return found


def infer_date_order(texts: Iterable[str]) -> str:
    """The order of a column of dates in figures: "MDY" where only that makes them all possible."""
    figures = [re.match(r"\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*\d{2,4}\b", text) for text in texts]
    seen = [(int(match[1]), int(match[2])) for match in figures if match]
    month_second = sum(first > 12 >= second for first, second in seen)
    month_first = sum(second > 12 >= first for first, second in seen)
    return "MDY" if month_first > month_second else "DMY"


def _whole(at: Point) -> HalfDate:
    first, last = at.bounds()
    return HalfDate(at.edtf(), first, last, at.month)


def _whole_day(day: date) -> HalfDate:
    return HalfDate(day.isoformat(), day, day, day.month)


def _read(words: str, order: str, lang: Sequence[str]) -> HalfDate | None:
    """A point, or a phrase around points; None when no form fits."""
    words = _LEAD.sub("", _WEEKDAY.sub("", words))
    if at := read_point(words, order=order, lang=lang):
        return _whole(at)
    if words.endswith("%"):
        words = f"{words[:-1]}~?"
    for pattern, mark in ((_UNCERTAIN, "?"), (_APPROXIMATE, "~")):
        bare = pattern.sub("", words)
        if bare != words:
            return _qualified(_read(bare, order, lang), mark)
    if part := _PART.match(words):
        at = read_point(_LEAD.sub("", words[part.end() :]), order=order, lang=lang)
        return _part(at, str(part.lastgroup)) if at else None
    if share := _SHARE.fullmatch(words):
        months = 6 if share[2] == "semestre" else 3
        last = months * (1 + ("primer", "segundo", "tercer", "cuarto").index(share[1]))
        return _month_span(int(share[3]), last - months + 1, last) if last <= 12 else None
    return _span(words, order, lang)


def _qualified(found: HalfDate | None, mark: str) -> HalfDate | None:
    """Mark a simple date as approximate (~), uncertain (?) or both (%); an interval stays as it is."""
    if found is None or "/" in found.edtf:
        return found
    bare = found.edtf.rstrip("~?%")
    both = found.edtf != bare and found.edtf[-1] != mark
    first, last = found.first, found.last
    if mark == "~" and first and last:
        at = read_point(bare.lower(), order="DMY", lang=("en",))
        first, last = at.around() if at else (first, last)
    one_month = first is None or last is None or (first.year, first.month) == (last.year, last.month)
    return HalfDate(bare + ("%" if both else mark), first, last, found.month if one_month else None)


def _part(at: Point, part: str) -> HalfDate | None:
    """Early, middle or late in a year, a month or a decade."""
    if at.day is not None:
        return None
    if at.year is None:
        return _whole(at)
    if at.decade:
        low, high = _PART_YEARS[part]
        ends = Point(at.year + low), Point(at.year + high)
    elif at.month is None:
        return _month_span(at.year, *_PART_MONTHS[part])
    else:
        low, high = _PART_DAYS[part]
        last = at.bounds()[1]
        ends = at._replace(day=low), at._replace(day=min(high, last.day if last else high))
    return _between(_whole(ends[0]), _whole(ends[1]))


def _month_span(year: int, low: int, high: int) -> HalfDate | None:
    return _between(_whole(Point(year, low)), _whole(Point(year, high)))


def _span(words: str, order: str, lang: Sequence[str]) -> HalfDate | None:
    """Two dates and all between them, or all before or after one."""
    if match := _BEFORE.match(words):
        end = _read(match[1], order, lang)
        return end and HalfDate(f"../{end.edtf}", None, end.last, None) if end and end.last else None
    match = _BETWEEN.match(words) or _FROM_TO.match(words) or _YEARS.match(words) or _INTERVAL.match(words)
    if match:
        return _two(match[1], match[2], order, lang)
    if match := _AFTER.match(words):
        start = _read(match[1], order, lang)
        return HalfDate(f"{start.edtf}/..", start.first, None, None) if start and start.first else None
    return None


def _two(left: str, right: str, order: str, lang: Sequence[str]) -> HalfDate | None:
    if left == "..":
        return _read(f"before {right}", order, lang)
    if right == "..":
        return _read(f"after {left}", order, lang)
    end = _read(right, order, lang)
    if end is None or end.last is None:
        return None
    # "entre marzo y mayo de 2018", "del 3 al 5 de marzo de 2018": the first takes what it lacks.
    start, day = _read(left, order, lang), _LEAD.sub("", left)
    if start is None and re.fullmatch(r"\d{1,2}", day) and len(end.edtf) == 10:
        start = _whole(point(int(end.edtf[:4]), int(end.edtf[5:7]), int(day), left))
    if start is not None and start.first is None and start.month:
        start = _read(start.edtf.lower().replace("xxxx", end.edtf[:4]), order, lang)
    return _between(start, end) if start else None


def _between(start: HalfDate, end: HalfDate) -> HalfDate | None:
    if "/" in start.edtf + end.edtf or not start.first or not end.last or start.first > end.last:
        return None
    month = start.month if start.month == end.month and start.first.year == end.last.year else None
    return HalfDate(f"{start.edtf}/{end.edtf}", start.first, end.last, month)


def _by_edtf(text: str) -> HalfDate | None:
    """Forms of EDTF level 1 and 2 that no list writes by hand, such as [2016,2018] or ?2018-03."""
    if not _EDTF.fullmatch(text):
        return None
    try:
        parsed = parse_edtf(text)
        first, last = date(*parsed.lower_strict()[:3]), date(*parsed.upper_strict()[:3])
    except (EDTFParseException, ValueError, TypeError, AttributeError):
        # The library answers an open or yearless date with infinity or the year 0.
        return None
    month = first.month if (first.year, first.month) == (last.year, last.month) else None
    return HalfDate(str(parsed), first, last, month)


def _by_dateparser(text: str, order: str, lang: Sequence[str]) -> HalfDate | None:
    """Other spellings of a full date by dateparser, kept only where day and year stand in the text.

    The library fills what is missing with today's day or an invented hour, hence the strict settings
    and the comparison. It is loaded here because loading takes longer than a million ISO dates.
    """
    figures = re.findall(r"\d+", text)
    if not _SPELT.search(text) or sum(len(figure) == 4 for figure in figures) != 1 or len(figures) != 2:
        return None
    settings = {"REQUIRE_PARTS": ["day", "month", "year"], "STRICT_PARSING": True, "DATE_ORDER": order}
    parsed = import_module("dateparser").parse(text, languages=list(lang), settings=settings)
    if parsed is None or {parsed.day, parsed.year} != {int(figure) for figure in figures}:
        return None
    return _whole_day(parsed.date())
