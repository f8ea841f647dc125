"""What a linkage says of itself, without labels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import polars as pl

from amparo.linkage.supervised import Correction

CERTAIN, SEVERAL = 0.95, 3  # pairs within a list of which it was said that it holds a person once


class Quality(NamedTuple):
    """Facts of one linkage.

    `expected_precision` is the mean probability, by the draws, that an accepted pair is one person;
    `expected_recall` the true pairs expected among the accepted against those expected among all compared:
    pairs that blocking never proposed are in neither. `repeats` counts, by list, the records beyond the first
    of a person; `not_once` the almost certain pairs within a list that is said to hold a person once; `sizes`
    the persons by number of records; `skipped` the blocks left out, by rule; `missed` the matches expected
    among pairs never compared or far too weak. `labels` are judged pairs; the mean log loss of those held out
    was `loss_free` without and `loss_corrected` with what the others taught, which was `labels_used` or not.
    """

    records: int
    persons: int
    pairs_compared: int
    pairs_accepted: int
    threshold: float
    expected_precision: float | None
    expected_recall: float | None
    repeats: dict[str, int]
    not_once: dict[str, int]
    sizes: dict[int, int]
    skipped: pl.DataFrame
    missed: float = 0.0
    labels: int = 0
    loss_free: float | None = None
    loss_corrected: float | None = None
    labels_used: bool = False

    def facts(self) -> dict[str, Any]:
        """Everything as plain values."""
        return self._asdict() | {"skipped": self.skipped.to_dicts()}


def not_once(
    lists: np.ndarray,
    sources: list[str],
    pairs: tuple[np.ndarray, np.ndarray],
    probability: np.ndarray,
    *,
    once: np.ndarray,
) -> dict[str, int]:
    """Almost certain pairs within each list that is said to hold a person once, where there are SEVERAL.

    `lists` is the number of each record's list in `sources`, `once` are numbers of lists.
    """
    left, right = (lists[rows] for rows in pairs)
    within = left[(left == right) & np.isin(left, once) & (probability >= CERTAIN)]
    numbers, counts = np.unique(within, return_counts=True)
    return {sources[at]: n for at, n in zip(numbers, counts.tolist(), strict=True) if n >= SEVERAL}


def quality(
    clusters: pl.DataFrame,
    probability: np.ndarray,
    together: np.ndarray,
    threshold: float,
    skipped: pl.DataFrame,
    *,
    missed: float = 0.0,
    contradicted: dict[str, int] | None = None,
    taught: Correction | None = None,
) -> Quality:
    """Facts from the CLUSTERS frame and, of every compared pair, its probability and whether it stands."""
    accepted = probability[together]
    total = float(probability.sum())
    sizes = clusters.group_by("cluster").len()["len"].value_counts(name="persons").sort("len")
    repeats = clusters.group_by("source").agg(
        (pl.len() - pl.struct("cluster").n_unique()).cast(pl.Int64).alias("repeats")
    )
    return Quality(
        records=clusters.height,
        persons=clusters["cluster"].n_unique(),
        pairs_compared=len(probability),
        pairs_accepted=len(accepted),
        threshold=threshold,
        expected_precision=float(accepted.mean()) if len(accepted) else None,
        expected_recall=float(accepted.sum()) / total if total > 0 else None,
        repeats=dict(repeats.sort("source").iter_rows()),
        not_once=contradicted or {},
        sizes=dict(sizes.iter_rows()),
        skipped=skipped,
        missed=missed,
        **({} if taught is None else _of_labels(taught)),
    )


def _of_labels(taught: Correction) -> dict[str, Any]:
    return {
        "labels": taught.labels,
        "loss_free": taught.loss_free,
        "loss_corrected": taught.loss_corrected,
        "labels_used": taught.used,
    }
