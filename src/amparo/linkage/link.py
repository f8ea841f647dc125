"""Records in, persons out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import polars as pl

from amparo.errors import AmparoError
from amparo.linkage import blocking, clustering, fitted, missed, posterior, scoring, supervised
from amparo.linkage.engine import Engine
from amparo.linkage.evidence import evidence, possible, random_pairs
from amparo.linkage.judged import judged
from amparo.linkage.keys import Keys, keys
from amparo.linkage.model import PERSON, Model
from amparo.linkage.quality import Quality, not_once, quality
from amparo.linkage.scored import Scored, pairs_frame, score
from amparo.linkage.spark import SparkEngine
from amparo.linkage.units import Units, units
from amparo.records import CLUSTERS, DRAWS
from amparo.runs import Progress, silent

THRESHOLD = 0.5  # match probability from which a pair may join two records
FEWEST_DRAWS = 40  # from which it is told how often two records are together
NOBODY = np.empty(0, np.int64), np.empty(0, np.int64)  # pairs
WEIGHTY = 6.0  # log odds from which on a weight teaches nothing more
FLOOR = 0.02  # pairs below this probability are not kept, unless they were judged
RANDOM_PAIRS = 400_000
SO_MANY = 50  # draws unless asked otherwise


class Linkage(NamedTuple):
    """Scored pairs (PAIRS), persons (CLUSTERS), draws, the fitted model, and what the linkage says of itself.

    `draws` (DRAWS) are from the posterior of the partition. `model` is the frame of `fitted`. `compared` are
    all pairs that were put side by side, also those too weak to be kept in `pairs`: rows of `clusters`.
    """

    pairs: pl.DataFrame
    clusters: pl.DataFrame
    draws: pl.DataFrame
    model: pl.DataFrame
    quality: Quality
    compared: tuple[np.ndarray, np.ndarray]


def link(
    meanings: pl.DataFrame,
    *,
    seed: int,
    threshold: float | None = None,
    model: Model = PERSON,
    judgements: pl.DataFrame | None = None,
    once: Iterable[str] = (),
    draws: int = SO_MANY,
    prior: pl.DataFrame | None = None,
    engine: Callable[[Keys, Model], Engine | SparkEngine] = Engine,
    progress: Progress = silent,
) -> Linkage:
    """Find the records that are the same person, within and across lists.

    `meanings` follows the MEANINGS contract, all lists in one frame. `threshold` is the match probability
    from which a pair may join two records, higher where they may be relatives (`clustering.worth_joining`).
    `judgements` (JUDGEMENTS) bind: pairs judged the same stay together, pairs judged different apart. `once`
    names lists that hold a person at most once. `prior` is the model of an earlier linkage, whose m and u
    stand in for the declared ones before the data speak.
    `engine` compares. The same input, in any order of rows, and seed give the same answer, on any engine.

    Raises `linkage.threshold` unless 0 < threshold < 1, `linkage.other_model`, and `frame.columns`.
    """
    threshold = THRESHOLD if threshold is None else threshold
    if not 0.0 < threshold < 1.0:
        raise AmparoError("linkage.threshold", threshold=threshold)
    key = keys(meanings)
    said = judged(judgements, key)
    blocked = blocking.block(
        key, model.blocking, limit=model.block_limit, budget=model.pair_budget, progress=progress
    )
    left, right, rule = said.added_to(blocked)
    with engine(key, model) as comparing:
        progress("linkage.comparing", 0, 1)
        drawn = random_pairs(key.frame.height, RANDOM_PAIRS, np.random.default_rng(seed))
        random = evidence(key, model, comparing, *drawn)
        known = evidence(key, model, comparing, left, right)
        progress("linkage.comparing", 1, 1)
    start = fitted.from_frame(model, prior, key.sources) if prior is not None else None
    tables = scoring.train(model.comparisons, known, random, possible(key.lists), progress, start=start)
    scored = score(model, known, tables)
    once_lists = _numbers(once, key.sources)
    free = units(key.lists, NOBODY, NOBODY, once_lists)
    bound = units(key.lists, said.same, said.different, once_lists)
    cut = math.log(threshold / (1.0 - threshold))

    def drawn_from(scored: Scored, bound: Units) -> np.ndarray:
        start = clustering.cluster(key.lists, (left, right), scored.log_odds, bound, cut=0.0)
        return posterior.draw(
            (left, right, known.lists), scored.log_odds, scored.ages, bound, start,
            draws=max(draws, FEWEST_DRAWS), seed=seed, progress=progress,
        )  # fmt: skip

    # What judgements teach is measured where they do not bind.
    partitions = drawn_from(scored, free)
    together = _together(partitions, left, right, scored.probability())
    features = np.column_stack([
        np.clip(scored.weights, -WEIGHTY, WEIGHTY), np.clip(scored.rivals, -WEIGHTY, 0.0),
        supervised.rivals(left, right, together, len(key.lists)), key.lists[left] == key.lists[right],
    ])  # fmt: skip
    taught = supervised.correction(features, together, *said.labels(left, right), seed=seed)
    if taught.labels:
        scored = scored.corrected(taught.added)
        partitions = drawn_from(scored, bound)
        together = _together(partitions, left, right, scored.probability())
    progress("linkage.clustering", 0, 1)
    worth = clustering.worth_joining(np.log(together) - np.log1p(-together), scored.relatives())
    persons = clustering.cluster(key.lists, (left, right), worth, bound, cut=cut)
    progress("linkage.clustering", 1, 1)
    clusters = key.frame.select("record_id", "source").with_columns(
        cluster=pl.Series(persons).rank("dense").cast(pl.Int64) - 1
    )
    lost = missed.expected(
        model.blocking, blocked.parts, known, scored.log_odds, together, count=len(tables.prior[0])
    )
    partitions = missed.with_missed(partitions[:, :draws], key.lists, lost, seed=seed)
    wanted = (scored.probability() >= FLOOR) | (together >= FLOOR) | said.of(left, right)
    return Linkage(
        pairs_frame(key, model, known, scored, rule=rule, together=together, wanted=wanted),
        clusters.select(CLUSTERS.keys()),
        _draws(key, partitions),
        fitted.to_frame(model, tables, key.sources),
        quality(
            clusters,
            together,
            persons[left] == persons[right],
            threshold,
            blocked.skipped,
            taught=taught,
            missed=float(lost.sum()),
            contradicted=not_once(
                key.lists, key.sources, (left, right), scored.probability(), once=once_lists
            ),
        ),
        (left, right),
    )


def _together(
    partitions: np.ndarray, left: np.ndarray, right: np.ndarray, probability: np.ndarray
) -> np.ndarray:
    """Share of the draws in which two records are one person; their own probability counts as one draw."""
    count = np.clip(probability, 1e-9, 1.0 - 1e-9)
    for column in partitions.T:
        count += column[left] == column[right]
    return count / (partitions.shape[1] + 1.0)


def _numbers(once: Iterable[str], sources: list[str]) -> np.ndarray:
    return np.array(sorted(sources.index(source) for source in set(once) & set(sources)), np.int64)


def _draws(key: Keys, partitions: np.ndarray) -> pl.DataFrame:
    numbers = pl.Series("clusters", partitions, dtype=pl.Array(pl.Int32, partitions.shape[1]))
    return key.frame.select("record_id").with_columns(numbers).cast(dict(DRAWS))
