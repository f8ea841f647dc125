from __future__ import annotations

import numpy as np
import pytest

from amparo.cli.checkout import load

search = load("benchmarks", "search")


def test_the_area_under_the_curve_of_known_times() -> None:
    assert search.auc([3, 4, 5], [0, 1, 2]) == 1
    assert search.auc([0, 1], [2, 3]) == 0
    assert search.auc([1, 2, 2], [1, 2, 2]) == 0.5
    assert search.auc([2], [1, 2, 3, 4]) == pytest.approx(0.375)


def test_made_up_names_are_all_different_and_the_same_for_a_seed() -> None:
    made = [search._made_up(300, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert made[0] == made[1] != made[2]
    assert len(set(made[0])) == 300


def test_hidden_names_and_names_of_nobody_get_one_answer() -> None:
    found, oracle = search.run(600, 40, 1)
    assert found["found_own_name"] == 1
    assert oracle["found_with_the_key"]
    assert oracle["different_answers"] == 1
