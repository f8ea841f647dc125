"""A risk is proposed by a table that says why; contact that is missed twice escalates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.errors import AmparoError
from amparo.study.cases.said import Call, Protocol, SafetyPlan
from amparo.study.safety import rules
from amparo.vocabulary.risk import factors

TODAY = date(2026, 11, 30)
ANSWERS = st.dictionaries(st.sampled_from(sorted(factors())), st.sampled_from(rules.ANSWERS))
RANK = {None: -1, "low": 0, "medium": 1, "high": 2}


def of(weight: str, number: int) -> dict[str, str]:
    named = [name for name, factor in factors().items() if factor.weight == weight]
    return dict.fromkeys(named[:number], "yes")


@pytest.mark.parametrize(
    ("answers", "level"),
    [
        (of("grave", 1), "high"),
        (of("serious", 3), "high"),
        (of("serious", 2), "medium"),
        (of("serious", 1), "medium"),
        (of("adds", 2), "medium"),
        (of("adds", 1), "low"),
        (of("adds", 9), "medium"),
        (dict.fromkeys(factors(), "no"), "low"),
        ({}, None),
        (dict.fromkeys(factors(), "unknown"), None),
    ],
)
def test_the_table(answers: dict[str, str], level: str | None) -> None:
    found = rules.propose(answers)
    assert found.level == level
    if found.reason:
        assert set(found.reason.factors) <= {name for name, answer in answers.items() if answer == "yes"}
        assert len(found.reason.factors) >= found.reason.needed


@given(ANSWERS, st.sampled_from(sorted(factors())))
def test_a_further_yes_never_lowers_and_what_is_open_is_told(answers: dict[str, str], name: str) -> None:
    before, after = rules.propose(answers), rules.propose(answers | {name: "yes"})
    assert RANK[after.level] >= RANK[before.level]
    assert RANK[before.level] <= RANK[before.most]
    assert set(before.unknown) == {each for each in factors() if answers.get(each, "unknown") == "unknown"}


@given(ANSWERS)
def test_the_reasons_alone_reach_the_level(answers: dict[str, str]) -> None:
    found = rules.propose(answers)
    if found.reason:
        alone = rules.propose(dict.fromkeys(found.reason.factors, "yes"))
        assert alone.level == found.level


def test_the_officers_of_the_seed_are_proposed_high_with_their_reasons() -> None:
    told = {"threat_home": "yes", "unit_against_group": "yes", "controlled_area": "yes"}
    assert rules.propose(told).reason == rules.Reason("grave", 1, ("threat_home",))
    told = {
        "order_to_kill": "yes",
        "weapon_forbidden": "yes",
        "member_in_danger": "yes",
        "known_address": "yes",
    }
    assert rules.propose(told).level == "high"


@pytest.mark.parametrize(
    ("answers", "code"),
    [({"colour": "yes"}, "safety.unknown_factor"), ({"attacked": "maybe"}, "safety.unknown_answer")],
)
def test_what_cannot_be_answered(answers: dict[str, str], code: str) -> None:
    with pytest.raises(AmparoError) as error:
        rules.propose(answers)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("level", "proposed", "reason", "days", "code"),
    [
        ("high", "high", "", 7, None),
        ("high", "high", "", 8, "safety.review_late"),
        ("low", "low", "", 90, None),
        ("low", "low", "", -1, "safety.review_past"),
        ("low", "high", "", 7, "safety.no_reason"),
        ("low", "high", "lives abroad by now", 7, None),
        ("medium", None, "", 7, "safety.no_reason"),
        ("extreme", "high", "", 7, "safety.unknown_level"),
    ],
)
def test_a_person_decides_with_a_reason_and_a_day(
    level: str, proposed: rules.Level | None, reason: str, days: int, code: str | None
) -> None:
    def decide() -> None:
        rules.check_decision(level, proposed, reason, TODAY, TODAY + timedelta(days=days))

    if code is None:
        decide()
        return
    with pytest.raises(AmparoError) as error:
        decide()
    assert error.value.code == code


def test_claims_suggest_factors_and_say_which_claim_does() -> None:
    told = [
        ("threat", "words", "x"),
        ("threat", "deadline", "24 hours"),
        ("threat", "date", "2026-11-20"),
        ("exposure", "type", "testified"),
    ]
    found = rules.told_factors(told, TODAY)
    assert set(found) == {"threat_earlier", "threat_deadline", "threat_recent", "testified"}
    assert found["testified"] == "exposure.type=testified"


@pytest.mark.parametrize("day", ["2026-10-30", "2026-11", "XXXX-11-20", "2026-12-01", ""])
def test_a_day_that_is_half_known_past_or_ahead_is_no_recent_threat(day: str) -> None:
    assert "threat_recent" not in rules.told_factors([("threat", "date", day)], TODAY)


def calls(*told: tuple[int, rules.Result]) -> list[Call]:
    return [Call(day=(TODAY - timedelta(days=days)).isoformat(), result=result) for days, result in told]


WEEKLY = Protocol(channel="call", every=7)
BEGUN = TODAY - timedelta(days=30)


@pytest.mark.parametrize(
    ("log", "last", "due", "missed", "escalate"),
    [
        ((), None, -23, 0, False),
        (((3, "reached"),), 3, 4, 0, False),
        (((9, "reached"), (1, "missed")), 9, 0, 1, False),
        (((9, "reached"), (2, "missed"), (1, "missed")), 9, 0, 2, True),
        (((9, "reached"), (2, "missed"), (1, "unsafe")), 9, 0, 2, True),
        (((2, "missed"), (1, "missed"), (0, "reached")), 0, 7, 0, False),
        (((3, "missed"), (2, "missed"), (1, "escalated")), None, 6, 0, False),
    ],
)
def test_contact(
    log: tuple[tuple[int, rules.Result], ...], last: int | None, due: int, missed: int, escalate: bool
) -> None:
    found = rules.contact(WEEKLY, calls(*log), BEGUN, TODAY)
    assert found.last == (TODAY - timedelta(days=last) if last is not None else None)
    assert found.due == TODAY + timedelta(days=due)
    assert (found.missed, found.escalate, found.over) == (missed, escalate, max(-due, 0))


@given(st.lists(st.tuples(st.integers(0, 29), st.sampled_from(rules.RESULTS)), max_size=10))
def test_the_order_in_which_calls_were_written_down_does_not_matter(
    log: list[tuple[int, rules.Result]],
) -> None:
    days = dict(log)  # one a day
    told = calls(*days.items())
    assert rules.contact(WEEKLY, told, BEGUN, TODAY) == rules.contact(WEEKLY, told[::-1], BEGUN, TODAY)


@pytest.mark.parametrize(
    ("check", "code"),
    [
        (lambda: rules.check_protocol(Protocol(channel="call", every=0)), "safety.bad_interval"),
        (lambda: rules.check_call(Call(day="2026-12-01", result="reached"), TODAY), "safety.call_ahead"),
        (lambda: rules.check_call(Call(day="2026-11-30", result="escalated"), TODAY), "safety.escalated_to"),
        (lambda: rules.check_plan(SafetyPlan(measures=("fly",))), "safety.unknown_measure"),
        (lambda: rules.check_plan(SafetyPlan(measures=("own",))), "safety.own_words"),
    ],
)
def test_what_is_refused(check, code: str) -> None:
    with pytest.raises(AmparoError) as error:
        check()
    assert error.value.code == code


def test_a_draft_plan_answers_what_was_said() -> None:
    assert rules.draft({}) == ("emergency_contact",)
    assert {"sleep_in_turns", "other_place"} <= set(rules.draft({"threat_home": "yes"}))
    for measure, called_by in rules.DRAFTS.items():
        assert measure in rules.MEASURES and set(called_by) <= set(factors())
