"""Capture histories: which lists hold how many people, read from tables or linked persons, and checked."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from amparo.errors import AmparoError, Issue, Refusal
from amparo.estimation import existence

UNKNOWN = "unknown"  # the stratum of persons whose stratum is not known
HEADER = 2  # a table's first row of data is row 2 of its file
MOST_PROGRAMMED = 8  # lists up to which the linear programme looks at all their cells


@dataclass(frozen=True, eq=False)
class Histories:
    """How many people of one stratum stand on exactly which lists."""

    lists: tuple[str, ...]
    patterns: NDArray[np.uint8]  # (M, J) distinct 0/1 rows, none all zero, in ascending order
    counts: NDArray[np.int64]  # (M,) people per pattern, all positive
    stratum: dict[str, str] = field(default_factory=dict)  # {} for the whole population
    absent: tuple[str, ...] = ()  # lists of the population that hold nobody of this stratum

    @property
    def observed(self) -> int:
        """People on at least one list."""
        return int(self.counts.sum())

    @property
    def shared(self) -> int:
        """People on two or more lists."""
        return int(self.counts[self.patterns.sum(axis=1) >= 2].sum())

    def overlaps(self) -> dict[tuple[str, ...], int]:
        """People who stand on exactly these lists."""
        return {
            tuple(name for name, held in zip(self.lists, row, strict=True) if held): int(count)
            for row, count in zip(self.patterns, self.counts, strict=True)
        }

    def sizes(self) -> dict[str, int]:
        """People per list."""
        return dict(zip(self.lists, (self.counts @ self.patterns).tolist(), strict=True))

    def digest(self) -> str:
        """SHA-256 of lists, people per pattern and stratum, whatever the order of lists and rows."""
        overlaps = sorted((sorted(held), people) for held, people in self.overlaps().items())
        said = [sorted(self.lists), overlaps, sorted(self.stratum.items())]
        return hashlib.sha256(msgspec.json.encode(said)).hexdigest()

    def keep(self, lists: Sequence[str]) -> Histories:
        """The people of these lists alone: who is on none of them is unseen.

        Raises `estimation.unknown_list`.
        """
        for name in lists:
            if name not in self.lists:
                raise AmparoError("estimation.unknown_list", list=name, known=list(self.lists))
        kept = [name for name in self.lists if name in set(lists)]
        held = self.patterns[:, [self.lists.index(name) for name in kept]]
        seen = held.any(axis=1)
        return add_up(tuple(kept), held[seen], self.counts[seen], self.stratum)

    def drop(self, lists: Sequence[str]) -> Histories:
        """The people of the other lists. Raises `estimation.unknown_list`."""
        self.keep(lists)  # names them all
        return self.keep([name for name in self.lists if name not in set(lists)])

    def to_frame(self) -> pl.DataFrame:
        """Stratum columns, a 0/1 column per list and `count`: what `from_table` reads, and R packages."""
        held = {name: self.patterns[:, j] for j, name in enumerate(self.lists)}
        stratum = [pl.lit(value).alias(name) for name, value in self.stratum.items()]
        return pl.DataFrame(held).select(*stratum, pl.all(), count=pl.lit(pl.Series(self.counts)))

    def to_parquet(self) -> bytes:
        """`to_frame` as a Parquet file, for R and others."""
        content = BytesIO()
        self.to_frame().write_parquet(content)
        return content.getvalue()

    def check(self) -> None:
        """Raise the first `Refusal` that keeps every estimator from an honest answer.

        `estimation.few_lists`, `estimation.nobody`, `estimation.list_empty`, `estimation.list_complete`,
        `estimation.lists_identical`, `estimation.list_without_overlap`, `estimation.lists_disconnected`.
        With these passed the independence model has a finite estimate: its sufficient statistics lie inside
        the cone of the observable cells (Fienberg and Rinaldo 2012, Annals of Statistics 40:996), whose faces
        are an empty list, a list of everybody, and no person on two lists.
        """
        if len(self.lists) < 3:
            raise Refusal("estimation.few_lists", lists=len(self.lists))
        if not self.observed:
            raise Refusal("estimation.nobody")
        for name, size in self.sizes().items():
            if size == 0:
                raise Refusal("estimation.list_empty", list=name)
            if size == self.observed:
                raise Refusal("estimation.list_complete", list=name)
        held = self.patterns.astype(np.int64)
        both = held.T @ (held * self.counts[:, None])
        for j, name in enumerate(self.lists):
            for i in range(j):
                if both[i, i] == both[j, j] == both[i, j]:
                    raise Refusal("estimation.lists_identical", first=self.lists[i], second=name)
            if both[j].sum() == both[j, j]:
                raise Refusal("estimation.list_without_overlap", list=name)
        reached = {0}
        while grown := {int(j) for i in reached for j in np.flatnonzero(both[i])} - reached:
            reached |= grown
        if len(reached) < len(self.lists):
            here = ", ".join(self.lists[j] for j in sorted(reached))
            there = ", ".join(name for j, name in enumerate(self.lists) if j not in reached)
            raise Refusal("estimation.lists_disconnected", first=here, second=there)

    def concerns(self) -> list[Issue]:
        """What a table that passes `check` is too thin for, before any estimate of it.

        `estimation.pairs_empty`; `estimation.pairs_not_estimable` where the linear programme of Fienberg and
        Rinaldo (see `existence`) finds no estimate with every pair of lists dependent, or the design of the
        cells that are left has not full rank. Not asked of more than MOST_PROGRAMMED lists.
        """
        return list(existence.sparse(self)) if len(self.lists) <= MOST_PROGRAMMED else []


@cache
def identified_classes(lists: int) -> int:
    """The most latent classes a table of so many lists can tell apart, by the rank of the observable cells.

    The cells of people on at least one list are functions of K - 1 weights and K rates per list; where their
    Jacobian has full rank at points drawn at random, classes and the unseen are locally identified (Goodman
    1974, Biometrika 61:215). Counting parameters promises more: four lists have room for three classes and
    tell two apart. Beyond six lists the answer is that of six, a lower bound.
    """
    lists = min(lists, 6)
    rng = np.random.default_rng(lists)
    patterns = (np.arange(1, 2**lists)[:, None] >> np.arange(lists)) & 1
    classes = 1
    while lists > 1 and _rank(patterns, classes + 1, rng) == (classes + 1) * (lists + 1) - 1:
        classes += 1
    return classes


def _rank(patterns: NDArray[np.int64], classes: int, rng: np.random.Generator) -> int:
    """Rank of the Jacobian of log cell probabilities by weights and logit rates at a random point."""
    weights = rng.dirichlet(np.full(classes, 3.0))
    rates = rng.uniform(0.1, 0.9, (patterns.shape[1], classes))
    within = np.prod(np.where(patterns[:, :, None] == 1, rates, 1 - rates), axis=1)  # (cells, K)
    by_rate = (weights * within)[:, None, :] * (patterns[:, :, None] - rates)
    jacobian = np.hstack([within[:, :-1] - within[:, -1:], by_rate.reshape(len(patterns), -1)])
    cells = within @ weights
    seen = jacobian - cells[:, None] / cells.sum() * jacobian.sum(axis=0)  # given that a list holds them
    return int(np.linalg.matrix_rank(seen / cells[:, None], tol=1e-7 * np.sqrt(len(cells))))


def from_table(table: Any, *, file: str = "") -> Histories:
    """Capture histories from a 0/1 column per list and `count`; without `count` each row is one person.

    `table` is a Polars or pandas frame, or a NumPy array (rows, lists), whose lists are then called `list 1`
    and so on. `file` names the table in errors. Raises `AmparoError` `estimation.table_empty`,
    `estimation.table_lists`, `estimation.table_cell`, `estimation.table_count`, `estimation.table_unseen`.
    """
    frame = _frame(table)
    lists = tuple(name for name in frame.columns if name != "count")
    if frame.is_empty():
        raise AmparoError("estimation.table_empty", file=file)
    if not lists:
        raise AmparoError("estimation.table_lists", file=file)
    held = np.empty((frame.height, len(lists)), np.uint8)
    for j, name in enumerate(lists):
        held[:, j] = _whole(frame[name], file, "estimation.table_cell", largest=1)
    counts = np.ones(frame.height, np.int64)
    if "count" in frame.columns:
        counts = _whole(frame["count"], file, "estimation.table_count", largest=2**53)
    for row in np.flatnonzero((held.sum(axis=1) == 0) & (counts > 0)).tolist():
        raise AmparoError("estimation.table_unseen", file=file, row=row + HEADER)
    return add_up(lists, held, counts, {})


def strata_from_table(table: Any, by: Sequence[str], *, file: str = "") -> list[Histories]:
    """Capture histories per stratum of a table in which the columns `by` hold the stratum.

    Strata in ascending order; an empty cell is the stratum `unknown`. Lists that hold nobody of a stratum are
    left out of it and named in `absent`. Raises as `from_table`, and `estimation.table_stratum` for a missing
    column.
    """
    frame = _frame(table)
    for name in by:
        if name not in frame.columns:
            raise AmparoError("estimation.table_stratum", file=file, column=name)
    whole = from_table(frame.drop(by), file=file)  # checks every cell, with the rows of the file
    labels = frame.select(pl.col(by).cast(pl.String).fill_null(UNKNOWN))
    rows = frame.drop(by).with_columns(labels)
    return [
        _present(
            from_table(group.drop(by), file=file), whole.lists, dict(zip(by, map(str, key), strict=True))
        )
        for key, group in sorted(rows.group_by(by), key=lambda pair: tuple(map(str, pair[0])))
    ]


def from_persons(table: Any, by: Sequence[str] = ()) -> list[Histories]:
    """Capture histories per stratum from one row per person and list: `person`, `list` and the columns `by`.

    A person's stratum is the one known value of its rows; with none, or with two that differ, it is
    `unknown`: such persons form strata of their own and are never dropped. Repeated rows count once. Strata
    come in ascending order; with no `by` there is one, the whole population. Lists that hold nobody of a
    stratum are left out of it and named in `absent`.
    """
    frame = _frame(table)
    lists = tuple(sorted(frame["list"].unique().to_list()))
    single = [
        pl.when(pl.col(name).drop_nulls().n_unique() == 1)
        .then(pl.col(name).drop_nulls().first().cast(pl.String))
        .otherwise(pl.lit(UNKNOWN))
        .alias(name)
        for name in by
    ]
    held = [(pl.col("list") == name).any().cast(pl.UInt8).alias(f"list {j}") for j, name in enumerate(lists)]
    persons = frame.group_by("person").agg(*single, *held)
    groups = sorted(persons.group_by(by)) if by else [((), persons)]
    columns = [f"list {j}" for j in range(len(lists))]
    return [
        _present(
            add_up(lists, group.select(columns).to_numpy(), np.ones(group.height, np.int64), {}),
            lists,
            dict(zip(by, map(str, key), strict=True)),
        )
        for key, group in groups
    ]


def _frame(table: Any) -> pl.DataFrame:
    """A Polars frame of what a caller may hold; pandas is recognised by its shape, not imported."""
    if isinstance(table, pl.DataFrame):
        return table
    if isinstance(table, np.ndarray):
        return pl.DataFrame({f"list {j + 1}": column for j, column in enumerate(np.atleast_2d(table).T)})
    return pl.DataFrame({str(name): table[name].to_numpy() for name in table.columns}, strict=False)


def add_up(
    lists: tuple[str, ...], held: NDArray[Any], counts: NDArray[np.int64], stratum: dict[str, str]
) -> Histories:
    """Add up equal rows; rows that count nobody vanish."""
    kept = counts > 0
    patterns, place = np.unique(held[kept].astype(np.uint8), axis=0, return_inverse=True)
    people = np.zeros(len(patterns), np.int64)
    np.add.at(people, place.reshape(-1), counts[kept])
    return Histories(lists, patterns, people, stratum)


def _present(histories: Histories, lists: tuple[str, ...], stratum: dict[str, str]) -> Histories:
    """The same people without the lists that hold none of them."""
    used: list[bool] = (histories.patterns.sum(axis=0) > 0).tolist()
    return Histories(
        tuple(name for name, use in zip(lists, used, strict=True) if use),
        np.ascontiguousarray(histories.patterns[:, used]),
        histories.counts,
        stratum,
        tuple(name for name, use in zip(lists, used, strict=True) if not use),
    )


def _whole(column: pl.Series, file: str, code: str, *, largest: int) -> NDArray[np.int64]:
    """The column as whole numbers 0..largest; else an error that names the first cell that is not one."""
    numbers = column.cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False)
    fits = (numbers.floor() == numbers) & numbers.is_between(0, largest)
    wrong = fits.fill_null(value=False).not_().arg_true()
    if len(wrong):
        row = int(wrong[0])
        cell = column[row]
        facts = {"file": file, "row": row + HEADER, "value": "" if cell is None else str(cell)}
        raise AmparoError(
            code, **facts, **({"column": column.name} if code == "estimation.table_cell" else {})
        )
    return numbers.cast(pl.Int64).to_numpy()
