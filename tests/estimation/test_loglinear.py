"""Published estimates to the digit, the selection inside the bootstrap, refusals, order moot."""

import numpy as np
import pytest

from amparo.errors import Refusal
from amparo.estimation import hierarchy, loglinear
from amparo.estimation import loglinear_kernels as kernels
from amparo.estimation.histories import Histories
from amparo.estimation.loglinear import LogLinear, log_linear
from amparo.estimation.results import Estimate


def test_bic_of_the_published_table(published):
    # Rcapture and MultipleSystemsEstimation: 10,357 (se 786), model [123,14,34]
    histories, _ = published("kosovo")
    found = log_linear(histories, seed=1, settings=LogLinear(select="bic", order=3, resamples=0))
    assert found.median == pytest.approx(10_357, abs=0.5)
    assert found.diagnostics["se"] == pytest.approx(786, abs=0.5)
    terms = hierarchy.model(found.chosen["model"], histories.lists)
    assert hierarchy.label(terms, 4) == "[123,14,34]"


def test_stepwise_of_the_published_tables(published):
    # Chan, Silverman and Vincent (2021): 2,483 with one interaction
    western, _ = published("western")
    found = log_linear(western, seed=1, settings=LogLinear(resamples=0))
    assert found.median == pytest.approx(2_483, abs=0.5)
    assert found.chosen["model"] == [["A", "E"], ["B"], ["C"], ["D"]]
    united_kingdom, _ = published("uk")
    found = log_linear(united_kingdom, seed=1, settings=LogLinear(resamples=0))
    assert (found.median, *found.interval()) == pytest.approx((11_418, 9_977, 13_146), abs=0.5)


def test_bca_repeats_the_selection(published):
    # published [1,293; 3,670]; 100,000 resamples give [1,082; 3,688] and 1,000 differ by 87 and 115 (sd)
    western, _ = published("western")
    found = log_linear(western, seed=1)
    low, high = found.interval()
    assert 950 < low < 1_450
    assert 3_300 < high < 4_050
    assert found.draws.shape == (1, 1_000)
    again = log_linear(western, seed=1)
    assert (found.draws == again.draws).all()
    assert (found.draws != log_linear(western, seed=2).draws).any()
    wald = log_linear(western, seed=1, settings=LogLinear(resamples=0)).interval()
    assert wald != found.interval()


def test_the_order_of_lists_is_moot(published):
    histories, _ = published("western")
    turned = Histories(histories.lists[::-1], histories.patterns[:, ::-1], histories.counts)
    assert log_linear(turned, seed=3).interval() == log_linear(histories, seed=3).interval()


def test_a_model_of_ones_own(published):
    histories, _ = published("kosovo")
    generators = (("EXH", "ABA", "OSCE"), ("EXH", "HRW"), ("OSCE", "HRW"))
    settings = LogLinear(select="fixed", model=generators, resamples=0)
    assert log_linear(histories, seed=1, settings=settings).median == pytest.approx(10_357, abs=0.5)


def test_independent_lists_are_estimated_right(population, seen_by):
    held = [0, 0]
    for seed in range(30):
        histories = seen_by(population(seed, 2_000, [[0.2, 0.3, 0.25, 0.2]], [1.0]))
        for i, settings in enumerate((LogLinear(select="fixed", resamples=200), LogLinear(resamples=200))):
            low, high = log_linear(histories, seed=seed, settings=settings).interval()
            held[i] += low <= 2_000 <= high
    assert min(held) >= 24


def test_refusals(published, monkeypatch):
    kosovo, _ = published("kosovo")
    monkeypatch.setattr(loglinear, "MOST_LISTS", 3)
    with pytest.raises(Refusal) as caught:
        log_linear(kosovo, seed=1)
    assert (caught.value.code, caught.value.facts) == ("estimation.too_many_lists", {"lists": 4, "most": 3})
    monkeypatch.undo()
    monkeypatch.setattr(loglinear, "MOST_MODELS", 10)
    with pytest.raises(Refusal) as caught:
        log_linear(kosovo, seed=1, settings=LogLinear(select="bic"))
    assert caught.value.code == "estimation.too_many_models"


def test_a_fixed_model_without_estimate_is_refused(published):
    western, _ = published("western")
    settings = LogLinear(select="fixed", model=(("A", "B", "C", "D", "E"),), resamples=0)
    with pytest.raises(Refusal) as caught:
        log_linear(western, seed=1, settings=settings)
    assert caught.value.code in {"estimation.no_estimate", "estimation.not_estimable"}


def test_warnings_say_what_an_interval_ignores(published):
    kosovo, _ = published("kosovo")
    codes = [issue.code for issue in log_linear(kosovo, seed=1, settings=LogLinear(resamples=0)).warnings]
    assert codes == ["estimation.selection_ignored"]


def test_large_counts(published):
    kosovo, _ = published("kosovo")
    large = Histories(kosovo.lists, kosovo.patterns, kosovo.counts * 10_000)
    settings = LogLinear(select="fixed", resamples=0)
    assert log_linear(large, seed=1, settings=settings).median == pytest.approx(
        10_000 * log_linear(kosovo, seed=1, settings=settings).median, rel=1e-6
    )


@pytest.mark.parametrize(
    ("people", "mean", "tail"),
    [(0, 3.0, 0.049787068367863944), (5, 100.0, 3.2614563667204e-36), (125, 13.2, 1.29506981554e-75)],
)
def test_poisson_tails_keep_their_digits(people, mean, tail):
    assert kernels.poisson_tail(people, mean) == pytest.approx(tail, rel=1e-9)


def test_fitted_means_keep_the_sufficient_statistics(published):
    histories, _ = published("kosovo")
    counts = hierarchy.cells(histories).astype(float)
    margins = kernels.above(counts)
    for terms in hierarchy.models(4, 3):
        status, means, _, _, _ = kernels.fit(counts, margins, np.array(terms))
        assert status == kernels.FITTED
        assert kernels.above(means)[list(terms)] == pytest.approx(margins[list(terms)], rel=1e-6)


@pytest.mark.parametrize(
    "settings", [LogLinear(resamples=0), LogLinear(resamples=50), LogLinear(select="bic", resamples=0)]
)
def test_the_result_survives_json(published, settings):
    found = log_linear(published("western")[0], seed=1, settings=settings)
    again = Estimate.from_json(found.to_json())
    assert again.interval() == found.interval()
    assert again.chosen == found.chosen
