"""A rough, fast likeness of two records from whole numbers: it ranks candidates and decides nothing.

In log odds of one person against chance, prior left out: shared tokens, places and days weigh by how rare
they are, the rest by declared values. What is unknown on one side counts 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numba import njit

from amparo.linkage.keys import Keys, Tokens
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
    """What the kernel reads: int32 cells (a row a record), and worth and spellings of the codes in them."""

    cells: np.ndarray
    given_worth: np.ndarray
    surname_worth: np.ndarray
    given_starts: np.ndarray
    given_near: np.ndarray
    surname_starts: np.ndarray
    surname_near: np.ndarray
    letter: np.ndarray  # of a given token: its first letter, negative for an initial
    place_1_worth: np.ndarray
    place_2_worth: np.ndarray
    place_3_worth: np.ndarray
    span: float  # days within which most events lie


def likeness(keys: Keys) -> tuple[Likeness, Near, Near]:
    """The key columns as the kernel reads them, and the spellings of given names and surnames."""
    frame = keys.frame
    rows = frame.height
    cells = np.full((rows, WIDTH), UNKNOWN, np.int32)
    cells[:, GIVEN : GIVEN + keys.given.codes.shape[1]] = keys.given.codes
    cells[:, SURNAME : SURNAME + keys.surname.codes.shape[1]] = keys.surname.codes
    for at, name in (
        (FROM, "event_from"),
        (TO, "event_to"),
        (BORN_FROM, "birth_from"),
        (BORN_TO, "birth_to"),
    ):
        cells[:, at] = frame[name].fill_null(UNKNOWN).to_numpy()
    first = frame["place_1"].fill_null("")
    second = frame.select(pl.concat_str(first, "place_2", separator="|")).to_series()
    third = frame.select(pl.concat_str(first, "place_3", separator="|")).to_series()
    worths = []
    for at, values in (
        (PLACE_1, frame["place_1"]), (PLACE_2, second), (PLACE_3, third), (SEX, frame["sex"]),
        (IDENTIFIER, frame["identifier"]),
    ):  # fmt: skip
        codes = values.rank("dense").cast(pl.Int32).fill_null(0).to_numpy() - 1
        cells[:, at] = codes
        worths.append(_worth(np.bincount(codes[codes >= 0], minlength=1), rows))
    letters = keys.given.words.str.slice(0, 1).rank("dense").cast(pl.Int32).to_numpy()
    letters = np.where(keys.given.words.str.len_chars().to_numpy() == 1, -letters, letters).astype(np.int32)
    given, surname = near(keys.given.words), near(keys.surname.words)
    days = frame["event_from"].drop_nulls()
    early, late = np.quantile(days.to_numpy(), [0.1, 0.9]) if len(days) else (0.0, 0.0)
    names = _token_worth(keys.given, rows), _token_worth(keys.surname, rows)
    span = max(float(late - early) / 0.8, 365.0)
    return Likeness(cells, *names, *given, *surname, letters, *worths[:3], span), given, surname


def _token_worth(tokens: Tokens, rows: int) -> np.ndarray:
    return _worth(tokens.counts(), rows)


def _worth(counts: np.ndarray, rows: int) -> np.ndarray:
    """Minus log frequency, never taken below two records."""
    return (-TRUST * np.log(np.maximum(counts, 2) / max(rows, 2))).astype(np.float32)


@njit(cache=True, nogil=True)
def _alike(starts: np.ndarray, tokens: np.ndarray, a: int, b: int) -> bool:
    if starts[a + 1] - starts[a] > starts[b + 1] - starts[b]:
        a, b = b, a
    for at in range(starts[a], starts[a + 1]):
        if tokens[at] >= b:
            return tokens[at] == b
    return False


@njit(cache=True, nogil=True)
def _gap(cells: np.ndarray, i: int, j: int, first: int, last: int) -> int:
    """Days between two intervals, 0 where they overlap, UNKNOWN where one side is; open ends reach far."""
    a, b, c, d = cells[i, first], cells[i, last], cells[j, first], cells[j, last]
    before = UNKNOWN if min(a, d) == UNKNOWN else a - d
    after = UNKNOWN if min(b, c) == UNKNOWN else c - b
    if before == UNKNOWN and after == UNKNOWN:
        return UNKNOWN
    return max(before, after, 0)


@njit(cache=True, nogil=True)
def _when(data: Likeness, i: int, j: int) -> float:
    cells = data.cells
    gap = _gap(cells, i, j, FROM, TO)
    if gap == UNKNOWN:
        return 0.0
    days = 2.0
    if cells[i, FROM] != UNKNOWN and cells[i, TO] != UNKNOWN:
        days += cells[i, TO] - cells[i, FROM]
    if cells[j, FROM] != UNKNOWN and cells[j, TO] != UNKNOWN:
        days += cells[j, TO] - cells[j, FROM]
    worth = max(np.log(data.span / days), 0.0)
    if gap == 0:
        return worth
    if gap <= CLOSE:
        return max(worth - CLOSE_OFF, -1.0)
    if gap <= NEAR:
        return max(worth - NEAR_OFF, -1.0)
    return LOOSE_WORTH if gap <= LOOSE else APART


@njit(cache=True, nogil=True)
def _where(data: Likeness, i: int, j: int) -> float:
    cells = data.cells
    a, b = cells[i, PLACE_1], cells[j, PLACE_1]
    if a >= 0 and b >= 0 and a != b:
        return OTHER_PLACE_1
    a, b = cells[i, PLACE_3], cells[j, PLACE_3]
    if a >= 0 and a == b:
        return data.place_3_worth[a]
    a, b = cells[i, PLACE_2], cells[j, PLACE_2]
    if a >= 0 and a == b:
        return data.place_2_worth[a]
    different = a >= 0 and b >= 0
    a = cells[i, PLACE_1]
    worth = data.place_1_worth[a] if a >= 0 and a == cells[j, PLACE_1] else 0.0
    return worth + OTHER_PLACE_2 if different else worth


@njit(cache=True, nogil=True)
def _given(data: Likeness, i: int, j: int) -> float:
    cells = data.cells
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
                total += data.given_worth[a]
                shared += 1
                break
            if (data.letter[a] < 0 or data.letter[b] < 0) and abs(data.letter[a]) == abs(data.letter[b]):
                close = max(close, INITIAL)
            elif _alike(data.given_starts, data.given_near, a, b):
                close = max(close, min(data.given_worth[a], data.given_worth[b]) - MISSPELT)
    if close >= 0:
        total += close
        shared += 1
    if shared == 0:
        return NO_GIVEN
    return total + OTHER_GIVEN if mine > shared and theirs > shared else total


@njit(cache=True, nogil=True)
def _like_it(data: Likeness, a: int, j: int, at: int) -> tuple[float, int]:
    """What the surname of record j that is most like a is worth, -1 for none, and its place."""
    best, place = -1.0, at
    for y in range(2):
        b = data.cells[j, SURNAME + y]
        if b < 0:
            break
        worth = -1.0
        if a == b:
            worth = data.surname_worth[a]
        elif _alike(data.surname_starts, data.surname_near, a, b):
            worth = max(min(data.surname_worth[a], data.surname_worth[b]) - MISSPELT, 0.0)
        if worth > best:
            best, place = worth, y
    return best, place


@njit(cache=True, nogil=True)
def _surname(data: Likeness, i: int, j: int) -> float:
    cells = data.cells
    if cells[i, SURNAME] < 0 or cells[j, SURNAME] < 0:
        return 0.0
    total, shared, turned = 0.0, 0, 0
    for x in range(2):
        a = cells[i, SURNAME + x]
        if a < 0:
            break
        best, at = _like_it(data, a, j, x)
        if best >= 0:
            total += best
            shared += 1
            turned += at != x
    if shared == 0:
        return NO_SURNAME
    if shared == 1 and cells[i, SURNAME + 1] >= 0 and cells[j, SURNAME + 1] >= 0:
        total += OTHER_SURNAME
    return total + TURNED if shared == 1 and turned else total


@njit(cache=True, nogil=True)
def _who(data: Likeness, i: int, j: int) -> float:
    cells = data.cells
    total = 0.0
    if cells[i, SEX] >= 0 and cells[j, SEX] >= 0:
        total += SAME_SEX if cells[i, SEX] == cells[j, SEX] else OTHER_SEX
    if cells[i, IDENTIFIER] >= 0 and cells[i, IDENTIFIER] == cells[j, IDENTIFIER]:
        total += SAME_IDENTIFIER
    gap = _gap(cells, i, j, BORN_FROM, BORN_TO)
    if gap == UNKNOWN:
        return total
    for days, worth in BORN:
        if gap <= days:
            return total + worth
    return total + OTHER_GENERATION


@njit(cache=True, nogil=True)
def score(data: Likeness, i: int, j: int) -> float:
    """Rough log odds of records i and j."""
    return (
        _when(data, i, j) + _where(data, i, j) + _who(data, i, j) + _given(data, i, j) + _surname(data, i, j)
    )
