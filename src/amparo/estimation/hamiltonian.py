"""Compiled transitions of the posteriors: pure functions of generator, state, model and tuning.

One step is a Hamiltonian trajectory on the marginal posterior (class labels and the unseen summed out, so
that it crosses the long ridge between low rates and many unseen) with a fresh unseen number; of
`latent_class`, then a Gibbs sweep, which moves between arrangements of the classes where a gradient cannot.
Neal (2011), MCMC using Hamiltonian dynamics; step size by dual averaging (Hoffman and Gelman 2014, 3.2.1).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from amparo.estimation.compiling import compiled
from amparo.estimation.gibbs import sweep
from amparo.estimation.likelihood import room_for, unseen_draw
from amparo.estimation.posterior import (
    LATENT_CLASS,
    density_at,
    from_prior,
    place,
    slope_at,
)

CERTAIN = 1.0 - 1e-9  # an F0 at which arithmetic ends, far beyond any cap
CAUTIOUS = 0.05  # share of trajectories with small steps, for places where the tuned step is too long
ACCEPTANCE = 0.8  # of trajectories, aimed at while warming up


class State(NamedTuple):
    """One point of the posterior."""

    point: np.ndarray  # see `posterior`
    unseen: int  # N - n


class Tuning(NamedTuple):
    """How a trajectory moves; fixed once the warm-up is over."""

    step: float  # mean leapfrog step, in units of `scale`
    longest: int  # leapfrog steps of a trajectory: uniform on 1 .. longest
    scale: np.ndarray  # of each coordinate; 0 for those that stand still
    heat: float = 1.0  # power of the likelihood


@compiled
def trajectory(rng, start, model, tuning, room):
    """One trajectory on the posterior at the tuning's heat.

    Returns (point, F0 there, acceptance probability): `start` itself where the end was refused.
    """
    point = start.copy()
    slope, speed = np.empty(point.size), np.empty(point.size)
    scale = tuning.scale
    start_unseen = slope_at(point, slope, model, room, tuning.heat)
    energy = density_at(point, model, room, tuning.heat)
    for i in range(point.size):
        speed[i] = rng.standard_normal()
        energy -= 0.5 * speed[i] * speed[i]
    step = tuning.step * (0.6 + 0.6 * rng.random())
    if rng.random() < CAUTIOUS:
        step *= 0.2
    unseen = start_unseen
    for _ in range(1 + int(rng.random() * tuning.longest)):
        for i in range(point.size):
            speed[i] += 0.5 * step * scale[i] * slope[i]
            point[i] += step * scale[i] * speed[i]
        unseen = slope_at(point, slope, model, room, tuning.heat)
        if not unseen < CERTAIN:
            break
        for i in range(point.size):
            speed[i] += 0.5 * step * scale[i] * slope[i]
    gain = density_at(point, model, room, tuning.heat) - energy
    for i in range(point.size):
        gain -= 0.5 * speed[i] * speed[i]
    acceptance = np.exp(min(0.0, gain)) if gain > -np.inf else 0.0  # NaN too is refused
    if unseen < CERTAIN and rng.random() < acceptance:
        return point, unseen, acceptance
    return start, start_unseen, acceptance


@compiled
def step(rng, state, model, tuning, room):
    """One transition that leaves the posterior invariant; returns (state, acceptance probability).

    Trajectory and unseen together are reversible for the law without the cap; staying where the cap is passed
    leaves the capped law invariant. Without trajectories the unseen are drawn where the chain stands.
    """
    if model.swept_only:
        point, acceptance = state.point, ACCEPTANCE
        unseen = place(point, model, room)
    else:
        point, unseen, acceptance = trajectory(rng, state.point, model, tuning, room)
    people = unseen_draw(rng, unseen / (1.0 - unseen), model.tree.people)
    if people <= model.cap * model.tree.people:
        state = State(point, people)
    if model.kind == LATENT_CLASS:
        point = state.point.copy()
        place(point, model, room)
        sweep(rng, point, state.unseen, model, room)
        state = State(point, state.unseen)
    return state, acceptance


@compiled
def start(rng, model):
    """A dispersed starting point: a draw of the prior whose unseen number keeps the cap."""
    room = room_for(model.tree, model.classes)
    while True:
        point = from_prior(rng, model, room)
        unseen = place(point, model, room)
        if unseen < CERTAIN:
            people = unseen_draw(rng, unseen / (1.0 - unseen), model.tree.people)
            if people <= model.cap * model.tree.people:
                return State(point, people)


@compiled
def warm_up(rng, state, model, tuning, steps):
    """Run `steps` transitions while dual averaging tunes the leapfrog step.

    Returns (state, averaged step, variance of each coordinate over the second half).
    """
    room = room_for(model.tree, model.classes)
    anchor = np.log(5.0 * tuning.step)
    gap = 0.0
    log_step = np.log(tuning.step)
    averaged = 0.0
    half = steps // 2
    mean, square = np.zeros(state.point.size), np.zeros(state.point.size)
    for t in range(1, steps + 1):
        moved = Tuning(np.exp(log_step), tuning.longest, tuning.scale, tuning.heat)
        state, acceptance = step(rng, state, model, moved, room)
        gap += (ACCEPTANCE - acceptance - gap) / (t + 10.0)
        log_step = anchor - np.sqrt(float(t)) / 0.05 * gap
        blend = float(t) ** -0.75
        averaged = blend * log_step + (1.0 - blend) * averaged
        if t > half:
            for i in range(mean.size):
                off = state.point[i] - mean[i]
                mean[i] += off / (t - half)
                square[i] += off * (state.point[i] - mean[i])
    return state, np.exp(averaged), square / (steps - half)


@compiled
def run(rng, state, model, tuning, draws):
    """`draws` transitions; returns (state, draws of N (int64), mean acceptance probability)."""
    room = room_for(model.tree, model.classes)
    people = np.empty(draws, np.int64)
    accepted = 0.0
    for t in range(draws):
        state, acceptance = step(rng, state, model, tuning, room)
        people[t] = model.tree.people + state.unseen
        accepted += acceptance
    return state, people, accepted / draws
