"""Linkage of the hard lists against their truth, with generic Splink beside it in the same run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import polars as pl

from amparo.linkage import doubts, link
from amparo.values.columns import meanings

from .hard_lists import hard_lists, spoiled
from .linkage import peak_mb
from .splink_peer import splink


def run(records: int, seed: int, *, peer: bool, bad: str | None = None) -> Iterator[dict[str, Any]]:
    """A line for Amparo and, with `peer`, one for Splink on the same parsed columns.

    `bad` spoils the records first, as in `hard_lists.spoiled`; `warnings` are the codes told to the user.

    `precision`, `recall` and `f1` are of all pairs within the clusters, of one list or two. Of the false
    pairs and of the accepted ones, `relatives_of_false` and `relatives_of_accepted` are the shares of two
    persons of one family. `stages` are seconds by stage, `cpu_seconds` of all threads.
    """
    begun = time.perf_counter()
    lists = hard_lists(records, seed)
    made = time.perf_counter()
    known, _ = meanings(spoiled(lists.records, bad) if bad else lists.records)
    read = time.perf_counter()
    base = {
        "lists": bad or "hard", "seed": seed, "records": known.height,
        "true_persons": lists.truth["person"].n_unique(), "true_pairs": _pairs(lists.truth, "person"),
    }  # fmt: skip
    stages = _Stages()
    cpu = time.process_time()
    linkage = link(known, seed=seed, progress=stages)
    done = stages.ended()
    yield {
        **base,
        "system": "amparo",
        **scores(linkage.clusters, lists.truth),
        "pairs_per_record": linkage.quality.pairs_compared / known.height,
        "expected_precision": linkage.quality.expected_precision,
        "expected_recall": linkage.quality.expected_recall,
        "seconds": round(sum(done.values()), 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "stages": {"made": round(made - begun, 2), "read": round(read - made, 2), **done},
        "peak_mb": round(peak_mb()),
        "warnings": [
            *(issue.code for issue in doubts(known)),
            *("linkage.blocks_skipped" for _ in linkage.quality.facts()["skipped"]),
        ],
    }
    if peer:
        begun, cpu = time.perf_counter(), time.process_time()
        rival = splink(known, seed)
        yield {
            **base,
            "system": "splink",
            **scores(rival.clusters, lists.truth),
            "blocking_recall": blocking_recall(rival.pairs, lists.truth),
            "pairs_per_record": rival.pairs.height / known.height,
            "seconds": round(time.perf_counter() - begun, 2),
            "cpu_seconds": round(time.process_time() - cpu, 2),
        }


def scores(clusters: pl.DataFrame, truth: pl.DataFrame) -> dict[str, float]:
    """Pairwise figures of clusters (record_id, cluster) against truth (record_id, person, family)."""
    both = truth.select("record_id", "person", "family").join(
        clusters.select("record_id", "cluster"), on="record_id", validate="1:1"
    )
    found, true = _pairs(both, "cluster"), _pairs(both, "person")
    right = _pairs(both, "cluster", "person")
    relatives = _pairs(both, "cluster", "family") - right
    return {
        "persons": clusters["cluster"].n_unique(),
        "precision": right / max(found, 1),
        "recall": right / max(true, 1),
        "f1": 2 * right / max(found + true, 1),
        "relatives_of_false": relatives / max(found - right, 1),
        "relatives_of_accepted": relatives / max(found, 1),
    }


def blocking_recall(pairs: pl.DataFrame, truth: pl.DataFrame) -> float:
    """Share of the true pairs among the pairs (record_l, record_r, each once) put side by side."""
    person = truth.select("record_id", "person")
    together = (
        pairs.select("record_l", "record_r")
        .join(person, left_on="record_l", right_on="record_id")
        .join(person, left_on="record_r", right_on="record_id", suffix="_r")
        .filter(pl.col("person") == pl.col("person_r"))
    )
    return together.height / max(_pairs(truth, "person"), 1)


def _pairs(frame: pl.DataFrame, *columns: str) -> int:
    """Pairs of rows that agree in the columns."""
    counts = frame.group_by(columns).len()["len"].cast(pl.Int64)
    return int((counts * (counts - 1) // 2).sum())


class _Stages:
    """Seconds between the first word of each stage of a run and that of the next."""

    def __init__(self) -> None:
        self._starts: list[tuple[str, float]] = [("linkage.keys", time.perf_counter())]

    def __call__(self, stage: str, done: int, total: int) -> None:
        if self._starts[-1][0] != stage:
            self._starts.append((stage, time.perf_counter()))

    def ended(self) -> dict[str, float]:
        """Seconds by stage; a stage entered twice has the sum."""
        ends = [*(start for _, start in self._starts[1:]), time.perf_counter()]
        spent: dict[str, float] = {}
        for (stage, start), end in zip(self._starts, ends, strict=True):
            name = stage.removeprefix("linkage.")
            spent[name] = round(spent.get(name, 0.0) + end - start, 2)
        return spent
