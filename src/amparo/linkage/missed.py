"""Matches that no compared pair stands for: how many to expect, and draws that hold some of them.

Blocking loses a match when no rule has all its parts in common, because several fields are wrong or unknown
at once. For every likely match it is known which parts of which field its two records share. If the fields of
a match fail independently of each other, with p_f(s) the share of matches that share the set s of parts of
field f, a match shares no whole rule with probability

    P0 = sum over s_1, s_2, ... that hold no whole rule of  prod_f p_f(s_f),    missed = found P0 / (1 - P0)

The likely matches are those that blocking found, so that p_f has to be freed from this truncation:
expectation and maximisation over found and missed (Dempster, Laird and Rubin 1977, section 4.2), for each two
lists by themselves. Matches compared but far too weak to be drawn are expected by their own probability.
"""

from __future__ import annotations

import numpy as np

from amparo.linkage.parts import FIELDS, Part, Parts
from amparo.linkage.posterior import LOWEST
from amparo.linkage.scoring import Evidence

ROUNDS = 50
LIKELY = 0.02  # probability from which a pair is a likely match, for as much as its probability
MOST = 0.5  # of matches missed: beyond it the estimate means nothing
DOUBT = 0.6  # coefficient of variation of the number missed


def expected(
    rules: tuple[tuple[str, ...], ...],
    parts: Parts,
    pairs: Evidence,
    log_odds: np.ndarray,
    matching: np.ndarray,
    *,
    count: int,
) -> np.ndarray:
    """Matches missed, by number of the two lists of `count` such; `matching` is the probability of a pair."""
    likely = np.flatnonzero(matching >= LIKELY)
    shared = _shared(rules, parts, pairs.left[likely], pairs.right[likely])
    weak = log_odds < LOWEST
    found = np.bincount(pairs.lists[weak], 1.0 / (1.0 + np.exp(-log_odds[weak])), count)
    lists, chance = pairs.lists[likely], matching[likely]
    for two in np.unique(lists):
        mine = lists == two
        found[two] += _never_met(rules, shared[mine], chance[mine])
    return found


def _shared(
    rules: tuple[tuple[str, ...], ...], parts: Parts, left: np.ndarray, right: np.ndarray
) -> np.ndarray:
    """Of each pair and field the parts that both share, as bits in the order of the rules' parts."""
    number = _bits(rules)
    shared = np.zeros((len(left), len(set(FIELDS.values()))), np.int64)
    for name, (field, bit) in number.items():
        shared[:, field] |= _agree(parts[name](), left, right).astype(np.int64) << bit
    return shared


def _bits(rules: tuple[tuple[str, ...], ...]) -> dict[str, tuple[int, int]]:
    """Field and bit of every part of the rules."""
    fields = sorted(set(FIELDS.values()))
    number: dict[str, tuple[int, int]] = {}
    for name in sorted({part for rule in rules for part in rule}):
        field = fields.index(FIELDS[name])
        number[name] = field, sum(other == field for other, _ in number.values())
    return number


def _agree(values: Part, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    found = np.zeros(len(left), bool)
    for mine in values:
        for other in values:
            found |= (mine[left] >= 0) & (mine[left] == other[right])
    return found


def _never_met(rules: tuple[tuple[str, ...], ...], shared: np.ndarray, chance: np.ndarray) -> float:
    """Matches of two lists that hold no whole rule; `shared` and `chance` are of those found."""
    patterns, seen = [], []
    for column in shared.T:
        values, at = np.unique(column, return_inverse=True)
        patterns.append(values)
        seen.append(np.bincount(at, chance, len(values)))
    met = _holding(rules, patterns)
    total = float(chance.sum())
    share, missed = [count / total for count in seen], 0.0
    for _ in range(ROUNDS):
        joint = share[0]
        for each in share[1:]:
            joint = joint[..., None] * each
        lost = np.where(met, 0.0, joint)
        none = min(float(lost.sum()), MOST)
        missed = total * none / (1.0 - none)
        if none <= 0.0:
            return 0.0
        for field, count in enumerate(seen):
            others = tuple(axis for axis in range(lost.ndim) if axis != field)
            share[field] = (count + missed * lost.sum(axis=others) / lost.sum()) / (total + missed)
    return missed


def _holding(rules: tuple[tuple[str, ...], ...], patterns: list[np.ndarray]) -> np.ndarray:
    """Whether a combination of patterns, one a field, holds a whole rule."""
    bits = _bits(rules)
    found = np.zeros([len(values) for values in patterns], bool)
    for rule in rules:
        whole = np.ones(found.shape, bool)
        for part in rule:
            field, bit = bits[part]
            has = (patterns[field] >> bit & 1).astype(bool)
            whole &= has.reshape([-1 if axis == field else 1 for axis in range(found.ndim)])
        found |= whole
    return found


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
