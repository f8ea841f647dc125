"""From scored pairs to persons: merge by average evidence, never through one weak edge."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, types
from numba.typed import Dict

from amparo.linkage.units import Units

UNSEEN = -4.0  # log odds of a pair that blocking never put side by side
# Two relatives taken for one person hide a victim: that is held so much worse than one person taken for two.
RELATIVES_LOSS = 6.0
SLACK = 0.7  # how far below the cut the mean over two clusters may lie, once a pair is above it


class _Edges(NamedTuple):
    """Pairs that may join, strongest first, and the log odds of every pair above UNSEEN by its code."""

    left: np.ndarray
    right: np.ndarray
    codes: np.ndarray
    odds: np.ndarray


def worth_joining(log_odds: np.ndarray, relatives: np.ndarray) -> np.ndarray:
    """Log odds of pairs, less what is lost where it is two relatives.

    With q the probability of one person and `relatives` the share r of relatives in the rest, joining loses
    (1 - q) (1 + r (RELATIVES_LOSS - 1)) on average, and keeping apart q.
    """
    return log_odds - np.log(1.0 + (RELATIVES_LOSS - 1.0) * relatives)


def cluster(
    lists: np.ndarray,
    pairs: tuple[np.ndarray, np.ndarray],
    log_odds: np.ndarray,
    units: Units,
    *,
    cut: float,
) -> np.ndarray:
    """Cluster number of each record: the lowest row number in it.

    `lists` is the list of each record. It begins with the units. Pairs are taken from the strongest down.
    Two clusters merge when the pair is above `cut`, the mean log odds over all their cross pairs, unseen
    ones counted as UNSEEN, is not below `cut` - SLACK, no two records of one list come together whose own
    log odds are below `cut`, and neither judgements nor lists that hold a person once forbid it.
    """
    left, right = (rows.astype(np.int64) for rows in pairs)
    order = np.flatnonzero(log_odds >= cut)
    order = order[np.lexsort((right[order], left[order], -log_odds[order]))]
    near = np.flatnonzero(log_odds > UNSEEN)
    edges = _Edges(left[order], right[order], left[near] * len(lists) + right[near], log_odds[near])
    return _merge(edges, lists.astype(np.int64), units, cut)


@njit(cache=True, nogil=True)
def _merge(edges: _Edges, lists: np.ndarray, units: Units, cut: float) -> np.ndarray:
    rows = len(lists)
    home = units.of.copy()
    following = np.full(rows, -1, np.int64)  # members of a cluster as a chain from its lowest row
    last = np.arange(rows)
    size = np.ones(rows, np.int64)
    for row in range(rows):
        low = home[row]
        if low != row:
            following[last[low]] = row
            last[low] = row
            size[low] += 1
    seen = Dict.empty(types.int64, types.float64)
    for at in range(len(edges.codes)):
        seen[edges.codes[at]] = edges.odds[at]
    for at in range(len(edges.left)):
        one, other = home[edges.left[at]], home[edges.right[at]]
        low, high = min(one, other), max(one, other)
        if low == high:
            continue
        total = 0.0
        x = low
        while x >= 0:
            y = high
            while y >= 0:
                total += _cross((x, y), seen, lists, units, cut)
                y = following[y]
            x = following[x]
        if not total >= (cut - SLACK) * size[low] * size[high]:
            continue
        following[last[low]] = high
        last[low] = last[high]
        size[low] += size[high]
        y = high
        while y >= 0:
            home[y] = low
            y = following[y]
    return home


@njit(cache=True, nogil=True)
def _cross(pair: tuple[int, int], seen: Dict, lists: np.ndarray, units: Units, cut: float) -> float:
    """Log odds of two records of different clusters, minus infinity where they may not come together."""
    x, y = pair
    code = min(x, y) * len(lists) + max(x, y)
    odds = seen.get(code, UNSEEN)
    if lists[x] == lists[y] and (odds < cut or units.once[x] != 0):
        return -np.inf
    place = np.searchsorted(units.apart, code)
    if place < len(units.apart) and units.apart[place] == code:
        return -np.inf
    return odds
