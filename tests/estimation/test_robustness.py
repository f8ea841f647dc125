"""A list that carries the answer is seen, and data that the model does not give."""

import numpy as np

from amparo.estimation.latent_class import HierarchicalLatentClass, LatentClass
from amparo.estimation.robustness import leave_one_list_out, predictive_check
from amparo.estimation.sampling import Run

QUICK = HierarchicalLatentClass(
    run=Run(warm_up=(100, 100), draws=300, doublings=0, ess=1, precision=1.0, rescue=0)
)


def test_each_list_is_left_out_in_turn(published):
    histories, _ = published("western")
    table = leave_one_list_out(histories, seed=1, settings=QUICK)
    assert table["left_out"].to_list() == [None, *histories.lists]
    assert table["observed"][0] == histories.observed
    assert (table["observed"][1:] <= histories.observed).all()
    estimated = table.filter(table["refused"].is_null())
    assert (estimated["low"] <= estimated["median"]).all()
    assert estimated.height >= 4


def test_independent_lists_do_not_make_dependent_data(population, seen_by):
    everybody = population(1, 3000, [[0.3, 0.3, 0.25, 0.2]], [1.0])
    everybody[:, 1] |= everybody[:, 0] & (np.random.default_rng(1).random(3000) < 0.6)
    histories = seen_by(everybody)
    one_class = LatentClass(classes=2, run=QUICK.run)
    fitted = predictive_check(histories, seed=1, settings=QUICK, replicates=200)
    assert fitted["p"].to_numpy().min() > 0.01
    assert fitted["observed"][:4].sum() == histories.observed
    poor = HierarchicalLatentClass(classes=1, cell_scale=0.01, run=QUICK.run)
    wrong = predictive_check(histories, seed=1, settings=poor, replicates=200)
    assert wrong.filter(statistic="a & b")["p"].item() < 0.05
    many = predictive_check(histories, seed=1, settings=one_class, replicates=50)
    assert many.height == 4 + 6
