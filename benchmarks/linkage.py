"""Linkage against known true pairs, by the path of the user's verbs: read, map, mean, link.

Lists are CSV files with a column `id`, the truth a CSV with the columns list_a, id_a, list_b, id_b, basis.
True pairs of other bases are neither right nor wrong: they are taken out of the pairs found.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl

from amparo.errors import AmparoError
from amparo.intake.mapping import Mapping, apply
from amparo.intake.proposal import propose
from amparo.intake.quarantine import read_quarantined
from amparo.linkage import Linkage, link
from amparo.linkage.queue import choose, ordered
from amparo.records import JUDGEMENTS
from amparo.values.columns import meanings

Pair = tuple[str, str]


def run(
    lists: Path, truth: Path, basis: str | None, seed: int = 1, *, labels: int = 0
) -> Iterator[dict[str, Any]]:
    """A line of figures: `precision`, `recall`, `f1` of the cross-list pairs of the clusters.

    With `labels` a second line, under so many judgements that the linkage's own queue asks for and the truth
    answers; pairs of other bases and of one list are left unsure.

    `precision_partnered` is the share of true pairs among those found that touch a record with a true pair
    of the basis. Without a basis every pair of the truth is a true one.
    """
    began = time.perf_counter()
    read_lists = {path.stem: _read(path) for path in sorted(lists.glob("*.csv"))}
    if not read_lists:
        raise AmparoError("cli.no_file", file=f"{lists}/*.csv")
    records = pl.concat([cells for cells, _ in read_lists.values()])
    known, _ = meanings(
        records,
        date_orders={name: mapping.date_order for name, (_, mapping) in read_lists.items()},
        name_orders={
            name: mapping.name_order for name, (_, mapping) in read_lists.items() if mapping.name_order
        },
    )
    # The id is the scorer's key and must not help or hinder the linkage.
    known = known.with_columns(identifier=pl.lit(None, pl.String))
    read = time.perf_counter()
    true, others = _truth(truth, basis)
    base = {"lists": lists.as_posix(), "basis": basis, "seed": seed, "records": records.height}
    linkage = link(known, seed=seed)
    linked = time.perf_counter()
    seconds = {"seconds": round(linked - read, 2), "read_seconds": round(read - began, 2)}
    yield base | {"labels": 0} | _figures(linkage, true, others) | seconds | {"peak_mb": round(peak_mb())}
    if labels:
        judgements = _judged(linkage, known, true, others, number=labels, seed=seed)
        taught = link(known, seed=seed, judgements=judgements)
        told = {"labels": judgements.height, "labels_used": taught.quality.labels_used}
        yield base | told | _figures(taught, true, others) | {"peak_mb": round(peak_mb())}


def _judged(
    linkage: Linkage, known: pl.DataFrame, true: set[Pair], others: set[Pair], *, number: int, seed: int
) -> pl.DataFrame:
    asked = choose(
        ordered(linkage.pairs), known, number=number, threshold=linkage.quality.threshold, seed=seed
    )
    source = dict(known.select("record_id", "source").iter_rows())
    rows = []
    for one in asked:
        pair = _pair(*one.records)
        unsure = pair in others or source[pair[0]] == source[pair[1]]
        verdict = "unsure" if unsure else "same" if pair in true else "different"
        rows.append((*pair, verdict, one.chosen))
    return pl.DataFrame(rows, schema=dict(JUDGEMENTS), orient="row")


def _figures(linkage: Linkage, true: set[Pair], others: set[Pair]) -> dict[str, Any]:
    found = _cross_pairs(linkage.clusters) - others
    right = len(found & true)
    partnered = {record for pair in true for record in pair}
    touching = [pair for pair in found if pair[0] in partnered or pair[1] in partnered]
    precision, recall = right / max(len(found), 1), right / max(len(true), 1)
    return {
        "true_pairs": len(true),
        "found_pairs": len(found),
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(precision + recall, 1e-12),
        "precision_partnered": right / max(len(touching), 1),
        "expected_precision": linkage.quality.expected_precision,
        "expected_recall": linkage.quality.expected_recall,
        "persons": linkage.quality.persons,
        "pairs_compared": linkage.quality.pairs_compared,
    }


def _read(path: Path) -> tuple[pl.DataFrame, Mapping]:
    sheet = read_quarantined(path.read_bytes(), path.name)
    if "id" not in sheet.headers:
        columns = ", ".join(sheet.headers)
        raise AmparoError("intake.unknown_column", file=path.name, column="id", headers=columns)
    at = sheet.headers.index("id")
    ids = [f"{path.stem}/{row[at]}" for row in sheet.rows]
    mapping, _ = propose(sheet)
    return apply(sheet, mapping, source=path.stem, record_ids=ids), mapping


def _truth(path: Path, basis: str | None) -> tuple[set[Pair], set[Pair]]:
    true: set[Pair] = set()
    others: set[Pair] = set()
    columns = ["list_a", "id_a", "list_b", "id_b", "basis"]
    for list_a, id_a, list_b, id_b, why in pl.read_csv(path, infer_schema=False).select(columns).iter_rows():
        pair = _pair(f"{list_a}/{id_a}", f"{list_b}/{id_b}")
        (true if basis in (None, why) else others).add(pair)
    return true, others - true


def _cross_pairs(clusters: pl.DataFrame) -> set[Pair]:
    groups = (
        clusters.group_by("cluster").agg("record_id", "source").filter(pl.col("source").list.n_unique() > 1)
    )
    return {
        _pair(a, b)
        for records, sources in groups.select("record_id", "source").iter_rows()
        for (a, list_a), (b, list_b) in combinations(zip(records, sources, strict=True), 2)
        if list_a != list_b
    }


def _pair(a: str, b: str) -> Pair:
    return (a, b) if a < b else (b, a)


def peak_mb() -> float:
    """Most memory this process ever held; macOS counts bytes, Linux kilobytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3
