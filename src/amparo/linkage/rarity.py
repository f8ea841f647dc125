"""How rare the words are that both records of a pair hold."""

from __future__ import annotations

import numpy as np
from numba import njit


def surprise(codes: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """How much rarer the shared tokens are than those on which chance agrees, in log frequency, summed.

    `codes` is records by token (-1 for none). Random pairs agree on a token with probability f^2, so the
    log frequency expected of a shared one is sum f^2 log f / sum f^2. f is never taken below two records.
    """
    counts = np.bincount(codes[codes >= 0], minlength=1).astype(float)
    frequency = np.maximum(counts, 2.0) / max(len(codes), 1)
    square = (counts / max(len(codes), 1)) ** 2
    expected = (square * np.log(frequency)).sum() / max(square.sum(), 1e-300)
    return _shared(codes, left, right, expected - np.log(frequency))


@njit(cache=True, nogil=True)
def _shared(codes: np.ndarray, left: np.ndarray, right: np.ndarray, worth: np.ndarray) -> np.ndarray:
    total = np.zeros(len(left))
    for i in range(len(left)):
        for mine in codes[left[i]]:
            for theirs in codes[right[i]]:
                if 0 <= mine == theirs:
                    total[i] += worth[mine]
                    break
    return total
