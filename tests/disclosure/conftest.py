"""Small made-up registers, and an attacker that shares nothing with the one under test.

The second attacker works with exact fractions on single persons' cells: it enumerates every history by depth-
first search with constraint propagation, or bounds each cell by repeated interval propagation. No HiGHS, no
matrices.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import polars as pl
import pytest

from amparo.disclosure.space import Dimension, Space


def truth_frame(space: Space, release: int, counts) -> pl.DataFrame:
    leaves = product(*(dimension.leaves for dimension in space.dimensions))
    rows = [(*leaf, release, int(n)) for leaf, n in zip(leaves, np.asarray(counts).ravel(), strict=True)]
    return pl.DataFrame(rows, schema=[*space.names, "release", "count"], orient="row")


class Enumerator:
    """All whole-number histories that agree with a ledger, found one by one; counts up to `top`."""

    def __init__(self, space: Space, ledger: pl.DataFrame, top: int) -> None:
        self.space = space
        self.releases = sorted(set(ledger["release"].to_list()))
        leaves = list(product(*(dimension.leaves for dimension in space.dimensions)))
        self.keys = [(release, leaf) for release in self.releases for leaf in leaves]
        self.place = {key: at for at, key in enumerate(self.keys)}
        self.top = top
        self.laws: list[tuple[dict[int, Fraction], Fraction | None, Fraction | None]] = []
        falls = set(ledger.filter(pl.col("kind") == "withdrawn")["release"].to_list())
        for row in ledger.filter(pl.col("kind") != "withdrawn").iter_rows(named=True):
            over = self.sum(row["release"], row["cell"])
            low = Fraction(row["low"]).limit_denominator(10**6)
            high = None if row["high"] is None else Fraction(row["high"]).limit_denominator(10**6)
            if row["of"] is None:
                self.laws.append((over, low, high))
                continue
            under = self.sum(row["release"], row["of"])
            for bound, ends in ((low, (Fraction(0), None)), (high, (None, Fraction(0)))):
                if bound is not None:
                    joint = {key: over.get(key, Fraction(0)) for key in {*over, *under}}
                    self.laws.append(
                        ({key: joint[key] - (bound if key in under else 0) for key in joint}, *ends)
                    )
        for before, after in zip(self.releases, self.releases[1:], strict=False):
            if after not in falls:
                for leaf in leaves:
                    step = {
                        self.place[after, leaf]: Fraction(1),
                        self.place[before, leaf]: Fraction(-1),
                    }
                    self.laws.append((step, Fraction(0), None))

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

    def narrow(self, box: list[tuple[int, int]]) -> list[tuple[int, int]] | None:
        """Interval propagation until nothing moves; None if some interval is empty."""
        box, moving = list(box), True
        while moving:
            moving = False
            for law, low, high in self.laws:
                least = sum(c * (box[at][0] if c > 0 else box[at][1]) for at, c in law.items())
                most = sum(c * (box[at][1] if c > 0 else box[at][0]) for at, c in law.items())
                for at, c in law.items():
                    if not c:
                        continue
                    a, b = box[at]
                    ends = [a, b]
                    rest_least = least - c * (a if c > 0 else b)
                    rest_most = most - c * (b if c > 0 else a)
                    if high is not None:
                        limit = (high - rest_least) / c
                        ends = [a, min(b, limit.__floor__())] if c > 0 else [max(a, limit.__ceil__()), b]
                    if low is not None:
                        limit = (low - rest_most) / c
                        ends = (
                            [max(ends[0], limit.__ceil__()), ends[1]]
                            if c > 0
                            else [ends[0], min(ends[1], limit.__floor__())]
                        )
                    if ends[0] > ends[1]:
                        return None
                    if tuple(ends) != (a, b):
                        box[at] = (ends[0], ends[1])
                        moving = True
                        least = sum(k * (box[i][0] if k > 0 else box[i][1]) for i, k in law.items())
                        most = sum(k * (box[i][1] if k > 0 else box[i][0]) for i, k in law.items())
        return box

    def exists(self, form: dict[int, Fraction], low: int | None, high: int | None) -> bool:
        """Whether some history has the form between `low` and `high`: depth-first, smallest first."""
        law = (form, None if low is None else Fraction(low), None if high is None else Fraction(high))
        self.laws.append(law)
        try:
            return self._dive([(0, self.top)] * len(self.keys))
        finally:
            self.laws.pop()

    def _dive(self, box) -> bool:
        box = self.narrow(box)
        if box is None:
            return False
        open_ = [(b - a, at) for at, (a, b) in enumerate(box) if a < b]
        if not open_:
            return True
        at = min(open_)[1]
        a, b = box[at]
        middle = (a + b) // 2
        halves = ((a, middle), (middle + 1, b))
        return any(self._dive([*box[:at], part, *box[at + 1 :]]) for part in halves)

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
