"""How many people no list holds, by a Bayesian mixture of latent classes (Manrique-Vallier 2016).

Manrique-Vallier, D.: Bayesian population size estimation using Dirichlet process mixtures. Biometrics
72:1246. The model and its posterior are in `kernels`; here chains run until they agree, or the answer is
refused.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from amparo.errors import Issue, Refusal
from amparo.estimation import diagnostics, kernels
from amparo.estimation.histories import Histories, identified_classes
from amparo.estimation.results import Estimate
from amparo.runs import Progress, silent

# Applies a function to items in order: the builtin, or the `map` of a pool of threads or processes.
Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]

SPAN = 3.0  # longest trajectory, in the units of a logit
LOW_OVERLAP, VERY_LOW_OVERLAP = 0.3, 0.1  # shares on two or more lists below which lists may specialise
FEW_SHARED = 7  # people on two or more lists that even two independent lists need (Robson and Regier 1964)
NEAR_CAP = 0.9  # of the cap: unseen numbers above this share of it are counted
CAP_NOTED = 0.01  # share of such draws from which the reader is told
CAP_REFUSED = 0.025  # beyond it the upper limit is the cap itself


@dataclass(frozen=True)
class Settings:
    """Prior, length of the run and the gate it must pass."""

    classes: int = 10  # K, the truncation of the stick-breaking prior
    shape: float = 0.25  # alpha ~ Gamma(shape, rate)
    rate: float = 0.25
    cap: float = 20.0  # the unseen number is at most this many times the observed
    warm_up: int = 500  # transitions per chain that tune and are thrown away
    draws: int = 2_000  # per chain in the first block; each further block is twice as long
    effort: float = 4e9  # products over patterns, lists and classes before giving up: about 10 s of one core
    rhat: float = 1.01  # the gate (Vehtari et al. 2021, section 5)
    ess: float = 400.0  # of bulk and of tail


class _Chain(NamedTuple):
    """One chain between two blocks."""

    rng: np.random.Generator
    state: kernels.State | None  # None before the warm-up
    tuning: kernels.Tuning


def latent_class(
    histories: Histories,
    *,
    seed: int,
    chains: int = 4,
    settings: Settings = Settings(),
    map: Map = map,  # noqa: A002  (the seam has this name everywhere)
    progress: Progress = silent,
) -> Estimate:
    """Estimate N of one stratum; the answer depends on people, stratum, seed and settings only.

    The order of lists and rows does not matter. `map` spreads the chains: the kernels release the interpreter
    lock, so the `map` of a thread pool suffices. Chains start dispersed; blocks of draws, each twice the one
    before and each judged alone, run until R-hat and effective size of log N pass the gate.

    Raises `Refusal`: the codes of `Histories.check`; `estimation.not_converged`; `estimation.not_identified`
    when the data leave the upper limit to the cap of the prior.
    """
    histories.check()
    data = _data(histories, settings)
    label = zlib.crc32(repr(sorted(histories.stratum.items())).encode())
    streams = np.random.SeedSequence([seed, label]).spawn(chains)
    group = [_Chain(np.random.default_rng(stream), None, kernels.Tuning(0.05, SPAN)) for stream in streams]
    length, spent, blocks = settings.draws, 0.0, 0
    while True:
        blocks += 1
        advance = partial(_advance, data=data, settings=settings, length=length)
        results = list(map(advance, group))
        group = [chain for chain, _ in results]
        draws = np.stack([people for _, people in results])
        logs = np.log(draws)
        rhat, bulk, tail = diagnostics.rhat(logs), diagnostics.ess_bulk(logs), diagnostics.ess_tail(logs)
        agreed = rhat < settings.rhat and min(bulk, tail) >= settings.ess
        spent += sum(_effort(chain.tuning, data, settings.classes) for chain in group) * length
        progress("estimation.latent_class", blocks, blocks if agreed else blocks + 1)
        if agreed:
            break
        if 3.0 * spent > settings.effort:  # the next block costs twice the work so far
            raise Refusal("estimation.not_converged", rhat=round(rhat, 3), ess=round(bulk), draws=draws.size)
        length *= 2
    near_cap = float(np.mean(draws - histories.observed > NEAR_CAP * settings.cap * histories.observed))
    if near_cap > CAP_REFUSED:
        raise Refusal("estimation.not_identified", share=round(100 * near_cap, 1), cap=settings.cap)
    return Estimate(
        method="latent_class",
        stratum=histories.stratum,
        lists=histories.lists,
        observed=histories.observed,
        draws=draws.astype(np.float64),
        seed=seed,
        data=histories.digest(),
        settings={**asdict(settings), "chains": chains},
        diagnostics={
            "rhat": rhat,
            "ess_bulk": bulk,
            "ess_tail": tail,
            "near_cap": near_cap,  # share of draws whose unseen number is above 0.9 cap n
            "shared": histories.shared / histories.observed,  # people on two or more lists
        },
        gate={
            "rhat": (None, settings.rhat),
            "ess_bulk": (settings.ess, None),
            "ess_tail": (settings.ess, None),
            "near_cap": (None, CAP_REFUSED),
        },
        warnings=tuple(_warnings(histories, near_cap, settings)),
    )


def latent_classes(
    strata: Iterable[Histories],
    *,
    seed: int,
    chains: int = 4,
    settings: Settings = Settings(),
    map: Map = map,  # noqa: A002  (the seam has this name everywhere)
    progress: Progress = silent,
) -> list[Estimate | Refusal]:
    """`latent_class` of every stratum, in order; a stratum that is refused gives its refusal in place.

    `map` spreads the strata. A stratum's estimate does not depend on which others are asked for.
    """
    jobs = list(strata)
    results = []
    estimate = partial(_estimate, seed=seed, chains=chains, settings=settings)
    for done, result in enumerate(map(estimate, jobs), start=1):
        progress("estimation.latent_class", done, len(jobs))
        results.append(result)
    return results


def _estimate(histories: Histories, *, seed: int, chains: int, settings: Settings) -> Estimate | Refusal:
    """The estimate of one stratum or its refusal, as a value."""
    try:
        return latent_class(histories, seed=seed, chains=chains, settings=settings)
    except Refusal as refusal:
        return refusal


def _data(histories: Histories, settings: Settings) -> kernels.Data:
    """Patterns with lists by name and rows in ascending order, so that the caller's order is moot."""
    by_name = np.argsort(histories.lists)
    patterns = histories.patterns[:, by_name]
    rows = np.lexsort(patterns.T[::-1])
    return kernels.Data(
        np.ascontiguousarray(patterns[rows]),
        np.ascontiguousarray(histories.counts[rows]),
        settings.shape,
        settings.rate,
        settings.cap,
    )


def _advance(
    chain: _Chain, *, data: kernels.Data, settings: Settings, length: int
) -> tuple[_Chain, NDArray[np.int64]]:
    """Warm a fresh chain up, then draw; returns the chain where it stands and its draws of N."""
    rng, state, tuning = chain
    if state is None:
        state = kernels.start(rng, settings.classes, data)
        state, tuning = kernels.warm_up(rng, state, data, tuning, settings.warm_up)
    state, people, _ = kernels.run(rng, state, data, tuning, length)
    return _Chain(rng, state, tuning), people


def _effort(tuning: kernels.Tuning, data: kernels.Data, classes: int) -> float:
    """Products per transition, for half a longest trajectory and the sweep."""
    patterns, lists = data.patterns.shape
    steps = min(float(kernels.LONGEST), tuning.span / tuning.step) / 2 + 10
    return steps * patterns * lists * classes


def _warnings(histories: Histories, near_cap: float, settings: Settings) -> Iterable[Issue]:
    """What a reader must know beside the number."""
    if histories.absent:
        yield Issue("estimation.lists_absent", {"lists": ", ".join(histories.absent)})
    if identified_classes(len(histories.lists)) < 2:
        yield Issue("estimation.three_lists", {})
    if histories.shared < FEW_SHARED:
        yield Issue("estimation.few_shared", {"people": histories.shared})
    share = histories.shared / histories.observed
    if share < LOW_OVERLAP:
        code = "estimation.overlap_low" if share >= VERY_LOW_OVERLAP else "estimation.overlap_very_low"
        yield Issue(code, {"share": round(100 * share, 1)})
    if near_cap > CAP_NOTED:
        yield Issue("estimation.near_cap", {"share": round(100 * near_cap, 1), "cap": settings.cap})
