"""Estimates of the tables in a folder: what each model says under each seed, how fast, or why it refuses."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from amparo.errors import AmparoError
from amparo.estimation.histories import Histories, from_table, strata_from_table
from amparo.estimation.latent_class import AS_IN_R, RECOMMENDED, LatentClass, Settings, latent_class
from amparo.estimation.sampling import Run

from . import peers

MODELS: tuple[Settings, ...] = (RECOMMENDED, LatentClass(), AS_IN_R)
FIGURES = ("rhat", "ess_bulk", "mcse")
ABSENT = "R with LCMCR, dga or SparseMSE is not installed here: their figures were measured elsewhere"
NOTES = Path(__file__).parent / "estimation_notes.md"  # what is short and why, by hand
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
    often, by code), `ess_per_cpu_second` (mean), `cpu_seconds` (smallest, largest), and where known the same
    of LCMCR: `lcmcr_medians`, `lcmcr_ess_per_cpu_second`. One process on one core; compiling is done
    before the clock starts.
    `resume` keeps the row of every seed as a line, so that a stopped run goes on; rows are known by table,
    method and seed, so a file belongs to one state of the models. `methods` are those of `MODELS`, all where
    none is named. The R packages that are installed (`peers`) follow on the same table; where R is absent the
    first row says so, and only what was measured of LCMCR elsewhere stands beside.
    """
    known = _known(resume)
    files = [tables] if tables.is_file() else sorted(tables.glob("*.csv"))
    _compile()
    yield {"r_packages": list(peers.installed()), "note": "" if peers.installed() else ABSENT}
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
                yield _sum_up(name, model.method, rows)
            yield from _beside(name, histories, seeds, known, resume)


def _beside(
    name: str,
    histories: Histories,
    seeds: int,
    known: dict[tuple[str, str, int], dict[str, Any]],
    resume: Path | None,
) -> Iterator[dict[str, Any]]:
    """The rows of the R packages, and one that sums up each."""
    kept = [row for (table, method, seed), row in known.items() if table == name and method.startswith("r_")]
    rows = [row for row in kept if row["seed"] < seeds]
    if not rows:
        for told in peers.run(histories, seeds):
            row = _row(name, told.pop("method"), told.pop("seed"), **told)
            _keep(resume, row)
            rows.append(row)
    yield from rows
    for method in dict.fromkeys(row["method"] for row in rows):
        yield _sum_up(name, method, [row for row in rows if row["method"] == method])


def page(rows: Iterable[dict[str, Any]]) -> str:
    """The closing rows as a page of documentation, with the notes kept beside this file."""
    lines = [
        "# The same answer from every seed",
        "",
        "`amparo bench estimation --tables FOLDER --seeds 8 --page docs/methods/seeds.md` writes this page: "
        "per table and model the medians of N under each seed, or why it refused, the CPU seconds of one fit "
        "(eight chains in step, one core of a shared machine) and the effective draws of N per CPU "
        "second. Of the R package LCMCR 0.4.14: the medians of its single chain under several seeds, and its "
        "effective draws, as measured elsewhere. `latent_class_swept` is its model moved by its own sampler, "
        "under Amparo's gate. Rows `r_...` are the R packages themselves, run beside on the same machine: "
        "LCMCR's one chain under every seed, dga with the prior 2^-lists, SparseMSE with 100 resamples.",
        "",
        "| table | model | medians | apart | refused | CPU s | draws per CPU s | LCMCR | its draws |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        if "seeds" not in row:
            continue
        codes = row["refused"].items()
        peer = row["lcmcr_medians"] if row["method"].startswith("latent_class") else None
        speed = row["lcmcr_ess_per_cpu_second"] if peer else None
        cells = (
            row["table"],
            f"`{row['method']}`",
            _ends(row["medians"], ",.0f"),
            "" if row["spread"] is None else f"{100 * row['spread']:.1f} %",
            ", ".join(f"`{code.removeprefix('estimation.')}`, {n} of {row['seeds']}" for code, n in codes),
            _ends(row["cpu_seconds"], ".1f"),
            "" if row["ess_per_cpu_second"] is None else f"{row['ess_per_cpu_second']:,.0f}",
            _ends(peer, ",.0f"),
            "" if speed is None else f"{speed:,}",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", NOTES.read_text("utf-8").strip(), ""])


def _ends(ends: Sequence[float] | None, style: str) -> str:
    """Smallest and largest as a range; one number where they are written alike."""
    return "" if ends is None else "–".join(dict.fromkeys(format(end, style) for end in ends))


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


def _sum_up(table: str, method: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What the seeds agree on."""
    medians = sorted(row["median"] for row in rows if row["refused"] is None)
    codes = [row["refused"] for row in rows if row["refused"]]
    speeds = [row["ess_per_cpu_second"] for row in rows if row["ess_per_cpu_second"]]
    costs = [row["cpu_seconds"] for row in rows if row["cpu_seconds"] is not None]
    peer = LCMCR.get(table)
    return {
        "table": table,
        "method": method,
        "seeds": len(rows),
        "medians": [medians[0], medians[-1]] if medians else None,
        "spread": round(medians[-1] / medians[0] - 1, 4) if medians else None,
        "refused": {code: codes.count(code) for code in sorted(set(codes))},
        "ess_per_cpu_second": round(sum(speeds) / len(speeds), 1) if speeds else None,
        "cpu_seconds": [min(costs), max(costs)] if costs else None,
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
