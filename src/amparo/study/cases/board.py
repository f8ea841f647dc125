"""Every case in a line, the most pressing first; kept in memory without a name in it.

Nothing a board sorts on stands in clear in the study. The lines are computed from opened cases once and kept,
for whoever holds the same keys; after that only cases with entries written since are opened again.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from amparo.study.care.models import Erasure
from amparo.study.cases.casefile import CASE, CaseFile
from amparo.study.cases.dues import LEVELS, Due, dues, pressing, waiting
from amparo.study.cases.lent import lent_to
from amparo.study.cases.models import Entry
from amparo.study.cases.reading import cases, names_of
from amparo.study.context import now
from amparo.study.safety.standing import safety_of

if TYPE_CHECKING:
    from amparo.study.context import Study

_AT_ONCE = 500  # cases opened together


class Way(NamedTuple):
    """A way to safety in a line: its kind, its stage, how many days it has been there."""

    track: str
    kind: str
    stage: str
    days: int | None


class Line(NamedTuple):
    """A case in a line. It holds no name: `label` is what the case is called aloud."""

    case: str
    label: str
    worker: str
    stage: str
    days: int | None
    household: int
    at_risk: int
    ways: tuple[Way, ...]
    next: Due | None
    dues: int  # how many are red
    risk: str = ""  # as decided last
    contacted: date | None = None  # the last day somebody was reached


class Board:
    """The lines of all cases that somebody may see."""

    def __init__(self) -> None:
        """Nothing is opened until the first `refresh`."""
        self._turn = threading.Lock()
        self._lines: dict[str, Line] = {}
        self._sorted: list[Line] = []
        self._stamp: tuple[object, ...] = ()
        self._last = 0

    def refresh(self, study: Study, today: date | None = None) -> list[Line]:
        """The lines as of today, red first; opens what was written since the last time."""
        with self._turn:
            return self._refreshed(study, today or now().date())

    def _refreshed(self, study: Study, today: date) -> list[Line]:
        stamp = (
            study.opened.study_id,
            tuple(study.keys.ids),
            tuple(study.user.roles),
            tuple(lent_to(study)),
            today,
            Erasure.objects.count(),
        )
        last = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
        if stamp != self._stamp or last < self._last:
            changed = names_of(study)
            self._lines = {}
        elif last > self._last:
            rows = Entry.objects.filter(id__gt=self._last, case__isnull=False)
            changed = list(rows.values_list("case", flat=True).distinct())
        else:
            return self._sorted
        for start in range(0, len(changed), _AT_ONCE):
            names = changed[start : start + _AT_ONCE]
            seen = {case.id: line_of(case, today) for case in cases(study, names)}
            for name in names:
                self._lines.pop(name, None)
            self._lines |= seen
        self._stamp, self._last = stamp, last
        self._sorted = sorted(self._lines.values(), key=_rank)
        return self._sorted


def line_of(case: CaseFile, today: date) -> Line:
    """A case in a line."""
    asked, safety = dues(case, today), safety_of(case, today)
    ways = tuple(
        Way(track.id, track.kind, case.standing(track.id).stage, waiting(case, track.id, today))
        for track in case.tracks.values()
    )
    members = [each for each in case.members.values() if not each.left]
    return Line(
        case=case.id,
        label=case.opening.label,
        worker=case.worker,
        stage=case.stage,
        days=waiting(case, CASE, today),
        household=len(members),
        at_risk=sum(each.at_risk is True for each in members),
        ways=ways,
        next=asked[0] if asked else None,
        dues=sum(each.level == "red" for each in asked),
        risk=safety.assessed.level if safety.assessed else "",
        contacted=safety.contact.last,
    )


def chosen(
    lines: Sequence[Line], *, worker: str = "", kind: str = "", level: str = "", closed: bool = False
) -> list[Line]:
    """The lines of a worker, of a way, of a level; closed cases only when asked for."""
    return [
        line
        for line in lines
        if (not worker or line.worker == worker)
        and (not kind or any(way.kind == kind for way in line.ways))
        and (not level or (line.next is not None and line.next.level == level))
        and (line.stage == "closed") == closed
    ]


def _rank(line: Line) -> tuple[int, date, int, str]:
    """Most pressing first; among those that ask the same, who has waited longest."""
    level, on = pressing(line.next) if line.next else (len(LEVELS), date.max)
    return level, on, -max((way.days or 0 for way in line.ways), default=0), line.case
