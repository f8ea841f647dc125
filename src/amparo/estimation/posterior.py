"""The two posteriors as one function of a vector: log density and gradient for every sampler of the room.

A point is: weights of the K classes | rates, list by list | hyperparameters.

`latent_class` (Manrique-Vallier 2016, section 3): logit v_1..K-1 | logit lambda | log alpha, with

    pi_k = v_k prod_{l<k} (1 - v_l),  v_k ~ Beta(1, alpha),  alpha ~ Gamma(shape, rate)
    lambda_jk ~ Beta(on, off)

alpha stands still along a gradient; the Gibbs sweep draws it.

`hierarchical`: z_1..K | delta_jk | beta_j | theta_k | log s, log tau, mu, log sigma, with

    logit lambda_jk = mu + sigma beta_j + s theta_k + tau delta_jk,  beta, theta, delta ~ N(0, 1)
    s ~ HalfNormal(class_scale),  tau ~ HalfNormal(cell_scale),  pi ~ Dirichlet(1, ..., 1)

Where lists are few, mu and sigma stand still at list_mean and list_spread; where they are many they are
learnt: mu ~ N(list_mean, list_spread) and sigma ~ HalfNormal(list_spread).

Weights of `hierarchical` are those among the observed, rho = softmax(z), because the data fix them while the
rates slide along the ridge of the unseen: with d_k = 1 - P_k(0) and S = sum_l rho_l / d_l, pi_k = rho_k /
(d_k S). Let t_k = exp(z_k) / (d_k S). The t are independent Gamma(1) variables, so pi = t / sum t has the
Dirichlet law, and the Jacobian of z -> log t is 1; log prior = sum_k (z_k - log d_k) - K log S - sum exp z_k.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from amparo.estimation.compiling import compiled, compiled_fast, inlined
from amparo.estimation.likelihood import INFINITE, Tree, gather, log_likelihood, open_up, spread

LATENT_CLASS, HIERARCHICAL = 0, 1


class Model(NamedTuple):
    """The observed people and the prior."""

    tree: Tree
    kind: int  # LATENT_CLASS or HIERARCHICAL
    classes: int
    cap: float  # largest unseen number, as a multiple of the observed
    learnt: bool  # mu and sigma are learnt
    a: float  # shape | list_mean
    b: float  # rate | list_spread
    c: float  # on | class_scale
    d: float  # off | cell_scale
    swept_only: bool = False  # `latent_class` is moved by Gibbs sweeps alone


@compiled
def weights(model):
    """Length of a point's first part."""
    return model.classes - 1 if model.kind == LATENT_CLASS else model.classes


@compiled
def dimension(model):
    """Length of a point."""
    lists, classes = model.tree.lists, model.classes
    hyper = 1 if model.kind == LATENT_CLASS else lists + classes + 4
    return weights(model) + lists * classes + hyper


@inlined
def _weigh(point, model, room):
    """Fill room.weight with pi, and room.carried with v of `latent_class`."""
    classes = model.classes
    rest = 1.0
    if model.kind == LATENT_CLASS:
        for k in range(classes - 1):
            odds = np.exp(min(max(point[k], -INFINITE), INFINITE))
            left = 1.0 / (1.0 + odds)
            room.carried[k] = odds * left  # v_k
            room.weight[k] = rest * room.carried[k]
            rest *= left
        room.weight[classes - 1] = rest
        return
    top = point[0]
    for k in range(1, classes):
        top = max(top, point[k])
    total = 0.0
    for k in range(classes):
        room.weight[k] = np.exp(point[k] - top) / (1.0 - room.nobody[k])
        total += room.weight[k]
    for k in range(classes):
        room.weight[k] /= total


@inlined
def _rate(point, model, room):
    """Fill room.logit."""
    lists, classes, at = model.tree.lists, model.classes, weights(model)
    if model.kind == LATENT_CLASS:
        for j in range(lists):
            for k in range(classes):
                room.logit[j, k] = point[at + j * classes + k]
        return
    beta = at + lists * classes
    theta = beta + lists
    tail = theta + classes
    s, tau = np.exp(point[tail]), np.exp(point[tail + 1])
    mu, sigma = point[tail + 2], np.exp(point[tail + 3])
    for j in range(lists):
        of_list = mu + sigma * point[beta + j]
        for k in range(classes):
            room.logit[j, k] = of_list + s * point[theta + k] + tau * point[at + j * classes + k]


@inlined
def place(point, model, room):
    """Fill the room with the class probabilities of every pattern at the point; returns F0."""
    _rate(point, model, room)
    open_up(room)
    _weigh(point, model, room)
    return spread(model.tree, room)


@compiled_fast
def slope_at(point, slope, model, room, heat):
    """Fill `slope` with the gradient of heat log L + log prior, `room` for `density_at`; returns F0."""
    unseen = place(point, model, room)
    gather(model.tree, room)
    if model.kind == LATENT_CLASS:
        _slope_latent_class(point, slope, model, room, heat)
    else:
        _slope_hierarchical(point, slope, model, room, heat)
    return unseen


@inlined
def _slope_latent_class(point, slope, model, room, heat):
    classes = model.classes
    alpha = np.exp(point[point.size - 1])
    after = heat * room.expected[classes - 1]
    for k in range(classes - 2, -1, -1):
        taken = room.carried[k]
        here = heat * room.expected[k]
        slope[k] = (here + 1.0) * (1.0 - taken) - (after + alpha) * taken
        after += here
    for j in range(model.tree.lists):
        for k in range(classes):
            odds = room.odds[j, k]
            people = heat * room.expected[k] + model.c + model.d
            slope[classes - 1 + j * classes + k] = (
                heat * room.present[j, k] + model.c - odds / (1.0 + odds) * people
            )
    slope[point.size - 1] = 0.0


@inlined
def _slope_hierarchical(point, slope, model, room, heat):
    lists, classes = model.tree.lists, model.classes
    everybody, sum_z, top = 0.0, 0.0, point[0]
    for k in range(classes):
        everybody += room.expected[k]
        top = max(top, point[k])
    for k in range(classes):
        sum_z += np.exp(point[k] - top)
    for k in range(classes):
        share, pi = np.exp(point[k] - top) / sum_z, room.weight[k]
        pull = heat * (room.expected[k] - pi * everybody) + 1.0 - classes * pi
        slope[k] = pull + classes * share - np.exp(point[k])
        # to each logit through d_k, whose logarithm has the slope P_k(0) lambda / d_k
        room.carried[k] = heat * room.expected[k] + pull * room.nobody[k] / (1.0 - room.nobody[k])
    beta = classes + lists * classes
    theta = beta + lists
    tail = theta + classes
    s, tau, sigma = np.exp(point[tail]), np.exp(point[tail + 1]), np.exp(point[tail + 3])
    by_s = by_tau = by_mu = by_sigma = 0.0
    for k in range(classes):
        slope[theta + k] = 0.0
    for j in range(lists):
        of_list = 0.0
        for k in range(classes):
            odds = room.odds[j, k]
            pull = heat * room.present[j, k] - odds / (1.0 + odds) * room.carried[k]
            i = classes + j * classes + k
            slope[i] = tau * pull - point[i]
            by_tau += point[i] * pull
            slope[theta + k] += pull
            of_list += pull
        slope[beta + j] = sigma * of_list - point[beta + j]
        by_mu += of_list
        by_sigma += point[beta + j] * of_list
    for k in range(classes):
        by_s += point[theta + k] * slope[theta + k]
        slope[theta + k] = s * slope[theta + k] - point[theta + k]
    slope[tail] = s * by_s - (s / model.c) ** 2 + 1.0
    slope[tail + 1] = tau * by_tau - (tau / model.d) ** 2 + 1.0
    slope[tail + 2] = slope[tail + 3] = 0.0
    if model.learnt:
        slope[tail + 2] = by_mu - (point[tail + 2] - model.a) / model.b**2
        slope[tail + 3] = sigma * by_sigma - (sigma / model.b) ** 2 + 1.0


@compiled
def _log1p_exp(x):
    """log(1 + exp x) without overflow."""
    return x + np.log1p(np.exp(-x)) if x > 0.0 else np.log1p(np.exp(x))


@compiled
def log_prior(point, model, room):
    """Log prior density, up to a constant, of the point that `room` was last filled at."""
    classes = model.classes
    value = 0.0
    if model.kind == LATENT_CLASS:
        alpha = np.exp(point[point.size - 1])
        for k in range(classes - 1):
            value -= _log1p_exp(-point[k]) + alpha * _log1p_exp(point[k])
        for i in range(classes - 1, point.size - 1):
            value -= model.c * _log1p_exp(-point[i]) + model.d * _log1p_exp(point[i])
        return value
    top = point[0]
    for k in range(1, classes):
        top = max(top, point[k])
    among_all, among_seen = 0.0, 0.0
    for k in range(classes):
        seen = 1.0 - room.nobody[k]
        relative = np.exp(point[k] - top)
        among_seen += relative
        among_all += relative / seen
        value += point[k] - np.log(seen) - np.exp(point[k])
    value -= classes * (np.log(among_all) - np.log(among_seen))
    tail = point.size - 4
    for i in range(classes, tail):
        value -= 0.5 * point[i] ** 2
    value += point[tail] - 0.5 * (np.exp(point[tail]) / model.c) ** 2
    value += point[tail + 1] - 0.5 * (np.exp(point[tail + 1]) / model.d) ** 2
    if model.learnt:
        value -= 0.5 * ((point[tail + 2] - model.a) / model.b) ** 2
        value += point[tail + 3] - 0.5 * (np.exp(point[tail + 3]) / model.b) ** 2
    return value


@compiled
def density_at(point, model, room, heat):
    """heat log L + log prior at the point the room was last filled at; -inf or NaN where arithmetic ends."""
    return heat * log_likelihood(model.tree, room) + log_prior(point, model, room)


@compiled
def moves(model):
    """1 for every coordinate a gradient moves, 0 for those it does not."""
    free = np.ones(dimension(model))
    if model.kind == LATENT_CLASS:
        free[-1] = 0.0
    elif not model.learnt:
        free[-2:] = 0.0
    return free


@compiled
def log_gamma_draw(rng, shape):
    """The logarithm of a Gamma(shape, 1) draw; boosted so that a small shape does not underflow."""
    if shape >= 1.0:
        return np.log(rng.standard_gamma(shape))
    return np.log(rng.standard_gamma(shape + 1.0)) + np.log1p(-rng.random()) / shape


@compiled
def from_prior(rng, model, room):
    """A point of the prior; alpha alone comes from a law that is log-uniform on 0.1 .. 10."""
    classes = model.classes
    point = rng.standard_normal(dimension(model))
    if model.kind == LATENT_CLASS:
        alpha = 10.0 ** (2.0 * rng.random() - 1.0)
        for k in range(classes - 1):
            point[k] = log_gamma_draw(rng, 1.0) - log_gamma_draw(rng, alpha)
        for i in range(classes - 1, point.size - 1):
            point[i] = log_gamma_draw(rng, model.c) - log_gamma_draw(rng, model.d)
        point[-1] = np.log(alpha)
        return point
    tail = point.size - 4
    point[tail] = np.log(model.c * abs(point[tail]))
    point[tail + 1] = np.log(model.d * abs(point[tail + 1]))
    if model.learnt:
        point[tail + 2] = model.a + model.b * point[tail + 2]
        point[tail + 3] = np.log(model.b * abs(point[tail + 3]))
    else:
        point[tail + 2], point[tail + 3] = model.a, np.log(model.b)
    _rate(point, model, room)
    open_up(room)
    among_all, among_seen = 0.0, 0.0
    for k in range(classes):
        point[k] = log_gamma_draw(rng, 1.0)
        among_all += np.exp(point[k])
        among_seen += np.exp(point[k]) * (1.0 - room.nobody[k])
    for k in range(classes):  # z = log t + log d + log S, where S = sum t / sum t d
        point[k] += np.log(1.0 - room.nobody[k]) + np.log(among_all) - np.log(among_seen)
    return point
