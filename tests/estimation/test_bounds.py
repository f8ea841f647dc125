import numpy as np
import polars as pl
import pytest

from amparo.errors import Refusal
from amparo.estimation.bounds import Bound, chao, chapman, sample_coverage
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
    expected = (74 + unseen, 74 + unseen / spread, 74 + unseen * spread)
    assert (bound.estimate, bound.low, bound.high) == pytest.approx(expected, rel=1e-4)


def test_nobody_alone_means_nobody_proven_missing():
    frame = pl.DataFrame({"a": [1, 1], "b": [1, 0], "c": [0, 1], "count": [4, 5]})
    bound = chao(from_table(frame))
    assert (bound.estimate, bound.low, bound.high) == (9, 9, 9)


def test_exact_for_independent_lists_and_low_where_people_differ(population, seen_by):
    alike = [chao(seen_by(population(s, 20_000, [[0.1, 0.2, 0.05, 0.15]], [1.0]))).estimate for s in range(5)]
    # the odds, not the probabilities, enter: with these rates no bias beyond the noise
    assert np.mean(alike) == pytest.approx(20_000, rel=0.03)
    rates = [[0.02, 0.05, 0.02, 0.03], [0.3, 0.4, 0.2, 0.3]]
    assert chao(seen_by(population(9, 20_000, rates, [0.6, 0.4]))).high < 20_000


# Hepatitis A in northern Taiwan, 1995: serum tests, hospitals, questionnaires (Chao et al. 2001, table 1)
HEPATITIS = pl.DataFrame(
    {
        "p": [1, 1, 1, 1, 0, 0, 0],
        "q": [1, 1, 0, 0, 1, 1, 0],
        "e": [1, 0, 1, 0, 1, 0, 1],
        "count": [28, 21, 17, 69, 18, 55, 63],
    }
)


def test_sample_coverage_of_the_published_table(monkeypatch):
    histories = from_table(HEPATITIS)
    assert sample_coverage(histories, seed=1).estimate == pytest.approx(508, abs=1)  # N1; coverage is .513
    monkeypatch.setattr("amparo.estimation.bounds.COVERED", 0.5)
    assert sample_coverage(histories, seed=1).estimate == pytest.approx(971, abs=1)  # the full estimator


def test_sample_coverage_of_independent_lists(population, seen_by):
    drawn = [seen_by(population(s, 5_000, [[0.4, 0.5, 0.3, 0.4]], [1.0])) for s in range(8)]
    found = [sample_coverage(histories, seed=1) for histories in drawn]
    assert np.mean([bound.estimate for bound in found]) == pytest.approx(5_000, rel=0.02)
    assert sum(bound.low < 5_000 < bound.high for bound in found) >= 6
    assert found[0] == sample_coverage(drawn[0], seed=1)


def test_no_sample_coverage_where_nobody_is_on_two_lists():
    frame = pl.DataFrame({"a": [1, 0, 0], "b": [0, 1, 0], "c": [0, 0, 1], "count": [5, 6, 7]})
    with pytest.raises(Refusal) as caught:
        sample_coverage(from_table(frame), seed=1)
    assert caught.value.code == "estimation.coverage_none"


def test_chapman_by_hand():
    frame = pl.DataFrame(
        {"a": [1, 0, 1, 0, 1], "b": [0, 1, 1, 0, 0], "c": [0, 0, 0, 1, 1], "count": [20, 30, 10, 99, 4]}
    )
    bound = chapman(from_table(frame), "a", "b")
    assert bound.observed == 64
    assert bound.estimate == pytest.approx(35 * 41 / 11 - 1)
    variance = 35 * 41 * 24 * 30 / (11**2 * 12)
    assert bound.spread == pytest.approx(np.sqrt(np.log1p(variance / bound.unseen**2)))


def test_levels_are_nested():
    bound = Bound(100.0, 50.0, 0.3)
    ends = [bound.interval(level) for level in (0.5, 0.8, 0.95)]
    assert ends[2][0] < ends[1][0] < ends[0][0] < 150 < ends[0][1] < ends[1][1] < ends[2][1]
    assert ends[2][1] == pytest.approx(100 + 50 * np.exp(1.96 * 0.3), rel=1e-4)
