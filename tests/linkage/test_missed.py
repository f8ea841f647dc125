from __future__ import annotations

import numpy as np

from amparo.linkage.missed import with_missed


def singles(rows: int, draws: int) -> np.ndarray:
    return np.repeat(np.arange(rows, dtype=np.int32)[:, None], draws, axis=1)


def test_as_many_pairs_are_made_as_were_missed_on_average_and_between_the_two_lists() -> None:
    lists = np.repeat([0, 1, 2], 400)
    missed = np.zeros(9)
    missed[0 * 3 + 2] = 30.0
    found = with_missed(singles(1200, 60), lists, missed, seed=1)
    made = [1200 - len(np.unique(column)) for column in found.T]
    assert 20 < np.mean(made) < 40 and np.std(made) > 8
    for column in found.T:
        assert all(column[number] == number <= row for row, number in enumerate(column))
        assert (column[lists == 1] == np.flatnonzero(lists == 1)).all()
        pairs = np.flatnonzero(np.bincount(column, minlength=1200) == 2)
        assert {int(lists[number]) for number in pairs} <= {0}


def test_nothing_missed_nothing_made() -> None:
    whole = singles(20, 3)
    assert (with_missed(whole, np.zeros(20, int), np.zeros(1), seed=1) == whole).all()
