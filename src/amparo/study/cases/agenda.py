"""The days of somebody's cases: what is on in a week, and what a calendar elsewhere may know. No names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction

from amparo.errors import AmparoError
from amparo.study.accounts.models import KeyShare
from amparo.study.accounts.people import working
from amparo.study.accounts.services import audit, require
from amparo.study.cases.casefile import CaseFile
from amparo.study.cases.dues import Due, dues
from amparo.study.cases.reading import case_of, cases
from amparo.study.cases.said import Caseload
from amparo.study.cases.services import add_rows
from amparo.study.context import now

if TYPE_CHECKING:
    from django.db.models import Model

    from amparo.study.context import Study

AHEAD = 400  # days that an exported calendar looks ahead


class Day(NamedTuple):
    """Something on a day: of which case, what it is called aloud, what, and at which hour and place."""

    on: date
    case: str
    label: str
    due: Due
    time: str
    place: str


def days(study: Study, first: date, last: date, worker: str = "") -> list[Day]:
    """What is on from `first` to `last`, in order; of one worker's cases, or of all that may be seen."""
    found = [
        day
        for case in cases(study)
        if not worker or case.worker == worker
        for day in _of_case(case)
        if first <= day.on <= last
    ]
    return sorted(found, key=lambda day: (day.on, day.time, day.case))


def exported(study: Study, worker: str = "") -> list[Day]:
    """The days that go into a calendar outside, with a line in the audit chain."""
    require(study, "cases.calendar")
    today = now().date()
    found = days(study, today, today + timedelta(days=AHEAD), worker)
    with transaction.atomic():
        audit(study, "cases.calendar", days=len(found))
    return found


def hand_over(study: Study, names: Sequence[str], to: str, why: str) -> None:
    """Give cases to another worker. All of them, or none.

    Raises `accounts.not_allowed`, `cases.unknown_case`, `accounts.unknown_user`, `care.no_reason`, and
    `cases.cannot_take` for somebody who could not open one of them.
    """
    require(study, "cases.handed_over")
    if not why.strip():
        raise AmparoError("care.no_reason")
    user = working(to)
    files = [case_of(study, name) for name in dict.fromkeys(names)]
    today = now().date().isoformat()
    for file in files:
        newest = study.keys.current(file.place)
        works = "cases" in user.roles or ("lawyer" in user.roles and file.represented_by(to, today))
        if not works or not KeyShare.objects.filter(key_id=newest.id, user=user).exists():
            raise AmparoError("cases.cannot_take", user=to, case=file.id, compartment=file.place)
    with transaction.atomic():
        rows = [row for file in files for row in _given(study, file, to, why.strip())]
        audit(study, "cases.handed_over", wrote=rows, cases=len(files), user=to)


def _given(study: Study, file: CaseFile, to: str, why: str) -> list[Model]:
    about = file.principal.record if file.principal else ""
    return add_rows(study, study.keys.current(file.place), file.id, [Caseload(to, why)], about)


def _of_case(case: CaseFile) -> Iterator[Day]:
    today = now().date()
    for due in dues(case, today):
        if due.on is None:
            continue
        hearing = case.hearings.get(due.of) if due.kind in ("hearing", "past") else None
        yield Day(
            due.on,
            case.id,
            case.opening.label,
            due,
            hearing.time if hearing else "",
            hearing.place if hearing else "",
        )
