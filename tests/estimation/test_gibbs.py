"""The compiled transitions: gradients against differences, laws against brute force, ranks under prior."""

from itertools import product
from math import lgamma

import numpy as np
import pytest

from amparo.estimation import kernels


def data_of(people, cap=20.0):
    patterns, counts = np.unique(people.astype(np.uint8), axis=0, return_counts=True)
    return kernels.Data(patterns, counts.astype(np.int64), 0.25, 0.25, cap)


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(1)
    people = rng.random((300, 4)) < np.where(rng.random((300, 1)) < 0.5, 0.15, 0.5)
    return data_of(people[people.any(axis=1)])


def density(sticks, rates, alpha, data):
    slope = kernels.Gradient(np.empty_like(sticks), np.empty_like(rates))
    value, unseen = kernels.log_posterior(sticks, rates, alpha, data, slope)
    return value, unseen, slope


def plain_density(sticks, rates, alpha, data):
    """The same by the definition: weights, pattern probabilities, and the priors with their Jacobians."""
    v, lam = 1 / (1 + np.exp(-sticks)), 1 / (1 + np.exp(-rates))
    pi = np.append(v, 1.0) * np.append(1.0, np.cumprod(1 - v))
    cells = {
        x: sum(p * np.prod(np.where(x, lam[:, k], 1 - lam[:, k])) for k, p in enumerate(pi))
        for x in product([0, 1], repeat=rates.shape[0])
    }
    assert sum(cells.values()) == pytest.approx(1.0)
    unseen = cells[(0,) * rates.shape[0]]
    seen = sum(c * np.log(cells[tuple(x)]) for x, c in zip(data.patterns.tolist(), data.counts, strict=True))
    prior = np.sum(np.log(lam * (1 - lam))) + np.sum(np.log(v) + alpha * np.log(1 - v))
    return seen - data.counts.sum() * np.log(1 - unseen) + prior, unseen


def test_density_and_gradient(sample):
    rng = np.random.default_rng(2)
    sticks, rates = rng.normal(0, 1, 4), rng.normal(-1, 1, (4, 5))
    value, unseen, slope = density(sticks, rates, 0.7, sample)
    assert (value, unseen) == pytest.approx(plain_density(sticks, rates, 0.7, sample))
    for part, of_part in ((sticks, slope.sticks), (rates, slope.rates)):
        for i in np.ndindex(part.shape):
            kept, h = part[i], 1e-5
            part[i] = kept + h
            above = plain_density(sticks, rates, 0.7, sample)[0]
            part[i] = kept - h
            below = plain_density(sticks, rates, 0.7, sample)[0]
            part[i] = kept
            assert of_part[i] == pytest.approx((above - below) / (2 * h), rel=1e-5, abs=1e-5)


def test_density_survives_extremes(sample):
    value, _, slope = density(np.full(4, 800.0), np.full((4, 5), -1.0), 1e-3, sample)
    assert np.isfinite(value)
    assert np.isfinite(slope.sticks).all()
    certain, _, _ = density(np.zeros(4), np.full((4, 5), -40.0), 1.0, sample)
    assert certain == -np.inf


def test_law_of_labels_sums_to_one():
    # three classes, five people: multinomial coefficient times the law of one labelling
    total = 0.0
    for a in range(6):
        for b in range(6 - a):
            members = np.array([a, b, 5 - a - b])
            ways = lgamma(6) - sum(lgamma(1 + m) for m in members)
            total += np.exp(ways + kernels._log_law(members, 0.6))
    assert total == pytest.approx(1.0)


def test_neighbours_swap_by_the_law_of_labels():
    members, alpha = np.array([4, 7, 2, 1]), 1.3
    swapped = np.array([7, 4, 2, 1])
    factor = (alpha + 7 + 3) / (alpha + 4 + 3)
    change = kernels._log_law(swapped, alpha) - kernels._log_law(members, alpha)
    assert change == pytest.approx(np.log(factor))


def test_leaves_the_trap_where_the_great_class_comes_last(sample):
    rng = np.random.default_rng(3)
    state = kernels.State(np.full(9, -4.0), np.full((4, 10), -1.0), 30.0, 50)
    state, _, _ = kernels.run(rng, state, sample, kernels.Tuning(0.05, 3.0), 300)
    assert state.alpha < 10


def from_prior(rng, lists, classes, people, cap):
    """A draw of (weights, rates, unseen) from the prior given n people seen, the unseen at most cap n."""
    while True:
        alpha = rng.gamma(0.25, 4.0) + 1e-300
        v = np.append(rng.beta(1.0, alpha, classes - 1), 1.0)
        pi = v * np.append(1.0, np.cumprod(1 - v[:-1]))
        lam = rng.random((lists, classes))
        nobody = float(pi @ np.prod(1 - lam, axis=0))
        unseen = kernels.unseen_draw(rng, nobody / (1 - nobody), people)
        if unseen <= cap * people:
            return pi, lam, unseen


@pytest.mark.parametrize(("lists", "classes", "people", "cap"), [(3, 3, 40, 20.0), (3, 4, 30, 0.5)])
def test_ranks_are_uniform_under_the_prior(lists, classes, people, cap):
    """Simulation-based calibration (Talts et al. 2018): the truth's rank among posterior draws is uniform."""
    rng = np.random.default_rng(people)
    bins, ranks = 10, []
    tuning = kernels.Tuning(0.15, 2.0)
    for _ in range(160):
        pi, lam, unseen = from_prior(rng, lists, classes, people, cap)
        seen = []
        while len(seen) < people:
            person = rng.random(lists) < lam[:, rng.choice(classes, p=pi)]
            if person.any():
                seen.append(person)
        data = data_of(np.array(seen), cap)
        truth = people + unseen
        state = kernels.start(rng, classes, data)
        state, tuned = kernels.warm_up(rng, state, data, tuning, 150)
        _, draws, _ = kernels.run(rng, state, data, tuned, 800)
        draws = draws[::8]
        ranks.append(np.mean(draws < truth) + rng.random() * np.mean(draws == truth))
    counts = np.histogram(ranks, bins=bins, range=(0, 1))[0]
    chi_square = float(np.sum((counts - len(ranks) / bins) ** 2) / (len(ranks) / bins))
    assert chi_square < 27.9  # 99.9 % point of chi-square with 9 degrees of freedom
