"""Which records are put side by side: the most alike among those that share every part of a rule.

Recall comes from many wide rules, economy from ranking: within a block every pair is scored by `likeness` in
one compiled loop, each record keeps its best few of every list, and the best pairs of all are handed on.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import polars as pl
from numba import njit

from amparo.linkage.keys import Keys
from amparo.linkage.likeness import Likeness, likeness, score, when
from amparo.linkage.parts import Parts, keyed, parts
from amparo.runs import Progress

THREADS = 2
ROOM = 20  # candidates a record keeps over all lists, shared out evenly
FEWEST = 2  # of one list
# Blocks of so many times the limit are told of: their records met less than an eighth of them.
TOLD = 4
FEWER = 4  # of a block above the limit each record meets a quarter of the limit
# A block so many times too large tells nobody apart: its records meet ever fewer neighbours, not below these.
CROWD, NEIGHBOURS = 10, 15
SLACK = 8.0  # log odds by which a pair may fall short, by likeness, of one match per record


class Blocked(NamedTuple):
    """Pairs as row numbers, left < right, ordered; `rule` is the number of the first rule that proposed them.

    `skipped` has a row for each rule with records that met only a few others because every block of theirs
    was too large: rule, blocks, largest, pairs. `parts` are the values of records that rules are made of.
    """

    left: np.ndarray
    right: np.ndarray
    rule: np.ndarray
    skipped: pl.DataFrame
    parts: Parts


class _Blocks(NamedTuple):
    """Members of all blocks of one rule, by their places in the order of full names, and each block's bounds.

    `windows` is how many of those that follow in its block each record meets.
    """

    rows: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    windows: np.ndarray


class _Look(NamedTuple):
    """Number of the rule, list of each record, and who is wanted."""

    rule: int
    lists: np.ndarray
    anyone: np.ndarray


class _Best(NamedTuple):
    """The best candidates of each record and list (record x list x rank): likeness, record or -1, rule.

    Records are numbered by their places in the order of full names.
    """

    score: np.ndarray
    row: np.ndarray
    rule: np.ndarray


def block(
    keys: Keys,
    rules: tuple[tuple[str, ...], ...],
    *,
    limit: int,
    budget: float,
    progress: Progress,
    fresh: np.ndarray | None = None,
) -> Blocked:
    """The `budget` pairs per record that are most alike, of those that share every part of a rule.

    In a block of more than `limit` records each meets only the `limit` / FEWER that follow it in the order of
    full names, fewer where it is CROWD times as large: time and memory stay bounded by records and rules.
    With `fresh` (a flag per record) only pairs with a fresh record are looked at, and `budget` is per fresh
    record.
    """
    rows = len(keys.lists)
    data, given, surname = likeness(keys)
    known = parts(keys, given, surname)
    order, bits = _by_name(keys), max(int(rows).bit_length(), 1)
    place = np.empty(rows, np.int64)
    place[order] = np.arange(rows)
    # Records that share a name lie together: the join is bound by memory.
    data = data._replace(cells=data.cells[order])
    shape = rows, max(len(keys.sources), 1), max(FEWEST, ROOM // max(len(keys.sources), 1))
    best = [_nothing(shape, np.log(max(rows, 2) / 2.0) - SLACK) for _ in range(THREADS)]
    anyone = np.ones(rows, np.bool_) if fresh is None else fresh[order]
    compared, crowded = np.zeros(rows, np.bool_), np.zeros(rows, np.uint64)
    notes: list[tuple[str, int, int, int]] = []
    with ThreadPoolExecutor(THREADS) as pool:
        for i, rule in enumerate(rules):
            codes = keyed(rule, known, place, bits, None if fresh is None else anyone)
            blocks = _blocks(codes, bits, anyone, limit)
            look = _Look(i, keys.lists[order], anyone)
            shares = zip(_shares(blocks), best, strict=True)
            jobs = [pool.submit(_join, share, look, data, kept) for share, kept in shares]
            for job in jobs:
                job.result()
            notes.append((".".join(rule), *_note(blocks, limit, i, compared, crowded)))
            progress("linkage.blocking", i + 1, len(rules))
    left, right, alike, rule_of = _pairs(best, order)
    kept = np.sort(np.lexsort((right, left, -alike))[: int(budget * max(int(anyone.sum()), 1))])
    return Blocked(left[kept], right[kept], rule_of[kept], _skipped(notes, compared, crowded), known)


def _by_name(keys: Keys) -> np.ndarray:
    """The rows in the order of full names."""
    names = [*keys.surname.codes.T, *keys.given.codes.T]
    born = keys.frame["birth_from"].fill_null(0).to_numpy()
    return np.lexsort((born, *reversed(names)))


def _blocks(codes: np.ndarray, bits: int, anyone: np.ndarray, limit: int) -> _Blocks:
    """Blocks of two and more with a record that is wanted."""
    key = codes >> np.uint64(bits)
    rows = (codes & np.uint64((1 << bits) - 1)).astype(np.int32)
    edges = (
        np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1], [True]]))
        if len(key)
        else np.zeros(1, int)
    )
    starts, ends = edges[:-1], edges[1:]
    wanted = ends - starts > 1
    if not anyone.all():
        wanted &= np.add.reduceat(anyone[rows], starts) > 0 if len(starts) else False
    starts, ends = starts[wanted], ends[wanted]
    return _Blocks(rows, starts, ends, _windows(ends - starts, limit))


def _windows(sizes: np.ndarray, limit: int) -> np.ndarray:
    """How many followers each record of blocks of these sizes meets: all, a share of the limit, or fewer."""
    crowded = CROWD * limit / np.maximum(sizes, 1)
    few = np.maximum(
        (limit // FEWER * np.minimum(crowded, 1.0)).astype(np.int64), min(NEIGHBOURS, limit // FEWER)
    )
    return np.where(sizes > limit, few, sizes)


def _shares(blocks: _Blocks) -> list[_Blocks]:
    """Blocks dealt out to the threads so that each has about as many pairs."""
    sizes = blocks.ends - blocks.starts
    work = np.cumsum(sizes * np.minimum(sizes, 2 * blocks.windows))
    bounds = np.searchsorted(work, np.linspace(0, work[-1] if len(work) else 0, THREADS + 1)[1:-1])
    parts = (np.split(values, bounds) for values in (blocks.starts, blocks.ends, blocks.windows))
    return [_Blocks(blocks.rows, *part) for part in zip(*parts, strict=True)]


def _nothing(shape: tuple[int, int, int], least: float) -> _Best:
    return _Best(np.full(shape, least, np.float32), np.full(shape, -1, np.int32), np.zeros(shape, np.uint8))


@njit(cache=True, nogil=True)
def _join(blocks: _Blocks, look: _Look, data: Likeness, best: _Best) -> None:
    """Score the pairs of some blocks and keep the best of each record and list."""
    rows, starts, ends, windows = blocks
    rule, lists, anyone = look
    cells, worth, near, letter, span = data
    scores, others, rules = best
    for b in range(len(starts)):
        end, window = ends[b], windows[b]
        for x in range(starts[b], end):
            i = rows[x]
            for y in range(x + 1, min(x + window + 1, end)):
                j = rows[y]
                if anyone[i] or anyone[j]:
                    alike = np.float32(score(cells, worth, near, letter, (i, j)) + when(cells, span, (i, j)))
                    _keep(scores, others, rules, (i, lists[j]), (alike, j, rule))
                    _keep(scores, others, rules, (j, lists[i]), (alike, i, rule))


@njit(cache=True, nogil=True)
def _keep(
    scores: np.ndarray,
    others: np.ndarray,
    rules: np.ndarray,
    home: tuple[int, int],
    candidate: tuple[float | np.float32, int, int],
) -> None:
    """Put a candidate (likeness, row, rule) among the best of a record and list, unless it is there.

    Ties go to the lower row.
    """
    owner, column = home
    alike, other, rule = candidate
    places = scores.shape[2]
    at = places - 1
    if not _before(alike, other, scores[owner, column, at], others[owner, column, at]):
        return
    for same in range(places):
        if others[owner, column, same] == other:
            rules[owner, column, same] = min(rules[owner, column, same], rule)
            return
    while at > 0 and _before(alike, other, scores[owner, column, at - 1], others[owner, column, at - 1]):
        scores[owner, column, at] = scores[owner, column, at - 1]
        others[owner, column, at] = others[owner, column, at - 1]
        rules[owner, column, at] = rules[owner, column, at - 1]
        at -= 1
    scores[owner, column, at] = alike
    others[owner, column, at] = other
    rules[owner, column, at] = rule


@njit(cache=True, nogil=True)
def _before(alike: float | np.float32, other: int, score_there: float, row_there: int) -> bool:
    first = other <= row_there or row_there < 0
    return bool(alike > score_there) or (bool(alike == score_there) and first)


def _pairs(best: list[_Best], row: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rows left and right, likeness and rule of each pair that either record kept among its best, ordered.

    `row` is that of each place.
    """
    first, *rest = best
    for other in rest:
        _merge(first, other)
    owner, column, at = np.nonzero(first.row >= 0)
    mine, theirs = row[owner], row[first.row[owner, column, at]]
    low, high = np.minimum(mine, theirs), np.maximum(mine, theirs)
    code = low * len(row) + high
    rule = first.rule[owner, column, at]
    order = np.lexsort((rule, code))
    code = code[order]
    once = order[np.concatenate([[True], code[1:] != code[:-1]])] if len(code) else order
    left, right = low[once].astype(np.int32), high[once].astype(np.int32)
    return left, right, first.score[owner, column, at][once], rule[once]


@njit(cache=True, nogil=True)
def _merge(best: _Best, more: _Best) -> None:
    scores, others, rules = best
    owners, columns, places = more.row.shape
    for i in range(owners):
        for column in range(columns):
            for at in range(places):
                other = more.row[i, column, at]
                if other >= 0:
                    candidate = more.score[i, column, at], other, more.rule[i, column, at]
                    _keep(scores, others, rules, (i, column), candidate)


def _note(
    blocks: _Blocks, limit: int, rule: int, compared: np.ndarray, crowded: np.ndarray
) -> tuple[int, int, int]:
    """Mark who met much of a block, and who did not; blocks too large, the largest, pairs left out."""
    sizes = blocks.ends - blocks.starts
    large = sizes > TOLD * limit
    compared[_members(blocks, ~large)] = True
    crowded[_members(blocks, large)] |= np.uint64(1) << np.uint64(rule)
    left_out = sizes[large]
    missed = left_out * (left_out - 1) // 2 - left_out * blocks.windows[large]
    return int(large.sum()), int(left_out.max(initial=0)), int(np.maximum(missed, 0).sum())


def _members(blocks: _Blocks, wanted: np.ndarray) -> np.ndarray:
    sizes = (blocks.ends - blocks.starts)[wanted]
    offset = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return blocks.rows[np.repeat(blocks.starts[wanted], sizes) + offset]


def _skipped(
    notes: list[tuple[str, int, int, int]], compared: np.ndarray, crowded: np.ndarray
) -> pl.DataFrame:
    marks = int(np.bitwise_or.reduce(crowded[~compared], initial=np.uint64(0)))
    told = [note for i, note in enumerate(notes) if marks >> i & 1]
    schema = {"rule": pl.String, "blocks": pl.Int64, "largest": pl.Int64, "pairs": pl.Int64}
    return pl.DataFrame(told, schema=schema, orient="row")
