"""Cases in words: what is due, a calendar for elsewhere, and the diagrams of their stages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from icalendar import Calendar, Event

from amparo.clocks import rules
from amparo.report.catalogue import say, sentences, word
from amparo.study.cases.rules import MACHINES, machine

if TYPE_CHECKING:
    from amparo.study.cases.agenda import Day
    from amparo.study.cases.dues import Due

_HOUR = timedelta(hours=1)


def due(lang: str, one: Due) -> str:
    """What is due, for who works on the case."""
    if one.what in rules():
        what = getattr(rules()[one.what].name, lang)
        family = f"track.{one.what.split('.')[1]}"
        if family in sentences(lang):  # the names of targets say nothing without their way
            what = f"{say(lang, family)}: {what}"
    else:
        what = word(lang, "hearing", one.what)
        what = word(lang, "track", what) if what == one.what else what
    return say(lang, f"due.{one.kind}", what=_capital(what))


def neutral(lang: str, one: Due, case: str) -> str:
    """What a calendar elsewhere may say of it: neither what it is about nor for whom."""
    return f"{word(lang, 'neutral', one.kind)} {case}"


def ics(lang: str, days: Iterable[Day], stamp: datetime) -> bytes:
    """The days as iCalendar (RFC 5545), with neutral titles; hours are local to whoever reads them."""
    calendar = Calendar()
    calendar.add("prodid", "-//Amparo//EN")
    calendar.add("version", "2.0")
    for day in days:
        event = Event()
        event.add("uid", f"{_uid(day)}@amparo")
        event.add("dtstamp", stamp)
        event.add("summary", neutral(lang, day.due, day.case))
        if day.time:
            begins = datetime.combine(day.on, time.fromisoformat(day.time))
            event.add("dtstart", begins)
            event.add("dtend", begins + _HOUR)
        else:
            event.add("dtstart", day.on)
            event.add("dtend", day.on + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
        event.add("class", "PRIVATE")
        calendar.add_component(event)
    return calendar.to_ical()


def _uid(day: Day) -> str:
    """The same for the same thing each time, so that a calendar moves it; it tells nothing."""
    told = f"{day.case} {day.due.kind} {day.due.of} {day.due.what}"
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def diagram(lang: str, name: str) -> str:
    """A machine's stages and moves in Mermaid's language, with the words of a language."""
    this = machine(name)
    lines = ["stateDiagram-v2"]
    lines += [f"    {stage}: {word(lang, f'stage.{name}', stage)}" for stage in this.moves]
    lines.append(f"    [*] --> {this.first}")
    for stage, following in this.moves.items():
        lines += [f"    {stage} --> {after}" for after in following]
        if not following:
            lines.append(f"    {stage} --> [*]")
    return "\n".join(lines)


def stages(lang: str) -> str:
    """Every machine under its name, as Markdown: what the guide of a language shows of the tables."""
    parts = (
        f"### {word(lang, 'machine', name)}\n\n```mermaid\n{diagram(lang, name)}\n```" for name in MACHINES
    )
    return "\n\n".join(("", *parts, ""))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
