"""Have the chains agreed, and how many independent draws are they worth? Vehtari et al. (2021).

Vehtari, Gelman, Simpson, Carpenter, Bürkner: Rank-normalization, folding, and localization: an improved
R-hat. Bayesian Analysis 16:667. All functions take draws as an array (chains, draws) of one quantity.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Draws = NDArray[np.float64]


def rhat(draws: Draws) -> float:
    """The larger of rank-normalised split R-hat and its folded form (section 3): 1 when the chains agree.

    Infinite when the chains stand still at different values, 1 when all draws are equal.
    """
    folded = np.abs(draws - np.median(draws))
    return max(_split_rhat(rank_normalise(split(draws))), _split_rhat(rank_normalise(split(folded))))


def ess_bulk(draws: Draws) -> float:
    """Effective number of draws for the centre: of the rank-normalised split chains (section 4)."""
    return ess(rank_normalise(split(draws)))


def ess_tail(draws: Draws) -> float:
    """Effective number of draws for a 90 % interval: the smaller of its two ends (section 4.3)."""
    ends = np.quantile(draws, [0.05, 0.95])
    return min(ess(split((draws <= end).astype(np.float64))) for end in ends)


def split(draws: Draws) -> Draws:
    """Each chain as two: (2 chains, draws // 2); the middle draw of an odd number is left out."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, draws.shape[1] - half :]])


def rank_normalise(draws: Draws) -> Draws:
    """Replace draws by normal scores of their pooled ranks, ties averaged (equation 14)."""
    _, place, repeats = np.unique(draws, return_inverse=True, return_counts=True)
    ranks = np.cumsum(repeats) - (repeats - 1) / 2
    quantile = NormalDist().inv_cdf
    scores = np.array([quantile((rank - 0.375) / (draws.size + 0.25)) for rank in ranks.tolist()])
    return scores[place].reshape(draws.shape)


def ess(draws: Draws) -> float:
    """Effective number of draws of the mean, by Geyer's initial monotone sequence (equations 10-13).

    Draws that never move count as one. Anticorrelated chains can exceed the number of draws S: the answer is
    at most S log10 S.
    """
    chains, length = draws.shape
    total = draws.size
    deviations = draws - draws.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(deviations, 2 * length, axis=1)
    covariance = np.fft.irfft(spectrum * spectrum.conj(), axis=1)[:, :length] / length
    within = float(covariance[:, 0].mean()) * length / (length - 1)
    variance = within * (length - 1) / length
    if chains > 1:
        variance += float(draws.mean(axis=1).var(ddof=1))
    if not variance > 0:
        return 1.0
    correlation = 1 - (within - covariance.mean(axis=0)) / variance
    correlation[0] = 1.0
    pairs = correlation[: length // 2 * 2].reshape(-1, 2).sum(axis=1)
    negative = np.flatnonzero(pairs < 0)
    pairs = pairs[: negative[0] if negative.size else pairs.size]
    time = 2 * float(np.minimum.accumulate(pairs).sum()) - 1
    return total / max(time, 1 / float(np.log10(total)))


def _split_rhat(halves: Draws) -> float:
    """The classical ratio of spread between and within chains (equations 1-4), of chains already split."""
    length = halves.shape[1]
    between = float(halves.mean(axis=1).var(ddof=1))
    within = float(halves.var(axis=1, ddof=1).mean())
    if not within > 0:
        return float("inf") if between > 0 else 1.0
    return float(np.sqrt((length - 1) / length + between / within))
