"""Lend cases to a volunteer until a day, and end that before; what has ended opens nothing any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from django.db import transaction
from django.db.models import Q

from amparo.errors import AmparoError
from amparo.study.accounts.models import User
from amparo.study.accounts.people import people, working
from amparo.study.accounts.rules import VOLUNTEER
from amparo.study.accounts.services import audit, require, verify_chain
from amparo.study.cases.casefile import CaseFile
from amparo.study.cases.lent import Terms, box, standing, terms
from amparo.study.cases.models import Case, Entry, Lending, LentKey
from amparo.study.cases.reading import case_of, cases
from amparo.study.cases.rules import check_lending
from amparo.study.context import now
from amparo.study.sealing import seal_fields

if TYPE_CHECKING:
    from amparo.study.context import Study


class Lent(NamedTuple):
    """One lending: its number, the case and what it is called aloud, to whom, by whom, since, until, why."""

    number: int
    case: str
    label: str
    to: str
    by: str
    since: date
    until: date
    why: str


def volunteers() -> list[str]:
    """Whom cases can be lent to: volunteers who do not work on cases anyway."""
    return [
        each.handle
        for each in people()
        if VOLUNTEER in each.roles and not {"cases", "lawyer"} & set(each.roles)
    ]


def lend(study: Study, names: Sequence[str], to: str, until: date, why: str) -> None:
    """Lend cases to a volunteer until the end of a day: all of them, or none.

    A case that is lent to them already is lent anew under these terms. Raises `accounts.not_allowed`,
    `accounts.unknown_user`, `cases.not_a_volunteer`, `cases.unknown_case`, `cases.no_case`, and the codes of
    `rules.check_lending`.
    """
    require(study, "cases.lent")
    check_lending(until, why, now().date())
    user = working(to)
    if to not in volunteers():
        raise AmparoError("cases.not_a_volunteer", user=to)
    files = [case_of(study, name) for name in dict.fromkeys(names)]
    if not files:
        raise AmparoError("cases.no_case")
    key = verify_chain(study).people[to].public_key.hex()
    with transaction.atomic():
        for file in files:
            _end(study, list(standing(case=file.id, to=user)), "cases.lending_ended")
            _lend(study, file, user, until, Terms(why.strip(), key))


def end(study: Study, number: int) -> None:
    """Take a lent case back before its day.

    Raises `accounts.not_allowed`, and `cases.unknown_thing` alike for a lending that is not there or has
    ended, and for one of a case that may not be seen.
    """
    require(study, "cases.lending_ended")
    found = standing(pk=number).first()
    if found is None or not list(cases(study, [found.case_id])):
        raise AmparoError("cases.unknown_thing", thing=str(number))
    with transaction.atomic():
        _end(study, [found], "cases.lending_ended")


def lendings(study: Study) -> list[Lent]:
    """What stands of the cases that the person at work sees as who works on them; the next to end first."""
    seen = {case.id: case.opening.label for case in cases(study) if case.place in study.keys.compartments}
    return [
        Lent(
            each.pk,
            each.case_id,
            seen[each.case_id],
            each.to.handle,
            each.by.handle,
            each.at.date(),
            each.until,
            terms(study, each).why,
        )
        for each in standing(case__in=list(seen)).select_related("to", "by").order_by("until", "id")
    ]


def read_until(study: Study, case: str) -> date | None:
    """The last day on which the person at work reads a case as a volunteer; None for one not lent to them."""
    found = standing(case=case, to=study.user).order_by("-id").first()
    return found.until if found and VOLUNTEER in study.user.roles else None


def sweep(study: Study) -> int:
    """Remove the keys of lendings whose day is past, or whose volunteer left; how many lendings.

    They open nothing before that either: reading asks for the day and the role.
    """
    past = Q(until__lt=now().date()) | Q(to__until__isnull=False)
    rows = [
        *Lending.objects.filter(past, ended=None),
        *(each for each in standing().select_related("to") if VOLUNTEER not in each.to.roles),
    ]
    found = list({each.pk: each for each in rows}.values())
    if found:
        with transaction.atomic():
            _end(study, found, "cases.lending_over")
    return len(found)


def end_all(study: Study, user: User) -> None:
    """End all that is lent to somebody whose key pair changed, inside the caller's transaction."""
    _end(study, list(Lending.objects.filter(to=user, ended=None)), "cases.lending_over")


def _lend(study: Study, file: CaseFile, user: User, until: date, said: Terms) -> None:
    number = Lending.objects.count() + 1
    key = study.keys.current(file.place)
    sealed = seal_fields(key, Lending, number, {"sealed_terms": msgspec.json.encode(said)})
    row = Lending.objects.create(
        id=number, case_id=file.id, to=user, by=study.user, at=now(), until=until, **sealed
    )
    entries = Entry.objects.in_bulk([told.row for told in file.entries if told.place == file.place])
    rows = [(entries[told.row], told.said) for told in file.entries if told.row in entries]
    boxed = box(study, row, said.public_key, rows, Case.objects.get(pk=file.id))
    audit(
        study,
        "cases.lent",
        wrote=[row, *boxed],
        case=file.id,
        user=user.handle,
        until=until.isoformat(),
        entries=len(boxed),
    )


def _end(study: Study, rows: Sequence[Lending], act: str) -> None:
    for row in rows:
        row.ended = now()
        row.save(update_fields=["ended"])
        gone = list(LentKey.objects.filter(lending=row))
        audit(study, act, wrote=[row], ended=gone, case=row.case_id, user=row.to.handle)
        LentKey.objects.filter(lending=row).delete()
