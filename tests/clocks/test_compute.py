"""The clocks against examples worked out by hand, and the laws they keep."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.clocks import compute, rules
from amparo.errors import AmparoError

EXAMPLES: list[dict[str, Any]] = msgspec.yaml.decode(Path(__file__).with_name("examples.yml").read_bytes())
AS_OF = date(2026, 11, 23)
DAYS = st.dates(date(1997, 4, 1), AS_OF)
# One fact each that starts a clock by itself.
STARTED = [(name, rule.trigger.fact) for name, rule in rules().items() if rule.trigger.fact]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: f"{each['rule']} {each['facts']}"[:90])
def test_examples(example: dict[str, Any]) -> None:
    clock = compute(example["rule"], example["facts"], example.get("as_of", AS_OF))
    found = {name: getattr(clock, name) for name in example["expect"]}
    found["competing"] = [other.date for other in clock.competing]
    found["warnings"] = [each for each in clock.warnings if each in example["expect"].get("warnings", [])]
    assert found == {"competing": found["competing"], "warnings": [], **example["expect"]}


def test_every_rule_has_examples() -> None:
    assert {example["rule"] for example in EXAMPLES} == set(rules())
    assert len(EXAMPLES) >= 120


@pytest.mark.parametrize(("rule", "fact"), STARTED)
@given(first=DAYS, later=st.integers(0, 4000))
def test_a_later_start_never_gives_an_earlier_deadline(rule: str, fact: str, first: date, later: int) -> None:
    one = compute(rule, {fact: first}, AS_OF)
    two = compute(rule, {fact: min(first + timedelta(later), AS_OF)}, AS_OF)
    if one.date and two.date and one.version == two.version and not (one.competing or two.competing):
        assert one.date <= two.date


@pytest.mark.parametrize(("rule", "fact"), STARTED)
@given(day=DAYS, blur=st.sampled_from(["%Y", "%Y-%m", "%Y-%m-%d~", "%Y-%m-%d?", "%Y-%m-%d/..", "XXXX-%m-%d"]))
def test_half_known_facts_never_give_a_date(rule: str, fact: str, day: date, blur: str) -> None:
    clock = compute(rule, {fact: day.strftime(blur)}, AS_OF)
    assert (clock.status, clock.date, clock.safe_by) == ("cannot_compute", None, None)
    assert clock.reason


@given(day=DAYS, later=st.integers(0, 400))
def test_the_year_by_arrival_is_monotone(day: date, later: int) -> None:
    one = compute("us.asylum.one_year", {"arrival_date": day}, AS_OF)
    two = compute("us.asylum.one_year", {"arrival_date": min(day + timedelta(later), AS_OF)}, AS_OF)
    assert one.date is not None
    assert two.date is not None
    assert one.date <= two.date
    assert one.safe_by is not None
    assert one.safe_by < one.date


@given(day=st.dates(date(1997, 4, 1), date(2030, 1, 1)))
def test_a_moved_day_is_a_business_day_and_safe_by_comes_no_later(day: date) -> None:
    clock = compute("us.cta.petition_for_review", {"final_order_date": day}, date(2031, 1, 1))
    assert clock.date is not None
    assert clock.safe_by is not None
    assert clock.date.weekday() < 5
    assert day + timedelta(30) <= clock.date <= day + timedelta(34)
    assert clock.safe_by <= clock.date


@given(day=DAYS, knowledge=st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_the_appeal_is_thirty_days_whatever_is_known_but_for_the_vacated_month(
    day: date, knowledge: date
) -> None:
    facts = {"mode": "oral", "oral_date": day, "asylum_adjudicated": False}
    clock = compute("us.bia.appeal", facts, knowledge)
    assert clock.date is not None
    vacated = date(2026, 2, 6) <= knowledge < date(2026, 3, 8) and day >= date(2026, 3, 9)
    assert (clock.version == "v2") == vacated
    assert (clock.date - day).days >= (10 if vacated else 30)


def test_facts_of_other_rules_are_passed_over_and_unknown_names_are_not() -> None:
    plain = compute("us.uscis.address_change", {"moved_on": date(2026, 3, 4)}, AS_OF)
    assert plain == compute(
        "us.uscis.address_change", {"moved_on": "2026-03-04", "hearing_date": "tbd"}, AS_OF
    )
    with pytest.raises(AmparoError, match=r"clocks\.unknown_fact"):
        compute("us.uscis.address_change", {"moved": "2026-03-04"}, AS_OF)
    with pytest.raises(AmparoError, match=r"clocks\.unknown_rule"):
        compute("us.uscis.adress_change", {}, AS_OF)


def test_the_day_of_knowledge_may_stand_among_the_facts() -> None:
    facts = {"mode": "oral", "oral_date": "2026-03-10", "asylum_adjudicated": False, "as_of": "2026-02-20"}
    assert compute("us.bia.appeal", facts).date == date(2026, 3, 20)


@pytest.mark.parametrize("text", ["05/06/2025", "March 2025", "2025-13-01", "03:00", "0"])
def test_only_edtf_is_a_day(text: str) -> None:
    assert compute("us.asylum.one_year", {"arrival_date": text}, AS_OF).reason == "arrival_invalid"


def test_a_delay_with_half_known_days_gives_no_date() -> None:
    for delay in (
        {"from": "2025-02"},
        {"from": "2025-02-01", "to": "2025-03"},
        {"from": "2025-02-09", "to": "2025-02-01"},
    ):
        facts = {"complete_application_received": "2025-01-15", "applicant_delays": [delay]}
        assert compute("us.asylum.ead_file", facts, AS_OF).reason == "input_inconsistent"
