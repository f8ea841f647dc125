"""The law of class labels, and a trap that a sweep must leave."""

from math import lgamma

import numpy as np
import pytest

from amparo.estimation import gibbs, hamiltonian, posterior
from amparo.estimation.likelihood import tree_of


def test_law_of_labels_sums_to_one():
    # three classes, five people: multinomial coefficient times the law of one labelling
    total = 0.0
    for a in range(6):
        for b in range(6 - a):
            members = np.array([a, b, 5 - a - b])
            ways = lgamma(6) - sum(lgamma(1 + m) for m in members)
            total += np.exp(ways + gibbs.log_law(members, 0.6))
    assert total == pytest.approx(1.0)


def test_neighbours_swap_by_the_law_of_labels():
    members, alpha = np.array([4, 7, 2, 1]), 1.3
    swapped = np.array([7, 4, 2, 1])
    factor = (alpha + 7 + 3) / (alpha + 4 + 3)
    change = gibbs.log_law(swapped, alpha) - gibbs.log_law(members, alpha)
    assert change == pytest.approx(np.log(factor))


def test_leaves_the_trap_where_the_great_class_comes_last():
    rng = np.random.default_rng(3)
    people = rng.random((300, 4)) < np.where(rng.random((300, 1)) < 0.5, 0.15, 0.5)
    patterns, counts = np.unique(people[people.any(axis=1)].astype(int), axis=0, return_counts=True)
    model = posterior.Model(
        tree_of(patterns, counts), posterior.LATENT_CLASS, 10, 20.0, False, 0.25, 0.25, 1.0, 1.0
    )
    lanes = (0,) * 8
    point = np.concatenate([np.full(9, -4.0), np.full(40, -1.0), [np.log(30.0)]])
    start = hamiltonian.State(np.tile(point[:, None], 8), np.full(8, 50), lanes)
    tuning = hamiltonian.Tuning(0.05, 60, posterior.moves(model))
    state, _, _ = hamiltonian.run(rng, start, model, tuning, 300)
    assert (state.point[-1] < np.log(10)).all()
