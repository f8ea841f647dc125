"""Ways to safety in a case: choose one, go on, take a step back. The case's own stage goes the same way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from amparo.errors import AmparoError, Word
from amparo.study.cases import facts as clock_facts
from amparo.study.cases.casefile import CASE, CaseFile
from amparo.study.cases.reading import case_of
from amparo.study.cases.rules import (
    CATEGORIES,
    OUTCOMES,
    PRIORITIES,
    TRACKS,
    check_move,
    check_needs,
    check_word,
    least_categories,
    machine,
)
from amparo.study.cases.said import Fact, Facts, Step, TakenBack, Track
from amparo.study.cases.services import new_id, whole_day, write
from amparo.study.context import now

if TYPE_CHECKING:
    from amparo.study.context import Study


def choose(study: Study, case: str, track: Track, facts: Mapping[str, Fact] | None = None) -> str:
    """Begin a way to safety, in the stage it is found in; gives its id. An id of its own is not needed.

    Raises `cases.unknown_case`, `cases.unknown_track`, `cases.unknown_stage`, `cases.ends_here` for a stage
    that nothing follows, `cases.unknown_member`, `cases.nobody`, `cases.bad_word`, `cases.needs`,
    `cases.bad_day`.
    """
    file = case_of(study, case)
    if track.kind not in TRACKS:
        raise AmparoError(
            "cases.unknown_track", track=track.kind, tracks=[Word("track", each) for each in TRACKS]
        )
    this = machine(track.kind)
    starts = track.starts or this.first
    if starts not in this.starts:
        raise AmparoError(
            "cases.unknown_stage",
            stage=starts,
            stages=[Word(f"stage.{track.kind}", each) for each in this.starts],
        )
    since = whole_day(track.since) or now().date().isoformat()
    track = _checked(
        file, msgspec.structs.replace(track, id=track.id or new_id("track"), starts=starts, since=since)
    )
    known = clock_facts.checked(facts or {})
    check_needs(track.kind, starts, set(_known(track, Step("", track.id, starts, since, facts=known), {})))
    said = [track, *([Facts(track.id, known, "")] if known else [])]
    write(study, "cases.track", file, said)
    return track.id


def describe(study: Study, case: str, track: Track) -> None:
    """Say anew who goes along, the partner, the priorities or the categories of a way. Raises as `choose`."""
    file = case_of(study, case)
    before = _track(file, track.id)
    kept = msgspec.structs.replace(track, kind=before.kind, starts=before.starts, since=before.since)
    write(study, "cases.track", file, [_checked(file, kept)])


def step(study: Study, case: str, said: Step) -> str:
    """Go on to a stage; gives the step's id. With `CASE` as its track the case itself goes on.

    Raises `cases.unknown_case`, `cases.unknown_thing`, the codes of `rules.check_move`,
    `cases.unknown_member` and `cases.bad_word` for what was decided of whom, `cases.bad_day`,
    `cases.bad_fact`, `cases.ahead`, `cases.before`.
    """
    file = case_of(study, case)
    track = _track(file, said.track) if said.track != CASE else None
    name = track.kind if track else "case"
    standing = file.standing(said.track)
    today = now().date().isoformat()
    said = Step(
        said.id or new_id("step"),
        said.track,
        said.to,
        whole_day(said.on),
        clock_facts.checked(said.facts),
        dict(said.outcomes),
        said.why.strip(),
    )
    for member, outcome in said.outcomes.items():
        if track is None or member not in track.members:
            raise AmparoError("cases.unknown_member", member=member)
        check_word("outcome", outcome, OUTCOMES)
    outcomes = standing.outcomes | said.outcomes
    check_move(name, standing.stage, said.to, set(_known(track, said, outcomes)))
    if said.on and said.on > today:
        raise AmparoError("cases.ahead", day=said.on)
    if said.on and standing.since and said.on < standing.since:
        raise AmparoError("cases.before", day=said.on, since=standing.since)
    write(study, "cases.step", file, [msgspec.structs.replace(said, on=said.on or today)])
    return said.id


def take_back(study: Study, case: str, track: str, why: str) -> None:
    """Take the last step of a way back, as written in error.

    Raises `cases.unknown_case`, `cases.unknown_thing` where there is no step, `care.no_reason`.
    """
    file = case_of(study, case)
    steps = file.steps(track)
    if not steps:
        raise AmparoError("cases.unknown_thing", thing=track)
    if not why.strip():
        raise AmparoError("care.no_reason")
    write(study, "cases.taken_back", file, [TakenBack(steps[-1].id, why.strip())])


def note_facts(study: Study, case: str, track: str, facts: Mapping[str, Fact], source: str) -> None:
    """Note days and yes/no that clocks read. Half-known days are kept as they are: no clock runs from them.

    Raises `cases.unknown_case`, `cases.unknown_thing`, `cases.bad_fact`.
    """
    file = case_of(study, case)
    _track(file, track)
    write(study, "cases.facts", file, [Facts(track, clock_facts.checked(facts), source.strip())])


def _known(track: Track | None, said: Step, outcomes: Mapping[str, str]) -> Iterator[str]:
    """Names of what is known with a step, as `Machine.needs` names it."""
    if said.on:
        yield "on"
    if said.why:
        yield "why"
    yield from (name for name, value in said.facts.items() if clock_facts.is_known(name, value))
    if track is None:
        return
    if track.submission:
        yield "submission"
    on = date.fromisoformat(said.on) if said.on else now().date()
    if len(track.categories) >= least_categories(on).least:
        yield "categories"
    if said.outcomes and set(track.members) <= outcomes.keys():
        yield "outcomes"
    if "accepted" in outcomes.values():
        yield "accepted"


def _track(file: CaseFile, track: str) -> Track:
    if track not in file.tracks:
        raise AmparoError("cases.unknown_thing", thing=track)
    return file.tracks[track]


def _checked(file: CaseFile, track: Track) -> Track:
    if not track.members:
        raise AmparoError("cases.nobody")
    for member in track.members:
        if member not in file.members:
            raise AmparoError("cases.unknown_member", member=member)
    for priority in filter(None, (track.processing, track.submission)):
        check_word("priority", priority, PRIORITIES)
    for category in track.categories:
        check_word("category", category, CATEGORIES)
    return track
