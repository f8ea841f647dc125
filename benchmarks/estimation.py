"""Estimates of the tables in a folder: what each model says under each seed, how fast, or why it refuses."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from amparo.errors import AmparoError
from amparo.estimation.histories import Histories, from_table, strata_from_table
from amparo.estimation.latent_class import AS_IN_R, RECOMMENDED, LatentClass, Settings, latent_class
from amparo.estimation.sampling import Run

MODELS: tuple[Settings, ...] = (RECOMMENDED, LatentClass(), AS_IN_R)
FIGURES = ("rhat", "ess_bulk", "mcse")
KEYS = ("median", "low", "high", *FIGURES, "ess_per_cpu_second", "cpu_seconds", "seconds", "refused")


class Peer(NamedTuple):
    """What the R package LCMCR 0.4.14 gave on a table under several seeds, its chain undiagnosed."""

    medians: tuple[int, int]  # smallest and largest
    ess_per_cpu_second: int | None


# K = 10, a = b = .25, on two shared cores; verdata_... with that package's settings, K = 15
LCMCR = {
    "kosovo_aggregate": Peer((10_376, 10_419), 110),
    "Western": Peer((1_831, 1_842), 900),
    "MadiganYork5_spina": Peer((628, 629), 400),
    "UKdat_5": Peer((12_000, 22_000), 220),
    "NewOrl": Peer((717, 718), None),
    "NewOrl_5": Peer((830, 839), None),
    "Ned": Peer((50_638, 144_940), None),
    "verdata_recruitment_R1_men_1999": Peer((1_412, 2_116), None),
}


def run(
    tables: Path, seeds: int, resume: Path | None = None, methods: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """Per table and model one row for each seed 0..seeds-1, then one that sums them up, as it goes.

    `tables` is a folder of CSV files or one of them: a 0/1 column per list and `count`; files without `count`
    are left out. A first column that holds anything else divides the table, one stratum after another. Rows
    of a seed: `table`, `method`, `seed` and the keys of `KEYS`; `refused` is a code or null. The closing row:
    `table`, `method`, `seeds`, `medians` (smallest, largest), `spread` (their ratio less 1), `refused` (how
    often, by code), `ess_per_cpu_second` (mean), and where known the same of LCMCR: `lcmcr_medians`,
    `lcmcr_ess_per_cpu_second`. Chains run one after another; compiling is done before the clock starts.
    `resume` keeps the row of every seed as a line, so that a stopped run goes on; rows are known by table,
    method and seed, so a file belongs to one state of the models. `methods` are those of `MODELS`, all where
    none is named.
    """
    known = _known(resume)
    files = [tables] if tables.is_file() else sorted(tables.glob("*.csv"))
    _compile()
    for file in files:
        frame = pl.read_csv(file, infer_schema=False)
        if "count" not in frame.columns:
            continue
        try:
            strata = _strata(frame, file.name)
        except AmparoError as error:
            yield _row(file.stem, "", 0, refused=error.code)
            continue
        for histories in strata:
            name = " ".join([file.stem, *(f"{key}={value}" for key, value in histories.stratum.items())])
            for model in [one for one in MODELS if not methods or one.method in methods]:
                rows = []
                for seed in range(seeds):
                    row = known.get((name, model.method, seed))
                    if row is None:
                        row = _measure(name, histories, model, seed)
                        _keep(resume, row)
                    rows.append(row)
                    yield row
                yield _sum_up(name, model, rows)


def _known(resume: Path | None) -> dict[tuple[str, str, int], dict[str, Any]]:
    """What an earlier run kept, by table, method and seed."""
    if resume is None or not resume.is_file():
        return {}
    rows = map(json.loads, resume.read_text("utf-8").splitlines())
    return {(row["table"], row["method"], row["seed"]): row for row in rows}


def _keep(resume: Path | None, row: dict[str, Any]) -> None:
    if resume is not None:
        with resume.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def _strata(frame: pl.DataFrame, file: str) -> list[Histories]:
    """The table's strata: divided by its first column when that is no list, else one."""
    first = frame.columns[0]
    if frame[first].is_in(["0", "1"]).all():
        return [from_table(frame, file=file)]
    return strata_from_table(frame, [first], file=file)


def _measure(table: str, histories: Histories, model: Settings, seed: int) -> dict[str, Any]:
    """One fit with its cost, or its refusal."""
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        estimate = latent_class(histories, seed=seed, settings=model)
    except AmparoError as error:
        spent = _spent(wall, cpu)
        return _row(table, model.method, seed, refused=error.code, rhat=error.facts.get("rhat"), **spent)
    spent = _spent(wall, cpu)
    low, high = estimate.interval()
    figures = estimate.diagnostics
    return _row(
        table,
        model.method,
        seed,
        median=round(estimate.median, 1),
        low=round(low, 1),
        high=round(high, 1),
        ess_per_cpu_second=round(figures.get("ess_bulk", 0.0) / max(spent["cpu_seconds"], 1e-3), 1),
        **{key: round(figures[key], 4) for key in FIGURES if key in figures},
        **spent,
    )


def _spent(wall: float, cpu: float) -> dict[str, float]:
    return {
        "cpu_seconds": round(time.process_time() - cpu, 3),
        "seconds": round(time.perf_counter() - wall, 3),
    }


def _row(table: str, method: str, seed: int, **values: Any) -> dict[str, Any]:
    """A row with every key; what is not given is null."""
    return {"table": table, "method": method, "seed": seed} | {key: values.get(key) for key in KEYS}


def _sum_up(table: str, model: Settings, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What the seeds agree on."""
    medians = sorted(row["median"] for row in rows if row["refused"] is None)
    codes = [row["refused"] for row in rows if row["refused"]]
    speeds = [row["ess_per_cpu_second"] for row in rows if row["refused"] is None]
    peer = LCMCR.get(table)
    return {
        "table": table,
        "method": model.method,
        "seeds": len(rows),
        "medians": [medians[0], medians[-1]] if medians else None,
        "spread": round(medians[-1] / medians[0] - 1, 4) if medians else None,
        "refused": {code: codes.count(code) for code in sorted(set(codes))},
        "ess_per_cpu_second": round(sum(speeds) / len(speeds), 1) if speeds else None,
        "lcmcr_medians": list(peer.medians) if peer else None,
        "lcmcr_ess_per_cpu_second": peer.ess_per_cpu_second if peer else None,
    }


def _compile() -> None:
    """Fit a small made-up table, so that the kernels are compiled before anything is timed."""
    frame = pl.DataFrame(
        {"a": [1, 0, 0, 1, 0], "b": [0, 1, 0, 1, 1], "c": [0, 0, 1, 0, 1], "count": [20, 20, 20, 9, 9]}
    )
    any_answer = Run(warm_up=(10, 10), draws=100, rhat=1e9, ratio=1e9, ess=0.0, precision=1e9)
    for model in MODELS:
        latent_class(from_table(frame), seed=0, settings=replace(model, run=any_answer, cap=1e6))
