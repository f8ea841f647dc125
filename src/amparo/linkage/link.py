"""Records in, persons out."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import polars as pl

from amparo.errors import AmparoError
from amparo.linkage import blocking, clustering, scoring
from amparo.linkage.engine import Engine
from amparo.linkage.keys import Keys, keys
from amparo.linkage.model import PERSON, Model
from amparo.linkage.quality import Quality, quality
from amparo.linkage.rarity import shared_rarity, surprise
from amparo.linkage.screening import worth_comparing
from amparo.records import CLUSTERS, PAIRS
from amparo.runs import Progress, silent

THRESHOLD = 0.5  # match probability from which a pair may join two records
FLOOR = 0.02  # pairs below this probability are not kept
RANDOM_PAIRS = 400_000
TRAINING_PAIRS = 600_000


class Linkage(NamedTuple):
    """Scored pairs (PAIRS), persons (CLUSTERS), the fitted model, and what the linkage says of itself.

    `model` has columns comparison, level, m, u, weight (log2 m/u), pooled over the pairs of lists.
    """

    pairs: pl.DataFrame
    clusters: pl.DataFrame
    model: pl.DataFrame
    quality: Quality


def link(
    meanings: pl.DataFrame,
    *,
    seed: int,
    threshold: float | None = None,
    model: Model = PERSON,
    progress: Progress = silent,
) -> Linkage:
    """Find the records that are the same person, within and across lists.

    `meanings` follows the MEANINGS contract, all lists in one frame. `threshold` is the match probability
    from which a pair may join two records. The same input, in any order of rows, and seed give the same
    answer.

    Raises `linkage.threshold` unless 0 < threshold < 1, and `frame.columns`.
    """
    threshold = THRESHOLD if threshold is None else threshold
    if not 0.0 < threshold < 1.0:
        raise AmparoError("linkage.threshold", threshold=threshold)
    key = keys(meanings)
    lists = key.frame["source"].rank("dense").cast(pl.Int64).to_numpy() - 1
    blocked = blocking.block(
        key, model.blocking, limit=model.block_limit, budget=model.pair_budget, progress=progress
    )
    blocked = blocking.keep(blocked, worth_comparing(key, blocked.left, blocked.right))
    drawn = _random_pairs(len(lists), np.random.default_rng(seed))
    with Engine(key, model) as engine:
        progress("linkage.comparing", 0, 1)
        random = _evidence(key, lists, engine.compare(*drawn), *drawn)
        known = _evidence(
            key, lists, engine.compare(blocked.left, blocked.right), blocked.left, blocked.right
        )
        progress("linkage.comparing", 1, 1)
    possible = _possible(lists)
    part = _sample(len(blocked.left), np.random.default_rng([seed, 1]))
    share = len(part) / max(len(blocked.left), 1)
    sample = scoring.Evidence(
        known.levels[:, part],
        known.lists[part],
        {name: value[part] for name, value in known.rarity.items()},
        known.namesakes[part],
    )
    tables = scoring.train(model.comparisons, sample, random, possible * share, progress)
    company = scoring.company(model.comparisons, known, tables, blocked.left, blocked.right)
    odds = scoring.log_odds(model.comparisons, known, tables, company)
    progress("linkage.clustering", 0, 1)
    cut = math.log(threshold / (1.0 - threshold))
    persons = clustering.cluster(lists, blocked.left, blocked.right, odds, cut=cut)
    progress("linkage.clustering", 1, 1)
    clusters = key.frame.select("record_id", "source").with_columns(
        cluster=pl.Series(persons).rank("dense").cast(pl.Int64) - 1
    )
    probability = 1.0 / (1.0 + np.exp(-odds))
    together = persons[blocked.left] == persons[blocked.right]
    return Linkage(
        _pairs(key, model, blocked, odds, probability),
        clusters.select(CLUSTERS.keys()),
        scoring.summary(model.comparisons, tables),
        quality(clusters, probability, together, threshold, blocked.skipped),
    )


def _evidence(
    key: Keys, lists: np.ndarray, levels: np.ndarray, left: np.ndarray, right: np.ndarray
) -> scoring.Evidence:
    first, second = np.minimum(lists[left], lists[right]), np.maximum(lists[left], lists[right])
    count = int(lists.max(initial=0)) + 1
    rare = {"given": surprise(key.given, left, right), "surname": surprise(key.surname, left, right)}
    return scoring.Evidence(
        levels,
        first * count + second,
        {name: scoring.RARITY * value for name, value in rare.items()},
        shared_rarity(key.given, left, right) > 0.0,
    )


def _possible(lists: np.ndarray) -> np.ndarray:
    """Pairs of records of each two lists, at first * lists + second."""
    sizes = np.bincount(lists, minlength=1).astype(float)
    return (np.triu(np.outer(sizes, sizes), 1) + np.diag(sizes * (sizes - 1) / 2)).ravel()


def _random_pairs(rows: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Pairs drawn from all, left < right; every pair where there are few."""
    if rows * (rows - 1) // 2 <= RANDOM_PAIRS:
        left, right = np.triu_indices(rows, 1)
        return left.astype(np.int32), right.astype(np.int32)
    a, b = generator.integers(0, rows, (2, RANDOM_PAIRS))
    codes = np.unique(np.minimum(a, b)[a != b] * rows + np.maximum(a, b)[a != b])
    return (codes // rows).astype(np.int32), (codes % rows).astype(np.int32)


def _sample(count: int, generator: np.random.Generator) -> np.ndarray:
    if count <= TRAINING_PAIRS:
        return np.arange(count)
    return np.sort(generator.choice(count, TRAINING_PAIRS, replace=False))


def _pairs(
    key: Keys, model: Model, blocked: blocking.Blocked, odds: np.ndarray, probability: np.ndarray
) -> pl.DataFrame:
    kept = np.flatnonzero(probability >= FLOOR)
    record, source = key.frame["record_id"], key.frame["source"]
    rules = np.array([".".join(rule) for rule in model.blocking], dtype=object)
    left, right = blocked.left[kept], blocked.right[kept]
    return pl.DataFrame(
        {
            "record_l": record.gather(left),
            "record_r": record.gather(right),
            "source_l": source.gather(left),
            "source_r": source.gather(right),
            "match_key": pl.Series(rules[blocked.rule[kept]], dtype=pl.String),
            "match_weight": odds[kept] / math.log(2.0),
            "match_probability": probability[kept],
        },
        schema=dict(PAIRS),
    )
