from __future__ import annotations

import polars as pl
import pytest

from amparo.linkage.doubtful import by_lists, curve, most_doubtful
from amparo.records import DRAWS, PAIRS, conform

PERSONS = pl.DataFrame({"record_id": ["a1", "a2", "b1", "b2"], "person": ["A", "B", "A", "C"]})
DRAWN = pl.DataFrame(
    {"record_id": ["a1", "a2", "b1", "b2"], "clusters": [[0] * 4, [1, 1, 1, 1], [0, 0, 0, 2], [1, 3, 3, 3]]},
    schema=dict(DRAWS),
)
SCORED = conform(
    pl.DataFrame(
        {
            "record_l": ["a1", "a2"],
            "record_r": ["b1", "b2"],
            "source_l": ["a", "a"],
            "source_r": ["b", "b"],
            "match_probability": [0.8, 0.3],
        }
    ),
    PAIRS,
    "test",
)


def test_each_draw_is_taken_for_the_truth_once() -> None:
    [found] = by_lists(SCORED, PERSONS, DRAWN)
    assert (found.one, found.other, found.accepted) == ("a", "b", 1)
    assert found.precision.middle == 1.0 and found.precision.low is not None and found.precision.low < 0.2
    assert found.recall == (None, None, None)  # one draw holds no pair together


def test_a_higher_threshold_takes_fewer_and_surer_pairs() -> None:
    steps = {step.threshold: step for step in curve(SCORED)}
    assert (steps[0.1].pairs, steps[0.5].pairs, steps[0.9].pairs) == (2, 1, 0)
    assert steps[0.1].precision == pytest.approx(0.55) and steps[0.1].recall == 1.0
    assert steps[0.5].recall == pytest.approx(0.8 / 1.1) and steps[0.9].precision is None


def test_the_most_doubtful_person_is_the_one_that_draws_take_apart() -> None:
    [only] = most_doubtful(PERSONS, DRAWN, 10)
    assert only == ("A", ("a1", "b1"), 0.75)
    assert most_doubtful(PERSONS.filter(pl.col("person") == "B"), DRAWN, 10) == []
