"""Chains of one posterior, run until they agree, and what they agreed on."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from amparo.errors import Refusal
from amparo.estimation import diagnostics, hamiltonian, posterior, tempering
from amparo.estimation.likelihood import room_for
from amparo.runs import Progress, silent

# Applies a function to items in order: the builtin, or the `map` of a pool of threads or processes.
Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]

STAGE = "estimation.latent_class"
# longest trajectory, in units of the scale: at first, and where draws are so much alike that more are needed
SPAN = {posterior.HIERARCHICAL: (3.0, 5.0), posterior.LATENT_CLASS: (5.0, 5.0)}
MOST_STEPS = 150
MOST_LONGER = 3.0  # times its length so far that a run is lengthened at once
IN_STEP = 8  # chains that one kernel moves
FLOOR = 1e-3  # variance added to every coordinate's: a short run may not have moved it


@dataclass(frozen=True)
class Run:
    """How long chains run, and the gate they must pass."""

    chains: int = 8  # four have agreed by chance where eight did not
    warm_up: tuple[int, ...] = (150, 200, 400)  # transitions that tune and are thrown away, in rounds
    draws: int = 2_000  # per chain before the gate is asked
    doublings: int = 2  # of the run, while the chains disagree
    more: int = 3  # times a run is lengthened further, while they agree but the median is not yet precise
    rhat: float = 1.05  # rank-normalised split R-hat of log N and its folded form
    ratio: float = 1.25  # largest over smallest median of a chain
    ess: float = 400.0  # of bulk and tail
    precision: float = 0.005  # Monte Carlo standard error of the median, relative
    rescue: int = 500  # particles of each tempered population where the chains disagree; 0 for none
    kept: int = 2_000  # draws per chain in the result, evenly spaced


class Sample(NamedTuple):
    """Draws of N that passed the gate."""

    draws: NDArray[np.float64]  # (chains, kept)
    figures: dict[str, float]
    gate: dict[str, tuple[float | None, float | None]]


class _Group(NamedTuple):
    """Chains that move in step, between two rounds."""

    rng: np.random.Generator
    state: hamiltonian.State


def sample(
    model: posterior.Model,
    run: Run,
    *,
    seed: int,
    label: str,
    map: Map = map,  # noqa: A002  (the seam has this name everywhere)
    progress: Progress = silent,
) -> Sample:
    """Run dispersed chains, started from the prior, until they pass the gate.

    `label` tells the random streams of strata apart. While the gate is not passed the run is doubled; where
    chains of `hierarchical` still disagree, as many tempered populations are tried (`tempering`); where those
    disagree too the answer is refused. Raises `Refusal` `estimation.not_converged`.
    """
    own, streams = np.random.SeedSequence([seed, zlib.crc32(label.encode())]).spawn(2)
    groups, tuning = _warm_up(_begin(model, run, streams), model, run, map)
    draws = np.empty((run.chains, 0), np.int64)
    length = run.draws
    for doubling in range(run.doublings + run.more + 1):
        results = list(map(partial(_advance, model=model, tuning=tuning, length=length), groups))
        groups = [group for group, _ in results]
        draws = np.concatenate([draws, np.concatenate([people for _, people in results])], axis=1)
        figures = _figures(draws)
        agreed = figures["rhat"] <= run.rhat and figures["chain_ratio"] <= run.ratio
        agreed = agreed and min(figures["ess_bulk"], figures["ess_tail"]) >= run.ess
        done = agreed and figures["mcse"] <= run.precision
        progress(STAGE, doubling + 1, doubling + (1 if done else 2))
        if done:
            return _result(draws, figures, run)
        if not agreed and doubling >= run.doublings:
            break
        wanted = (figures["mcse"] / run.precision) ** 2 - 1.0 if agreed else 1.0
        length = int(draws.shape[1] * min(max(wanted, 0.1), MOST_LONGER))
        tuning = tuning._replace(longest=_longest(SPAN[model.kind][1], tuning.step))
    if not agreed and run.rescue and model.kind == posterior.HIERARCHICAL:
        found = _rescue(model, run, own, map)
        if found is not None:
            return found
    raise Refusal(
        "estimation.not_converged",
        rhat=round(figures["rhat"], 3),
        ess=round(figures["ess_bulk"]),
        draws=draws.size,
    )


def trace(
    model: posterior.Model, run: Run, *, seed: int, points: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Class weights (points, K) and rates (points, J, K) of `points` points of the posterior.

    They are spread over all chains; no gate is asked of them.
    """
    groups, tuning = _warm_up(_begin(model, run, np.random.SeedSequence(seed)), model, run, map)
    each = -(-points // run.chains)
    weights, rates = [], []
    for rng, start in groups:
        state, room = start, room_for(model.tree, model.classes, start.lanes)
        for _ in range(each):
            state, _, _ = hamiltonian.run(rng, state, model, tuning, max(1, run.draws // each))
            posterior.place(state.point.ravel(), model, room)
            weights.extend(room.weight.reshape(-1, len(start.lanes))[: model.classes].T.copy())
            odds = room.odds.reshape(model.tree.lists, -1, len(start.lanes))[:, : model.classes]
            rates.extend(np.moveaxis(odds / (1.0 + odds), 2, 0))
    return np.array(weights[:points]), np.array(rates[:points])


def _begin(model: posterior.Model, run: Run, stream: np.random.SeedSequence) -> list[_Group]:
    """The chains at their starts, in groups as equal as can be."""
    number = -(-run.chains // IN_STEP)
    sizes = [len(part) for part in np.array_split(np.arange(run.chains), number)]
    rngs = [np.random.default_rng(own) for own in stream.spawn(number)]
    return [
        _Group(rng, hamiltonian.start(rng, model, (0,) * size)) for rng, size in zip(rngs, sizes, strict=True)
    ]


def _warm_up(
    groups: list[_Group],
    model: posterior.Model,
    run: Run,
    map: Map,  # noqa: A002
) -> tuple[list[_Group], hamiltonian.Tuning]:
    """Tune in rounds; between them the chains share one step and, of `hierarchical`, one scale a coordinate.

    Shared figures keep a chain that stands oddly from tuning itself to stay there. The scales of
    `latent_class` stay at one: classes trade places, so that no coordinate has a scale of its own.
    """
    free = posterior.moves(model)
    scale, step = free, 0.1
    longest = 30
    for number, steps in enumerate(run.warm_up):
        tuning = hamiltonian.Tuning(step, longest, scale)
        results = list(map(partial(_tune, model=model, tuning=tuning, steps=steps), groups))
        groups = [group for group, _, _ in results]
        step = float(np.median([found for _, found, _ in results]))
        if model.kind == posterior.HIERARCHICAL and number < len(run.warm_up) - 1:
            spread = np.median(np.concatenate([variance for _, _, variance in results], axis=1), axis=1)
            fresh = free * np.sqrt(spread + FLOOR)
            step *= float(np.exp(np.mean(np.log(scale[free > 0]) - np.log(fresh[free > 0]))))
            scale = fresh
        longest = _longest(SPAN[model.kind][0], step)
    return groups, hamiltonian.Tuning(step, longest, scale)


def _longest(span: float, step: float) -> int:
    """The most leapfrog steps of a trajectory of that span."""
    return int(min(MOST_STEPS, max(1, round(span / step))))


def _tune(
    group: _Group, *, model: posterior.Model, tuning: hamiltonian.Tuning, steps: int
) -> tuple[_Group, float, NDArray[np.float64]]:
    rng, state = group
    state, step, squares = hamiltonian.warm_up(rng, state, model, tuning, steps)
    return _Group(rng, state), step, squares / (steps - steps // 2)


def _advance(
    group: _Group, *, model: posterior.Model, tuning: hamiltonian.Tuning, length: int
) -> tuple[_Group, NDArray[np.int64]]:
    rng, state = group
    state, people, _ = hamiltonian.run(rng, state, model, tuning, length)
    return _Group(rng, state), people


def _figures(draws: NDArray[np.int64]) -> dict[str, float]:
    """What the gate asks of draws of N, on the log scale."""
    logs = np.log(draws)
    medians = np.median(draws, axis=1)
    return {
        "rhat": diagnostics.rhat(logs),
        "ess_bulk": diagnostics.ess_bulk(logs),
        "ess_tail": diagnostics.ess_tail(logs),
        "chain_ratio": float(medians.max() / medians.min()),
        "mcse": diagnostics.mcse_median(logs),
        "draws": float(draws.size),
    }


def _result(draws: NDArray[np.int64], figures: dict[str, float], run: Run) -> Sample:
    every = np.linspace(0, draws.shape[1] - 1, min(run.kept, draws.shape[1])).astype(np.int64)
    gate: dict[str, tuple[float | None, float | None]] = {
        "rhat": (None, run.rhat),
        "ess_bulk": (run.ess, None),
        "ess_tail": (run.ess, None),
        "chain_ratio": (None, run.ratio),
        "mcse": (None, run.precision),
    }
    return Sample(draws[:, every].astype(np.float64), figures, gate)


def _rescue(
    model: posterior.Model,
    run: Run,
    stream: np.random.SeedSequence,
    map: Map,  # noqa: A002
) -> Sample | None:
    """The pooled draws of tempered populations, or None where their medians do not pass the gate.

    Populations are weighed by evidence; the standard error of the pooled median is the jackknife's over them.
    """
    own, *streams = stream.spawn(run.chains + 1)
    parts, weights = tempering.pooled(model, streams, run.rescue, map)
    if min(part.size for part in parts) == 0:
        return None
    medians = np.array([np.median(part) for part in parts])
    without = [np.log(_median(parts[:i] + parts[i + 1 :], np.delete(weights, i))) for i in range(len(parts))]
    mcse = float(np.sqrt((len(parts) - 1) * np.var(without)))
    ratio = float(medians.max() / medians.min())
    if ratio > run.ratio or mcse > run.precision:
        return None
    rng = np.random.default_rng(own)
    shares = np.concatenate([np.full(p.size, w / p.size) for p, w in zip(parts, weights, strict=True)])
    draws = rng.choice(np.concatenate(parts), (run.chains, run.kept), p=shares / shares.sum())
    figures = {"chain_ratio": ratio, "mcse": mcse, "tempered": 1.0, "draws": float(run.chains * run.rescue)}
    gate: dict[str, tuple[float | None, float | None]] = {
        "chain_ratio": (None, run.ratio),
        "mcse": (None, run.precision),
    }
    return Sample(draws.astype(np.float64), figures, gate)


def _median(parts: list[NDArray[np.int64]], weights: NDArray[np.float64]) -> float:
    """The median of draws whose parts weigh so much."""
    draws = np.concatenate(parts)
    shares = np.concatenate([np.full(p.size, w / p.size) for p, w in zip(parts, weights, strict=True)])
    order = np.argsort(draws)
    passed = np.cumsum(shares[order])
    return float(draws[order[np.searchsorted(passed, passed[-1] / 2)]])
