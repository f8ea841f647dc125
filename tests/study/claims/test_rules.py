"""Laws of claims: nothing is lost, everything can be undone, and the order of rows does not matter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from amparo.study.claims.rules import (
    SUREST,
    Opened,
    OpenedRuling,
    Ruled,
    Value,
    is_second,
    preferred,
    standing,
    verification,
)
from amparo.vocabulary.lists import lists

_OF = "act-1"


def _claim(number: int, value: str, *supersedes: str, **said: str) -> Opened:
    body = Value(kind="act", field="date", value=value, supersedes=supersedes, **said)  # ty: ignore[invalid-argument-type]
    return Opened(f"claim-{number}", _OF, f"2024-01-{number + 1:02}", "ana", None, "default", body)


def _ruling(number: int, verb: str, target: str = "", seen: tuple[str, ...] = ()) -> OpenedRuling:
    body = Ruled(verb=verb, target=target, reason="so", seen=seen)  # ty: ignore[invalid-argument-type]
    return OpenedRuling(f"ruling-{number}", _OF, f"2024-02-{number + 1:02}", "berta", "default", body)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Opened], list[OpenedRuling]]:
    """Claims that may supersede earlier ones, and rulings on claims and earlier rulings."""
    claims: list[Opened] = []
    for number in range(draw(st.integers(1, 8))):
        ended = draw(st.lists(st.sampled_from([claim.id for claim in claims]), max_size=2)) if claims else []
        sure = draw(st.sampled_from(SUREST))
        claims.append(_claim(number, draw(st.sampled_from("abc")), *ended, certainty=sure))
    rulings: list[OpenedRuling] = []
    for number in range(draw(st.integers(0, 8))):
        targets = [claim.id for claim in claims] + [ruling.id for ruling in rulings]
        verb = draw(st.sampled_from(["withdraw", "prefer"]))
        rulings.append(_ruling(number, verb, draw(st.sampled_from(targets))))
    return claims, rulings


@given(histories(), st.randoms())
def test_what_stands_does_not_depend_on_the_order_of_rows(history, random):
    claims, rulings = history
    mixed = (random.sample(claims, len(claims)), random.sample(rulings, len(rulings)))
    assert standing(*mixed) == standing(claims, rulings)
    state = standing(claims, rulings)
    assert preferred(mixed[0], state) == preferred(claims, state)


@given(histories(), st.data())
def test_withdrawing_and_taking_that_back_changes_nothing(history, data):
    claims, rulings = history
    before = standing(claims, rulings)
    still = [each.id for each in (*claims, *before.rulings) if each.id not in before.withdrawn]
    if not still:
        return
    gone = _ruling(20, "withdraw", data.draw(st.sampled_from(still)))
    back = _ruling(21, "withdraw", gone.id)
    after = standing(claims, [*rulings, gone, back])
    assert [before.stands(claim.id) for claim in claims] == [after.stands(claim.id) for claim in claims]
    assert preferred(claims, before) == preferred(claims, after)


@given(histories())
def test_a_claim_stands_unless_a_standing_one_superseded_it_or_it_was_withdrawn(history):
    claims, rulings = history
    state = standing(claims, rulings)
    for claim in claims:
        ended = any(claim.id in each.said.supersedes and each.id not in state.withdrawn for each in claims)
        assert state.stands(claim.id) == (claim.id not in state.withdrawn and not ended)
    best = preferred(claims, state)
    assert (best is None) == (not any(state.stands(claim.id) for claim in claims))
    if best is not None:
        assert state.stands(best.claim.id)
        values = {claim.said.value for claim in claims if state.stands(claim.id)}
        assert best.contested == (len(values) > 1)


@given(histories())
def test_the_surest_claim_is_preferred_unless_somebody_chose(history):
    claims, _ = history
    state = standing(claims, [])
    best = preferred(claims, state)
    if best is not None:
        sure = [SUREST.index(claim.said.certainty) for claim in claims if state.stands(claim.id)]
        assert SUREST.index(best.claim.said.certainty) == min(sure)
        chosen = preferred(claims, standing(claims, [_ruling(1, "prefer", best.claim.id)]))
        assert chosen is not None
        assert (chosen.claim, chosen.why) == (best.claim, "chosen")


def test_a_verification_holds_only_for_what_it_saw():
    claims = [_claim(0, "a"), _claim(1, "b")]
    verified = _ruling(0, "verified", seen=("claim-0", "claim-1"))
    state = standing(claims, [verified])
    assert verification(claims, state, _OF)[0] == "verified"
    more = [*claims, _claim(2, "c")]
    assert verification(more, standing(more, [verified]), _OF)[0] == "unverified"
    hidden = [*claims, _claim(2, "c")._replace(compartment="lawyers")]
    assert verification(hidden, standing(hidden, [verified]), _OF)[0] == "verified"
    taken_back = _ruling(1, "withdraw", verified.id)
    assert verification(claims, standing(claims, [verified, taken_back]), _OF)[0] == "unverified"


def test_nobody_is_their_own_second_person_and_nothing_is_verified_that_nobody_wrote():
    assert is_second("berta", {"ana"})
    assert not is_second("ana", {"ana", "berta"})
    assert not is_second("berta", set())


def test_certainties_are_those_of_the_list():
    assert set(SUREST) == set(lists()["certainty"].codes)
