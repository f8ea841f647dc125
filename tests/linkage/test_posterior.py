from __future__ import annotations

import numpy as np
import pytest

from amparo.linkage.posterior import Doubt, draw
from amparo.linkage.units import Units, units
from amparo.runs import silent

CERTAIN = Doubt(intercept=0.0, slope=(1.0, 0.0), two_lists=0.0, power=(0.3, 0.3), size=(0.0, 0.0))
NOBODY = np.empty(0, np.int64), np.empty(0, np.int64)


def free(rows: int) -> Units:
    return units(np.zeros(rows, int), NOBODY, NOBODY, np.empty(0, int))


def drawn(
    edges: list[tuple[int, int, float]],
    bound: Units,
    *,
    draws: int = 50,
    seed: int = 1,
    doubt=CERTAIN,
    ages=None,
):
    left, right, odds = (np.array(values) for values in zip(*edges, strict=True))
    pairs = left, right, np.zeros(len(left), int)
    ages = np.full(len(left), np.nan) if ages is None else np.array(ages)
    settings = {"draws": draws, "seed": seed, "progress": silent, "doubt": doubt}
    return draw(pairs, odds.astype(float), ages, bound, bound.of, **settings)


@pytest.mark.parametrize("odds", [-1.5, 0.0, 1.0, 3.0])
def test_many_separate_pairs_are_together_as_often_as_their_odds_say(odds: float) -> None:
    edges = [(2 * i, 2 * i + 1, odds) for i in range(400)]
    found = drawn(edges, free(800))
    share = (found[::2] == found[1::2]).mean()
    assert share == pytest.approx(1.0 / (1.0 + np.exp(-odds)), abs=0.02)


@pytest.mark.parametrize("ages", [-3.0, 2.0])
def test_what_two_ages_say_is_part_of_the_odds_of_a_pair(ages: float) -> None:
    edges = [(2 * i, 2 * i + 1, 1.0) for i in range(400)]
    found = drawn(edges, free(800), ages=[ages] * 400)
    assert (found[::2] == found[1::2]).mean() == pytest.approx(1.0 / (1.0 + np.exp(-1.0)), abs=0.02)


def test_a_record_without_an_age_does_not_hide_that_two_others_are_a_generation_apart() -> None:
    edges = [
        (3 * i + a, 3 * i + b, odds)
        for i in range(300)
        for a, b, odds in ((0, 1, 3.0), (1, 2, 3.0), (0, 2, 1.0))
    ]
    apart = [np.nan, np.nan, -3.0] * 300

    def whole(ages: list[float] | None) -> float:
        found = drawn(edges, free(900), ages=ages)
        return float(((found[::3] == found[1::3]) & (found[::3] == found[2::3])).mean())

    assert whole(apart) < 0.6 * whole(None)


def test_a_draw_names_a_cluster_after_its_lowest_row() -> None:
    found = drawn([(0, 1, 1.0), (1, 2, 1.0), (0, 2, 1.0), (3, 4, 0.0)], free(6))
    for column in found.T:
        assert all(column[number] == number <= row for row, number in enumerate(column))


def test_judgements_hold_in_every_draw() -> None:
    bound = units(
        np.zeros(5, int), (np.array([0]), np.array([1])), (np.array([2]), np.array([3])), np.empty(0, int)
    )
    found = drawn([(0, 1, -5.0), (2, 3, 8.0), (3, 4, 2.0), (2, 4, 2.0)], bound)
    assert (found[0] == found[1]).all() and (found[2] != found[3]).all()
    assert 0 < (found[3] == found[4]).mean() < 1


def test_a_list_that_holds_a_person_once_gives_each_cluster_one_record() -> None:
    lists = np.array([0, 1, 1])
    bound = units(lists, NOBODY, NOBODY, np.array([1]))
    found = drawn([(0, 1, 5.0), (0, 2, 5.0), (1, 2, 9.0)], bound)
    assert (found[1] != found[2]).all()


def test_doubt_widens_the_spread_of_the_number_of_clusters() -> None:
    edges = [(2 * i, 2 * i + 1, float(i % 7 - 3)) for i in range(300)]

    def spread(doubt: Doubt) -> float:
        found = drawn(edges, free(600), doubt=doubt)
        return float(np.std([len(np.unique(column)) for column in found.T]))

    assert spread(Doubt()) > 1.5 * spread(CERTAIN)


def test_the_same_seed_gives_the_same_draws() -> None:
    edges = [(i, i + 1, 0.5) for i in range(50)]
    assert (drawn(edges, free(51), seed=4) == drawn(edges, free(51), seed=4)).all()
    assert (drawn(edges, free(51), seed=4) != drawn(edges, free(51), seed=5)).any()


def test_nobody_to_join() -> None:
    assert drawn([(0, 1, -30.0)], free(2))[:, 0].tolist() == [0, 1]
