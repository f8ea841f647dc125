"""Clocks in words: every status, in both languages, and the guide's table of rules."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest

from amparo.clocks import compute, rules
from amparo.report.catalogue import languages
from amparo.report.clocks import described, table, told

ROOT = Path(__file__).parents[2]
EXAMPLES = msgspec.yaml.decode((ROOT / "tests/clocks/examples.yml").read_bytes())


@pytest.mark.parametrize("language", languages())
def test_every_example_can_be_told(language: str) -> None:
    for example in EXAMPLES:
        clock = compute(example["rule"], example["facts"], example.get("as_of", date(2026, 11, 23)))
        lines = list(told(language, clock))
        assert any(rules()[clock.rule].citation[0] in line for line in lines)
        assert (clock.date is None) == (clock.reason is not None)


@pytest.mark.parametrize("language", languages())
def test_every_rule_can_be_described(language: str) -> None:
    for rule in rules().values():
        lines = list(described(language, rule))
        assert all(line.strip() for line in lines)
        assert len(lines) >= 4 + len(rule.versions)


@pytest.mark.parametrize(("language", "page"), [("en", "docs/en/clocks.md"), ("es", "docs/es/plazos.md")])
def test_the_guide_lists_every_rule_as_it_stands(language: str, page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    rows = [f"| `{rule}` | {name} | {cited} | {again} |" for rule, name, cited, again in table(language)]
    assert [line for line in text.splitlines() if line.startswith("| `")] == rows
