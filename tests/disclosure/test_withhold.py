"""What is withheld weighs least: compared with every subset of the cells."""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.disclosure import withhold
from amparo.disclosure.attack import attack
from amparo.disclosure.ledger import append, empty, exactly, share
from amparo.disclosure.rules import Rules
from amparo.disclosure.space import Dimension, Space
from amparo.disclosure.withhold import Withholding
from amparo.errors import Refusal

LINE = Space([Dimension("place", {"north": ("upland",), "east": ("upland",), "coast": ()})])
CELLS = LINE.cells()
RULES = Rules(k=3)
counts = st.lists(st.integers(0, 6), min_size=3, max_size=3)
weights = st.lists(st.integers(1, 4), min_size=len(CELLS), max_size=len(CELLS))


def whole(release, values):
    """The whole table, one row a cell."""
    numbers = LINE.matrix(CELLS) @ np.array(values)
    return pl.concat([exactly(release, cell, int(n)) for cell, n in zip(CELLS, numbers, strict=True)])


def cheapest(table, ledger, given, weight):
    """Every subset, the attack on each."""
    safe = []
    for choice in product((False, True), repeat=table.height):
        mask = np.array(choice)
        if (mask >= given).all() and attack(table.filter(~mask), ledger, LINE, RULES).safe:
            safe.append(float(weight @ mask))
    return min(safe)


@settings(max_examples=12, deadline=None)
@given(before=counts, added=counts, worth=weights, spare=st.integers(0, len(CELLS) - 1))
def test_nothing_safe_weighs_less(before, added, worth, spare):
    weight = np.array(worth, float)
    given_ = np.arange(len(CELLS)) == spare
    first = whole(1, before)
    ledger = first.filter(
        ~Withholding(LINE, empty(), first, RULES).least(np.zeros(len(CELLS), bool), weight).mask
    )
    table = whole(2, np.add(before, added))
    found = Withholding(LINE, ledger, table, RULES).least(given_, weight)
    assert found.mask[spare]
    assert attack(table.filter(~found.mask), ledger, LINE, RULES).safe
    assert found.least == float(weight @ found.mask) == cheapest(table, ledger, given_, weight)


def test_when_the_rounds_run_out_the_set_is_safe_and_the_gap_is_told(monkeypatch):
    monkeypatch.setattr(withhold, "ROUNDS", 0)
    weight, none = np.ones(len(CELLS)), np.zeros(len(CELLS), bool)
    table = whole(1, [2, 5, 1])
    found = Withholding(LINE, empty(), table, RULES).least(none, weight)
    assert attack(table.filter(~found.mask), empty(), LINE, RULES).safe
    assert found.least <= cheapest(table, empty(), none, weight) <= weight @ found.mask


def test_any_statement_can_be_taken_back():
    total = exactly(1, ("*",), 50)
    table = append(share(1, ("coast",), ("*",), 0.02, 2), exactly(1, ("north",), 20))
    found = Withholding(LINE, total, table, RULES).least(np.zeros(2, bool), np.ones(2))
    assert found.mask.tolist() == [True, False]


def test_what_no_statement_of_the_table_causes_is_refused():
    ledger = append(exactly(1, ("*",), 50), exactly(1, ("upland",), 49))
    with pytest.raises(Refusal, match="leaked_before"):
        Withholding(LINE, ledger, exactly(1, ("north",), 20), RULES).least(np.zeros(1, bool), np.ones(1))
