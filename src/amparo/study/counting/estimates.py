"""Estimates of capture histories as findings: of a study's strata, or of a table without a study."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any, NamedTuple

import msgspec
import numpy as np
import polars as pl

from amparo import __version__
from amparo.errors import Refusal
from amparo.estimation.bounds import chao
from amparo.estimation.calibration import recommended
from amparo.estimation.comparing import METHODS, Row, answers, row_of, verdict
from amparo.estimation.histories import UNKNOWN, Histories, from_table, strata_from_table
from amparo.estimation.imputation import impute_strata
from amparo.estimation.latent_class import RECOMMENDED
from amparo.estimation.pooling import mixture, total
from amparo.estimation.results import Estimate
from amparo.estimation.strata import Result, fit_strata
from amparo.intake.quarantine import read_quarantined
from amparo.runs import Manifest, Progress, manifest, silent
from amparo.study.counting.findings import (
    EstimateFinding,
    Findings,
    ListFinding,
    MethodFinding,
    Overlap,
    Said,
    Target,
)

BINS = 40
CORES = 2
METHOD = "recommended"
# Set beside the recommended one in a report; longer searches are for the library and the bench.
BESIDE = ("latent_class", "graphical_average", "log_linear_stepwise", "sample_coverage", "chao")
IMPUTATIONS = 5  # of unknown strata, where the linkage gave no draws
MOST_GRAPHED = 5  # lists up to which all decomposable graphs are averaged in a report


class Fitted(NamedTuple):
    """The estimate of each stratum, and of all of them added up; None where there is only one."""

    strata: list[EstimateFinding]
    together: EstimateFinding | None


def fit(draws: Sequence[Sequence[Histories]], seed: int, progress: Progress) -> Fitted:
    """Estimate each stratum: `draws[m]` holds them all, in one order, under draw m of linkage or imputation.

    Every part passes the gate by itself; parts are pooled as a mixture of posteriors, and added up draw by
    draw. The kernels release the interpreter lock, so threads use every core.
    """
    jobs = [histories for part in draws for histories in part]
    with ThreadPoolExecutor(CORES) as pool:
        found = fit_strata(
            jobs, seed=seed, method=recommended, settings=RECOMMENDED, map=pool.map, progress=progress
        ).results
    width = len(draws[0])
    strata = [_pooled([part[s] for part in draws], found[s::width], seed) for s in range(width)]
    return Fitted(strata, _together(strata, found, seed) if width > 1 else None)


def _together(strata: Sequence[EstimateFinding], found: Sequence[Result], seed: int) -> EstimateFinding:
    """The finding of all strata added up; one that is refused refuses the sum."""
    width = len(strata)
    observed = sum(one.observed for one in strata)
    missing = [number for number, one in enumerate(strata, start=1) if one.refused is not None]
    if missing:
        refusal = Refusal("estimation.strata_refused", strata=len(missing), of=width)
        return refused({}, observed, refusal)
    parts = [found[first : first + width] for first in range(0, len(found), width)]
    return _said(total(parts, seed=seed), {}, observed, None)


def imputed(strata: Sequence[Histories], draws: int, seed: int) -> list[list[Histories]]:
    """The known strata, with whoever has no known stratum shared out among them, so many times.

    Strata of unknown persons alone stay as they are: there is nothing to share them out to.
    """
    if not any(UNKNOWN in one.stratum.values() for one in strata):
        return [list(strata)]
    try:
        return impute_strata(strata, draws=draws, seed=seed)
    except Refusal:
        return [list(strata)]


def beside(
    histories: Histories, total: EstimateFinding, seed: int, progress: Progress
) -> tuple[tuple[MethodFinding, ...], Said]:
    """What the other methods say of the same histories, and what all of them say together."""
    names = [name for name in BESIDE if name != "graphical_average" or len(histories.lists) <= MOST_GRAPHED]
    rows = [_own(total)]
    for number, name in enumerate(names):
        progress("estimation.beside", number, len(names))
        [(_, answer)] = answers(histories, seed=seed, methods={name: METHODS[name]}).items()
        rows.append(row_of(name, answer))
    progress("estimation.beside", len(names), len(names))
    said = verdict(rows)
    return tuple(map(_method, rows)), Said(said.code, said.facts)


def _own(total: EstimateFinding) -> Row:
    """The estimate of the count as one of the rows."""
    if total.refused is not None:
        return Row(total.method, refused=total.refused.code, facts=total.refused.facts)
    return Row(total.method, total.median, total.low, total.high)


def _method(row: Row) -> MethodFinding:
    refused = Said(row.refused, row.facts) if row.refused else None
    return MethodFinding(row.method, row.estimate, row.low, row.high, refused)


def _pooled(histories: Sequence[Histories], results: Sequence[Result], seed: int) -> EstimateFinding:
    """One stratum's finding from its parts; a refused part refuses the whole, all together their reason."""
    if len(results) == 1 or all(isinstance(one, Refusal) for one in results):
        return _estimate_finding(histories[0], results[0])
    try:
        found: Result = mixture(results, seed=seed)
    except Refusal as refusal:
        found = refusal
    if isinstance(found, Estimate):
        found = msgspec.structs.replace(found, method=METHOD)
    return _estimate_finding(histories[0], found)


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
    observed = histories.observed if "parts" not in result.diagnostics else result.observed
    return _said(result, histories.stratum, observed, lower)


def _said(result: Estimate, stratum: dict[str, str], observed: int, lower: float | None) -> EstimateFinding:
    low, high = result.interval()
    return EstimateFinding(
        stratum=stratum,
        observed=observed,
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
        inner=result.interval(0.8),
        parts=round(result.diagnostics.get("parts", 1)),
        between=result.diagnostics.get("between"),
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
    unsaid = [pl.col(column).replace("", None) for column in by if column in frame.columns]
    frame = frame.with_columns(unsaid)
    whole = from_table(frame.drop(by, strict=False), file=name)
    [everybody] = fit([[whole]], seed, progress).strata
    methods, together = beside(whole, everybody, seed, progress)
    divided = strata_from_table(frame, by, file=name) if by else []
    fitted = fit(imputed(divided, IMPUTATIONS, seed), seed, progress) if by else Fitted([], None)
    kept = count_manifest(
        {"table": hashlib.sha256(frame.write_csv().encode()).hexdigest()},
        seed,
        {"by": list(by), "lists": list(whole.lists)},
        [everybody, *fitted.strata],
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
        total=everybody,
        strata=tuple(fitted.strata),
        together=fitted.together,
        by=by,
        as_of=None,
        caveats=(Said("counting.strata_apart", {}),) if by else (),
        truth=None,
        manifest=kept.digest(),
        methods=methods,
        verdict=together,
    )
