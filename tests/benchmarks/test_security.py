"""The bounded run of `amparo selftest security`: every requirement once, every planted defect once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from amparo.cli.checkout import load

security = load("benchmarks", "security")
faults = load("benchmarks", "faults")
scene = load("benchmarks", "attacks.scene")
mutants = load("benchmarks", "attacks.mutants")
children = load("benchmarks", "children")

CONCERNED = [number for number, attack in security.REQUIREMENTS.items() if attack]
# The kills have a run of their own in test_kills.
STRUCK = [number for number in CONCERNED if number != 7]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any]]:
    room = tmp_path_factory.mktemp("selftest")
    nursery = children.Nursery(room)
    yield scene.build(room, 1, nursery), nursery
    nursery.end()


def lines(stage: tuple[Any, Any], number: int, *, mutate: bool) -> list[dict[str, Any]]:
    return list(security.attacked(number, *stage, security.QUICK, mutate=mutate))


@pytest.mark.parametrize("number", STRUCK)
def test_the_requirement_holds(stage: tuple[Any, Any], number: int) -> None:
    [line] = lines(stage, number, mutate=False)
    assert line["ok"], line


@pytest.mark.parametrize("number", STRUCK)
def test_each_planted_defect_is_caught(stage: tuple[Any, Any], number: int) -> None:
    found = lines(stage, number, mutate=True)
    assert found
    assert [line for line in found if not line["caught"]] == []


def test_what_is_not_in_this_version_is_said(stage: tuple[Any, Any]) -> None:
    for number in security.REQUIREMENTS.keys() - set(CONCERNED):
        assert lines(stage, number, mutate=False) == [{"requirement": number, "concerned": False}]
        assert lines(stage, number, mutate=True) == []


def test_every_requirement_has_its_attack_or_none_and_its_defects() -> None:
    assert list(security.REQUIREMENTS) == list(range(1, 31))
    assert set(mutants.OF) == set(CONCERNED)


def test_an_attack_that_falls_over_has_caught_nothing(stage: tuple[Any, Any], tmp_path: Path) -> None:
    found, nursery = stage
    figures = security.struck(("storage", "no_such_attack"), found, nursery, security.QUICK, None)
    assert not figures["ok"]
    assert "error" in figures
    assert tmp_path.exists()
