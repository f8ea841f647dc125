"""Clocks and the rules behind them in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec

from amparo.clocks import Clock, Rule, rules
from amparo.clocks.rules import Version, sources
from amparo.report.catalogue import say


def told(language: str, clock: Clock) -> Iterator[str]:
    """What a clock says, a sentence a line: the date or why there is none, other readings, its rule."""
    rule = rules()[clock.rule]
    name = getattr(rule.name, language)
    if clock.date is None:
        yield say(
            language, f"clock.{clock.status}", name=name, reason=say(language, f"clock.reason.{clock.reason}")
        )
    else:
        yield say(language, f"clock.{clock.status}", name=name, date=clock.date)
    if clock.safe_by:
        yield say(language, "clock.safe_by", date=clock.safe_by)
    if clock.bound_if_earliest:
        yield say(language, "clock.bound", date=clock.bound_if_earliest)
    for other in clock.competing:
        yield say(language, "clock.competing", date=other.date, why=say(language, f"clock.why.{other.why}"))
    for warning in clock.warnings:
        yield say(language, f"clock.warning.{warning}")
    if clock.see:
        yield say(language, "clock.see", rule=clock.see)
    certainty = say(language, f"clock.certainty.{clock.certainty or rule.certainty}")
    yield say(
        language, "clock.rule", rule=rule.id, version=clock.version, certainty=certainty, as_of=clock.as_of
    )
    yield say(language, "clock.citation", citation="; ".join(rule.citation))
    yield _checked(language, rule)


def described(language: str, rule: Rule) -> Iterator[str]:
    """A rule, a sentence a line: citation, versions, what it reads, what may excuse it, sources."""
    yield getattr(rule.name, language)
    yield say(language, "clock.citation", citation="; ".join(rule.citation))
    for version in rule.versions:
        yield _version(language, rule, version)
        if version.note:
            yield f"  {getattr(version.note, language)}"
    yield say(language, "clock.reads", facts=sorted(rule.facts))
    for excuse in rule.excuses:
        name = getattr(excuse.name, language)
        yield say(language, "clock.excuse", name=name, citation="; ".join(excuse.citation))
    if rule.risk:
        yield getattr(rule.risk, language)
    for key in rule.sources:
        yield say(language, "clock.source", **msgspec.structs.asdict(sources()[key]))
    yield _checked(language, rule)


def table(language: str) -> Iterator[tuple[str, str, str, str]]:
    """Every rule: id, name, citation, the day it must be looked at again."""
    for rule in rules().values():
        yield rule.id, getattr(rule.name, language), "; ".join(rule.citation), rule.check_again.isoformat()


def _checked(language: str, rule: Rule) -> str:
    return say(language, "clock.checked", checked=rule.last_checked, again=rule.check_again)


def _version(language: str, rule: Rule, version: Version) -> str:
    return say(
        language,
        "clock.version",
        version=version.id,
        length=version.length or None,
        unit=say(language, f"clock.unit.{rule.count.unit}"),
        period=_period(version.start, version.end),
        known=_period(version.known_from, version.known_until),
        certainty=say(language, f"clock.certainty.{version.certainty}"),
    )


def _period(first: date, last: date) -> str:
    """An interval as EDTF writes it, open ends as two dots."""
    return "/".join(".." if day in (date.min, date.max) else day.isoformat() for day in (first, last))
