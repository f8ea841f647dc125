"""Which statements to withhold so that nothing is certain: the least-weight cover of all reasons.

Each finding of the attack names statements that suffice for it, whatever else is withheld: one of them must
go. The set of least weight that meets every reason known is tried; what is still certain then gives new
reasons. When nothing is, the set is optimal, for every safe set meets all reasons. (Fischetti and Salazar
2001, Management Science 47:1008: the capacity inequalities, here with coefficients 0 and 1 and over all
releases; Moreno-Centeno and Karp 2013, Operations Research 61:453: the implicit hitting set.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amparo.disclosure.certain import Certain, certain
from amparo.disclosure.program import EPS, SLACK, Program, Rows, World
from amparo.disclosure.rules import Rules
from amparo.disclosure.space import Space
from amparo.disclosure.targets import Targets
from amparo.errors import Refusal

ROUNDS = 60  # rounds with an optimal cover; after them the set only grows
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Withheld:
    """A safe set of statements to withhold."""

    mask: Mask  # (statements,)
    least: float  # no safe set that contains the given ones weighs less


class Withholding:
    """Statements of a table that can be taken back one by one, on top of a ledger that cannot."""

    def __init__(self, space: Space, ledger: pl.DataFrame, table: pl.DataFrame, rules: Rules) -> None:
        """One programme with a switch per statement. Raises as `World`."""
        self.world = World(space, ledger, table)
        self.program = Program(self.world.low, self.world.high, self.world.rows, self.world.size)
        self.rules, self.fixed = rules, ledger.height
        self.rows = np.array([row for rows in self.world.switches for row in rows], np.intp)
        self.owner = np.repeat(np.arange(table.height), [len(rows) for rows in self.world.switches])
        self.low = np.array(self.world.rows.low)[self.rows]
        self.high = np.array(self.world.rows.high)[self.rows]
        counts = pl.when(pl.col("of").is_null()).then(pl.max_horizontal("low", "high")).otherwise(0.0)
        self.printed = table.select(counts).to_series().to_numpy()
        parts = [self.world.rows.columns[row] for row in self.rows]
        self.columns = np.concatenate([np.empty(0, np.intp), *parts])
        self.values = np.concatenate([np.empty(0), *(self.world.rows.values[row] for row in self.rows)])
        self.starts = np.cumsum([0, *(len(part) for part in parts)])[:-1]
        self.outright = self._outright(table)
        self.histories: list[tuple[NDArray[np.int32], Mask]] = []  # with the statements each one breaks

    def _outright(self, table: pl.DataFrame) -> Mask:
        """Statements that are a small count, or a small change from a number of the ledger."""
        found = np.zeros(table.height, bool)
        exact = table["of"].is_null() & (table["low"] == table["high"]).fill_null(value=False)
        for at in np.flatnonzero(exact.to_numpy()):
            row = table.row(int(at), named=True)
            cell, count = tuple(row["cell"]), int(row["low"])
            now = self.world.releases.index(row["release"])
            earlier = [self.world.exact[t, cell][0] for t in range(now) if (t, cell) in self.world.exact]
            found[at] = bool(self.rules.small(count - np.array([0, *earlier])).any())
        return found

    def agrees(self) -> bool:
        """Whether some history agrees with the ledger and the whole table."""
        return self.program.linear(np.zeros(self.program.size)) is not None

    def least(self, given: Mask, weight: NDArray[np.float64]) -> Withheld:
        """The least weight to withhold with the `given` statements and those that tell something outright.

        Optimal unless the rounds run out or a finding rests on whole numbers alone; `Withheld.least` tells
        how far from it. Raises `Refusal`: `disclosure.leaked_before` when a finding rests on no statement of
        the table, and as `certain`.
        """
        proven, reasons, rounds = [], [], 0
        given = given | self.outright
        mask = given.copy()
        while found := self._certain(mask):
            rounds += 1
            new = [self._reason(one, mask) for one in found]
            if not all(reason.size for reason in new):
                raise Refusal("disclosure.leaked_before", findings=len(found))
            reasons += new
            proven += [reason for reason, one in zip(new, found, strict=True) if one.proven]
            mask = (
                given | self._cover(reasons, weight) if rounds <= ROUNDS else mask | self._cover(new, weight)
            )
        if rounds <= ROUNDS and len(proven) == len(reasons):
            return Withheld(mask, float(weight @ mask))
        bound = self._cover(proven, weight)
        return Withheld(self._reduced(mask, given, weight), float(weight @ (given | bound)))

    def _certain(self, mask: Mask) -> list[Certain]:
        """What is certain with these statements withheld."""
        off = mask[self.owner]
        self.program.ends(self.rows, np.where(off, -np.inf, self.low), np.where(off, np.inf, self.high))
        ceiling = SLACK + 2 * max(self.world.largest, self.printed[~mask].max(initial=0.0))
        free = self.world.unbounded
        self.program.bounds(free, self.world.low[free], np.full(len(free), ceiling))
        targets = Targets(self.world.space, len(self.world.releases), self.rules)
        for history, breaks in self.histories:
            if not (breaks & ~mask).any() and history.max(initial=0) <= ceiling:
                targets.see(history)
        known = len(targets.seen)
        found = certain(self.world, self.program, targets)
        self.histories += [(history, self._breaks(history)) for history in targets.seen[known:]]
        return found

    def _breaks(self, history: NDArray[np.int32]) -> Mask:
        """Statements that are not true in a history."""
        sums = np.add.reduceat(self.values * history[self.columns], self.starts) if len(self.starts) else 0.0
        broken = (sums < self.low - EPS) | (sums > self.high + EPS)
        return np.bincount(self.owner[broken], minlength=len(self.printed)) > 0

    def _reason(self, one: Certain, mask: Mask) -> NDArray[np.intp]:
        """Statements of the table of which one must go; all that are left where whole numbers did it."""
        named = np.array(sorted(origin - self.fixed for origin in one.by if origin >= self.fixed), np.intp)
        return named if one.proven or named.size else np.flatnonzero(~mask)

    def _cover(self, reasons: list[NDArray[np.intp]], weight: NDArray[np.float64]) -> Mask:
        """The least weight that meets every reason."""
        rows = Rows()
        for reason in {reason.tobytes(): reason for reason in reasons}.values():
            rows.add(reason, np.ones(len(reason)), 1.0, np.inf)
        found = Program(np.zeros(len(weight)), np.ones(len(weight)), rows, len(weight)).integer(weight)
        if found is None:
            raise Refusal("disclosure.unsolved", releases=self.world.releases)
        return found > 0.5

    def _reduced(self, mask: Mask, given: Mask, weight: NDArray[np.float64]) -> Mask:
        """Show again what need not be withheld, dearest first."""
        extra = np.flatnonzero(mask & ~given)
        for at in extra[np.argsort(-weight[extra], kind="stable")]:
            trial = mask.copy()
            trial[at] = False
            if not self._certain(trial):
                mask = trial
        return mask
