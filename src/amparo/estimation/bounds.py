"""Lower bounds that assume almost nothing, to stand beside every estimate."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from amparo.estimation.histories import Histories

NORMAL_975 = 1.959963984540054


class Bound(NamedTuple):
    """A lower bound of the number of people, with its 95 % interval."""

    estimate: float
    low: float
    high: float


def chao(histories: Histories) -> Bound:
    """Chao's lower bound of N where people and lists both differ.

    Let z_j be the people on list j only, f1 = sum z_j, and f2 the people on exactly two lists. If list j
    reaches a person of attraction t with odds c_j t, then the unseen number at least

        T = sum_{i<j} z_i z_j / f2 = (f1^2 - sum z_j^2) / (2 f2)        by Cauchy-Schwarz,

    with f2 + 1 in place of f2 against bias and against f2 = 0 (Chao 1989, Biometrics 45:427). Positive
    dependence between lists also lowers it. The interval is the log-normal one of Chao (1987, Biometrics
    43:783): n + T / c to n + T c, c = exp(1.96 sqrt(log(1 + var / T^2))), var by the delta method with
    Poisson counts plus T for the unseen themselves.
    """
    on = histories.patterns.sum(axis=1)
    single = on == 1
    only = histories.counts[single] @ histories.patterns[single].astype(np.int64)
    once = float(only.sum())
    pairs = float(histories.counts[on == 2].sum()) + 1.0
    unseen = (once**2 - float((only.astype(float) ** 2).sum())) / (2.0 * pairs)
    observed = float(histories.observed)
    if unseen == 0.0:
        return Bound(observed, observed, observed)
    variance = (
        float((only * ((once - only) / pairs) ** 2).sum()) + (pairs - 1.0) * (unseen / pairs) ** 2 + unseen
    )
    spread = float(np.exp(NORMAL_975 * np.sqrt(np.log1p(variance / unseen**2))))
    return Bound(observed + unseen, observed + unseen / spread, observed + unseen * spread)
