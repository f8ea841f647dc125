"""The bench prints one row per table, stratum and seed, whatever happens."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest


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


def test_rows(bench, tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "MODELS", bench.MODELS[:2])
    good = "a,b,c,count\n1,0,0,20\n0,1,0,20\n0,0,1,20\n1,1,0,15\n0,1,1,15\n"
    (tmp_path / "1good.csv").write_text(good)
    (tmp_path / "2bad.csv").write_text(good.replace("20", "-2", 1))
    (tmp_path / "3apart.csv").write_text("a,b,c,count\n1,1,0,9\n1,0,0,3\n0,1,0,2\n0,0,1,5\n")
    (tmp_path / "4no table.csv").write_text("name\nx\n")
    rows = "".join(f"x,{line}\ny,{line}\n" for line in good.splitlines()[1:])
    (tmp_path / "5strata.csv").write_text("who,a,b,c,count\n" + rows)
    found = list(bench.run(tmp_path, 1))
    seeds = [row for row in found if "seed" in row]
    sums = [row for row in found if "seeds" in row]
    assert all(list(row) == ["table", "method", "seed", *bench.KEYS] for row in seeds)
    both = ["hierarchical_latent_class", "latent_class"]
    assert [(row["table"], row["method"]) for row in seeds] == [
        *(("1good", method) for method in both),
        ("2bad", ""),
        *((name, method) for name in ("3apart", "5strata who=x", "5strata who=y") for method in both),
    ]
    refused = {row["table"]: row["refused"] for row in seeds}
    assert refused["2bad"] == "estimation.table_count"
    assert refused["3apart"] == "estimation.list_without_overlap"
    assert seeds[0]["low"] <= seeds[0]["median"] <= seeds[0]["high"]
    apart = next(row for row in sums if row["table"] == "3apart")
    assert apart["refused"] == {"estimation.list_without_overlap": 1}
    assert apart["medians"] is None


def test_seeds_are_summed_up(bench, tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "MODELS", bench.MODELS[:1])
    (tmp_path / "one.csv").write_text("a,b,c,count\n1,0,0,20\n0,1,0,20\n0,0,1,20\n1,1,0,15\n0,1,1,15\n")
    found = list(bench.run(tmp_path / "one.csv", 2))
    medians = sorted(row["median"] for row in found[:2])
    assert found[2]["medians"] == medians
    assert found[2]["spread"] == pytest.approx(medians[1] / medians[0] - 1, abs=1e-4)


def test_a_stopped_run_goes_on(bench, tmp_path, monkeypatch):
    (tmp_path / "one.csv").write_text("a,b,c,count\n1,0,0,20\n0,1,0,20\n0,0,1,20\n1,1,0,15\n0,1,1,15\n")
    kept = tmp_path / "kept.jsonl"
    monkeypatch.setattr(bench, "MODELS", bench.MODELS[:1])
    first = list(bench.run(tmp_path / "one.csv", 1, kept))
    monkeypatch.setattr(bench, "latent_class", None)  # what is known is not estimated again
    monkeypatch.setattr(bench, "_compile", lambda: None)
    assert list(bench.run(tmp_path / "one.csv", 1, kept)) == first


def test_the_page_tells_refusals_and_the_peer(bench):
    said = {
        "table": "Ned",
        "method": "latent_class",
        "seeds": 8,
        "medians": None,
        "spread": None,
        "refused": {"estimation.not_identified": 8},
        "ess_per_cpu_second": None,
        "cpu_seconds": [1.04, 1.61],
        "lcmcr_medians": [50_638, 144_940],
        "lcmcr_ess_per_cpu_second": None,
    }
    stood = said | {"table": "Western", "medians": [1822.0, 1845.0], "spread": 0.0126, "refused": {}}
    text = bench.page([said, stood, {"seed": 1}])
    assert (
        "| Ned | `latent_class` |  |  | `not_identified`, 8 of 8 | 1.0–1.6 |  | 50,638–144,940 |  |" in text
    )
    assert "| Western | `latent_class` | 1,822–1,845 | 1.3 % |" in text
