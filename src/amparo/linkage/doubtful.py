"""How good a linkage is by its own draws: by lists, by threshold, and which persons are the most doubtful."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

BAND = (0.025, 0.5, 0.975)
STEPS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


class Share(NamedTuple):
    """Median and 95 % band of a share over the draws; None where a draw has nothing to divide by."""

    low: float | None
    middle: float | None
    high: float | None


class TwoLists(NamedTuple):
    """Pairs of two lists (or within one): how many stand, precision of those, recall among those compared."""

    one: str
    other: str
    accepted: int
    precision: Share
    recall: Share


class Step(NamedTuple):
    """At a threshold on pairs: precision and recall that the probabilities lead to expect, and the pairs."""

    threshold: float
    precision: float | None
    recall: float | None
    pairs: int


class Doubtful(NamedTuple):
    """A person, the records, and the share of draws in which all of them are one person."""

    person: str
    records: tuple[str, ...]
    together: float


def by_lists(pairs: pl.DataFrame, persons: pl.DataFrame, draws: pl.DataFrame) -> list[TwoLists]:
    """Precision and recall of each two lists, by the draws.

    A draw is taken for the truth: precision is the share of accepted pairs that it holds together, recall
    the share accepted of the compared pairs that it holds together. Pairs never compared are in neither.
    """
    row = {name: at for at, name in enumerate(draws["record_id"])}
    drawn = _matrix(draws)
    person = dict(persons.select("record_id", "person").iter_rows())
    ends = [[row[name] for name in pairs[side]] for side in ("record_l", "record_r")]
    accepted = np.array(
        [person[one] == person[other] for one, other in pairs.select("record_l", "record_r").iter_rows()],
        bool,
    )
    true = drawn[ends[0]] == drawn[ends[1]]
    lists = pairs.select(
        pl.min_horizontal("source_l", "source_r").alias("one"),
        pl.max_horizontal("source_l", "source_r").alias("other"),
    ).with_row_index("at")
    found = []
    for (one, other), group in lists.group_by("one", "other", maintain_order=True):
        at = group["at"].to_numpy()
        taken, held = accepted[at], true[at]
        both = (taken[:, None] & held).sum(axis=0)
        found.append(
            TwoLists(
                str(one),
                str(other),
                int(taken.sum()),
                _share(both, np.full(len(both), taken.sum())),
                _share(both, held.sum(axis=0)),
            )
        )
    return sorted(found, key=lambda each: (each.one, each.other))


def curve(pairs: pl.DataFrame) -> list[Step]:
    """Expected precision and recall of the kept pairs at several thresholds."""
    probability = pairs["match_probability"].to_numpy()
    total = float(probability.sum())
    steps = []
    for threshold in STEPS:
        taken = probability[probability >= threshold]
        steps.append(
            Step(
                threshold,
                float(taken.mean()) if len(taken) else None,
                float(taken.sum()) / total if total else None,
                len(taken),
            )
        )
    return steps


def most_doubtful(persons: pl.DataFrame, draws: pl.DataFrame, number: int) -> list[Doubtful]:
    """The persons of several records that the draws hold together least often, least first."""
    known = persons.select("record_id", "person").join(
        draws.select("record_id").with_row_index("at"), on="record_id"
    )
    groups = (
        known.group_by("person")
        .agg(pl.col("record_id").sort(), pl.col("at"))
        .filter(pl.col("at").list.len() > 1)
    ).sort("person")
    if groups.is_empty():
        return []
    rows = groups["at"].explode().to_numpy()
    starts = np.cumsum([0, *groups["at"].list.len()][:-1])
    drawn = _matrix(draws)[rows]
    same = np.minimum.reduceat(drawn, starts) == np.maximum.reduceat(drawn, starts)
    together = same.mean(axis=1)
    worst = np.argsort(together, kind="stable")[:number]
    names = groups.select("person", "record_id").rows()
    return [Doubtful(names[at][0], tuple(names[at][1]), float(together[at])) for at in worst.tolist()]


def _matrix(draws: pl.DataFrame) -> np.ndarray:
    return (
        np.stack([np.asarray(each) for each in draws["clusters"].to_list()])
        if draws.height
        else np.empty((0, 0))
    )


def _share(part: np.ndarray, whole: np.ndarray) -> Share:
    if not len(whole) or not whole.all():
        return Share(None, None, None)
    return Share(*(float(each) for each in np.quantile(part / whole, BAND)))
