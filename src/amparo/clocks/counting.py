"""Counting: days, months and years from a day, and days that are not counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

from amparo.clocks.calendar import DAY, Calendar

Stopped = Literal["clock_stopped"]
Delay = tuple[date, date | None]  # first day not counted, first day counted again; None is without end


def after(start: date, length: int, unit: str, known: Calendar | None) -> date:
    """The day `length` units after `start`, which is day zero; not moved.

    Months and years end on the same day of the month; a 29 February that the year lacks becomes the 28th.
    """
    if unit == "days":
        return start + timedelta(days=length)
    if unit == "working_days":
        if known is None:
            raise ValueError("working days need a calendar")
        return known.after_working_days(start, length)
    months = start.month - 1 + length * (12 if unit == "years" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - DAY).day
    return date(year, month, min(start.day, last))


def after_counted(start: date, length: int, delays: Sequence[Delay]) -> date | Stopped:
    """The `length`-th counted day after `start`; days of a delay are passed over, overlaps once.

    A delay runs from its first day, included, to the day of restart, which counts again; one that begins
    after the day was reached changes nothing; one without end that begins before stops the clock.
    """
    counted_to, left = start, length
    for first, last in sorted(delays, key=lambda delay: delay[0]):
        begin = max(first, counted_to + DAY)
        if (begin - counted_to).days - 1 >= left:
            break
        if last is None:
            return "clock_stopped"
        if last <= begin:
            continue
        left -= (begin - counted_to).days - 1
        counted_to = last - DAY
    return counted_to + timedelta(days=left)
