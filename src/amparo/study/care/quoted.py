"""What an erasure takes of claims, and of the documents that quote whom it erases."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from django.db.models import Q

from amparo.intake.blanking import blank_document, blank_words, requoted
from amparo.intake.passages import Document, Passage
from amparo.intake.proposals import Proposal
from amparo.study.claims.models import Claim, OfThing, Ruling, Suggestion
from amparo.study.claims.rules import Value
from amparo.study.register.documents import document_of, sealed_document
from amparo.study.register.models import Extract, Record, SourceFile
from amparo.study.register.services import DOCUMENT, blanked, file_facts, place_of, sealed_file
from amparo.study.sealing import open_field, seal_fields
from amparo.vault import blobs
from amparo.vocabulary.model import field_of

if TYPE_CHECKING:
    from django.db import models

    from amparo.study.context import Study

_SEALED: dict[type[OfThing], tuple[str, Any]] = {
    Claim: ("sealed_value", Value),
    Suggestion: ("sealed_proposal", Proposal),
}


class Requoted(NamedTuple):
    """A document to be sealed anew without the erased: the columns of its file and of each other row."""

    row: SourceFile
    sealed: dict[str, Any]
    blob: str
    others: tuple[tuple[models.Model, dict[str, Any]], ...]


def requoted_documents(study: Study, rows: Sequence[Record], names: Sequence[set[str]]) -> Iterator[Requoted]:
    """The documents these records come from, without the passages that tell of them, and their names.

    What other claims and records quote is quoted anew, with blanks where the erased stood.
    """
    for file in {row.file_id: row.file for row in rows if row.file.kind == DOCUMENT}.values():
        mine = [row.pk for row in rows if row.file_id == file.pk]
        words = {word for name in names for word in name}
        document = document_of(study, file)
        passages = [said.passage for row, said in _said(study, file) if row.about in mine or row.of in mine]
        passages = [passage for passage in passages if passage is not None]
        clean = blank_document(document, passages, words)
        key = study.keys.current(study.keys[file.sealed_under_id].compartment)
        name = place_of(file)
        content = blobs.get(study.opened, study.keys[file.sealed_under_id].secret, file.blob)
        facts = blanked(file_facts(study, file), content) | {"file_name": f"{name}.json"}
        mapping = open_field(study, file, name, "sealed_mapping")
        extract = Extract.objects.get(file=file)
        others: list[tuple[models.Model, dict[str, Any]]] = [
            (extract, sealed_document(key, extract.pk, clean)),
            *_quoting(study, file, mine, clean, words),
            *_records(study, file, mine, words),
        ]
        blob = blobs.put(study.opened, key.secret, msgspec.json.encode(clean))
        yield Requoted(file, sealed_file(key, name, facts, mapping), blob, tuple(others))


def silence(records: Collection[str]) -> Iterator[models.Model]:
    """End the keys of all that was claimed, suggested or ruled of these records; no key is needed for it."""
    ids = list(records)
    for model in (Claim, Suggestion, Ruling):
        for row in model._default_manager.filter(Q(about__in=ids) | Q(of__in=ids)).exclude(wrapped_key=b""):
            row.wrapped_key = b""
            row.save(update_fields=["wrapped_key"])
            yield row


def _said(study: Study, file: SourceFile) -> Iterator[tuple[OfThing, Any]]:
    for model, (field, kind) in _SEALED.items():
        rows = model._default_manager.filter(file=file, sealed_under__in=study.keys.ids)
        for row in rows.exclude(wrapped_key=b""):
            yield row, msgspec.json.decode(open_field(study, row, row.pk, field), type=kind)


def _quoting(
    study: Study, file: SourceFile, gone: Collection[str], clean: Document, words: Collection[str]
) -> Iterator[tuple[models.Model, dict[str, Any]]]:
    """Claims and suggestions on others that quote what is blank now."""
    for row, said in _said(study, file):
        if row.about in gone or row.of in gone:
            continue
        passage: Passage | None = said.passage and requoted(clean, said.passage)
        field = field_of(said.kind, said.field)
        text = field is not None and field.written == "text"
        value = blank_words(said.value, words) if text else said.value
        if (passage, value) != (said.passage, said.value):
            column, _ = _SEALED[type(row)]
            changed = msgspec.structs.replace(said, passage=passage, value=value)
            key = study.keys[row.sealed_under_id]
            yield row, seal_fields(key, type(row), row.pk, {column: msgspec.json.encode(changed)})


def _records(
    study: Study, file: SourceFile, gone: Collection[str], words: Collection[str]
) -> Iterator[tuple[models.Model, dict[str, Any]]]:
    """Records of others whose quoted words name the erased."""
    rows = Record.objects.filter(file=file, sealed_under__in=study.keys.ids).exclude(pk__in=gone)
    for row in rows.exclude(wrapped_key=b""):
        line = msgspec.json.decode(open_field(study, row, row.pk, "sealed_row"), type=list[str])
        clean = [blank_words(text, words) for text in line]
        if clean != line:
            cells = open_field(study, row, row.pk, "sealed_cells")
            sealed = {"sealed_row": msgspec.json.encode(clean), "sealed_cells": cells}
            yield row, seal_fields(study.keys[row.sealed_under_id], Record, row.pk, sealed)
