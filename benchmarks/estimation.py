"""Estimates of the tables in a folder: what each method says under each seed, how fast, or why it refuses."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from amparo.errors import AmparoError
from amparo.estimation.histories import Histories, from_table, strata_from_table
from amparo.estimation.latent_class import Settings, latent_class


def run(tables: Path, seeds: int) -> Iterator[dict[str, Any]]:
    """One row per table, method and seed 0..seeds-1; `tables` is a folder of CSV files or one of them.

    A table has a 0/1 column per list and `count`; files without `count` are left out. A first column that
    holds anything else divides the table, one row per stratum. Keys: `table`, `method`, `seed`, `median`,
    `low`, `high`, `rhat`, `ess_per_cpu_second`, `seconds`, `refused` (a code or null). Chains run one after
    another; compiling is done before the clock starts.
    """
    files = [tables] if tables.is_file() else sorted(tables.glob("*.csv"))
    _compile()
    for file in files:
        frame = pl.read_csv(file, infer_schema=False)
        if "count" not in frame.columns:
            continue
        try:
            strata = _strata(frame, file.name)
        except AmparoError as error:
            yield _row(file.stem, 0, refused=error.code)
            continue
        for histories in strata:
            name = " ".join([file.stem, *(f"{key}={value}" for key, value in histories.stratum.items())])
            for seed in range(seeds):
                yield _measure(name, histories, seed)


def _strata(frame: pl.DataFrame, file: str) -> list[Histories]:
    """The table's strata: divided by its first column when that is no list, else one."""
    first = frame.columns[0]
    if frame[first].is_in(["0", "1"]).all():
        return [from_table(frame, file=file)]
    return strata_from_table(frame, [first], file=file)


def _measure(table: str, histories: Histories, seed: int) -> dict[str, Any]:
    """One fit with its cost, or its refusal."""
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        estimate = latent_class(histories, seed=seed)
    except AmparoError as error:
        seconds = round(time.perf_counter() - wall, 3)
        return _row(table, seed, refused=error.code, rhat=error.facts.get("rhat"), seconds=seconds)
    low, high = estimate.interval()
    return _row(
        table,
        seed,
        median=round(estimate.median, 1),
        low=round(low, 1),
        high=round(high, 1),
        rhat=round(estimate.diagnostics["rhat"], 4),
        ess_per_cpu_second=round(estimate.diagnostics["ess_bulk"] / (time.process_time() - cpu), 1),
        seconds=round(time.perf_counter() - wall, 3),
    )


def _row(table: str, seed: int, **values: Any) -> dict[str, Any]:
    """A row with every key; what is not given is null."""
    keys = ("median", "low", "high", "rhat", "ess_per_cpu_second", "seconds", "refused")
    return {"table": table, "method": "latent_class", "seed": seed} | {key: values.get(key) for key in keys}


def _compile() -> None:
    """Fit a small made-up table, so that the kernels are compiled before anything is timed."""
    frame = pl.DataFrame(
        {"a": [1, 0, 0, 1, 0], "b": [0, 1, 0, 1, 1], "c": [0, 0, 1, 0, 1], "count": [20, 20, 20, 9, 9]}
    )
    latent_class(from_table(frame), seed=0, settings=Settings(warm_up=10, draws=100, rhat=100.0, ess=0.0))
