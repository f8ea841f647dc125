"""Controlled rounding: every cell becomes a multiple of a base next to its count, and the table adds up.

Zero-restricted controlled rounding (Cox 1987, Journal of the American Statistical Association 82:520; Salazar
2005, Computers and Operations Research 32:1063) as an integer programme over the finest cells of the table.
Nothing is withheld: what is missing from a table that adds up can be worked out again. A rounded table that
tells something is drawn anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amparo.disclosure.attack import attack
from amparo.disclosure.ledger import LEDGER
from amparo.disclosure.program import Program, Rows
from amparo.disclosure.rules import Rules
from amparo.disclosure.space import Cell, Space
from amparo.errors import Refusal

DRAWS = 8  # rounded tables tried before refusing
DOWN = 3.0  # what it costs, in bases, to print less than before
NOISE = 0.2  # standard deviation of the chance in the first draw, in bases; it grows with every draw


@dataclass(frozen=True)
class Rounded:
    """A rounded table that may be published."""

    table: pl.DataFrame  # as LEDGER: append it to the ledger when it is published
    numbers: dict[Cell, int]  # what is printed
    distance: float  # mean distance of a number from its count, by weight


def round_table(
    truth: pl.DataFrame,
    ledger: pl.DataFrame,
    space: Space,
    rules: Rules | None = None,
    *,
    base: int | None = None,
    shown: Sequence[str] | None = None,
    weight: Mapping[Cell, float] | None = None,
    knowledge: pl.DataFrame | None = None,
    source: str = "table",
    seed: int | None = None,
) -> Rounded:
    """The table over the dimensions `shown` at the last release of `truth`, rounded to `base` (default k).

    Distances are least by `weight`, but for some chance that keeps the choice from telling more than the
    numbers do; a cell's last rounded number is kept where it can be. The reader may know all of this. `seed`
    is for measurements only. Raises `Refusal`: `disclosure.nothing_left` when every table drawn, with all
    that was published before, tells a small number; `disclosure.unsolved` when no rounded table adds up
    (three dimensions and more); `disclosure.contradiction`.
    """
    rules = rules or Rules()
    base = base or rules.k
    counts = space.truth(truth)
    release = max(counts)
    cells = space.cells(shown)
    values = space.matrix(cells) @ counts[release]
    worth = np.array([1.0 if weight is None else weight.get(cell, 1.0) for cell in cells])
    random = np.random.default_rng(seed)
    lean = _keeping(cells, values, base, _earlier(ledger, release, base))
    for draw in range(1, DRAWS + 1):
        chance = draw * NOISE * random.standard_normal((2, len(cells)))
        numbers = controlled_rounding(space, cells, values, base, weight=worth, lean=lean + chance)
        if numbers is None:
            raise Refusal("disclosure.unsolved", releases=[release])
        rows = [
            (release, source, "rounded", list(cell), None, max(0, n - base), n + base)
            for cell, n in zip(cells, numbers.tolist(), strict=True)
        ]
        table = pl.DataFrame(rows, schema=LEDGER, orient="row")
        audit = attack(table, ledger, space, rules, knowledge=knowledge)
        if audit.safe:
            distance = float(worth @ np.abs(numbers - values) / worth.sum())
            return Rounded(table, dict(zip(cells, numbers.tolist(), strict=True)), distance)
        blamed = np.unique(audit.findings["by"].explode().to_numpy()) - ledger.height
        blamed = blamed[(blamed >= 0) & (blamed < len(cells))]
        lean[:, blamed] += np.where(numbers[blamed] > values[blamed], [[1.0], [-1.0]], [[-1.0], [1.0]])
    raise Refusal("disclosure.nothing_left", release=release)


def controlled_rounding(
    space: Space,
    cells: Sequence[Cell],
    values: NDArray[np.int64],
    base: int,
    *,
    weight: NDArray[np.float64],
    lean: NDArray[np.float64],
) -> NDArray[np.int64] | None:
    """(cells,) multiples of `base` next to `values`, at most `base` away, that add up as the cells do.

    Least sum of distances by `weight`, to which the upper and the lower multiple add the (2, cells) `lean`,
    in bases; for a count that is a multiple these are the next ones. None where no table adds up: with two
    dimensions of nested levels one always does.
    """
    parts = _parts(space, cells)
    low, rest = np.divmod(values, base)
    whole = rest == 0
    size, finest = parts.shape
    rows = Rows()
    for at, part in enumerate(parts):
        columns = np.concatenate([np.flatnonzero(part), [finest + at, finest + size + at]])
        signs = np.concatenate([np.ones(len(columns) - 2), [-1.0, 1.0]])
        rows.add(columns, signs, float(low[at]), float(low[at]))
    most = np.concatenate([np.full(finest, np.inf), np.ones(size), np.where(whole & (low > 0), 1.0, 0.0)])
    up = weight * (base - 2 * rest + base * lean[0])
    down = weight * base * (1.0 + lean[1])
    program = Program(np.zeros(len(most)), most, rows, len(most))
    found = program.integer(np.concatenate([np.zeros(finest), up, down]))
    return None if found is None else base * (parts @ np.round(found[:finest]).astype(np.int64))


def _keeping(
    cells: Sequence[Cell], values: NDArray[np.int64], base: int, earlier: Mapping[Cell, int]
) -> NDArray[np.float64]:
    """(2, cells) the lean towards the number printed before, strongest against going below it."""
    before = np.array([earlier.get(cell, -2 * base) for cell in cells]) - values
    above, below = (before > 0) & (before <= base), (before <= 0) & (before > -base)
    return np.array([np.where(above, -DOWN, below * 1.0), np.where(above, DOWN, 0.0)])


def _parts(space: Space, cells: Sequence[Cell]) -> NDArray[np.int64]:
    """(cells, finest cells) which of the cells that have no other of the table inside each cell adds up."""
    inside = space.matrix(cells)
    size = inside.sum(axis=1)
    smallest = np.where(inside > 0, size[:, None], space.size + 1).min(axis=0)
    finest = np.array([(smallest[row > 0] == n).all() for row, n in zip(inside, size, strict=True)])
    return inside[:, np.unique(inside[finest].argmax(axis=1))]


def _earlier(ledger: pl.DataFrame, release: int, base: int) -> dict[Cell, int]:
    """Per cell the last number rounded to the base before `release`."""
    rows = ledger.filter((pl.col("kind") == "rounded") & (pl.col("release") < release)).sort("release")
    return {tuple(row["cell"]): int(row["high"]) - base for row in rows.iter_rows(named=True)}
