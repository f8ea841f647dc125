"""Small made-up registers, and an attacker that shares nothing with the one under test.

The second attacker works with whole numbers, fractions cleared: depth-first search over histories with
interval propagation, target by target. No HiGHS, no matrices, no tolerances.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import lcm

import numpy as np
import polars as pl
import pytest

from amparo.disclosure.space import Dimension, Space


def truth_frame(space: Space, release: int, counts) -> pl.DataFrame:
    leaves = product(*(dimension.leaves for dimension in space.dimensions))
    rows = [(*leaf, release, int(n)) for leaf, n in zip(leaves, np.asarray(counts).ravel(), strict=True)]
    return pl.DataFrame(rows, schema=[*space.names, "release", "count"], orient="row")


def whole(form: dict[int, Fraction], low: Fraction | int | None, high: Fraction | int | None):
    """A law over whole numbers: (column, coefficient) pairs and the ends, denominators cleared."""
    ends = [Fraction(end) for end in (low, high) if end is not None]
    factor = lcm(*(c.denominator for c in [*form.values(), *ends]))
    return (
        [(at, int(c * factor)) for at, c in form.items() if c],
        None if low is None else int(low * factor),
        None if high is None else int(high * factor),
    )


class Enumerator:
    """All whole-number histories that agree with a ledger, found one by one; counts up to `top`."""

    def __init__(self, space: Space, ledger: pl.DataFrame, top: int) -> None:
        self.space = space
        self.releases = sorted(set(ledger["release"].to_list()))
        leaves = list(product(*(dimension.leaves for dimension in space.dimensions)))
        self.keys = [(release, leaf) for release in self.releases for leaf in leaves]
        self.place = {key: at for at, key in enumerate(self.keys)}
        self.top = top
        self.found: list[list[int]] = []
        self.laws: list[tuple[list[tuple[int, int]], int | None, int | None]] = []
        falls = set(ledger.filter(pl.col("kind") == "withdrawn")["release"].to_list())
        for row in ledger.filter(pl.col("kind") != "withdrawn").iter_rows(named=True):
            over = self.sum(row["release"], row["cell"])
            low = Fraction(row["low"]).limit_denominator(10**6)
            high = None if row["high"] is None else Fraction(row["high"]).limit_denominator(10**6)
            if row["of"] is None:
                self.laws.append(whole(over, low, high))
                continue
            under = self.sum(row["release"], row["of"])
            for bound, ends in ((low, (Fraction(0), None)), (high, (None, Fraction(0)))):
                if bound is not None:
                    joint = {key: over.get(key, Fraction(0)) for key in {*over, *under}}
                    form = {key: joint[key] - (bound if key in under else 0) for key in joint}
                    self.laws.append(whole(form, *ends))
        for before, after in zip(self.releases, self.releases[1:], strict=False):
            if after not in falls:
                for leaf in leaves:
                    step = {
                        self.place[after, leaf]: Fraction(1),
                        self.place[before, leaf]: Fraction(-1),
                    }
                    self.laws.append(whole(step, 0, None))
        self.box = self.narrow([(0, top)] * len(self.keys), self.laws)

    def sum(self, release: int, cell) -> dict[int, Fraction]:
        found = {}
        for key, at in self.place.items():
            inside = all(
                node in ("*", leaf) or node in dimension.leaves[leaf]
                for node, leaf, dimension in zip(cell, key[1], self.space.dimensions, strict=True)
            )
            if key[0] == release and inside:
                found[at] = Fraction(1)
        return found

    def narrow(self, box: list[tuple[int, int]], laws) -> list[tuple[int, int]] | None:
        """Interval propagation until nothing moves; None if some interval is empty."""
        box, moving = list(box), True
        while moving:
            moving = False
            for law, low, high in laws:
                least = sum(c * box[at][c < 0] for at, c in law)
                most = sum(c * box[at][c > 0] for at, c in law)
                if (high is not None and least > high) or (low is not None and most < low):
                    return None
                for at, c in law:
                    a, b = ends = box[at]
                    size = abs(c) * (b - a)
                    if high is not None and least + size > high:
                        step = (high - least) // abs(c)
                        a, b = (a, a + step) if c > 0 else (b - step, b)
                    if low is not None and most - size < low:
                        step = (most - low) // abs(c)
                        a, b = (max(a, ends[1] - step), b) if c > 0 else (a, min(b, ends[0] + step))
                    if a > b:
                        return None
                    if (a, b) != ends:
                        box[at], moving = (a, b), True
                        least += c * (box[at][c < 0] - ends[c < 0])
                        most += c * (box[at][c > 0] - ends[c > 0])
        return box

    def exists(self, form: dict[int, Fraction], low: int | None, high: int | None) -> bool:
        """Whether some history has the form between `low` and `high`; those found before are tried first."""
        if self.box is None:
            return False
        law = whole(form, low, high)
        for history in self.found:
            value = sum(c * history[at] for at, c in law[0])
            if (law[1] is None or value >= law[1]) and (law[2] is None or value <= law[2]):
                return True
        laws = [law, *self.laws]
        return self._dive(list(self.box), laws)

    def _dive(self, box, laws) -> bool:
        box = self.narrow(box, laws)
        if box is None:
            return False
        open_ = [(b - a, at) for at, (a, b) in enumerate(box) if a < b]
        if not open_:
            self.found.append([a for a, _ in box])
            return True
        at = min(open_)[1]
        a, b = box[at]
        middle = (a + b) // 2
        halves = ((a, middle), (middle + 1, b))
        return any(self._dive([*box[:at], part, *box[at + 1 :]], laws) for part in halves)

    def certain(self, k: int) -> list[tuple]:
        """Every (release, against, cell) whose count or change is certainly 1..k-1, or minus that."""
        found = []
        for cell in self.space.cells():
            forms = [self.sum(release, cell) for release in self.releases]
            for t, release in enumerate(self.releases):
                for against in (None, *self.releases[:t]):
                    form = dict(forms[t])
                    if against is not None:
                        form |= {at: -c for at, c in forms[self.releases.index(against)].items()}
                    ways = [(k, None), (0, 0), (None, -k)] if against is not None else [(k, None), (0, 0)]
                    signs = [(1, None), (None, -1)] if against is not None else []
                    if any(self.exists(form, *way) for way in ways):
                        continue
                    if signs and all(self.exists(form, *sign) for sign in signs):
                        continue
                    found.append((release, against, cell))
        return found


@pytest.fixture
def square() -> Space:
    """Three places in two zones x two acts."""
    places = Dimension("place", {"north": ("upland",), "east": ("upland",), "coast": ("lowland",)})
    return Space([places, Dimension("act", {"threat": (), "killing": ()})])


@pytest.fixture
def frame():
    return truth_frame


@pytest.fixture
def enumerator():
    return Enumerator
