"""`amparo clock` as somebody types it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from amparo.clocks import rules

Amparo = Callable[..., Any]


@pytest.fixture
def clock(amparo: Amparo) -> Amparo:
    """`amparo clock`, which opens no study."""
    return partial(amparo, "clock", opens=False)


def test_a_date_with_its_rule(clock: Amparo) -> None:
    said = clock("compute", "us.asylum.one_year", "arrival_date=2024-03-14", "--as-of", "2026-11-23")
    assert said.code == 0
    assert "14 March 2025" in said.out and "13 March 2025" in said.out and "1158(a)(2)(B)" in said.out


def test_no_date_is_a_refusal_in_the_language_of_who_asks(clock: Amparo) -> None:
    said = clock("compute", "us.asylum.one_year", "arrival_date=2025-03", lang="es")
    assert said.code == 4 and "día cierto" in said.out


def test_facts_that_are_lists_come_from_a_file(clock: Amparo, tmp_path: Path) -> None:
    facts = tmp_path / "facts.yml"
    facts.write_text(
        "arrivals: [{date: 2019-05-02}, {date: 2024-03-14}]\nunaccompanied_child: false\n", "utf-8"
    )
    said = clock("compute", "us.asylum.one_year", "--facts", facts)
    assert said.code == 0 and "14 March 2025" in said.out


@pytest.mark.parametrize("content", ["- a list", "a: [", "arrival_date: 2025-02-30", "\x00"])
def test_a_file_that_holds_no_facts_is_named(clock: Amparo, tmp_path: Path, content: str) -> None:
    (tmp_path / "facts.yml").write_text(content, "utf-8")
    said = clock("compute", "us.asylum.one_year", "--facts", tmp_path / "facts.yml")
    assert said.code == 3 and "facts.yml" in said.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("us.asylum.oneyear",), "no rule"),
        (("us.asylum.one_year", "arival=2024-03-14"), "arival"),
        (("us.asylum.one_year", "2024-03-14"), "name=value"),
    ],
)
def test_what_no_rule_knows_is_told(clock: Amparo, words: tuple[str, ...], sentence: str) -> None:
    said = clock("compute", *words)
    assert said.code == 3 and sentence in said.err


def test_the_list_names_every_rule_and_each_can_be_shown(clock: Amparo) -> None:
    said = clock("list")
    assert said.code == 0 and "legal advice" in said.out
    shown = clock("show", "us.bia.appeal")
    assert shown.code == 0 and "vacated" in shown.out
    assert all(f"{rule}" in said.out for rule in rules())
