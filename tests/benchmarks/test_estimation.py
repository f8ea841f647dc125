"""The bench prints one row per table, stratum and seed, whatever happens."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

KEYS = [
    "table",
    "method",
    "seed",
    "median",
    "low",
    "high",
    "rhat",
    "ess_per_cpu_second",
    "seconds",
    "refused",
]


@pytest.fixture(scope="module")
def bench():
    spec = spec_from_file_location(
        "bench_estimation", Path(__file__).parents[2] / "benchmarks" / "estimation.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_rows(bench, tmp_path):
    good = "a,b,c,count\n1,0,0,20\n0,1,0,20\n0,0,1,20\n1,1,0,15\n0,1,1,15\n"
    (tmp_path / "1good.csv").write_text(good)
    (tmp_path / "2bad.csv").write_text(good.replace("20", "-2", 1))
    (tmp_path / "3apart.csv").write_text("a,b,c,count\n1,1,0,9\n1,0,0,3\n0,1,0,2\n0,0,1,5\n")
    (tmp_path / "4no table.csv").write_text("name\nx\n")
    rows = "".join(f"x,{line}\ny,{line}\n" for line in good.splitlines()[1:])
    (tmp_path / "5strata.csv").write_text("who,a,b,c,count\n" + rows)
    found = list(bench.run(tmp_path, 1))
    assert all(list(row) == KEYS for row in found)
    assert [(row["table"], row["refused"]) for row in found] == [
        ("1good", None),
        ("2bad", "estimation.table_count"),
        ("3apart", "estimation.list_without_overlap"),
        ("5strata who=x", None),
        ("5strata who=y", None),
    ]
    assert found[0]["low"] <= found[0]["median"] <= found[0]["high"]
    assert [row["seed"] for row in bench.run(tmp_path / "1good.csv", 2)] == [0, 1]
