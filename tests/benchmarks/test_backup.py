"""A small run of the measurement behind `amparo bench backup`."""

from __future__ import annotations

from amparo.cli.checkout import load


def test_both_kinds_of_study_come_back_in_full() -> None:
    lines = list(load("benchmarks", "backup").run(2, 1))
    assert [line["held_in"] for line in lines] == ["files", "rows"]
    assert all(2 <= line["megabytes"] <= 3 for line in lines)
