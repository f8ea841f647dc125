"""Counting days, months and years, and days that do not count."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from amparo.clocks.counting import after, after_counted

DAY = timedelta(1)
DAYS = st.dates(date(1990, 1, 1), date(2050, 1, 1))
DELAYS = st.lists(st.tuples(st.integers(-30, 300), st.integers(0, 60)), max_size=5)


def test_years_and_months_end_on_the_same_day_or_the_last_of_a_shorter_month() -> None:
    assert after(date(2024, 2, 29), 1, "years", None) == date(2025, 2, 28)
    assert after(date(2024, 2, 29), 4, "years", None) == date(2028, 2, 29)
    assert after(date(2025, 1, 31), 1, "months", None) == date(2025, 2, 28)
    assert after(date(2025, 12, 31), 12, "months", None) == date(2026, 12, 31)


@given(DAYS, st.integers(1, 400), DELAYS)
def test_counted_days_are_those_outside_every_delay(
    start: date, length: int, told: list[tuple[int, int]]
) -> None:
    delays = [(start + timedelta(first), start + timedelta(first + days)) for first, days in told]
    reached = after_counted(start, length, delays)
    day, counted = start, 0
    while counted < length:
        day += DAY
        counted += not any(first <= day < last for first, last in delays)
    assert reached == day


@given(DAYS, st.integers(1, 400), st.integers(-30, 500))
def test_a_delay_without_end_stops_unless_the_day_was_reached(start: date, length: int, first: int) -> None:
    reached = after_counted(start, length, [(start + timedelta(first), None)])
    assert reached == ("clock_stopped" if first <= length else start + timedelta(length))
