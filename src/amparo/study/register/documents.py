"""Documents among the sources: kept as received, with what was read in them and the persons accepted."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from amparo.errors import AmparoError
from amparo.intake.mapping import Mapping
from amparo.intake.mapping_text import to_toml
from amparo.intake.passages import Document
from amparo.records import CELLS
from amparo.study.context import now
from amparo.study.register.models import Extract, Record, Source, SourceFile
from amparo.study.register.services import DOCUMENT, file_facts, holds, sealed_file
from amparo.study.sealing import open_field, seal_fields
from amparo.vault import blobs

if TYPE_CHECKING:
    from collections.abc import Mapping as Mapped

    from amparo.study.context import Key, Study

# A record from a document has one verbatim column: the words that first tell of the person.
HEADERS = ("words",)


class KeptFile(NamedTuple):
    """A document's file, and the rows that were written for it: none where it was there before."""

    file: SourceFile
    wrote: tuple[SourceFile | Extract, ...]


def keep_file(
    study: Study, key: Key, source: Source, document: Document, *, content: bytes, file_name: str
) -> KeptFile:
    """Keep a document as received with what was read in it; the caller writes the audit line.

    The same bytes are kept once, and not again after an erasure. Raises `register.other_kind` for a source
    whose files are lists.
    """
    files = list(SourceFile.objects.filter(source=source).order_by("-ordinal"))
    for file in files:
        if file.kind != DOCUMENT:
            raise AmparoError("register.other_kind", source=source.key)
        if file.sealed_under_id in study.keys and (holds(study, file, content) or _was(study, file, content)):
            return KeptFile(file, ())
    ordinal = files[0].ordinal + 1 if files else 1
    name = f"{source.key}.{ordinal}"
    facts: dict[str, Any] = {
        "file_name": file_name,
        "sheet_name": None,
        "encoding": None,
        "headers": list(HEADERS),
    }
    file = SourceFile.objects.create(
        source=source,
        ordinal=ordinal,
        kind=DOCUMENT,
        blob=blobs.put(study.opened, key.secret, content),
        rows=0,
        at=now(),
        **sealed_file(key, name, facts, to_toml(Mapping({}), (), str).encode()),
    )
    extract = Extract.objects.create(id=file.pk, file=file, **sealed_document(key, file.pk, document))
    return KeptFile(file, (file, extract))


def _was(study: Study, file: SourceFile, content: bytes) -> bool:
    """Whether a file is what an erasure left of this content."""
    return file_facts(study, file).get("original") == hashlib.sha256(content).hexdigest()


def sealed_document(key: Key, number: int, document: Document) -> dict[str, Any]:
    """An extract's sealed columns."""
    return seal_fields(key, Extract, number, {"sealed_document": msgspec.json.encode(document)})


def document_of(study: Study, file: SourceFile) -> Document:
    """What a reader made of a document. Raises `accounts.no_key`, `vault.tampered`."""
    extract = Extract.objects.get(file=file)
    return msgspec.json.decode(open_field(study, extract, extract.pk, "sealed_document"), type=Document)


def add_person(key: Key, file: SourceFile, record: str, words: str, cells: Mapped[str, str]) -> Record:
    """A record of a person whom a document tells of; the caller writes the audit line."""
    line = msgspec.json.encode([words])
    told = msgspec.json.encode([cells.get(field) for field in CELLS])
    sealed = seal_fields(key, Record, record, {"sealed_row": line, "sealed_cells": told})
    return Record.objects.create(id=record, file=file, row=int(record.rpartition(".")[2]), **sealed)


def check_documents(study: Study) -> int:
    """Open every document that this user may read; their number. Raises `vault.tampered`."""
    mine = SourceFile.objects.filter(kind=DOCUMENT, sealed_under__in=study.keys.ids)
    return sum(document_of(study, file) is not None for file in mine)
