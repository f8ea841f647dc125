"""Shares, rates, chart marks, map classes and estimates beside a protected table: which may be printed.

A figure of counts that are shown tells nothing new. Any other is printed only if every number that could
stand in its place is harmless, by the attack on everything published with it. The decision follows from
published numbers alone, so a refusal tells nothing either (simulatable auditing: Kenthapadi, Mishra and
Nissim 2005, PODS, section 3; Nabar and others 2006, VLDB).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, inf
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amparo.disclosure.attack import attack
from amparo.disclosure.ledger import append, empty, exactly, statement
from amparo.disclosure.program import EPS, Program, World
from amparo.disclosure.rules import Rules
from amparo.disclosure.space import RELEASE, Cell, Space, named
from amparo.errors import AmparoError, Issue, Refusal
from amparo.records import Schema

FIGURES: Schema = {
    "release": pl.Int64,
    "cell": pl.List(pl.String),
    "of": pl.List(pl.String),  # the whole of a share, else null
    "kind": pl.String,  # as in the ledger
    "value": pl.Float64,  # as printed; of a class its number, from 0; null where not printed
    "low": pl.Float64,  # of an estimate its interval; else the counts that are printed alike
    "high": pl.Float64,  # null: no upper end, or not printed
    "code": pl.String,  # null where printed, else why not
}
MOST = 250  # numbers that could stand in a figure's place; with more, not all are tried
STEP = 0.1  # persons: digits finer than this are left out


@dataclass(frozen=True)
class Grid:
    """Numbers rounded to the nearest step, ties up: `width` in persons, `unit` as printed."""

    kind: str
    width: float
    unit: float

    def place(self, count: int) -> tuple[float, float, float]:
        """The printed value of a count, and the first and last count that are printed alike."""
        step = floor(count / self.width + 0.5)
        step += (count >= self._first(step + 1)) - (count < self._first(step))  # where division was inexact
        return round(step * self.unit, 9), max(0.0, self._first(step)), self._first(step + 1) - 1.0

    def _first(self, step: int) -> int:
        return ceil((step - 0.5) * self.width - EPS)


@dataclass(frozen=True)
class Classes:
    """The classes of a map. `breaks`: the least count of each class but the first, ascending."""

    breaks: tuple[int, ...]
    kind: str = "class"
    width: float = 1.0

    def place(self, count: int) -> tuple[float, float, float]:
        """The number of the class, and its first and last count."""
        at = bisect_right(self.breaks, count)
        ends = (0, *self.breaks, inf)
        return float(at), float(ends[at]), ends[at + 1] - 1.0


Scales = tuple[Grid | Classes, ...]  # finest first


@dataclass(frozen=True)
class Estimate:
    """An estimate with its interval, of all persons of a cell, documented or not."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Asked:
    """A figure of a cell, or of its share in the cell `of`, on the first of `scales` that may be used."""

    cell: Cell
    scales: Scales | Estimate
    of: Cell | None = None


@dataclass(frozen=True)
class Figures:
    """What of the figures asked for may be printed."""

    figures: pl.DataFrame  # as FIGURES, one row each, in the order asked
    statements: pl.DataFrame  # as LEDGER: publish them with the table
    refused: tuple[Issue, ...]  # why the others are not printed


def percent(*decimals: int) -> Scales:
    """Shares with so many digits after the point (0.12 has two), finest first; default 3, 2 or 1."""
    return rate(1, *(decimals or (3, 2, 1)), per=1)


def rate(population: int, *decimals: int, per: int = 100_000) -> Scales:
    """Persons per 100,000 of a public denominator; default one digit after the point or none.

    Raises `disclosure.denominator`.
    """
    if population <= 0:
        raise AmparoError("disclosure.denominator", population=population)
    units = [10.0**-digits for digits in decimals or (1, 0)]
    return tuple(Grid("share", unit * population / per, unit) for unit in units)


def number(base: int = 1) -> Scales:
    """A number in a title or a paragraph, as it is or rounded to a multiple of `base`."""
    return (Grid("text", base, base),)


def marks(persons_a_pixel: float) -> Scales:
    """Bars, points and lines: a reader reads their length to the pixel."""
    return (Grid("chart", persons_a_pixel, persons_a_pixel),)


def classes(*breaks: int) -> Scales:
    """The classes of a map: `classes(1, 5, 20)` are none, 1 to 4, 5 to 19, and 20 or more."""
    return (Classes(tuple(sorted(breaks))),)


def figures(
    asked: Sequence[Asked],
    table: pl.DataFrame,
    ledger: pl.DataFrame,
    space: Space,
    rules: Rules | None = None,
    *,
    release: int,
    truth: pl.DataFrame | None = None,
    knowledge: pl.DataFrame | None = None,
    source: str = "figures",
) -> Figures:
    """Decide on figures of a release, one after the other, each in the knowledge of those before it.

    `table`: the statements to be published with them, as `Protected.table`. `truth` as for `protect`: without
    it only figures of shown counts are printed. Not printed: `disclosure.figure_tells`, `disclosure.nobody`
    (a share of nobody), `disclosure.estimate_withheld` (its documented count is not shown). Raises
    `disclosure.not_a_part`, `disclosure.unknown_node`, `frame.columns`, `disclosure.order`.
    """
    counts = None if truth is None else space.truth(truth)[release]
    desk = _Desk(append(ledger, table), knowledge, space, rules or Rules(), release=release, source=source)
    rows, refused = [], []
    for figure in asked:
        if isinstance(figure.scales, Estimate):
            found = desk.estimate(figure.cell, figure.scales)
        elif figure.of is None:
            found = desk.count(figure.cell, figure.scales, counts)
        else:
            found = desk.share(figure.cell, figure.of, figure.scales, counts)
        of = None if figure.of is None else list(figure.of)
        rows.append((release, list(figure.cell), of, *found))
        if found.code is not None:
            refused.append(Issue(found.code, {"cell": named(figure.cell)}))
    return Figures(pl.DataFrame(rows, schema=FIGURES, orient="row"), desk.said, tuple(refused))


class _Decision(NamedTuple):
    """The last columns of FIGURES."""

    kind: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    code: str | None = None


class _Desk:
    """What is published so far, and the decision on one figure more."""

    def __init__(
        self,
        published: pl.DataFrame,
        knowledge: pl.DataFrame | None,
        space: Space,
        rules: Rules,
        *,
        release: int,
        source: str,
    ) -> None:
        self.published, self.knowledge = published, knowledge
        self.space, self.rules = space, rules
        self.release, self.source = release, source
        self.said = empty()
        exact = published.filter(
            (pl.col(RELEASE) == release) & pl.col("of").is_null() & (pl.col("low") == pl.col("high"))
        )
        self.shown = {tuple(row["cell"]): int(row["low"]) for row in exact.iter_rows(named=True)}

    def estimate(self, cell: Cell, estimate: Estimate) -> _Decision:
        """An estimate goes with its documented count. No other number it could be can be listed."""
        if cell not in self.shown:
            return _Decision("estimate", code="disclosure.estimate_withheld")
        self._say(exactly(self.release, cell, self.shown[cell], kind="estimate", source=self.source))
        return _Decision("estimate", estimate.value, estimate.low, estimate.high)

    def count(self, cell: Cell, scales: Scales, counts: NDArray[np.int64] | None) -> _Decision:
        """A share, a rate, a mark or a class of one cell."""
        if cell in self.shown:
            number = self.shown[cell]
            # The finest scale whose step is not much finer than one person.
            scale = next((scale for scale in scales if scale.width >= STEP), scales[-1])
        elif counts is not None and (found := self._harmless(cell, scales)):
            number, scale = int(counts[self.space.below(cell)].sum()), found
        else:
            return _Decision(scales[0].kind, code="disclosure.figure_tells")
        value, low, high = scale.place(number)
        self._say(statement(self.release, cell, low, high, kind=scale.kind, source=self.source))
        return _Decision(scale.kind, value, low, None if high == inf else high)

    def share(self, cell: Cell, of: Cell, scales: Scales, counts: NDArray[np.int64] | None) -> _Decision:
        """The share of a cell in a wider one that is shown: a rate of so many persons."""
        if not set(self.space.below(cell)) <= set(self.space.below(of)):
            raise AmparoError("disclosure.not_a_part", cell=named(cell), of=named(of))
        if of not in self.shown:
            return _Decision("share", code="disclosure.figure_tells")
        whole = self.shown[of]
        if whole == 0:
            return _Decision("share", code="disclosure.nobody")
        return self.count(cell, tuple(replace(scale, width=scale.width * whole) for scale in scales), counts)

    def _harmless(self, cell: Cell, scales: Scales) -> Grid | Classes | None:
        """The first scale on which no number that could be printed gives anything away."""
        least, most = self._range(cell)
        for scale in scales:
            places = {scale.place(count)[1:] for count in range(least, most + 1)}
            if len(places) <= MOST and all(self._safe(cell, scale.kind, *ends) for ends in sorted(places)):
                return scale
        return None

    def _safe(self, cell: Cell, kind: str, low: float, high: float) -> bool:
        """Whether the attack finds nothing if this is said too, or it could not have been said."""
        said = append(self.said, statement(self.release, cell, low, high, kind=kind, source=self.source))
        try:
            return attack(said, self.published, self.space, self.rules, knowledge=self.knowledge).safe
        except Refusal as refusal:
            return refusal.code == "disclosure.contradiction"

    def _range(self, cell: Cell) -> tuple[int, int]:
        """Within what a reader knows the count of a cell to lie so far."""
        known = [self.published, self.said, empty() if self.knowledge is None else self.knowledge]
        here = statement(self.release, cell, 0)
        world = World(self.space, pl.concat([*known, here]))
        program = Program(world.low, world.high, world.rows, world.size)
        form = np.zeros(world.size)
        form[world.columns(world.releases.index(self.release), cell)] = 1.0
        least, most = program.linear(form), program.linear(-form)
        if least is None or most is None:
            raise Refusal("disclosure.contradiction", releases=world.releases)
        return ceil(form @ least - EPS), floor(form @ most + EPS)

    def _say(self, words: pl.DataFrame) -> None:
        self.said = append(self.said, words)
