"""Why a value is what it is: every claim on it, down to the file, row or character span it rests on."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction

from amparo.errors import AmparoError
from amparo.intake.passages import Passage, sentence_around
from amparo.study.accounts.services import require
from amparo.study.care.openings import opened
from amparo.study.care.rules import Purpose, check_purpose
from amparo.study.claims.keeping import Waiting, waiting
from amparo.study.claims.models import Claim, Suggestion
from amparo.study.claims.reading import Known, Sources, known_of, known_of_each
from amparo.study.claims.rules import Opened, Preferred, by_field, preferred, standing, verification
from amparo.study.linking.persons import Persons, persons_seen
from amparo.study.register.documents import document_of
from amparo.study.register.models import Record, SourceFile
from amparo.values.text import fold
from amparo.vocabulary.model import model

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from amparo.study.context import Study

_PERSON = re.compile(r"(?:person-)?([0-9a-f]{24})")


class Origin(NamedTuple):
    """The file a claim stands in: its list, its name as received, when (ISO date), and by whom."""

    source: str
    title: str
    file_name: str
    ordinal: int
    received: str
    by: str


class Line(NamedTuple):
    """One claim on a value. `state` is preferred, standing, superseded or withdrawn; `ended` says why.

    `origin` is None for what was told without a file; `passages` are several where columns were joined.
    """

    claim: Opened
    state: str
    ended: str
    origin: Origin | None
    passages: tuple[Passage, ...]


class Explained(NamedTuple):
    """A field's preferred value with the reason, and all claims on it; None where none stands."""

    of: str
    kind: str
    field: str
    preferred: Preferred | None
    lines: tuple[Line, ...]
    verification: str


class Dossier(NamedTuple):
    """What is known of a thing: the records behind it, its fields, and the things that tell of it.

    `stamp` changes with every claim and ruling on it: who writes names the stamp they saw.
    """

    of: str
    records: tuple[str, ...]
    fields: tuple[Explained, ...]
    things: dict[str, list[Explained]]
    stamp: str


class Listed(NamedTuple):
    """A suggestion beside the sentence it stands in, and its file."""

    waiting: Waiting
    sentence: str
    origin: Origin
    rivals: tuple[str, ...]  # other values that stand on the same field


def explain(study: Study, of: str, field: str | None, purpose: Purpose) -> list[Explained]:
    """Why the value of a field, or of every field, of a record, thing or person is what it is.

    `field` is a code or its word in either language. The look leaves a line in the audit chain, as opening a
    record does. Raises `accounts.not_allowed`, `claims.unknown_thing`, `claims.unknown_field`,
    `care.unknown_purpose`, `care.purpose_words`.
    """
    require(study, "claims.explained")
    check_purpose(purpose)
    sources = Sources(study)
    records, known = _known(sources, of)
    found = _explained(sources, of, known, field)
    with transaction.atomic():
        opened(study, "claims.explained", purpose, records)
    return found


def dossier(study: Study, of: str, purpose: Purpose, persons: Persons | None = None) -> Dossier:
    """All that is known of a person, record or thing, and of what tells of it. Raises as `explain`.

    `persons` are those that the person at work sees, where the caller has them at hand.
    """
    require(study, "claims.explained")
    check_purpose(purpose)
    sources = Sources(study)
    records, known = _known(sources, of, persons)
    rows = Claim.objects.filter(about__in=records, sealed_under__in=study.keys.ids).exclude(wrapped_key=b"")
    told = sorted(set(rows.values_list("of", flat=True)) - {of, *records})
    things = {
        thing: _explained(sources, thing, each, None)
        for thing, each in zip(told, known_of_each(sources, told), strict=True)
    }
    with transaction.atomic():
        opened(study, "claims.explained", purpose, records)
    stamp = hashlib.sha256("\n".join(sorted(each.id for each in (*known.claims, *known.rulings))).encode())
    return Dossier(of, tuple(records), tuple(_explained(sources, of, known, None)), things, stamp.hexdigest())


def _explained(sources: Sources, of: str, known: Known, field: str | None) -> list[Explained]:
    kind = known.claims[0].said.kind if known.claims else "person"
    chosen = field_named(kind, field) if field else None
    groups: dict[str, list[Opened]] = {}
    for (_, name), claims in by_field(known.claims).items():
        groups.setdefault(name, []).extend(claims)
    names = [chosen] if chosen else [name for name in model()[kind].fields if name in groups]
    return [
        Explained(
            of,
            kind,
            name,
            best := preferred(groups.get(name, []), known.state),
            tuple(_lines(sources, known, groups.get(name, []), best)),
            verification(known.claims, known.state, of)[0],
        )
        for name in names
    ]


def listing(study: Study, source: str | None, purpose: Purpose) -> list[Listed]:
    """What waits for a decision, in the order of the documents, each beside its sentence.

    The look leaves a line in the audit chain. Raises as `explain`.
    """
    require(study, "claims.listed")
    check_purpose(purpose)
    rows = Suggestion.objects.filter(decided=None, sealed_under__in=study.keys.ids).exclude(wrapped_key=b"")
    if source is not None:
        rows = rows.filter(file__source__key=source)
    found = beside(study, rows)
    with transaction.atomic():
        opened(study, "claims.listed", purpose, _there(each.waiting.about for each in found))
    return found


def beside(study: Study, rows: QuerySet[Suggestion]) -> list[Listed]:
    """Suggestions in the order of the documents, each beside its sentence; the caller leaves the line."""
    found: list[Listed] = []
    files = {each.pk: each for each in SourceFile.objects.filter(pk__in=rows.values("file"))}
    documents = {pk: document_of(study, file) for pk, file in files.items()}
    origins = {pk: origin_of(study, file) for pk, file in files.items()}
    for each in waiting(study, rows.order_by("file", "at", "id")):
        sentence = sentence_around(documents[each.file], each.proposal.passage)
        found.append(Listed(each, sentence, origins[each.file], _rivals(study, each)))
    return found


def field_named(kind: str, name: str) -> str:
    """A field by its code or by its word in Spanish or English. Raises `claims.unknown_field`."""
    fields = model()[kind].fields
    if name in fields:
        return name
    found = _words(kind).get(fold(name))
    if found is None:
        raise AmparoError("claims.unknown_field", kind=kind, field=name, fields=list(fields))
    return found


@cache
def _words(kind: str) -> dict[str, str]:
    return {fold(word): name for name, field in model()[kind].fields.items() for word in (field.en, field.es)}


def origin_of(study: Study, file: SourceFile) -> Origin:
    """Where a file came from. Raises `accounts.no_key`."""
    return _origin(Sources(study), file)


def _origin(sources: Sources, file: SourceFile) -> Origin:
    facts, key = sources.facts(file), file.source.key
    received = file.at.date().isoformat()
    return Origin(
        key, sources.declared[key].title, facts["file_name"], file.ordinal, received, sources.by(file)
    )


def _known(sources: Sources, of: str, persons: Persons | None = None) -> tuple[list[str], Known]:
    """The records that a look opens, and what is known of a thing, or of all records of a person."""
    study, person = sources.study, _PERSON.fullmatch(of)
    if person is None:
        [known] = known_of_each(sources, [of])
        return _there([of]), known
    names = (persons or persons_seen(study)).records(person[1])
    mine = list(sources.records(names))
    if not mine:
        raise AmparoError("claims.unknown_thing", thing=of)
    each = known_of_each(sources, mine)
    claims = tuple(claim for known in each for claim in known.claims)
    rulings = tuple(ruling for known in each for ruling in known.rulings)
    return mine, Known(claims, standing(claims, rulings), rulings)


def _there(names: Iterable[str]) -> list[str]:
    """Those of these ids that are records."""
    return list(Record.objects.filter(pk__in=set(names)).order_by("pk").values_list("pk", flat=True))


def _lines(sources: Sources, known: Known, claims: Sequence[Opened], best: Preferred | None) -> list[Line]:
    words = {ruling.id: ruling.said.reason for ruling in known.rulings}
    reasons = {claim.id: claim.said.reason for claim in known.claims}
    lines = []
    for claim in claims:
        state, ended = "standing", ""
        if claim.id in known.state.withdrawn:
            state, ended = "withdrawn", words[known.state.withdrawn[claim.id]]
        elif claim.id in known.state.superseded:
            state, ended = "superseded", reasons[known.state.superseded[claim.id]]
        elif best is not None and best.claim.id == claim.id:
            state = "preferred"
        origin, passages = _place(sources, claim)
        lines.append(Line(claim, state, ended, origin, passages))
    order = ("preferred", "standing", "superseded", "withdrawn")
    return sorted(lines, key=lambda line: (order.index(line.state), line.claim.at, line.claim.id))


def _place(sources: Sources, claim: Opened) -> tuple[Origin | None, tuple[Passage, ...]]:
    passages: tuple[Passage, ...] = (claim.said.passage,) if claim.said.passage is not None else ()
    if claim.implicit and (row := sources.records([claim.of]).get(claim.of)) is not None:
        passages = sources.passages(row)[claim.said.field]
    file = sources.file(claim.file) if claim.file is not None else None
    if file is None or file.sealed_under_id not in sources.study.keys:
        return None, passages
    return _origin(sources, file), passages


def _rivals(study: Study, each: Waiting) -> tuple[str, ...]:
    """Other values that stand on the field a suggestion speaks of."""
    try:
        fields = known_of(study, each.of).fields()
    except AmparoError:
        return ()
    values = {claim.said.value for claim in fields.get((each.of, each.proposal.field), [])}
    return tuple(sorted(values - {each.proposal.value}))
