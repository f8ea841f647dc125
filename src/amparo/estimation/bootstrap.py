"""Resampled tables and the intervals they give: the corrected, accelerated bootstrap of Efron (1987)."""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from amparo.estimation.results import LEVELS

Floats = NDArray[np.float64]
NORMAL = NormalDist()


class Bootstrap(NamedTuple):
    """Estimates from resampled tables, and the limits they give."""

    replicates: Floats  # (R,), those that have an estimate
    failed: float  # share that has none
    acceleration: float
    limits: dict[float, tuple[float, float]]  # level -> (low, high)


def bca(
    counts: Floats,
    point: float,
    estimate: Callable[[Floats], Floats],
    resamples: int,
    rng: np.random.Generator,
) -> Bootstrap:
    """Resample people with replacement; `estimate` maps tables (R, cells) to (R,), NaN where it fails.

    Limits are the BCa ones (Efron 1987, Journal of the American Statistical Association 82:171): quantiles at
    Phi(z0 + (z0 + z) / (1 - a (z0 + z))), z0 from the share of replicates below `point`, a from the jackknife
    over people. Whatever `estimate` does, selection of a model included, is done again for every resample.
    """
    observed = int(counts.sum())
    tables = rng.multinomial(observed, counts / observed, size=resamples).astype(np.float64)
    raw = estimate(tables)
    replicates = raw[np.isfinite(raw)]
    if not replicates.size:
        return Bootstrap(replicates, 1.0, 0.0, {})
    held = np.flatnonzero(counts)
    without = np.repeat(counts[None], held.size, axis=0)
    without[np.arange(held.size), held] -= 1.0
    left = estimate(without)
    usable = np.isfinite(left)
    weights, left = counts[held][usable], left[usable]
    residual = (weights @ left) / weights.sum() - left if weights.size else np.zeros(0)
    scale = float(weights @ residual**2)
    acceleration = float(weights @ residual**3) / (6.0 * scale**1.5) if scale > 0.0 else 0.0
    return Bootstrap(
        replicates,
        1.0 - replicates.size / resamples,
        acceleration,
        {level: limits(replicates, point, acceleration, level) for level in LEVELS},
    )


def limits(replicates: Floats, point: float, acceleration: float, level: float) -> tuple[float, float]:
    """The two ends of the BCa interval of that probability."""
    # half a replicate on either side keeps the correction finite
    below = min(max(float(np.mean(replicates < point)), 0.5 / replicates.size), 1.0 - 0.5 / replicates.size)
    bias = NORMAL.inv_cdf(below)
    ends = []
    for share in ((1 - level) / 2, (1 + level) / 2):
        moved = bias + NORMAL.inv_cdf(share)
        ends.append(NORMAL.cdf(bias + moved / (1.0 - acceleration * moved)))
    low, high = np.quantile(replicates, ends, method="median_unbiased").tolist()
    return low, high
