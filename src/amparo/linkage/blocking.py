"""Which records are put side by side: pairs that share every part of at least one rule."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, product
from typing import NamedTuple

import numpy as np
import polars as pl

from amparo.linkage.keys import Keys, bones
from amparo.runs import Progress

Parts = list[np.ndarray]  # one int64 vector for each value a record may have there, -1 where it has none


class Blocked(NamedTuple):
    """Pairs as row numbers, left < right, ordered; `rule` is the number of the first rule that proposed them.

    `skipped` has a row for each rule that left blocks out: rule, blocks, records (of the largest), pairs.
    """

    left: np.ndarray
    right: np.ndarray
    rule: np.ndarray
    skipped: pl.DataFrame


def block(
    keys: Keys, rules: tuple[tuple[str, ...], ...], *, limit: int, budget: int, progress: Progress
) -> Blocked:
    """Pairs of records within the blocks of each rule.

    A block of more than `limit` records, and the largest blocks once a rule has proposed `budget` pairs
    per record, are skipped: memory stays bounded by the number of records and rules.
    """
    rows = keys.frame.height
    parts = _parts(keys)
    pairs = np.empty(0, np.int64)
    number = np.empty(0, np.int8)
    skipped: list[tuple[str, int, int, int]] = []
    for i, rule in enumerate(rules):
        key, row = _keyed(rule, parts)
        found, left_out = _within_blocks(key, row, rows, limit, budget * max(rows, 1000))
        if left_out:
            skipped.append((".".join(rule), *left_out))
        fresh = _not_in(found, pairs)
        pairs, number = _merge(pairs, number, fresh, i)
        progress("linkage.blocking", i + 1, len(rules))
    schema = {"rule": pl.String, "blocks": pl.Int64, "largest": pl.Int64, "pairs": pl.Int64}
    return Blocked(
        (pairs // max(rows, 1)).astype(np.int32),
        (pairs % max(rows, 1)).astype(np.int32),
        number,
        pl.DataFrame(skipped, schema=schema, orient="row"),
    )


def keep(blocked: Blocked, wanted: np.ndarray) -> Blocked:
    """Only the pairs wanted."""
    return Blocked(blocked.left[wanted], blocked.right[wanted], blocked.rule[wanted], blocked.skipped)


def _parts(keys: Keys) -> dict[str, Callable[[], Parts]]:
    """How each part of a rule is computed."""
    frame = keys.frame
    day = frame["day"].is_not_null()

    def numbers(values: pl.Series | pl.Expr) -> np.ndarray:
        series = frame.select(values).to_series() if isinstance(values, pl.Expr) else values
        return series.cast(pl.Int64).fill_null(-1).to_numpy()

    def ranks(values: pl.Series | pl.Expr) -> np.ndarray:
        series = frame.select(values).to_series() if isinstance(values, pl.Expr) else values
        return numbers(pl.when(series.is_not_null()).then(series.rank("dense")).alias("rank"))

    def tokens(stem: str, count: int, change: Callable[[pl.Series], pl.Series]) -> Parts:
        """The same code for the same changed token, wherever it stands."""
        columns = [change(frame[f"{stem}_{i + 1}"]) for i in range(count)]
        stacked = ranks(pl.concat(columns))
        return list(stacked.reshape(count, -1))

    def together(codes: np.ndarray) -> Parts:
        """Each pair of tokens of one record, in either order the same."""
        return [
            np.where((a >= 0) & (b >= 0), np.minimum(a, b).astype(np.int64) << 32 | np.maximum(a, b), -1)
            for a, b in combinations(codes.T, 2)
        ]

    exact_day = pl.when(day).then(pl.col("event_from"))
    week = [
        numbers(pl.when(day).then((pl.col("event_from") + 1_000_000 + shift) // 8 * 2 + shift // 4))
        for shift in (0, 4)
    ]
    return {
        "given": lambda: [column.astype(np.int64) for column in keys.given.T],
        "surname": lambda: [column.astype(np.int64) for column in keys.surname.T],
        "givens": lambda: together(keys.given),
        "surnames": lambda: together(keys.surname),
        "given_start": lambda: tokens("given", keys.given.shape[1], lambda t: t.str.slice(0, 2)),
        "surname_start": lambda: tokens("surname", keys.surname.shape[1], lambda t: t.str.slice(0, 3)),
        "given_bones": lambda: tokens("given", keys.given.shape[1], bones),
        "surname_bones": lambda: tokens("surname", keys.surname.shape[1], bones),
        "day": lambda: [numbers(exact_day + 1_000_000)],
        "week": lambda: week,
        "month": lambda: [numbers(pl.col("year").cast(pl.Int64) * 12 + pl.col("month"))],
        "year": lambda: [numbers(pl.col("year"))],
        "birthday": lambda: [
            numbers(
                pl.when(pl.col("birth_from") == pl.col("birth_to")).then(pl.col("birth_from") + 1_000_000)
            )
        ],
        "place_1": lambda: [ranks(pl.col("place_1"))],
        "place_2": lambda: [ranks(pl.concat_str("place_1", "place_2", separator="|"))],
        "identifier": lambda: [ranks(pl.col("identifier"))],
    }


def _keyed(rule: tuple[str, ...], parts: dict[str, Callable[[], Parts]]) -> tuple[np.ndarray, np.ndarray]:
    """A 64-bit key and a row number for every combination of a record's values."""
    found_keys, found_rows = [], []
    for values in product(*(parts[name]() for name in rule)):
        present = np.flatnonzero(np.logical_and.reduce([value >= 0 for value in values]))
        key = np.full(len(present), 0x9E3779B97F4A7C15, np.uint64)
        for value in values:
            key ^= value[present].astype(np.uint64)
            key *= np.uint64(0xBF58476D1CE4E5B9)
            key ^= key >> np.uint64(29)
        found_keys.append(key)
        found_rows.append(present)
    return np.concatenate(found_keys), np.concatenate(found_rows)


def _within_blocks(
    key: np.ndarray, row: np.ndarray, rows: int, limit: int, budget: int
) -> tuple[np.ndarray, tuple[int, int, int] | None]:
    """Codes left * rows + right of all pairs in the blocks kept, sorted; and what was left out, if any."""
    order = np.lexsort((row, key))
    key, row = key[order], row[order]
    again = np.zeros(len(key), bool)
    again[1:] = (key[1:] == key[:-1]) & (row[1:] == row[:-1])
    key, row = key[~again], row[~again]
    if not len(key):
        return np.empty(0, np.int64), None
    starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    sizes = np.diff(np.append(starts, len(key)))
    by_size = np.argsort(sizes, kind="stable")
    proposed = np.cumsum(sizes[by_size] * (sizes[by_size] - 1) // 2)
    keep = np.zeros(len(sizes), bool)
    keep[by_size] = (sizes[by_size] <= limit) & (proposed <= budget)
    left_out = sizes[~keep]
    # Each member of a block meets those after it.
    block_of = np.repeat(np.arange(len(sizes)), sizes)
    following = np.where(keep[block_of], (starts + sizes)[block_of] - np.arange(len(key)) - 1, 0)
    first = np.repeat(np.arange(len(key)), following)
    offset = np.arange(len(first)) - np.repeat(np.cumsum(following) - following, following)
    codes = row[first] * rows + row[first + offset + 1]
    codes.sort()
    codes = codes[np.concatenate([[True], codes[1:] != codes[:-1]])] if len(codes) else codes
    if not len(left_out):
        return codes, None
    return codes, (len(left_out), int(left_out.max()), int((left_out * (left_out - 1) // 2).sum()))


def _not_in(codes: np.ndarray, known: np.ndarray) -> np.ndarray:
    if not len(known):
        return codes
    at = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    return codes[known[at] != codes]


def _merge(
    pairs: np.ndarray, number: np.ndarray, fresh: np.ndarray, rule: int
) -> tuple[np.ndarray, np.ndarray]:
    together = np.concatenate([pairs, fresh])
    order = np.argsort(together, kind="stable")
    numbers = np.concatenate([number, np.full(len(fresh), rule, np.int8)])
    return together[order], numbers[order]
