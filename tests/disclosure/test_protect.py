"""What is protected is safe, by the attack and by a second attacker; what cannot be protected is refused."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.disclosure.attack import attack
from amparo.disclosure.ledger import append, empty, exactly, withdrawn
from amparo.disclosure.protect import CELLS, protect
from amparo.disclosure.rules import Rules
from amparo.disclosure.space import Dimension, Space
from amparo.errors import Refusal

FIXTURES = [HealthCheck.function_scoped_fixture]
NO_SPARE = Rules(spare=0.0)
registers = st.lists(st.lists(st.integers(0, 9), min_size=6, max_size=6), min_size=1, max_size=4)


def publish(space, frame, additions, rules, seed=1):
    """All releases of a register one after another; what was refused is not published."""
    ledger, shown = empty(), []
    for release, counts in enumerate(np.cumsum(additions, axis=0), start=1):
        try:
            protected = protect(frame(space, release, counts), ledger, space, rules, seed=seed)
        except Refusal as refusal:
            assert refusal.code == "disclosure.nothing_left"
            continue
        assert attack(protected.table, ledger, space, rules).safe
        ledger = append(ledger, protected.table)
        shown.append(protected)
    return ledger, shown


@settings(max_examples=20, deadline=None, suppress_health_check=FIXTURES)
@given(additions=registers, full=st.booleans(), seed=st.integers(0, 99))
def test_the_attack_finds_nothing_after_protection(square, frame, additions, full, seed):
    publish(square, frame, additions, Rules(full=full, spare=0.05), seed)


@settings(max_examples=20, deadline=None, suppress_health_check=FIXTURES)
@given(additions=st.lists(st.lists(st.integers(0, 5), min_size=6, max_size=6), min_size=2, max_size=4))
def test_a_second_attacker_finds_nothing_either(square, frame, enumerator, additions):
    ledger, _ = publish(square, frame, additions, Rules(k=3))
    if ledger.height:
        assert enumerator(square, ledger, top=120).certain(k=3) == []


def test_what_is_shown_is_true_and_what_is_held_still_holds(square, frame):
    additions = [[12, 3, 30, 0, 9, 8], [1, 0, 9, 0, 2, 0], [6, 4, 1, 0, 5, 7]]
    ledger, shown = publish(square, frame, additions, NO_SPARE)
    counts = np.cumsum(additions, axis=0)
    for release, protected in enumerate(shown, start=1):
        assert dict(protected.cells.schema) == dict(CELLS)
        for row in protected.cells.iter_rows(named=True):
            truth = counts[release - 1][square.below(tuple(row["cell"]))].sum()
            assert row["count"] in (None, truth)
            assert (row["at_least"] or 0) <= truth
            assert (row["count"] is None) == (row["reason"] != "shown")
    assert ledger.height == sum(protected.table.height for protected in shown)
    assert any(protected.held > 0 for protected in shown)


def test_a_small_change_holds_the_number_back(square, frame):
    first = [12, 13, 30, 10, 9, 8]
    ledger = protect(frame(square, 1, first), empty(), square, NO_SPARE).table
    assert ledger.height == len(square.cells())
    later = protect(frame(square, 2, np.add(first, [2, 0, 0, 0, 0, 0])), ledger, square, NO_SPARE)
    row = later.cells.filter(pl.col("cell") == ["north", "threat"]).row(0, named=True)
    assert (row["count"], row["at_least"], row["since"], row["reason"]) == (None, 12, 1, "change")


def test_worth_decides_which_cell_goes(square, frame):
    counts = [3, 20, 20, 20, 20, 20]
    dear: dict[tuple[str, ...], float] = {("north", "killing"): 9.0, ("east", "*"): 9.0}
    kept = protect(frame(square, 1, counts), empty(), square, NO_SPARE, weight=dear)
    gone = {tuple(cell) for cell in kept.cells.filter(pl.col("count").is_null())["cell"].to_list()}
    assert ("north", "threat") in gone
    assert not gone & set(dear)
    assert kept.loss < kept.cells.height - kept.table.height


def test_what_stands_is_shown_and_a_new_number_goes(frame):
    line = Space([Dimension("place", {"north": (), "east": (), "coast": ()})])
    for stands in range(2):
        first = [20, 20, 0]
        second = [20 if at == stands else 31 for at in range(2)] + [3]
        ledger = protect(frame(line, 1, first), empty(), line, NO_SPARE).table
        later = protect(frame(line, 2, second), ledger, line, NO_SPARE)
        assert later.cells["count"].to_list()[stands] == 20
        assert later.cells["count"].null_count() == 2
        assert later.gap == 0


def test_a_full_cell_is_not_shown_with_what_it_fills(square, frame):
    full = Rules(full=True, spare=0.0)
    truth = frame(square, 1, [0, 12, 20, 20, 20, 20])
    table = protect(truth, empty(), square, full).table
    assert attack(table, empty(), square, full).safe
    assert not attack(protect(truth, empty(), square, NO_SPARE).table, empty(), square, full).safe


def test_spare_cells_can_be_any(square, frame):
    counts = [20, 20, 20, 20, 20, 20]
    spared = set()
    for seed in range(40):
        cells = protect(frame(square, 1, counts), empty(), square, Rules(spare=0.2), seed=seed).cells
        spared |= {tuple(cell) for cell in cells.filter(pl.col("reason") == "spare")["cell"].to_list()}
    assert spared == set(square.cells())


def test_the_same_seed_gives_the_same_table(square, frame):
    truth = frame(square, 1, [3, 20, 4, 20, 20, 20])
    tables = [protect(truth, empty(), square, Rules(spare=0.3), seed=5).table for _ in range(2)]
    assert tables[0].equals(tables[1])


def test_another_table_of_the_same_release_is_protected_with_the_first(square, frame):
    truth = frame(square, 1, [3, 20, 20, 20, 20, 20])
    ledger = protect(truth, empty(), square, NO_SPARE, shown=["place"]).table
    second = protect(truth, ledger, square, NO_SPARE)
    assert attack(second.table, ledger, square, NO_SPARE).safe


def test_what_leaked_before_is_refused(square, frame):
    ledger = append(exactly(1, ("*", "*"), 50), exactly(1, ("lowland", "*"), 48))
    with pytest.raises(Refusal, match="leaked_before"):
        protect(frame(square, 1, [1, 1, 0, 0, 24, 24]), ledger, square, NO_SPARE)


def test_nothing_left_is_refused(square, frame):
    with pytest.raises(Refusal, match="nothing_left"):
        protect(frame(square, 1, [1, 0, 1, 0, 0, 1]), empty(), square, Rules(spare=1.0))


def test_withdrawn_persons_must_stand_in_the_ledger(square, frame):
    ledger = exactly(1, ("*", "*"), 120)
    truth = frame(square, 2, [20, 20, 20, 20, 20, 19])
    with pytest.raises(Refusal, match="contradiction"):
        protect(truth, ledger, square, NO_SPARE)
    told = append(ledger, withdrawn(2, 2))
    protected = protect(truth, told, square, NO_SPARE)
    hidden = protected.cells.filter(pl.col("cell") == ["*", "*"]).row(0, named=True)
    assert (hidden["count"], hidden["at_least"]) == (None, None)
    assert attack(protected.table, told, square).safe
