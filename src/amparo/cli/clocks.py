"""`amparo clock`: deadlines by dated, cited rules, without a study."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from amparo.cli.terminal import Terminal
from amparo.clocks import Rule, rules
from amparo.clocks import compute as applied
from amparo.errors import AmparoError
from amparo.report import clocks as words

YES_NO = {"yes": True, "true": True, "sí": True, "si": True, "no": False, "false": False}


def listing(terminal: Terminal) -> None:
    """Every rule and the day it must be looked at again."""
    rows = list(words.table(terminal.language))
    width = max(len(rule) for rule, *_ in rows)
    terminal.say("clock.list")
    for rule, name, _, again in rows:
        terminal.print(f"{rule:<{width}}  {again}  {name}", hang=width + 14)
    terminal.say("clock.not_advice")


def show(terminal: Terminal, rule: str) -> None:
    """One rule: versions, facts, exceptions, sources."""
    for line in words.described(terminal.language, _rule(rule)):
        terminal.print(line)
    terminal.say("clock.not_advice")


def compute(
    terminal: Terminal, rule: str, *words_typed: str, facts: Path | None = None, as_of: date | None = None
) -> None:
    """Apply a rule to facts given as name=value and in a file."""
    told = _from_file(terminal, facts) if facts else {}
    told |= dict(_fact(word) for word in words_typed)
    clock = applied(_rule(rule), told, as_of)
    for line in words.told(terminal.language, clock):
        terminal.print(line)
    terminal.say("clock.not_advice")
    terminal.refused = clock.status == "cannot_compute"


def _rule(name: str) -> Rule:
    if name not in rules():
        raise AmparoError("clocks.unknown_rule", rule=name)
    return rules()[name]


def _fact(word: str) -> tuple[str, Any]:
    name, equals, value = word.partition("=")
    if not (name and equals):
        raise AmparoError("clocks.bad_fact", text=word)
    return name, YES_NO.get(value.lower(), value)


def _from_file(terminal: Terminal, file: Path) -> dict[str, Any]:
    try:
        return msgspec.yaml.decode(terminal.content(file), type=dict[str, Any])
    except (msgspec.DecodeError, ValueError):  # also a day that no calendar has
        raise AmparoError("clocks.bad_facts", file=file.name) from None
