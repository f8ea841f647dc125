"""From scored pairs to persons: merge by average evidence, never through one weak edge."""

from __future__ import annotations

import numpy as np

UNSEEN = -4.0  # log odds of a pair that blocking never put side by side
SLACK = 1.0  # how far below the cut the mean over two clusters may lie, once a pair is above it
REPEAT = 3.0  # extra log odds for two records of one list


def cluster(
    lists: np.ndarray, left: np.ndarray, right: np.ndarray, log_odds: np.ndarray, *, cut: float
) -> np.ndarray:
    """Cluster number of each record: the lowest row number in it.

    `lists` is the list of each record. Pairs are taken from the strongest down. Two clusters merge when
    the pair is above `cut` (`cut` + REPEAT within a list), the mean log odds over all their cross pairs,
    unseen ones counted as UNSEEN, is not below `cut` - SLACK, and no two records of one list come
    together whose own log odds are below `cut`.
    """
    rows = len(lists)
    wanted = log_odds >= np.where(lists[left] == lists[right], cut + REPEAT, cut)
    order = np.flatnonzero(wanted)
    order = order[np.lexsort((right[order], left[order], -log_odds[order]))]
    near = log_odds > UNSEEN
    seen = dict(
        zip((left[near].astype(np.int64) * rows + right[near]).tolist(), log_odds[near].tolist(), strict=True)
    )
    source = lists.tolist()
    members = {row: [row] for row in np.unique(np.concatenate([left[order], right[order]])).tolist()}
    home = {row: row for row in members}
    for a, b in zip(left[order].tolist(), right[order].tolist(), strict=True):
        low, high = sorted((home[a], home[b]))
        if low == high or not _agree(members[low], members[high], seen, source, cut):
            continue
        members[low] += members.pop(high)
        for row in members[low]:
            home[row] = low
    result = np.arange(rows)
    for row, low in home.items():
        result[row] = low
    return result


def _agree(one: list[int], other: list[int], seen: dict[int, float], source: list[int], cut: float) -> bool:
    total = 0.0
    for x in one:
        for y in other:
            odds = seen.get(min(x, y) * len(source) + max(x, y), UNSEEN)
            if source[x] == source[y] and odds < cut:
                return False
            total += odds
    return total >= (cut - SLACK) * len(one) * len(other)
