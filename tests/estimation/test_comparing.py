"""Methods side by side: the disagreement comes first, and no number at all is a recommendation too."""

import numpy as np
import polars as pl
import pytest

from amparo.errors import Refusal
from amparo.estimation.bounds import Bound
from amparo.estimation.comparing import METHODS, answers, compare, recommend
from amparo.estimation.histories import Histories, from_table
from amparo.estimation.results import Estimate

QUICK = ("graphical_average", "log_linear_stepwise", "sample_coverage", "chao")


def estimate(low, high, observed=345):
    """Draws that lie evenly between the two."""
    draws = np.linspace(low, high, 4_001)[None]
    return Estimate(
        method="m", stratum={}, lists=("a", "b", "c"), observed=observed, draws=draws, seed=1, data="x"
    )


@pytest.fixture
def western(published):
    return published("western")[0]


def test_all_methods_are_asked_and_refusals_are_answers(western):
    found = answers(western, seed=1, methods={name: METHODS[name] for name in QUICK})
    comparison = compare(found)
    assert [row.method for row in comparison.rows] == list(QUICK)
    table = comparison.table()
    assert table.columns == ["method", "estimate", "low", "high", "refused"]
    assert (table["low"] <= table["estimate"]).all()
    assert (table["estimate"] <= table["high"]).all()
    apart = from_table(pl.DataFrame({"a": [1, 0, 0], "b": [0, 1, 0], "c": [0, 0, 1], "count": [5, 6, 7]}))
    refused = answers(apart, seed=1, methods={name: METHODS[name] for name in QUICK[:2]})
    codes = {row.refused for row in compare(refused).rows}
    assert codes == {"estimation.list_without_overlap"}


def test_intervals_apart_come_first():
    found = {"one": estimate(400, 500), "two": estimate(450, 700), "three": estimate(650, 900)}
    verdict = compare(found).verdict
    assert verdict.code == "estimation.methods_disagree"
    assert verdict.facts == {"lower": "one", "lower_high": 498, "higher": "three", "higher_low": 656}


def test_a_lower_bound_contradicts_nobody():
    found = {"one": estimate(600, 700), "two": estimate(610, 720), "chao": Bound(345, 50.0, 0.1)}
    assert compare(found).verdict.code == "estimation.methods_close"


def test_intervals_that_meet_may_still_differ():
    verdict = compare({"one": estimate(400, 1_000), "two": estimate(900, 1_500)}).verdict
    assert verdict.code == "estimation.methods_spread"
    assert verdict.facts == {"lower": "one", "low": 700, "higher": "two", "high": 1_200}


def test_one_answer_compares_with_nothing():
    found = {"one": estimate(400, 500), "two": Refusal("estimation.nobody")}
    verdict = compare(found).verdict
    assert (verdict.code, verdict.facts) == ("estimation.methods_none", {"methods": 1})


def test_the_recommended_method_or_none(western):
    assert recommend(western, {"recommended": estimate(1_000, 4_000)}).method == "recommended"
    refusal = Refusal("estimation.not_converged", rhat=1.3, ess=80, draws=16_000)
    refused = recommend(western, {"recommended": refusal, "chao": Bound(345, 50.0, 0.1)})
    assert (refused.method, refused.reasons[0].code) == (None, "estimation.not_converged")
    missing = recommend(western, {"chao": Bound(345, 50.0, 0.1)})
    assert (missing.method, missing.reasons[0].code) == (None, "estimation.not_asked")


def test_too_few_on_two_lists_and_below_chao(western):
    below = recommend(western, {"recommended": estimate(346, 400)})
    assert (below.method, [issue.code for issue in below.reasons]) == (None, ["estimation.below_bound"])
    alone = western.patterns.sum(axis=1) < 2
    thin = Histories(western.lists, western.patterns[alone], western.counts[alone])
    found = recommend(thin, {"recommended": estimate(1_000, 1_000_000)})
    assert found.method is None
    assert "estimation.few_shared" in {issue.code for issue in found.reasons}


def test_the_recommended_answer_is_made_of_the_hierarchical_one(western):
    def hierarchical(histories, seed):
        asked.append(seed)
        return estimate(500, 4_000)

    def alone(histories, seed):
        raise AssertionError

    asked = []
    found = answers(
        western, seed=7, methods={"hierarchical_latent_class": hierarchical, "recommended": alone}
    )
    assert asked == [7]
    assert isinstance(found["recommended"], Estimate)
    assert found["recommended"].method == "recommended"
