"""BCa limits on a statistic whose law is known."""

import numpy as np
import pytest

from amparo.estimation.bootstrap import bca


def share(tables):
    return tables[:, 0] / tables.sum(axis=1)


def test_limits_of_a_share():
    found = bca(np.array([300.0, 700.0]), 0.3, share, 4_000, np.random.default_rng(1))
    spread = np.sqrt(0.3 * 0.7 / 1_000)
    assert found.failed == 0
    assert found.limits[0.95] == pytest.approx((0.3 - 1.96 * spread, 0.3 + 1.96 * spread), abs=0.003)
    assert found.limits[0.5] == pytest.approx((0.3 - 0.674 * spread, 0.3 + 0.674 * spread), abs=0.003)


def test_bias_is_corrected():
    # the estimate of every resample is .01 too low: limits move up towards the truth
    found = bca(np.array([300.0, 700.0]), 0.31, share, 4_000, np.random.default_rng(1))
    plain = np.quantile(found.replicates, [0.025, 0.975])
    assert found.limits[0.95][0] > plain[0]
    assert found.limits[0.95][1] > plain[1]


def test_resamples_without_estimate_are_counted():
    def half(tables):
        values = share(tables)
        return np.where(np.arange(len(values)) % 2, values, np.nan)

    found = bca(np.array([300.0, 700.0]), 0.3, half, 100, np.random.default_rng(1))
    assert (found.failed, found.replicates.size) == (0.5, 50)
    rng = np.random.default_rng(1)
    nothing = bca(np.array([3.0, 7.0]), 0.3, lambda tables: tables[:, 0] * np.nan, 9, rng)
    assert (nothing.failed, nothing.limits) == (1.0, {})
