"""A reader who knows the algorithm: every truth, every choice of spare cells, every table they lead to.

What was published tells something only if all truths that lead to it with a positive chance agree on a small
number. The enumeration is exact for one row of two cells and its total.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import numpy as np
import pytest

from amparo.disclosure.ledger import empty
from amparo.disclosure.protect import protect
from amparo.disclosure.rules import Rules
from amparo.disclosure.space import Dimension, Space
from amparo.errors import Refusal

LINE = Space([Dimension("place", {"north": (), "coast": ()})])
CELLS = LINE.cells()
K, SPARE = 3, 0.5
TOP = 5


def seed_for(spare) -> int:
    """A seed with which exactly these cells are spare."""
    wanted = np.isin(np.arange(len(CELLS)), list(spare))
    tries = (
        s for s in range(10_000) if ((np.random.default_rng(s).random(len(CELLS)) < SPARE) == wanted).all()
    )
    return next(tries)


SEEDS = [seed_for([at for at in range(3) if bits >> at & 1]) for bits in range(8)]


def honest(frame, release, truth, ledger, seed):
    """The table as published: what the reader sees."""
    return protect(frame(LINE, release, truth), ledger, LINE, Rules(k=K, spare=SPARE), seed=seed).table


def without_spare(frame, release, truth, ledger, _seed):
    """Defective: cells are only ever withheld with need."""
    return protect(frame(LINE, release, truth), ledger, LINE, Rules(k=K, spare=0.0)).table


def spare_after_need(frame, release, truth, ledger, seed):
    """Defective: whether cells are spared depends on counts that are not shown."""
    if Rules(k=K).small(LINE.matrix(CELLS) @ np.array(truth)).any():
        return honest(frame, release, truth, ledger, seed)
    return without_spare(frame, release, truth, ledger, seed)


def told(publish, frame, ledger, truths, release=1):
    """Everything a reader of some table could be certain of: (table, what, values).

    `truths`: histories of counts, the last one now published. Refusing is an answer the reader sees too.
    """
    led_by = defaultdict(set)
    for history in truths:
        for seed in SEEDS:
            try:
                table = publish(frame, release, history[-1], ledger, seed)
            except Refusal as refusal:
                led_by[refusal.code].add(history)
            else:
                led_by[tuple(zip(map(tuple, table["cell"]), table["low"], strict=True))].add(history)
    found = []
    for seen, histories in led_by.items():
        for cell, row in zip(CELLS, LINE.matrix(CELLS), strict=True):
            for later, earlier in [(-1, None), (0, None), (-1, 0)]:
                values = {
                    int(row @ history[later]) - (int(row @ history[earlier]) if earlier is not None else 0)
                    for history in histories
                }
                if all(1 <= value < K for value in values):
                    found.append((seen, cell, later, earlier, values))
    return found


ONCE = [(truth,) for truth in product(range(TOP + 1), repeat=2)]


def test_no_table_tells_a_small_number(frame):
    assert told(honest, frame, empty(), ONCE) == []


@pytest.mark.parametrize("defective", [without_spare, spare_after_need])
def test_choices_that_depend_on_hidden_counts_are_caught(frame, defective):
    assert told(defective, frame, empty(), ONCE)


def publishes(frame, truth, seed, ledger) -> bool:
    try:
        return honest(frame, 1, truth, empty(), seed).equals(ledger)
    except Refusal:
        return False


@pytest.mark.parametrize("first", [(4, 1), (0, 4)])
def test_no_second_table_tells_a_small_number_or_change(frame, first):
    """Histories: all truths that may have led to the first table, each with all that may have followed."""
    ledger = honest(frame, 1, first, empty(), SEEDS[0])
    alike = [truth for (truth,) in ONCE if any(publishes(frame, truth, seed, ledger) for seed in SEEDS)]
    assert first in alike
    added = [both for both in product(range(TOP), repeat=2) if sum(both) < TOP]
    histories = [(truth, (truth[0] + a, truth[1] + b)) for truth in alike for a, b in added]
    assert told(honest, frame, ledger, histories, release=2) == []
