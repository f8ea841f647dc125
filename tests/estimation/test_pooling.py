"""Mixtures, Rubin's rules and totals on normal logs whose answer is known."""

import numpy as np
import pytest

from amparo.errors import Issue, Refusal
from amparo.estimation.pooling import mixture, rubin, total
from amparo.estimation.results import Estimate


def lognormal(seed, centre, spread, stratum=None):
    draws = np.exp(centre + spread * np.random.default_rng(seed).standard_normal((8, 2000)))
    return Estimate(
        method="latent_class",
        stratum=stratum or {},
        lists=("a", "b", "c"),
        observed=80,
        draws=draws,
        seed=seed,
        data=f"d{seed}",
        diagnostics={"rhat": 1.0 + seed / 100, "ess_bulk": 500.0 + seed},
        warnings=(Issue("estimation.three_lists", {}),),
    )


REFUSED = Refusal("estimation.not_converged", rhat=1.3, ess=9, draws=400)


def test_a_mixture_holds_the_spread_between_its_parts():
    parts = [lognormal(1, 6.0, 0.1), lognormal(2, 6.4, 0.1)]
    pooled = mixture(parts, seed=1)
    assert np.log(pooled.draws).mean() == pytest.approx(6.2, abs=0.005)
    assert np.log(pooled.draws).var() == pytest.approx(0.1**2 + 0.2**2, rel=0.03)
    assert pooled.diagnostics["between"] == pytest.approx(0.8, abs=0.02)
    assert (pooled.diagnostics["rhat"], pooled.diagnostics["ess_bulk"]) == (1.02, 501.0)
    assert [issue.code for issue in pooled.warnings] == ["estimation.three_lists"]
    assert mixture(parts, seed=1).draws.tobytes() == pooled.draws.tobytes()


def test_rubin_by_hand():
    pooled = rubin([lognormal(1, 6.0, 0.1), lognormal(2, 6.4, 0.1), lognormal(3, 6.2, 0.1)], seed=1)
    spread = np.sqrt(0.1**2 + (1 + 1 / 3) * 0.04)
    low, high = pooled.interval()
    assert pooled.median == pytest.approx(np.exp(6.2), rel=0.005)
    assert low == pytest.approx(np.exp(6.2 - 1.96 * spread), rel=0.01)
    assert high == pytest.approx(np.exp(6.2 + 1.96 * spread), rel=0.01)
    assert np.log(pooled.draws).std() == pytest.approx(spread, rel=0.03)


def test_totals_keep_what_strata_share():
    """Two linkage draws that raise both strata together: the sum is more uncertain than apart."""
    low = [lognormal(1, 6.0, 0.1, {"y": "1"}), lognormal(2, 6.0, 0.1, {"y": "2"})]
    high = [lognormal(3, 6.4, 0.1, {"y": "1"}), lognormal(4, 6.4, 0.1, {"y": "2"})]
    alone = total([low], seed=1)
    assert alone.observed == 160
    assert alone.draws.mean() == pytest.approx(2 * np.exp(6.005), rel=0.01)
    assert alone.draws.std() == pytest.approx(np.sqrt(2) * 0.1 * np.exp(6.0), rel=0.05)
    both = total([low, high], seed=1)
    assert both.method == "total"
    apart = np.sqrt(2) * mixture([low[0], high[0]], seed=1).draws.std()
    assert both.draws.std() > 1.3 * apart


def test_a_refused_part_refuses_the_whole():
    for pool in (mixture, rubin):
        with pytest.raises(Refusal) as caught:
            pool([lognormal(1, 6.0, 0.1), REFUSED], seed=1)
        assert caught.value.facts == {"part": 2, "of": 2, "reason": "estimation.not_converged"}
    with pytest.raises(Refusal):
        total([[lognormal(1, 6.0, 0.1), REFUSED]], seed=1)
    with pytest.raises(Refusal) as caught:
        total([[lognormal(1, 6.0, 0.1, {"y": "1"})], [lognormal(1, 6.0, 0.1, {"y": "2"})]], seed=1)
    assert caught.value.code == "estimation.strata_differ"
