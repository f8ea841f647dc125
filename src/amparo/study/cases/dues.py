"""What a case asks of who works on it, and by when: days in one list, the most pressing first. No Django."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal, NamedTuple

from amparo.clocks import rules
from amparo.study.cases.casefile import CASE, CaseFile
from amparo.study.cases.deadlines import REMINDED, Running, running
from amparo.study.cases.rules import machine
from amparo.study.cases.said import Hearing, Task
from amparo.study.safety.standing import safety_of

Level = Literal["red", "amber", "green"]
LEVELS: tuple[Level, ...] = ("red", "amber", "green")
URGENT, SOON = 7, 30  # days ahead within which something is red, or amber
QUIET = 90  # days in one stage after which somebody should ask


class Due(NamedTuple):
    """One thing with its day (None: no day is known, which is pressing too).

    `kind` is a code: clock, unknown (a clock without a date), hearing, past (a hearing whose outcome nobody
    wrote down), control (the day to ask for a hearing), task, quiet (nothing moved for long), no_way,
    contact, missed (contacts, twice in a row), review (of the risk). `what`
    is the rule's id, the hearing's kind, or the track's; `of` the thing's id.
    """

    level: Level
    on: date | None
    kind: str
    what: str
    of: str
    track: str = ""


def dues(case: CaseFile, today: date, clocks: Iterable[Running] | None = None) -> list[Due]:
    """All that an open case asks, the most pressing first. `clocks` are those computed before."""
    if case.stage == "closed":
        return []
    found = [*_clocks(running(case, today) if clocks is None else clocks, today)]
    for hearing in case.hearings.values():
        found.extend(_hearing(hearing, today))
    for task in case.things(Task).values():
        if task.state == "open":
            on = date.fromisoformat(task.due)
            found.append(Due(level_of(on, today), on, "task", "task", task.id))
    found.extend(_ways(case, today))
    found.extend(_safety(case, today))
    return sorted(found, key=pressing)


def pressing(due: Due) -> tuple[int, date]:
    """Red before amber before green; within one, what has no day first."""
    return LEVELS.index(due.level), due.on or date.min


def level_of(on: date, today: date) -> Level:
    """How pressing a day is."""
    days = (on - today).days
    return "red" if days <= URGENT else "amber" if days <= SOON else "green"


def waiting(case: CaseFile, track: str, today: date) -> int | None:
    """Days since a track reached its stage, or with `CASE` the case its own; None where no day is known."""
    since = case.standing(track).since
    return (today - date.fromisoformat(since)).days if since else None


def _clocks(clocks: Iterable[Running], today: date) -> Iterator[Due]:
    for track, hearing, clock in clocks:
        of = hearing or track
        if hearing and rules()[clock.rule].count.unit == "none":
            continue  # the appointment itself is in the list
        if clock.status == "cannot_compute":
            yield Due("amber", None, "unknown", clock.rule, of, track)
        elif clock.status == "earliest" and clock.date:
            if clock.rule in REMINDED and (today - clock.date).days <= SOON:
                level = "green" if clock.date > today else "amber"
                yield Due(level, clock.date, "earliest", clock.rule, of, track)
        elif clock.date:
            on = clock.safe_by or clock.date
            yield Due(level_of(on, today), on, "clock", clock.rule, of, track)


def _hearing(hearing: Hearing, today: date) -> Iterator[Due]:
    if hearing.state == "set":
        on = date.fromisoformat(hearing.on)
        kind = "past" if on < today else "hearing"
        yield Due(level_of(on, today), on, kind, hearing.kind, hearing.id, hearing.track)
    elif hearing.state in ("to_be_set", "adjourned"):
        on = date.fromisoformat(hearing.control_on) if hearing.control_on else None
        level = "amber" if on is None or on > today else "red"
        yield Due(level, on, "control", hearing.kind, hearing.id, hearing.track)


def _safety(case: CaseFile, today: date) -> Iterator[Due]:
    """A contact that is due or was missed twice, and a risk to be looked at again."""
    safety = safety_of(case, today)
    if safety.contact.escalate:
        yield Due("red", today, "missed", "contact", case.id)
    elif safety.protocol:
        on = safety.contact.due
        yield Due("red" if on <= today else "green", on, "contact", "contact", case.id)
    if safety.assessed:
        on = date.fromisoformat(safety.assessed.review)
        yield Due("red" if on <= today else "green", on, "review", "risk", case.id)


def _ways(case: CaseFile, today: date) -> Iterator[Due]:
    going = False
    for track in case.tracks.values():
        stage = case.standing(track.id).stage
        this = machine(track.kind)
        if stage in this.ends | this.safe | this.rests:
            going |= stage in this.safe
            continue
        going = True
        days = waiting(case, track.id, today)
        if days is not None and days >= QUIET:
            yield Due("amber", None, "quiet", track.kind, track.id, track.id)
    if not going and case.standing(CASE).stage == "open":
        yield Due("amber", None, "no_way", "track", case.id)
