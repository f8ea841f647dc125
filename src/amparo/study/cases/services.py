"""Open a case, and say something in it. The only writers of cases' rows are here."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec
from django.db import transaction

from amparo.errors import AmparoError
from amparo.study.accounts.rules import DEFAULT, LAWYERS, MEMBERS
from amparo.study.accounts.services import audit, require
from amparo.study.care.openings import opened
from amparo.study.care.rules import Purpose, check_purpose
from amparo.study.cases.casefile import PRINCIPAL, CaseFile
from amparo.study.cases.lent import follow
from amparo.study.cases.models import Case, Entry
from amparo.study.cases.reading import case_of
from amparo.study.cases.rules import RELATIONS, STATUSES, check_word
from amparo.study.cases.said import Caseload, Member, Opening, Said
from amparo.study.context import now
from amparo.study.register.search import known_records
from amparo.study.sealing import seal_fields
from amparo.values.dates import parse_date

if TYPE_CHECKING:
    from django.db.models import Model

    from amparo.study.context import Key, Study

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: nothing is misread on paper or aloud
_DIGITS = 6


def new_id(kind: str) -> str:
    """An id of a thing in a case: drawn, so that it tells nothing of others."""
    return f"{kind}-{secrets.token_hex(5)}"


def open_case(
    study: Study,
    principal: Member,
    *,
    label: str = "",
    opened_on: str = "",
    compartment: str = DEFAULT,
    also: Sequence[Said] = (),
) -> str:
    """Open a case for somebody; gives its file number. `also` goes into it in the same act.

    Nothing but a way to speak safely need be known: a member without a name is one. Raises
    `accounts.not_allowed`, `accounts.no_key`, `cases.bad_place` for a compartment that holds no records,
    `cases.bad_day`, `register.unknown_record`.
    """
    require(study, "cases.begun")
    if compartment in (*MEMBERS, LAWYERS):
        raise AmparoError("cases.bad_place", compartment=compartment)
    key = study.keys.current(compartment)
    at = now()
    member = _checked_member(study, msgspec.structs.replace(principal, relation=PRINCIPAL), {})
    opening = Opening(label.strip(), whole_day(opened_on) or at.date().isoformat())
    number = new_number()
    sealed = seal_fields(key, Case, number, {"sealed_opening": msgspec.json.encode(opening)})
    with transaction.atomic():
        case = Case.objects.create(id=number, about=member.record, at=at, by=study.user, **sealed)
        rows = add_rows(study, key, number, (member, Caseload(study.user.handle), *also), member.record)
        audit(study, "cases.begun", wrote=[case, *rows], case=number, entries=2 + len(also))
    return number


def keep_member(study: Study, case: str, member: Member) -> None:
    """Add somebody to the household, or say anew what is known of them.

    Raises `cases.unknown_case`, `cases.unknown_member` for whom they should travel with,
    `cases.one_principal`, `cases.bad_day`, `cases.unknown_relation`, `register.unknown_record`.
    """
    require(study, "cases.member")
    file = case_of(study, case)
    checked = _checked_member(study, member, file.members)
    with transaction.atomic():
        changed = list(_tied(file, checked)) if checked.record else []
        for row in changed:
            row.about = checked.record
            row.save(update_fields=["about"])
        rows = add_rows(study, study.keys.current(file.place), case, [checked], checked.record)
        audit(study, "cases.member", wrote=[*rows, *changed], case=case, entries=1)


def write(
    study: Study,
    act: str,
    case: CaseFile | None,
    said: Sequence[Said],
    *,
    about: str | None = None,
    lawyers: bool = False,
) -> None:
    """Add entries to a case (None: to what is said of the organisation), with the act's line.

    They lie in the case's compartment, or with `lawyers` in theirs. `about` is the record whose erasure takes
    them: the principal's, unless given. Raises `accounts.not_allowed`, `accounts.no_key`.
    """
    require(study, act)
    place = LAWYERS if lawyers else case.place if case else DEFAULT
    if about is None:
        about = case.principal.record if case and case.principal else ""
    with transaction.atomic():
        rows = add_rows(study, study.keys.current(place), case.id if case else None, said, about)
        audit(study, act, wrote=rows, case=case.id if case else None, entries=len(said))


def add_rows(study: Study, key: Key, case: str | None, said: Sequence[Said], about: str) -> list[Model]:
    """Entries sealed and kept, inside the caller's transaction, which writes the act's line.

    Gives all rows written: where the case is lent, also the boxes of the entries' keys.
    """
    last = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    rows = []
    for number, each in enumerate(said, last + 1):
        sealed = seal_fields(key, Entry, number, {"sealed_said": msgspec.json.encode(each)})
        rows.append(
            Entry.objects.create(id=number, case_id=case, about=about, at=now(), by=study.user, **sealed)
        )
    if case is None or key.compartment in (*MEMBERS, LAWYERS):
        return [*rows]
    return [*rows, *follow(study, case, list(zip(rows, said, strict=True)))]


def whole_day(text: str) -> str:
    """A day as ISO writes it, however it was typed; empty stays so. Raises `cases.bad_day`."""
    if not text.strip():
        return ""
    found = some_day(text)
    if len(found) != len("2026-11-30") or not found.replace("-", "").isdecimal():
        raise AmparoError("cases.bad_day", text=text)
    return found


def some_day(text: str) -> str:
    """A day, month or year as EDTF, however it was typed; empty stays so. Raises `cases.bad_day`."""
    if not text.strip():
        return ""
    try:
        return parse_date(text.strip()).edtf
    except AmparoError:
        raise AmparoError("cases.bad_day", text=text) from None


def _checked_member(study: Study, member: Member, others: dict[str, Member]) -> Member:
    if member.relation not in RELATIONS:
        raise AmparoError("cases.unknown_relation", relation=member.relation, relations=list(RELATIONS))
    if member.status:
        check_word("status", member.status, STATUSES)
    principal = next((each.id for each in others.values() if each.relation == PRINCIPAL), member.id)
    if (member.relation == PRINCIPAL) != (principal == member.id):
        raise AmparoError("cases.one_principal")
    if member.travels_with and member.travels_with not in others.keys() - {member.id}:
        raise AmparoError("cases.unknown_member", member=member.travels_with)
    if member.record:
        known_records(study, [member.record])
    return msgspec.structs.replace(member, born=some_day(member.born), left=some_day(member.left))


def _tied(file: CaseFile, member: Member) -> Iterator[Case | Entry]:
    """What was written before the member's record was known, to end with it."""
    before = [
        told.row for told in file.entries if isinstance(told.said, Member) and told.said.id == member.id
    ]
    yield from Entry.objects.filter(pk__in=before).exclude(about=member.record)
    if member.relation == PRINCIPAL:
        yield from Case.objects.filter(pk=file.id).exclude(about=member.record)


def new_number() -> str:
    """A file number: drawn, since counted up it would tell of cases one cannot see."""
    while True:
        number = f"C-{''.join(secrets.choice(_LETTERS) for _ in range(_DIGITS))}"
        if not Case.objects.filter(pk=number).exists():
            return number


def open_for_reading(study: Study, name: str, purpose: Purpose) -> CaseFile:
    """One case, with a line in the audit chain that says why it was opened.

    Raises as `reading.case_of`, and `care.purpose_words`.
    """
    require(study, "cases.opened")
    check_purpose(purpose)
    file = case_of(study, name)
    with transaction.atomic():
        opened(study, "cases.opened", purpose, [name, *file.records])
    return file
