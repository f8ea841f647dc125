"""Matches that no compared pair stands for: how many to expect, and draws that hold some of them.

Blocking and pruning lose a match when several fields are wrong at once. What share that is follows from the
fitted model: fields of a match agree or fail independently of each other (the mixture's own assumption), so
vectors drawn field by field from matches say how often a match would score below what is kept,

    missed = found s / (1 - s),    s = share of drawn vectors with log odds below LOWEST,

by pair of lists. Given names and surnames of which each side kept another are in m by `scoring.kept_apart`.
"""

from __future__ import annotations

import numpy as np

from amparo.linkage import scoring
from amparo.linkage.model import Model
from amparo.linkage.posterior import LOWEST
from amparo.linkage.scoring import Evidence, Tables

VECTORS = 200_000
DOUBT = 0.6  # coefficient of variation of the number missed


def expected(model: Model, pairs: Evidence, tables: Tables, matching: np.ndarray, *, seed: int) -> np.ndarray:
    """Matches missed, by number of the two lists; `matching` is the probability of each pair."""
    found = np.bincount(pairs.lists, matching, tables.prior.shape[1])
    if found.sum() < 1.0:
        return np.zeros(len(found))
    generator = np.random.default_rng([seed, 13])
    lists = generator.choice(len(found), VECTORS, p=found / found.sum()).astype(np.int32)
    source = [_of_lists(pairs.lists, matching, two) for two in range(len(found))]
    levels = np.empty((VECTORS, len(model.comparisons)), np.int8)
    rarity = np.zeros(levels.shape, np.float32)
    for two, (rows, chance) in enumerate(source):
        mine = np.flatnonzero(lists == two)
        for at, comparison in enumerate(model.comparisons):
            drawn = generator.choice(rows, len(mine), p=chance) if len(rows) else np.zeros(len(mine), int)
            known = pairs.levels[drawn, at] >= 0
            shares = np.exp(tables.m[two, at, : len(comparison.levels)])
            level = generator.choice(len(shares), len(mine), p=shares / shares.sum())
            same = level == pairs.levels[drawn, at]
            levels[mine, at] = np.where(known, level, -1)
            rarity[mine, at] = np.where(same, pairs.rarity[drawn, at], 0.0)
    nothing = np.zeros(VECTORS, np.int32)
    drawn_pairs = Evidence(
        nothing, nothing, levels, lists, rarity, np.zeros(VECTORS, bool), np.zeros((VECTORS, 2), np.int8)
    )
    below = scoring.log_odds(model.comparisons, drawn_pairs, tables) < LOWEST
    drawn_of = np.maximum(np.bincount(lists, minlength=len(found)), 1)
    share = np.minimum(np.bincount(lists, below, len(found)) / drawn_of, 0.5)
    return found * share / (1.0 - share)


def with_missed(partitions: np.ndarray, lists: np.ndarray, missed: np.ndarray, *, seed: int) -> np.ndarray:
    """Each draw with so many missed matches made: Poisson of a gamma with mean `missed` and DOUBT.

    A record that stands alone on one of the two lists joins a cluster with a record of the other and none of
    its own list, until as many pairs are made as were drawn.
    """
    found = partitions.copy()
    count = round(len(missed) ** 0.5)
    total = missed.sum()
    if total <= 0.0:
        return found
    for at, column in enumerate(found.T):
        generator = np.random.default_rng([seed, 17, at])
        number = generator.poisson(generator.gamma(DOUBT**-2, total * DOUBT**2))
        size = np.bincount(column, minlength=len(column))
        holds = np.zeros((len(column), count), bool)
        holds[column, lists] = True
        alone = [
            generator.permutation(np.flatnonzero((size[column] == 1) & (lists == a))) for a in range(count)
        ]
        members = [np.flatnonzero(lists == b) for b in range(count)]
        used = [0] * count
        for two in generator.choice(len(missed), number, p=missed / total):
            a, b = divmod(int(two), count) if generator.random() < 0.5 else divmod(int(two), count)[::-1]
            if number <= 0 or used[a] >= len(alone[a]) or not len(members[b]):
                continue
            record = alone[a][used[a]]
            other = generator.choice(members[b])
            home = column[other]
            if size[column[record]] > 1 or home == column[record] or (a != b and holds[home, a]):
                continue
            used[a] += 1
            number -= size[home]
            size[home] += 1
            size[column[record]] -= 1
            holds[home, a] = True
            column[record] = home
        # A cluster keeps the name of its lowest row.
        first = np.full(len(column), len(column), np.int32)
        np.minimum.at(first, column, np.arange(len(column), dtype=np.int32))
        found[:, at] = first[column]
    return found


def _of_lists(lists: np.ndarray, matching: np.ndarray, two: int) -> tuple[np.ndarray, np.ndarray]:
    """Likely matches of two lists and the chance to draw each."""
    rows = np.flatnonzero((lists == two) & (matching > 0.5))
    return rows, matching[rows] / max(matching[rows].sum(), 1e-300)
