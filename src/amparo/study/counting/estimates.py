"""Estimates of capture histories as findings: of a study's strata, or of a table without a study."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import msgspec
import numpy as np
import polars as pl

from amparo import __version__
from amparo.errors import Refusal
from amparo.estimation.bounds import chao
from amparo.estimation.histories import Histories, from_table, strata_from_table
from amparo.estimation.latent_class import LatentClass, latent_class
from amparo.estimation.results import Estimate
from amparo.estimation.strata import fit_strata
from amparo.intake.quarantine import read_quarantined
from amparo.runs import Manifest, Progress, manifest, silent
from amparo.study.counting.findings import EstimateFinding, Findings, ListFinding, Overlap, Said, Target

BINS = 40
CORES = 2
METHOD = "latent_class"


def fit(strata: list[Histories], seed: int, progress: Progress) -> list[EstimateFinding]:
    """Estimate each stratum; the kernels release the interpreter lock, so threads use every core."""
    with ThreadPoolExecutor(CORES) as pool:
        if len(strata) == 1:
            results = [_one(strata[0], seed, pool, progress)]
        else:
            results = fit_strata(
                strata, seed=seed, settings=LatentClass(), map=pool.map, progress=progress
            ).results
    return [_estimate_finding(*pair) for pair in zip(strata, results, strict=True)]


def count_manifest(
    inputs: dict[str, str], seed: int, settings: dict[str, Any], estimates: list[EstimateFinding]
) -> Manifest:
    """What is needed to do a count again, and the digest of its estimates."""
    return manifest(
        "count",
        inputs=inputs,
        seed=seed,
        settings=settings,
        outputs={"estimates": hashlib.sha256(msgspec.json.encode(estimates)).hexdigest()},
        libraries=("numpy", "numba", "polars"),
    )


def _one(histories: Histories, seed: int, pool: ThreadPoolExecutor, progress: Progress) -> Estimate | Refusal:
    try:
        return latent_class(histories, seed=seed, settings=LatentClass(), map=pool.map, progress=progress)
    except Refusal as refusal:
        return refusal


def refused(
    stratum: dict[str, str], observed: int, refusal: Refusal, chao_low: float | None = None
) -> EstimateFinding:
    """The finding of a stratum that cannot be estimated."""
    return EstimateFinding(
        stratum=stratum,
        observed=observed,
        method=METHOD,
        median=None,
        low=None,
        high=None,
        chao_low=chao_low,
        rhat=None,
        ess=None,
        chains=0,
        draws_histogram=(),
        refused=Said(refusal.code, refusal.facts),
        warnings=(),
    )


def _estimate_finding(histories: Histories, result: Estimate | Refusal) -> EstimateFinding:
    try:
        histories.check()
        lower = chao(histories).estimate
    except Refusal:
        lower = None
    if isinstance(result, Refusal):
        return refused(histories.stratum, histories.observed, result, lower)
    low, high = result.interval()
    return EstimateFinding(
        stratum=histories.stratum,
        observed=histories.observed,
        method=result.method,
        median=result.median,
        low=low,
        high=high,
        chao_low=lower,
        rhat=result.diagnostics.get("rhat"),
        ess=result.diagnostics.get("ess_bulk"),
        chains=result.draws.shape[0],
        draws_histogram=_histogram(result),
        refused=None,
        warnings=tuple(Said(issue.code, issue.facts) for issue in result.warnings),
    )


def _histogram(result: Estimate) -> tuple[tuple[float, float, int], ...]:
    """Draws of N in equal bins between the 0.5 % and 99.5 % points; the tails beyond are left out."""
    low, high = np.quantile(result.draws, [0.005, 0.995])
    numbers, edges = np.histogram(result.draws, BINS, (low, max(high, low + 1)))
    return tuple(zip(edges[:-1].tolist(), edges[1:].tolist(), numbers.tolist(), strict=True))


def count_table(
    content: bytes, name: str, *, by: tuple[str, ...] = (), seed: int, progress: Progress = silent
) -> Findings:
    """Estimate a file of capture histories (a 0/1 column per list, `count`, strata) without a study.

    Raises the codes of `intake` and of `estimation.histories.from_table`, naming the file `name`.
    """
    sheet = read_quarantined(content, name)
    frame = pl.DataFrame(sheet.rows, schema=dict.fromkeys(sheet.headers, pl.String), orient="row")
    whole = from_table(frame.drop(by, strict=False), file=name)
    total = fit([whole], seed, progress)[0]
    strata = fit(strata_from_table(frame, by, file=name), seed, progress) if by else []
    kept = count_manifest(
        {"table": hashlib.sha256(frame.write_csv().encode()).hexdigest()},
        seed,
        {"by": list(by), "lists": list(whole.lists)},
        [total, *strata],
    )
    lists = [
        ListFinding(key, key, "capture", (), True, size, size, size, 0, "", "")
        for key, size in whole.sizes().items()
    ]
    return Findings(
        study=name,
        synthetic=False,
        made=date.today().isoformat(),
        amparo=__version__,
        target=Target("", "", "", "", 0),
        lists=tuple(lists),
        records=0,
        persons=whole.observed,
        excluded=(),
        overlaps=tuple(
            Overlap(*group) for group in sorted(whole.overlaps().items(), key=lambda group: -group[1])
        ),
        by_year=(),
        linkage=None,
        total=total,
        strata=tuple(strata),
        by=by,
        as_of=None,
        caveats=(Said("counting.strata_apart", {}),) if by else (),
        truth=None,
        manifest=kept.digest(),
    )
