from __future__ import annotations

import numpy as np

from amparo.linkage.units import units

NOBODY = np.empty(0, np.int64), np.empty(0, np.int64)


def rows(*pairs: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])


def test_records_judged_the_same_are_one_unit_named_after_the_lowest() -> None:
    found = units(np.zeros(6, int), rows((4, 5), (1, 4), (2, 3)), NOBODY, np.empty(0, int))
    assert found.of.tolist() == [0, 1, 2, 2, 1, 1]


def test_a_pair_judged_different_that_others_join_is_counted_and_does_not_hold() -> None:
    found = units(np.zeros(4, int), rows((0, 1), (1, 2)), rows((2, 0), (3, 0)), np.empty(0, int))
    assert found.contradictions == 1
    assert found.apart.tolist() == [0 * 4 + 3]


def test_lists_that_hold_a_person_once_have_a_bit_each() -> None:
    found = units(np.array([0, 1, 2, 1]), NOBODY, NOBODY, np.array([1, 2]))
    assert found.once.tolist() == [0, 1, 2, 1]
