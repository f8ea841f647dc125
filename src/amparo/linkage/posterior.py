"""Draws of the partition: which records are one person, as far as the evidence leaves it open.

A draw moves one unit of records at a time. With w_ij the log odds of a pair, a unit i may join a cluster t of
its neighbours, or stand alone, with log weight

    v_it = log( mean over members j of t of exp(lambda w_ij) ) / lambda + gamma log |t|,    v_alone = 0

A plain mean (lambda to 0) splits large clusters that one bad pair spoils, a sum chains them. Rivals for one
record compete, so that namesakes, each of whom may pass for a match, are not all taken for one. What is not
known of the model itself differs from draw to draw: intercept and slope of the log odds, an offset for each
two lists, lambda and gamma.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numba import njit

from amparo.linkage.units import Units
from amparo.runs import Progress

THREADS = 2
UNSEEN = -6.0
LOWEST, HIGHEST = -6.0, 12.0
SWEEPS = 10


class Doubt(NamedTuple):
    """How far the model itself may be off: standard deviations and ranges of one draw's parameters."""

    intercept: float = 0.4
    slope: tuple[float, float] = (0.95, 0.12)  # mean, sd
    two_lists: float = 0.5
    power: tuple[float, float] = (0.1, 0.5)  # lambda, uniform
    size: tuple[float, float] = (-0.15, 0.4)  # gamma, uniform


class Graph(NamedTuple):
    """Units and the pairs between them in compressed rows, each pair at both ends."""

    starts: np.ndarray
    other: np.ndarray  # unit
    pair: np.ndarray  # number of the pair, -1 for two that may not come together
    records: np.ndarray  # of each unit
    once: np.ndarray  # bits of the lists that hold a person once


class _Edges(NamedTuple):
    log_odds: np.ndarray
    lists: np.ndarray


class Law(NamedTuple):
    """exp(lambda w) of each pair, lambda and gamma."""

    strength: np.ndarray
    power: float
    size: float


def draw(
    pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
    log_odds: np.ndarray,
    units: Units,
    start: np.ndarray,
    *,
    draws: int,
    seed: int,
    progress: Progress,
    doubt: Doubt | None = None,
) -> np.ndarray:
    """Cluster of each record in each draw (record x draw, int32; the lowest row of the cluster).

    `pairs` are left and right rows and the number of the two lists, `start` is a partition.
    """
    left, right, lists = pairs
    number = np.unique(units.of)
    unit = np.searchsorted(number, units.of)
    keep = (log_odds > LOWEST) & (unit[left] != unit[right])
    graph = _graph(unit, (left[keep], right[keep]), units, len(number))
    begin = np.searchsorted(number, units.of[start])[number]
    edges = _Edges(log_odds[keep], lists[keep])
    found = np.empty((len(start), draws), np.int32)

    def one(at: int) -> None:
        labels = _one_draw(graph, edges, begin, np.random.default_rng([seed, 7, at]), doubt or Doubt())
        first = np.full(len(number), len(start), np.int64)
        np.minimum.at(first, labels, number)
        found[:, at] = first[labels][unit]

    with ThreadPoolExecutor(THREADS) as pool:
        for done, _ in enumerate(pool.map(one, range(draws))):
            progress("linkage.drawing", done + 1, draws)
    return found


def _graph(unit: np.ndarray, pairs: tuple[np.ndarray, np.ndarray], units: Units, size: int) -> Graph:
    rows = len(unit)
    low, high = unit[units.apart // rows], unit[units.apart % rows]
    a, b = np.concatenate([unit[pairs[0]], low]), np.concatenate([unit[pairs[1]], high])
    pair = np.concatenate([np.arange(len(pairs[0])), np.full(len(low), -1)])
    mine, theirs, pair = np.concatenate([a, b]), np.concatenate([b, a]), np.concatenate([pair, pair])
    order = np.lexsort((pair, theirs, mine))
    starts = np.searchsorted(mine[order], np.arange(size + 1))
    once = np.zeros(size, np.uint64)
    np.bitwise_or.at(once, unit, units.once)
    return Graph(starts, theirs[order], pair[order], np.bincount(unit, minlength=size), once)


def _one_draw(
    graph: Graph, edges: _Edges, start: np.ndarray, generator: np.random.Generator, doubt: Doubt
) -> np.ndarray:
    """One partition under parameters of its own."""
    offset = generator.normal(0.0, doubt.two_lists, int(edges.lists.max(initial=0)) + 1)[edges.lists]
    intercept, slope = generator.normal(0.0, doubt.intercept), generator.normal(*doubt.slope)
    weight = intercept + slope * edges.log_odds + offset
    power, size = generator.uniform(*doubt.power), generator.uniform(*doubt.size)
    strength = np.exp(power * np.clip(weight, LOWEST, HIGHEST))
    labels = start.astype(np.int64).copy()
    sweep(generator, labels, graph, Law(strength, power, size), SWEEPS)
    return labels


class _State(NamedTuple):
    """Cluster of each unit, records of each cluster, members as chains, and room for one unit's choices."""

    labels: np.ndarray
    records: np.ndarray
    first: np.ndarray
    following: np.ndarray
    before: np.ndarray
    near: np.ndarray
    total: np.ndarray
    edges: np.ndarray
    value: np.ndarray


@njit(cache=True, nogil=True)
def sweep(generator: np.random.Generator, labels: np.ndarray, graph: Graph, law: Law, sweeps: int) -> None:
    """Move every unit with neighbours so many times."""
    units = len(labels)
    state = _State(
        labels, np.zeros(units, np.int64), np.full(units, -1), np.full(units, -1), np.full(units, -1),
        np.empty(units, np.int64), np.zeros(units), np.zeros(units, np.int64), np.empty(units),
    )  # fmt: skip
    for i in range(units):
        state.records[labels[i]] += graph.records[i]
        _enter(state, i, labels[i])
    free, spare = np.empty(units, np.int64), 0
    for label in range(units):
        if state.records[label] == 0:
            free[spare] = label
            spare += 1
    for _ in range(sweeps):
        for i in range(units):
            if graph.starts[i] == graph.starts[i + 1]:
                continue
            mine = labels[i]
            state.records[mine] -= graph.records[i]
            _leave(state, i, mine)
            chosen = _choose(generator, i, state, graph, law)
            if state.records[mine] == 0 and chosen != mine:
                free[spare] = mine
                spare += 1
            if chosen < 0:
                spare -= 1
                chosen = free[spare]
            labels[i] = chosen
            state.records[chosen] += graph.records[i]
            _enter(state, i, chosen)


@njit(cache=True, nogil=True)
def _choose(generator: np.random.Generator, i: int, state: _State, graph: Graph, law: Law) -> int:
    """The cluster that unit i joins, -1 for one of its own."""
    count = 0
    for at in range(graph.starts[i], graph.starts[i + 1]):
        t = state.labels[graph.other[at]]
        if state.edges[t] == 0:
            state.near[count] = t
            state.total[t] = 0.0
            count += 1
        state.edges[t] += 1
        state.total[t] += law.strength[graph.pair[at]] if graph.pair[at] >= 0 else -np.inf
    top, unseen = 0.0, np.exp(law.power * UNSEEN)
    for x in range(count):
        t = state.near[x]
        state.value[x] = -np.inf
        cross = state.records[t] * graph.records[i]
        if cross > 0 and state.total[t] > -np.inf and not _meets(graph.once, state, i, t):
            sums = state.total[t] + max(cross - state.edges[t], 0) * unseen
            state.value[x] = np.log(sums / cross) / law.power + law.size * np.log(state.records[t])
            top = max(top, state.value[x])
        state.edges[t] = 0
    whole = np.exp(-top)
    for x in range(count):
        state.value[x] = np.exp(state.value[x] - top)
        whole += state.value[x]
    left = generator.random() * whole - np.exp(-top)
    if left < 0.0:
        return -1
    for x in range(count):
        left -= state.value[x]
        if left < 0.0:
            return state.near[x]
    return -1


@njit(cache=True, nogil=True)
def _enter(state: _State, i: int, cluster: int) -> None:
    head = state.first[cluster]
    state.following[i], state.before[i] = head, -1
    if head >= 0:
        state.before[head] = i
    state.first[cluster] = i


@njit(cache=True, nogil=True)
def _leave(state: _State, i: int, cluster: int) -> None:
    before, following = state.before[i], state.following[i]
    if before >= 0:
        state.following[before] = following
    else:
        state.first[cluster] = following
    if following >= 0:
        state.before[following] = before


@njit(cache=True, nogil=True)
def _meets(once: np.ndarray, state: _State, i: int, cluster: int) -> bool:
    """Whether the cluster holds a record of a list that holds a person once and that unit i stands on."""
    if once[i] == 0:
        return False
    j = state.first[cluster]
    while j >= 0:
        if once[j] & once[i]:
            return True
        j = state.following[j]
    return False
