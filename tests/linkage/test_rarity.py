from __future__ import annotations

import math

import numpy as np
import pytest

from amparo.linkage.rarity import shared_rarity, surprise

CODES = np.array([[0, 1], [0, -1], [1, 0], [2, -1], [-1, -1], [2, 0]], np.int32)


def test_rarity_is_minus_the_log_share_of_records_summed_over_shared_tokens() -> None:
    left, right = np.array([0, 0, 3, 0, 4]), np.array([1, 2, 5, 3, 4])
    expected = [math.log(6 / 4), math.log(6 / 4) + math.log(6 / 2), math.log(6 / 2), 0.0, 0.0]
    assert shared_rarity(CODES, left, right) == pytest.approx(expected)


def test_surprise_is_nil_on_average_over_the_tokens_chance_agrees_on() -> None:
    tokens = np.repeat(np.arange(3), [8, 4, 2]).astype(np.int32)[:, None]
    square = np.bincount(tokens.ravel()) ** 2.0
    first = np.array([0, 8, 12])
    assert (square * surprise(tokens, first, first + 1)).sum() == pytest.approx(0.0)


def test_no_tokens_at_all() -> None:
    empty = np.full((2, 3), -1, np.int32)
    assert surprise(empty, np.array([0]), np.array([1])).tolist() == [0.0]
