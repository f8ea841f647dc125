"""Densities against the definition, gradients against differences, prior draws against their law."""

import numpy as np
import pytest

from amparo.estimation import posterior
from amparo.estimation.likelihood import room_for, tree_of

LANES = (0, 0)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.fixture(scope="module")
def tree():
    rng = np.random.default_rng(1)
    people = rng.random((300, 4)) < np.where(rng.random((300, 1)) < 0.5, 0.15, 0.5)
    patterns, counts = np.unique(people[people.any(axis=1)].astype(int), axis=0, return_counts=True)
    return tree_of(patterns, counts)


def models(tree):
    return [
        posterior.Model(tree, posterior.LATENT_CLASS, 5, 20.0, False, 0.25, 0.25, 1.0, 1.0),
        posterior.Model(tree, posterior.LATENT_CLASS, 5, 20.0, False, 0.25, 0.25, 0.5, 1.5),
        posterior.Model(tree, posterior.HIERARCHICAL, 3, 20.0, False, -2.0, 1.5, 1.5, 1.5),
        posterior.Model(tree, posterior.HIERARCHICAL, 3, 20.0, True, -2.0, 1.5, 1.5, 0.5),
    ]


def log_t(z, seen):
    """log t of the module's docstring."""
    rho = np.exp(z) / np.exp(z).sum()
    return z - np.log(seen) - np.log((rho / seen).sum())


def plain_density(point, model, heat):
    """By the definition, up to a constant."""
    lists, classes, tree = model.tree.lists, model.classes, model.tree
    at = posterior.weights(model)
    table = point[at : at + lists * classes].reshape(lists, classes)
    if model.kind == posterior.LATENT_CLASS:
        v = sigmoid(point[:at])
        pi = np.append(v, 1.0) * np.append(1.0, np.cumprod(1 - v))
        lam = sigmoid(table)
        prior = np.sum(np.log(v) + np.exp(point[-1]) * np.log(1 - v))
        prior += np.sum(model.c * np.log(lam) + model.d * np.log(1 - lam))
    else:
        beta, theta = point[at + lists * classes :][:lists], point[at + lists * classes + lists :][:classes]
        s, tau, sigma = np.exp(point[[-4, -3, -1]])
        lam = sigmoid(point[-2] + sigma * beta[:, None] + s * theta + tau * table)
        seen = 1 - np.prod(1 - lam, axis=0)
        t = np.exp(log_t(point[:at], seen))
        pi = t / t.sum()
        jacobian = np.array(
            [
                (log_t(point[:at] + h, seen) - log_t(point[:at] - h, seen)) / 2e-6
                for h in 1e-6 * np.eye(classes)
            ]
        )
        prior = np.sum(np.log(t) - t) + np.linalg.slogdet(jacobian)[1]
        prior -= 0.5 * (np.sum(beta**2) + np.sum(theta**2) + np.sum(table**2))
        prior += point[-4] - 0.5 * (s / model.c) ** 2 + point[-3] - 0.5 * (tau / model.d) ** 2
        if model.learnt:
            prior += -0.5 * ((point[-2] - model.a) / model.b) ** 2 + point[-1] - 0.5 * (sigma / model.b) ** 2
    none = pi @ np.prod(1 - lam, axis=0)
    value = -tree.people * np.log(1 - none)
    for t in range(1, tree.parent.size):
        held, node = np.zeros(lists, bool), t
        while node:
            held[int(tree.last[node])] = True
            node = int(tree.parent[node])
        value += tree.count[t] * np.log(pi @ np.prod(np.where(held[:, None], lam, 1 - lam), axis=0))
    return heat * value + prior


@pytest.mark.parametrize("which", range(4))
def test_density_and_gradient(tree, which):
    model = models(tree)[which]
    rng, room = np.random.default_rng(2), room_for(tree, model.classes, LANES)
    point = posterior.from_prior(rng, model, room)
    slope = np.empty_like(point)
    posterior.slope_at(point.ravel(), slope.ravel(), model, room, 0.7)

    def densities(at):
        """What each lane's density is above the definition's, and the densities."""
        posterior.place(at.ravel(), model, room)
        found = [posterior.density_at(at, model, room, 0.7, c) for c in range(len(LANES))]
        return found, [value - plain_density(at[:, c], model, 0.7) for c, value in enumerate(found)]

    first = densities(point)[1][0]
    free = posterior.moves(model)
    for i in np.flatnonzero(free):
        step = 1e-5 * (np.arange(len(point)) == i)[:, None]
        (above, more), (below, less) = densities(point + step), densities(point - step)
        assert more + less == pytest.approx([first] * 2 * len(LANES), abs=1e-6)
        assert slope[i] == pytest.approx((np.array(above) - below) / 2e-5, rel=1e-5, abs=2e-5)
    assert (slope[free == 0] == 0).all()


def test_density_survives_extremes(tree):
    model = models(tree)[0]
    room = room_for(tree, model.classes, LANES)
    point = np.concatenate([np.full(4, 800.0), np.full(20, -1.0), [np.log(1e-3)]])
    far = np.concatenate([np.zeros(4), np.full(20, -40.0), [0.0]])
    both = np.stack([point, far], axis=1)
    slope = np.empty_like(both)
    posterior.slope_at(both.ravel(), slope.ravel(), model, room, 1.0)
    assert np.isfinite(posterior.density_at(both, model, room, 1.0, 0))
    assert np.isfinite(slope[:, 0]).all()
    assert not room.total[0, 1] < 1.0 - 1e-9


def test_weights_of_the_hierarchical_prior_are_dirichlet(tree):
    model = models(tree)[2]
    rng, room = np.random.default_rng(3), room_for(tree, model.classes, LANES)
    weights = []
    for _ in range(2000):
        posterior.place(posterior.from_prior(rng, model, room).ravel(), model, room)
        weights.extend(room.weight.reshape(-1, len(LANES))[:3].T.copy())
    largest = np.max(weights, axis=1)
    # of a uniform point of the triangle: mean of the largest (1 + 1/2 + 1/3) / 3; each below x: 1 - (1 - x)^2
    assert largest.mean() == pytest.approx(11 / 18, abs=0.01)
    assert np.mean(np.array(weights)[:, 0] < 0.2) == pytest.approx(0.36, abs=0.03)
