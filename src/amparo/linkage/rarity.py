"""How rare the agreeing words of a pair are, against the words chance agrees on."""

from __future__ import annotations

import numpy as np


def rarity(codes: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Log expected frequency minus log frequency, summed over the tokens that both records hold.

    `codes` is tokens by record (-1 for none). Random pairs agree on a token with probability f^2, hence the
    expected log frequency sum f^2 log f / sum f^2. A frequency is never taken below two records.
    """
    flat = codes[codes >= 0]
    if not len(flat):
        return np.zeros(len(left))
    counts = np.bincount(flat).astype(float)
    frequency = np.maximum(counts, 2.0) / len(codes)
    square = counts**2
    expected = (square * np.log(frequency)).sum() / square.sum()
    worth = np.append(expected - np.log(frequency), 0.0)
    total = np.zeros(len(left))
    for column in codes.T:
        mine = column[left]
        shared = (codes[right] == mine[:, None]).any(axis=1) & (mine >= 0)
        total += np.where(shared, worth[mine], 0.0)
    return total
