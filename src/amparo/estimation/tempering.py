"""Tempered sequential Monte Carlo: populations of particles led from the prior to the posterior.

Del Moral, Doucet, Jasra (2006), Sequential Monte Carlo samplers, JRSS B 68:411. Where chains stay in
different modes, particles that were resampled on the way weigh the modes. Several populations ("islands") run
apart; each also estimates the evidence, by which they are pooled, and their agreement is the gate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amparo.estimation.compiling import compiled
from amparo.estimation.hamiltonian import CERTAIN, Tuning, trajectory
from amparo.estimation.likelihood import log_likelihood, room_for, unseen_draw
from amparo.estimation.posterior import Model, dimension, from_prior, moves, place

KEPT = 0.7  # conditional effective share of particles at each step of heat
MOVES = 5  # trajectories of each particle at each heat
LONGEST = 15
IN_STEP = 8  # particles that move together: the length of LANES
LANES = (0,) * IN_STEP
ACCEPTANCE = 0.75


@compiled
def _warmer(logs, heat):
    """The next heat: where the incremental weights are worth KEPT of the particles, or 1."""
    low, high = heat, 1.0
    for trial in range(60):
        at = 1.0 if trial == 0 else 0.5 * (low + high)
        top = -np.inf
        for value in logs:
            top = max(top, (at - heat) * value)
        first, second = 0.0, 0.0
        for value in logs:
            weight = np.exp((at - heat) * value - top)
            first += weight
            second += weight * weight
        if first * first < KEPT * logs.size * second:
            high = at
        elif trial == 0:
            return 1.0
        else:
            low = at
    return 0.5 * (low + high)


@compiled
def _first(rng, model, room, particles):
    """Particles of the prior with a finite likelihood, (D, particles), and its logarithm."""
    points, logs = np.empty((dimension(model), particles)), np.empty(particles)
    filled = 0
    while filled < particles:
        drawn = from_prior(rng, model, room)
        place(drawn.ravel(), model, room)
        for c in range(IN_STEP):
            log = log_likelihood(model.tree, room, c) if room.total[0, c] < CERTAIN else -np.inf
            if log > -np.inf and filled < particles:
                points[:, filled], logs[filled] = drawn[:, c], log
                filled += 1
    return points, logs


@compiled
def _resampled(rng, points, chances, total):
    """Systematic resampling: particles in proportion to their chances, whose sum is `total`."""
    fresh, particles = np.empty(points.shape), chances.size
    mark, passed, source = rng.random(), chances[0], 0
    for i in range(particles):
        while passed * particles < (mark + i) * total and source < particles - 1:
            source += 1
            passed += chances[source]
        fresh[:, i] = points[:, source]
    return fresh


@compiled
def _move(rng, points, model, room, tuning):
    """One trajectory of every particle in place; returns the mean acceptance probability."""
    accepted = 0.0
    for first in range(0, points.shape[1], IN_STEP):
        here = points[:, first : first + IN_STEP].copy()
        moved, _, acceptance = trajectory(rng, here, model, tuning, room)
        points[:, first : first + IN_STEP] = moved
        for c in range(IN_STEP):
            accepted += acceptance[c]
    return accepted / points.shape[1]


@compiled
def island(rng, model, particles):
    """Lead one population from the prior to the posterior; returns (N of each particle, log evidence).

    As many particles as fill whole lanes, at least `particles`. N is -1 for particles whose unseen number
    passes the cap; the evidence is that of the capped posterior.
    """
    room = room_for(model.tree, model.classes, LANES)
    free = moves(model)
    particles = (particles + IN_STEP - 1) // IN_STEP * IN_STEP
    points, logs = _first(rng, model, room, particles)
    heat, evidence, step = 0.0, 0.0, 0.2
    chances, unseen = np.empty(particles), np.empty(particles)
    while heat < 1.0:
        fresh = _warmer(logs, heat)
        top = np.max(logs) * (fresh - heat)
        total = 0.0
        for i in range(particles):
            chances[i] = np.exp((fresh - heat) * logs[i] - top)
            total += chances[i]
        evidence += top + np.log(total / particles)
        points = _resampled(rng, points, chances, total)
        heat = fresh
        scale = np.empty(free.size)
        for d in range(free.size):
            scale[d] = free[d] * np.sqrt(np.var(points[d]) + 1e-3)
        for _ in range(MOVES):
            accepted = _move(rng, points, model, room, Tuning(step, LONGEST, scale, heat))
            step *= np.exp(accepted - ACCEPTANCE)
        for i in range(particles):
            if i % IN_STEP == 0:
                place(points[:, i : i + IN_STEP].copy().ravel(), model, room)
            logs[i] = log_likelihood(model.tree, room, i % IN_STEP)
            unseen[i] = room.total[0, i % IN_STEP]
    people = np.empty(particles, np.int64)
    within = 0
    for i in range(particles):
        number = unseen_draw(rng, unseen[i] / (1.0 - unseen[i]), model.tree.people)
        fits = number <= model.cap * model.tree.people
        people[i] = model.tree.people + number if fits else -1
        within += 1 if fits else 0
    return people, evidence + np.log(within / particles)


def pooled(
    model: Model,
    streams: Iterable[np.random.SeedSequence],
    particles: int,
    map: Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]] = map,  # noqa: A002
) -> tuple[list[NDArray[np.int64]], NDArray[np.float64]]:
    """One island a stream: their draws of N within the cap, and the islands' weights by evidence."""
    found = list(map(partial(_lead, model=model, particles=particles), streams))
    evidence = np.array([log for _, log in found])
    weights = np.exp(evidence - evidence.max())
    return [people[people >= 0] for people, _ in found], weights / weights.sum()


def _lead(stream: np.random.SeedSequence, *, model: Model, particles: int) -> tuple[NDArray[np.int64], float]:
    return island(np.random.default_rng(stream), model, particles)
