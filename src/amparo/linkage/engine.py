"""Comparison vectors of pairs: the levels' SQL, run on DuckDB in memory."""

from __future__ import annotations

from contextlib import suppress
from types import TracebackType

import duckdb
import numpy as np
import polars as pl

from amparo.linkage.keys import Keys
from amparo.linkage.model import Comparison, Model

# DuckDB loads pandas, where it is installed, from within a call; links that did so hung now and then.
with suppress(ImportError):
    import pandas  # noqa: F401

CHUNK = 1_000_000  # pairs compared at once
_MEMORY = "1500MB"
# What identifies a record outside the run stays with the caller.
WITHHELD = ("record_id", "source")


class Engine:
    """The records as a table of a DuckDB that keeps no file and loads no extension."""

    def __init__(self, keys: Keys, model: Model) -> None:
        """Hand the records over."""
        self._model = model
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "temp_directory": "",
                "memory_limit": _MEMORY,
                "threads": 2,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        frame = keys.frame.drop(WITHHELD)
        self._sql = levels_sql(model, frame.columns)
        self._connection.register("handed", frame.to_arrow())
        self._connection.execute("CREATE TABLE records AS FROM handed")
        self._connection.unregister("handed")

    def __enter__(self) -> Engine:
        """Nothing more to prepare."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Forget every table."""
        self._connection.close()

    def compare(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Level of each comparison for each pair: int8, a row a comparison, 0 the first level, -1 missing.

        `left` and `right` are row numbers of the keys.
        """
        found = np.empty((len(self._model.comparisons), len(left)), np.int8)
        for start in range(0, len(left), CHUNK):
            part = slice(start, start + CHUNK)
            pairs = pl.DataFrame({"number": np.arange(len(left[part])), "l": left[part], "r": right[part]})
            self._connection.register("pairs", pairs.to_arrow())
            told = self._connection.execute(self._sql).fetchnumpy()
            for levels, comparison in zip(found[:, part], self._model.comparisons, strict=True):
                levels[told["number"]] = told[comparison.name]
            self._connection.unregister("pairs")
        return found


def levels_sql(model: Model, columns: list[str]) -> str:
    """The query that gives each pair its levels, over the tables `records` and `pairs` (number, l, r)."""
    sides = [", ".join(f"{name} AS {name}_{side}" for name in columns) for side in "lr"]
    levels = ", ".join(f"{_case(comparison)} AS {comparison.name}" for comparison in model.comparisons)
    return (
        f"SELECT number, {levels} FROM pairs"  # noqa: S608  (of declared names)
        f" JOIN (SELECT {sides[0]} FROM records) AS one ON l = unique_id_l"
        f" JOIN (SELECT {sides[1]} FROM records) AS other ON r = unique_id_r"
    )


def _case(comparison: Comparison) -> str:
    """Which level a pair is on, or -1: the first that holds."""
    whens = [f"WHEN {comparison.missing} THEN -1"]
    whens += [f"WHEN {level.sql} THEN {at}" for at, level in enumerate(comparison.levels[:-1])]
    return f"CAST(CASE {' '.join(whens)} ELSE {len(comparison.levels) - 1} END AS TINYINT)"
