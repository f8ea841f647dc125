"""The review queue as a reviewer works with it, and what goes out to one elsewhere."""

from __future__ import annotations

import json
import os
import pty
import sys
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from amparo.cli import review
from amparo.study import store
from amparo.vault import age, folder

Copy = Callable[[str], Path]


@pytest.fixture
def press(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Somebody sits at the keyboard and presses these keys."""
    monkeypatch.setattr(review, "check_terminal", lambda terminal: None)

    def keys(pressed: str) -> None:
        left: Iterator[str] = iter(pressed)
        monkeypatch.setattr(review, "_key", lambda: next(left))

    return keys


def states(study: Path, stages: Any) -> list[str]:
    with store.study_in(folder.open_with_key(study, stages.key)) as opened:
        from amparo.study.linking import judgements

        return [one.state for one in judgements.standing(opened)]


def test_pairs_are_judged_by_single_keys_and_the_last_is_taken_back(
    amparo: Any, copy: Copy, stages: Any, press: Any
) -> None:
    study = copy("link")
    press("sdxzuq")  # x is no key; the verdict "different" is taken back and becomes "unsure"
    said = amparo("review", study, "--number", 4)
    assert said.code == 0, said.err
    assert "2 pairs: 1 the same person, 0 different, 1 unsure. 2 left." in said.out
    assert "No pair was judged by two reviewers yet" in said.out
    assert sorted(states(study, stages)) == ["same", "unsure"]


def test_what_is_shown_names_both_lists_and_marks_what_differs(amparo: Any, copy: Copy, press: Any) -> None:
    press("q")
    said = amparo("review", copy("link"), "--number", 1, lang="es")
    assert "Par 1 de 1" in said.out and "Lista" in said.out and "la misma persona" in said.out


def test_without_a_terminal_no_pair_is_shown(amparo: Any, copy: Copy) -> None:
    said = amparo("review", copy("link"))
    assert said.code == 3 and said.out == ""


def test_a_judgement_by_name_says_what_stands(amparo: Any, copy: Copy) -> None:
    study = copy("read")
    said = amparo("judge", study, "uno.1.3", "dos.1.3", "same", "--reason", "synthetic")
    assert said.code == 0 and "stand as the same person" in said.out
    said = amparo("judge", study, "dos.1.3", "uno.1.3", "withdrawn", lang="es")
    assert said.code == 0 and "Retirado" in said.out
    assert amparo("judge", study, "uno.1.3", "uno.1.3", "same").code == 3
    assert amparo("judge", study, "uno.1.3", "dos.1.3", "perhaps").code == 3


def test_one_reviewer_is_enough_once_somebody_says_so(amparo: Any, copy: Copy) -> None:
    study = copy("read")
    assert "one reviewer is enough" in amparo("review", study, "--four-eyes", "no").out
    assert amparo("review", study, "--four-eyes", "perhaps").code == 3


def test_pairs_go_out_and_come_back(amparo: Any, copy: Copy, stages: Any, press: Any, tmp_path: Path) -> None:
    study, key, sent = copy("link"), tmp_path / "key.txt", tmp_path / "pairs.age"
    assert amparo("review", study, "--export", sent).code == 3
    assert amparo("review", study, "--export", sent, "--to", "owner").code == 3  # no key yet
    identity = age.new_identity()
    key.write_text(identity)
    assert amparo("key", "add", study, "--recipient", age.public(identity)).code == 0
    said = amparo("review", study, "--export", sent, "--to", "owner", "--number", 5)
    assert said.code == 0 and "5 pairs for owner" in said.out
    assert amparo("review", sent, opens=False).code == 3
    press("ssd" + "q")
    said = amparo("review", sent, "--identity", key, opens=False)
    assert said.code == 0 and "3 answers" in said.out, said.err
    answers = sent.with_suffix(".answers.age")
    said = amparo("review", study, "--import", answers)
    assert said.code == 0 and "3 judgements of owner taken in: 2 the same person, 1 different" in said.out
    assert sorted(states(study, stages)) == ["different", "same", "same"]
    assert amparo("review", study, "--import", sent).code == 3


def test_one_key_is_read_as_it_is_pressed(monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = pty.openpty()
    tty.setcbreak(slave)
    monkeypatch.setattr(review.tty, "setcbreak", lambda stream: None)  # it drops what was typed before
    with os.fdopen(slave, "r") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        os.write(master, b"S\x04")
        assert review._key() == "s"
        with pytest.raises(KeyboardInterrupt):
            review._key()
    os.close(master)


def test_a_pair_is_explained_in_words_and_as_data(amparo: Any, copy: Copy) -> None:
    study = copy("link")
    said = amparo("explain", study, "uno.1.3", "dos.1.3")
    assert said.code == 0, said.err
    assert "Before comparing" in said.out and "likely one person" in said.out
    assert "The newest linkage holds them to be" in said.out
    amparo("judge", study, "uno.1.3", "dos.1.3", "different")
    said = amparo("explain", study, "uno.1.3", "dos.1.3", lang="es")
    assert "Antes de comparar" in said.out and "Dictaminado por owner" in said.out
    data = json.loads(amparo("explain", study, "uno.1.3", "dos.1.3", "--json").out)
    assert data["judgement"] == "different" and data["records"] == ["uno.1.3", "dos.1.3"]
    steps = data["evidence"]["steps"]
    assert sum(step["weight"] for step in steps) == pytest.approx(data["evidence"]["weight"], abs=0.01)
    assert amparo("explain", study, "uno.1.3", "uno.1.99").code == 3
