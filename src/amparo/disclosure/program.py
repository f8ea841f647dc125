"""The programmes behind protection and attack: everything that was published as linear rows, solved by HiGHS.

Unknowns are the leaves of the space at every release, whole numbers of at least zero, that do not fall from
one release to the next unless persons were withdrawn. The linear relaxation is kept warm and only its
objective changes; an integer solve follows where its vertex is not whole.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np
import polars as pl
from numpy.typing import NDArray

from amparo.disclosure.ledger import check
from amparo.disclosure.space import Cell, Space

EPS = 1e-6
DUAL, PRIMAL = 1, 4  # HiGHS' simplex: with another bound or objective the last vertex still serves
SLACK = 1_000  # how far counts without any published upper end may go beyond the largest published number
Vector = NDArray[np.float64]


@dataclass
class Rows:
    """Linear rows `low <= values . columns <= high`, each with the ledger row it comes from (-1: a law)."""

    columns: list[NDArray[np.intp]] = field(default_factory=list)
    values: list[Vector] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    origin: list[int] = field(default_factory=list)

    def add(
        self, columns: NDArray[np.intp], values: Vector, low: float, high: float, origin: int = -1
    ) -> None:
        """One row more."""
        self.columns.append(columns)
        self.values.append(values)
        self.low.append(low)
        self.high.append(high)
        self.origin.append(origin)


class World:
    """All histories of the register that agree with a ledger.

    Column `t * space.size + leaf` is the count of a leaf at the t-th release of `releases`. Statements of a
    `table` can be taken back: each is one or two rows of its own, named in `switches`, and its origin is its
    place after the ledger's rows.
    """

    def __init__(self, space: Space, ledger: pl.DataFrame, table: pl.DataFrame | None = None) -> None:
        """Turn statements into bounds and rows. Raises `disclosure.unknown_node`, `frame.columns`."""
        statements = ledger if table is None else pl.concat([ledger, table])
        check(statements)
        self.space = space
        self.releases = sorted(set(statements["release"].to_list()))
        self.size = len(self.releases) * space.size
        self.largest = largest(ledger)
        self.low = np.zeros(self.size)
        self.high = np.full(self.size, np.inf)
        self.bound_by = np.full(self.size, -1)  # the ledger row that fixes a column
        self.rows = Rows()
        self.switches: list[list[int]] = []  # statement of the table -> its rows
        self.exact: dict[tuple[int, Cell], tuple[int, int]] = {}  # (t, cell) -> count, ledger row
        self._read(statements, ledger.height)
        self.unbounded = np.flatnonzero(np.isinf(self.high))
        self.high[self.unbounded] = SLACK + 2 * largest(statements)

    def _read(self, statements: pl.DataFrame, fixed: int) -> None:
        at = {release: t for t, release in enumerate(self.releases)}
        falls: set[int] = set()
        for origin, row in enumerate(statements.iter_rows(named=True)):
            t, before = at[row["release"]], len(self.rows.low)
            if row["kind"] == "withdrawn":
                falls.add(t)
            else:
                self._state(t, row, origin, switchable=origin >= fixed)
            if origin >= fixed:
                self.switches.append(list(range(before, len(self.rows.low))))
        leaves = self.space.size
        for t in range(1, len(self.releases)):
            if t in falls:
                continue
            for now in range(t * leaves, (t + 1) * leaves):
                if self.high[now - leaves] > self.low[now]:
                    self.rows.add(np.array([now, now - leaves]), np.array([1.0, -1.0]), 0.0, np.inf)

    def _state(self, t: int, row: dict[str, Any], origin: int, switchable: bool) -> None:
        cell = tuple(row["cell"])
        columns = self.columns(t, cell)
        low, high = row["low"], np.inf if row["high"] is None else row["high"]
        if row["of"] is not None:
            self._ratio(columns, self.columns(t, tuple(row["of"])), low, high, origin)
            return
        low, high = np.ceil(low - EPS), np.floor(high + EPS)
        if low == high and not switchable:
            self.exact.setdefault((t, cell), (int(low), origin))
        if len(columns) > 1 or switchable:
            self.rows.add(columns, np.ones(len(columns)), low, high, origin)
            return
        column = columns[0]
        if low > self.low[column] or high < self.high[column]:
            self.bound_by[column] = origin
        self.low[column] = max(self.low[column], low)
        self.high[column] = min(self.high[column], high)

    def _ratio(
        self, over: NDArray[np.intp], under: NDArray[np.intp], low: float, high: float, origin: int
    ) -> None:
        """`low <= over / under <= high` as two rows: over - low * under >= 0 >= over - high * under."""
        columns = np.union1d(over, under)
        for factor, ends in ((low, (-EPS, np.inf)), (high, (-np.inf, EPS))):
            if np.isfinite(factor):
                values = np.isin(columns, over).astype(float) - factor * np.isin(columns, under).astype(float)
                self.rows.add(columns, values, *ends, origin)

    def columns(self, t: int, cell: Sequence[str]) -> NDArray[np.intp]:
        """The columns that a cell adds up at the t-th release."""
        return self.space.below(tuple(cell)) + t * self.space.size


class Program:
    """A linear and an integer programme over the same columns and rows."""

    def __init__(self, low: Vector, high: Vector, rows: Rows, whole: int) -> None:
        """Load both; the first `whole` columns are whole numbers."""
        self.size = len(low)
        self.whole = whole
        self.low, self.high = low.copy(), high.copy()
        self.height = len(rows.low)
        self._linear = _load(low, high, rows)
        self._integer = _load(low, high, rows)
        self._linear.setOptionValue("presolve", "off")
        self._linear.setOptionValue("solver", "simplex")
        self._linear.setOptionValue("simplex_strategy", PRIMAL)
        kinds = np.full(whole, int(highspy.HighsVarType.kInteger), dtype=np.uint8)
        self._integer.changeColsIntegrality(whole, np.arange(whole, dtype=np.int32), kinds)

    def bounds(self, columns: NDArray[np.intp], low: Vector, high: Vector) -> None:
        """Change the bounds of some columns."""
        self.low[columns], self.high[columns] = low, high
        for solver in (self._linear, self._integer):
            solver.changeColsBounds(len(columns), columns.astype(np.int32), low, high)

    def ends(self, rows: NDArray[np.intp], low: Vector, high: Vector) -> None:
        """Change the ends of some rows."""
        for solver in (self._linear, self._integer):
            for row, least, most in zip(rows.tolist(), low.tolist(), high.tolist(), strict=True):
                solver.changeRowBounds(row, least, most)

    def linear(self, cost: Vector) -> Vector | None:
        """The columns at the least cost of the relaxation; None where nothing is feasible."""
        return _solve(self._linear, cost)

    def shadow(self) -> tuple[Vector, Vector]:
        """Dual values of the columns and rows of the last relaxation."""
        solution = self._linear.getSolution()
        return np.array(solution.col_dual), np.array(solution.row_dual)

    def is_whole(self, columns: Vector) -> bool:
        """Whether a solution of the relaxation solves the integer programme."""
        whole = columns[: self.whole]
        return bool(np.abs(whole - np.round(whole)).max(initial=0.0) < EPS)

    def integer(self, cost: Vector) -> Vector | None:
        """Whole columns at the least cost; None where nothing is feasible."""
        return _solve(self._integer, cost)

    def near(self, cost: Vector) -> Vector | None:
        """Whole columns near the least cost: the closest to whole are fixed until all are; None if stuck."""
        found = self.linear(cost)
        if found is None or self.is_whole(found):
            return found
        fixed: list[NDArray[np.int32]] = []
        self._linear.setOptionValue("simplex_strategy", DUAL)
        while found is not None and not self.is_whole(found):
            far = np.abs(found[: self.whole] - np.round(found[: self.whole]))
            broken = np.flatnonzero(far > EPS)
            some = broken[np.argsort(far[broken], kind="stable")[: 1 + len(broken) // 4]].astype(np.int32)
            values = np.round(found[some])
            self._linear.changeColsBounds(len(some), some, values, values)
            fixed.append(some)
            found = self.linear(cost)
        used = np.concatenate(fixed)
        self._linear.changeColsBounds(len(used), used, self.low[used], self.high[used])
        self._linear.setOptionValue("simplex_strategy", PRIMAL)
        return found

    def any(self) -> Vector | None:
        """Whole columns at any cost; None where nothing is feasible."""
        nothing = np.zeros(self.size)
        found = self.near(nothing)
        return self.integer(nothing) if found is None else found

    @contextmanager
    def where(self, form: Vector, low: float, high: float) -> Generator[None]:
        """Both programmes with one row more, for as long as the block lasts."""
        used = np.flatnonzero(form).astype(np.int32)
        for solver in (self._linear, self._integer):
            solver.addRow(low, high, len(used), used, form[used])
        try:
            yield
        finally:
            for solver in (self._linear, self._integer):
                solver.deleteRows(1, np.array([self.height], dtype=np.int32))


def largest(statements: pl.DataFrame) -> float:
    """The largest number printed for a count."""
    counts = statements.filter(pl.col("of").is_null()).select(pl.max_horizontal("low", "high")).to_series()
    return max(counts.to_list(), default=0.0)


class _Solver(highspy.Highs):
    """HiGHS that does not greet on standard output: it does so when its callbacks start."""

    def enableCallbacks(self) -> None:  # noqa: N802  (the library's name)
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()


def _load(low: Vector, high: Vector, rows: Rows) -> highspy.Highs:
    solver = _Solver()
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("mip_abs_gap", 1e-6)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(low), len(rows.low)
    model.col_cost_ = np.zeros(len(low))
    model.col_lower_, model.col_upper_ = low, high
    model.row_lower_, model.row_upper_ = np.array(rows.low), np.array(rows.high)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lengths = [len(columns) for columns in rows.columns]
    model.a_matrix_.start_ = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int32)
    model.a_matrix_.index_ = np.concatenate([np.empty(0, int), *rows.columns]).astype(np.int32)
    model.a_matrix_.value_ = np.concatenate([np.empty(0), *rows.values])
    solver.passModel(model)
    return solver


def _solve(solver: highspy.Highs, cost: Vector) -> Vector | None:
    solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
    solver.run()
    status = solver.getModelStatus()
    limited = status == highspy.HighsModelStatus.kSolutionLimit
    feasible = solver.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    if status != highspy.HighsModelStatus.kOptimal and not (limited and feasible):
        return None
    return np.array(solver.getSolution().col_value)
