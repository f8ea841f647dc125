"""The tables are whole, and what they forbid is refused with what would be needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import pytest

from amparo.errors import AmparoError, Word
from amparo.report.catalogue import languages, say, sentences
from amparo.study.cases import rules


def _pairs(name: str) -> Iterator[tuple[str, str]]:
    moves = rules.machine(name).moves
    return ((at, to) for at in moves for to in moves)


@pytest.mark.parametrize("name", rules.MACHINES)
def test_a_machine_names_only_its_stages_and_reaches_all_of_them(name: str) -> None:
    machine = rules.machine(name)
    stages = set(machine.moves)
    assert machine.first in stages
    assert {to for following in machine.moves.values() for to in following} <= stages
    assert set(machine.needs) | machine.safe <= stages
    assert {to for to in stages - {machine.first} if rules.path(name, machine.first, to) is None} == set()
    assert machine.ends | set(machine.starts) == stages


@pytest.mark.parametrize("name", rules.TRACKS)
def test_a_way_can_end_in_safety_and_otherwise(name: str) -> None:
    machine = rules.machine(name)
    assert machine.safe
    assert set(machine.moves) - machine.safe


def _everything(name: str, to: str) -> tuple[str, ...]:
    return rules.machine(name).needs.get(to, ())


@pytest.mark.parametrize("name", rules.MACHINES)
def test_what_the_table_allows_needs_all_it_names(name: str) -> None:
    for at, to in _pairs(name):
        if to not in rules.machine(name).moves[at]:
            continue
        needs = _everything(name, to)
        rules.check_move(name, at, to, needs)
        for need in needs:
            with pytest.raises(AmparoError) as refused:
                rules.check_move(name, at, to, set(needs) - {need})
            assert refused.value.code == "cases.needs"
            assert refused.value.facts["missing"] == [need]


@pytest.mark.parametrize("name", rules.MACHINES)
def test_what_the_table_forbids_is_refused_with_what_would_be_needed(name: str) -> None:
    moves = rules.machine(name).moves
    for at, to in _pairs(name):
        if to in moves[at]:
            continue
        with pytest.raises(AmparoError) as refused:
            rules.check_move(name, at, to, _everything(name, to))
        code, facts = refused.value.code, refused.value.facts
        if not moves[at]:
            assert code == "cases.ends_here"
        elif code == "cases.never_after":
            assert rules.path(name, at, to) is None
            assert facts["next"] == list(moves[at])
        else:
            assert code == "cases.not_from_here"
            assert all(after in moves[before] for before, after in pairwise([at, *facts["first"], to]))


@pytest.mark.parametrize("name", rules.MACHINES)
@pytest.mark.parametrize("language", languages())
def test_a_refusal_speaks_in_words(language: str, name: str) -> None:
    for at, to in _pairs(name):
        try:
            rules.check_move(name, at, to, ())
        except AmparoError as refused:
            said = say(language, refused.code, **refused.facts)
            assert not re.search(r"[a-z]_[a-z]", said)


@pytest.mark.parametrize("language", languages())
def test_every_code_has_its_word(language: str) -> None:
    known = sentences(language)
    words = {Word(f"stage.{name}", stage) for name, m in rules.MACHINES.items() for stage in m.moves}
    needs = {need for m in rules.MACHINES.values() for needed in m.needs.values() for need in needed}
    codes = {f"{word.family}.{word}" for word in words} | {f"need.{need}" for need in needs}
    codes |= {f"machine.{name}" for name in rules.MACHINES} | {f"track.{name}" for name in rules.TRACKS}
    for family, names in (
        ("outcome", rules.OUTCOMES),
        ("priority", rules.PRIORITIES),
        ("category", rules.CATEGORIES),
        ("relation", rules.RELATIONS),
        ("hearing", rules.HEARINGS),
        ("party", rules.PARTIES),
        ("paper", rules.PAPERS),
        ("status", rules.STATUSES),
    ):
        codes |= {f"{family}.{name}" for name in names}
    assert codes - set(known) == set()


def test_the_least_number_of_categories_has_its_day() -> None:
    assert rules.least_categories(date(2019, 5, 1)).least == 1
    assert rules.least_categories(date(2026, 11, 30)).least == 2
