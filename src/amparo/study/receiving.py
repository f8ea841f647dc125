"""A file comes into the study: a list as records, anything else as a document that waits for decisions."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from amparo.intake.consents import told_in
from amparo.runs import Progress, silent
from amparo.study.care import services as care
from amparo.study.claims.keeping import Kept, keep_document
from amparo.study.register import services as register
from amparo.study.register.models import Record
from amparo.study.register.rules import About, Declared, File
from amparo.values.text import fold

if TYPE_CHECKING:
    from amparo.intake import documents
    from amparo.study.context import Study

LONGEST_KEY = 40


class ReadList(NamedTuple):
    """A list that was read, and how many consents the answers to Amparo's own form gave or refused."""

    source: str
    reading: register.Reading
    consents: int


def key_of(file: File, about: About) -> str:
    """The source's key: as somebody says, else from the file's name."""
    return about.source or fold(PurePath(file.name).stem).replace(" ", "-")[:LONGEST_KEY] or "file"


def keep(study: Study, file: File, reading: documents.Reading, about: About) -> Kept:
    """Keep a document with what is proposed of it. Raises as `keep_document`."""
    key = key_of(file, about)
    said = about.title is not None or about.part is not None
    declared = Declared(about.title or key, about.part or "none", about.derived_from)
    return keep_document(
        study,
        file.content,
        file.name,
        reading.document,
        reading.proposals,
        source_key=key,
        declared=declared if said or key not in register.declarations() else None,
        compartment=about.compartment,
    )


def read_list(
    study: Study,
    file: File,
    about: About,
    *,
    mapping_text: str | None = None,
    sheet: str | None = None,
    language: str = "es",
    progress: Progress = silent,
) -> ReadList:
    """Read one list, with the consents it tells of. Raises as `register.services.read_list`."""
    key = key_of(file, about)
    known = register.declarations().get(key)
    part = about.part or (known.part if known else None)
    title = about.title or (known.title if known else key)
    origins = about.derived_from or (known.derived_from if known else ())
    once = (known.once if known else False) if about.once is None else about.once
    reading = register.read_list(
        study,
        file.content,
        file.name,
        source_key=key,
        declared=Declared(title, part, origins, once) if part else None,
        mapping_text=mapping_text,
        sheet_name=sheet,
        language=language,
        compartment=about.compartment,
        progress=progress,
    )
    changed = reading.correction is not None
    return ReadList(key, reading, _keep_consents(study, file, f"{key}.{reading.ordinal}") if changed else 0)


def _keep_consents(study: Study, file: File, place: str) -> int:
    """Write down with the records what those who filled the form said of each use of it; how many."""
    number = 0
    for row, consents in told_in(file.content, file.name).items():
        record = f"{place}.{row}"
        if not Record.objects.filter(pk=record).exists():
            continue  # what the record of an earlier file said stands
        for consent in consents:
            decision = "given" if consent.given else "refused"
            care.consent(study, record, consent.use, decision, until=consent.until, words=consent.words)
            number += 1
    return number
