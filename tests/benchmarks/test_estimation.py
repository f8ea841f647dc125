"""The bench prints one row per table, stratum and seed, whatever happens."""

import subprocess

import numpy as np
import pytest

from amparo.cli import checkout


@pytest.fixture(scope="module")
def peers():
    return checkout.load("benchmarks", "peers")


@pytest.fixture
def bench(peers, monkeypatch):
    """The bench, on a machine without R."""
    monkeypatch.setattr(peers, "installed", lambda: ())
    return checkout.load("benchmarks", "estimation")


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
    assert found[0] == {"r_packages": [], "note": bench.ABSENT}
    medians = sorted(row["median"] for row in found[1:3])
    assert found[3]["medians"] == medians
    assert found[3]["spread"] == pytest.approx(medians[1] / medians[0] - 1, abs=1e-4)


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


def test_packages_of_r_stand_beside(bench, peers, tmp_path, monkeypatch):
    """As `peers.R` prints them: draws of a chain, or a median with its ends."""
    monkeypatch.setattr(bench, "MODELS", ())
    monkeypatch.setattr(peers, "installed", lambda: ("LCMCR", "dga", "SparseMSE"))
    draws = np.random.default_rng(1).normal(1000, 50, 4000)
    printed = {"LCMCR": "2.5\n" + "\n".join(map(str, draws)), "dga": "0.5\n90\n80\n120\n"}

    def ran(command, **_):
        code = 0 if command[3] in printed else 1
        return subprocess.CompletedProcess(command, code, stdout=printed.get(command[3], ""))

    monkeypatch.setattr(peers.subprocess, "run", ran)
    (tmp_path / "one.csv").write_text("a,b,c,count\n1,0,0,20\n0,1,0,20\n0,0,1,20\n1,1,0,15\n0,1,1,15\n")
    found = list(bench.run(tmp_path / "one.csv", 2))
    rows = {(row["method"], row["seed"]): row for row in found if "seed" in row}
    assert list(rows) == [("r_lcmcr", 0), ("r_lcmcr", 1), ("r_dga", 0), ("r_sparsemse", 0)]
    assert rows["r_lcmcr", 0]["median"] == pytest.approx(1000, abs=5)
    assert rows["r_lcmcr", 0]["ess_per_cpu_second"] == pytest.approx(4000 / 2.5, rel=0.2)
    assert (rows["r_dga", 0]["low"], rows["r_dga", 0]["cpu_seconds"]) == (80.0, 0.5)
    assert rows["r_sparsemse", 0]["refused"] == "r_failed"
    assert [row["medians"] for row in found if row.get("method") == "r_dga" and "seeds" in row] == [
        [90.0, 90.0]
    ]
