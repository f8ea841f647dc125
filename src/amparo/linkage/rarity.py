"""How rare the words are that both records of a pair hold."""

from __future__ import annotations

import numpy as np


def surprise(codes: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """How much rarer the shared tokens are than those on which chance agrees, in log frequency, summed.

    `codes` is tokens by record (-1 for none). Random pairs agree on a token with probability f^2, so the
    log frequency expected of a shared one is sum f^2 log f / sum f^2.
    """
    frequency, square = _frequencies(codes)
    expected = (square * np.log(frequency)).sum() / max(square.sum(), 1e-300)
    return _shared(codes, left, right, expected - np.log(frequency))


def shared_rarity(codes: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Minus log frequency summed over the shared tokens; 0 where none is shared."""
    frequency, _ = _frequencies(codes)
    return _shared(codes, left, right, -np.log(frequency))


def _frequencies(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of records by token, never taken below two records, and its square without that floor."""
    counts = np.bincount(codes[codes >= 0]).astype(float)
    return np.maximum(counts, 2.0) / max(len(codes), 1), (counts / max(len(codes), 1)) ** 2


def _shared(codes: np.ndarray, left: np.ndarray, right: np.ndarray, worth: np.ndarray) -> np.ndarray:
    padded = np.append(worth, 0.0)  # code -1, no token, takes the last
    theirs = codes[right]
    total = np.zeros(len(left))
    for column in codes.T:
        mine = column[left]
        held = np.logical_or.reduce([mine == other for other in theirs.T])
        total += np.where(held, padded[mine], 0.0)
    return total
