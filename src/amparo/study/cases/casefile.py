"""A case as its entries tell it: pure functions of what was said, in its order. No Django."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from amparo.study.cases.rules import machine
from amparo.study.cases.said import (
    Caseload,
    Fact,
    Facts,
    Hearing,
    Member,
    Opening,
    Representation,
    Said,
    Step,
    TakenBack,
    Thing,
    Track,
)

Kind = TypeVar("Kind", bound=Said)
Named = TypeVar("Named", bound=Thing)

CASE = ""  # the track of steps of the case itself
PRINCIPAL = "principal"


class Told(NamedTuple):
    """One entry: its row, when, by whom, in which compartment, and what."""

    row: int
    at: datetime
    by: str
    place: str
    said: Said


class Standing(NamedTuple):
    """Where a track stands: its stage, since which day (EDTF), and what was decided of each member."""

    stage: str
    since: str
    outcomes: dict[str, str]


@dataclass(frozen=True)
class CaseFile:
    """A case opened: its file number, its compartment, who opened it when, and every entry, oldest first."""

    id: str
    place: str
    at: datetime
    by: str
    opening: Opening
    entries: tuple[Told, ...]

    def every(self, kind: type[Kind]) -> Iterator[Kind]:
        """All entries of a kind, oldest first."""
        return iter(self._by_kind.get(kind, ()))

    @cached_property
    def _by_kind(self) -> dict[type[Said], list[Any]]:
        """The entries by their kind: a line of the board asks for each kind several times."""
        found: dict[type[Said], list[Any]] = {}
        for told in self.entries:
            found.setdefault(type(told.said), []).append(told.said)
        return found

    def things(self, kind: type[Named]) -> dict[str, Named]:
        """Things of a kind as said last, in the order in which they were first told of."""
        return {thing.id: thing for thing in self.every(kind)}

    @property
    def members(self) -> dict[str, Member]:
        """The household."""
        return self.things(Member)

    @property
    def principal(self) -> Member | None:
        """For whom the file was opened."""
        return next((each for each in self.members.values() if each.relation == PRINCIPAL), None)

    @property
    def tracks(self) -> dict[str, Track]:
        """The ways to safety that are tried or were."""
        return self.things(Track)

    @property
    def hearings(self) -> dict[str, Hearing]:
        """Hearings and appointments."""
        return self.things(Hearing)

    @property
    def worker(self) -> str:
        """Who works on it: said last, else who opened it."""
        said = [each.worker for each in self.every(Caseload)]
        return said[-1] if said else self.by

    @property
    def stage(self) -> str:
        """Open, in safety, closed."""
        return self.standing(CASE).stage

    @property
    def records(self) -> list[str]:
        """Records of the register that the household's members are."""
        return sorted({each.record for each in self.members.values() if each.record})

    def steps(self, track: str) -> list[Step]:
        """The steps of a track that were not taken back."""
        gone = {each.step for each in self.every(TakenBack)}
        return [each for each in self.every(Step) if each.track == track and each.id not in gone]

    def standing(self, track: str) -> Standing:
        """Where a track stands, or with `CASE` the case itself."""
        steps = self.steps(track)
        outcomes: dict[str, str] = {}
        for step in steps:
            outcomes |= step.outcomes
        if steps:
            return Standing(steps[-1].to, steps[-1].on, outcomes)
        if track == CASE:
            return Standing(machine("case").first, self.opening.opened_on, {})
        found = self.tracks[track]
        return Standing(found.starts, found.since, {})

    def facts(self, track: str) -> dict[str, Fact]:
        """What clocks read of a track: facts of its steps, and those noted; later ones supersede."""
        gone = {each.step for each in self.every(TakenBack)}
        found: dict[str, Fact] = {}
        for said in (told.said for told in self.entries):
            if (isinstance(said, Step) and said.track == track and said.id not in gone) or (
                isinstance(said, Facts) and said.track == track
            ):
                found |= said.facts
        return found

    def represented_by(self, handle: str, day: str) -> bool:
        """Whether a signed agreement with this lawyer stands on a day (ISO)."""
        return any(
            each.handle == handle and each.state == "agreed" and not (each.until and each.until < day)
            for each in self.things(Representation).values()
        )
