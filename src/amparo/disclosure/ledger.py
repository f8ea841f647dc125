"""The ledger: every number that was ever published, one statement a row, append-only.

A statement says that a count lies in an interval, or, with `of`, that the ratio of two counts does. A count
is one of a release (its `cell`), so a table, a percentage, a bar of a chart, a class of a map, the documented
persons under an estimate, a number in a title, a total published by others and what an insider knows of one
record are all rows of the same shape.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf, isfinite

import polars as pl

from amparo.disclosure.space import Cell
from amparo.errors import AmparoError
from amparo.records import Schema

LEDGER: Schema = {
    "release": pl.Int64,  # to which state of the register the number belongs
    "source": pl.String,  # where it stands: a table, a chart, a title; or who else knows it
    "kind": pl.String,
    "cell": pl.List(pl.String),
    "of": pl.List(pl.String),  # the denominator of a ratio, else null
    "low": pl.Float64,
    "high": pl.Float64,  # null: no upper end
}
KINDS = (
    "count",  # a cell of a table, low = high
    "share",  # a percentage or a rate of a public denominator
    "rounded",  # a rounded count
    "chart",  # a value read from the length of a mark
    "class",  # a class of a map
    "estimate",  # documented persons or lower bound printed with an estimate
    "text",  # a number in a title or a paragraph, as it is or rounded
    "public",  # published by others
    "insider",  # one record or more known to the reader
    "withdrawn",  # since the release before persons left the register or a leaf of it: counts may fall
)


def empty() -> pl.DataFrame:
    """A ledger before the first release."""
    return pl.DataFrame(schema=LEDGER)


def statement(
    release: int,
    cell: Cell,
    low: float,
    high: float | None = inf,
    *,
    kind: str = "count",
    source: str = "table",
    of: Cell | None = None,
) -> pl.DataFrame:
    """One row: the count of `cell` (or its ratio to `of`) lies in [low, high].

    Raises `disclosure.unknown_kind`, `disclosure.bad_interval`.
    """
    _sound(kind, low, high)
    row = {
        "release": release,
        "source": source,
        "kind": kind,
        "cell": list(cell),
        "of": None if of is None else list(of),
        "low": float(low),
        "high": None if high in (None, inf) else float(high),
    }
    return pl.DataFrame([row], schema=LEDGER)


def exactly(
    release: int, cell: Cell, count: int, *, kind: str = "count", source: str = "table"
) -> pl.DataFrame:
    """A number published as it is."""
    return statement(release, cell, count, count, kind=kind, source=source)


def share(
    release: int, cell: Cell, of: Cell, value: float, decimals: int, *, source: str = "table"
) -> pl.DataFrame:
    """A ratio printed with `decimals` digits: 12 % is 0.12 with two. Half a digit either way is possible."""
    half = 0.5 * 10.0**-decimals
    return statement(release, cell, max(0.0, value - half), value + half, kind="share", source=source, of=of)


def rounded(release: int, cell: Cell, value: int, base: int, *, source: str = "table") -> pl.DataFrame:
    """A count rounded to the nearest multiple of `base`, ties either way."""
    return statement(
        release, cell, max(0, value - base // 2), value + base // 2, kind="rounded", source=source
    )


def withdrawn(release: int, dimensions: int) -> pl.DataFrame:
    """Persons left the register, or moved within it, between the release before and this one.

    Every count may fall at this step. A reader who knows which could not knows more than the attack.
    """
    return statement(release, ("*",) * dimensions, 0, kind="withdrawn", source="register")


def append(ledger: pl.DataFrame, rows: Iterable[pl.DataFrame] | pl.DataFrame) -> pl.DataFrame:
    """The ledger with further rows at its end; no row is changed. Raises as `check`, `disclosure.order`.

    A release may be added to (another table of the same state) or come after the last one; a state between
    two published ones cannot be published any more.
    """
    added = rows if isinstance(rows, pl.DataFrame) else pl.concat([empty(), *rows])
    check(ledger)
    check(added)
    known = set(ledger["release"].to_list())
    for release in sorted(set(added["release"].to_list()) - known):
        if known and release < max(known):
            raise AmparoError("disclosure.order", release=release, last=max(known))
    return pl.concat([ledger, added])


def check(ledger: pl.DataFrame) -> None:
    """Refuse what is no ledger: `frame.columns`, `disclosure.unknown_kind`, `disclosure.bad_interval`."""
    if dict(ledger.schema) != dict(LEDGER):
        raise AmparoError("frame.columns", room="disclosure", columns=list(LEDGER))
    odd = ~pl.col("kind").is_in(KINDS) | ~pl.col("low").is_finite() | (pl.col("low") > pl.col("high"))
    null = pl.col("kind").is_null() | pl.col("low").is_null() | pl.col("high").is_nan().fill_null(False)
    for row in ledger.filter(odd.fill_null(False) | null).select("kind", "low", "high").iter_rows():
        _sound(*row)


def _sound(kind: str, low: float | None, high: float | None) -> None:
    if kind not in KINDS:
        raise AmparoError("disclosure.unknown_kind", kind=kind, kinds=list(KINDS))
    if low is None or not isfinite(low) or (high is not None and not low <= high):
        raise AmparoError("disclosure.bad_interval", low=low, high=high)
