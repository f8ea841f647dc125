from __future__ import annotations

import numpy as np
import pytest

from amparo.linkage.missed import expected, with_missed
from amparo.linkage.scoring import Evidence


def singles(rows: int, draws: int) -> np.ndarray:
    return np.repeat(np.arange(rows, dtype=np.int32)[:, None], draws, axis=1)


def test_matches_that_share_no_whole_rule_are_expected_from_those_that_do() -> None:
    generator = np.random.default_rng(1)
    matches, rules = 40_000, (("given", "surname"), ("surname", "day"))
    agree = {"given": 0.8, "surname": 0.9, "day": 0.6}
    shares = {name: generator.random(matches) < share for name, share in agree.items()}
    met = shares["surname"] & (shares["given"] | shares["day"])
    rows = np.arange(2 * matches)
    parts = {
        name: lambda same=same: [np.where(np.tile(same, 2), rows % matches, rows)]
        for name, same in shares.items()
    }
    left = np.flatnonzero(met)
    nothing = np.zeros((len(left), 1))
    pairs = Evidence(left, left + matches, nothing, np.zeros(len(left), int), nothing, nothing, nothing)
    found = expected(rules, parts, pairs, np.full(len(left), 5.0), np.ones(len(left)), count=1)
    # What fails in every match that is met cannot be seen: without a surname nobody is.
    assert found[0] == pytest.approx((shares["surname"] & ~met).sum(), rel=0.05)


def test_matches_too_weak_to_be_drawn_are_expected_by_their_own_probability() -> None:
    pairs = Evidence(*np.zeros((2, 3), int), *np.zeros((2, 3), int), *np.zeros((3, 3), int))
    found = expected((("given",),), {"given": list}, pairs, np.full(3, -7.0), np.full(3, 0.001), count=1)
    assert found[0] == pytest.approx(3.0 / (1.0 + np.exp(7.0)))


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
