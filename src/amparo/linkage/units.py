"""What judgements and lists say of who can be one person, before any score is looked at."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

MOST_ONCE = 64


class Units(NamedTuple):
    """Records joined by must-links, and what may not come together.

    `of` is the unit of each record (its lowest row), `apart` sorted codes low * n + high of two records that
    are different people, `once` the bit of a record's list where that list holds a person at most once,
    else 0. `contradictions` counts pairs judged different that other judgements join.
    """

    of: np.ndarray
    apart: np.ndarray
    once: np.ndarray
    contradictions: int


def units(
    lists: np.ndarray,
    same: tuple[np.ndarray, np.ndarray],
    different: tuple[np.ndarray, np.ndarray],
    once: np.ndarray,
) -> Units:
    """Units of the records; `same` and `different` are rows of judged pairs, `once` numbers of lists.

    Where judgements contradict each other the pairs judged the same hold.
    """
    rows = len(lists)
    of = np.arange(rows)
    for a, b in zip(*same, strict=True):
        low, high = sorted((_root(of, int(a)), _root(of, int(b))))
        of[high] = low
    of = np.array([_root(of, row) for row in range(rows)]) if len(same[0]) else of
    low, high = np.minimum(*different), np.maximum(*different)
    torn = of[low] == of[high]
    bits = np.zeros(rows, np.uint64)
    for bit, number in enumerate(once[:MOST_ONCE]):
        bits[lists == number] = np.uint64(1) << np.uint64(bit)
    return Units(of, np.unique(low[~torn].astype(np.int64) * rows + high[~torn]), bits, int(torn.sum()))


def _root(of: np.ndarray, row: int) -> int:
    while of[row] != row:
        row = int(of[row])
    return row
