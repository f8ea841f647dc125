"""Comparison vectors of pairs on Apache Spark: the same table of levels, the same answer as on DuckDB.

The levels' SQL runs as it is declared. What DuckDB's dialect has and Spark's has not is defined in the
session under the same name; Jaro-Winkler is the library whose algorithm DuckDB carries, so that no pair falls
on the other side of a threshold.
"""

from __future__ import annotations

from importlib import import_module
from types import TracebackType
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from amparo.linkage.engine import WITHHELD, levels_sql
from amparo.linkage.keys import Keys
from amparo.linkage.model import Model

CHUNK = 2_000_000  # pairs sent at once
_FUNCTIONS = (
    "list_has_all(one ARRAY<STRING>, other ARRAY<STRING>) RETURNS BOOLEAN"
    " RETURN size(array_except(other, one)) = 0",
    "list_has_any(one ARRAY<STRING>, other ARRAY<STRING>) RETURNS BOOLEAN RETURN arrays_overlap(one, other)",
)
_BETWEEN = "\x1f"  # stands in no name


class SparkEngine:
    """The records as a table of a session (`amparo.spark.session`), for as long as the engine lives."""

    def __init__(self, session: Any, keys: Keys, model: Model) -> None:
        """Hand the records over; `session` is a `pyspark.sql.SparkSession`."""
        self._session, self._model = session, model
        frame = keys.frame.drop(WITHHELD).with_columns(pl.col("unique_id").cast(pl.Int64))
        self._columns = frame.columns
        for function in _FUNCTIONS:
            session.sql(f"CREATE OR REPLACE TEMPORARY FUNCTION {function}")
        functions: Any = import_module("pyspark.sql.functions")
        session.udf.register("jaro_winkler_similarity", functions.arrow_udf(jaro_winkler, "double"))
        self._empty = frame.is_empty()
        if not self._empty:
            session.createDataFrame(_plain(frame)).cache().createOrReplaceTempView("records")

    def __enter__(self) -> SparkEngine:
        """Nothing more to prepare."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Forget the records."""
        self._session.catalog.clearCache()
        for name in ("records", "pairs"):
            self._session.catalog.dropTempView(name)

    def compare(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Level of each comparison for each pair: int8, a row a comparison, 0 the first level, -1 missing."""
        found = np.empty((len(self._model.comparisons), len(left)), np.int8)
        if self._empty:
            return found
        for start in range(0, len(left), CHUNK):
            part = slice(start, start + CHUNK)
            pairs = {"number": np.arange(len(left[part])), "l": left[part], "r": right[part]}
            table = pa.table({name: pa.array(values, pa.int64()) for name, values in pairs.items()})
            self._session.createDataFrame(table).createOrReplaceTempView("pairs")
            told = pl.DataFrame(self._session.sql(levels_sql(self._model, self._columns)).toArrow())
            found[:, part] = told.sort("number").drop("number").to_numpy().T
        return found


def jaro_winkler(one: pa.Array, other: pa.Array) -> pa.Array:
    """Jaro-Winkler similarity of each two texts, each distinct two reckoned once; null where one is."""
    from rapidfuzz.distance import JaroWinkler  # noqa: PLC0415  (workers load it)

    compute: Any = import_module("pyarrow.compute")  # its functions are made when it is loaded
    both = compute.binary_join_element_wise(one, other, _BETWEEN)
    if isinstance(both, pa.ChunkedArray):
        both = both.combine_chunks()
    encoded = both.dictionary_encode()
    alike = [JaroWinkler.similarity(*text.split(_BETWEEN)) for text in encoded.dictionary.to_pylist()]
    return pa.array(alike, pa.float64()).take(encoded.indices)


def _plain(frame: pl.DataFrame) -> pa.Table:
    """A frame as Arrow's plain types: no views, which Spark does not read."""
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    return table.cast(pa.schema([(field.name, _narrow(field.type)) for field in table.schema]))


def _narrow(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_large_string(kind):
        return pa.string()
    if pa.types.is_large_list(kind):
        return pa.list_(_narrow(kind.value_type))
    if pa.types.is_unsigned_integer(kind):
        return pa.int64()
    return kind
