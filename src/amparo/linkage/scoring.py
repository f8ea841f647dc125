"""How likely two records are one person, learnt without labels.

A mixture over comparison vectors (Fellegi and Sunter 1969; Winkler 1988 for EM) with four classes instead
of two, because in lists of group events most pairs that look alike are relatives attacked together:

    R  unrelated records           every comparison as between random pairs
    C  victims of one event        date and place agree as for one person
    F  relatives in one event      and the surname agrees as among relatives
    M  the same person

    log M/R = sum over comparisons of log m/u + rarity
    log C/R = sum over date and place of log m/u
    log F/R = log C/R + log f/u of the surname + its rarity

Tied parameters: date and place have one m for C, F and M; given name, age and sex have the u of random
pairs in R, C and F. m, u and the priors of C, F and M are estimated per pair of lists, m and u drawn towards
their pooled tables; the priors of C and F are then raised for records of large events and families.
A match is weighed against R, C and F together. Comparisons with nothing on one side count for nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from amparo.linkage.model import Comparison
from amparo.runs import Progress

ITERATIONS = 25
RARITY = 0.8  # share of the log frequency that counts: agreeing rare names may be copied from one another
PRIOR_PAIRS = 150.0  # weight of the declared m, in pairs: lists without a person in common must show none
LIST_PAIRS = 150.0  # weight of the pooled m in the table of two lists
RANDOM_PAIRS = 200.0  # weight of the pooled u
COMPANY_ROUNDS = 2


class Evidence(NamedTuple):
    """Of n pairs: levels (comparison x n, -1 missing), number of their two lists, rarity by comparison."""

    levels: np.ndarray
    lists: np.ndarray
    rarity: dict[str, np.ndarray]
    namesakes: np.ndarray  # whether both hold one given name


class Tables(NamedTuple):
    """log m and log u by comparison (two lists x level, 0 in the last column for missing), log f, priors."""

    m: dict[str, np.ndarray]
    u: dict[str, np.ndarray]
    f: np.ndarray
    prior: np.ndarray  # class x pair of lists, log odds against R


def train(
    comparisons: tuple[Comparison, ...],
    blocked: Evidence,
    random: Evidence,
    possible: np.ndarray,
    progress: Progress,
) -> Tables:
    """Fit the mixture by expectation and maximisation.

    `blocked` are pairs from blocking, or a sample weighted through `possible`; `random` are pairs drawn
    from all; `possible` counts all pairs of each two lists (as many as the blocked stand for).
    """
    tables = _start(comparisons, random, len(possible))
    for i in range(ITERATIONS):
        tables = _maximise(comparisons, blocked, random, possible, tables)
        progress("linkage.training", i + 1, ITERATIONS)
    return tables


def log_odds(
    comparisons: tuple[Comparison, ...], pairs: Evidence, tables: Tables, company: np.ndarray | None = None
) -> np.ndarray:
    """Natural log odds of M against R, C and F together."""
    c, f, m = _scores(comparisons, pairs, tables, company)
    return m - np.logaddexp(np.logaddexp(0.0, c), f)


def posterior(
    comparisons: tuple[Comparison, ...], pairs: Evidence, tables: Tables, company: np.ndarray | None = None
) -> np.ndarray:
    """Probability of C, F and M (class x pair)."""
    scores = _scores(comparisons, pairs, tables, company)
    top = np.maximum(scores.max(axis=0), 0.0)
    odds = np.exp(scores - top)
    return odds / (odds.sum(axis=0) + np.exp(-top))


def company(
    comparisons: tuple[Comparison, ...], pairs: Evidence, tables: Tables, left: np.ndarray, right: np.ndarray
) -> np.ndarray:
    """Log factors on the priors of C and F (2 x pair): who had many companions or relatives has one more.

    With n the expected number of a record's companions without this pair, mean over both records, and
    nbar its mean over the records of the pairs, not below a half, the factor is (nbar + n) / 2 nbar.
    """
    factors = np.zeros((2, len(left)))
    if not len(left):
        return factors
    for _ in range(COMPANY_ROUNDS):
        probability = posterior(comparisons, pairs, tables, factors)[:2]
        for i, own in enumerate(probability):
            number = np.bincount(left, own, right.max() + 1) + np.bincount(right, own, right.max() + 1)
            mean = max(number[number > 0].mean() if number.any() else 0.0, 0.5)
            others = (number[left] + number[right]) / 2 - own
            factors[i] = np.log((mean + others) / (2 * mean))
    return factors


def summary(comparisons: tuple[Comparison, ...], tables: Tables) -> pl.DataFrame:
    """The fitted table to read aloud: comparison, level, m, u and weight = log2 m/u, mean over the lists."""
    rows = []
    for comparison in comparisons:
        m, u = (np.exp(table[comparison.name][:, :-1]).mean(axis=0) for table in (tables.m, tables.u))
        rows += [
            (comparison.name, level.name, m[i], u[i], np.log2(m[i] / u[i]))
            for i, level in enumerate(comparison.levels)
        ]
    schema = {
        "comparison": pl.String,
        "level": pl.String,
        "m": pl.Float64,
        "u": pl.Float64,
        "weight": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _scores(
    comparisons: tuple[Comparison, ...], pairs: Evidence, tables: Tables, company: np.ndarray | None = None
) -> np.ndarray:
    event = np.zeros(pairs.levels.shape[1])
    person = np.zeros_like(event)
    family = np.zeros_like(event)
    for comparison, level in zip(comparisons, pairs.levels, strict=True):
        name = comparison.name
        weight = (tables.m[name] - tables.u[name])[pairs.lists, level]
        rare = pairs.rarity.get(name, 0.0)
        if comparison.event:
            event += weight + rare
        else:
            person += weight + rare
        if name == "surname":
            family = (tables.f - tables.u[name])[pairs.lists, level] + rare
    prior = tables.prior[:, pairs.lists]
    scores = np.stack([event + prior[0], event + family + prior[1], event + person + prior[2]])
    if company is not None:
        scores[:2] += company
    return scores


def _maximise(
    comparisons: tuple[Comparison, ...],
    blocked: Evidence,
    random: Evidence,
    possible: np.ndarray,
    old: Tables,
) -> Tables:
    c, f, m = posterior(comparisons, blocked, old)
    # Random pairs hold a few true ones; without their weight u would be too high where lists are short.
    rc, rf, rm = posterior(comparisons, random, old)
    same_event, chance = c + f + m, 1.0 - rc - rf - rm
    new_m, new_u = {}, {}
    new_f = old.f
    for i, comparison in enumerate(comparisons):
        size = len(comparison.levels)
        declared = np.array([level.m for level in comparison.levels])
        matching = _counts(blocked, i, size, same_event if comparison.event else m, len(possible))
        new_m[comparison.name] = _table(matching, declared, PRIOR_PAIRS, LIST_PAIRS)
        unlike = chance if comparison.event else 1.0 - rm - (rf if comparison.name == "surname" else 0.0)
        drawn = _counts(random, i, size, unlike, len(possible))
        new_u[comparison.name] = _table(drawn, np.full(size, 1.0 / size), 0.5, RANDOM_PAIRS)
        if comparison.name == "surname":
            new_f = _table(_counts(blocked, i, size, f, len(possible)), declared, PRIOR_PAIRS, LIST_PAIRS)
    sums = np.stack([np.bincount(blocked.lists, weight, len(possible)) for weight in (c, f, m)]) + 0.1
    # Of the victims of an event blocking proposes those who share a given name by chance; they stand for all
    namesakes = np.bincount(blocked.lists, c * blocked.namesakes, len(possible))
    sums[0] = np.maximum(sums[0], namesakes / max(_share(random.namesakes), 1e-4))
    rest = np.maximum(possible - sums.sum(axis=0), 0.5 * possible + 1.0)
    return Tables(new_m, new_u, new_f, np.log(sums / rest))


def _share(flags: np.ndarray) -> float:
    return float(flags.mean()) if len(flags) else 0.0


def _start(comparisons: tuple[Comparison, ...], random: Evidence, list_pairs: int) -> Tables:
    everything = np.ones(random.levels.shape[1])
    m, u = {}, {}
    for i, comparison in enumerate(comparisons):
        size = len(comparison.levels)
        declared = np.array([level.m for level in comparison.levels])
        m[comparison.name] = _table(np.zeros((list_pairs, size)), declared, PRIOR_PAIRS, LIST_PAIRS)
        drawn = _counts(random, i, size, everything, list_pairs)
        u[comparison.name] = _table(drawn, np.full(size, 1.0 / size), 0.5, RANDOM_PAIRS)
    prior = np.log(np.array([[1e-4], [1e-5], [1e-4]])) + np.zeros(list_pairs)
    return Tables(m, u, m["surname"], prior)


def _counts(pairs: Evidence, i: int, size: int, weight: np.ndarray, list_pairs: int) -> np.ndarray:
    """Weight at each level (pair of lists x level), missing left out."""
    level = pairs.levels[i].astype(np.int64)
    known = level >= 0
    cell = pairs.lists[known] * size + level[known]
    return np.bincount(cell, weight[known], list_pairs * size).reshape(list_pairs, size)


def _table(counts: np.ndarray, declared: np.ndarray, prior: float, pooled_weight: float) -> np.ndarray:
    """Log shares by level, drawn first towards the declared, then towards the pooled; a last column of 0."""
    pooled = (counts.sum(axis=0) + prior * declared / declared.sum()) / (counts.sum() + prior)
    shares = (counts + pooled_weight * pooled) / (counts.sum(axis=1, keepdims=True) + pooled_weight)
    return np.hstack([np.log(shares), np.zeros((len(counts), 1))])
