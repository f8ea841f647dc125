"""Everything that must not be found out, and what the histories seen so far already rule out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amparo.disclosure.rules import Rules, wider
from amparo.disclosure.space import Cell, Space

Interval = tuple[float, float]
UNSEEN = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Target:
    """A count (`against` null), a change since an earlier release, or the rest of the next wider cell."""

    t: int
    cell: int
    against: int | None = None
    wider: int | None = None


class Targets:
    """Smallest and largest value of every target over the histories seen.

    A target stays open while all values seen lie in 1..k-1 (or -(k-1)..-1 for a change): one history with
    another value proves that a reader cannot be certain. The rest of a full cell is open while it was always
    zero and the cell never was.
    """

    def __init__(self, space: Space, releases: int, rules: Rules) -> None:
        """All cells of the space, all releases, all pairs of releases."""
        self.space, self.rules, self.releases = space, rules, releases
        self.cells: list[Cell] = space.cells()
        self.matrix = space.matrix(self.cells).astype(float)
        later, earlier = np.tril_indices(releases, -1)
        self.later = np.concatenate([np.arange(releases), later])  # row -> release
        self.earlier = np.concatenate([np.full(releases, -1), earlier])  # row -> compared with, -1: nothing
        shape = (len(self.later), len(self.cells))
        self.least = np.full(shape, UNSEEN)
        self.most = np.full(shape, -UNSEEN)
        pairs = wider(space, self.cells) if rules.full else []
        self.pairs = np.array(pairs, dtype=np.intp).reshape(-1, 2)
        self.full = np.ones((releases, len(self.pairs)), bool)
        self.open = np.ones(
            shape, bool
        )  # (rows, cells): counts and changes still small in all histories seen
        self.seen: list[NDArray[np.int32]] = []  # the histories that cleared something

    def values(self, history: NDArray[np.float64] | NDArray[np.int32]) -> NDArray[np.int64]:
        """(rows, cells) values of all counts and changes in one history of (releases * leaves) columns."""
        leaves = np.round(history[: self.releases * self.space.size]).reshape(self.releases, -1)
        counts = np.round(leaves @ self.matrix.T).astype(np.int64)
        changes = counts[self.later[self.releases :]] - counts[self.earlier[self.releases :]]
        return np.concatenate([counts, changes])

    def see(self, history: NDArray[np.float64] | NDArray[np.int32]) -> None:
        """Take one history into account."""
        before = self.still_open
        values = self.values(history)
        np.minimum(self.least, values, out=self.least)
        np.maximum(self.most, values, out=self.most)
        k = self.rules.k
        self.open = ((self.least >= 1) & (self.most < k)) | ((self.most <= -1) & (self.least > -k))
        counts = values[: self.releases]
        cell, over = counts[:, self.pairs[:, 0]], counts[:, self.pairs[:, 1]]
        self.full &= (cell == over) & (cell > 0)
        if self.still_open < before:
            self.seen.append(np.round(history[: self.releases * self.space.size]).astype(np.int32))

    @property
    def still_open(self) -> int:
        """How many targets no history seen has cleared."""
        return int(self.open.sum()) + int(self.full.sum())

    def left(self) -> Iterator[Target]:
        """The open targets, each asked for again when its turn comes."""
        for row, cell in np.argwhere(self.open):
            if self.open[row, cell]:
                yield self.named(int(row), int(cell))
        for t, pair in np.argwhere(self.full):
            if self.full[t, pair]:
                yield Target(int(t), int(self.pairs[pair, 0]), wider=int(self.pairs[pair, 1]))

    def named(self, row: int, cell: int) -> Target:
        """The target at a position of `open`."""
        against = int(self.earlier[row])
        return Target(int(self.later[row]), cell, against if against >= 0 else None)

    def is_open(self, target: Target) -> bool:
        """Whether no history seen has cleared the target."""
        if target.wider is not None:
            pair = np.flatnonzero((self.pairs == (target.cell, target.wider)).all(axis=1))[0]
            return bool(self.full[target.t, pair])
        against = -1 if target.against is None else target.against
        row = np.flatnonzero((self.later == target.t) & (self.earlier == against))[0]
        return bool(self.open[row, target.cell])

    def form(self, target: Target, size: int) -> NDArray[np.float64]:
        """The target as coefficients over `size` columns."""
        form = np.zeros(size)
        leaves = self.space.size
        form[target.t * leaves : (target.t + 1) * leaves] = self.matrix[target.cell]
        if target.against is not None:
            form[target.against * leaves : (target.against + 1) * leaves] -= self.matrix[target.cell]
        if target.wider is not None:
            form[target.t * leaves : (target.t + 1) * leaves] -= self.matrix[target.wider]
        return form

    def ways_out(self, target: Target, size: int) -> list[tuple[NDArray[np.float64], list[Interval]]]:
        """Forms, each with intervals: a history with some form in one of its intervals clears the target."""
        form, k = self.form(target, size), float(self.rules.k)
        if target.wider is None:
            return [(form, [(k, np.inf), (0.0, 0.0), (-np.inf, -k)])]
        nobody = self.form(Target(target.t, target.wider), size)
        return [(form, [(-np.inf, -1.0)]), (nobody, [(0.0, 0.0)])]

    def mixture(self, random: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Open targets with random signs: an objective whose optimum moves many of them at once."""
        signs = random.choice((-1.0, 0.0, 0.0, 1.0), size=self.least.shape) * self.open
        weight = np.zeros((self.releases, len(self.cells)))
        np.add.at(weight, self.later, signs)
        pairs = slice(self.releases, None)
        np.add.at(weight, self.earlier[pairs], -signs[pairs])
        form = np.zeros(size)
        form[: self.releases * self.space.size] = (weight @ self.matrix).ravel()
        return form
