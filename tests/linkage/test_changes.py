from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from amparo.linkage.changes import account
from amparo.records import JUDGEMENTS, PAIRS, conform


def persons(of: dict[str, str]) -> pl.DataFrame:
    return pl.DataFrame(
        {"record_id": list(of), "person": list(of.values())},
        schema={"record_id": pl.String, "person": pl.String},
    )


def pairs(*rows: tuple[str, str, float]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=["record_l", "record_r", "match_weight"], orient="row")
    return conform(frame, PAIRS, "test") if rows else conform(pl.DataFrame({"record_l": []}), PAIRS, "test")


def judged(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return conform(
        pl.DataFrame(rows, schema=["record_l", "record_r", "verdict"], orient="row"), JUDGEMENTS, "test"
    )


BEFORE = persons({"a1": "A", "a2": "A", "b1": "B", "c1": "C"})


def test_a_merger_says_on_what_it_turned() -> None:
    after = persons({"a1": "A", "a2": "A", "b1": "A", "c1": "C", "d1": "D"})
    found = account(BEFORE, after, pairs(("a1", "b1", 3.0), ("a2", "b1", 5.5), ("a1", "a2", 9.0)))
    assert (found.new, found.gone, found.unchanged) == (1, 1, 1)
    [change] = found.changes
    assert change == ("merged", "A", ("A", "B"), ("a1", "a2", "b1"), "evidence", ("a2", "b1"), 5.5)


def test_a_split_says_on_what_it_turned() -> None:
    after = persons({"a1": "A", "a2": "E", "b1": "B", "c1": "C"})
    [change] = account(BEFORE, after, pairs(("a1", "a2", -1.0))).changes
    assert change == ("split", "A", ("A", "E"), ("a1", "a2"), "no_evidence", ("a1", "a2"), -1.0)
    [change] = account(BEFORE, after, pairs()).changes
    assert (change.why, change.pair) == ("not_compared", None)


def test_a_judgement_goes_before_evidence() -> None:
    after = persons({"a1": "A", "a2": "A", "b1": "A", "c1": "C"})
    [change] = account(BEFORE, after, pairs(("a2", "b1", 5.5)), judged(("a1", "b1", "same"))).changes
    assert (change.why, change.pair, change.weight) == ("judged_same", ("a1", "b1"), 5.5)
    after = persons({"a1": "A", "a2": "E", "b1": "B", "c1": "C"})
    [change] = account(BEFORE, after, pairs(), judged(("a1", "a2", "different"))).changes
    assert (change.why, change.pair) == ("judged_different", ("a1", "a2"))


@given(
    st.lists(st.sampled_from("ABC"), min_size=6, max_size=6),
    st.lists(st.sampled_from("ABC"), min_size=6, max_size=6),
)
def test_who_did_not_change_is_not_in_the_account(old: list[str], new: list[str]) -> None:
    records = [f"r{i}" for i in range(6)]
    before, after = (persons(dict(zip(records, side, strict=True))) for side in (old, new))
    found = account(before, after, pairs())
    for change in found.changes:
        one, many = (new, old) if change.kind == "merged" else (old, new)
        held = {many[i] for i in range(6) if one[i] == change.person}
        assert set(change.persons) == held and len(held) > 1
    assert account(before, before, pairs()).changes == ()
