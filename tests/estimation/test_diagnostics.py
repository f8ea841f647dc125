"""Known laws and values worked by hand."""

from statistics import NormalDist

import numpy as np
import pytest

from amparo.estimation import diagnostics


def autoregressive(rng, chains, length, phi):
    noise = rng.normal(size=(chains, length)) * np.sqrt(1 - phi**2)
    draws = np.empty((chains, length))
    draws[:, 0] = rng.normal(size=chains)
    for t in range(1, length):
        draws[:, t] = phi * draws[:, t - 1] + noise[:, t]
    return draws


def test_independent_draws():
    draws = np.random.default_rng(1).normal(size=(4, 2000))
    assert diagnostics.rhat(draws) < 1.005
    assert diagnostics.ess_bulk(draws) == pytest.approx(8000, rel=0.1)
    assert diagnostics.ess_tail(draws) == pytest.approx(8000, rel=0.15)


@pytest.mark.parametrize("phi", [0.5, 0.9, -0.4])
def test_autoregression_has_the_known_ess(phi):
    draws = autoregressive(np.random.default_rng(2), 4, 20_000, phi)
    assert diagnostics.ess(draws) == pytest.approx(80_000 * (1 - phi) / (1 + phi), rel=0.12)


def test_a_chain_elsewhere_is_seen():
    draws = np.random.default_rng(3).normal(size=(4, 500))
    draws[0] += 1
    assert diagnostics.rhat(draws) > 1.1
    assert diagnostics.ess_bulk(draws) < 60


def test_a_chain_of_another_width_is_seen_only_when_folded():
    draws = np.random.default_rng(4).normal(size=(4, 1000))
    draws[0] *= 4
    plain = diagnostics._split_rhat(diagnostics.rank_normalise(diagnostics.split(draws)))
    assert plain < 1.01
    assert diagnostics.rhat(draws) > 1.05


def test_a_drifting_chain_is_seen_by_splitting():
    draws = np.random.default_rng(5).normal(size=(4, 1000)) + np.linspace(0, 2, 1000)
    assert diagnostics.rhat(draws) > 1.1


def test_heavy_tails_do_no_harm():
    draws = np.random.default_rng(6).standard_cauchy(size=(4, 1000))
    assert diagnostics.rhat(draws) < 1.01
    assert diagnostics.ess_bulk(draws) == pytest.approx(4000, rel=0.15)


def test_chains_that_stand_still():
    still = np.zeros((4, 10))
    assert (diagnostics.rhat(still), diagnostics.ess_bulk(still)) == (1.0, 1.0)
    still[0] = 1
    assert diagnostics.rhat(still) == float("inf")


def test_rhat_by_hand():
    # halves 1 2 | 3 4 | 2 3 | 4 5: means 1.5 3.5 2.5 4.5, their variance 5/3; within 1/2 each
    halves = diagnostics.split(np.array([[1.0, 2, 3, 4], [2.0, 3, 4, 5]]))
    assert halves.tolist() == [[1, 2], [2, 3], [3, 4], [4, 5]]
    assert diagnostics._split_rhat(halves) == pytest.approx(np.sqrt(1 / 2 + (5 / 3) / (1 / 2)))


def test_split_leaves_the_middle_out():
    assert diagnostics.split(np.arange(5.0)[None]).tolist() == [[0, 1], [3, 4]]


def test_normal_scores_average_ties():
    scores = diagnostics.rank_normalise(np.array([[3.0, 1.0], [3.0, 7.0]]))
    at = [NormalDist().inv_cdf((rank - 0.375) / 4.25) for rank in (2.5, 1, 2.5, 4)]
    assert scores.ravel().tolist() == pytest.approx(at)


def test_ess_is_capped_for_anticorrelated_chains():
    assert diagnostics.ess(np.array([[0.0, 1.0] * 50])) == pytest.approx(100 * np.log10(100))


def test_ess_by_hand():
    # 0 0 1 1: deviations -+1/2; covariances 1/4, 1/16, -1/8, -1/16; W = 1/3, pooled variance 1/4, so that
    # rho = 1, 1 - (1/3 - 1/16) 4 = -1/12, ...: pairs 11/12, then negative; time 5/6, raised to 1 / log10 4
    assert diagnostics.ess(np.array([[0.0, 0.0, 1.0, 1.0]])) == pytest.approx(4 * np.log10(4))
    # the same value held longer: 0 0 0 0 1 1 1 1 has covariances (8 5 2 -1 -4 -3 -2 -1) / 32, W = 2/7
    rho = [1 - (2 / 7 - c / 32) * 4 for c in (5, 2, -1)]
    first, second = 1 + rho[0], rho[1] + rho[2]
    assert second < 0 < first
    assert diagnostics.ess(np.array([[0.0] * 4 + [1.0] * 4])) == pytest.approx(8 / (2 * first - 1))


def test_only_ranks_matter():
    draws = autoregressive(np.random.default_rng(7), 4, 400, 0.6)
    for quantity in (diagnostics.ess_bulk, diagnostics.ess_tail):
        assert quantity(np.exp(draws)) == pytest.approx(quantity(draws))
