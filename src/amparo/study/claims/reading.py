"""Open claims and rulings: only what the person at work holds the keys of is ever loaded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from amparo.errors import AmparoError
from amparo.intake.passages import Row, is_found
from amparo.records import CELLS
from amparo.study.accounts.models import AuditLine
from amparo.study.claims.keeping import waiting
from amparo.study.claims.models import Claim, OfThing, Ruling, Suggestion
from amparo.study.claims.rules import (
    Opened,
    OpenedRuling,
    Preferred,
    Ruled,
    Standing,
    Value,
    by_field,
    implicit_id,
    preferred,
    standing,
)
from amparo.study.register.documents import document_of
from amparo.study.register.models import Record, SourceFile
from amparo.study.register.services import DOCUMENT, LIST, declarations, file_facts, mapping_of
from amparo.study.sealing import open_field, open_many

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from amparo.intake.mapping import Mapping
    from amparo.study.context import Study
    from amparo.study.register.rules import Declared


class Known(NamedTuple):
    """What is known of some things: their claims, implicit ones too, and what became of each."""

    claims: tuple[Opened, ...]
    state: Standing
    rulings: tuple[OpenedRuling, ...]  # all there are, withdrawn ones too

    def fields(self) -> dict[tuple[str, str], list[Opened]]:
        """The claims that stand, by thing and field."""
        return by_field(claim for claim in self.claims if self.state.stands(claim.id))

    def preferred(self) -> dict[tuple[str, str], Preferred]:
        """The preferred value of each thing's field."""
        found = ((place, preferred(claims, self.state)) for place, claims in by_field(self.claims).items())
        return {place: value for place, value in found if value is not None}


def claims_of(study: Study, things: Sequence[str] | None = None, as_of: datetime | None = None) -> Known:
    """The claims on these things, or on all; without the implicit ones of mapped rows."""
    claims = [
        Opened(name, of, at.isoformat(), by, file, place, msgspec.json.decode(sealed, type=Value))
        for name, of, at, by, file, place, sealed in _rows(study, Claim, "sealed_value", things, as_of)
    ]
    rulings = [
        OpenedRuling(name, of, at.isoformat(), by, place, msgspec.json.decode(sealed, type=Ruled))
        for name, of, at, by, _, place, sealed in _rows(study, Ruling, "sealed_ruling", things, as_of)
    ]
    return Known(tuple(claims), standing(claims, rulings), tuple(rulings))


def known_of(study: Study, of: str, as_of: datetime | None = None) -> Known:
    """All claims on one thing; of a list's record also those of its cells.

    Raises `claims.unknown_thing` alike where there is nothing and where the person at work holds no key.
    """
    [known] = known_of_each(Sources(study), [of], as_of)
    return known


def known_of_each(sources: Sources, things: Sequence[str], as_of: datetime | None = None) -> list[Known]:
    """What is known of each of these things, in their order. Raises as `known_of`."""
    if not things:
        return []
    study, rows = sources.study, sources.records(things)
    found = claims_of(study, things, as_of)
    each = []
    for of in things:
        row = rows.get(of)
        listed = row is not None and row.file.kind == LIST
        implicit = implicit_claims(study, row, sources.received(row.file)) if listed else []
        claims = (*implicit, *(claim for claim in found.claims if claim.of == of))
        if not claims and row is None:
            raise AmparoError("claims.unknown_thing", thing=of)
        rulings = tuple(ruling for ruling in found.rulings if ruling.of == of)
        each.append(Known(claims, standing(claims, rulings), rulings))
    return each


def called(study: Study, things: Collection[str]) -> dict[str, str]:
    """What things and records are called, as far as the person at work may know it; empty for the others."""
    names = dict.fromkeys(things, "")
    for (thing, field), best in claims_of(study, sorted(things)).preferred().items():
        if field in ("name", "description") and not names.get(thing):
            names[thing] = best.claim.said.value
    for thing in sorted(name for name, known in names.items() if not known):
        row = record_of(study, thing)
        said = {each.said.field: each.said.value for each in implicit_claims(study, row)} if row else {}
        parts = (said.get(field, "") for field in ("name", "given", "surname", "second_surname"))
        names[thing] = " ".join(filter(None, parts))
    return names


def record_of(study: Study, of: str) -> Record | None:
    """The record of this id, where the person at work holds its key and it was not erased."""
    return openable(study).filter(pk=of).first()


def openable(study: Study) -> QuerySet[Record]:
    """The records that the person at work may open, with their files and compartments."""
    rows = Record.objects.filter(sealed_under__in=study.keys.ids).exclude(wrapped_key=b"")
    return rows.select_related("file__source", "sealed_under__compartment")


class Received(NamedTuple):
    """What all records of a list's file share: its headers, sheet and mapping, and who read it."""

    headers: tuple[str, ...]
    sheet: str | None
    mapping: Mapping
    by: str


def received(study: Study, file: SourceFile) -> Received:
    """What is known of a list's file. Raises `accounts.no_key`, `vault.tampered`."""
    return Sources(study).received(file)


class Sources:
    """The records and files that the claims of one look stand in: each is opened once."""

    def __init__(self, study: Study) -> None:
        """For who looks at `study`; nothing is opened yet."""
        self.study = study
        self._records: dict[str, Record | None] = {}
        self._files: dict[int, SourceFile | None] = {}
        self._facts: dict[int, dict[str, Any]] = {}
        self._received: dict[int, Received] = {}
        self._passages: dict[str, dict[str, tuple[Row, ...]]] = {}
        self._by: dict[int, str] = {}

    @cached_property
    def declared(self) -> dict[str, Declared]:
        """What stands of each source."""
        return declarations()

    def records(self, names: Iterable[str]) -> dict[str, Record]:
        """Those of these ids that are records the person at work may open."""
        names = list(names)
        if unknown := [name for name in names if name not in self._records]:
            self._records |= dict.fromkeys(unknown) | openable(self.study).in_bulk(unknown)
        return {name: row for name in names if (row := self._records[name]) is not None}

    def file(self, number: int) -> SourceFile | None:
        """A source file by its number, whether or not it may be opened."""
        if number not in self._files:
            self._files[number] = SourceFile.objects.select_related("source").filter(pk=number).first()
        return self._files[number]

    def facts(self, file: SourceFile) -> dict[str, Any]:
        """As `file_facts`."""
        if file.pk not in self._facts:
            self._facts[file.pk] = file_facts(self.study, file)
        return self._facts[file.pk]

    def by(self, file: SourceFile) -> str:
        """As `received_by`."""
        if file.pk not in self._by:
            self._by[file.pk] = received_by(file)
        return self._by[file.pk]

    def received(self, file: SourceFile) -> Received:
        """What is known of a list's file. Raises `accounts.no_key`, `vault.tampered`."""
        if file.pk not in self._received:
            facts = self.facts(file)
            told = tuple(facts["headers"]), facts["sheet_name"]
            self._received[file.pk] = Received(*told, mapping_of(self.study, file), self.by(file))
        return self._received[file.pk]

    def passages(self, row: Record) -> dict[str, tuple[Row, ...]]:
        """As `cell_passages`."""
        if row.pk not in self._passages:
            self._passages[row.pk] = cell_passages(self.study, row, self.received(row.file))
        return self._passages[row.pk]


def implicit_claims(study: Study, row: Record, of: Received | None = None) -> list[Opened]:
    """What a list's mapped row says, as claims. A record of a document has none: all it says are rows.

    `of` is what `received` gives of the record's file, for who asks for many.
    """
    if row.file.kind != LIST:
        return []
    of = of or received(study, row.file)
    cells = msgspec.json.decode(open_field(study, row, row.pk, "sealed_cells"), type=list[str | None])
    place = row.sealed_under.compartment.name
    passages = cell_passages(study, row, of)
    return [
        Opened(
            implicit_id(row.pk, field),
            row.pk,
            row.file.at.isoformat(),
            of.by,
            row.file_id,
            place,
            Value(kind="person", field=field, value=cell, passage=next(iter(passages[field]), None)),
            implicit=True,
        )
        for field, cell in zip(CELLS, cells, strict=True)
        if cell
    ]


def cell_passages(study: Study, row: Record, of: Received | None = None) -> dict[str, tuple[Row, ...]]:
    """The cells of the file that fill each field of a list's record, those that are not blank."""
    of = of or received(study, row.file)
    line = msgspec.json.decode(open_field(study, row, row.pk, "sealed_row"), type=list[str])
    texts = dict(zip(of.headers, line, strict=True))
    return {
        field: tuple(
            Row(words=texts[column], sheet=of.sheet, row=row.row, column=column)
            for column in of.mapping.filled_from(field)
            if texts.get(column, "").strip()
        )
        for field in CELLS
    }


def received_by(file: SourceFile) -> str:
    """Who read a file, by the audit chain."""
    acts = AuditLine.objects.filter(
        act__in=("register.read", "claims.read"), facts__source=file.source.key, facts__file=file.ordinal
    )
    line = acts.select_related("actor").order_by("seq").first()
    return line.actor.handle if line else ""


class Corrections:
    """What claims make of the cells of standing records, for whoever may open the records."""

    def __init__(
        self, study: Study, as_of: datetime | None = None, only: Collection[str] | None = None
    ) -> None:
        """Load the claims on records that lie in the record's own compartment, and no others.

        With `only` those on these records. What is told to the lawyers, or to another team, changes nothing
        that others see.
        """
        known = claims_of(study, None if only is None else list(only), as_of)
        cells = {target.partition("#")[0] for target in known.state.withdrawn if "#" in target}
        things = {claim.of for claim in known.claims} | cells
        rows = Record.objects.filter(pk__in=things)
        places = dict(rows.values_list("pk", "sealed_under__compartment__name"))
        own = [claim for claim in known.claims if places.get(claim.of) == claim.compartment]
        self._state = standing(own, known.rulings)
        self._of: dict[str, list[Opened]] = {record: [] for record in cells}
        for claim in own:
            self._of.setdefault(claim.of, []).append(claim)
        self._documents = set(SourceFile.objects.filter(kind=DOCUMENT).values_list("source__key", flat=True))

    def touches(self, record: str, source: str) -> bool:
        """Whether claims have a say in a record's cells."""
        return record in self._of or source in self._documents

    def apply(self, record: str, source: str, cells: list[str | None]) -> list[str | None]:
        """The preferred value of each cell. A document's record says what claims say, and nothing else."""
        if record not in self._of:
            return cells if source not in self._documents else [None] * len(cells)
        return [
            self._cell(record, field, None if source in self._documents else cell)
            for field, cell in zip(CELLS, cells, strict=True)
        ]

    def _cell(self, record: str, field: str, cell: str | None) -> str | None:
        claims = [claim for claim in self._of[record] if claim.said.field == field]
        if cell is not None:
            value = Value(kind="person", field=field, value=cell)
            claims.append(Opened(implicit_id(record, field), record, "", "", None, "", value, implicit=True))
        found = preferred(claims, self._state)
        return found.claim.said.value if found else None


def check_claims(study: Study) -> int:
    """Open every claim, ruling and suggestion, and find each passage again in its source; their number.

    Raises `vault.tampered` for a row that does not open, and for words that do not stand in the source.
    """
    claims = claims_of(study).claims
    places: dict[int, list[tuple[str, str, Any]]] = defaultdict(list)
    for claim in claims:
        if claim.file is not None and claim.said.passage is not None:
            places[claim.file].append((Claim._meta.label, claim.id, claim.said.passage))
    number = len(claims) + sum(1 for _ in _rows(study, Ruling, "sealed_ruling", None, None))
    for each in waiting(study, _mine(study, Suggestion)):
        places[each.file].append((Suggestion._meta.label, each.id, each.proposal.passage))
        number += 1
    for file in SourceFile.objects.filter(pk__in=places, sealed_under__in=study.keys.ids):
        document = document_of(study, file) if file.kind == DOCUMENT else None
        for table, name, passage in places[file.pk]:
            if not (is_found(document, passage) if document else _in_row(study, file, passage)):
                raise AmparoError("vault.tampered", table=table, row=name, field="passage")
    return number


def _in_row(study: Study, file: SourceFile, passage: Any) -> bool:
    """Whether words of a list's cell stand in its row."""
    row = Record.objects.filter(file=file, row=passage.row).exclude(wrapped_key=b"").first()
    if row is None or row.sealed_under_id not in study.keys:
        return True
    line = msgspec.json.decode(open_field(study, row, row.pk, "sealed_row"), type=list[str])
    texts = dict(zip(file_facts(study, file)["headers"], line, strict=True))
    return passage.words in texts.get(passage.column, "")


def _mine(study: Study, model: type[OfThing]) -> Any:
    return model._default_manager.filter(sealed_under__in=study.keys.ids).exclude(wrapped_key=b"")


def _rows(
    study: Study, model: type[OfThing], field: str, things: Sequence[str] | None, as_of: datetime | None
) -> Iterator[tuple[Any, ...]]:
    """(id, of, at, by, file, compartment, opened field) of rows, oldest first."""
    if not study.keys.held:
        return
    rows = _mine(study, model)
    if things is not None:
        rows = rows.filter(of__in=list(things))
    if as_of is not None:
        rows = rows.filter(at__lte=as_of)
    file = "file_id" if model is Claim else "of"
    found = list(
        rows.order_by("at", "id").values_list(
            "id", "of", "at", "by__handle", file, "sealed_under_id", "wrapped_key", field
        )
    )
    opened = open_many(
        study.keys,
        model,
        [row[5] for row in found],
        [(row[0], bytes(row[6]), {field: bytes(row[7])}) for row in found],
    )
    for row, values in zip(found, opened, strict=True):
        yield *row[:5], study.keys[row[5]].compartment, values[field]
