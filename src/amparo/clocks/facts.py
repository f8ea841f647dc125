"""What a fact of a case can mean as a day: known, or the reason why not."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import NamedTuple

from amparo.errors import AmparoError
from amparo.values.dates import parse_date

_EDTF = re.compile(r"\[?(?:\.\.|[?~%]?[\dX]{4}).*")


class Day(NamedTuple):
    """A known day; or `problem` (missing, partial, invalid) with the earliest day the value allows."""

    known: date | None
    problem: str = ""
    earliest: date | None = None


def day_of(value: object) -> Day:
    """Read a fact: a date, or text in EDTF. Only one certain, whole day is known."""
    if isinstance(value, date):
        return Day(value.date() if isinstance(value, datetime) else value)
    if not isinstance(value, str) or not value.strip() or value.strip().lower() == "tbd":
        return Day(None, "missing")
    text = value.strip()
    if not _EDTF.fullmatch(text):  # 05/06/2025 is two days
        return Day(None, "invalid")
    try:
        half = parse_date(text)
    except AmparoError:
        return Day(None, "invalid")
    if half.first is not None and half.edtf == half.first.isoformat():
        return Day(half.first)
    certain = not set("~?%") & set(half.edtf)
    return Day(None, "partial", half.first if certain else None)
