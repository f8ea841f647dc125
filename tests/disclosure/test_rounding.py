"""Rounded tables add up, lie near the counts, keep their numbers, and tell nothing together."""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.disclosure.attack import attack
from amparo.disclosure.ledger import append, empty, exactly
from amparo.disclosure.rounding import controlled_rounding, round_table
from amparo.disclosure.rules import Rules
from amparo.disclosure.space import Dimension, Space
from amparo.errors import Refusal

LINE = Space([Dimension("place", {"north": (), "coast": ()})])
FIXTURES = [HealthCheck.function_scoped_fixture]
registers = st.lists(st.lists(st.integers(0, 9), min_size=6, max_size=6), min_size=1, max_size=4)


@settings(max_examples=15, deadline=None, suppress_health_check=FIXTURES)
@given(additions=registers, base=st.sampled_from([3, 5, 10]))
def test_rounded_tables_add_up_and_are_safe_together(square, frame, additions, base):
    ledger = empty()
    for release, counts in enumerate(np.cumsum(additions, axis=0), start=1):
        try:
            rounded = round_table(frame(square, release, counts), ledger, square, base=base, seed=3)
        except Refusal as refusal:
            assert refusal.code == "disclosure.nothing_left"
            continue
        assert attack(rounded.table, ledger, square).safe
        ledger = append(ledger, rounded.table)
        numbers = rounded.numbers
        for cell, number in numbers.items():
            count = counts[square.below(cell)].sum()
            assert number % base == 0
            assert abs(number - count) <= base
        for place in ("north", "east", "coast", "upland", "lowland", "*"):
            assert numbers[place, "threat"] + numbers[place, "killing"] == numbers[place, "*"]
        for act in ("threat", "killing", "*"):
            assert numbers["north", act] + numbers["east", act] == numbers["upland", act]
            assert numbers["upland", act] + numbers["lowland", act] == numbers["*", act]
            assert numbers["lowland", act] == numbers["coast", act]


def test_a_number_stands_until_its_count_has_moved(square, frame):
    first = round_table(frame(square, 1, [12, 13, 31, 11, 9, 8]), empty(), square, seed=1)
    later = round_table(frame(square, 2, [12, 14, 31, 12, 9, 8]), first.table, square, seed=2)
    assert first.distance < 2.5
    assert sum(first.numbers[cell] == later.numbers[cell] for cell in first.numbers) >= 15


def test_what_leaked_before_is_not_rounded_away(square, frame):
    ledger = append(exactly(1, ("*", "*"), 50), exactly(1, ("lowland", "*"), 48))
    with pytest.raises(Refusal, match="nothing_left"):
        round_table(frame(square, 1, [1, 1, 0, 0, 24, 24]), ledger, square, seed=1)


def test_the_same_seed_gives_the_same_table(square, frame):
    truth = frame(square, 1, [3, 20, 4, 20, 20, 20])
    tables = [round_table(truth, empty(), square, Rules(k=4), seed=5).table for _ in range(2)]
    assert tables[0].equals(tables[1])
    assert set(tables[0].select(pl.col("high") - pl.col("low")).to_series()) <= {4.0, 8.0}


@pytest.mark.parametrize("truth", [(4, 1), (3, 5), (0, 2)])
def test_every_rounded_table_near_the_truth_may_be_drawn(truth):
    """Whatever adds up and lies within the base has a positive chance: some lean, and all chances near it."""
    base = 3
    values = LINE.matrix(LINE.cells()) @ np.array(truth)
    near = [
        np.array([a, b, a + b]) * base
        for a, b in product(range(5), repeat=2)
        if (np.abs(np.array([a, b, a + b]) * base - values) <= base).all()
    ]
    assert len(near) > 1
    for numbers in near:
        side = np.where(numbers > values, -50.0, 50.0)
        lean = np.array([side, np.where(numbers < values, -50.0, 50.0)])
        lean += np.random.default_rng(1).normal(size=lean.shape)
        drawn = controlled_rounding(LINE, LINE.cells(), values, base, weight=np.ones(3), lean=lean)
        assert drawn is not None
        assert drawn.tolist() == numbers.tolist()
