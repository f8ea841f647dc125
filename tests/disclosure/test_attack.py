"""Twelve planted leaks are found, and a second attacker with exact fractions agrees cell by cell."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.disclosure.attack import attack, repair, widths
from amparo.disclosure.ledger import append, empty, exactly, rounded, share, statement, withdrawn
from amparo.disclosure.rules import Rules
from amparo.disclosure.space import Dimension, Space
from amparo.errors import Refusal

LINE = Space([Dimension("place", {"north": (), "coast": ()})])
AGES = Space([Dimension("place", {"north": (), "coast": ()}), Dimension("age", {"child": (), "adult": ()})])
ZONES = Space(
    [
        Dimension("place", {"north": ("inland",), "east": ("inland",), "coast": ()}),
        Dimension("age", {"child": (), "adult": ()}),
    ]
)
ALL, NORTH, COAST = ("*",), ("north",), ("coast",)


def leak(space, ledger, table, knowledge=None, rules=None):
    """The findings with the leak, after checking that the parts say nothing by themselves."""
    assert attack(empty(), ledger, space, rules).safe
    assert attack(table, empty(), space, rules).safe
    return attack(table, ledger, space, rules, knowledge=knowledge).findings


def verdicts(findings):
    columns = ("release", "against", "cell", "verdict", "low", "high")
    return [tuple(row[name] for name in columns) for row in findings.iter_rows(named=True)]


def test_leak_1_the_difference_of_two_releases():
    found = leak(LINE, exactly(1, NORTH, 20), exactly(2, NORTH, 23))
    assert verdicts(found) == [(2, 1, ["north"], "exact", 3, 3)]
    assert found["by"].to_list() == [[0, 1]]


def test_leak_2_a_percentage_with_its_total():
    found = leak(LINE, exactly(1, ALL, 50), share(1, NORTH, ALL, 0.06, 2))
    assert (1, None, ["north"], "exact", 3, 3) in verdicts(found)


def test_leak_3_the_value_of_a_chart():
    bar = statement(1, NORTH, 46.6, 47.4, kind="chart", source="chart")  # read off to half a pixel
    found = leak(LINE, exactly(1, ALL, 50), bar)
    assert verdicts(found) == [(1, None, ["coast"], "exact", 3, 3)]


def test_leak_4_the_class_of_a_map():
    table, classes = exactly(1, ALL, 30), statement(1, NORTH, 26, 29, kind="class", source="map")
    assert verdicts(leak(LINE, table, classes)) == [(1, None, ["coast"], "small", 1, 4)]


def test_leak_5_rounded_margins():
    margins = append(rounded(1, ALL, 25, 5), rounded(1, NORTH, 20, 5))
    found = leak(LINE, margins, rounded(1, COAST, 0, 5))
    assert verdicts(found) == [(1, None, ["coast"], "small", 1, 2)]


def test_leak_6_another_dimension():
    first = append(exactly(1, ("north", "*"), 20), exactly(1, ("*", "*"), 40))
    second = append(exactly(1, ("north", "child"), 18), exactly(1, ("*", "adult"), 22))
    found = leak(AGES, first, second)
    assert (1, None, ["north", "adult"], "exact", 2, 2) in verdicts(found)


def test_leak_7_the_documented_count_of_an_estimate():
    documented = exactly(1, ALL, 33, kind="estimate", source="estimate")
    assert verdicts(leak(LINE, exactly(1, NORTH, 30), documented)) == [(1, None, ["coast"], "exact", 3, 3)]


def test_leak_8_zero_cells_fill_another():
    rules = Rules(full=True)
    found = leak(AGES, exactly(1, ("north", "*"), 12), exactly(1, ("north", "adult"), 0), rules=rules)
    assert [(row["cell"], row["wider"], row["verdict"]) for row in found.iter_rows(named=True)] == [
        (["north", "child"], ["north", "*"], "full")
    ]


def test_leak_9_a_total_published_by_others():
    public = exactly(1, ALL, 24, kind="public", source="ministry")
    found = leak(LINE, empty(), exactly(1, NORTH, 20), knowledge=public)
    assert verdicts(found) == [(1, None, ["coast"], "exact", 4, 4)]


def test_leak_10_an_insider_knows_records():
    table = append(exactly(1, ALL, 9), statement(1, COAST, 5, None, kind="text"))
    insider = statement(1, NORTH, 1, kind="insider", source="insider")
    assert attack(table, empty(), LINE).safe
    found = leak(LINE, empty(), table, knowledge=insider)
    assert verdicts(found) == [(1, None, ["north"], "small", 1, 4)]


def test_leak_11_withdrawn_consent():
    later = append(withdrawn(2, 1), exactly(2, NORTH, 19))
    assert verdicts(leak(LINE, exactly(1, NORTH, 20), later)) == [(2, 1, ["north"], "exact", -1, -1)]
    with pytest.raises(Refusal, match="contradiction"):
        attack(exactly(2, NORTH, 19), exactly(1, NORTH, 20), LINE)


def test_leak_12_a_number_in_a_title():
    title = exactly(1, NORTH, 47, kind="text", source="title")
    found = leak(LINE, exactly(1, ALL, 50), title)
    assert verdicts(found) == [(1, None, ["coast"], "exact", 3, 3)]
    assert found["by"].to_list() == [[0, 1]]


def test_changes_over_several_releases_count():
    ledger = append(exactly(1, NORTH, 20), exactly(2, ALL, 60))
    assert verdicts(leak(LINE, ledger, exactly(3, NORTH, 22)))[-1][:4] == (3, 1, ["north"], "exact")


def test_widths_narrow_as_more_is_published():
    ledger = append(exactly(1, ALL, 30), statement(1, NORTH, 10, 20, kind="class"))
    rows = widths(ledger, LINE).iter_rows(named=True)
    found = {tuple(row["cell"]): (row["low"], row["high"]) for row in rows}
    assert found == {NORTH: (10, 20), COAST: (10, 20), ALL: (30, 30)}


def test_repair_withdraws_what_is_worth_least():
    table = append(exactly(1, ALL, 50), exactly(1, NORTH, 47))
    kept, gone = repair(table, empty(), LINE, weight=np.array([5.0, 1.0]))
    assert (kept["cell"].to_list(), gone["cell"].to_list()) == ([["*"]], [["north"]])


def test_repair_refuses_what_leaked_before():
    ledger = append(exactly(1, ALL, 50), exactly(1, NORTH, 47))
    with pytest.raises(Refusal, match="leaked_before"):
        repair(exactly(2, ALL, 60), ledger, LINE)


@st.composite
def published(draw):
    """Two or three releases, places in zones x acts: cells as they are, rounded or as shares, most hidden."""
    counts, ledger = np.zeros(6, int), empty()
    for release in range(1, draw(st.integers(2, 3)) + 1):
        counts = counts + draw(st.lists(st.integers(0, 4), min_size=6, max_size=6))
        for cell in ZONES.cells():
            value = int(counts[ZONES.below(cell)].sum())
            form = draw(st.sampled_from(["exact", "hidden", "hidden", "rounded", "share", "hidden"]))
            if form == "exact" or cell == ("*", "*"):
                ledger = append(ledger, exactly(release, cell, value))
            elif form == "rounded":
                ledger = append(ledger, rounded(release, cell, 3 * round(value / 3), 3))
            elif form == "share" and counts.sum():
                ratio = round(value / counts.sum(), 2)
                ledger = append(ledger, share(release, cell, ("*", "*"), ratio, 2))
    return ledger


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ledger=published())
def test_a_second_attacker_agrees(enumerator, ledger: pl.DataFrame):
    ours = attack(empty(), ledger, ZONES, Rules(k=3)).findings
    theirs = enumerator(ZONES, ledger, top=72).certain(k=3)
    found = [(row["release"], row["against"], tuple(row["cell"])) for row in ours.iter_rows(named=True)]
    assert sorted(found, key=str) == sorted(theirs, key=str)
