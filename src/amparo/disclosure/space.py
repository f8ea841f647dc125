"""What can be told apart: dimensions with their hierarchies, and the leaves below every cell of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amparo.errors import AmparoError

TOTAL = "*"  # the node above all leaves of a dimension
RELEASE = "release"  # column: the number of a release, in the order of publication
Cell = tuple[str, ...]  # one node per dimension


def named(cell: Sequence[str]) -> str:
    """A cell as a fact of a message."""
    return " × ".join(cell)


@dataclass(frozen=True)
class Dimension:
    """A dimension and what stands above each of its leaves, nearest first, without the total.

    Levels may be several and need not be nested in one another: `{"2019-03": ("2019", "spring")}`.
    """

    name: str
    leaves: Mapping[str, tuple[str, ...]]

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Nodes between the leaves and the total."""
        return tuple(dict.fromkeys(group for above in self.leaves.values() for group in above))

    @property
    def nodes(self) -> tuple[str, ...]:
        """All nodes: leaves, groups, total."""
        return (*self.leaves, *self.groups, TOTAL)

    def below(self, node: str) -> list[int]:
        """Positions of the leaves below a node. Raises `disclosure.unknown_node`."""
        if node == TOTAL:
            return list(range(len(self.leaves)))
        found = [at for at, (leaf, above) in enumerate(self.leaves.items()) if node == leaf or node in above]
        if not found:
            raise AmparoError("disclosure.unknown_node", dimension=self.name, node=node)
        return found


class Space:
    """The product of the dimensions that any published table uses. Its leaves are the unknown counts."""

    def __init__(self, dimensions: Sequence[Dimension]) -> None:
        """Keep the dimensions; their order is the order of a cell's nodes."""
        self.dimensions = tuple(dimensions)
        self.shape = tuple(len(dimension.leaves) for dimension in dimensions)
        self.size = int(np.prod(self.shape))
        self._below: dict[Cell, NDArray[np.intp]] = {}

    @property
    def names(self) -> list[str]:
        """Names of the dimensions."""
        return [dimension.name for dimension in self.dimensions]

    def below(self, cell: Cell) -> NDArray[np.intp]:
        """Flat positions of the leaves that a cell adds up. Raises `disclosure.unknown_node`."""
        if cell not in self._below:
            if len(cell) != len(self.dimensions):
                raise AmparoError("disclosure.cell_length", cell=named(cell), dimensions=self.names)
            grids = [dimension.below(node) for dimension, node in zip(self.dimensions, cell, strict=True)]
            self._below[cell] = np.ravel_multi_index(np.ix_(*grids), self.shape).ravel()
        return self._below[cell]

    def cells(self, shown: Sequence[str] | None = None) -> list[Cell]:
        """All cells of the table over the dimensions `shown` (default all), margins included."""
        wanted = set(self.names if shown is None else shown)
        if unknown := wanted - set(self.names):
            raise AmparoError("disclosure.unknown_dimension", dimension=min(unknown), known=self.names)
        return list(product(*(d.nodes if d.name in wanted else (TOTAL,) for d in self.dimensions)))

    def matrix(self, cells: Sequence[Cell]) -> NDArray[np.int64]:
        """(cells, leaves) 0/1: which leaves each cell adds up."""
        matrix = np.zeros((len(cells), self.size), np.int64)
        for row, cell in enumerate(cells):
            matrix[row, self.below(cell)] = 1
        return matrix

    def truth(self, frame: pl.DataFrame) -> dict[int, NDArray[np.int64]]:
        """Per release the (leaves,) true counts of a frame with the dimensions, `release` and `count`.

        Leaves that are not in the frame count zero. Raises `frame.columns`, `disclosure.unknown_node`.
        """
        if set(frame.columns) != {*self.names, RELEASE, "count"}:
            raise AmparoError("frame.columns", room="disclosure", columns=[*self.names, RELEASE, "count"])
        place = [{leaf: at for at, leaf in enumerate(dimension.leaves)} for dimension in self.dimensions]
        counts: dict[int, NDArray[np.int64]] = {}
        for row in frame.sort(RELEASE).select(RELEASE, "count", *self.names).iter_rows():
            at = []
            for dimension, known, leaf in zip(self.dimensions, place, row[2:], strict=True):
                if leaf not in known:
                    raise AmparoError("disclosure.unknown_node", dimension=dimension.name, node=leaf)
                at.append(known[leaf])
            counts.setdefault(row[0], np.zeros(self.size, np.int64))[
                np.ravel_multi_index(at, self.shape)
            ] += row[1]
        return counts
