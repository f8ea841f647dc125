"""Comparison vectors of pairs, computed by Splink on DuckDB in memory."""

from __future__ import annotations

import logging
from itertools import count
from types import TracebackType

import duckdb
import numpy as np
import polars as pl
from splink import DuckDBAPI, Linker, SettingsCreator

from amparo.linkage.keys import Keys
from amparo.linkage.model import Comparison, Model

_CHUNK = 500_000  # pairs compared at once
_MEMORY = "1500MB"
# What identifies a record outside the run stays with the caller.
_WITHHELD = ("record_id", "source")


class Engine:
    """Splink with one table per list, on a DuckDB that keeps no file and loads no extension."""

    def __init__(self, keys: Keys, model: Model) -> None:
        """Register the records; `source` in sorted order becomes list_0, list_1, …"""
        logging.getLogger("splink").setLevel(logging.ERROR)
        self._model = model
        self._numbers = count()
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
        self._api = DuckDBAPI(self._connection)
        self._list = "list_" + pl.Series(keys.lists).cast(pl.String)
        self._single = len(keys.sources) == 1
        tables = [
            self._api.register(part.drop(_WITHHELD).to_arrow(), dataset_display_name=f"list_{i}")
            for i, part in enumerate(keys.frame.partition_by("source", maintain_order=True))
        ]
        self._linker = Linker(tables, self._settings(), log_level=None) if tables else None

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

        `left` and `right` are row numbers of the keys, left < right, no pair twice.
        """
        if self._linker is None or not len(left):
            return np.empty((len(self._model.comparisons), 0), np.int8)
        parts = [
            self._chunk(self._linker, left[start : start + _CHUNK], right[start : start + _CHUNK])
            for start in range(0, len(left), _CHUNK)
        ]
        return np.concatenate(parts, axis=1)

    def _chunk(self, linker: Linker, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        pairs = pl.DataFrame({"join_key_l": self._join_key(left), "join_key_r": self._join_key(right)})
        pairs = pairs.with_columns(match_key=pl.lit("0"))
        table = self._api.register(pairs.to_arrow(), dataset_display_name=f"pairs_{next(self._numbers)}")
        linker.table_management.register_blocked_pairs_for_predict(table)
        scored = linker.inference.predict(warning_mode="never")
        levels = ", ".join(
            f"CASE WHEN mw_{c.name} = 0 THEN -1 ELSE {len(c.levels)} - mw_{c.name} END::TINYINT AS {c.name}"
            for c in self._model.comparisons
        )
        found = self._connection.sql(
            f"SELECT unique_id_l, unique_id_r, {levels} FROM {scored.physical_name}"  # noqa: S608 (no input)
            " ORDER BY unique_id_l, unique_id_r"
        ).pl()
        scored.drop_table_from_database_and_remove_from_cache()
        self._connection.unregister(table.physical_name)
        order = np.lexsort((right, left))
        vectors = np.empty((len(self._model.comparisons), len(left)), np.int8)
        vectors[:, order] = found.drop("unique_id_l", "unique_id_r").to_numpy().T
        return vectors

    def _join_key(self, rows: np.ndarray) -> pl.Series:
        numbers = pl.Series(rows).cast(pl.String)
        if self._single:
            return numbers
        return self._list.gather(rows) + "-__-" + numbers

    def _settings(self) -> SettingsCreator:
        return SettingsCreator(
            link_type="dedupe_only" if self._single else "link_and_dedupe",
            comparisons=[_as_splink(comparison) for comparison in self._model.comparisons],
            blocking_rules_to_generate_predictions=[],
            retain_matching_columns=False,
            retain_intermediate_calculation_columns=True,
            max_iterations=1,
        )


def _as_splink(comparison: Comparison) -> dict[str, object]:
    """A comparison as Splink declares it.

    Without the compared columns themselves Splink hands back only match weights, log2 m/u; the
    probabilities here make level i of n weigh n - i, and a missing value weighs 0.
    """
    levels_in_all = len(comparison.levels)
    missing = {"sql_condition": comparison.missing, "label_for_charts": "missing", "is_null_level": True}
    levels = [
        {
            "sql_condition": level.sql,
            "label_for_charts": level.name,
            "m_probability": 2.0 ** -(i + 1),
            "u_probability": 2.0 ** -(levels_in_all + 1),
        }
        for i, level in enumerate(comparison.levels)
    ]
    return {"output_column_name": comparison.name, "comparison_levels": [missing, *levels]}
