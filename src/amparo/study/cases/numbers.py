"""How long ways to safety take, where they end, and who carries how much: of the cases one may see.

For work inside the organisation: nothing here has passed disclosure control, and nothing of it is released.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from amparo.estimation.survival import Curve, Reached, incidence, kaplan_meier
from amparo.study.cases.casefile import CASE, CaseFile
from amparo.study.cases.rules import machine
from amparo.study.safety.standing import safety_of

SAFE, ENDED = "safe", "ended"


class Wait(NamedTuple):
    """How long somebody waited from intake, and how it ended: `safe`, `ended`, None while they wait."""

    days: int
    outcome: str | None


class Stay(NamedTuple):
    """How long a way stood, or stands, in a stage; the step after it, None while it stands."""

    days: int
    after: str | None


class Way(NamedTuple):
    """One way to safety in numbers. `undated` are cases whose day of arrival or end is only half known."""

    kind: str
    cases: int
    undated: int
    waiting: int
    arrived: int
    reached: dict[str, tuple[Reached, ...]]
    curve: Curve | None  # until safety or end, whichever came; None where nobody is on it


class Stage(NamedTuple):
    """One stage of a way: how many passed it or stand in it, and the curve of how long."""

    kind: str
    stage: str
    curve: Curve


class Load(NamedTuple):
    """What one person carries: open cases, those at high risk, contacts due, reviews over or never made."""

    worker: str
    open: int
    high: int
    due: int
    over: int


class Numbers(NamedTuple):
    """All of it; `ways` begins with the whole, under the kind `CASE`."""

    ways: tuple[Way, ...]
    stages: tuple[Stage, ...]
    outcomes: dict[tuple[str, str], int]  # (way, stage it stands in) -> cases
    loads: tuple[Load, ...]


def numbers(found: Sequence[CaseFile], today: date) -> Numbers:
    """The numbers of these cases as of a day."""
    kinds = list(dict.fromkeys(track.kind for case in found for track in case.tracks.values()))
    outcomes: Counter[tuple[str, str]] = Counter()
    for case in found:
        for name, track in case.tracks.items():
            outcomes[track.kind, case.standing(name).stage] += 1
    ways = (
        way(CASE, [_case_wait(case, today) for case in found]),
        *(_way(found, kind, today) for kind in kinds),
    )
    return Numbers(ways, tuple(_stages(found, today)), dict(outcomes), tuple(_loads(found, today)))


def way(kind: str, waits: Sequence[Wait | None]) -> Way:
    """The numbers of one way; None is a wait whose end is only half known."""
    known = [wait for wait in waits if wait is not None]
    days, outcomes = [wait.days for wait in known], [wait.outcome for wait in known]
    return Way(
        kind,
        len(waits),
        len(waits) - len(known),
        outcomes.count(None),
        outcomes.count(SAFE),
        incidence(days, outcomes) if known else {},
        kaplan_meier(days, [outcome is not None for outcome in outcomes]) if known else None,
    )


def _way(found: Sequence[CaseFile], kind: str, today: date) -> Way:
    waits = [
        _track_wait(case, name, kind, today)
        for case in found
        for name, track in case.tracks.items()
        if track.kind == kind
    ]
    return way(kind, waits)


def _track_wait(case: CaseFile, name: str, kind: str, today: date) -> Wait | None:
    """From intake to the first stage in which somebody is safe, else to the last stage if nothing follows."""
    this = machine(kind)
    steps = case.steps(name)
    for step in steps:
        if step.to in this.safe:
            return _until(case, step.on, SAFE)
    if steps and steps[-1].to in this.ends:
        return _until(case, steps[-1].on, ENDED)
    return _until(case, today.isoformat(), None)


def _case_wait(case: CaseFile, today: date) -> Wait | None:
    """From intake to the first arrival on any way, or to the day the case was closed without one."""
    arrivals = [
        step.on
        for name, track in case.tracks.items()
        for step in case.steps(name)
        if step.to in machine(track.kind).safe
    ]
    arrivals += [step.on for step in case.steps(CASE) if step.to == "in_safety"]
    if arrivals:
        return _until(case, min(arrivals), SAFE)
    closed = [step.on for step in case.steps(CASE) if step.to == "closed"]
    if case.stage == "closed" and closed:
        return _until(case, closed[-1], ENDED)
    return _until(case, today.isoformat(), None)


def _until(case: CaseFile, day: str, outcome: str | None) -> Wait | None:
    days = _between(case.opening.opened_on, day)
    return None if days is None else Wait(days, outcome)


def _stages(found: Sequence[CaseFile], today: date) -> Iterator[Stage]:
    stays: dict[tuple[str, str], list[Stay]] = defaultdict(list)
    for case in found:
        for name, track in case.tracks.items():
            places = [(track.starts, track.since), *((step.to, step.on) for step in case.steps(name))]
            ends = [*places[1:], (None, today.isoformat())]
            for (stage, since), (after, on) in zip(places, ends, strict=True):
                days = _between(since, on)
                if days is not None and stage not in machine(track.kind).ends:
                    stays[track.kind, stage].append(Stay(days, after))
    for (kind, stage), told in stays.items():
        curve = kaplan_meier([stay.days for stay in told], [stay.after is not None for stay in told])
        yield Stage(kind, stage, curve)


def _loads(found: Sequence[CaseFile], today: date) -> Iterator[Load]:
    of: dict[str, list[CaseFile]] = defaultdict(list)
    for case in found:
        if case.stage != "closed":
            of[case.worker].append(case)
    for worker, mine in sorted(of.items()):
        told = [safety_of(case, today) for case in mine]
        yield Load(
            worker,
            len(mine),
            sum(each.assessed is not None and each.assessed.level == "high" for each in told),
            sum(each.contact.due <= today for each in told),
            sum(each.review_over > 0 or each.assessed is None for each in told),
        )


def _between(first: str, last: str) -> int | None:
    """Days from one whole day to another, not below 0; None where either is only half known."""
    try:
        return max((date.fromisoformat(last) - date.fromisoformat(first)).days, 0)
    except ValueError:
        return None
