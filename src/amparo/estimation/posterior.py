"""The two posteriors as one function of a vector: log density and gradient for every sampler of the room.

A point is: weights of the K classes | rates, list by list | hyperparameters; (D, C) for C chains in step.

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
from amparo.estimation.likelihood import (
    Tree,
    exponentials,
    gather,
    log_likelihood,
    open_up,
    spread,
)

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
def _weigh(flat, model, room):
    """Fill room.weight with pi; room.carried with v of `latent_class`, or room.grown with exp z."""
    chains, classes = len(room.lanes), model.classes
    weight, grown, rest = room.weight, room.grown, room.hyper
    for c in range(chains):
        rest[4 * chains + c] = 1.0
    if model.kind == LATENT_CLASS:
        exponentials(flat, 0, (classes - 1) * chains, grown, room)
        for k in range(classes - 1):
            for c in range(k * chains, (k + 1) * chains):
                left = 1.0 / (1.0 + grown[c])
                room.carried[c] = grown[c] * left  # v_k
                weight[c] = rest[4 * chains + c - k * chains] * room.carried[c]
                rest[4 * chains + c - k * chains] *= left
        for c in range(chains):
            weight[(classes - 1) * chains + c] = rest[4 * chains + c]
        return
    exponentials(flat, 0, classes * chains, grown, room)
    for i in range(classes * chains):
        weight[i] = grown[i] / (1.0 - room.nobody[i])
    for c in range(2 * chains):
        rest[4 * chains + c] = 0.0
    for k in range(0, classes * chains, chains):
        for c in range(chains):
            rest[4 * chains + c] += weight[k + c]
            rest[5 * chains + c] += grown[k + c]
    for c in range(2 * chains):
        rest[4 * chains + c] = 1.0 / rest[4 * chains + c]
    for k in range(0, classes * chains, chains):
        for c in range(chains):
            weight[k + c] *= rest[4 * chains + c]


@inlined
def _rate(flat, model, room):
    """Fill room.logit, and the first rows of room.hyper with s, tau, exp mu, sigma of `hierarchical`."""
    chains, lists, classes = len(room.lanes), model.tree.lists, model.classes
    at = weights(model) * chains
    logit, hyper, middle = room.logit, room.hyper, room.carried
    if model.kind == LATENT_CLASS:
        for j in range(lists):
            for i in range(classes * chains):
                logit[j, i] = flat[at + j * classes * chains + i]
        return
    beta = at + lists * classes * chains
    theta = beta + lists * chains
    tail = theta + classes * chains
    exponentials(flat, tail, 4 * chains, hyper, room)
    for k in range(0, classes * chains, chains):
        for c in range(chains):
            middle[k + c] = flat[tail + 2 * chains + c] + hyper[c] * flat[theta + k + c]
    for j in range(lists):
        for k in range(0, classes * chains, chains):
            row = at + j * classes * chains + k
            for c in range(chains):
                of_list = hyper[3 * chains + c] * flat[beta + j * chains + c]
                logit[j, k + c] = middle[k + c] + of_list + hyper[chains + c] * flat[row + c]


@compiled_fast
def place(flat, model, room):
    """Fill the room with the class probabilities of every pattern at the point; F0 is in room.total[0].

    `flat` is the memory of a point in one row.
    """
    _rate(flat, model, room)
    open_up(room)
    _weigh(flat, model, room)
    spread(model.tree, room)


@compiled_fast
def slope_at(flat, slope, model, room, heat):
    """Fill `slope` with the gradient of heat log L + log prior at the point, `room` for `density_at`.

    `flat` and `slope` are the memory of (D, C) in one row.
    """
    place(flat, model, room)
    gather(model.tree, room)
    if model.kind == LATENT_CLASS:
        _slope_latent_class(flat, slope, model, room, heat)
    else:
        _slope_hierarchical(flat, slope, model, room, heat)


@inlined
def _slope_latent_class(flat, slope, model, room, heat):
    chains, classes = len(room.lanes), model.classes
    after, tail = room.hyper, (classes - 1 + model.tree.lists * classes) * chains
    exponentials(flat, tail, chains, after, room)  # alpha
    for c in range(chains):
        after[chains + c] = heat * room.expected[(classes - 1) * chains + c]
    for k in range(classes - 2, -1, -1):
        for c in range(chains):
            taken, here = room.carried[k * chains + c], heat * room.expected[k * chains + c]
            slope[k * chains + c] = (here + 1.0) * (1.0 - taken) - (after[chains + c] + after[c]) * taken
            after[chains + c] += here
    for j in range(model.tree.lists):
        row = (classes - 1 + j * classes) * chains
        for i in range(classes * chains):
            people = heat * room.expected[i] + model.c + model.d
            rate = room.odds[j, i] * room.without[j, i]
            slope[row + i] = heat * room.present[j, i] + model.c - rate * people
    for c in range(chains):
        slope[tail + c] = 0.0


@inlined
def _slope_hierarchical(flat, slope, model, room, heat):
    _slope_weights(slope, model, room, heat)
    _slope_rates(flat, slope, model, room, heat)
    _slope_hyper(flat, slope, model, room)


@inlined
def _slope_weights(slope, model, room, heat):
    """The slope of z; room.carried: what each class passes on to its logits."""
    chains, classes = len(room.lanes), model.classes
    hyper, grown, weight, everybody = room.hyper, room.grown, room.weight, 6 * len(room.lanes)
    for c in range(chains):
        hyper[everybody + c] = 0.0
    for k in range(0, classes * chains, chains):
        for c in range(chains):
            hyper[everybody + c] += room.expected[k + c]
    for k in range(0, classes * chains, chains):
        for c in range(chains):
            i = k + c
            pulled = heat * (room.expected[i] - weight[i] * hyper[everybody + c]) + 1.0 - classes * weight[i]
            slope[i] = pulled + classes * grown[i] * hyper[5 * chains + c] - grown[i]
            # to each logit through d_k, whose logarithm has the slope P_k(0) lambda / d_k
            room.carried[i] = heat * room.expected[i] + pulled * room.nobody[i] / (1.0 - room.nobody[i])


@inlined
def _slope_rates(flat, slope, model, room, heat):
    """The slope of delta; room.of_list, room.weight, room.grown: sums of the pull on the logits.

    Over classes, over lists, and over lists of pull times delta.
    """
    chains, lists, wide = len(room.lanes), model.tree.lists, model.classes * len(room.lanes)
    pull, of_list, tau = room.present, room.of_list, len(room.lanes)
    for i in range(wide):
        room.weight[i] = 0.0
        room.grown[i] = 0.0
    for j in range(lists):
        row = wide + j * wide
        for i in range(wide):
            pull[j, i] = heat * pull[j, i] - room.odds[j, i] * room.without[j, i] * room.carried[i]
        for i in range(wide):
            room.weight[i] += pull[j, i]
        for i in range(wide):
            room.grown[i] += flat[row + i] * pull[j, i]
        for c in range(chains):
            of_list[j, c] = 0.0
        for k in range(0, wide, chains):
            for c in range(chains):
                slope[row + k + c] = room.hyper[tau + c] * pull[j, k + c] - flat[row + k + c]
            for c in range(chains):
                of_list[j, c] += pull[j, k + c]


@inlined
def _slope_hyper(flat, slope, model, room):
    """The slopes of beta, theta and the hyperparameters, from the sums of `_slope_rates`."""
    chains, lists, wide = len(room.lanes), model.tree.lists, model.classes * len(room.lanes)
    beta = wide + lists * wide
    theta = beta + lists * chains
    tail = theta + wide
    hyper, of_list = room.hyper, room.of_list
    for i in range(tail, tail + 4 * chains):
        slope[i] = 0.0
    for k in range(0, wide, chains):
        for c in range(chains):
            slope[tail + c] += flat[theta + k + c] * room.weight[k + c]
            slope[tail + chains + c] += room.grown[k + c]
        for c in range(chains):
            slope[theta + k + c] = hyper[c] * room.weight[k + c] - flat[theta + k + c]
    for j in range(lists):
        row = beta + j * chains
        for c in range(chains):
            slope[tail + 2 * chains + c] += of_list[j, c]
            slope[tail + 3 * chains + c] += flat[row + c] * of_list[j, c]
        for c in range(chains):
            slope[row + c] = hyper[3 * chains + c] * of_list[j, c] - flat[row + c]
    for c in range(chains):
        s, tau, sigma = hyper[c], hyper[chains + c], hyper[3 * chains + c]
        mean, spread_of = tail + 2 * chains + c, tail + 3 * chains + c
        slope[tail + c] = s * slope[tail + c] - (s / model.c) ** 2 + 1.0
        slope[tail + chains + c] = tau * slope[tail + chains + c] - (tau / model.d) ** 2 + 1.0
        if model.learnt:
            slope[mean] -= (flat[mean] - model.a) / model.b**2
            slope[spread_of] = sigma * slope[spread_of] - (sigma / model.b) ** 2 + 1.0
        else:
            slope[mean], slope[spread_of] = 0.0, 0.0


@compiled
def _log1p_exp(x):
    """log(1 + exp x) without overflow."""
    return x + np.log1p(np.exp(-x)) if x > 0.0 else np.log1p(np.exp(x))


@compiled
def log_prior(point, model, room, lane):
    """Log prior density, up to a constant, of one lane of the point that `room` was last filled at."""
    chains, classes, at = len(room.lanes), model.classes, point[:, lane]
    value = 0.0
    if model.kind == LATENT_CLASS:
        alpha = np.exp(at[at.size - 1])
        for k in range(classes - 1):
            value -= _log1p_exp(-at[k]) + alpha * _log1p_exp(at[k])
        for i in range(classes - 1, at.size - 1):
            value -= model.c * _log1p_exp(-at[i]) + model.d * _log1p_exp(at[i])
        return value
    top = at[0]
    for k in range(1, classes):
        top = max(top, at[k])
    among_all, among_seen = 0.0, 0.0
    for k in range(classes):
        seen = 1.0 - room.nobody[k * chains + lane]
        relative = np.exp(at[k] - top)
        among_seen += relative
        among_all += relative / seen
        value += at[k] - np.log(seen) - np.exp(at[k])
    value -= classes * (np.log(among_all) - np.log(among_seen))
    tail = at.size - 4
    for i in range(classes, tail):
        value -= 0.5 * at[i] ** 2
    value += at[tail] - 0.5 * (np.exp(at[tail]) / model.c) ** 2
    value += at[tail + 1] - 0.5 * (np.exp(at[tail + 1]) / model.d) ** 2
    if model.learnt:
        value -= 0.5 * ((at[tail + 2] - model.a) / model.b) ** 2
        value += at[tail + 3] - 0.5 * (np.exp(at[tail + 3]) / model.b) ** 2
    return value


@compiled
def density_at(point, model, room, heat, lane):
    """heat log L + log prior of one lane where the room was filled; -inf or NaN where arithmetic ends."""
    return heat * log_likelihood(model.tree, room, lane) + log_prior(point, model, room, lane)


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
    """Points of the prior, (D, C); alpha alone comes from a law that is log-uniform on 0.1 .. 10."""
    chains, classes = len(room.lanes), model.classes
    point = rng.standard_normal((dimension(model), chains))
    if model.kind == LATENT_CLASS:
        for c in range(chains):
            alpha = 10.0 ** (2.0 * rng.random() - 1.0)
            for k in range(classes - 1):
                point[k, c] = log_gamma_draw(rng, 1.0) - log_gamma_draw(rng, alpha)
            for i in range(classes - 1, len(point) - 1):
                point[i, c] = log_gamma_draw(rng, model.c) - log_gamma_draw(rng, model.d)
            point[-1, c] = np.log(alpha)
        return point
    tail = len(point) - 4
    for c in range(chains):
        point[tail, c] = np.log(model.c * abs(point[tail, c]))
        point[tail + 1, c] = np.log(model.d * abs(point[tail + 1, c]))
        if model.learnt:
            point[tail + 2, c] = model.a + model.b * point[tail + 2, c]
            point[tail + 3, c] = np.log(model.b * abs(point[tail + 3, c]))
        else:
            point[tail + 2, c], point[tail + 3, c] = model.a, np.log(model.b)
    place(point.ravel(), model, room)
    for c in range(chains):
        among_all, among_seen = 0.0, 0.0
        for k in range(classes):
            point[k, c] = log_gamma_draw(rng, 1.0)
            among_all += np.exp(point[k, c])
            among_seen += np.exp(point[k, c]) * (1.0 - room.nobody[k * chains + c])
        for k in range(classes):  # z = log t + log d + log S, where S = sum t / sum t d
            point[k, c] += np.log(1.0 - room.nobody[k * chains + c]) + np.log(among_all) - np.log(among_seen)
    return point
