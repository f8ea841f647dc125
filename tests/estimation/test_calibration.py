"""The corrections of the posterior do what they say, and nothing else."""

import msgspec
import numpy as np
import pytest

from amparo.estimation.calibration import Calibration, calibrated
from amparo.estimation.results import Estimate, shortest

NOTHING = Calibration(specialised=0.0, specialised_three=0.0, tail=1.0, power=1.0, bend=0.0)


def posterior(lists=5, observed=100):
    rng = np.random.default_rng(1)
    draws = observed + np.round(200 * np.exp(rng.normal(0, 0.5, (8, 2_000))))
    names = tuple("abcdefgh"[:lists])
    return Estimate(
        method="hierarchical_latent_class",
        stratum={},
        lists=names,
        observed=observed,
        draws=draws,
        seed=1,
        data="x",
    )


def test_no_correction_leaves_the_draws():
    before = posterior()
    after = calibrated(before, NOTHING)
    assert after.draws == pytest.approx(before.draws, abs=1)
    assert after.method == "recommended"
    assert after.settings["calibration"]["power"] == 1.0


def test_lists_that_specialise_take_from_the_unseen():
    before, share = posterior(), Calibration(specialised=0.2, tail=1.0, power=1.0, bend=0.0)
    after = calibrated(before, share)
    assert np.mean(after.draws < before.draws - 1) == pytest.approx(0.2, abs=0.02)
    assert (after.draws >= before.observed).all()
    assert after.interval()[0] < shortest(before.draws, 0.95)[0]


def test_three_lists_are_trusted_less():
    few, many = (calibrated(posterior(lists)) for lists in (3, 4))
    assert few.interval()[0] < many.interval()[0]


def upper(estimate):
    """The central interval's upper end, whatever interval the estimate itself gives."""
    return np.quantile(estimate.draws, 0.975)


def test_the_upper_tail_is_fatter_and_shorter():
    before = posterior()
    middle = np.median(before.draws) - 100
    fatter = calibrated(before, Calibration(0, 0, tail=1.3, power=1.0, bend=0.0))
    # the probability .025 above the upper end of 95 % becomes that of .01 before
    assert upper(fatter) == pytest.approx(np.quantile(before.draws, 0.99), rel=0.01)
    assert np.quantile(fatter.draws, 0.025) == pytest.approx(before.interval()[0], rel=0.01)
    shorter = calibrated(before, Calibration(0, 0, tail=1.0, power=0.8, bend=0.0))
    expected = 100 + middle * ((before.interval()[1] - 100) / middle) ** 0.8
    assert upper(shorter) == pytest.approx(expected, rel=0.01)


def test_the_tail_is_shorter_where_more_are_unseen():
    bent = Calibration(0, 0, tail=1.0, power=0.8, bend=0.5)
    before = posterior(observed=100)
    ratio = (upper(calibrated(before, bent)) - 100) / (np.median(before.draws) - 100)
    most_seen = msgspec.structs.replace(before, observed=400, draws=before.draws + 300)
    assert (upper(calibrated(most_seen, bent)) - 400) / (np.median(before.draws) - 100) > ratio
    bounded = Calibration(0, 0, tail=1.0, power=0.8, bend=9.0, least=0.8, most=0.8)
    plain = Calibration(0, 0, tail=1.0, power=0.8, bend=0.0)
    assert (calibrated(before, bounded).draws == calibrated(before, plain).draws).all()


def test_the_interval_is_the_shortest_on_the_log_scale():
    after = calibrated(posterior())
    low, high = after.interval()
    assert np.mean((after.draws >= low) & (after.draws <= high)) == pytest.approx(0.95, abs=0.002)
    for below in (0.0, 0.01, 0.025, 0.04):
        ends = np.quantile(after.draws, [below, below + 0.95])
        assert high / low <= ends[1] / ends[0] * 1.001


def test_the_same_draws_give_the_same_answer_and_keep_their_chains():
    before = posterior()
    assert (calibrated(before).draws == calibrated(before).draws).all()
    assert calibrated(before).draws.shape == before.draws.shape
    nobody = posterior(observed=0)
    assert calibrated(nobody, NOTHING).observed == 0


def test_nobody_unseen_stays_nobody():
    all_seen = Estimate(
        method="m",
        stratum={},
        lists=("a", "b", "c"),
        observed=50,
        draws=np.full((2, 100), 50.0),
        seed=1,
        data="x",
    )
    assert (calibrated(all_seen).draws == 50).all()
