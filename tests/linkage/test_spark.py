"""The same levels and the same persons on Spark as on DuckDB, and nothing left behind that could be read."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from synthetic_mentions import synthetic_lists

from amparo.linkage import link
from amparo.linkage.spark import SparkEngine, jaro_winkler

CANARY = "zanjaquivira"  # a name of nobody


def test_two_thousand_records_have_the_same_persons(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["amparo.linkage.link"], "RANDOM_PAIRS", 20_000)
    records, _ = synthetic_lists(2000, seed=3)
    first = pl.col("record_id") == records["record_id"][0]
    named = pl.when(first).then(pl.lit([CANARY])).otherwise(pl.col("surnames"))
    records = records.with_columns(named.alias("surnames"))
    here = link(records, seed=1, draws=3)
    there = link(records, seed=1, draws=3, engine=partial(SparkEngine, spark))
    assert here.clusters["cluster"].n_unique() < 1500
    assert there.clusters.equals(here.clusters) and there.draws.equals(here.draws)
    assert there.pairs.equals(here.pairs) and there.model.equals(here.model)
    scratch = Path(spark.sparkContext.getConf().get("spark.local.dir"))
    files = [path for path in scratch.rglob("*") if path.is_file()]
    forms = (CANARY.encode(), CANARY.upper().encode(), CANARY.encode("utf-16-le"))
    assert files and [path.name for path in files if any(form in path.read_bytes() for form in forms)] == []


def test_similarity_is_what_duckdb_says() -> None:
    import duckdb

    draw = np.random.default_rng(1)
    words = ["".join(draw.choice(list("abcdeilmnorst"), size)) for size in draw.integers(1, 9, 4000)]
    words = pa.table({"one": words, "other": [*words[1:], None]})
    wanted = duckdb.sql("SELECT jaro_winkler_similarity(one, other) AS alike FROM words").fetchall()
    assert jaro_winkler(words["one"], words["other"]).to_pylist() == [alike for (alike,) in wanted]
