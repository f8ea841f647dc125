"""Clocks of a case run from what is written in it, and what they ask comes in order."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from amparo.clocks import rules as clock_rules
from amparo.study.cases import deadlines, facts, rules
from amparo.study.cases.casefile import CaseFile, Told
from amparo.study.cases.dues import dues, pressing
from amparo.study.cases.said import Facts, Hearing, Member, Opening, Order, Step, Task, Track

TODAY = date(2026, 11, 30)
AT = datetime(2026, 1, 2, tzinfo=UTC)


def case(*said: Any) -> CaseFile:
    told = (Member("m-1", "Synthetic"), *said)
    entries = tuple(Told(row, AT, "owner", "default", each) for row, each in enumerate(told))
    return CaseFile("C-000000", "default", AT, "owner", Opening("", "2026-01-02"), entries)


def court(stage: str = "served", since: str = "2026-03-02") -> Track:
    return Track("t-1", "us_defensive", ("m-1",), stage, since)


def clocks(file: CaseFile) -> dict[tuple[str, str], Any]:
    return {(each.clock.rule, each.hearing): each.clock for each in deadlines.running(file, TODAY)}


def test_the_tables_name_rules_stages_and_facts_that_there_are() -> None:
    for kind, watched in deadlines.WATCHED.items():
        stages = set(rules.TRACKS[kind].moves)
        for each in watched:
            assert each.rule in clock_rules()
            assert each.stages <= stages
            assert not each.until or each.until in stages
            assert not each.hearing or each.hearing in rules.HEARINGS
            read = set(clock_rules()[each.rule].facts)
            assert read <= set(facts.FACTS) | facts.GIVEN, "say in FACTS how these are written"
            assert not each.fact or each.fact in read
    for (kind, stage), names in deadlines.REACHED.items():
        assert stage in rules.TRACKS[kind].moves
        assert set(names) <= set(facts.FACTS)


def test_the_one_year_clock_runs_until_the_application_is_filed() -> None:
    told = Facts("t-1", {"arrival_date": "2026-02-03"})
    found = clocks(case(court(), told))
    assert found["us.asylum.one_year", ""].date == date(2027, 2, 3)
    filed = (
        Step("s-1", "t-1", "master_set", "2026-05-05"),
        Step("s-2", "t-1", "filed", "2026-06-05", {"complete_application_received": "2026-06-05"}),
    )
    found = clocks(case(court(), told, *filed))
    assert ("us.asylum.one_year", "") not in found
    assert found["us.asylum.ead_file", ""].date == date(2026, 11, 2)


def test_half_a_day_gives_no_date_but_a_reason() -> None:
    found = clocks(case(court(), Facts("t-1", {"arrival_date": "2026-02"})))
    clock = found["us.asylum.one_year", ""]
    assert (clock.status, clock.date) == ("cannot_compute", None)
    assert clock.reason == "arrival_partial_or_uncertain"


def test_a_judges_day_stands_beside_the_rules_for_its_hearing_alone() -> None:
    hearings = [
        Hearing("h-1", "t-1", "individual", "set", on="2027-03-01"),
        Hearing("h-2", "t-1", "individual", "set", on="2027-06-01"),
    ]
    order = Order("o-1", "t-1", "judge_order_due", "2027-01-04", "2026-11-01", "written order", "h-1")
    found = clocks(case(court("individual_set"), *hearings, order))
    ordered, other = (found["us.eoir.filing_individual", name] for name in ("h-1", "h-2"))
    assert ordered.date == date(2027, 1, 4)
    assert [each.why for each in ordered.competing][:1] == ["computed"]
    assert other.date == date(2027, 5, 3)  # 30 days before 1 June is Sunday 2 May, read as the Monday


def test_a_hearing_to_be_set_has_no_date_and_is_asked_for() -> None:
    tbd = Hearing("h-1", "t-1", "individual", "to_be_set", control_on="2026-11-29")
    file = case(court("individual_set"), tbd)
    assert clocks(file)["us.eoir.filing_individual", "h-1"].reason == "hearing_tbd"
    [control] = [each for each in dues(file, TODAY) if each.kind == "control"]
    assert (control.level, control.on) == ("red", date(2026, 11, 29))


def test_an_appeal_runs_from_how_the_decision_was_told() -> None:
    denied = Step("s-1", "t-1", "denied", "2026-11-02", {"ij_order_date": "2026-11-02", "mode": "oral"})
    assert clocks(case(court("heard"), denied))["us.bia.appeal", ""].date == date(2026, 12, 2)
    mailed = Step(
        "s-1", "t-1", "denied", "2026-11-02", {"ij_order_date": "2026-11-02", "mode": "written_mailed"}
    )
    assert clocks(case(court("heard"), mailed))["us.bia.appeal", ""].status == "cannot_compute"


def test_what_presses_comes_first_and_what_has_no_day_before_what_has_one() -> None:
    file = case(
        court(),
        Facts("t-1", {"arrival_date": "2026-02-03"}),
        Task("k-1", "later", "2027-02-01", "owner"),
        Task("k-2", "late", "2026-11-20", "owner"),
        Task("k-3", "done", "2026-11-20", "owner", "done"),
        Hearing("h-1", "t-1", "master", "set", on="2026-12-20"),
        Hearing("h-2", "t-1", "master", "set", on="2026-11-20"),
    )
    found = dues(file, TODAY)
    assert found == sorted(found, key=pressing)
    assert [each.level for each in found] == sorted(
        (each.level for each in found), key=["red", "amber", "green"].index
    )
    assert {each.of for each in found if each.kind == "task"} == {"k-1", "k-2"}
    assert [each.of for each in found if each.kind == "past"] == ["h-2"]
    assert dues(case(Step("s-1", "", "closed", "2026-02-02", why="safe")), TODAY) == []


def test_an_open_case_without_a_way_says_so_and_one_that_arrived_does_not() -> None:
    assert [each.kind for each in dues(case(), TODAY)] == ["no_way"]
    gone = Track("t-1", "elsewhere", ("m-1",), "granted", "2026-11-01")
    assert dues(case(gone, Step("s-1", "t-1", "travelled", "2026-11-05")), TODAY) == []


@pytest.mark.parametrize(
    ("name", "text", "fact"),
    [
        ("arrival_date", "2026-02", "2026-02"),
        ("detained", "no", False),
        ("mode", "oral", "oral"),
        ("circuit", "9", "9"),
        (
            "applicant_delays",
            "2026-01-02/2026-02-03, 2026-05-01/",
            [{"from": "2026-01-02", "to": "2026-02-03"}, {"from": "2026-05-01", "to": ""}],
        ),
        (
            "arrivals",
            "2025-01-02, 2026-03-04 advance_parole",
            [{"date": "2025-01-02", "manner": ""}, {"date": "2026-03-04", "manner": "advance_parole"}],
        ),
    ],
)
def test_facts_are_read_as_they_are_typed(name: str, text: str, fact: Any) -> None:
    assert facts.read_fact(name, text) == fact
    assert facts.checked({name: fact}) == {name: fact}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("arrival_date", "05/06/2025"),
        ("detained", "perhaps"),
        ("mode", "sung"),
        ("applicant_delays", "soon"),
        ("weather", "1"),
    ],
)
def test_facts_that_do_not_fit_are_refused(name: str, text: str) -> None:
    from amparo.errors import AmparoError

    with pytest.raises(AmparoError, match=r"cases\.bad_fact"):
        facts.read_fact(name, text)
