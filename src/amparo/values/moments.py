"""Dates and periods in running text, Spanish and English, resolved only as far as the text allows.

"In August" is XXXX-08. With the day of publication it is the last August before it, marked uncertain
(2018-08?), for the text does not say so; "on Tuesday" is the last Tuesday, "this year" the year of
publication. Without that day a relative date has no EDTF at all: its words stand for themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from amparo.errors import AmparoError
from amparo.values.dates import HalfDate, parse_date
from amparo.values.numerals import number
from amparo.values.text import level

_MONTHS = {
    "en": ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december"),
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
           "noviembre", "diciembre"),
}  # fmt: skip
_DAYS = {
    "en": ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    "es": ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo"),
}
_SHORT = ("jan", "feb", "mar", "apr", "jun", "jul", "aug", "sept", "sep", "oct", "nov", "dec")


class Moment(NamedTuple):
    """A date or period in a text, from `start` to `end`.

    `edtf` is None where the words need a day of publication that is not known. `told` says how it was read:
    "said", "year_not_told", "from_publication" (relative words) or "last_such" (the year is the most
    recent possible one: uncertain). `period` marks a span of time rather than a date.
    """

    start: int
    end: int
    words: str
    edtf: str | None
    told: str = "said"
    period: bool = False


def find_moments(text: str, language: str, published: date | None = None) -> Iterator[Moment]:
    """Every date and period of a text, in order; the longest form where several begin at one place."""
    flat = level(text)
    for match in _PATTERNS[language].finditer(flat):
        form = match.lastgroup or ""
        moment = _READ[form](text, flat, match, language, published)
        if moment is not None:
            yield moment


def publication(text: str, language: str) -> Moment | None:
    """The first whole date of a text: what a dateline or byline says."""
    return next((each for each in find_moments(text, language) if each.edtf and _whole(each.edtf)), None)


def _whole(edtf: str) -> bool:
    return re.fullmatch(r"\d{4}-\d\d-\d\d", edtf) is not None


def _pattern(language: str) -> re.Pattern[str]:
    month = "|".join(_MONTHS[language])
    day = "|".join(_DAYS[language])
    year = r"(?:19|20)\d\d"
    if language == "en":
        month_or_short = rf"(?:{month}|(?:{'|'.join(_SHORT)})\.?)"
        bare = rf"(?:{month})"
        whole = rf"{month_or_short} \d{{1,2}}(?:st|nd|rd|th)?,? {year}|\d{{1,2}} {month_or_short},? {year}"
        forms = [
            ("numeric", r"\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/\d{4}"),
            (
                "between",
                rf"(?:between|from) (?:{bare} |{year}|(?:early |mid-|late )?{bare})(?: ?{year})? ?"
                rf"(?:and|to|through|until) (?:the end of )?(?:{bare}(?: {year})?|{year})",
            ),
            ("since", rf"since (?:{whole}|{bare} \d{{1,2}}(?![\d,.]*\d)|{bare}(?: {year})?|{year})"),
            ("whole", whole),
            (
                "part",
                rf"(?:(?:the )?(?:early|late|mid|beginning of|end of)[- ](?:the )?)(?:{bare} {year}|"
                rf"{year}s?)",
            ),
            ("decade", rf"the {year[:-4]}\d0s"),
            ("month_year", rf"(?:in |by |until |during )?{bare},? (?:of )?{year}"),
            (
                "day_month",
                rf"(?:{bare}|(?:{'|'.join(_SHORT)})\.) \d{{1,2}}(?:st|nd|rd|th)?\b(?![\d,.]*\d)"
                rf"|\d{{1,2}} (?:of )?{bare}\b",
            ),
            ("half_year", rf"(?:in |during )?the (?:first|second) (?:half|semester|quarter) of {year}"),
            ("this_year", r"(?:so far )?this year|year to date"),
            (
                "last_year",
                r"(?:in )?(?:all of )?last year|the previous year|the year before|a year "
                r"earlier",
            ),
            (
                "counted",
                r"(?:in )?(?:each of )?(?:the )?(?:past|last|those|these) (?:\w+ )?(?:years|months|"
                r"weeks|days)",
            ),
            (
                "first_month",
                r"(?:in )?the first (?:month|\w+ months|half|quarter) of (?:this|the|last) "
                r"year",
            ),
            (
                "weekday",
                rf"(?:on |last |this |late |early |since )?(?:{day})(?: (?:morning|afternoon|evening|"
                rf"night))?(?!,? {month_or_short} \d)",
            ),
            ("this_month", r"(?:earlier |later |in |so far )?this month|(?:in )?last month"),
            ("days_ago", r"(?:\w+) days ago"),
            (
                "near",
                r"yesterday|today|last (?:night|week)|this (?:week|morning|afternoon)|over the "
                r"weekend",
            ),
            ("year", rf"(?:in|during|of|by|for|until|all of|year|,)? ?(?:all of |early |late )?{year}"),
            (
                "month",
                rf"(?:(?:so far|in|last|during|until|by|this|early|late|mid-?) ?)+{bare}|(?<=\w )in {bare}",
            ),
        ]
    else:
        whole = (
            rf"(?:el )?(?:\d{{1,2}}|primero) de (?:{month})(?: de| del)?(?: ano)? {year}|\d{{1,2}} "
            rf"(?:{month}) {year}"
        )
        forms = [
            ("numeric", r"\d{4}-\d\d-\d\d|\d{1,2}[/-]\d{1,2}[/-]\d{4}"),
            (
                "between",
                rf"(?:entre|de|desde) (?:(?:{month})(?: de {year})?|{year}) (?:y|e|a|hasta) "
                rf"(?:la fecha|(?:{month})(?: de {year})?|{year})",
            ),
            (
                "since",
                rf"desde (?:el )?(?:{whole}|\d{{1,2}} de (?:{month})|(?:{month})(?: de {year})?|{year})",
            ),
            ("whole", whole),
            (
                "part",
                rf"(?:a )?(?:principios|inicios|comienzos|mediados|finales|fines) de (?:(?:{month}) de "
                rf"{year}"
                rf"|{year})",
            ),
            ("decade", r"(?:los anos|la decada de(?: los)?) (?:setenta|ochenta|noventa|\d0)"),
            ("month_year", rf"(?:en |durante |hasta )?(?:{month})(?: de| del)? {year}"),
            (
                "half_year",
                rf"(?:en |durante )?el (?:primer|segundo) (?:semestre|trimestre) de(?:l ano)? {year}",
            ),
            ("day_month", rf"(?:el )?\d{{1,2}} de (?:{month})"),
            (
                "this_year",
                rf"(?:en )?lo que va (?:del ano|de ano|de este ano|del? {year})|(?:en )?este ano"
                r"|(?:a )?principios de este ano|el presente ano",
            ),
            ("last_year", r"el ano (?:pasado|anterior|previo)|un ano antes"),
            (
                "counted",
                r"(?:en )?(?:cada uno de )?(?:los )?(?:ultimos|pasados) (?:\w+ )(?:anos|meses|dias)"
                r"|(?:las )?ultimas (?:\w+ )semanas|esos \w+ anos",
            ),
            (
                "first_month",
                r"(?:en )?(?:el primer (?:mes|semestre|trimestre)|los primeros \w+ meses) (?:de este|"
                r"del) ano",
            ),
            (
                "weekday",
                rf"(?:(?:el|este|la (?:noche|manana|tarde|madrugada) del?|pasado) )+(?:{day})(?: pasado)?"
                r"(?!,? \d)",
            ),
            (
                "day_of_month",
                rf"(?:(?:el|este|del|pasado) )*(?:{day}),? \d{{1,2}}(?! de| ?[/.:-]\d| [a-z]+s\b)",
            ),
            (
                "this_month",
                r"(?:en )?(?:lo que va (?:del mes|de este mes)|este mes|el presente mes|el mes pasado)",
            ),
            ("days_ago", r"hace (?:apenas )?\w+ dias"),
            (
                "near",
                r"ayer|anoche|hoy|esta (?:semana|manana|madrugada)|la semana pasada|el fin de semana",
            ),
            ("year", rf"(?:(?:en|durante|de|del|todo|el|ano) ?)*\b{year}"),
            (
                "month",
                rf"(?:(?:en|desde|durante|hasta|el|pasado|este|lo que va de) )+(?:mes de "
                rf")?(?:{month})(?: pasado)?"
                rf"|(?:a )?(?:principios|inicios|comienzos|mediados|finales|fines) de (?:{month})",
            ),
        ]
    alternatives = "|".join(f"(?P<{name}>{form})" for name, form in forms)
    return re.compile(rf"(?<![\w/$-])(?:{alternatives})(?![\w/]|[.,]\d)")


def _half(words: str, language: str) -> HalfDate | None:
    words = re.sub(r"^(?:by|until|during|durante|hasta) ", "", words)
    text = re.sub(
        r"\b(?:of|all|de todo|todo|ano|year|primero)\b", lambda m: "1" if m[0] == "primero" else " ", words
    )
    text = re.sub(r"(\d)(?:st|nd|rd|th)\b", r"\1", text.replace(".", " "))
    try:
        return parse_date(re.sub(r"\s+", " ", text).strip(" ,"), order="MDY" if language == "en" else "DMY")
    except AmparoError:
        return None


def _said(text: str, flat: str, match: re.Match[str], language: str, published: date | None) -> Moment | None:
    half = _half(match[0], language)
    if half is None:
        return None
    if published and half.first and half.first.year > published.year + 1:
        return None
    period = "/" in half.edtf or len(half.edtf) == 4
    return Moment(match.start(), match.end(), text[match.start() : match.end()], half.edtf, "said", period)


def _part(text: str, flat: str, match: re.Match[str], language: str, published: date | None) -> Moment | None:
    words = re.sub(r"^(?:the )?(early|late|mid|beginning of|end of)[- ](?:the )?", r"\1 ", match[0])
    half = _half(words, language)
    return half and Moment(
        match.start(), match.end(), text[match.start() : match.end()], half.edtf, period=True
    )


def _since(
    text: str, flat: str, match: re.Match[str], language: str, published: date | None
) -> Moment | None:
    words = re.sub(r"^(?:since|desde)(?: el)? ", "", match[0])
    start = _yearly(words, language, published)
    edtf = start and f"{start[0]}{'?' * (start[1] == 'last_such')}/.."
    if start and start[0].startswith("XXXX"):
        edtf = None
    return Moment(
        match.start(),
        match.end(),
        text[match.start() : match.end()],
        edtf,
        start[1] if start else "said",
        True,
    )


def _yearly(words: str, language: str, published: date | None) -> tuple[str, str] | None:
    """A date in EDTF, its missing year the last that fits before publication; and how it was read."""
    half = _half(words, language)
    if half is None:
        return None
    if not half.edtf.startswith("XXXX"):
        return half.edtf, "said"
    if published is None or half.month is None:
        return half.edtf, "year_not_told"
    day = half.edtf[8:10]
    late = (half.month, int(day or 1)) > (published.month, published.day)
    return f"{published.year - late}{half.edtf[4:]}", "last_such"


def _between(
    text: str, flat: str, match: re.Match[str], language: str, published: date | None
) -> Moment | None:
    words = re.sub(r"^(?:between|from|entre|de|desde) ", "", match[0])
    left, right = re.split(r" (?:and|to|through|until|y|e|a|hasta) (?:the end of )?", words, maxsplit=1)
    said = text[match.start() : match.end()]
    if right == "la fecha":
        start = _yearly(left, language, published)
        return start and Moment(match.start(), match.end(), said, f"{start[0]}/..", start[1], True)
    end = _yearly(right, language, published)
    begin = _half(left, language)
    if end is None or begin is None:
        return None
    first = begin.edtf
    if first.startswith("XXXX") and not end[0].startswith("XXXX"):
        year = int(end[0][:4])
        first = f"{year - (first[5:7] > end[0][5:7])}{first[4:]}"
    if first.startswith("XXXX"):
        return Moment(match.start(), match.end(), said, None, "year_not_told", True)
    mark = "?" * (end[1] == "last_such")
    return Moment(match.start(), match.end(), said, f"{first}{mark}/{end[0]}{mark}", end[1], True)


def _yearless(
    text: str, flat: str, match: re.Match[str], language: str, published: date | None
) -> Moment | None:
    words = match[0]
    bare = re.sub(
        r"\b(?:in|last|during|until|by|this|en|durante|hasta|el|pasado|este|early|late|mid|desde|so far|"
        r"lo que va de|mes de|a|principios de|inicios de|comienzos de|mediados de|finales de|fines "
        r"de)\b[- ]?",
        "",
        words,
    )
    found = _yearly(bare.strip(), language, published)
    if found is None:
        return None
    edtf, told = found
    if told == "last_such":
        sure = re.search(r"\b(?:last|this|pasado|este)\b", words)
        edtf, told = (edtf, "from_publication") if sure else (f"{edtf}?", told)
    return Moment(match.start(), match.end(), text[match.start() : match.end()], edtf, told)


def _relative(edtf: str | None, text: str, match: re.Match[str], period: bool = True) -> Moment:
    return Moment(
        match.start(), match.end(), text[match.start() : match.end()], edtf, "from_publication", period
    )


def _this_year(text: str, flat: str, match: re.Match[str], language: str, published: date | None) -> Moment:
    year = re.search(r"\d{4}", match[0])
    if year:
        return Moment(match.start(), match.end(), text[match.start() : match.end()], year[0], "said", True)
    return _relative(f"{published.year}" if published else None, text, match)


def _last_year(text: str, flat: str, match: re.Match[str], language: str, published: date | None) -> Moment:
    if re.search(r"before|earlier|previous|anterior|previo|antes", match[0]):
        return _relative(None, text, match)
    return _relative(f"{published.year - 1}" if published else None, text, match)


def _counted(text: str, flat: str, match: re.Match[str], language: str, published: date | None) -> Moment:
    return _relative(None, text, match)


def _first_month(text: str, flat: str, match: re.Match[str], language: str, published: date | None) -> Moment:
    months = re.search(r"first (\w+) months of (?:this|the)|primeros (\w+) meses (?:de este|del)", match[0])
    count = number(months[1] or months[2]) if months else None
    if published is not None and count is not None and 1 < count <= published.month:
        return _relative(f"{published.year}-01/{published.year}-{int(count):02}", text, match)
    if published is None or not re.search(r"month of this|mes (?:de este|del)", match[0]):
        return _relative(None, text, match)
    return _relative(f"{published.year}-01", text, match)


def _weekday(text: str, flat: str, match: re.Match[str], language: str, published: date | None) -> Moment:
    """The last such day before publication; the day itself where the paper came out on it."""
    name = next(day for day in _DAYS[language] if day in match[0])
    if published is None:
        return _relative(None, text, match, False)
    back = (published.weekday() - _DAYS[language].index(name)) % 7
    return _relative((published - timedelta(days=back)).isoformat(), text, match, False)


def _day_of_month(
    text: str, flat: str, match: re.Match[str], language: str, published: date | None
) -> Moment:
    """ "El lunes 11": the last day of this number before publication."""
    day = int(re.findall(r"\d+", match[0])[-1])
    if published is None or not 1 <= day <= 31:
        return _relative(None, text, match, False)
    back = next((n for n in range(62) if (published - timedelta(days=n)).day == day), 0)
    return _relative((published - timedelta(days=back)).isoformat(), text, match, False)


def _half_year(text: str, flat: str, match: re.Match[str], language: str, published: date | None) -> Moment:
    """A half or a quarter of a year that is told."""
    year = match[0][-4:]
    months = 3 if re.search(r"quarter|trimestre", match[0]) else 6
    first = 1 + months * bool(re.search(r"second|segundo", match[0]))
    edtf = f"{year}-{first:02}/{year}-{first + months - 1:02}"
    return Moment(match.start(), match.end(), text[match.start() : match.end()], edtf, "said", True)


def _near(text: str, flat: str, match: re.Match[str], language: str, published: date | None) -> Moment:
    back = {
        "yesterday": 1, "ayer": 1, "today": 0, "hoy": 0, "last night": 1, "anoche": 1, "this morning": 0,
        "this afternoon": 0, "esta manana": 0, "esta madrugada": 0,
    }.get(match[0])  # fmt: skip
    if published is None or back is None:
        return _relative(None, text, match, False)
    return _relative((published - timedelta(days=back)).isoformat(), text, match, False)


def _this_month(text: str, flat: str, match: re.Match[str], language: str, published: date | None) -> Moment:
    """ "Earlier this month", "el mes pasado"."""
    if published is None:
        return _relative(None, text, match, False)
    last = re.search(r"last|pasado", match[0]) is not None
    first = published.replace(day=1) - timedelta(days=1) if last else published
    return _relative(f"{first.year}-{first.month:02}", text, match, False)


def _days_ago(text: str, flat: str, match: re.Match[str], language: str, published: date | None) -> Moment:
    """ "Three days ago", "hace tres días"."""
    words = re.sub(r"^hace (?:apenas )?|(?: days ago| dias)$", "", match[0])
    count = int(words) if words.isdigit() else number(words)
    if published is None or count is None or not 0 < count < 100:
        return _relative(None, text, match, False)
    return _relative((published - timedelta(days=int(count))).isoformat(), text, match, False)


def _year(text: str, flat: str, match: re.Match[str], language: str, published: date | None) -> Moment | None:
    year = re.search(r"\d{4}", match[0])
    if year is None or not match[0].strip()[0].isalpha():
        return None
    return Moment(match.start(), match.end(), text[match.start() : match.end()], year[0], "said", True)


_READ = {
    "day_of_month": _day_of_month, "half_year": _half_year,
    "numeric": _said, "whole": _said, "month_year": _said, "decade": _said, "part": _part, "since": _since,
    "between": _between, "day_month": _yearless, "month": _yearless, "this_year": _this_year,
    "last_year": _last_year, "counted": _counted, "first_month": _first_month, "weekday": _weekday,
    "near": _near, "year": _year, "this_month": _this_month, "days_ago": _days_ago,
}  # fmt: skip
_PATTERNS = {language: _pattern(language) for language in ("en", "es")}
