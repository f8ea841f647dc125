"""A bounded run of the changes behind `amparo bench audit`."""

from __future__ import annotations

from typing import Any

from amparo.cli.checkout import load

audit: Any = load("benchmarks", "audit")


def test_no_change_of_any_kind_is_missed() -> None:
    [line] = audit.run(600, 0, 7)
    assert line["mutations"] == 600 and line["missed"] == 0
    assert set(line["kinds"]) == set(audit.KINDS) and min(line["kinds"].values()) == 50


def test_a_follower_that_sees_nothing_is_told_so(monkeypatch: Any) -> None:
    monkeypatch.setattr(audit, "follow", lambda entries, heads: None)
    [line] = audit.run(60, 0, 7)
    assert line["missed"] == 60


def test_a_study_is_checked_and_its_acts_are_counted() -> None:
    *_, line = audit.run(12, 60, 7)
    assert line["records"] >= 60 and line["acts"] > 1000
