"""Which counts must not be found out, as a table of rules and plain functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amparo.disclosure.space import TOTAL, Cell, Space

COARSENINGS: dict[str, type[pl.DataType]] = {
    "dimension": pl.String,
    "leave_out": pl.String,  # the level left out: "leaves" or "dimension"
    "cells": pl.Int64,
    "small": pl.Int64,
    "share_small": pl.Float64,
}


@dataclass(frozen=True)
class Rules:
    """What is protected.

    A count or a change of a count between two releases is small from 1 to `k` - 1 persons, in either
    direction. With `full`, a cell that holds everybody of the next wider cell is protected as well: to know
    that a person is in the wider one tells the rest (group disclosure; its zero cells are the others of the
    same wider cell). `spare` is the chance of each cell to be withheld without need: it keeps the pattern of
    what is withheld from telling why (docs/methods/disclosure.md).
    """

    k: int = 5
    full: bool = False
    spare: float = 0.01

    def small(self, counts: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which counts, or changes of counts, are small."""
        size = np.abs(counts)
        return (size >= 1) & (size < self.k)


def wider(space: Space, cells: Sequence[Cell]) -> list[tuple[int, int]]:
    """Pairs (cell, next wider cell) of a table: one node replaced by the nearest above that adds others."""
    place = {cell: at for at, cell in enumerate(cells)}
    pairs = []
    for cell, at in place.items():
        for axis, (dimension, node) in enumerate(zip(space.dimensions, cell, strict=True)):
            above = (*dimension.leaves.get(node, ()), TOTAL) if node != TOTAL else ()
            for parent in above:
                over = (*cell[:axis], parent, *cell[axis + 1 :])
                if over in place and len(space.below(over)) > len(space.below(cell)):
                    pairs.append((at, place[over]))
                    break
    return pairs


def coarsenings(
    space: Space, counts: NDArray[np.int64], rules: Rules, shown: Sequence[str] | None = None
) -> pl.DataFrame:
    """What leaving out the leaves of a dimension, or the dimension, does to the share of small cells.

    (leaves,) true counts in; one row per proposal out, fewest small cells first, and the table as asked for
    with a null dimension.
    """
    cells = space.cells(shown)
    names = space.names

    def row(dimension: str | None, leave_out: str | None, kept: list[Cell]) -> dict[str, object]:
        small = int(rules.small(space.matrix(kept) @ counts).sum())
        facts = (dimension, leave_out, len(kept), small, small / len(kept))
        return dict(zip(COARSENINGS, facts, strict=True))

    rows = [row(None, None, cells)]
    for axis, dimension in enumerate(space.dimensions):
        if shown is not None and names[axis] not in shown:
            continue
        if dimension.groups:
            kept = [cell for cell in cells if cell[axis] not in dimension.leaves]
            rows.append(row(dimension.name, "leaves", kept))
        rows.append(row(dimension.name, "dimension", [cell for cell in cells if cell[axis] == TOTAL]))
    return pl.DataFrame(rows, schema=COARSENINGS).sort("share_small", maintain_order=True)
