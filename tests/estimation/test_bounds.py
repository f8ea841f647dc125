import numpy as np
import polars as pl
import pytest

from amparo.estimation.bounds import chao
from amparo.estimation.histories import from_table


def test_by_hand():
    # only on a, b, c: 10, 20, 30; on exactly two: 9; on all three: 5
    frame = pl.DataFrame(
        {"a": [1, 0, 0, 1, 1], "b": [0, 1, 0, 1, 1], "c": [0, 0, 1, 0, 1], "count": [10, 20, 30, 9, 5]}
    )
    bound = chao(from_table(frame))
    unseen = (10 * 20 + 10 * 30 + 20 * 30) / 10
    variance = (10 * 50**2 + 20 * 40**2 + 30 * 30**2) / 100 + 9 * unseen**2 / 100 + unseen
    spread = np.exp(1.96 * np.sqrt(np.log(1 + variance / unseen**2)))
    assert bound == pytest.approx((74 + unseen, 74 + unseen / spread, 74 + unseen * spread), rel=1e-4)


def test_nobody_alone_means_nobody_proven_missing():
    frame = pl.DataFrame({"a": [1, 1], "b": [1, 0], "c": [0, 1], "count": [4, 5]})
    assert chao(from_table(frame)) == (9, 9, 9)


def test_exact_for_independent_lists_and_low_where_people_differ(population, seen_by):
    alike = [chao(seen_by(population(s, 20_000, [[0.1, 0.2, 0.05, 0.15]], [1.0]))).estimate for s in range(5)]
    # the odds, not the probabilities, enter: with these rates no bias beyond the noise
    assert np.mean(alike) == pytest.approx(20_000, rel=0.03)
    rates = [[0.02, 0.05, 0.02, 0.03], [0.3, 0.4, 0.2, 0.3]]
    assert chao(seen_by(population(9, 20_000, rates, [0.6, 0.4]))).high < 20_000
