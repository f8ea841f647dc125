"""Clocks and the rules behind them in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

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


class Panel(NamedTuple):
    """A clock with all that one should see beside its date, in words."""

    name: str
    status: str
    said: str
    date: date | None
    safe_by: date | None
    why: tuple[str, ...]  # the reason where there is no date; other readings, warnings, the risk
    rule: str
    version: str
    certainty: str
    citation: str
    period: str
    checked: date
    again: date


def panel(language: str, clock: Clock) -> Panel:
    """What a clock says, with its rule, citation, effective period, and when somebody last looked."""
    rule = rules()[clock.rule]
    version = next((each for each in rule.versions if each.id == clock.version), rule.versions[-1])
    said = say(language, f"clock.status.{clock.status}")
    reason = [say(language, f"clock.reason.{clock.reason}")] if clock.reason else []
    others = [
        say(language, "clock.competing", date=other.date, why=say(language, f"clock.why.{other.why}"))
        for other in clock.competing
    ]
    warnings = [say(language, f"clock.warning.{warning}") for warning in clock.warnings]
    if clock.bound_if_earliest:
        others.append(say(language, "clock.bound", date=clock.bound_if_earliest))
    risk = [getattr(rule.risk, language)] if rule.risk else []
    note = [getattr(version.note, language)] if version.note else []
    return Panel(
        name=getattr(rule.name, language),
        status=clock.status,
        said=said,
        date=clock.date,
        safe_by=clock.safe_by,
        why=tuple(dict.fromkeys([*reason, *others, *warnings, *note, *risk])),
        rule=rule.id,
        version=clock.version or version.id,
        certainty=say(language, f"clock.certainty.{clock.certainty or rule.certainty}"),
        citation="; ".join(rule.citation),
        period=_effective(language, version.start, version.end),
        checked=rule.last_checked,
        again=min(rule.check_again, version.check_again or rule.check_again),
    )


def _effective(language: str, first: date, last: date) -> str:
    """From when until when a wording holds, in words."""
    if first == date.min and last == date.max:
        return say(language, "clock.always")
    if last == date.max:
        return say(language, "clock.from_on", day=first)
    if first == date.min:
        return say(language, "clock.up_to", day=last)
    return say(language, "clock.from_to", first=first, last=last)
