"""The recommended interval: the hierarchical posterior, corrected for what it is known to miss.

On simulated populations (docs/methods/coverage.md) the posterior of `HierarchicalLatentClass` errs in two
ways. Where lists specialise in different people it is too high, and nothing in the data can tell: the few
people on two lists say too little. And where most people are documented, a small second mode above the first
was the truth more often than its mass says, while the upper tail is longer than it need be where few are.
The corrections act on the draws, so that the result can be pooled and summed like any other; of the corrected
draws the interval is the shortest one, because what is left of the upper tail costs length and holds little.
"""

from __future__ import annotations

import zlib
from dataclasses import asdict, dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from amparo.estimation.histories import Histories
from amparo.estimation.latent_class import RECOMMENDED, HierarchicalLatentClass, latent_class
from amparo.estimation.results import Estimate

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """How the posterior is corrected; chosen on populations other than those of the published table."""

    specialised: float = 0.05  # prior probability that lists specialise and only a share of the unseen exists
    specialised_three: float = 0.08  # the same with three lists, which say least about it
    tail: float = 1.3  # power on the probability above a draw, where that is below one half
    power: float = 0.77  # on unseen / median, above the median, where as many are unseen as seen
    bend: float = 0.4  # how fast that power falls with the median share of the unseen
    least: float = 0.6  # bounds of the power
    most: float = 1.2


def recommended(
    histories: Histories,
    *,
    seed: int,
    settings: HierarchicalLatentClass = RECOMMENDED,
    calibration: Calibration = Calibration(),
) -> Estimate:
    """The hierarchical model, corrected. Raises `Refusal` as `latent_class` does."""
    return calibrated(latent_class(histories, seed=seed, settings=settings), calibration)


def calibrated(estimate: Estimate, settings: Calibration = Calibration()) -> Estimate:
    """The recommended estimate from the hierarchical posterior; the same draws give the same answer.

    A draw of the unseen above the median m, with the probability q < 1/2 above it, becomes m (u / m)^p of the
    draw u with (2 q)^tail / 2 above it, where p = power (m / n)^-bend, kept within `least` and `most`. Then,
    with the probability that lists specialise, u becomes B u, B uniform on (0, 1): how much of the estimated
    unseen is an artefact of lists that avoid each other is anybody's guess.
    """
    unseen = estimate.draws - estimate.observed
    corrected = _upper(unseen.ravel(), estimate.observed, settings).reshape(unseen.shape)
    few = len(estimate.lists) <= 3
    label = zlib.crc32(repr(sorted(estimate.stratum.items())).encode())
    rng = np.random.default_rng(np.random.SeedSequence([estimate.seed, label, 1]))
    thinned = rng.random(unseen.shape) < (settings.specialised_three if few else settings.specialised)
    corrected = np.where(thinned, corrected * rng.random(unseen.shape), corrected)
    return msgspec.structs.replace(
        estimate,
        method="recommended",
        draws=estimate.observed + np.round(corrected),
        settings=estimate.settings | {"calibration": asdict(settings)},
        shortest=True,
    )


def _upper(unseen: Floats, observed: int, settings: Calibration) -> Floats:
    """The draws with those above the median moved, in their places."""
    middle = float(np.median(unseen))
    if middle <= 0.0:
        return unseen
    ranks = np.empty(unseen.size)
    ranks[np.argsort(unseen, kind="stable")] = (np.arange(unseen.size) + 0.5) / unseen.size
    upper = ranks > 0.5
    moved = unseen.copy()
    places = 1.0 - 0.5 * (2.0 * (1.0 - ranks[upper])) ** settings.tail
    further = np.quantile(unseen, places, method="hazen")  # whose k-th of n draws stands at (k - 1/2) / n
    power = settings.power * (middle / max(observed, 1)) ** -settings.bend
    power = min(max(power, settings.least), settings.most)
    moved[upper] = middle * (np.maximum(further, middle) / middle) ** power
    return moved
