"""From rows of persons or acts to the true counts of a table: levels, unknowns, and whom a cell counts.

The space of a question follows from what is declared, never from the rows: a node that appears only once
somebody stands in it would tell that nobody did before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from amparo.disclosure.space import RELEASE, TOTAL, Dimension, Space
from amparo.errors import AmparoError, Refusal

UNKNOWN = "?"  # nothing is known in this dimension
_BELOW = "/?"
_PERSON, _FIRST = " person", " first"  # columns beside those of the fields
PRECISIONS = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}  # finest first; nodes as in ISO 8601


def unknown_below(group: str) -> str:
    """The leaf of those known to be in a group and nowhere finer: "norte/?"."""
    return group + _BELOW


@dataclass(frozen=True)
class Field:
    """A dimension of a question: its levels, and which of them stand in the rows.

    `levels`: one row a leaf, one column a level, finest first, each nested in the next. `recorded`: the
    levels that are columns of the rows, under the same names; a row counts at the finest that is not null.
    `complete` declares that the finest recorded level is always known: there is no node for unknowns then.
    Raises `disclosure.node_twice`, `disclosure.reserved_node`, `disclosure.unknown_level`.
    """

    name: str
    levels: pl.DataFrame
    recorded: tuple[str, ...]
    complete: bool = False

    def __post_init__(self) -> None:
        """Nodes are text; each stands on one level and under one parent."""
        levels = self.levels.cast(pl.String)
        object.__setattr__(self, "levels", levels)
        for level in self.recorded:
            if level not in levels.columns:
                known = levels.columns
                raise AmparoError("disclosure.unknown_level", dimension=self.name, level=level, known=known)
        nodes: list[str] = []
        for chains in self._chains().values():
            nodes += chains.to_series(0).fill_null("").to_list()
        for node in nodes:
            if node in {"", TOTAL, UNKNOWN} or node.endswith(_BELOW):
                raise AmparoError("disclosure.reserved_node", dimension=self.name, node=node)
        if len(set(nodes)) < len(nodes) or levels.height > levels.to_series(0).n_unique():
            twice = min(node for node in nodes if nodes.count(node) > 1)
            raise AmparoError("disclosure.node_twice", dimension=self.name, node=twice)

    def _chains(self) -> dict[str, pl.DataFrame]:
        """Per level its nodes with all above them; a node under two parents has two rows."""
        names = self.levels.columns
        return {
            name: self.levels.select(names[at:]).unique(maintain_order=True) if at else self.levels
            for at, name in enumerate(names)
        }

    @cached_property
    def dimension(self) -> Dimension:
        """The dimension: the leaves, one for those known to a recorded level only, one for the unknown."""
        leaves: dict[str, tuple[str, ...]] = {row[0]: row[1:] for row in self.levels.iter_rows()}
        if not self.complete:
            for level, chains in list(self._chains().items())[1:]:
                if level in self.recorded:
                    leaves |= {unknown_below(chain[0]): chain for chain in chains.iter_rows()}
            leaves[UNKNOWN] = ()
        return Dimension(self.name, leaves)

    def leaf(self, rows: pl.DataFrame) -> pl.Series:
        """The leaf of each row.

        Raises `frame.columns`, `disclosure.unknown_node`, `disclosure.levels_disagree` (a value is not below
        the coarser one beside it), `disclosure.unknown_value` (a null in a field declared complete).
        """
        finest = self.levels.columns[0]
        ordered = [level for level in self.levels.columns if level in self.recorded]
        if not set(ordered) <= set(rows.columns):
            raise AmparoError("frame.columns", room="disclosure", columns=ordered)
        rows = rows.select(pl.col(ordered).cast(pl.String))
        for at, level in enumerate(ordered):
            chains = self._chains()[level]
            strange = rows[level].drop_nulls().unique().sort().to_frame().join(chains, on=level, how="anti")
            if strange.height:
                raise AmparoError("disclosure.unknown_node", dimension=self.name, node=strange.item(0, 0))
            above = rows.join(chains, on=level, suffix=" above")
            for coarser in ordered[at + 1 :]:
                wrong = above.filter(pl.col(coarser) != pl.col(f"{coarser} above"))
                if wrong.height:
                    node, group = wrong.select(level, coarser).sort(level, coarser).row(0)
                    raise AmparoError(
                        "disclosure.levels_disagree", dimension=self.name, node=node, group=group
                    )
        if self.complete and (blank := rows[ordered[0]].null_count()):
            raise AmparoError("disclosure.unknown_value", dimension=self.name, rows=blank)
        parts = [pl.col(level) if level == finest else pl.col(level) + _BELOW for level in ordered]
        return rows.select(pl.coalesce(*parts, pl.lit(UNKNOWN)).alias(self.name)).to_series()


def calendar(name: str, first: date, last: date, finest: str = "month", *, complete: bool = False) -> Field:
    """Days, months or years from `first` to `last` with all coarser levels: the columns that `dated` adds."""
    levels = list(PRECISIONS)[list(PRECISIONS).index(finest) :]
    days = pl.date_range(first, last, "1d", eager=True)
    table = pl.DataFrame({f"{name}_{level}": days.dt.strftime(PRECISIONS[level]) for level in levels})
    return Field(name, table.unique(maintain_order=True), tuple(table.columns), complete)


def dated(rows: pl.DataFrame, name: str, earliest: str, latest: str) -> pl.DataFrame:
    """The rows with `name`_day, _month and _year, each where the first and last possible day agree on it."""
    ends = pl.col(earliest), pl.col(latest)
    columns = {}
    for level, form in PRECISIONS.items():
        low, high = (end.dt.strftime(form) for end in ends)
        columns[f"{name}_{level}"] = pl.when(low == high).then(low)
    return rows.with_columns(**columns)


def space_of(fields: Sequence[Field]) -> Space:
    """The space that a question over these fields spans."""
    return Space([field.dimension for field in fields])


def counted(
    rows: pl.DataFrame,
    fields: Sequence[Field],
    release: int,
    *,
    person: str | None = None,
    first: str | None = None,
) -> pl.DataFrame:
    """The true counts of every leaf: one column a dimension, `release`, `count`, as `Space.truth` takes.

    Without `person` rows are counted: acts. With the column `person`, distinct persons. Somebody with acts in
    several leaves would stand in each of them and once in their total, and cells would not add up: counted
    with the earliest act by the column `first` (nulls last, ties in the order of the leaves), else refused
    with `disclosure.several_cells`. Raises as `Field.leaf`, `disclosure.no_person`.
    """
    names = [field.name for field in fields]
    placed = pl.DataFrame([field.leaf(rows) for field in fields])
    if person is not None:
        if blank := rows[person].null_count():
            raise AmparoError("disclosure.no_person", column=person, rows=blank)
        placed = placed.with_columns(rows[person].alias(_PERSON))
        if first is None:
            placed = placed.unique()
            _one_leaf_each(placed, names)
        else:
            order = [
                pl.col(name).cast(pl.Enum(list(f.dimension.leaves)))
                for name, f in zip(names, fields, strict=True)
            ]
            placed = placed.with_columns(rows[first].alias(_FIRST)).sort(_FIRST, *order, nulls_last=True)
            placed = placed.unique(_PERSON, keep="first", maintain_order=True)
    counts = placed.group_by(names).agg(pl.len().cast(pl.Int64).alias("count"))
    every = pl.DataFrame({names[0]: list(fields[0].dimension.leaves)})
    for field in fields[1:]:
        every = every.join(pl.DataFrame({field.name: list(field.dimension.leaves)}), how="cross")
    return every.join(counts, on=names, how="left", maintain_order="left").select(
        *names, pl.lit(release, pl.Int64).alias(RELEASE), pl.col("count").fill_null(0)
    )


def _one_leaf_each(placed: pl.DataFrame, names: list[str]) -> None:
    """Raise `disclosure.several_cells` where a person stands in more than one leaf."""
    leaves = placed.group_by(_PERSON).agg(pl.col(names).n_unique(), pl.len())
    several = leaves.filter(pl.col("len") > 1)
    if several.height:
        dimensions = [name for name in names if several[name].max() != 1]
        raise Refusal("disclosure.several_cells", persons=several.height, dimensions=dimensions)


def fallen(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """The leaves that count fewer in a later release than in an earlier one, with `before` and `count`.

    Where there are any (persons withdrew, a place became known, a date was corrected), the ledger must say so
    with `ledger.withdrawn` before the later release is protected.
    """
    names = [name for name in before.columns if name not in {RELEASE, "count"}]
    earlier = before.select(*names, pl.col("count").alias("before"))
    return after.join(earlier, on=names).filter(pl.col("count") < pl.col("before"))
