"""Linkage of the hard lists against their truth, with generic Splink beside it in the same run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from amparo.linkage import Linkage, doubts, link
from amparo.linkage.queue import choose, ordered
from amparo.records import JUDGEMENTS
from amparo.values.columns import meanings

from .hard_lists import hard_lists, spoiled
from .linkage import peak_mb


def run(
    records: int, seed: int, *, peer: bool = False, bad: str | None = None, labels: int = 0
) -> Iterator[dict[str, Any]]:
    """A line for Amparo, one more with `labels` judgements and, with `peer`, one for Splink.

    `bad` spoils the records first, as in `hard_lists.spoiled`; `warnings` are the codes told to the user.
    Judgements are asked for by the linkage's own queue and answered from the truth.

    `precision`, `recall` and `f1` are of all pairs within the clusters, of one list or two. Of the false
    pairs and of the accepted ones, `relatives_of_false` and `relatives_of_accepted` are the shares of two
    persons of one family. `cells_covered` and what follows is `coverage`. `stages` are seconds by stage,
    `cpu_seconds` of all threads.
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
    before = {"made": round(made - begun, 2), "read": round(read - made, 2)}
    unlabelled, line = _linked(known, lists.truth, seed, None)
    yield {**base, "system": "amparo", "labels": 0, **line, "before": before}
    if labels:
        judgements = _judged(unlabelled, known, lists.truth, labels, seed)
        _, line = _linked(known, lists.truth, seed, judgements)
        yield {**base, "system": "amparo", "labels": judgements.height, **line, "before": before}
    if peer:
        from .splink_peer import splink  # noqa: PLC0415  (only the test lock holds it)

        begun, cpu = time.perf_counter(), time.process_time()
        rival = splink(known, seed)
        yield {
            **base,
            "system": "splink",
            "blocking_recall": blocking_recall(*_rows(rival.pairs, lists.truth)),
            **scores(rival.clusters, lists.truth),
            "pairs_per_record": rival.pairs.height / known.height,
            "seconds": round(time.perf_counter() - begun, 2),
            "cpu_seconds": round(time.process_time() - cpu, 2),
        }


def _linked(
    known: pl.DataFrame, truth: pl.DataFrame, seed: int, judgements: pl.DataFrame | None
) -> tuple[Linkage, dict[str, Any]]:
    """One linkage and its figures."""
    stages, cpu = _Stages(), time.process_time()
    linkage = link(known, seed=seed, judgements=judgements, progress=stages)
    done, cpu = stages.ended(), time.process_time() - cpu
    return linkage, {
        "blocking_recall": blocking_recall(linkage.compared, _persons(linkage.clusters, truth)),
        **scores(linkage.clusters, truth),
        **coverage(linkage.draws, truth),
        "pairs_per_record": linkage.quality.pairs_compared / known.height,
        "expected_precision": linkage.quality.expected_precision,
        "expected_recall": linkage.quality.expected_recall,
        "seconds": round(sum(done.values()), 2),
        "cpu_seconds": round(cpu, 2),
        "stages": done,
        "peak_mb": round(peak_mb()),
        "warnings": [
            *(issue.code for issue in doubts(known)),
            *(["linkage.blocks_skipped"] if linkage.quality.skipped.height else []),
        ],
    }


def _judged(
    linkage: Linkage, known: pl.DataFrame, truth: pl.DataFrame, number: int, seed: int
) -> pl.DataFrame:
    """Judgements (JUDGEMENTS) of the pairs the queue asks for, as the truth has them."""
    person = dict(truth.select("record_id", "person").iter_rows())
    threshold = linkage.quality.threshold
    asked = choose(ordered(linkage.pairs), known, number=number, threshold=threshold, seed=seed)
    rows = [
        (
            *one.records,
            "same" if len({person[record] for record in one.records}) == 1 else "different",
            one.chosen,
        )
        for one in asked
    ]
    return pl.DataFrame(rows, schema=dict(JUDGEMENTS), orient="row")


def coverage(draws: pl.DataFrame, truth: pl.DataFrame) -> dict[str, Any]:
    """How the draws (DRAWS) stand to the true capture histories (truth: record_id, source, person).

    A cell is a set of lists and holds the persons who are on exactly these. `cells_covered` is the share of
    cells, true or drawn, whose true count lies within the 2.5th and 97.5th percentile of its draws;
    `band_width` the mean width of that band as a share of the cell, over true cells above 200;
    `persons_band` the band of the number of persons.
    """
    both = truth.select("record_id", "source", "person").join(draws, on="record_id")
    bits = np.left_shift(1, both["source"].rank("dense").to_numpy().astype(np.int64) - 1)
    cells = 1 << both["source"].n_unique()
    drawn = np.array(both["clusters"].to_list(), np.int64)
    counts = np.stack([_histories(clusters, bits, cells) for clusters in drawn.T])
    true = _histories(both["person"].to_numpy(), bits, cells)
    low, high = np.percentile(counts, (2.5, 97.5), axis=0)
    seen = (true > 0) | counts.any(axis=0)
    large = true > 200
    persons = counts.sum(axis=1)
    band = np.percentile(persons, (2.5, 97.5))
    return {
        "cells_covered": float(((low <= true) & (true <= high))[seen].mean()),
        "cells": int(seen.sum()),
        "band_width": float(((high - low)[large] / true[large]).mean()) if large.any() else None,
        "persons_band": [round(float(bound)) for bound in band],
        "persons_covered": bool(band[0] <= true.sum() <= band[1]),
        "draws": len(counts),
    }


def _histories(cluster: np.ndarray, bits: np.ndarray, cells: int) -> np.ndarray:
    """Clusters by the set of lists that hold them."""
    _, number = np.unique(cluster, return_inverse=True)
    lists = np.zeros(number.max() + 1, np.int64)
    np.bitwise_or.at(lists, number, bits)
    return np.bincount(lists, minlength=cells)


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


def blocking_recall(pairs: tuple[np.ndarray, np.ndarray], persons: np.ndarray) -> float:
    """Share of the true pairs among those put side by side, each once, as rows of `persons`."""
    left, right = pairs
    true = _pairs(pl.DataFrame({"person": persons}), "person")
    return int((persons[left] == persons[right]).sum()) / max(true, 1)


def _persons(records: pl.DataFrame, truth: pl.DataFrame) -> np.ndarray:
    """The true person of each row of `records` (record_id)."""
    joined = records.join(truth, on="record_id", how="left", maintain_order="left", validate="1:1")
    return joined["person"].to_numpy()


def _rows(pairs: pl.DataFrame, truth: pl.DataFrame) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Pairs (record_l, record_r) as rows of the truth, and the person of each row."""
    rows = truth.select("record_id", row=pl.int_range(pl.len()))
    ends = [
        pairs.select(record_id=side).join(rows, on="record_id", how="left", maintain_order="left")["row"]
        for side in ("record_l", "record_r")
    ]
    return (ends[0].to_numpy(), ends[1].to_numpy()), truth["person"].to_numpy()


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
