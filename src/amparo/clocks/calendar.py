"""Legal holidays, their observed days, and executive closures."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

DAY = timedelta(days=1)
SATURDAY = 5


class Fixed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A holiday on the same day every year. `since` is the first day the law knew it."""

    name: str
    month: int
    day: int
    since: date = date.min


class Floating(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A holiday on the n-th weekday of a month: weekday 0 is Monday, n = -1 the last."""

    name: str
    month: int
    weekday: int
    nth: int


class Closure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day on which offices were closed by order: it moves no period and is warned of."""

    day: date
    certainty: str
    source: str


class Calendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One jurisdiction's holidays; `observed`: those on a weekend are kept on the weekday beside."""

    id: str
    observed: bool
    fixed: tuple[Fixed, ...]
    floating: tuple[Floating, ...]
    closures: tuple[Closure, ...]
    inauguration: Literal[False] | int  # a year in which a president took office; every fourth after it
    citation: tuple[str, ...]
    last_checked: date

    def holidays(self, year: int) -> dict[date, bool]:
        """The holidays that fall in a year, each with whether it is only the observed day of another."""
        return _holidays(self.id, year)

    def is_holiday(self, day: date) -> bool:
        """A legal holiday, or the weekday it is observed on."""
        return day in _holidays(self.id, day.year)

    def is_observed(self, day: date) -> bool:
        """A weekday that is kept for a holiday on the weekend beside it."""
        return _holidays(self.id, day.year).get(day, False)

    def is_closure(self, day: date) -> bool:
        """A day closed by executive order."""
        return any(closure.day == day for closure in self.closures)

    def is_inauguration(self, day: date) -> bool:
        """20 January of every fourth year: a holiday around the capital only."""
        first = self.inauguration
        return bool(first) and (day.month, day.day) == (1, 20) and (day.year - first) % 4 == 0

    def is_business(self, day: date) -> bool:
        """Neither weekend nor legal holiday."""
        return day.weekday() < SATURDAY and not self.is_holiday(day)

    def forward(self, day: date) -> date:
        """The day itself if it is a business day, else the next one."""
        while not self.is_business(day):
            day += DAY
        return day

    def safe(self, day: date) -> date:
        """The last business day on or before the day, closures excluded."""
        while not self.is_business(day) or self.is_closure(day):
            day -= DAY
        return day

    def after_working_days(self, day: date, number: int) -> date:
        """The day on which the given number of business days after `day` has passed."""
        while number:
            day += DAY
            number -= self.is_business(day)
        return day


@cache
def calendar(name: str) -> Calendar:
    """A calendar by its id."""
    text = files("amparo.clocks").joinpath("data", "calendars.yml").read_bytes()
    return {each.id: each for each in msgspec.yaml.decode(text, type=tuple[Calendar, ...])}[name]


@cache
def _holidays(name: str, year: int) -> dict[date, bool]:
    """Named days of the year, and observed ones, also of a holiday that falls in the year after."""
    known = calendar(name)
    found = dict.fromkeys(_named(known, year), False)
    if known.observed:
        for day in [*_named(known, year), *_named(known, year + 1)]:
            beside = day + {5: -DAY, 6: DAY}.get(day.weekday(), 0 * DAY)
            if beside != day and beside.year == year:
                found.setdefault(beside, True)
    return found


def _named(known: Calendar, year: int) -> list[date]:
    days = [date(year, each.month, each.day) for each in known.fixed]
    kept = [day for day, each in zip(days, known.fixed, strict=True) if day >= each.since]
    return kept + [_nth(year, each) for each in known.floating]


def _nth(year: int, each: Floating) -> date:
    if each.nth > 0:
        first = date(year, each.month, 1)
        return first + timedelta(days=(each.weekday - first.weekday()) % 7 + 7 * (each.nth - 1))
    last = date(year + each.month // 12, each.month % 12 + 1, 1) - DAY
    return last - timedelta(days=(last.weekday() - each.weekday) % 7)
