"""`amparo selftest security`: its lines, its words and its exit code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from amparo.cli import selftest
from amparo.cli.checkout import load
from amparo.report.catalogue import languages, say, sentences

Amparo = Callable[..., Any]
security = load("benchmarks", "security")


@pytest.fixture
def campaign(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A campaign whose lines the test gives."""
    given: list[dict[str, Any]] = []

    def run(sizes: Any, seed: int, *, only: int | None, mutate: bool) -> Iterator[dict[str, Any]]:
        yield from given

    told = SimpleNamespace(Sizes=security.Sizes, REQUIREMENTS=security.REQUIREMENTS, run=run)
    monkeypatch.setattr(selftest, "load", lambda folder, name: told)
    return given


@pytest.mark.parametrize("lang", languages())
def test_every_requirement_has_its_name(lang: str) -> None:
    assert {f"requirement.{number}" for number in security.REQUIREMENTS} <= set(sentences(lang))


def test_a_line_of_json_for_each(campaign: list[dict[str, Any]], amparo: Amparo) -> None:
    campaign += [
        {"requirement": 4, "concerned": True, "ok": True, "figures": {"flips": 9}},
        {"requirement": 19, "concerned": False},
    ]
    said = amparo("selftest", "security", opens=False, lang="es")
    first, second = map(json.loads, said.out.splitlines())
    assert first == {"name": say("es", "requirement.4"), **campaign[0]}
    assert second == {"name": say("es", "requirement.19"), **campaign[1]}
    assert (said.code, said.err) == (0, "")


@pytest.mark.parametrize(
    "line",
    [
        {"requirement": 4, "concerned": True, "ok": False, "figures": {}},
        {"requirement": 4, "concerned": True, "defect": "x", "caught": False, "ok": False, "figures": {}},
    ],
)
def test_one_failure_is_a_failure(campaign: list[dict[str, Any]], amparo: Amparo, line: Any) -> None:
    campaign += [line, {"requirement": 5, "concerned": True, "ok": True, "figures": {}}]
    assert amparo("selftest", "security", opens=False).code == 4


def test_an_unknown_requirement(amparo: Amparo) -> None:
    said = amparo("selftest", "security", "--only", "31", opens=False)
    assert (said.code, said.out) == (3, "")
    assert said.err.strip() == say("en", "cli.unknown_requirement", number=31, last=30)
