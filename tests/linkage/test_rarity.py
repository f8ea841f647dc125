from __future__ import annotations

import math

import numpy as np
import pytest

from amparo.linkage.rarity import surprise

CODES = np.array([[0, 1], [0, -1], [1, 0], [2, -1], [-1, -1], [2, 0]], np.int32)


def test_rarer_shared_tokens_surprise_more_and_add_up() -> None:
    left, right = np.array([0, 0, 3, 4]), np.array([1, 2, 5, 4])
    one, both, rare, none = surprise(CODES, left, right)
    assert both - one == pytest.approx(surprise(CODES, np.array([0]), np.array([2]))[0] - one)
    assert rare - one == pytest.approx(math.log(4 / 2))
    assert none == 0.0


def test_surprise_is_nil_on_average_over_the_tokens_chance_agrees_on() -> None:
    tokens = np.repeat(np.arange(3), [8, 4, 2]).astype(np.int32)[:, None]
    square = np.bincount(tokens.ravel()) ** 2.0
    first = np.array([0, 8, 12])
    assert (square * surprise(tokens, first, first + 1)).sum() == pytest.approx(0.0)


def test_no_tokens_at_all() -> None:
    empty = np.full((2, 3), -1, np.int32)
    assert surprise(empty, np.array([0]), np.array([1])).tolist() == [0.0]
