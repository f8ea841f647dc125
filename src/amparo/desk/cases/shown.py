"""Cases in words: the lines of a board, a case with its clocks, a household, a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from amparo.clocks.rules import Rule
from amparo.report import cases as words
from amparo.report import clocks as clock_words
from amparo.report.catalogue import say, word
from amparo.study.accounts.rules import LAWYERS
from amparo.study.cases import facts as clock_facts
from amparo.study.cases import rules
from amparo.study.cases.agenda import Day
from amparo.study.cases.board import Line
from amparo.study.cases.casefile import CASE, CaseFile, Told
from amparo.study.cases.deadlines import facts_of, running
from amparo.study.cases.dues import Due, dues, waiting
from amparo.study.cases.hearings import ORDERS
from amparo.study.cases.papers import Checked, checklist
from amparo.study.cases.said import (
    ConflictCheck,
    Hearing,
    Member,
    Note,
    Order,
    Partner,
    Party,
    ProgrammeStatus,
    Representation,
    Task,
    Track,
)
from amparo.vocabulary.programmes import programmes


class Known(NamedTuple):
    """Partners, and the states of programmes."""

    partners: dict[str, Partner]
    programmes: dict[str, list[ProgrammeStatus]]


class Row(NamedTuple):
    """A line of the board."""

    line: Line
    level: str
    next: str
    left: str  # how many days until it is due, in words


class Asked(NamedTuple):
    """Something due, in words."""

    due: Due
    words: str
    left: str


class Move(NamedTuple):
    """A stage that may follow, and the facts that entering it asks for."""

    to: str
    needs: tuple[str, ...]
    facts: tuple[str, ...]


class Way(NamedTuple):
    """A way to safety with all that belongs to it."""

    track: Track
    stage: str
    since: str
    days: int | None
    outcomes: dict[str, str]
    people: tuple[Member, ...]
    moves: tuple[Move, ...]
    steps: tuple[Any, ...]
    clocks: tuple[clock_words.Panel, ...]
    hearings: tuple[Hearing, ...]
    moved_hearings: dict[str, tuple[Hearing, ...]]
    orders: tuple[Order, ...]
    papers: tuple[Checked, ...]
    facts: tuple[tuple[str, Any], ...]
    asked: tuple[tuple[str, str | tuple[str, ...]], ...]
    programme: ProgrammeStatus | None
    partner: str


class Shown(NamedTuple):
    """A case as its page has it."""

    file: CaseFile
    title: str
    days: int | None
    asked: tuple[Asked, ...]
    ways: tuple[Way, ...]
    tasks: tuple[Task, ...]
    representations: tuple[Representation, ...]
    parties: tuple[Party, ...]
    looked: ConflictCheck | None
    notes: tuple[Told, ...]
    moves: tuple[Move, ...]
    choices: dict[str, Any]
    may_tell_lawyers: bool


def row(line: Line, lang: str, today: date) -> Row:
    """A line of the board in words."""
    if line.next is None:
        return Row(line, "none", "", "")
    return Row(line, line.next.level, words.due(lang, line.next), _left(line.next, lang, today))


def case(file: CaseFile, lang: str, today: date, known: Known, study: Any) -> Shown:
    """A case in words."""
    clocks = list(running(file, today))
    asked = tuple(
        Asked(each, _words(file, each, lang), _left(each, lang, today)) for each in dues(file, today, clocks)
    )
    looked = list(file.every(ConflictCheck))
    return Shown(
        file=file,
        title=file.principal.name if file.principal else "",
        days=waiting(file, CASE, today),
        asked=asked,
        ways=tuple(
            _way(
                file,
                track,
                today,
                [clock_words.panel(lang, each.clock) for each in clocks if each.track == name],
                known,
            )
            for name, track in file.tracks.items()
        ),
        tasks=tuple(sorted(file.things(Task).values(), key=lambda task: (task.state != "open", task.due))),
        representations=tuple(file.things(Representation).values()),
        parties=tuple(file.things(Party).values()),
        looked=looked[-1] if looked else None,
        notes=tuple(told for told in reversed(file.entries) if isinstance(told.said, Note)),
        moves=tuple(_moves("case", file.stage)),
        choices={
            "kinds": rules.TRACKS,
            "starts": [(kind, this.starts) for kind, this in rules.TRACKS.items()],
            "priorities": rules.PRIORITIES,
            "categories": rules.CATEGORIES,
            "hearings": rules.HEARINGS,
            "outcomes": rules.OUTCOMES,
            "parties": rules.PARTIES,
            "papers": rules.PAPERS,
            "orders": ORDERS,
            "partners": known.partners.values(),
            "programmes": [(name, getattr(one, lang)) for name, one in programmes().items()],
            "representation": rules.machine("representation").moves,
            "lawyers_place": LAWYERS,
        },
        may_tell_lawyers=LAWYERS in study.keys.compartments,
    )


def household(file: CaseFile, lang: str) -> list[tuple[Member, str, list[tuple[str, str]]]]:
    """The members, each with the name of whom they travel with, and what was decided of them on each way."""
    names = {each.id: each.name or word(lang, "relation", each.relation) for each in file.members.values()}
    decided = [(track.kind, file.standing(name).outcomes) for name, track in file.tracks.items()]
    return [
        (
            each,
            names.get(each.travels_with, ""),
            [(kind, outcomes[each.id]) for kind, outcomes in decided if each.id in outcomes],
        )
        for each in file.members.values()
    ]


def day(each: Day, lang: str) -> tuple[Day, str]:
    """A day's entry in words."""
    return each, words.due(lang, each.due)


def again(one: Rule) -> date:
    """The day a rule must be looked at again: its own, or a version's that comes first."""
    return min([one.check_again, *(each.check_again for each in one.versions if each.check_again)])


def rule(one: Rule, lang: str, today: date) -> dict[str, Any]:
    """A rule of time in words."""
    return {
        "rule": one,
        "name": getattr(one.name, lang),
        "lines": list(clock_words.described(lang, one))[1:],
        "again": again(one),
        "late": again(one) <= today,
    }


def _way(file: CaseFile, track: Track, today: date, panels: Sequence[clock_words.Panel], known: Known) -> Way:
    standing = file.standing(track.id)
    facts = facts_of(file, track)
    hearings = [each for each in file.hearings.values() if each.track == track.id]
    said = list(file.every(Hearing))
    states = known.programmes.get(track.programme, [])
    partner = known.partners.get(track.partner)
    return Way(
        track=track,
        stage=standing.stage,
        since=standing.since,
        days=waiting(file, track.id, today),
        outcomes=standing.outcomes,
        people=tuple(file.members[member] for member in track.members if member in file.members),
        moves=tuple(_moves(track.kind, standing.stage)),
        steps=tuple(file.steps(track.id)),
        clocks=tuple(panels),
        hearings=tuple(sorted(hearings, key=lambda each: each.on or each.control_on)),
        moved_hearings={
            each.id: tuple(old for old in said if old.id == each.id and old.on and old.on != each.on)
            for each in hearings
        },
        orders=tuple(each for each in file.things(Order).values() if each.track == track.id),
        papers=tuple(checklist(file, track)),
        facts=tuple((name, value) for name, value in facts.items() if name in clock_facts.FACTS),
        asked=tuple((name, clock_facts.FACTS[name]) for name in clock_facts.asked(track.kind)),
        programme=next((each for each in states if each.since <= today.isoformat()), None),
        partner=partner.name if partner else "",
    )


def _moves(name: str, stage: str) -> Iterator[Move]:
    this = rules.machine(name)
    for to in this.moves[stage]:
        needs = this.needs.get(to, ())
        yield Move(to, needs, tuple(need for need in needs if need in clock_facts.FACTS))


def _words(file: CaseFile, due: Due, lang: str) -> str:
    """What is due, with a task's own words, which no line of a board holds."""
    task = file.things(Task).get(due.of) if due.kind == "task" else None
    return task.words if task else words.due(lang, due)


def _left(due: Due, lang: str, today: date) -> str:
    if due.on is None:
        return ""
    days = (due.on - today).days
    if days == 0:
        return say(lang, "case.today")
    if days > 0:
        return say(lang, "case.days_left", days=days)
    return say(lang, "case.days_since" if due.kind == "earliest" else "case.days_late", days=-days)
