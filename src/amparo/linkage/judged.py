"""Judged pairs as row numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from amparo.linkage.blocking import Blocked
from amparo.linkage.keys import Keys
from amparo.records import JUDGEMENTS, conform

JUDGED = 255  # number of the rule of a pair that only a judgement proposed


class Judged(NamedTuple):
    """Codes low * rows + high of the pairs judged the same and different, sorted, among so many rows."""

    same_codes: np.ndarray
    different_codes: np.ndarray
    rows: int

    @property
    def same(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows of the pairs judged the same."""
        return self.same_codes // self.rows, self.same_codes % self.rows

    @property
    def different(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows of the pairs judged different."""
        return self.different_codes // self.rows, self.different_codes % self.rows

    def of(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Whether each pair was judged."""
        return np.isin(left.astype(np.int64) * self.rows + right, self._all())

    def labels(self, left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which of the pairs were judged (indices), and whether the same."""
        codes = left.astype(np.int64) * self.rows + right
        at = np.flatnonzero(np.isin(codes, self._all()))
        return at, np.isin(codes[at], self.same_codes)

    def added_to(self, blocked: Blocked) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Left, right and rule of the blocked pairs and those that only a judgement proposes, ordered."""
        known = blocked.left.astype(np.int64) * self.rows + blocked.right
        extra = np.setdiff1d(self._all(), known)
        codes = np.concatenate([known, extra])
        order = np.argsort(codes, kind="stable")
        rule = np.concatenate([blocked.rule, np.full(len(extra), JUDGED, np.uint8)])[order]
        codes = codes[order]
        return (codes // self.rows).astype(np.int32), (codes % self.rows).astype(np.int32), rule

    def _all(self) -> np.ndarray:
        return np.concatenate([self.same_codes, self.different_codes])


def judged(judgements: pl.DataFrame | None, keys: Keys) -> Judged:
    """The judgements (JUDGEMENTS) of these records; "unsure" and records that are not here say nothing.

    A pair judged both ways, in whatever order, counts as judged the same.
    """
    rows = max(keys.frame.height, 1)
    if judgements is None or judgements.is_empty():
        return Judged(np.empty(0, np.int64), np.empty(0, np.int64), rows)
    number = keys.frame.select("record_id", row=pl.col("unique_id").cast(pl.Int64))
    known = (
        conform(judgements, JUDGEMENTS, "linkage")
        .join(number.rename({"record_id": "record_l", "row": "l"}), on="record_l")
        .join(number.rename({"record_id": "record_r", "row": "r"}), on="record_r")
        .filter(pl.col("l") != pl.col("r"))
        .select("verdict", code=pl.min_horizontal("l", "r") * rows + pl.max_horizontal("l", "r"))
    )
    same, different = (
        known.filter(verdict=verdict)["code"].unique().sort().to_numpy() for verdict in ("same", "different")
    )
    return Judged(same, np.setdiff1d(different, same), rows)
