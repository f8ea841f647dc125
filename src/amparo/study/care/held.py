"""What the study holds about a person, for the person: their records as far as who asks may open them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction

from amparo.study.accounts.models import AuditLine
from amparo.study.accounts.rules import OPENINGS
from amparo.study.accounts.services import require
from amparo.study.care.openings import opened
from amparo.study.care.rules import Purpose
from amparo.study.care.services import Said, chains, consents, person_of, retention
from amparo.study.cases.reading import of_the_organisation
from amparo.study.cases.said import Partner
from amparo.study.claims.models import Claim
from amparo.study.claims.reading import claims_of
from amparo.study.context import now
from amparo.study.counting.models import CountRun
from amparo.study.linking.models import LinkRun
from amparo.study.register.models import Record
from amparo.study.register.search import Opened, known_records, view

if TYPE_CHECKING:
    from amparo.study.context import Study


class HeldRecord(NamedTuple):
    """One record as its person reads it, and until when it is kept, where a day was set."""

    seen: Opened
    until: date | None


class HeldClaim(NamedTuple):
    """One value that is claimed of the person, or of an act against them, with the words it stands in."""

    kind: str
    field: str
    value: str
    words: str
    day: str


class Copy(NamedTuple):
    """All of it: the organisation's study, the day, records, claims, what the person said, what was done."""

    study: str
    day: str
    records: tuple[HeldRecord, ...]
    claims: tuple[HeldClaim, ...]
    consents: tuple[Said, ...]
    openings: dict[str, int]  # purpose -> times that a record of theirs was opened before
    links: int  # runs of the linkage since the first of them was received
    counts: int
    recipients: Mapping[str, str] = {}  # of whom a consent was said alone: id -> name


def copy_for(study: Study, record: str, *, person: bool = False) -> Copy:
    """What is held of a record, or with `person` of all records linked to it, with earlier versions.

    The copy is an opening of its own. Raises `accounts.not_allowed`, `register.unknown_record`,
    `register.erased_record`, and with `person` as `services.person_of`.
    """
    require(study, "care.held")
    known_records(study, [record])
    starts = person_of(study, record) if person else [record]
    names = [name for group in chains(starts) for name in group]
    mine = Record.objects.filter(pk__in=names, sealed_under__in=study.keys.ids).exclude(wrapped_key=b"")
    rows = known_records(study, list(mine.order_by("file_id", "row").values_list("pk", flat=True)))
    copy = Copy(
        study.facts.title,
        now().date().isoformat(),
        tuple(
            HeldRecord(view(study, row), kept.until if (kept := retention(study, row)) else None)
            for row in rows
        ),
        tuple(_claims(study, names)),
        tuple(consents(study, names)),
        _openings(set(names)),
        LinkRun.objects.filter(at__gte=rows[0].file.at).count(),
        CountRun.objects.filter(at__gte=rows[0].file.at).count(),
        {
            each.said.id: each.said.name
            for each in of_the_organisation(study)
            if isinstance(each.said, Partner)
        },
    )
    with transaction.atomic():
        opened(study, "care.held", Purpose("request"), [row.pk for row in rows])
    return copy


def _claims(study: Study, names: Sequence[str]) -> Iterator[HeldClaim]:
    """Claims that stand and tell of these records, as far as who asks may open them."""
    known = claims_of(study)
    about = set(Claim.objects.filter(about__in=names).values_list("pk", flat=True))
    for claim in known.claims:
        if (claim.of in names or claim.id in about) and known.state.stands(claim.id):
            said = claim.said
            words = said.passage.words if said.passage else ""
            yield HeldClaim(said.kind, said.field, said.value, words, claim.at[:10])


def _openings(records: set[str]) -> dict[str, int]:
    lines = AuditLine.objects.filter(act__in=OPENINGS).values_list("facts", flat=True)
    return dict(Counter(facts["purpose"] for facts in lines if records & set(str(facts["records"]).split())))
