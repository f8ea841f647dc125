from __future__ import annotations

from pathlib import Path

import pytest

from amparo.cli.checkout import load

desk = load("benchmarks", "desk")
desk_kills = load("benchmarks", "desk_kills")


def test_several_people_are_answered_without_an_error(tmp_path: Path) -> None:
    lines = list(desk.run(60, 3, 16, 1, tmp_path / "room"))
    ended = [line for line in lines if "requests" in line]
    assert [line["wrong"] for line in ended] == [[], []]
    assert all(line["requests"] for line in ended)
    first = {line["page"] for line in lines if line["step"] == "first"}
    assert {"sign in", "first home", "first search", "first queue", "review page"} <= first
    assert lines[0]["records"] == pytest.approx(2.5 * 60, rel=0.05)
    assert (tmp_path / "room" / "whole").exists()


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("not a study", "utf-8")
    with pytest.raises(FileExistsError):
        next(iter(desk.run(60, 1, 1, 1, tmp_path)))
    assert (tmp_path / "own.txt").exists()


def test_two_browsers_lose_nothing_while_the_desk_is_killed() -> None:
    if not desk_kills.CHROMIUM.exists():
        pytest.skip(f"{desk_kills.CHROMIUM}: needs Debian's package chromium")
    *_, both = desk_kills.run(1.2, 1)
    assert both["kills"] and both["acknowledged"], both
    wrong = ("acknowledged_lost", "written_twice", "drafts_lost")
    assert {name: both[name] for name in wrong} == dict.fromkeys(wrong, 0), both
    assert both["conflicts"] == both["typed_words_kept"], both
