"""Protection: which cells of a table can be published, given everything published before.

Small counts, and counts that differ by a small number from one published before, are withheld. Further cells
are withheld until every count and change that a reader could be certain of has a history that agrees with all
that is published and in which it is not small. The cheapest such history is a minimum-cost deviation from the
truth (Kelly, Golden and Assad 1992, Networks 22:397; Castro 2012, European Journal of Operational Research
216:239), its deviating cells are the ones to withhold; cells that turn out to be withheld without need are
shown again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amparo.disclosure.ledger import append, empty, statement
from amparo.disclosure.program import BULK_NODES, EPS, Program, World
from amparo.disclosure.rules import Rules
from amparo.disclosure.space import TOTAL, Cell, Space
from amparo.disclosure.targets import Target, Targets
from amparo.errors import Refusal
from amparo.records import Schema

CELLS: Schema = {
    "release": pl.Int64,
    "cell": pl.List(pl.String),
    "count": pl.Int64,  # null where withheld
    "at_least": pl.Int64,  # where withheld: the last number published for the cell, which still holds
    "since": pl.Int64,  # the release of that number
    "reason": pl.String,  # "shown", or why withheld: "small", "change", "spare", "others"; never published
}
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Protected:
    """A table that may be published."""

    table: pl.DataFrame  # as LEDGER: append it to the ledger when it is published
    cells: pl.DataFrame  # as CELLS: every cell of the table
    loss: float  # weight withheld / weight of all cells

    @property
    def shown(self) -> float:
        """Share of the cells that show their count."""
        return self.table.height / self.cells.height

    @property
    def held(self) -> float:
        """Share of the cells that show the number of an earlier release as a lower end."""
        return self.cells["at_least"].count() / self.cells.height


def protect(
    truth: pl.DataFrame,
    ledger: pl.DataFrame,
    space: Space,
    rules: Rules | None = None,
    *,
    shown: Sequence[str] | None = None,
    weight: Mapping[Cell, float] | None = None,
    knowledge: pl.DataFrame | None = None,
    source: str = "table",
    seed: int | None = None,
) -> Protected:
    """The table over the dimensions `shown` (default all) at the last release of `truth`, made safe.

    `truth`: the dimensions' leaves, `release`, `count`. `weight`: what showing a cell is worth (default 1
    each). `seed` is for measurements only: without it the operating system decides which spare cells are
    withheld. Raises `Refusal`: `disclosure.leaked_before` (a small number can be found out whatever is
    withheld now, or nothing of the table could be shown), `disclosure.contradiction` (the truth does not fit
    what was published: persons were withdrawn and the ledger does not say so).
    """
    rules = rules or Rules()
    counts = space.truth(truth)
    release = max(counts)
    cells = space.cells(shown)
    values = space.matrix(cells) @ counts[release]
    known = append(ledger, statement(release, (TOTAL,) * len(space.dimensions), 0, 2 * values.max() + 1_000))
    known = pl.concat([known, empty() if knowledge is None else knowledge])
    cost = np.array([1.0 if weight is None else weight.get(cell, 1.0) for cell in cells])
    search = _Search(
        World(space, known), release=release, cells=cells, values=values, weight=cost, rules=rules
    )
    small, change = _primary(search.world, rules, release, cells, values)
    spare = np.random.default_rng(seed).random(len(cells)) < rules.spare
    hidden = search.run(small | change | spare)
    reasons = np.select([~hidden, small, change, spare], ["shown", "small", "change", "spare"], "others")
    rows = [
        statement(release, cell, n, n, source=source)
        for cell, n, h in zip(cells, values, hidden, strict=True)
        if not h
    ]
    table = pl.concat([empty(), *rows])
    last = _last(ledger, release)
    frame = pl.DataFrame(
        [
            (
                release,
                list(cell),
                None if h else int(n),
                *(last.get(cell, (None, None)) if h else (None, None)),
                str(why),
            )
            for cell, n, h, why in zip(cells, values, hidden, reasons, strict=True)
        ],
        schema=CELLS,
        orient="row",
    )
    return Protected(table, frame, float(cost[hidden].sum() / cost.sum()))


def _primary(
    world: World, rules: Rules, release: int, cells: Sequence[Cell], values: NDArray[np.int64]
) -> tuple[Mask, Mask]:
    """Which cells are small, and which differ by a small number from one printed for an earlier release."""
    now = world.releases.index(release)
    change = np.zeros(len(cells), bool)
    for at, cell in enumerate(cells):
        earlier = [world.exact[t, cell][0] for t in range(now) if (t, cell) in world.exact]
        change[at] = bool(rules.small(values[at] - np.array(earlier, np.int64)).any())
    return rules.small(values), change


def _last(ledger: pl.DataFrame, release: int) -> dict[Cell, tuple[int, int]]:
    """Per cell the last number printed before `release`, and where; no further back than counts may fall."""
    falls = ledger.filter(pl.col("kind") == "withdrawn")["release"].to_list()
    since = max(falls, default=-1)
    counted = ledger.filter(
        (pl.col("kind") == "count")
        & (pl.col("low") == pl.col("high"))
        & pl.col("release").is_between(since, release - 1)
    )
    return {
        tuple(row["cell"]): (int(row["low"]), row["release"])
        for row in counted.sort("release").iter_rows(named=True)
    }


class _Search:
    """The search for cells to withhold: one programme, with a pair of deviations per cell of the table.

    Columns: the world's leaves, then how far each cell lies above its true count, then how far below.
    """

    def __init__(
        self,
        world: World,
        *,
        release: int,
        cells: Sequence[Cell],
        values: NDArray[np.int64],
        weight: NDArray[np.float64],
        rules: Rules,
    ) -> None:
        self.world, self.rules, self.weight = world, rules, weight
        self.first, self.cells = world.size, len(cells)
        self.deviations = np.arange(world.size, world.size + 2 * self.cells)
        now = world.releases.index(release)
        for at, (cell, value) in enumerate(zip(cells, values, strict=True)):
            below = world.columns(now, cell)
            columns = np.concatenate([below, [self.first + at, self.first + self.cells + at]])
            parts = np.concatenate([np.ones(len(below)), [-1.0, 1.0]])
            world.rows.add(columns, parts, float(value), float(value))
        low = np.concatenate([world.low, np.zeros(2 * self.cells)])
        high = np.concatenate([world.high, np.full(2 * self.cells, np.inf)])
        self.program = Program(low, high, world.rows, world.size)
        self.histories: list[NDArray[np.float64]] = []

    def run(self, hidden: Mask) -> Mask:
        """Withhold more until nothing is certain, then show what need not be withheld."""
        fixed = hidden.copy()
        targets = Targets(self.world.space, len(self.world.releases), self.rules)
        self._hold(hidden)
        if not self._see(targets, self.program.best(np.zeros(self.program.size))):
            raise Refusal("disclosure.contradiction", releases=self.world.releases)
        self._bulk(targets)
        self._free()
        for target in targets.left():
            hidden |= self._cheapest(targets, target, hidden)
        for at in np.flatnonzero(hidden & ~fixed)[np.argsort(-self.weight[hidden & ~fixed], kind="stable")]:
            trial = hidden.copy()
            trial[at] = False
            if self._holds(trial):
                hidden = trial
        if hidden.all():
            raise Refusal("disclosure.nothing_left", release=self.world.releases[-1])
        return hidden

    def _hold(self, hidden: Mask) -> None:
        """Cells that are shown may not deviate."""
        self.program.bounds(
            self.deviations, np.zeros(2 * self.cells), np.tile(np.where(hidden, np.inf, 0.0), 2)
        )

    def _free(self) -> None:
        """All cells may deviate, at their cost."""
        self.program.bounds(self.deviations, np.zeros(2 * self.cells), np.full(2 * self.cells, np.inf))

    def _see(self, targets: Targets, history: NDArray[np.float64] | None) -> bool:
        if history is None:
            return False
        targets.see(history)
        self.histories.append(history)
        return True

    def _bulk(self, targets: Targets) -> None:
        """Clear many open targets at once within the cells withheld so far."""
        random = np.random.default_rng(0)  # which histories are seen first changes little
        for _ in range(40):
            before = int(targets.open.sum())
            if not before or not self._see(
                targets, self.program.best(targets.mixture(random, self.program.size), BULK_NODES)
            ):
                return
            if before - int(targets.open.sum()) < 0.05 * before:
                return

    def _cheapest(self, targets: Targets, target: Target, hidden: Mask) -> Mask:
        """The cells that deviate in the cheapest history that clears the target."""
        cost = np.zeros(self.program.size)
        cost[self.first :] = np.tile(np.where(hidden, 0.0, self.weight), 2)
        found = []
        for form, low, high in targets.ways_out(target, self.program.size):
            with self.program.where(form, low, high):
                history = self.program.best(cost, BULK_NODES)
                if history is None:
                    history = self.program.integer(np.zeros(self.program.size))
            if history is not None:
                found.append((float(cost @ history), len(found), history))
        if not found:
            raise Refusal("disclosure.leaked_before", findings=1)
        history = min(found)[2]
        self._see(targets, history)
        return self._deviating(history)

    def _deviating(self, history: NDArray[np.float64]) -> Mask:
        return history[self.first :].reshape(2, self.cells).sum(axis=0) > EPS

    def _holds(self, hidden: Mask) -> bool:
        """Whether nothing is certain with these cells withheld."""
        targets = Targets(self.world.space, len(self.world.releases), self.rules)
        kept = [history for history in self.histories if not (self._deviating(history) & ~hidden).any()]
        for history in kept:
            targets.see(history)
        nothing = np.zeros(self.program.size)
        self._hold(hidden)
        for target in targets.left():
            for form, low, high in targets.ways_out(target, self.program.size):
                with self.program.where(form, low, high):
                    if self._see(targets, self.program.best(nothing)):
                        break
            else:
                return False
        return True
