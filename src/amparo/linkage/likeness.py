"""A rough, fast likeness of two records from whole numbers: it ranks candidates and decides nothing.

In log odds of one person against chance, prior left out: shared tokens, places and days weigh by how rare
they are, the rest by declared values. What is unknown on one side counts 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numba import njit

from amparo.linkage.keys import Keys
from amparo.linkage.spellings import Near, near

UNKNOWN = np.iinfo(np.int32).min
# Columns of the cells: three given tokens and two surname tokens first.
GIVEN, SURNAME, FROM, TO, BORN_FROM, BORN_TO, PLACE_1, PLACE_2, PLACE_3, SEX, IDENTIFIER = (
    0, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13
)  # fmt: skip
WIDTH = 14

TRUST = 0.8  # share of a rarity that counts: agreeing rare names may be copied from one another
MISSPELT = 1.2  # off for a token that is only alike
INITIAL = 1.2
NO_GIVEN, OTHER_GIVEN = -3.5, -1.5  # none shared; one shared, and each holds another
NO_SURNAME, OTHER_SURNAME = -4.0, -2.0
TURNED = -1.5  # one surname shared, on different places
CLOSE, NEAR, LOOSE = 3, 21, 370  # days between two events
CLOSE_OFF, NEAR_OFF, LOOSE_WORTH, APART = 2.0, 4.0, -1.0, -4.0
BORN = ((400, 1.5), (1200, 0.5), (3700, -1.0))
OTHER_GENERATION = -3.0
OTHER_PLACE_1, OTHER_PLACE_2 = -2.5, -0.5
OTHER_SEX, SAME_SEX = -3.0, 0.4
SAME_IDENTIFIER = 8.0


class Likeness(NamedTuple):
    """What the kernel reads: int32 cells (a row a record), and worth and spellings of the codes in them.

    Given tokens, surname tokens and places have codes of their own, one after another. The kernel takes
    these arrays one by one: numba counts the references to every array that it takes out of a tuple, which
    costs more than the likeness of a pair.
    """

    cells: np.ndarray
    worth: np.ndarray  # of each code
    near: np.ndarray  # codes alike those of a are near[near[a]:near[a + 1]], ascending
    letter: np.ndarray  # of a given token: its first letter, negative for an initial
    span: float  # days within which most events lie


def likeness(keys: Keys) -> tuple[Likeness, Near, Near]:
    """The key columns as the kernel reads them, and the spellings of given names and surnames."""
    frame = keys.frame
    rows = frame.height
    cells = np.full((rows, WIDTH), UNKNOWN, np.int32)
    first = frame["place_1"].fill_null("")
    second = frame.select(pl.concat_str(first, "place_2", separator="|")).to_series()
    third = frame.select(pl.concat_str(first, "place_3", separator="|")).to_series()
    worths, codes = [np.empty(0, np.float32)], 0
    for at, found in (
        (GIVEN, keys.given.codes), (SURNAME, keys.surname.codes), (PLACE_1, _ranks(frame["place_1"])),
        (PLACE_2, _ranks(second)), (PLACE_3, _ranks(third)),
    ):  # fmt: skip
        cells[:, at : at + found.shape[1]] = np.where(found >= 0, found + codes, -1)
        worths.append(_worth(np.bincount(found[found >= 0], minlength=1), rows))
        codes += len(worths[-1])
    for at, name in (
        (FROM, "event_from"),
        (TO, "event_to"),
        (BORN_FROM, "birth_from"),
        (BORN_TO, "birth_to"),
    ):
        cells[:, at] = frame[name].fill_null(UNKNOWN).to_numpy()
    for at, name in ((SEX, "sex"), (IDENTIFIER, "identifier")):
        cells[:, at] = _ranks(frame[name])[:, 0]
    letters = keys.given.words.str.slice(0, 1).rank("dense").cast(pl.Int32).to_numpy()
    letters = np.where(keys.given.words.str.len_chars().to_numpy() == 1, -letters, letters).astype(np.int32)
    given, surname = near(keys.given.words), near(keys.surname.words)
    tokens = np.concatenate([given.tokens, surname.tokens + np.int32(len(worths[1]))])
    number = np.zeros(len(worths[1]) + len(worths[2]), np.int32)  # of codes alike each token
    number[: len(given.starts) - 1] = np.diff(given.starts)
    number[len(worths[1]) : len(worths[1]) + len(surname.starts) - 1] = np.diff(surname.starts)
    starts = np.concatenate([[0], np.cumsum(number)]) + len(number) + 1
    alike = np.concatenate([starts, tokens]).astype(np.int32)
    days = frame["event_from"].drop_nulls()
    early, late = np.quantile(days.to_numpy(), [0.1, 0.9]) if len(days) else (0.0, 0.0)
    span = max(float(late - early) / 0.8, 365.0)
    return Likeness(cells, np.concatenate(worths), alike, letters, span), given, surname


def _ranks(values: pl.Series) -> np.ndarray:
    """A number for each distinct value, -1 where there is none (a column)."""
    return values.rank("dense").cast(pl.Int32).fill_null(0).to_numpy()[:, None] - 1


def _worth(counts: np.ndarray, rows: int) -> np.ndarray:
    """Minus log frequency, never taken below two records."""
    return (-TRUST * np.log(np.maximum(counts, 2) / max(rows, 2))).astype(np.float32)


@njit(cache=True, nogil=True)
def _alike(near: np.ndarray, a: int, b: int) -> bool:
    if near[a + 1] - near[a] > near[b + 1] - near[b]:
        a, b = b, a
    for at in range(near[a], near[a + 1]):
        if near[at] >= b:
            return near[at] == b
    return False


@njit(cache=True, nogil=True)
def _gap(cells: np.ndarray, pair: tuple[int, int], first: int, last: int) -> int:
    """Days between two intervals, 0 where they overlap, UNKNOWN where one side is; open ends reach far."""
    i, j = pair
    a, b, c, d = cells[i, first], cells[i, last], cells[j, first], cells[j, last]
    before = UNKNOWN if min(a, d) == UNKNOWN else a - d
    after = UNKNOWN if min(b, c) == UNKNOWN else c - b
    if before == UNKNOWN and after == UNKNOWN:
        return UNKNOWN
    return max(before, after, 0)


@njit(cache=True, nogil=True)
def when(cells: np.ndarray, span: float, pair: tuple[int, int]) -> float:
    """Rough log odds by the days of two records; the rest is `score`."""
    i, j = pair
    gap = _gap(cells, pair, FROM, TO)
    if gap == UNKNOWN:
        return 0.0
    if gap > NEAR:
        return LOOSE_WORTH if gap <= LOOSE else APART
    days = 2.0
    if cells[i, FROM] != UNKNOWN and cells[i, TO] != UNKNOWN:
        days += cells[i, TO] - cells[i, FROM]
    if cells[j, FROM] != UNKNOWN and cells[j, TO] != UNKNOWN:
        days += cells[j, TO] - cells[j, FROM]
    worth = max(np.log(span / days), 0.0)
    if gap == 0:
        return worth
    return max(worth - (CLOSE_OFF if gap <= CLOSE else NEAR_OFF), -1.0)


@njit(cache=True, nogil=True)
def _where(cells: np.ndarray, worth: np.ndarray, pair: tuple[int, int]) -> float:
    i, j = pair
    a, b = cells[i, PLACE_1], cells[j, PLACE_1]
    if a >= 0 and b >= 0 and a != b:
        return OTHER_PLACE_1
    a, b = cells[i, PLACE_3], cells[j, PLACE_3]
    if a >= 0 and a == b:
        return worth[a]
    a, b = cells[i, PLACE_2], cells[j, PLACE_2]
    if a >= 0 and a == b:
        return worth[a]
    different = a >= 0 and b >= 0
    a = cells[i, PLACE_1]
    same = worth[a] if a >= 0 and a == cells[j, PLACE_1] else 0.0
    return same + OTHER_PLACE_2 if different else same


@njit(cache=True, nogil=True)
def _given(
    cells: np.ndarray, worth: np.ndarray, near: np.ndarray, letter: np.ndarray, pair: tuple[int, int]
) -> float:
    i, j = pair
    if cells[i, GIVEN] < 0 or cells[j, GIVEN] < 0:
        return 0.0
    total, shared, mine, theirs, close = 0.0, 0, 0, 0, -1.0
    for y in range(GIVEN, GIVEN + 3):
        theirs += cells[j, y] >= 0
    for x in range(GIVEN, GIVEN + 3):
        a = cells[i, x]
        if a < 0:
            break
        mine += 1
        for y in range(GIVEN, GIVEN + 3):
            b = cells[j, y]
            if b < 0:
                break
            if a == b:
                total += worth[a]
                shared += 1
                break
            if (letter[a] < 0 or letter[b] < 0) and abs(letter[a]) == abs(letter[b]):
                close = max(close, INITIAL)
            elif _alike(near, a, b):
                close = max(close, min(worth[a], worth[b]) - MISSPELT)
    if close >= 0:
        total += close
        shared += 1
    if shared == 0:
        return NO_GIVEN
    return total + OTHER_GIVEN if mine > shared and theirs > shared else total


@njit(cache=True, nogil=True)
def _surname(cells: np.ndarray, worth: np.ndarray, near: np.ndarray, pair: tuple[int, int]) -> float:
    i, j = pair
    if cells[i, SURNAME] < 0 or cells[j, SURNAME] < 0:
        return 0.0
    total, shared, turned = 0.0, 0, 0
    for x in range(SURNAME, SURNAME + 2):
        a = cells[i, x]
        if a < 0:
            break
        best, place = -1.0, x
        for y in range(SURNAME, SURNAME + 2):
            b = cells[j, y]
            if b < 0:
                break
            same = -1.0
            if a == b:
                same = worth[a]
            elif _alike(near, a, b):
                same = max(min(worth[a], worth[b]) - MISSPELT, 0.0)
            if same > best:
                best, place = same, y
        if best >= 0:
            total += best
            shared += 1
            turned += place != x
    if shared == 0:
        return NO_SURNAME
    if shared == 1 and cells[i, SURNAME + 1] >= 0 and cells[j, SURNAME + 1] >= 0:
        total += OTHER_SURNAME
    return total + TURNED if shared == 1 and turned else total


@njit(cache=True, nogil=True)
def _who(cells: np.ndarray, pair: tuple[int, int]) -> float:
    i, j = pair
    total = 0.0
    if cells[i, SEX] >= 0 and cells[j, SEX] >= 0:
        total += SAME_SEX if cells[i, SEX] == cells[j, SEX] else OTHER_SEX
    if cells[i, IDENTIFIER] >= 0 and cells[i, IDENTIFIER] == cells[j, IDENTIFIER]:
        total += SAME_IDENTIFIER
    gap = _gap(cells, pair, BORN_FROM, BORN_TO)
    if gap == UNKNOWN:
        return total
    for days, worth in BORN:
        if gap <= days:
            return total + worth
    return total + OTHER_GENERATION


@njit(cache=True, nogil=True)
def score(
    cells: np.ndarray, worth: np.ndarray, near: np.ndarray, letter: np.ndarray, pair: tuple[int, int]
) -> float:
    """Rough log odds by all but the days of two records; the arrays are those of `Likeness`."""
    return (
        _where(cells, worth, pair)
        + _who(cells, pair)
        + _given(cells, worth, near, letter, pair)
        + _surname(cells, worth, near, pair)
    )
