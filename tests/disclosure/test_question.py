"""Rows become counts: unknowns where they belong, persons once, nothing dropped. All values are made up."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.disclosure.attack import attack
from amparo.disclosure.ledger import append, empty, withdrawn
from amparo.disclosure.protect import protect
from amparo.disclosure.question import (
    UNKNOWN,
    Field,
    calendar,
    counted,
    dated,
    fallen,
    space_of,
    unknown_below,
)
from amparo.disclosure.rules import Rules
from amparo.errors import AmparoError, Refusal

PLACES = pl.DataFrame(
    {
        "municipio": ["m1", "m2", "m3", "m4"],
        "department": ["d1", "d1", "d2", "d3"],
        "zone": ["z1", "z1", "z1", "z2"],
    }
)
PLACE = Field("place", PLACES, ("municipio", "department"))
ACT = Field("act", pl.DataFrame({"act": ["threat", "killing"]}), ("act",), complete=True)


def acts(*rows: tuple) -> pl.DataFrame:
    schema = {"person": pl.String, "municipio": pl.String, "department": pl.String, "act": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def shown(frame: pl.DataFrame) -> dict[tuple, int]:
    found = frame.filter(pl.col("count") > 0)
    names = [name for name in found.columns if name not in {"release", "count"}]
    return {row[:-1]: row[-1] for row in found.select(*names, "count").iter_rows()}


def test_unknowns_stand_below_what_is_known():
    rows = acts(
        ("a", "m1", "d1", "threat"),
        ("b", None, "d1", "threat"),
        ("c", None, None, "killing"),
        ("d", "m4", None, "killing"),
    )
    frame = counted(rows, [PLACE, ACT], release=7)
    assert shown(frame) == {
        ("m1", "threat"): 1,
        ("d1/?", "threat"): 1,
        ("?", "killing"): 1,
        ("m4", "killing"): 1,
    }
    assert unknown_below("d1") == "d1/?"
    assert frame["release"].unique().to_list() == [7]
    assert frame.height == space_of([PLACE, ACT]).size  # cells without anybody are visible


def test_unknowns_count_in_every_level_above():
    space = space_of([PLACE])
    leaves = list(PLACE.dimension.leaves)

    def below(node: str) -> set[str]:
        return {leaves[at] for at in space.below((node,))}

    assert below("d1") == {"m1", "m2", "d1/?"}
    assert below("z1") == {"m1", "m2", "m3", "d1/?", "d2/?"}
    assert below("*") == {*leaves}
    assert UNKNOWN in leaves and "z1/?" not in leaves  # the zone is never known without the department


def test_the_space_does_not_depend_on_the_rows():
    nobody = counted(acts(), [PLACE, ACT], release=1)
    assert space_of([PLACE, ACT]).truth(nobody)[1].sum() == 0
    assert UNKNOWN not in ACT.dimension.leaves


def test_persons_are_counted_once_a_leaf():
    rows = acts(("a", "m1", "d1", "threat"), ("a", "m1", "d1", "threat"), ("b", "m1", "d1", "threat"))
    assert shown(counted(rows, [PLACE, ACT], 1)) == {("m1", "threat"): 3}
    assert shown(counted(rows, [PLACE, ACT], 1, person="person")) == {("m1", "threat"): 2}


def test_persons_in_several_leaves_are_refused_or_counted_by_the_first_act():
    rows = acts(("a", "m1", "d1", "threat"), ("a", "m1", "d1", "killing"), ("b", "m2", "d1", "threat"))
    with pytest.raises(Refusal, match="several_cells") as refusal:
        counted(rows, [PLACE, ACT], 1, person="person")
    assert refusal.value.facts == {"persons": 1, "dimensions": ["act"]}
    days = rows.with_columns(day=pl.Series([date(2019, 5, 2), date(2019, 5, 1), None], dtype=pl.Date))
    first = counted(days, [PLACE, ACT], 1, person="person", first="day")
    assert shown(first) == {("m1", "killing"): 1, ("m2", "threat"): 1}


def test_ties_and_undated_acts_have_one_order():
    rows = acts(("a", "m2", "d1", "killing"), ("a", "m1", "d1", "killing"), ("a", "m1", "d1", "threat"))
    undated = rows.with_columns(day=pl.Series([None] * 3, dtype=pl.Date))
    found = [
        shown(counted(undated[order], [PLACE, ACT], 1, person="person", first="day"))
        for order in ([0, 1, 2], [2, 1, 0], [1, 0, 2])
    ]
    assert found == [{("m1", "threat"): 1}] * 3
    one = undated.with_columns(day=pl.Series([date(2019, 1, 1), None, None], dtype=pl.Date))
    assert shown(counted(one, [PLACE, ACT], 1, person="person", first="day")) == {("m2", "killing"): 1}


@pytest.mark.parametrize(
    ("rows", "code", "facts"),
    [
        (("a", "m9", "d1", "threat"), "unknown_node", {"dimension": "place", "node": "m9"}),
        (("a", None, "d9", "threat"), "unknown_node", {"dimension": "place", "node": "d9"}),
        (("a", "m1", "d2", "threat"), "levels_disagree", {"dimension": "place", "node": "m1", "group": "d2"}),
        (("a", "m1", "d1", None), "unknown_value", {"dimension": "act", "rows": 1}),
        ((None, "m1", "d1", "threat"), "no_person", {"column": "person", "rows": 1}),
    ],
)
def test_rows_that_do_not_fit_are_named(rows, code, facts):
    with pytest.raises(AmparoError, match=rf"disclosure\.{code}") as error:
        counted(acts(rows), [PLACE, ACT], 1, person="person")
    assert error.value.facts == facts


def test_absent_columns_are_named():
    with pytest.raises(AmparoError, match=r"frame\.columns"):
        counted(acts().drop("department"), [PLACE, ACT], 1)


@pytest.mark.parametrize(
    ("levels", "code", "node"),
    [
        ({"a": ["x", "y"], "b": ["x", "z"]}, "node_twice", "x"),  # a town named like its department
        ({"a": ["x", "x"], "b": ["u", "v"]}, "node_twice", "x"),
        ({"a": ["x", "y"], "b": ["u", "u"], "c": ["p", "q"]}, "node_twice", "u"),
        ({"a": ["x", "x"]}, "node_twice", "x"),
        ({"a": ["x", "*"]}, "reserved_node", "*"),
        ({"a": ["x", "?"]}, "reserved_node", "?"),
        ({"a": ["x", "y"], "b": ["u/?", "u/?"]}, "reserved_node", "u/?"),
        ({"a": ["x", None]}, "reserved_node", ""),
    ],
)
def test_a_hierarchy_without_one_place_for_each_node_is_refused(levels, code, node):
    with pytest.raises(AmparoError, match=rf"disclosure\.{code}") as error:
        Field("place", pl.DataFrame(levels), ("a",))
    assert error.value.facts == {"dimension": "place", "node": node}


def test_a_level_that_is_not_declared_is_refused():
    with pytest.raises(AmparoError, match="unknown_level"):
        Field("place", PLACES, ("canton",))


def test_dates_count_at_the_precision_they_have():
    time = calendar("time", date(2018, 11, 1), date(2019, 2, 28))
    assert list(time.dimension.leaves)[:4] == ["2018-11", "2018-12", "2019-01", "2019-02"]
    assert time.dimension.leaves["2019/?"] == ("2019",)
    ends = [
        (date(2018, 12, 24), date(2018, 12, 24)),
        (date(2018, 12, 1), date(2018, 12, 31)),
        (date(2019, 1, 1), date(2019, 12, 31)),
        (date(2018, 12, 1), date(2019, 1, 31)),
        (None, None),
    ]
    rows = pl.DataFrame(ends, schema={"event_from": pl.Date, "event_to": pl.Date}, orient="row")
    frame = counted(dated(rows, "time", "event_from", "event_to"), [time], 1)
    assert shown(frame) == {("2018-12",): 2, ("2019/?",): 1, ("?",): 2}
    days = calendar("time", date(2018, 12, 23), date(2018, 12, 25), "day")
    assert days.dimension.leaves["2018-12-24"] == ("2018-12", "2018")
    with pytest.raises(AmparoError, match="unknown_node"):
        counted(dated(rows, "time", "event_from", "event_to"), [days], 1)


def test_an_unknown_that_became_known_must_stand_in_the_ledger():
    before = [("p", None, "d1", "threat")] * 8 + [("p", "m1", "d1", "threat")] * 20
    after = [("p", None, "d1", "threat")] * 2 + [("p", "m1", "d1", "threat")] * 26
    then, now = (counted(acts(*rows), [PLACE, ACT], release) for release, rows in ((1, before), (2, after)))
    assert fallen(then, now).select("place", "act", "before", "count").rows() == [("d1/?", "threat", 8, 2)]
    assert fallen(then, then).is_empty()
    space, rules = space_of([PLACE, ACT]), Rules(spare=0.0)
    ledger = protect(then, empty(), space, rules, seed=1).table
    with pytest.raises(Refusal, match="contradiction"):
        protect(now, ledger, space, rules, seed=1)
    told = append(ledger, withdrawn(2, 2))
    assert attack(protect(now, told, space, rules, seed=1).table, told, space, rules).safe


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("pqrs"),
            st.sampled_from([("m1", "d1"), ("m2", None), (None, "d1"), ("m4", "d3"), (None, None)]),
            st.sampled_from(["threat", "killing"]),
            st.integers(1, 3),
        ),
        max_size=12,
    )
)
def test_nobody_is_lost_or_counted_twice(rows):
    frame = acts(*((person, *place, act) for person, place, act, _ in rows))
    frame = frame.with_columns(order=pl.Series([order for *_, order in rows], dtype=pl.Int64))
    fields = [PLACE, ACT]
    assert counted(frame, fields, 1)["count"].sum() == len(rows)
    people = {person for person, *_ in rows}
    assert counted(frame, fields, 1, person="person", first="order")["count"].sum() == len(people)
    try:
        once = counted(frame, fields, 1, person="person")["count"].sum()
    except Refusal:
        assert len({(person, place, act) for person, place, act, _ in rows}) > len(people)
    else:
        assert once == len(people)


def test_the_example_of_the_method_note_runs():
    note = Path(__file__).parents[2] / "docs/methods/disclosure.md"
    (example,) = re.findall(r"```python\n(.*?)```", note.read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)  # noqa: S102  (our own page)
    assert names["truth"]["count"].sum() == 60
    assert attack(empty(), names["ledger"], names["space"]).safe
