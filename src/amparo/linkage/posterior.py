"""Draws of the partition: which records are one person, as far as the evidence leaves it open.

A draw moves one unit of records at a time. With w_ij the log odds of a pair, a unit i may join a cluster t of
its neighbours, or stand alone, with log weight

    v_it = log( mean over members j of t of exp(lambda (w_ij - a_ij)) ) / lambda
           + mean of a_ij over the members j whose age is known, as i's is  + gamma log |t|,    v_alone = 0

a_ij is what two ages add to w_ij. A record that names no age fits a father as well as his son: in a mean over
all members it would hide that their ages do not agree. A plain mean (lambda to 0) splits large clusters that
one bad pair spoils, a sum chains them. Rivals for one record compete, so that namesakes, each of whom may
pass for a match, are not all taken for one. What is not known of the model itself differs from draw to draw:
intercept and slope of the log odds, an offset for each two lists, lambda and gamma.

A mean is not above the largest term, so that exp(v_it) is at most |t|^gamma times the sum of exp(w_ij - a_ij)
times the largest exp(a_ij). By this bound most units that stand alone stay alone before any neighbour is
looked at, and most others stay where they are before any cluster but their own is summed up.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import reverse_cuthill_mckee

from amparo.linkage.units import Units
from amparo.runs import Progress

THREADS = 2
UNSEEN = -6.0
LOWEST, HIGHEST = -6.0, 12.0
SWEEPS = 4  # from a greedy partition; twenty give the same counts
OPEN = -2
ROUNDED = 1.0001  # single precision never makes a bound too low
COMMON = 64  # records of a cluster up to which powers are tabled


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
    ages: np.ndarray
    lists: np.ndarray


class Law(NamedTuple):
    """exp(lambda (w - a)) of each place in the rows of the graph, -inf for two kept apart; lambda and gamma.

    `odds` is exp(w - a), 0 for two kept apart, `ages` a of each place, not a number where an age is unknown;
    `grown` is |t|^gamma of clusters up to its length.
    """

    strength: np.ndarray
    odds: np.ndarray
    ages: np.ndarray
    power: float
    size: float
    grown: np.ndarray


def draw(
    pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
    log_odds: np.ndarray,
    ages: np.ndarray,
    units: Units,
    start: np.ndarray,
    *,
    draws: int,
    seed: int,
    progress: Progress,
    doubt: Doubt | None = None,
) -> np.ndarray:
    """Cluster of each record in each draw (record x draw, int32; the lowest row of the cluster).

    `pairs` are left and right rows and the number of the two lists, `start` is a partition. `ages` is what
    two ages add to the log odds of a pair, not a number where one is unknown.
    """
    left, right, lists = pairs
    number = np.unique(units.of)
    unit = np.searchsorted(number, units.of)
    keep = (log_odds > LOWEST) & (unit[left] != unit[right])
    order = _neighbours_close(unit[left[keep]], unit[right[keep]], len(number))
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    number, unit = number[order], place[unit]
    graph = _graph(unit, (left[keep], right[keep]), units, len(number))
    begin = unit[start][number]
    edges = _Edges(log_odds[keep], ages[keep].astype(np.float32), lists[keep])
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


def _neighbours_close(left: np.ndarray, right: np.ndarray, size: int) -> np.ndarray:
    """The units in an order in which those that pair stand close: a sweep is bound by memory.

    Reverse Cuthill-McKee (1969), of which only the speed depends.
    """
    if not len(left):
        return np.arange(size)
    ends = np.concatenate([left, right]), np.concatenate([right, left])
    matrix = coo_matrix((np.ones(len(ends[0]), np.int8), ends), shape=(size, size)).tocsr()
    return reverse_cuthill_mckee(matrix, symmetric_mode=True).astype(np.int64)


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
    records = np.bincount(unit, minlength=size).astype(np.int32)
    return Graph(starts, theirs[order].astype(np.int32), pair[order].astype(np.int32), records, once)


def _one_draw(
    graph: Graph, edges: _Edges, start: np.ndarray, generator: np.random.Generator, doubt: Doubt
) -> np.ndarray:
    """One partition under parameters of its own."""
    offset = generator.normal(0.0, doubt.two_lists, int(edges.lists.max(initial=0)) + 1)[edges.lists]
    intercept, slope = generator.normal(0.0, doubt.intercept), generator.normal(*doubt.slope)
    ages = np.float32(slope) * edges.ages
    weight = intercept + slope * edges.log_odds + offset - np.nan_to_num(ages)
    power, size = generator.uniform(*doubt.power), generator.uniform(*doubt.size)
    weight = np.clip(weight, LOWEST, HIGHEST)
    labels = start.astype(np.int32)
    # Pair -1 takes the last.
    strength = np.append(np.exp(power * weight), -np.inf)[graph.pair]
    odds = np.append(np.exp(weight.astype(np.float32)), np.float32(0.0))[graph.pair]
    grown = np.arange(1, COMMON + 1, dtype=float) ** size
    law = Law(strength, odds, np.append(ages, np.float32(np.nan))[graph.pair], power, size, grown)
    sweep(generator, labels, graph, law, SWEEPS)
    return labels


class _State(NamedTuple):
    """Cluster of each unit, records and lists of each cluster, and room for one unit's choices."""

    labels: np.ndarray
    records: np.ndarray
    once: np.ndarray
    near: np.ndarray
    total: np.ndarray
    edges: np.ndarray
    value: np.ndarray
    aged: np.ndarray  # members whose age is known, as the unit's is, and what they add
    ages: np.ndarray


@njit(cache=True, nogil=True)
def sweep(generator: np.random.Generator, labels: np.ndarray, graph: Graph, law: Law, sweeps: int) -> None:
    """Move every unit with neighbours so many times."""
    units = len(labels)
    state = _State(
        labels, np.zeros(units, np.int32), np.zeros(units, np.uint64), np.empty(units, np.int32),
        np.zeros(units), np.zeros(units, np.int32), np.empty(units), np.zeros(units, np.int32),
        np.zeros(units),
    )  # fmt: skip
    most = np.zeros(units)  # exp(v) of all that a unit may join, but for |t|^gamma
    for i in range(units):
        state.records[labels[i]] += graph.records[i]
        state.once[labels[i]] |= graph.once[i]
        most[i] = _most(i, graph, law)
    largest = state.records.max() if units else 0
    free, spare = np.empty(units, np.int32), 0
    for label in range(units):
        if state.records[label] == 0:
            free[spare] = label
            spare += 1
    for _ in range(sweeps):
        for i in range(units):
            if graph.starts[i] == graph.starts[i + 1]:
                continue
            chance, mine = generator.random(), labels[i]
            spread = max(_grown(largest, law), 1.0)
            chosen = -1
            if chance * (1.0 + most[i] * spread) >= 1.0:
                chosen = _settled(chance, (i, spread), state, graph, law)
                if chosen == OPEN:
                    chosen = _choose(chance, i, state, graph, law)
            if chosen == mine or (chosen < 0 and state.records[mine] == graph.records[i]):
                continue
            state.records[mine] -= graph.records[i]
            state.once[mine] &= ~graph.once[i]
            if state.records[mine] == 0:
                free[spare] = mine
                spare += 1
            if chosen < 0:
                spare -= 1
                chosen = free[spare]
            labels[i] = chosen
            state.records[chosen] += graph.records[i]
            state.once[chosen] |= graph.once[i]
            largest = max(largest, state.records[chosen])


@njit(cache=True, nogil=True)
def _most(i: int, graph: Graph, law: Law) -> float:
    """exp(v) of all that unit i may join is not above this, but for |t|^gamma."""
    odds, ages = law.odds, law.ages
    total, agreed = 0.0, 0.0
    for at in range(graph.starts[i], graph.starts[i + 1]):
        total += odds[at]
        if not np.isnan(ages[at]):
            agreed = max(agreed, ages[at])
    return total * ROUNDED * np.exp(agreed)


@njit(cache=True, nogil=True)
def _grown(records: int, law: Law) -> float:
    return law.grown[records - 1] if records <= len(law.grown) else records**law.size


@njit(cache=True, nogil=True)
def _settled(chance: float, unit: tuple[int, float], state: _State, graph: Graph, law: Law) -> int:
    """Its own cluster or -1 for alone, where no other cluster can change that, else OPEN.

    `unit` is i and the most that |t|^gamma may be; `chance` falls first on alone, then on its own cluster.
    """
    i, spread = unit
    labels, other, strength, odds, ages = state.labels, graph.other, law.strength, law.odds, law.ages
    mine = labels[i]
    total, edges, told, aged, rest, agreed = 0.0, 0, 0.0, 0, 0.0, 0.0
    for at in range(graph.starts[i], graph.starts[i + 1]):
        age = ages[at]
        if labels[other[at]] == mine:
            total += strength[at]
            edges += 1
            if not np.isnan(age):
                told += age
                aged += 1
        else:
            rest += odds[at]
            if not np.isnan(age):
                agreed = max(agreed, age)
    records = state.records[mine] - graph.records[i]
    own = _worth((total, edges, told, aged), records, graph.records[i], law) if records > 0 else 0.0
    others = rest * ROUNDED * np.exp(agreed) * spread
    if chance * (1.0 + own + others) < 1.0:
        return -1
    if chance * (1.0 + own) >= 1.0 and chance * (1.0 + own + others) < 1.0 + own:
        return int(mine)
    return OPEN


@njit(cache=True, nogil=True)
def _worth(sums: tuple[float, int, float, int], records: int, joining: int, law: Law) -> float:
    """exp(v) of a cluster for a unit of `joining` records, by sums of strengths, pairs, ages and aged."""
    total, edges, told, aged = sums
    cross = records * joining
    mean = (total + max(cross - edges, 0) * np.exp(law.power * UNSEEN)) / cross
    return mean ** (1.0 / law.power) * np.exp(told / max(aged, 1)) * _grown(records, law)


@njit(cache=True, nogil=True)
def _choose(chance: float, i: int, state: _State, graph: Graph, law: Law) -> int:
    """The cluster that unit i joins, -1 for one of its own; `chance` is uniform in [0, 1)."""
    count, mine = 0, state.labels[i]
    for at in range(graph.starts[i], graph.starts[i + 1]):
        t = state.labels[graph.other[at]]
        if state.edges[t] == 0:
            state.near[count] = t
            state.total[t] = 0.0
            state.ages[t] = 0.0
            state.aged[t] = 0
            count += 1
        state.edges[t] += 1
        state.total[t] += law.strength[at]
        if not np.isnan(law.ages[at]):
            state.aged[t] += 1
            state.ages[t] += law.ages[at]
    whole, own = 1.0, 0.0
    for x in range(count):
        t = state.near[x]
        records, once = state.records[t], state.once[t]
        if t == mine:
            records -= graph.records[i]
            once &= ~graph.once[i]
        state.value[x] = 0.0
        if records > 0 and state.total[t] > -np.inf and once & graph.once[i] == 0:
            sums = state.total[t], state.edges[t], state.ages[t], state.aged[t]
            state.value[x] = _worth(sums, records, graph.records[i], law)
        whole += state.value[x]
        if t == mine:
            own, state.value[x] = state.value[x], 0.0
        state.edges[t] = 0
    left = chance * whole - 1.0
    if left < 0.0:
        return -1
    left -= own
    if left < 0.0:
        return int(mine)
    for x in range(count):
        left -= state.value[x]
        if left < 0.0:
            return state.near[x]
    return -1
