"""The graphs there are, the published averages, and the posterior against its definition."""

from itertools import combinations, pairwise
from math import lgamma

import numpy as np
import polars as pl
import pytest

from amparo.errors import Refusal
from amparo.estimation import graphical
from amparo.estimation import graphical_kernels as kernels
from amparo.estimation.graphical import GraphicalAverage, graphical_average, posterior, sensitivity
from amparo.estimation.histories import Histories, from_table
from amparo.estimation.results import Estimate

# Madigan and York (1997), three lists; as in the tests of the R package dga
THREE = pl.DataFrame(
    {
        "a": [0, 0, 0, 1, 1, 1, 1],
        "b": [0, 1, 1, 0, 0, 1, 1],
        "c": [1, 0, 1, 0, 1, 0, 1],
        "count": [60, 49, 4, 247, 112, 142, 12],
    }
)


@pytest.mark.parametrize(("lists", "graphs"), [(3, 8), (4, 61), (5, 822), (6, 18_154)])
def test_decomposable_graphs(lists, graphs):
    starts, sets, signs = kernels.decomposable(lists)
    assert len(starts) - 1 == graphs
    cliques = {tuple(sets[a:b][signs[a:b] > 0].tolist()) for a, b in pairwise(starts.tolist())}
    assert len(cliques) == graphs  # no graph twice
    for g in range(0, graphs, 97):
        part = slice(starts[g], starts[g + 1])
        sizes = [int(c).bit_count() for c in sets[part]]
        assert sizes @ signs[part] == lists  # every vertex once
        assert signs[part].sum() == 0


def test_three_lists_as_published():
    histories = from_table(THREE)
    found = posterior(histories, GraphicalAverage(delta=1.0, gamma=(13.14, 55.17)))
    people = found.unseen + histories.observed
    assert (found.mass / people).sum() / (found.mass / people**2).sum() == pytest.approx(731, abs=0.5)
    assert people[np.argmax(found.mass / found.widths)] == 728
    assert found.weights[0] == pytest.approx(0.37, abs=0.005)
    assert found.weights.sum() == pytest.approx(1)


def test_five_lists_as_published(published):
    # dga: 616 [588, 655] with delta .5, likeliest graph .217
    histories, _ = published("madigan_york")
    found = graphical_average(histories, seed=1, settings=GraphicalAverage(delta=0.5))
    assert found.median == pytest.approx(616, abs=1)
    assert found.interval() == pytest.approx((588, 655), abs=1)
    assert found.diagnostics["top_weight"] == pytest.approx(0.217, abs=0.0005)


def test_four_and_five_lists_with_the_default_prior(published):
    # dga with delta 2^-lists: 12,595 [9,827; 16,544] and 2,132 [1,343; 3,848]
    kosovo = graphical_average(published("kosovo")[0], seed=1)
    assert kosovo.median == pytest.approx(12_595, rel=0.002)
    assert kosovo.interval() == pytest.approx((9_827, 16_544), rel=0.002)
    western = graphical_average(published("western")[0], seed=1)
    assert western.median == pytest.approx(2_132, rel=0.002)
    assert western.interval() == pytest.approx((1_343, 3_848), rel=0.002)


def test_the_full_graph_is_the_dirichlet_multinomial():
    histories = from_table(THREE)
    unseen = np.array([10.0, 50.0, 300.0])
    counts = np.array([0, 247, 49, 142, 60, 112, 4, 12], float)
    terms = kernels.marginal_likelihoods(counts, unseen, 0.125)
    by_hand = [
        sum(lgamma(c + 0.125) - lgamma(0.125) for c in (*counts[1:], u)) - lgamma(626 + u + 1) + lgamma(1.0)
        for u in unseen.tolist()
    ]
    whole = terms[7] - terms[0]
    assert whole == pytest.approx(np.array(by_hand))
    assert histories.observed == counts.sum()


def test_the_grid_does_not_matter(published, monkeypatch):
    histories, _ = published("western")
    coarse = graphical_average(histories, seed=1).interval()
    monkeypatch.setattr(graphical, "FINE", 6_000)
    assert graphical_average(histories, seed=1).interval() == pytest.approx(coarse, rel=0.002)


def test_the_order_of_lists_is_moot_and_draws_are_shuffled(published):
    histories, _ = published("western")
    turned = Histories(histories.lists[::-1], histories.patterns[:, ::-1], histories.counts)
    one, other = (graphical_average(h, seed=3) for h in (histories, turned))
    assert (one.draws == other.draws).all()
    assert abs(np.corrcoef(one.draws[0, 1:], one.draws[0, :-1])[0, 1]) < 0.1


def test_sensitivity_shows_the_collapse(published):
    histories, _ = published("western")
    found = sensitivity(histories, seed=1, deltas=(2**-5, 0.5))
    assert not isinstance(found[0], Refusal)
    assert not isinstance(found[1], Refusal)
    assert found[1].median < found[0].median / 2


def test_refusals():
    names = "abcdefg"
    rows = [[int(i in pair) for i in range(7)] for pair in combinations(range(7), 2)]
    frame = pl.DataFrame(rows, schema=list(names), orient="row").with_columns(count=pl.lit(5))
    with pytest.raises(Refusal) as caught:
        graphical_average(from_table(frame), seed=1)
    assert (caught.value.code, caught.value.facts) == ("estimation.too_many_lists", {"lists": 7, "most": 6})


def test_the_result_survives_json(published):
    found = graphical_average(published("western")[0], seed=1)
    again = Estimate.from_json(found.to_json())
    assert again.interval() == found.interval()
    assert again.chosen == found.chosen
