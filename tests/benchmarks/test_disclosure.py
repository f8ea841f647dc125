"""The bench prints a row per register and strategy, then the sums, and protection leaves nothing to find."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

FOUND = ("exact_cells", "small_cells", "exact_increments", "small_increments", "changes_found")


@pytest.fixture(scope="module")
def bench():
    file = Path(__file__).parents[2] / "benchmarks" / "disclosure.py"
    spec = spec_from_file_location("bench_disclosure", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_rows(bench, monkeypatch):
    kept = ("raw", "hide_small", "tau_argus", "amparo")  # rounding and the gate take long
    monkeypatch.setattr(bench, "STRATEGIES", {name: bench.STRATEGIES[name] for name in kept})
    monkeypatch.setattr(bench, "SIZES", ((14, 4),))
    rows = list(bench.run(1, seed=1))
    assert [row["strategy"] for row in rows] == [*kept, *kept, "amparo"]
    by_name = {row["strategy"]: row for row in rows if "registers" in row}
    for name in ("raw", "hide_small", "tau_argus"):
        assert by_name[name]["exact_cells"] > 0
    assert [by_name["amparo"][key] for key in FOUND] == [0] * len(FOUND)
    assert by_name["raw"]["shown"] == 1.0
    assert by_name["amparo"]["refused"] == 0


def test_registers_grow_from_300_to_400(bench):
    truth = bench._register(np.random.default_rng(1), 14, 6)
    assert truth.sum(axis=1)[[0, -1]].tolist() == [300, 400]
    assert (np.diff(truth, axis=0) >= 0).all()
