"""Waits of cases, with those who still wait, those who arrived and those whose way ended otherwise."""

from __future__ import annotations

from datetime import UTC, date, datetime

from amparo.study.cases.casefile import CASE, CaseFile, Told
from amparo.study.cases.numbers import numbers
from amparo.study.cases.said import Assessed, Caseload, Opening, Said, Step, Track

TODAY = date(2026, 11, 30)
AT = datetime(2026, 1, 1, tzinfo=UTC)


def case(number: int, *said: Said, opened: str = "2026-01-01", worker: str = "uno") -> CaseFile:
    entries = [Told(row, AT, "owner", "default", each) for row, each in enumerate((Caseload(worker), *said))]
    return CaseFile(f"C-{number}", "default", AT, "owner", Opening(opened_on=opened), tuple(entries))


def track(kind: str = "resettlement", starts: str = "identified") -> Track:
    return Track("t", kind, (), starts, "2026-01-01")


def step(to: str, on: str, of: str = "t") -> Step:
    return Step(f"s-{to}", of, to, on)


FOUND = [
    case(1, track(), step("departed", "2026-01-11")),
    case(2, track(), step("withdrawn", "2026-01-21"), step("closed", "2026-02-01", CASE)),
    case(3, track(), step("submitted", "2026-01-31"), worker="dos"),
    case(4, track(), step("departed", "2026-03")),
    case(5, Assessed({}, "high", "2026-12-05")),
]


def test_who_waits_is_counted_as_waiting_and_a_half_known_day_is_told_of() -> None:
    found = {way.kind: way for way in numbers(FOUND, TODAY).ways}
    way = found["resettlement"]
    assert (way.cases, way.undated, way.waiting, way.arrived) == (4, 1, 1, 1)
    assert [(each.days, round(each.share, 4)) for each in way.reached["safe"]] == [(10, 0.3333)]
    assert [(each.days, round(each.share, 4)) for each in way.reached["ended"]] == [(20, 0.3333)]
    whole = found[CASE]
    assert (whole.cases, whole.undated, whole.waiting) == (5, 1, 2)
    assert whole.curve and [(each.days, each.at_risk) for each in whole.curve.steps] == [(10, 4), (31, 3)]


def test_stages_are_measured_from_step_to_step() -> None:
    stages = {(each.kind, each.stage): each.curve for each in numbers(FOUND, TODAY).stages}
    first = stages["resettlement", "identified"]
    assert (first.number, first.ended) == (3, 3) and [each.days for each in first.steps] == [10, 20, 30]
    waits = stages["resettlement", "submitted"]
    assert (waits.number, waits.ended, waits.median) == (1, 0, None)
    assert ("resettlement", "departed") not in stages


def test_outcomes_and_load() -> None:
    found = numbers(FOUND, TODAY)
    assert (
        found.outcomes["resettlement", "departed"] == 2 and found.outcomes["resettlement", "submitted"] == 1
    )
    loads = {each.worker: each for each in found.loads}
    assert (loads["uno"].open, loads["uno"].high, loads["dos"].open) == (3, 1, 1)
    assert loads["uno"].due == 3 and loads["uno"].over == 2


def test_without_cases_there_are_no_waits() -> None:
    found = numbers([], TODAY)
    assert found.ways[0].cases == 0 and found.ways[0].curve is None and not found.stages
