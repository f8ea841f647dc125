"""Protection: which cells of a table can be published, given everything published before.

Small counts, and counts that differ by a small number from one published before, are withheld, and with them
the least weight of further cells (`withhold`) that gives every count and change a reader could be certain of
a history that agrees with all that is published and in which it is not small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amparo.disclosure.ledger import LEDGER, append, empty
from amparo.disclosure.rules import Rules
from amparo.disclosure.space import Cell, Space
from amparo.disclosure.withhold import Mask, Withholding
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
# A number that is zero or was printed before can be shown again next time; a new one often cannot.
STANDS = 3.0


@dataclass(frozen=True)
class Protected:
    """A table that may be published."""

    table: pl.DataFrame  # as LEDGER: append it to the ledger when it is published
    cells: pl.DataFrame  # as CELLS: every cell of the table
    loss: float  # weight withheld / weight of all cells
    gap: float  # weight that a better choice could still show: 0 where the choice is proven optimal

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
    withheld now), `disclosure.nothing_left` (no cell could be shown), `disclosure.contradiction` (the truth
    does not fit what was published: persons were withdrawn and the ledger does not say so).
    """
    rules = rules or Rules()
    counts = space.truth(truth)
    release = max(counts)
    cells = space.cells(shown)
    values = space.matrix(cells) @ counts[release]
    table = _printed(release, cells, values, source)
    append(ledger, table)
    choice = Withholding(
        space, pl.concat([ledger, empty() if knowledge is None else knowledge]), table, rules
    )
    if not choice.agrees():
        raise Refusal("disclosure.contradiction", releases=choice.world.releases)
    spare = np.random.default_rng(seed).random(len(cells)) < rules.spare
    asked = np.array([1.0 if weight is None else weight.get(cell, 1.0) for cell in cells])
    cost = asked * np.where(_stands(ledger, cells, values), STANDS, 1.0)
    withheld = choice.least(spare, cost)
    hidden = withheld.mask
    if hidden.all():
        raise Refusal("disclosure.nothing_left", release=release)
    reasons = np.select(
        [~hidden, rules.small(values), choice.outright, spare],
        ["shown", "small", "change", "spare"],
        "others",
    )
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
    return Protected(
        table.filter(~hidden),
        frame,
        loss=float(asked[hidden].sum() / asked.sum()),
        gap=float(cost @ hidden - withheld.least),
    )


def _printed(release: int, cells: Sequence[Cell], values: NDArray[np.int64], source: str) -> pl.DataFrame:
    """Every cell as it is."""
    rows = [
        (release, source, "count", list(cell), None, n, n)
        for cell, n in zip(cells, values.tolist(), strict=True)
    ]
    return pl.DataFrame(rows, schema=LEDGER, orient="row")


def _stands(ledger: pl.DataFrame, cells: Sequence[Cell], values: NDArray[np.int64]) -> Mask:
    """Which cells are zero, or the same as a number already printed for them."""
    exact = ledger.filter((pl.col("kind") == "count") & (pl.col("low") == pl.col("high")))
    printed = set(zip(map(tuple, exact["cell"]), exact["low"], strict=True))
    return np.array([n == 0 or (cell, n) in printed for cell, n in zip(cells, values.tolist(), strict=True)])


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
