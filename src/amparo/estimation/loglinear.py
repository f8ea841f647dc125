"""How many people no list holds, by Poisson log-linear models of which lists hold whom.

The model, the fit and the selection are in `loglinear_kernels`; here a model is chosen and its uncertainty,
the choice included, is measured by the bootstrap.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from amparo.errors import Issue, Refusal
from amparo.estimation import bootstrap, existence, hierarchy
from amparo.estimation import loglinear_kernels as kernels
from amparo.estimation.bootstrap import NORMAL, Floats
from amparo.estimation.hierarchy import Model
from amparo.estimation.histories import Histories
from amparo.estimation.results import LEVELS, Estimate

MOST_LISTS = 12  # 4,096 cells
MOST_MODELS = 7_000  # all models of five lists are 6,893; with pairs alone six lists have 32,768
FAILED = 0.25  # share of resamples without an estimate from which an interval means nothing
WALD_DRAWS = 2_000


@dataclass(frozen=True)
class LogLinear:
    """Which models are looked at, how one is chosen, and how the uncertainty is measured."""

    select: Literal["fixed", "stepwise", "bic"] = "stepwise"
    model: tuple[tuple[str, ...], ...] = ()  # of `fixed`: the sets of lists that interact; () is independence
    threshold: float = 0.02  # of `stepwise`: the Poisson tail below which a pair enters
    order: int = 2  # of `bic`: most lists in one term
    resamples: int = 1_000  # of the BCa bootstrap; 0 gives the interval of the chosen model alone (Wald)


def log_linear(histories: Histories, *, seed: int, settings: LogLinear = LogLinear()) -> Estimate:
    """Estimate N of one stratum from the chosen log-linear model.

    `stepwise` is the forward selection of Chan, Silverman and Vincent (2021, Journal of the American
    Statistical Association 116:1297); `bic` takes the smallest BIC among all hierarchical models up to
    `order` (Silverman, Chan and Vincent 2024, Statistics and Computing 34:44). With `resamples` the interval
    is BCa with the selection repeated in every resample, and the draws are the resamples' estimates; without,
    the intercept is normal given the model, which overstates certainty after any selection.

    Raises `Refusal`: the codes of `Histories.check`, `estimation.too_many_lists`,
    `estimation.too_many_models`, `estimation.no_estimate`, `estimation.not_estimable`,
    `estimation.resamples_fail`.
    """
    histories.check()
    return fit(histories, seed=seed, settings=settings)


def fit(histories: Histories, *, seed: int, settings: LogLinear) -> Estimate:
    """`log_linear` without the checks of the table, for published numbers of tables that do not pass them."""
    lists = tuple(sorted(histories.lists))  # so that the order of the columns is moot
    if len(lists) > MOST_LISTS:
        raise Refusal("estimation.too_many_lists", lists=len(lists), most=MOST_LISTS)
    ordered = Histories(
        lists, histories.patterns[:, np.argsort(histories.lists)], histories.counts, histories.stratum
    )
    counts = hierarchy.cells(ordered).astype(np.float64)
    terms, estimate = _choose(counts, ordered, settings)
    existence.check(ordered, terms)
    margins = kernels.above(counts)
    _, _, unseen, variance, likelihood = kernels.fit(counts, margins, np.array(terms))
    observed = histories.observed
    failed, acceleration, limits = 0.0, 0.0, {}
    label = zlib.crc32(repr(sorted(histories.stratum.items())).encode())
    rng = np.random.default_rng(np.random.SeedSequence([seed, label]))
    if settings.resamples:
        found = bootstrap.bca(counts, unseen, estimate, settings.resamples, rng)
        failed, acceleration = found.failed, found.acceleration
        if failed > FAILED:
            raise Refusal("estimation.resamples_fail", share=round(100 * failed, 1))
        limits = {level: (observed + low, observed + high) for level, (low, high) in found.limits.items()}
        draws = observed + found.replicates
    else:
        points = [NORMAL.inv_cdf((i + 0.5) / WALD_DRAWS) for i in range(WALD_DRAWS)]
        spread = float(np.sqrt(variance))
        draws = observed + rng.permutation(unseen * np.exp(spread * np.array(points)))
        ends = {level: float(np.exp(NORMAL.inv_cdf((1 + level) / 2) * spread)) for level in LEVELS}
        limits = {level: (observed + unseen / end, observed + unseen * end) for level, end in ends.items()}
    return Estimate(
        method=f"log_linear_{settings.select}",
        stratum=histories.stratum,
        lists=histories.lists,
        observed=observed,
        draws=draws[None],
        seed=seed,
        data=histories.digest(),
        settings=asdict(settings),
        diagnostics={
            "se": float(np.sqrt(unseen + unseen**2 * variance)),
            "bic": float(len(terms) * np.log(observed) - 2 * likelihood),
            "failed": failed,
            "acceleration": acceleration,
        },
        gate={"failed": (None, FAILED)},
        warnings=tuple(_warnings(ordered, settings, failed)),
        chosen={"model": hierarchy.generators(terms, lists)},
        point=observed + unseen,
        limits=limits,
    )


def _choose(
    counts: Floats, histories: Histories, settings: LogLinear
) -> tuple[Model, Callable[[Floats], Floats]]:
    """The model of this table, and the function that estimates the unseen of many tables the same way."""
    lists = len(histories.lists)
    if settings.select == "fixed":
        terms = hierarchy.model(settings.model, histories.lists)
        alone = np.array([terms])
        return terms, partial(kernels.best_batch, models=alone, sizes=np.array([len(terms)]))
    if settings.select == "stepwise":
        found = kernels.stepwise(counts, lists, settings.threshold)[3]
        batch = partial(kernels.stepwise_batch, lists=lists, threshold=settings.threshold)
        return tuple(sorted(found.tolist())), batch
    order = min(settings.order, lists - 1)
    if hierarchy.count_at_least(lists, order) > MOST_MODELS or (lists > 5 and order > 2):
        raise Refusal("estimation.too_many_models", lists=lists, order=order)
    models, sizes = _table(lists, order)
    criteria = kernels.criteria(counts, models, sizes)
    best = int(np.argmin(criteria[:, 2]))
    batch = partial(kernels.best_batch, models=models, sizes=sizes)
    return tuple(models[best, : sizes[best]].tolist()), batch


@lru_cache(maxsize=8)
def _table(lists: int, order: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All models as rows of terms, and how many terms each row has."""
    models = hierarchy.models(lists, order)
    sizes = np.array([len(terms) for terms in models])
    rows = np.zeros((len(models), int(sizes.max())), np.int64)
    for row, terms in zip(rows, models, strict=True):
        row[: len(terms)] = terms
    return rows, sizes


def _warnings(histories: Histories, settings: LogLinear, failed: float) -> Iterable[Issue]:
    """What a reader must know beside the number."""
    yield from histories.concerns()
    if settings.select != "fixed" and not settings.resamples:
        yield Issue("estimation.selection_ignored", {})
    if failed:
        yield Issue("estimation.some_resamples_fail", {"share": round(100 * failed, 1)})
