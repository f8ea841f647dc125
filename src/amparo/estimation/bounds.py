"""Simple estimates that assume little, to stand beside every model: Chao, sample coverage, Chapman."""

from __future__ import annotations

import zlib
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from amparo.errors import Refusal
from amparo.estimation.histories import Histories

COVERED = 0.55  # sample coverage from which its full estimator is stable (Chao et al. 2001, section 4.3)
Floats = NDArray[np.float64]


class Bound(NamedTuple):
    """An estimate of N whose unseen part is log-normal."""

    observed: float
    unseen: float
    spread: float  # standard deviation of the logarithm of the unseen

    @property
    def estimate(self) -> float:
        """The estimate of N."""
        return self.observed + self.unseen

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """n + T / c to n + T c, c = exp(z spread) (Chao 1987, Biometrics 43:783)."""
        factor = float(np.exp(NormalDist().inv_cdf((1 + level) / 2) * self.spread))
        return self.observed + self.unseen / factor, self.observed + self.unseen * factor

    @property
    def low(self) -> float:
        """The lower end of the 95 % interval."""
        return self.interval()[0]

    @property
    def high(self) -> float:
        """The upper end of the 95 % interval."""
        return self.interval()[1]


def _bound(observed: float, unseen: float, variance: float) -> Bound:
    """With the spread that gives the log-normal law this variance."""
    if unseen <= 0.0:
        return Bound(observed, 0.0, 0.0)
    return Bound(observed, unseen, float(np.sqrt(np.log1p(variance / unseen**2))))


def chao(histories: Histories) -> Bound:
    """Chao's lower bound of N where people and lists both differ.

    Let z_j be the people on list j only, f1 = sum z_j, and f2 the people on exactly two lists. If list j
    reaches a person of attraction t with odds c_j t, then the unseen number at least

        T = sum_{i<j} z_i z_j / f2 = (f1^2 - sum z_j^2) / (2 f2)        by Cauchy-Schwarz,

    with f2 + 1 in place of f2 against bias and against f2 = 0 (Chao 1989, Biometrics 45:427). Positive
    dependence between lists also lowers it. The variance is the delta method's with Poisson counts plus T
    for the unseen themselves.
    """
    on = histories.patterns.sum(axis=1)
    single = on == 1
    only = histories.counts[single] @ histories.patterns[single].astype(np.int64)
    once = float(only.sum())
    pairs = float(histories.counts[on == 2].sum()) + 1.0
    unseen = (once**2 - float((only.astype(float) ** 2).sum())) / (2.0 * pairs)
    variance = (
        float((only * ((once - only) / pairs) ** 2).sum()) + (pairs - 1.0) * (unseen / pairs) ** 2 + unseen
    )
    return _bound(float(histories.observed), unseen, variance)


def chapman(histories: Histories, first: str, second: str) -> Bound:
    """Chapman's estimate from two lists, unbiased where they are independent and people alike.

    N = (n1 + 1)(n2 + 1) / (m + 1) - 1 with m people on both; the variance is Seber's (1970, Biometrics
    26:149). Other lists are not looked at.
    """
    columns = [histories.lists.index(first), histories.lists.index(second)]
    on = histories.patterns[:, columns].astype(bool)
    n1, n2 = (float(histories.counts[on[:, j]].sum()) for j in (0, 1))
    both = float(histories.counts[on.all(axis=1)].sum())
    observed = n1 + n2 - both
    people = (n1 + 1) * (n2 + 1) / (both + 1) - 1
    variance = (n1 + 1) * (n2 + 1) * (n1 - both) * (n2 - both) / ((both + 1) ** 2 * (both + 2))
    return _bound(observed, people - observed, variance)


def sample_coverage(histories: Histories, *, seed: int, resamples: int = 400) -> Bound:
    """The sample coverage estimate of N, which allows every pair of lists to depend.

    C = 1 - mean_j z_j / n_j is the share of a list that the other lists hold, D = n - mean_j z_j, and for
    each pair gamma_ij = N n_ij / (n_i n_j) - 1 measures dependence. To first order in gamma

        N = D / C + sum_{k} sum_{j != k} A_jk gamma_jk / (J C),

    A_jk the people on j and on no list but j and k. Where C > .55 this is solved for N; below, two steps
    from N = D / C stand for the solution, a lower bound under positive dependence (Chao and Tsay 1998,
    Biometrics 54:283; Chao et al. 2001, Statistics in Medicine 20:3123, section 4.3, for three lists). The
    spread comes from people resampled. Raises `estimation.coverage_none` where the equation has no positive
    answer.
    """
    shares = histories.counts / histories.observed
    label = zlib.crc32(repr(sorted(histories.stratum.items())).encode())
    rng = np.random.default_rng(np.random.SeedSequence([seed, label]))
    tables = rng.multinomial(histories.observed, shares, size=resamples).astype(np.float64)
    people = _coverage(histories.patterns, np.vstack([histories.counts, tables]))
    if not np.isfinite(people[0]):
        raise Refusal("estimation.coverage_none")
    unseen = people[1:][np.isfinite(people[1:])] - histories.observed
    return _bound(float(histories.observed), float(people[0]) - histories.observed, float(unseen.var()))


def _coverage(patterns: NDArray[np.uint8], tables: Floats) -> Floats:
    """The sample coverage estimate of each row of counts; NaN where there is none."""
    held = patterns.astype(np.float64)
    lists = held.shape[1]
    on = held.sum(axis=1)
    sizes = tables @ held
    only = tables @ (held * (on == 1)[:, None])
    with np.errstate(divide="ignore", invalid="ignore"):
        coverage = 1.0 - (only / sizes).mean(axis=1)
        distinct = tables.sum(axis=1) - only.mean(axis=1)
        fixed, slope = np.zeros(len(tables)), np.zeros(len(tables))
        for k in range(lists):
            for j in range(lists):
                if j != k:
                    apart = tables @ (held[:, j] * (on - held[:, j] - held[:, k] == 0))
                    fixed += apart
                    both = tables @ (held[:, j] * held[:, k])
                    slope += apart * both / (sizes[:, j] * sizes[:, k])
        plain = distinct / coverage
        full = (plain - fixed / (lists * coverage)) / (1.0 - slope / (lists * coverage))
        once = plain + (plain * slope - fixed) / (lists * coverage)
        step = plain + (once * slope - fixed) / (lists * coverage)
        people = np.where(coverage > COVERED, full, step)
    return np.where(np.isfinite(people) & (people > 0), people, np.nan)
