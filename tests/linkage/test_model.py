from __future__ import annotations

from pathlib import Path

import pytest

from amparo.linkage.model import PERSON, Comparison, described

METHOD = Path(__file__).parents[2] / "docs" / "methods" / "linkage.md"


def test_the_method_shows_every_level_of_every_comparison() -> None:
    assert described(PERSON) in METHOD.read_text("utf-8")


@pytest.mark.parametrize("comparison", PERSON.comparisons, ids=lambda comparison: comparison.name)
def test_a_comparison_ends_with_all_that_is_left_and_its_shares_are_of_one_whole(
    comparison: Comparison,
) -> None:
    *levels, last = comparison.levels
    assert last.sql == "ELSE" and all(level.sql != "ELSE" for level in levels)
    assert len({level.name for level in comparison.levels}) == len(comparison.levels)
    assert sum(level.m for level in comparison.levels) == pytest.approx(1.0, abs=0.15)
