"""Pairs under a fitted model: log odds, what they are made of, and the frame others read."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import polars as pl

from amparo.linkage import scoring
from amparo.linkage.judged import JUDGED
from amparo.linkage.keys import Keys
from amparo.linkage.model import Model
from amparo.linkage.scoring import Evidence, Tables
from amparo.records import PAIRS


class Scored(NamedTuple):
    """Of n pairs, in natural logs: log_odds = sum of weights (n x comparison) + prior + rivals + labelled.

    `classes` is the probability of a pair being of one event, relatives, or the same person (n x 3). `ages`
    is the part of the log odds that two ages add, not a number where one is unknown.
    """

    log_odds: np.ndarray
    weights: np.ndarray
    prior: np.ndarray
    rivals: np.ndarray
    labelled: np.ndarray
    classes: np.ndarray
    ages: np.ndarray

    def corrected(self, added: np.ndarray) -> Scored:
        """With what judgements taught added to each pair's log odds."""
        return self._replace(log_odds=self.log_odds + added, labelled=added)

    def relatives(self) -> np.ndarray:
        """Share of relatives in the probability that each pair is not one person."""
        others = np.maximum(1.0 - self.classes[:, scoring.M], 1e-12)
        return np.minimum(self.classes[:, scoring.F] / others, 1.0)

    def probability(self) -> np.ndarray:
        """Match probability of each pair."""
        return 1.0 / (1.0 + np.exp(-self.log_odds))


def score(model: Model, pairs: Evidence, tables: Tables) -> Scored:
    """Weigh each pair; companions are counted among these pairs."""
    comparisons = model.comparisons
    beside = scoring.settled_company(comparisons, pairs, tables)
    log_odds = scoring.log_odds(comparisons, pairs, tables, beside)
    weights = scoring.contributions(scoring.Shape.of(comparisons), pairs, tables)
    prior = tables.prior[scoring.M, pairs.lists]
    return Scored(
        log_odds,
        weights,
        prior,
        log_odds - weights.sum(axis=1) - prior,
        np.zeros(len(log_odds)),
        scoring.posterior(comparisons, pairs, tables, beside),
        _of_ages(model, pairs, tables, beside, log_odds),
    )


def _of_ages(
    model: Model, pairs: Evidence, tables: Tables, beside: np.ndarray, log_odds: np.ndarray
) -> np.ndarray:
    names = [comparison.name for comparison in model.comparisons]
    if "age" not in names:
        return np.full(len(log_odds), np.nan)
    at = names.index("age")
    levels = pairs.levels.copy()
    levels[:, at] = -1
    without = scoring.log_odds(model.comparisons, pairs._replace(levels=levels), tables, beside)
    return np.where(pairs.levels[:, at] < 0, np.nan, log_odds - without)


def pairs_frame(
    key: Keys,
    model: Model,
    pairs: Evidence,
    scored: Scored,
    *,
    rule: np.ndarray,
    wanted: np.ndarray,
    together: np.ndarray | None = None,
) -> pl.DataFrame:
    """The wanted pairs in the PAIRS contract; `rule` is the number of the rule that proposed each.

    Without draws (`together`) a pair's own probability stands in.
    """
    kept = np.flatnonzero(wanted)
    record, source = key.frame["record_id"], key.frame["source"]
    rules = np.full(JUDGED + 1, "judgement", object)
    rules[: len(model.blocking)] = [".".join(names) for names in model.blocking]
    left, right = pairs.left[kept], pairs.right[kept]
    return pl.DataFrame(
        {
            "record_l": record.gather(left),
            "record_r": record.gather(right),
            "source_l": source.gather(left),
            "source_r": source.gather(right),
            "match_key": pl.Series(rules[rule[kept]], dtype=pl.String),
            "match_weight": scored.log_odds[kept] / math.log(2.0),
            "match_probability": scored.probability()[kept],
            "together": (scored.probability() if together is None else together)[kept],
            "levels": _lists(pairs.levels[kept], pl.Int8),
            "weights": _lists(scored.weights[kept].astype(np.float32), pl.Float32),
            "prior": scored.prior[kept],
            "rivals": scored.rivals[kept],
            "labelled": scored.labelled[kept],
            "p_event": scored.classes[kept, scoring.C],
            "p_relatives": scored.classes[kept, scoring.F],
        }
    ).cast(dict(PAIRS))


def _lists(values: np.ndarray, inner: type[pl.DataType]) -> pl.Series:
    return pl.Series(values, dtype=pl.Array(inner, values.shape[1])).cast(pl.List(inner))
