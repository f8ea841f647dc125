"""For every field and state of consent, what goes is what was allowed; and the way a referral goes."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.errors import AmparoError
from amparo.study.care.rules import Shared, Sharing, Statement, shared
from amparo.study.referrals import rules
from amparo.study.referrals.rules import PERSON, Told, Whom, digest, leaving, sheet
from amparo.vocabulary.forms import forms

TODAY = date(2026, 11, 30)
STATES: tuple[Sharing, ...] = get_args(Sharing)
FAMILY = (Whom(PERSON), Whom("m-2"), Whom("m-3", aware=False))


def plain(words: str) -> Told:
    return (("", words),)


def everything() -> dict[tuple[str, str], list[Told]]:
    """A value for every field of every form, for everybody."""
    origins = {field.of for form in forms().values() for field in form.fields.values()}
    return {(whom.id, of): [plain(f"{whom.id} {of}")] for whom in FAMILY for of in origins}


@pytest.mark.parametrize(("form", "own", "other"), list(product(forms(), STATES, STATES)))
def test_for_every_field_and_state_what_goes_is_what_was_allowed(
    form: str, own: Sharing, other: Sharing
) -> None:
    consents = {PERSON: Shared(own), "m-2": Shared(other), "m-3": Shared("given")}
    for line in sheet(form, FAMILY, everything(), consents):
        theirs = other if line.whom == "m-2" else "given"
        if own != "given":
            assert (line.goes, line.why) == (False, own)
        elif line.whom == "m-3":
            assert (line.goes, line.why) == (False, "unaware")
        elif theirs != "given":
            assert (line.goes, line.why) == (False, theirs)
        else:
            assert (line.goes, line.why) == (True, "consent")


@pytest.mark.parametrize("form", forms())
def test_every_field_can_be_kept_back_by_the_person_and_by_who_proposes(form: str) -> None:
    whole = {(line.whom, line.field) for line in leaving(sheet(form, FAMILY, everything(), _given()))}
    for field in forms()[form].fields:
        kept = {PERSON: Shared("given", None, (field,)), "m-2": Shared("given"), "m-3": Shared("given")}
        goes = {(line.whom, line.field) for line in leaving(sheet(form, FAMILY, everything(), kept))}
        assert whole - goes == {place for place in whole if place[1] == field}
        out = {(whom.id, field) for whom in FAMILY}
        goes = {(line.whom, line.field) for line in leaving(sheet(form, FAMILY, everything(), _given(), out))}
        assert whole - goes == {place for place in whole if place[1] == field}


def test_what_a_form_does_not_name_is_on_no_line() -> None:
    told = everything() | {
        (PERSON, "person.note"): [plain("own conduct")],
        (PERSON, "act.told"): [plain("x")],
    }
    for form in forms():
        assert not {plain("own conduct"), plain("x")} & {
            line.value for line in sheet(form, FAMILY, told, _given())
        }


def test_what_is_approved_changes_with_each_value_and_each_recipient() -> None:
    lines = sheet("unhcr_referral", FAMILY, everything(), _given())
    less = sheet("unhcr_referral", FAMILY, everything(), _given(), {(PERSON, "name")})
    other = everything() | {(PERSON, "person.name"): [plain("another name")]}
    marks = [
        digest("unhcr_referral", "partner-1", "key", lines),
        digest("unhcr_referral", "partner-2", "key", lines),
        digest("unhcr_referral", "partner-1", "other key", lines),
        digest("unhcr_referral", "partner-1", "key", less),
        digest("unhcr_referral", "partner-1", "key", sheet("unhcr_referral", FAMILY, other, _given())),
        digest(
            "partner_referral", "partner-1", "key", sheet("partner_referral", FAMILY, everything(), _given())
        ),
    ]
    assert len(set(marks)) == len(marks)


def _given() -> dict[str, Shared]:
    return {whom.id: Shared("given") for whom in FAMILY}


SAID = st.lists(
    st.tuples(
        st.sampled_from(["given", "refused", "withdrawn"]),
        st.sampled_from(["", "partner-1", "partner-2"]),
        st.sampled_from([None, -1, 0, 30]),
    ),
    max_size=8,
)


@given(SAID)
def test_words_on_one_recipient(lines: list[tuple[str, str, int | None]]) -> None:
    said = [
        Statement(order, decision, TODAY + timedelta(days=days) if days is not None else None, recipient)
        for order, (decision, recipient, days) in enumerate(lines)
    ]
    found = shared(said, "partner-1", TODAY)
    mine = [each for each in said if each.recipient == "partner-1"]
    noes = [each for each in said if not each.recipient and each.decision != "given"]
    if found.state == "given":
        newest = max(mine)
        assert newest.decision == "given" and (newest.until is None or newest.until >= TODAY)
        assert all(each.order < newest.order for each in noes)
    if not mine and not noes:
        assert found.state == "none"
    # A withdrawal, in general or of this recipient, stops at once whatever was said before.
    for recipient in ("", "partner-1"):
        after = [*said, Statement(len(said), "withdrawn", None, recipient)]
        assert shared(after, "partner-1", TODAY).state == "withdrawn"
    # What is said of another changes nothing here.
    assert shared([*said, Statement(99, "withdrawn", None, "partner-2")], "partner-1", TODAY) == found


def test_a_yes_in_general_lets_nothing_leave() -> None:
    assert shared([Statement(1, "given", None)], "partner-1", TODAY).state == "none"


@pytest.mark.parametrize(("state", "verb"), list(product(rules.STATES, rules.VERBS)))
def test_the_way_of_a_referral_is_the_table_and_nothing_else(state: str, verb: str) -> None:
    ways: dict[tuple[str, str], str] = {
        (at, by): to for at, steps in rules.TRANSITIONS.items() for by, to in steps.items()
    }
    if (state, verb) in ways:
        assert rules.next_state(state, verb) == ways[state, verb]
        return
    with pytest.raises(AmparoError) as error:
        rules.next_state(state, verb)
    first = error.value.facts.get("first", [])
    assert error.value.code == ("referrals.not_now" if first else "referrals.too_late")
    at = state
    for each in first:  # what it says is needed leads to where the verb can be used
        at = rules.next_state(at, each)
    assert not first or (at, verb) in ways


def test_every_state_has_a_line_and_is_reached() -> None:
    assert set(rules.TRANSITIONS) == set(rules.STATES)
    reached = {to for steps in rules.TRANSITIONS.values() for to in steps.values()}
    assert reached | {"proposed"} == set(rules.STATES)


@pytest.mark.parametrize("verb", sorted(rules.SECOND_PERSON))
def test_nobody_is_the_second_person_for_what_they_proposed(verb: str) -> None:
    with pytest.raises(AmparoError, match=r"referrals\.second_person"):
        rules.check_step("proposed", verb, "uno", "uno", "words")
    rules.check_step("proposed", verb, "dos", "uno", "words")


@pytest.mark.parametrize("verb", sorted(rules.TAKES_WORDS))
def test_a_no_takes_words(verb: str) -> None:
    state = next(state for state, steps in rules.TRANSITIONS.items() if verb in steps)
    with pytest.raises(AmparoError, match=r"care\.no_reason"):
        rules.check_step(state, verb, "dos", "uno", " ")
