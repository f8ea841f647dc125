"""Have the chains agreed, and how many independent draws are they worth? Vehtari et al. (2021).

Vehtari, Gelman, Simpson, Carpenter, Bürkner: Rank-normalization, folding, and localization: an improved
R-hat. Bayesian Analysis 16:667. All functions take draws as an array (chains, draws) of one quantity.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Draws = NDArray[np.float64]

# Algorithm AS 241: numerator and denominator for the middle, the tail and the far tail
MIDDLE = (
    (
        2.5090809287301226727e3,
        3.3430575583588128105e4,
        6.7265770927008700853e4,
        4.5921953931549871457e4,
        1.3731693765509461125e4,
        1.9715909503065514427e3,
        1.3314166789178437745e2,
        3.3871328727963666080e0,
    ),
    (
        5.2264952788528545610e3,
        2.8729085735721942674e4,
        3.9307895800092710610e4,
        2.1213794301586595867e4,
        5.3941960214247511077e3,
        6.8718700749205790830e2,
        4.2313330701600911252e1,
        1.0,
    ),
)
NEAR = (
    (
        7.74545014278341407640e-4,
        2.27238449892691845833e-2,
        2.41780725177450611770e-1,
        1.27045825245236838258e0,
        3.64784832476320460504e0,
        5.76949722146069140550e0,
        4.63033784615654529590e0,
        1.42343711074968357734e0,
    ),
    (
        1.05075007164441684324e-9,
        5.47593808499534494600e-4,
        1.51986665636164571966e-2,
        1.48103976427480074590e-1,
        6.89767334985100004550e-1,
        1.67638483018380384940e0,
        2.05319162663775882187e0,
        1.0,
    ),
)
FAR = (
    (
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        1.24266094738807843860e-3,
        2.65321895265761230930e-2,
        2.96560571828504891230e-1,
        1.78482653991729133580e0,
        5.46378491116411436990e0,
        6.65790464350110377720e0,
    ),
    (
        2.04426310338993978564e-15,
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.86869131145613259100e-4,
        1.48753612908506148525e-2,
        1.36929880922735805310e-1,
        5.99832206555887937690e-1,
        1.0,
    ),
)


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


def mcse_median(draws: Draws) -> float:
    """Monte Carlo standard error of the median, from the effective number of draws below it (section 4.3)."""
    below = ess(split((draws <= np.median(draws)).astype(np.float64)))
    share = 0.5 / np.sqrt(below)
    low, high = np.quantile(draws, [max(0.5 - share, 0.0), min(0.5 + share, 1.0)])
    return float(high - low) / 2


def split(draws: Draws) -> Draws:
    """Each chain as two: (2 chains, draws // 2); the middle draw of an odd number is left out."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, draws.shape[1] - half :]])


def rank_normalise(draws: Draws) -> Draws:
    """Replace draws by normal scores of their pooled ranks, ties averaged (equation 14)."""
    _, place, repeats = np.unique(draws, return_inverse=True, return_counts=True)
    ranks = np.cumsum(repeats) - (repeats - 1) / 2
    return normal_quantile((ranks - 0.375) / (draws.size + 0.25))[place].reshape(draws.shape)


def normal_quantile(share: Draws) -> Draws:
    """The standard normal quantile of 0 < share < 1, to 1e-15 (Wichura 1988, Applied Statistics 37:477)."""
    q = share - 0.5
    r = 0.180625 - q * q
    middle = q * _ratio(r, MIDDLE)
    tail = np.sqrt(-np.log(np.minimum(share, 1 - share)))
    outer = np.where(tail <= 5, _ratio(tail - 1.6, NEAR), _ratio(tail - 5, FAR))
    return np.where(np.abs(q) <= 0.425, middle, np.copysign(outer, q))


def _ratio(x: Draws, polynomials: tuple[tuple[float, ...], tuple[float, ...]]) -> Draws:
    """The quotient of two polynomials in x, highest power first."""
    return np.polyval(polynomials[0], x) / np.polyval(polynomials[1], x)


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
