"""Compiled transitions of the posteriors: pure functions of generator, state, model and tuning.

Several chains move in step, one a lane: they share the length and the jitter of a trajectory, which do not
depend on where any of them stands, and nothing else.

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
from amparo.estimation.likelihood import Lanes, room_for, unseen_draw
from amparo.estimation.posterior import (
    LATENT_CLASS,
    density_at,
    dimension,
    from_prior,
    place,
    slope_at,
)

CERTAIN = 1.0 - 1e-9  # an F0 at which arithmetic ends, far beyond any cap
CAUTIOUS = 0.05  # share of trajectories with small steps, for places where the tuned step is too long
ACCEPTANCE = 0.8  # of trajectories, aimed at while warming up


class State(NamedTuple):
    """A point of the posterior for each of C chains in step."""

    point: np.ndarray  # (D, C), see `posterior`
    unseen: np.ndarray  # (C,) int64, N - n
    lanes: Lanes  # C zeros


class Tuning(NamedTuple):
    """How a trajectory moves; fixed once the warm-up is over."""

    step: float  # mean leapfrog step, in units of `scale`
    longest: int  # leapfrog steps of a trajectory: uniform on 1 .. longest
    scale: np.ndarray  # of each coordinate; 0 for those that stand still
    heat: float = 1.0  # power of the likelihood


@compiled
def _energies(point, speed, model, room, heat):
    """Log density less kinetic energy of each chain where the room was last filled."""
    energy = np.empty(len(room.lanes))
    for c in range(energy.size):
        energy[c] = density_at(point, model, room, heat, c)
        for d in range(len(point)):
            energy[c] -= 0.5 * speed[d, c] * speed[d, c]
    return energy


@compiled
def trajectory(rng, start, model, tuning, room):
    """One trajectory of each chain on the posterior at the tuning's heat.

    Returns (points, F0 there, acceptance probabilities): a chain whose end was refused stays at its start.
    """
    chains = len(room.lanes)
    point, speed = start.copy(), rng.standard_normal(start.shape)
    at, fast, slope, hop = point.ravel(), speed.ravel(), np.empty(start.size), np.empty(start.size)
    slope_at(at, slope, model, room, tuning.heat)
    unseen, acceptance = room.total[0].copy(), np.ones(chains)
    energy = _energies(point, speed, model, room, tuning.heat)
    step = tuning.step * (0.6 + 0.6 * rng.random())
    if rng.random() < CAUTIOUS:
        step *= 0.2
    for i in range(at.size):
        hop[i] = step * tuning.scale[i // chains]
        fast[i] += 0.5 * hop[i] * slope[i]
    for _ in range(1 + int(rng.random() * tuning.longest)):
        for i in range(at.size):
            at[i] += hop[i] * fast[i]
        slope_at(at, slope, model, room, tuning.heat)
        for i in range(at.size):
            fast[i] += hop[i] * slope[i]
        for c in range(chains):
            acceptance[c] *= room.total[0, c] < CERTAIN
    for i in range(at.size):
        fast[i] -= 0.5 * hop[i] * slope[i]
    gain = _energies(point, speed, model, room, tuning.heat) - energy
    for c in range(chains):
        acceptance[c] *= np.exp(min(0.0, gain[c])) if gain[c] > -np.inf else 0.0  # NaN too is refused
        if rng.random() < acceptance[c]:
            unseen[c] = room.total[0, c]
        else:
            point[:, c] = start[:, c]
    return point, unseen, acceptance


@compiled
def step(rng, state, model, tuning, room):
    """One transition that leaves the posterior invariant; returns (state, acceptance probabilities).

    Trajectory and unseen together are reversible for the law without the cap; staying where the cap is passed
    leaves the capped law invariant. Without trajectories the unseen are drawn where the chain stands.
    """
    chains = len(room.lanes)
    if model.swept_only:
        point, unseen, acceptance = state.point.copy(), np.empty(chains), np.empty(chains)
        place(point.ravel(), model, room)
        for c in range(chains):
            unseen[c], acceptance[c] = room.total[0, c], ACCEPTANCE
    else:
        point, unseen, acceptance = trajectory(rng, state.point, model, tuning, room)
    people = state.unseen.copy()
    for c in range(chains):
        drawn = unseen_draw(rng, unseen[c] / (1.0 - unseen[c]), model.tree.people)
        if drawn <= model.cap * model.tree.people:
            people[c] = drawn
        else:
            point[:, c] = state.point[:, c]
    state = State(point, people, state.lanes)
    if model.kind == LATENT_CLASS:
        place(point.ravel(), model, room)
        for c in range(chains):
            sweep(rng, state, model, room, c)
    return state, acceptance


@compiled
def start(rng, model, lanes):
    """Dispersed starting points: draws of the prior whose unseen number keeps the cap."""
    room = room_for(model.tree, model.classes, lanes)
    point, people = np.empty((dimension(model), len(lanes))), np.empty(len(lanes), np.int64)
    filled = 0
    while filled < len(lanes):
        drawn = from_prior(rng, model, room)
        place(drawn.ravel(), model, room)
        for c in range(len(lanes)):
            unseen = room.total[0, c]
            if filled < len(lanes) and unseen < CERTAIN:
                number = unseen_draw(rng, unseen / (1.0 - unseen), model.tree.people)
                if number <= model.cap * model.tree.people:
                    people[filled], point[:, filled] = number, drawn[:, c]
                    filled += 1
    return State(point, people, lanes)


@compiled
def warm_up(rng, state, model, tuning, steps):
    """Run `steps` transitions while dual averaging tunes the leapfrog step to all chains.

    Returns (state, averaged step, sum (D, C) of the second half's squares about their mean).
    """
    lanes = state.lanes
    room = room_for(model.tree, model.classes, lanes)
    anchor = np.log(5.0 * tuning.step)
    gap = 0.0
    log_step = np.log(tuning.step)
    averaged = 0.0
    half = steps // 2
    mean, square = np.zeros(state.point.shape), np.zeros(state.point.shape)
    for t in range(1, steps + 1):
        moved = Tuning(np.exp(log_step), tuning.longest, tuning.scale, tuning.heat)
        state, acceptance = step(rng, state, model, moved, room)
        accepted = 0.0
        for c in range(len(lanes)):
            accepted += acceptance[c]
        gap += (ACCEPTANCE - accepted / len(lanes) - gap) / (t + 10.0)
        log_step = anchor - np.sqrt(float(t)) / 0.05 * gap
        blend = float(t) ** -0.75
        averaged = blend * log_step + (1.0 - blend) * averaged
        if t > half:
            for d in range(len(mean)):
                for c in range(len(lanes)):
                    off = state.point[d, c] - mean[d, c]
                    mean[d, c] += off / (t - half)
                    square[d, c] += off * (state.point[d, c] - mean[d, c])
    return state, np.exp(averaged), square


@compiled
def run(rng, state, model, tuning, draws):
    """`draws` transitions; returns (state, draws of N (C, draws) int64, mean acceptance probability)."""
    lanes = state.lanes
    room = room_for(model.tree, model.classes, lanes)
    people = np.empty((len(lanes), draws), np.int64)
    accepted = 0.0
    for t in range(draws):
        state, acceptance = step(rng, state, model, tuning, room)
        for c in range(len(lanes)):
            people[c, t] = model.tree.people + state.unseen[c]
            accepted += acceptance[c]
    return state, people, accepted / draws / len(lanes)
