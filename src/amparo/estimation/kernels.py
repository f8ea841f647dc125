"""Compiled transitions of the latent-class posterior: pure functions of generator, state and data.

The model (Manrique-Vallier 2016, section 3). Person i of N belongs to class k with probability pi_k and
stands on list j with probability lambda_jk, independently given the class:

    pi_k = v_k prod_{l<k} (1 - v_l),  v_k ~ Beta(1, alpha) for k < K,  v_K = 1
    alpha ~ Gamma(shape, rate),  lambda_jk ~ Uniform(0, 1),  p(N) proportional to 1 / N

With F(x) = sum_k pi_k prod_j lambda_jk^x_j (1 - lambda_jk)^(1 - x_j) and F0 = F(0, ..., 0), summing over the
class labels and over N leaves the marginal likelihood prod_m F(x_m)^f_m / (1 - F0)^n of the M observed
patterns x_m with counts f_m, n = sum f_m. Given F0 the unseen are negative binomial (n, 1 - F0).

The prior of N ends at n + cap n.

Sticks v and rates lambda are kept on the logit scale, so that neither a small alpha nor an empty class
underflows. One step is a Hamiltonian trajectory on the marginal posterior of sticks and rates (labels and
unseen integrated out) with a fresh unseen number, then a Gibbs sweep with the labels drawn: the first crosses
the long ridge between rates and the unseen, the second lets classes fill, empty and trade places.
"""

from __future__ import annotations

from math import lgamma
from typing import NamedTuple

import numpy as np
from numba import njit

LONGEST = 160  # leapfrog steps of one trajectory
CERTAIN = 1.0 - 1e-9  # an F0 at which arithmetic ends, far beyond any cap
ACCEPTANCE = 0.8  # of trajectories, aimed at while warming up (Hoffman and Gelman 2014, section 3.2)


class Data(NamedTuple):
    """The observed patterns of one stratum and the constants of the prior."""

    patterns: np.ndarray  # uint8, (M, J), no all-zero row
    counts: np.ndarray  # int64, (M,)
    shape: float  # of alpha's gamma law
    rate: float
    cap: float  # largest unseen number, as a multiple of the observed


class State(NamedTuple):
    """One point of the posterior."""

    sticks: np.ndarray  # logit v_k, (K - 1,)
    rates: np.ndarray  # logit lambda_jk, (J, K)
    alpha: float
    unseen: int  # N - n


class Gradient(NamedTuple):
    """Room for the gradient of the log posterior."""

    sticks: np.ndarray  # (K - 1,)
    rates: np.ndarray  # (J, K)


class Tuning(NamedTuple):
    """How a trajectory moves; fixed once the warm-up is over."""

    step: float  # mean leapfrog step
    span: float  # a trajectory lasts a uniform time up to this, at most LONGEST steps


@njit(cache=True, nogil=True)
def _log1p_exp(x: float) -> float:
    """log(1 + exp x) without overflow."""
    return x + np.log1p(np.exp(-x)) if x > 0.0 else np.log1p(np.exp(x))


@njit(cache=True, nogil=True)
def _weights(sticks, weights):
    """Fill class weights pi from logit sticks, products taken on the log scale."""
    rest = 0.0
    for k in range(sticks.size):
        weights[k] = np.exp(rest - _log1p_exp(-sticks[k]))
        rest -= _log1p_exp(sticks[k])
    weights[sticks.size] = np.exp(rest)


@njit(cache=True, nogil=True)
def _probabilities(rates, table_of):
    """Fill table_of[x, j, k] = lambda_jk^x (1 - lambda_jk)^(1 - x)."""
    lists, classes = rates.shape
    for j in range(lists):
        for k in range(classes):
            e = np.exp(-abs(rates[j, k]))
            large, small = 1.0 / (1.0 + e), e / (1.0 + e)
            positive = rates[j, k] > 0.0
            table_of[1, j, k] = large if positive else small
            table_of[0, j, k] = small if positive else large


@njit(cache=True, nogil=True)
def _joint(pattern, weights, table_of, out):
    """Fill out[k] = pi_k P(pattern | class k); return the sum over k."""
    classes = weights.size
    for k in range(classes):
        out[k] = weights[k]
    for j in range(pattern.size):
        row = table_of[pattern[j], j]
        for k in range(classes):
            out[k] *= row[k]
    total = 0.0
    for k in range(classes):
        total += out[k]
    return total


@njit(cache=True, nogil=True)
def log_posterior(sticks, rates, alpha, data, slope):
    """Log marginal posterior of logit sticks and logit rates given alpha, up to a constant; fills `slope`.

    Returns (log density, F0); the density is -inf where it cannot be computed.
    """
    lists, classes = rates.shape
    weights = np.empty(classes)
    table_of = np.empty((2, lists, classes))
    joint = np.empty(classes)
    expected = np.zeros(classes)  # people per class, unseen included
    present = np.zeros((lists, classes))  # of them, on list j
    _weights(sticks, weights)
    _probabilities(rates, table_of)
    observed = 0.0
    log_density = 0.0
    for m in range(data.counts.size):
        pattern = data.patterns[m]
        total = _joint(pattern, weights, table_of, joint)
        if not total > 0.0:
            return -np.inf, 1.0
        count = float(data.counts[m])
        observed += count
        log_density += count * np.log(total)
        share = count / total
        for k in range(classes):
            joint[k] *= share
            expected[k] += joint[k]
        for j in range(lists):
            if pattern[j]:
                for k in range(classes):
                    present[j, k] += joint[k]
    unseen = _joint(np.zeros(lists, np.uint8), weights, table_of, joint)
    if not unseen < CERTAIN:
        return -np.inf, unseen
    log_density -= observed * np.log1p(-unseen)
    share = observed / (1.0 - unseen)
    for k in range(classes):
        expected[k] += joint[k] * share
    for j in range(lists):
        for k in range(classes):
            on, off = table_of[1, j, k], table_of[0, j, k]
            # the uniform law on lambda carries the Jacobian lambda (1 - lambda)
            log_density -= _log1p_exp(rates[j, k]) + _log1p_exp(-rates[j, k])
            slope.rates[j, k] = present[j, k] - on * expected[k] + off - on
    after = expected[classes - 1]
    for k in range(classes - 2, -1, -1):
        log_taken, log_left = -_log1p_exp(-sticks[k]), -_log1p_exp(sticks[k])
        taken, left = np.exp(log_taken), np.exp(log_left)
        # Beta(1, alpha) with the Jacobian v (1 - v)
        log_density += log_taken + alpha * log_left
        slope.sticks[k] = (expected[k] + 1.0) * left - (after + alpha) * taken
        after += expected[k]
    return log_density, unseen


@njit(cache=True, nogil=True)
def unseen_draw(rng, odds, observed):
    """The number of unseen people given F0 / (1 - F0): negative binomial as a gamma mixture of Poissons."""
    return rng.poisson(odds * rng.standard_gamma(float(observed)))


@njit(cache=True, nogil=True)
def _trajectory(rng, state, data, tuning):
    """One Hamiltonian trajectory with unit masses, then the unseen given where it ends.

    Both together are reversible for the law without the cap; staying where the cap is passed leaves the
    capped law invariant. Returns (state, acceptance probability of the trajectory).
    """
    sticks, rates = state.sticks.copy(), state.rates.copy()
    slope = Gradient(np.empty_like(sticks), np.empty_like(rates))
    start_density, start_unseen = log_posterior(sticks, rates, state.alpha, data, slope)
    speed_sticks, speed_rates = np.empty_like(sticks), np.empty_like(rates)
    for k in range(sticks.size):
        speed_sticks[k] = rng.standard_normal()
    for j in range(rates.shape[0]):
        for k in range(rates.shape[1]):
            speed_rates[j, k] = rng.standard_normal()
    energy = start_density - 0.5 * (np.sum(speed_sticks**2) + np.sum(speed_rates**2))
    step_size = tuning.step * (0.6 + 0.6 * rng.random())
    length = 1 + int(rng.random() * min(float(LONGEST), tuning.span / tuning.step))
    density, unseen = start_density, start_unseen
    for _ in range(length):
        speed_sticks += 0.5 * step_size * slope.sticks
        speed_rates += 0.5 * step_size * slope.rates
        sticks += step_size * speed_sticks
        rates += step_size * speed_rates
        density, unseen = log_posterior(sticks, rates, state.alpha, data, slope)
        if density == -np.inf:
            break
        speed_sticks += 0.5 * step_size * slope.sticks
        speed_rates += 0.5 * step_size * slope.rates
    gain = density - 0.5 * (np.sum(speed_sticks**2) + np.sum(speed_rates**2)) - energy
    acceptance = np.exp(min(0.0, gain)) if gain > -np.inf else 0.0  # NaN too is refused
    if not rng.random() < acceptance:
        sticks, rates, unseen = state.sticks, state.rates, start_unseen
    observed = data.counts.sum()
    people = unseen_draw(rng, unseen / (1.0 - unseen), observed)
    if people > data.cap * observed:
        return state, acceptance
    return State(sticks, rates, state.alpha, people), acceptance


@njit(cache=True, nogil=True)
def _log_gamma_draw(rng, shape):
    """The logarithm of a Gamma(shape, 1) draw; boosted so that a small shape does not underflow."""
    if shape >= 1.0:
        return np.log(rng.standard_gamma(shape))
    return np.log(rng.standard_gamma(shape + 1.0)) + np.log1p(-rng.random()) / shape


@njit(cache=True, nogil=True)
def _deal(rng, people, joint, total, members):
    """Add a multinomial draw of `people` over the classes to members[k]; returns the draw."""
    classes = joint.size
    dealt = np.zeros(classes, np.int64)
    left = people
    for k in range(classes - 1):
        if left == 0:
            break
        p = joint[k] / total if total > joint[k] else 1.0
        dealt[k] = rng.binomial(left, min(1.0, p))
        left -= dealt[k]
        total -= joint[k]
    dealt[classes - 1] += left
    for k in range(classes):
        members[k] += dealt[k]
    return dealt


@njit(cache=True, nogil=True)
def _log_law(members, alpha):
    """Log probability of the class labels given alpha, sticks summed out."""
    after = float(members.sum())
    total = (members.size - 1) * np.log(alpha)
    for k in range(members.size - 1):
        before, after = after, after - members[k]
        total += lgamma(1.0 + members[k]) + lgamma(alpha + after) - lgamma(1.0 + alpha + before)
    return total


@njit(cache=True, nogil=True)
def _swap(members, present, k, other):
    """Exchange two classes in place."""
    members[k], members[other] = members[other], members[k]
    for j in range(present.shape[0]):
        present[j, k], present[j, other] = present[j, other], present[j, k]


@njit(cache=True, nogil=True)
def _trade_places(rng, members, present, alpha, data):
    """Let classes swap their places in the stick order, sticks and rates summed out; returns alpha.

    Neighbours, from the last pair up: with a members in class k, b in class k + 1 and r in the classes after
    them the law of the labels changes by (alpha + b + r) / (alpha + a + r). Then any two, together with alpha
    drawn afresh from its prior: without it a chain whose great class comes last never leaves a large alpha.
    """
    classes = members.size
    after = members[classes - 1]
    for k in range(classes - 3, -1, -1):
        here, there = members[k], members[k + 1]
        if rng.random() * (alpha + here + after) < alpha + there + after:
            _swap(members, present, k, k + 1)
        after += members[k + 1]
    fresh = max(np.exp(_log_gamma_draw(rng, data.shape)) / data.rate, 1e-300)
    k = int(rng.random() * classes)
    other = (k + 1 + int(rng.random() * (classes - 1))) % classes
    now = _log_law(members, alpha)
    _swap(members, present, k, other)
    if np.log1p(-rng.random()) < _log_law(members, fresh) - now:
        return fresh
    _swap(members, present, k, other)
    return alpha


@njit(cache=True, nogil=True)
def _sweep(rng, state, data):
    """One Gibbs sweep: labels, then rates, sticks and alpha from their full conditionals."""
    lists, classes = state.rates.shape
    weights = np.empty(classes)
    table_of = np.empty((2, lists, classes))
    joint = np.empty(classes)
    members = np.zeros(classes, np.int64)
    present = np.zeros((lists, classes), np.int64)
    _weights(state.sticks, weights)
    _probabilities(state.rates, table_of)
    for m in range(data.counts.size):
        pattern = data.patterns[m]
        total = _joint(pattern, weights, table_of, joint)
        dealt = _deal(rng, data.counts[m], joint, total, members)
        for j in range(lists):
            if pattern[j]:
                for k in range(classes):
                    present[j, k] += dealt[k]
    total = _joint(np.zeros(lists, np.uint8), weights, table_of, joint)
    _deal(rng, state.unseen, joint, total, members)

    alpha = _trade_places(rng, members, present, state.alpha, data)
    sticks = np.empty(classes - 1)
    rates = np.empty((lists, classes))
    log_left = 0.0
    after = members.sum()
    for k in range(classes - 1):
        after -= members[k]
        sticks[k] = _log_gamma_draw(rng, 1.0 + members[k]) - _log_gamma_draw(rng, alpha + after)
        log_left += _log1p_exp(sticks[k])
    for j in range(lists):
        for k in range(classes):
            off = members[k] - present[j, k]
            rates[j, k] = np.log(rng.standard_gamma(1.0 + present[j, k])) - np.log(
                rng.standard_gamma(1.0 + off)
            )
    alpha = rng.standard_gamma(data.shape + classes - 1.0) / (data.rate + log_left)
    return State(sticks, rates, alpha, state.unseen)


@njit(cache=True, nogil=True)
def step(rng, state, data, tuning):
    """One transition that leaves the posterior invariant; returns (state, acceptance probability)."""
    state, acceptance = _trajectory(rng, state, data, tuning)
    return _sweep(rng, state, data), acceptance


@njit(cache=True, nogil=True)
def start(rng, classes, data):
    """A dispersed starting point: rates from the prior, sticks with alpha log-uniform on 0.1..10."""
    lists = data.patterns.shape[1]
    zeros = np.zeros(lists, np.uint8)
    observed = data.counts.sum()
    weights = np.empty(classes)
    joint = np.empty(classes)
    table_of = np.empty((2, lists, classes))
    sticks = np.empty(classes - 1)
    rates = np.empty((lists, classes))
    while True:
        alpha = 10.0 ** (2.0 * rng.random() - 1.0)
        for k in range(classes - 1):
            sticks[k] = _log_gamma_draw(rng, 1.0) - _log_gamma_draw(rng, alpha)
        for j in range(lists):
            for k in range(classes):
                rates[j, k] = _log_gamma_draw(rng, 1.0) - _log_gamma_draw(rng, 1.0)
        _weights(sticks, weights)
        _probabilities(rates, table_of)
        unseen = _joint(zeros, weights, table_of, joint)
        people = unseen_draw(rng, unseen / (1.0 - unseen), observed) if unseen < CERTAIN else -1
        if 0 <= people <= data.cap * observed:
            return State(sticks, rates, alpha, people)


@njit(cache=True, nogil=True)
def warm_up(rng, state, data, tuning, steps):
    """Run `steps` transitions while dual averaging (Hoffman and Gelman 2014, 3.2.1) tunes the leapfrog step.

    Returns (state, tuning) with the averaged step size.
    """
    anchor = np.log(10.0 * tuning.step)
    gap = 0.0
    log_step = np.log(tuning.step)
    averaged = 0.0
    for t in range(1, steps + 1):
        state, acceptance = step(rng, state, data, Tuning(np.exp(log_step), tuning.span))
        gap += (ACCEPTANCE - acceptance - gap) / (t + 10.0)
        log_step = anchor - np.sqrt(float(t)) / 0.05 * gap
        blend = float(t) ** -0.75
        averaged = blend * log_step + (1.0 - blend) * averaged
    return state, Tuning(np.exp(averaged), tuning.span)


@njit(cache=True, nogil=True)
def run(rng, state, data, tuning, draws):
    """`draws` transitions; returns (state, draws of N (int64), mean acceptance probability)."""
    observed = data.counts.sum()
    people = np.empty(draws, np.int64)
    accepted = 0.0
    for t in range(draws):
        state, acceptance = step(rng, state, data, tuning)
        people[t] = observed + state.unseen
        accepted += acceptance
    return state, people, accepted / draws
