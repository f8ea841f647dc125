"""Reading a million distinct names: the time to parse and key them, and how many are cut as written."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import polars as pl

from amparo.records import RECORDS, conform
from amparo.values.columns import meanings
from amparo.values.names import formal, parse_name, phonetic

from .hard_lists import hard_lists
from .linkage import peak_mb

_CELLS = ["source", "name", "given", "surname"]


def run(names: int, seed: int) -> Iterator[dict[str, Any]]:
    """One line: seconds and CPU seconds of `parse` (cells to meanings) and `keys` (sounds of their words).

    `cut_as_written` is, of the names written in one column without a comma, the share whose given names and
    surnames come out as the list wrote them.
    """
    made = hard_lists(round(names * 1.15), seed)
    distinct = made.records.unique(_CELLS, maintain_order=True).head(names)
    cells = conform(distinct.select("record_id", *_CELLS), RECORDS, "benchmarks")
    in_one = ~cells["name"].str.contains(",", literal=True).fill_null(value=True)
    begun, cpu = time.perf_counter(), time.process_time()
    known, _ = meanings(cells)
    parsed, parsed_cpu = time.perf_counter(), time.process_time()
    for given, surnames in known.select("given", "surnames").iter_rows():
        for word in given:
            phonetic(formal(word)[0])
        for word in surnames:
            phonetic(word)
    keyed, keyed_cpu = time.perf_counter(), time.process_time()
    yield {
        "names": cells.height,
        "seed": seed,
        "parse_seconds": round(parsed - begun, 2),
        "parse_cpu_seconds": round(parsed_cpu - cpu, 2),
        "keys_seconds": round(keyed - parsed, 2),
        "keys_cpu_seconds": round(keyed_cpu - parsed_cpu, 2),
        "microseconds_per_name": round((keyed_cpu - cpu) / max(cells.height, 1) * 1e6, 1),
        "cut_as_written": cut_as_written(known.filter(in_one).gather_every(20), made.names),
        "peak_mb": round(peak_mb()),
    }


def cut_as_written(known: pl.DataFrame, written: pl.DataFrame) -> float:
    """Share of records whose given names and surnames are as the list wrote them (given, surnames)."""
    read = known.select("record_id", read_given="given", read_surnames="surnames")
    right = 0
    for read_given, read_surnames, given, surnames in (
        read.join(written, on="record_id").drop("record_id").iter_rows()
    ):
        apart = parse_name(None, given=given, surname=surnames)
        right += (read_given, read_surnames) == (list(apart.given), list(apart.surnames))
    return right / max(read.height, 1)
