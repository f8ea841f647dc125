"""A first look at blocked pairs, by whole numbers only: what could not become a match is not compared."""

from __future__ import annotations

import numpy as np
import polars as pl

from amparo.linkage.keys import Keys
from amparo.linkage.rarity import shared_rarity

# How far, in log odds, a pair may fall short of even prior odds and still be compared.
SLACK = 8.0
_CHUNK = 1_000_000

# Rough log m/u: for, against. What is unknown on one side counts 0.
_NO_SHARED_TOKEN = -3.0
_DATE = ((0, 4.0), (21, 2.0), (366, -2.0))  # days between the intervals, up to; beyond them:
_DATE_APART = -4.0
_BIRTH = ((730, 2.0), (3650, 0.0))
_BIRTH_APART = -4.0
_WORDS = {"place_1": (2.0, -4.0), "place_2": (2.0, -1.0), "sex": (0.3, -4.0), "identifier": (8.0, 0.0)}


def worth_comparing(keys: Keys, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Whether each pair's rough log odds, at one match per record, are above -SLACK."""
    bar = np.log(max(keys.frame.height, 2) / 2.0) - SLACK
    columns = _Columns(keys)
    keep = [
        columns.score(left[start : start + _CHUNK], right[start : start + _CHUNK]) >= bar
        for start in range(0, len(left), _CHUNK)
    ]
    return np.concatenate(keep) if keep else np.empty(0, bool)


class _Columns:
    """The key columns as arrays of numbers."""

    def __init__(self, keys: Keys) -> None:
        frame = keys.frame
        self._names = [keys.given, keys.surname]
        self._spans = [
            (_numbers(frame["event_from"]), _numbers(frame["event_to"]), _DATE, _DATE_APART),
            (_numbers(frame["birth_from"]), _numbers(frame["birth_to"]), _BIRTH, _BIRTH_APART),
        ]
        self._words = [(_numbers(frame[name].rank("dense")), worth) for name, worth in _WORDS.items()]

    def score(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Rough log odds of a match against chance, the prior left out."""
        total = np.zeros(len(left))
        for codes in self._names:
            both = (codes[left, 0] >= 0) & (codes[right, 0] >= 0)
            rare = shared_rarity(codes, left, right)
            total += np.where(rare > 0, rare, np.where(both, _NO_SHARED_TOKEN, 0.0))
        for first, last, steps, apart in self._spans:
            gap = np.maximum(first[left] - last[right], first[right] - last[left])
            worth = np.select([gap <= days for days, _ in steps], [value for _, value in steps], apart)
            total += np.where(np.isnan(gap), 0.0, worth)
        for codes, (agrees, differs) in self._words:
            worth = np.where(codes[left] == codes[right], agrees, differs)
            total += np.where(np.isnan(codes[left]) | np.isnan(codes[right]), 0.0, worth)
        return total


def _numbers(values: pl.Series) -> np.ndarray:
    return values.cast(pl.Float32).to_numpy()
