"""Consents, retention dates and holds: what is said of records, what stands of it, what is due."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from django.db import transaction
from django.db.models import Q

from amparo.errors import AmparoError
from amparo.study.accounts.rules import MATCHING
from amparo.study.accounts.services import audit, require
from amparo.study.care.models import Consent, Hold, Lifting, OnSourceOrRecord, Retention
from amparo.study.care.openings import say, words_of
from amparo.study.care.rules import (
    Shared,
    Statement,
    check_consent,
    closure,
    left_out,
    shared,
    standing,
)
from amparo.study.context import now
from amparo.study.linking.models import LinkRun
from amparo.study.linking.services import persons_of, records_digest
from amparo.study.register.models import Record, Source, Supersession
from amparo.study.register.search import known_records
from amparo.study.register.standing import standing_ids
from amparo.study.sealing import open_field

if TYPE_CHECKING:
    import polars as pl

    from amparo.study.context import Key, Study


class Said(NamedTuple):
    """One statement of a person on one use, as somebody wrote it down."""

    record: str
    use: str
    decision: str
    until: date | None
    day: date
    by: str
    words: str | None  # None where the key is not held, or an erasure took them
    scope: Scope | None = None  # of one recipient alone


class Scope(msgspec.Struct, frozen=True):
    """Of whom a consent is said alone, and the fields of a form that do not go to them."""

    recipient: str
    withheld: tuple[str, ...] = ()


class Due(NamedTuple):
    """Something with a day: a `retention` or a `consent`, of a source or a record. Days may be past."""

    kind: str
    of: str
    use: str
    until: date
    days: int
    words: str | None


class Held(NamedTuple):
    """A hold that stands."""

    number: int
    of: str
    day: date
    by: str
    words: str | None


def consent(
    study: Study,
    record: str,
    use: str,
    decision: str,
    *,
    until: date | None = None,
    words: str = "",
    scope: Scope | None = None,
) -> None:
    """Write down what the person of a record said on one use; who writes is kept with it.

    With a `scope` it is said of one recipient alone. Raises `accounts.not_allowed`,
    `register.unknown_record`, `register.erased_record` and the codes of `rules.check_consent`.
    """
    require(study, "care.consent")
    check_consent(use, decision, until)
    [row] = known_records(study, [record])
    sealing = {"sealed_scope": msgspec.json.encode(scope)} if scope else {}
    said = {"purpose": use, "decision": decision, "until": until, "scoped": scope is not None}
    with transaction.atomic():
        wrote = say(study, _key(study, row), Consent, words, sealing, record=row, **said)
        audit(study, "care.consent", wrote=[wrote], record=record, use=use, decision=decision)


def shared_with(study: Study, records: Iterable[str], recipient: str) -> Shared:
    """What stands of a person's words on sharing with one recipient, over all their records.

    Words that the person at work cannot open count as a no that came last: nothing leaves unread.
    """
    names = [name for group in chains(records) for name in group]
    rows = Consent.objects.filter(record__in=names, purpose="referral").order_by("id")
    said = []
    for row in rows:
        scope = _scope(study, row)
        if scope is None:
            return Shared("refused")
        said.append(Statement(row.pk, row.decision, row.until, scope.recipient, scope.withheld))
    return shared(said, recipient, _today())


def _scope(study: Study, row: Consent) -> Scope | None:
    if not row.scoped:
        return Scope("")
    if row.sealed_under_id not in study.keys or not row.wrapped_key:
        return None
    return msgspec.json.decode(open_field(study, row, row.pk, "sealed_scope"), type=Scope)


def consents(study: Study, records: Iterable[str]) -> list[Said]:
    """What was said on these records, oldest first, where the person at work may know it."""
    rows = Consent.objects.filter(record__in=list(records), sealed_under__in=study.keys.ids)
    return [
        Said(
            row.record_id,
            row.purpose,
            row.decision,
            row.until,
            row.at.date(),
            row.by.handle,
            words_of(study, row),
            _scope(study, row) if row.scoped else None,
        )
        for row in rows.select_related("by").order_by("id")
    ]


def standing_consent(records: Iterable[str], use: str) -> str | None:
    """What stands of all that was said on a use over a person's records: a decision, or None."""
    names = [name for group in chains(records) for name in group]
    return standing(
        [line for lines in _statements(use, Q(record__in=names)).values() for line in lines], _today()
    )


def refusing(records: pl.DataFrame, use: str) -> set[int]:
    """Persons who refused a use or withdrew their consent, of linked records (`record_id`, `person`).

    What was said of a record that was corrected since is said of the record that stands. No key is needed.
    """
    said = _statements(use, Q())
    persons: dict[str, int] = dict(records.select("record_id", "person").iter_rows())
    for group in chains(said):
        of = {persons[name] for name in group if name in persons}
        if len(of) == 1:
            persons |= dict.fromkeys(group, of.pop())
    return left_out(persons, said, _today())


def retain(study: Study, of: str, until: date | None, words: str) -> None:
    """Keep a source or a record until a day, of which `due` reminds; without a day no date stands.

    Raises `accounts.not_allowed`, `accounts.no_key`, `register.undeclared`, `register.unknown_record`.
    """
    require(study, "care.retention")
    key, place = _place(study, of)
    with transaction.atomic():
        row = say(study, key, Retention, words, until=until, **place)
        audit(study, "care.retention", wrote=[row], of=of, until=until.isoformat() if until else None)


def hold(study: Study, of: str, words: str) -> int:
    """Put a source or a record under a legal duty to keep; gives the hold's number. Raises as `retain`."""
    require(study, "care.hold")
    _need(words)
    key, place = _place(study, of)
    with transaction.atomic():
        row = say(study, key, Hold, words, id=_number(), **place)
        audit(study, "care.hold", wrote=[row], of=of)
    return row.pk


def lift(study: Study, number: int, words: str) -> None:
    """End a hold. Raises `accounts.not_allowed`, `care.unknown_hold`, `care.no_reason`."""
    require(study, "care.lifted")
    _need(words)
    row = Hold.objects.filter(pk=number, lifted=None, sealed_under__in=study.keys.ids).first()
    if row is None:
        raise AmparoError("care.unknown_hold", hold=number)
    with transaction.atomic():
        key = study.keys.current(row.sealed_under.compartment.name)
        lifted = say(study, key, Lifting, words, hold=row)
        audit(study, "care.lifted", wrote=[lifted], hold=number)


def holds(study: Study, records: Sequence[str] | None = None) -> list[Held]:
    """The holds that stand and the person at work may know, oldest first; only those on `records` if given.

    A hold on a source is on all its records, one on a record also on what corrects it.
    """
    rows = Hold.objects.filter(lifted=None, sealed_under__in=study.keys.ids)
    if records is not None:
        names = [name for group in chains(records) for name in group]
        rows = rows.filter(Q(record__in=names) | Q(source__files__records__in=names)).distinct()
    return [
        Held(row.pk, _of(row), row.at.date(), row.by.handle, words_of(study, row))
        for row in rows.select_related("source", "by").order_by("at", "id")
    ]


def due(study: Study, days: int) -> list[Due]:
    """Retention dates and ends of consents that pass within so many days, or have passed; soonest first."""
    today = _today()
    last = today + timedelta(days=days)
    found = []
    newest: dict[tuple[str, str, str], Retention | Consent] = {}
    for row in Retention.objects.filter(sealed_under__in=study.keys.ids).order_by("id"):
        newest["retention", _of(row), ""] = row
    for row in Consent.objects.filter(sealed_under__in=study.keys.ids).order_by("id"):
        scope = _scope(study, row)
        newest["consent", row.record_id, f"{row.purpose} {scope.recipient if scope else ''}".strip()] = row
    ends = {place: row for place, row in newest.items() if row.until is not None and row.until <= last}
    named = [of for _, of, _ in ends]
    gone = set(Record.objects.filter(pk__in=named, wrapped_key=b"").values_list("pk", flat=True))
    for (kind, of, said_of), row in ends.items():
        use = said_of.split(" ")[0]
        if row.until is not None and of not in gone:
            found.append(Due(kind, of, use, row.until, (row.until - today).days, words_of(study, row)))
    return sorted(found, key=lambda each: (each.until, each.kind, each.of, each.use))


def retention(study: Study, record: Record) -> Retention | None:
    """The retention that stands for a record: its own, else its source's."""
    rows = Retention.objects.filter(sealed_under__in=study.keys.ids).order_by("-id")
    own = rows.filter(record=record).first()
    return own or rows.filter(source=record.file.source).first()


def chains(records: Iterable[str]) -> Iterator[set[str]]:
    """Each record with all that corrections tie to it, before and after."""
    starts = list(records)
    if starts:
        yield from closure(starts, Supersession.objects.values_list("record_id", "successor_id"))


def person_of(study: Study, record: str) -> list[str]:
    """Records that the newest run of the linkage gives to the record's person, where the key is held.

    Raises `accounts.no_key` for who may not know the linkage, `counting.link_first` where it is not current.
    """
    study.keys.current(MATCHING)
    run = LinkRun.objects.filter(sealed_under__in=study.keys.ids).order_by("-id").first()
    if run is None or run.records_digest != records_digest(standing_ids(run.compartments)):
        raise AmparoError("counting.link_first")
    persons: dict[str, int] = dict(persons_of(study, run).select("record_id", "person").iter_rows())
    group = next(chains([record]))
    mine = {persons[name] for name in group if name in persons}
    names = [name for name, person in persons.items() if person in mine]
    known = Record.objects.filter(pk__in=names, sealed_under__in=study.keys.ids)
    return sorted({record, *known.values_list("pk", flat=True)})


def _statements(use: str, of: Q) -> dict[str, list[Statement]]:
    said: dict[str, list[Statement]] = defaultdict(list)
    rows = Consent.objects.filter(of, purpose=use, scoped=False)
    rows = rows.values_list("record_id", "id", "decision", "until")
    for record, *line in rows:
        said[record].append(Statement(*line))
    return said


def _place(study: Study, of: str) -> tuple[Key, dict[str, Source | Record]]:
    """The key for what is said of a source (its key) or a record (its id, which has dots), and its column."""
    if "." in of:
        [record] = known_records(study, [of])
        return _key(study, record), {"record": record}
    source = Source.objects.filter(key=of).select_related("compartment").first()
    if source is None:
        raise AmparoError("register.undeclared", source=of)
    return study.keys.current(source.compartment.name), {"source": source}


def _key(study: Study, record: Record) -> Key:
    return study.keys.current(record.sealed_under.compartment.name)


def _of(row: OnSourceOrRecord) -> str:
    return row.source.key if row.source else str(row.record_id)


def _number() -> int:
    """What a hold is called. Drawn: counted up, it would tell of holds in compartments one cannot see."""
    while True:
        number = 100_000 + secrets.randbelow(900_000)
        if not Hold.objects.filter(pk=number).exists():
            return number


def _need(words: str) -> None:
    if not words.strip():
        raise AmparoError("care.no_reason")


def _today() -> date:
    return now().date()
