"""Survival curves against published tables, and as laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.errors import Refusal
from amparo.estimation.survival import incidence, kaplan_meier

# Weeks in remission of 21 children with acute leukaemia on 6-MP and 21 on placebo (Freireich et al., 1963),
# as printed in Kleinbaum and Klein, Survival Analysis (2012), with the product-limit estimate; + is censored.
TREATED = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"
OUTCOMES = st.sampled_from(["safe", "closed", None])
WAITS = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=30)


def read(table: str) -> tuple[list[float], list[bool]]:
    cells = table.split()
    return [float(cell.rstrip("+")) for cell in cells], [not cell.endswith("+") for cell in cells]


def test_freireich_on_6_mp() -> None:
    curve = kaplan_meier(*read(TREATED))
    assert [(step.days, step.at_risk, step.ended) for step in curve.steps] == [
        (6, 21, 3),
        (7, 17, 1),
        (10, 15, 1),
        (13, 12, 1),
        (16, 11, 1),
        (22, 7, 1),
        (23, 6, 1),
    ]
    assert [round(step.waiting, 4) for step in curve.steps] == [
        0.8571,
        0.8067,
        0.7529,
        0.6902,
        0.6275,
        0.5378,
        0.4482,
    ]
    assert (curve.number, curve.ended, curve.median) == (21, 9, 23)


def test_freireich_on_placebo_with_the_interval_of_the_median() -> None:
    curve = kaplan_meier(*read(PLACEBO))
    # SAS LIFETEST prints 8 (4, 11) for these data, and 23 (13, .) for 6-MP, with log-log limits.
    assert (curve.median, curve.median_low, curve.median_high) == (8, 4, 11)
    assert curve.steps[-1].waiting == 0 and curve.steps[-1].low is None
    treated = kaplan_meier(*read(TREATED))
    assert (treated.median_low, treated.median_high) == (13, None)


def test_nobody_who_waits_is_refused_and_nobody_who_ended_is_no_error() -> None:
    with pytest.raises(Refusal, match=r"estimation\.nobody_waits"):
        kaplan_meier([], [])
    curve = kaplan_meier([3, 5], [False, False])
    assert (curve.number, curve.ended, curve.steps, curve.median) == (2, 0, (), None)


@given(WAITS)
def test_the_share_that_waits_falls_and_stays_in_its_bounds(waits: list[tuple[int, bool]]) -> None:
    curve = kaplan_meier([days for days, _ in waits], [ended for _, ended in waits])
    shares = [1.0, *(step.waiting for step in curve.steps)]
    assert shares == sorted(shares, reverse=True)
    for step in curve.steps:
        assert step.low is None or step.low <= step.waiting + 1e-12
        assert step.high is None or step.high >= step.waiting - 1e-12
    assert sum(step.ended for step in curve.steps) == curve.ended


@given(WAITS)
def test_without_censoring_it_is_the_share_that_is_left(waits: list[tuple[int, bool]]) -> None:
    days = [day for day, _ in waits]
    for step in kaplan_meier(days, [True] * len(days)).steps:
        assert step.waiting == pytest.approx(sum(day > step.days for day in days) / len(days))


@given(WAITS)
def test_who_still_waits_never_shortens_the_wait(waits: list[tuple[int, bool]]) -> None:
    days, ended = [day for day, _ in waits], [over for _, over in waits]
    before = kaplan_meier(days, ended)
    after = kaplan_meier([*days, 31], [*ended, False])
    for one, other in zip(before.steps, after.steps, strict=True):
        assert other.waiting >= one.waiting - 1e-12


@given(st.lists(st.tuples(st.integers(0, 20), OUTCOMES), min_size=1, max_size=30))
def test_outcomes_share_out_what_does_not_wait_any_more(waits: list[tuple[int, str | None]]) -> None:
    days, outcomes = [day for day, _ in waits], [outcome for _, outcome in waits]
    reached = sum(points[-1].share for points in incidence(days, outcomes).values())
    curve = kaplan_meier(days, [outcome is not None for outcome in outcomes])
    waiting = curve.steps[-1].waiting if curve.steps else 1.0
    assert reached + waiting == pytest.approx(1)


def test_who_ended_otherwise_is_not_counted_as_still_able_to_arrive() -> None:
    found = incidence([1, 2, 2, 3], ["safe", "closed", None, "safe"])
    assert found["safe"][-1].share == pytest.approx(0.75) and found["closed"][-1].share == pytest.approx(0.25)
