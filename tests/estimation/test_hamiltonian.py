"""The samplers keep the posterior: simulation-based calibration of both models."""

import numpy as np
import pytest

from amparo.estimation import hamiltonian, posterior
from amparo.estimation.likelihood import room_for, tree_of, unseen_draw

LANES = (0,) * 8


def from_prior(rng, kind, lists, classes):
    """Weights and rates by the definition of the model."""
    if kind == posterior.LATENT_CLASS:
        alpha = rng.gamma(0.25, 4.0) + 1e-300
        v = np.append(rng.beta(1.0, alpha, classes - 1), 1.0)
        return v * np.append(1.0, np.cumprod(1 - v[:-1])), rng.random((lists, classes))
    mu, sigma = -2 + 1.5 * rng.normal(), abs(1.5 * rng.normal())
    s, tau = np.abs(rng.normal(0, 1.5, 2))
    logit = mu + sigma * rng.normal(size=(lists, 1)) + s * rng.normal(size=classes)
    logit = logit + tau * rng.normal(size=(lists, classes))
    return rng.dirichlet(np.ones(classes)), 1 / (1 + np.exp(-logit))


def model_of(kind, tree, classes, cap):
    prior = (0.25, 0.25, 1.0, 1.0) if kind == posterior.LATENT_CLASS else (-2.0, 1.5, 1.5, 1.5)
    return posterior.Model(tree, kind, classes, cap, True, *prior)


@pytest.mark.parametrize(
    ("kind", "lists", "classes", "people", "cap"),
    [
        (posterior.LATENT_CLASS, 3, 3, 40, 20.0),
        (posterior.LATENT_CLASS, 3, 4, 30, 0.5),
        (posterior.HIERARCHICAL, 4, 3, 60, 20.0),
        (posterior.HIERARCHICAL, 3, 2, 40, 2.0),
    ],
)
def test_ranks_are_uniform_under_the_prior(kind, lists, classes, people, cap):
    """Simulation-based calibration (Talts et al. 2018): the truth's rank among posterior draws is uniform."""
    rng = np.random.default_rng(people)
    bins, ranks = 10, []
    for _ in range(160):
        while True:
            pi, lam = from_prior(rng, kind, lists, classes)
            nobody = float(pi @ np.prod(1 - lam, axis=0))
            if nobody > 0.999:  # neither the cap nor 40 people seen are to be expected of it
                continue
            unseen = unseen_draw(rng, nobody / (1 - nobody), people)
            if unseen <= cap * people:
                break
        seen = []
        while len(seen) < people:
            person = rng.random(lists) < lam[:, rng.choice(classes, p=pi)]
            if person.any():
                seen.append(person)
        tree = tree_of(*np.unique(np.array(seen, int), axis=0, return_counts=True))
        model = model_of(kind, tree, classes, cap)
        state = hamiltonian.start(rng, model, LANES)
        tuning = hamiltonian.Tuning(0.15, 15, posterior.moves(model))
        state, step, _ = hamiltonian.warm_up(rng, state, model, tuning, 150)
        tuning = tuning._replace(step=step, longest=25)
        state, draws, _ = hamiltonian.run(rng, state, model, tuning, 200)
        draws = draws[:, ::8]
        truth = people + unseen
        ranks.append(np.mean(draws < truth) + rng.random() * np.mean(draws == truth))
    counts = np.histogram(ranks, bins=bins, range=(0, 1))[0]
    chi_square = float(np.sum((counts - len(ranks) / bins) ** 2) / (len(ranks) / bins))
    assert chi_square < 27.9  # 99.9 % point of chi-square with 9 degrees of freedom


def test_tempered_to_nothing_the_prior_is_left():
    rng = np.random.default_rng(5)
    tree = tree_of(np.array([[1, 0, 0], [0, 1, 1], [0, 0, 1]]), np.array([30, 20, 10]))
    model = model_of(posterior.HIERARCHICAL, tree, 3, 20.0)
    room = room_for(tree, 3, LANES)
    tuning = hamiltonian.Tuning(0.3, 10, posterior.moves(model), 0.0)
    points = [posterior.from_prior(rng, model, room)]
    for _ in range(4_000):
        points.append(hamiltonian.trajectory(rng, points[-1], model, tuning, room)[0])
    moved = np.array(points[500:])
    assert moved[:, 3:12].std() == pytest.approx(1.0, abs=0.05)  # delta
    assert moved[:, -2].mean() == pytest.approx(-2.0, abs=0.3)  # mu
    assert np.median(np.exp(moved[:, -4])) == pytest.approx(0.674 * 1.5, rel=0.1)  # s, half-normal


def test_chains_in_step_differ_in_nothing_but_their_draws():
    """The same start and speed in every lane end at the same place."""
    rng = np.random.default_rng(7)
    tree = tree_of(np.array([[1, 0, 0], [0, 1, 1], [1, 1, 0]]), np.array([30, 20, 10]))
    model = model_of(posterior.HIERARCHICAL, tree, 3, 20.0)
    room = room_for(tree, 3, LANES)
    point = np.tile(posterior.from_prior(rng, model, room)[:, :1], 8)
    slope = np.empty(point.size)
    posterior.slope_at(point.ravel(), slope, model, room, 1.0)
    assert np.ptp(slope.reshape(point.shape), axis=1) == pytest.approx(0.0, abs=1e-9)
