"""A real Spark: it gives its answer, listens on loopback, and leaves nothing that could be read."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from amparo import spark as clusters
from amparo.errors import AmparoError

CANARY = "zanjaquivira"  # a name of nobody


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "find_spec", lambda name: None)
    with pytest.raises(AmparoError, match=r"spark\.missing"), clusters.session():
        pass
    monkeypatch.setattr(clusters, "find_spec", lambda name: object())
    monkeypatch.setattr(clusters.shutil, "which", lambda name: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert clusters.missing() == "spark.no_java"


def test_a_cluster_far_away_is_listened_to_where_the_user_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_LOCAL_IP", "192.0.2.7")
    assert clusters.settings("spark://far:7077", "x", "1g")["spark.driver.host"] == "192.0.2.7"
    assert clusters.settings(clusters.LOCAL, "x", "1g")["spark.driver.host"] == clusters.LOOPBACK


def test_everything_is_encrypted_and_local(spark: Any) -> None:
    conf = spark.sparkContext.getConf()
    for name in ("spark.authenticate", "spark.network.crypto.enabled", "spark.io.encryption.enabled"):
        assert conf.get(name) == "true"
    assert conf.get("spark.driver.bindAddress") == conf.get("spark.driver.host") == "127.0.0.1"
    assert spark.sparkContext.uiWebUrl is None


def test_a_shuffle_leaves_no_readable_name(spark: Any) -> None:
    rows = pl.DataFrame({"name": [f"{CANARY}{number % 97}" for number in range(20_000)]})
    spark.createDataFrame(rows.to_arrow()).createOrReplaceTempView("canaries")
    counted = spark.sql("SELECT name, count(*) AS n FROM canaries GROUP BY name ORDER BY name").toArrow()
    assert pl.DataFrame(counted)["n"].sum() == rows.height
    scratch = Path(spark.sparkContext.getConf().get("spark.local.dir"))
    files = [path for path in scratch.rglob("*") if path.is_file()]
    assert any("shuffle" in path.name for path in files)  # it did write
    forms = (CANARY.encode(), CANARY.encode("utf-16-le"))
    assert [path.name for path in files if any(form in path.read_bytes() for form in forms)] == []


@pytest.mark.parametrize("program", ["cat", "sleep 60"])
def test_java_ends_with_its_session(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(clusters, "_SECONDS", 0.2)
    process = subprocess.Popen(program.split(), stdin=subprocess.PIPE)
    clusters._end(SimpleNamespace(proc=process))
    assert process.returncode is not None
