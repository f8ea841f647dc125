"""The R packages of the field on the same table in the same run, where R and they are installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from amparo.estimation import diagnostics
from amparo.estimation.histories import Histories

SCRIPT = Path(__file__).parent / "peers.R"
PACKAGES = ("LCMCR", "dga", "SparseMSE")
LISTS = {"LCMCR": (2, 99), "dga": (3, 5), "SparseMSE": (3, 6)}  # that a package takes, or ends with in time
SEEDED = ("LCMCR",)  # asked under every seed; the others once
SLOWEST = 600  # seconds after which a package is given up


@lru_cache
def installed() -> tuple[str, ...]:
    """The packages that R on this machine can load."""
    if shutil.which("Rscript") is None:
        return ()
    asked = "cat(Filter(function(p) requireNamespace(p, quietly = TRUE), commandArgs(TRUE)), sep = '\\n')"
    told = subprocess.run(["Rscript", "-e", asked, *PACKAGES], capture_output=True, text=True, check=False)
    return tuple(name for name in PACKAGES if name in told.stdout.split())


def run(histories: Histories, seeds: int) -> Iterator[dict[str, Any]]:
    """A row for each package and seed: `method` (r_ and its name), `seed`, and what it answered at what cost.

    Keys: `median`, `low`, `high` (95 %), `cpu_seconds` of the fit without R's start, `seconds` with it;
    for the chain of LCMCR (10,000 sweeps of burn-in, 80,000 more, every tenth kept) `ess_bulk` and
    `ess_per_cpu_second`; or `refused`, `r_failed` or `r_slow`. SparseMSE is asked for 100 resamples.
    """
    for package in installed():
        least, most = LISTS[package]
        if not least <= len(histories.lists) <= most:
            continue
        for seed in range(seeds if package in SEEDED else 1):
            yield {"method": f"r_{package.lower()}", "seed": seed, **_ask(package, histories, seed)}


def _ask(package: str, histories: Histories, seed: int) -> dict[str, Any]:
    """One package on one table, in a process of its own."""
    frame = pl.DataFrame(histories.patterns, schema=[f"list{j}" for j in range(len(histories.lists))])
    wall = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "table.csv"
        frame.with_columns(count=pl.Series(histories.counts)).write_csv(table)
        command = ["Rscript", str(SCRIPT), str(table), package, str(seed + 1)]
        try:
            told = subprocess.run(command, capture_output=True, text=True, timeout=SLOWEST, check=False)
        except subprocess.TimeoutExpired:
            return {"refused": "r_slow", "seconds": SLOWEST}
    found = {"seconds": round(time.perf_counter() - wall, 3)}
    return found | (read(told.stdout) if told.returncode == 0 else {"refused": "r_failed"})


def read(printed: str) -> dict[str, Any]:
    """What `peers.R` printed: CPU seconds, then median and ends of N, or thousands of draws of it."""
    cpu, *numbers = (float(line) for line in printed.split())
    if len(numbers) == 3:
        return dict(zip(("median", "low", "high"), numbers, strict=True)) | {"cpu_seconds": round(cpu, 3)}
    low, median, high = np.quantile(numbers, [0.025, 0.5, 0.975]).tolist()
    ess = diagnostics.ess_bulk(np.log(numbers)[None, :])
    return {
        "median": median,
        "low": low,
        "high": high,
        "cpu_seconds": round(cpu, 3),
        "ess_bulk": round(ess, 1),
        "ess_per_cpu_second": round(ess / max(cpu, 1e-3), 1),
    }
