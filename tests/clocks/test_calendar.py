"""The federal calendar against days read off the law and the proclamations."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.clocks.calendar import calendar

FEDERAL = calendar("us.federal")
# The holidays of two years as the personnel office publishes them, observed days in place of weekend ones.
PUBLISHED = {
    2021: "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31",
    2026: "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25",
}


@pytest.mark.parametrize("year", PUBLISHED)
def test_published_years(year: int) -> None:
    weekdays = sorted(day for day in FEDERAL.holidays(year) if day.weekday() < 5)
    assert [f"{day:%m-%d}" for day in weekdays] == PUBLISHED[year].split()


def test_juneteenth_begins_with_its_law() -> None:
    assert not FEDERAL.is_holiday(date(2020, 6, 19))
    assert FEDERAL.is_observed(date(2021, 6, 18))
    assert FEDERAL.is_holiday(date(2025, 6, 19))


def test_closures_and_inauguration_are_no_holidays() -> None:
    assert FEDERAL.is_closure(date(2025, 12, 26))
    assert FEDERAL.is_business(date(2025, 12, 26))
    assert FEDERAL.safe(date(2025, 12, 26)) == date(2025, 12, 23)
    assert [year for year in range(2016, 2030) if FEDERAL.is_inauguration(date(year, 1, 20))] == [
        2017,
        2021,
        2025,
        2029,
    ]


@given(st.dates(date(1980, 1, 1), date(2060, 1, 1)))
def test_moving_ends_on_the_nearest_business_day(day: date) -> None:
    moved = FEDERAL.forward(day)
    assert FEDERAL.is_business(moved)
    assert not any(FEDERAL.is_business(day + timedelta(n)) for n in range((moved - day).days))
    assert FEDERAL.safe(day) <= day


@given(st.dates(date(1980, 1, 1), date(2060, 1, 1)), st.integers(1, 40))
def test_working_days_count_business_days_only(day: date, number: int) -> None:
    last = FEDERAL.after_working_days(day, number)
    between = [day + timedelta(n) for n in range(1, (last - day).days + 1)]
    assert sum(map(FEDERAL.is_business, between)) == number
    assert FEDERAL.is_business(last)
