"""Many strata, one after another or spread by any `map`; what was done before need not be done again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any, NamedTuple

import msgspec

from amparo.errors import Refusal
from amparo.estimation.histories import Histories
from amparo.estimation.latent_class import RECOMMENDED, latent_class
from amparo.estimation.results import LIBRARIES, Estimate
from amparo.estimation.sampling import Map
from amparo.runs import Manifest, Progress, manifest, silent

STAGE = "estimation.strata"
Result = Estimate | Refusal
Method = Callable[..., Estimate]  # (histories, *, seed, settings), as `latent_class` or `graphical_average`


class Batch(NamedTuple):
    """The results of many strata, in their order, and one manifest of them all."""

    results: list[Result]
    manifest: Manifest


def fit_strata(
    strata: Iterable[Histories],
    *,
    seed: int,
    method: Method = latent_class,
    settings: Any = RECOMMENDED,
    known: Mapping[str, Result] | None = None,
    keep: Callable[[str, Result], None] | None = None,
    map: Map = map,  # noqa: A002  (the seam has this name everywhere)
    progress: Progress = silent,
) -> Batch:
    """`method` of every stratum; a stratum that is refused gives its refusal in place.

    `map` spreads the strata: the builtin, the one of a pool of threads or processes, or `spark.spread_over`.
    A stratum's estimate does not depend on which others are asked for. To go on where a run was stopped,
    store what `keep` is told, result by result, under its digest, and give it back as `known`.
    """
    jobs = list(strata)
    digests = [job_digest(job, seed=seed, method=method, settings=settings) for job in jobs]
    found = dict(known or {})
    missing = [(digest, job) for digest, job in zip(digests, jobs, strict=True) if digest not in found]
    fit = partial(_fit, method=method, seed=seed, settings=settings)
    done = len(jobs) - len(missing)
    for (digest, _), result in zip(missing, map(fit, [job for _, job in missing]), strict=True):
        found[digest] = result
        if keep is not None:
            keep(digest, result)
        done += 1
        progress(STAGE, done, len(jobs))
    results = [found[digest] for digest in digests]
    told = [_told(result) for result in results]
    return Batch(
        results,
        manifest(
            STAGE,
            inputs={str(i): job.digest() for i, job in enumerate(jobs)},
            seed=seed,
            settings={"method": _name(method), **asdict(settings)},
            outputs={
                str(i): hashlib.sha256(msgspec.json.encode(one)).hexdigest() for i, one in enumerate(told)
            },
            libraries=LIBRARIES,
        ),
    )


def job_digest(histories: Histories, *, seed: int, method: Method = latent_class, settings: Any) -> str:
    """SHA-256 of all that a stratum's result depends on: people, stratum, seed, method and settings."""
    said = [histories.digest(), seed, _name(method), asdict(settings)]
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


def _name(method: Method) -> str:
    return getattr(method, "__name__", repr(method))


def _fit(histories: Histories, *, method: Method, seed: int, settings: Any) -> Result:
    """The estimate of one stratum or its refusal, as a value."""
    try:
        return method(histories, seed=seed, settings=settings)
    except Refusal as refusal:
        return refusal


def _told(result: Result) -> Any:
    """What the manifest's digest of a result is taken of."""
    if isinstance(result, Refusal):
        return [result.code, result.facts]
    return result.manifest()
