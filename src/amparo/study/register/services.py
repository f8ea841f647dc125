"""Read lists into the register and open them again as frames. The register's only writer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import polars as pl
from django.db import connection, transaction
from django.db.models import QuerySet

from amparo.errors import AmparoError, Issue
from amparo.intake import mapping as mappings
from amparo.intake.mapping_text import from_toml, to_toml
from amparo.intake.proposal import propose
from amparo.intake.quarantine import read_quarantined
from amparo.records import CELLS
from amparo.runs import Progress, silent
from amparo.study.accounts.models import Compartment
from amparo.study.accounts.rules import DEFAULT
from amparo.study.accounts.services import audit, require
from amparo.study.care.models import Erasure
from amparo.study.care.tombstones import without_erased
from amparo.study.context import Key, now
from amparo.study.register.digests import bulk_digests
from amparo.study.register.models import Declaration, Record, Source, SourceFile, Supersession
from amparo.study.register.rules import PARTS, Correction, Declared, Standing, correction
from amparo.study.sealing import open_field, open_many, seal_fields
from amparo.values.columns import meanings
from amparo.vault import blobs, envelope, frames

if TYPE_CHECKING:
    from amparo.intake.mapping import Mapping
    from amparo.intake.spreadsheet import Sheet
    from amparo.study.context import Study

CHUNK = 20_000
KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
SEALED = ("sealed_row", "sealed_cells")
FACTS = ("file_name", "sheet_name", "encoding", "headers", "language")  # of a sheet, kept sealed
LIST, DOCUMENT = "list", "document"  # kinds of source files


class Reading(NamedTuple):
    """What reading a file did: `correction` is None when the very same file stands already."""

    source: str
    ordinal: int  # 1 for the source's first file
    rows: int
    correction: Correction | None
    columns: tuple[tuple[str, tuple[str, ...]], ...]  # column of the file and the fields it fills
    alterations: tuple[tuple[int, tuple[str, ...]], ...]  # row -> columns whose text was corrected
    issues: tuple[Issue, ...]
    erased: int = 0  # rows left out because they were erased before


def declarations(as_of: datetime | None = None) -> dict[str, Declared]:
    """What stands of each source, by key."""
    standing: dict[str, Declared] = {}
    rows = Declaration.objects.select_related("source").order_by("id")
    for row in rows.filter(at__lte=as_of) if as_of else rows:
        standing[row.source.key] = Declared(row.title, row.part, tuple(row.derived_from), row.once)
    return standing


def declare(study: Study, key: str, declared: Declared | None, compartment: str | None = None) -> Source:
    """Keep what is said of a source, where it is new; a new source goes to a compartment of its own choice.

    Raises `accounts.no_key`, `accounts.not_allowed`, `register.undeclared`, `register.bad_key`,
    `register.bad_part`, `register.bad_origin`.
    """
    known = declarations()
    _check(key, declared, known)
    if declared is not None and declared != known.get(key):
        with transaction.atomic():
            source = Source.objects.filter(key=key).first()
            if source is None:
                place = Compartment.objects.get(name=study.keys.current(compartment or DEFAULT).compartment)
                source = Source.objects.create(key=key, compartment=place)
            said = Declaration.objects.create(
                source=source,
                title=declared.title,
                part=declared.part,
                derived_from=list(declared.derived_from),
                once=declared.once,
                at=now(),
            )
            audit(study, "register.declared", wrote=[source, said], source=key, part=declared.part)
    return Source.objects.get(key=key)


def _check(key: str, declared: Declared | None, known: dict[str, Declared]) -> None:
    if not KEY.fullmatch(key):
        raise AmparoError("register.bad_key", source=key)
    if declared is None:
        if key not in known:
            raise AmparoError("register.undeclared", source=key)
        return
    if declared.part not in PARTS:
        raise AmparoError("register.bad_part", source=key, part=declared.part, parts=list(PARTS))
    for origin in declared.derived_from:
        if origin not in known or origin == key:
            raise AmparoError("register.bad_origin", source=key, origin=origin)


def proposed_toml(content: bytes, file_name: str, describe: Callable[[str], str]) -> str:
    """The mapping Amparo proposes for a file, as TOML to edit; nothing is kept. `describe` words a field."""
    sheet = read_quarantined(content, file_name)
    return to_toml(propose(sheet)[0], sheet.headers, describe)


def read_list(
    study: Study,
    content: bytes,
    file_name: str,
    *,
    source_key: str,
    declared: Declared | None = None,
    mapping_text: str | None = None,
    sheet_name: str | None = None,
    language: str = "es",
    compartment: str | None = None,
    progress: Progress = silent,
) -> Reading:
    """Read one file as a list: every row becomes a record, or corrects the record it stood for before.

    The same file again changes nothing. The mapping is the given one, else the one this source was last
    read with if it fits, else the proposed one. `sheet_name` names a worksheet or a repeat of a form, whose
    answers are told in `language`. Raises the codes of `intake` and of `declare`, and
    `register.read_meanwhile` where somebody else read a file of the source at the same time.
    """
    require(study, "register.read")
    _check(source_key, declared, declarations())
    key = key_of(study, source_key, compartment)
    stood, before = _stands(source_key), newest_file(source_key)
    if before is not None and before.kind != LIST:
        raise AmparoError("register.other_kind", source=source_key)
    remembered = mapping_of(study, before) if before else None
    given = from_toml(mapping_text, file_name) if mapping_text is not None else None
    if before is not None and given in (None, remembered) and holds(study, before, content):
        declare(study, source_key, declared)
        return Reading(source_key, before.ordinal, before.rows, None, (), (), ())

    progress("read", 0, 3)
    sheet = read_quarantined(content, file_name, sheet=sheet_name, language=language)
    mapping = given or mapping_for(study, source_key, sheet)
    original = content
    sheet, content, erased = without_erased(study, source_key, sheet, mapping, content, first=before is None)
    if erased and before is not None and given in (None, remembered) and holds(study, before, content):
        declare(study, source_key, declared)
        return Reading(source_key, before.ordinal, before.rows, None, (), (), (), erased)
    progress("read", 1, 3)
    ordinal = before.ordinal + 1 if before else 1
    ids = [f"{source_key}.{ordinal}.{row}" for row in sheet.row_numbers]
    cells = mappings.apply(sheet, mapping, source=source_key, record_ids=ids)
    lines = (msgspec.json.encode(row) for row in cells.select(list(CELLS)).iter_rows())
    contents = [(msgspec.json.encode(row), line) for row, line in zip(sheet.rows, lines, strict=True)]
    standing = _standing(study, source_key)
    plan = correction(standing, contents, cells["identifier"].to_list())
    rows = sorted([*plan.added, *(row for row, _ in plan.altered)])
    sealed = _sealed_records(key, [(ids[i], sheet.row_numbers[i], contents[i]) for i in rows], progress)
    facts = _sealed_new_file(key, f"{source_key}.{ordinal}", sheet, mapping, original if erased else None)
    progress("read", 2, 3)

    blob = blobs.put(study.opened, key.secret, content)
    with transaction.atomic():  # all that takes long is done: nobody else waits for it
        if _stands(source_key) != stood:
            raise AmparoError("register.read_meanwhile", source=source_key)
        source = declare(study, source_key, declared, compartment)
        file = SourceFile.objects.create(
            source=source, ordinal=ordinal, blob=blob, rows=len(ids), at=now(), **facts
        )
        _keep_records(key, file, sealed)
        ends = [(old, ids[row]) for row, old in plan.altered] + [(old, None) for old in plan.removed]
        frames.insert(
            connection,
            Supersession._meta.db_table,
            ["record_id", "successor_id", "file_id"],
            [(old, successor, file.pk) for old, successor in ends],
        )
        audit(
            study,
            "register.read",
            wrote=[file],
            covers=bulk_digests(study, file),
            source=source_key,
            file=ordinal,
            blob=blob,
            rows=len(ids),
            kept=plan.kept,
            added=len(plan.added),
            altered=len(plan.altered),
            removed=len(plan.removed),
        )
    progress("read", 3, 3)
    return Reading(
        source_key,
        ordinal,
        len(ids),
        plan,
        _uses(mapping, sheet),
        _alterations(plan, standing, sheet),
        (*sheet.issues, *_unread_values(cells, mapping, sheet)),
        erased,
    )


def files_of(key: str) -> list[SourceFile]:
    """The files of a source, oldest first."""
    return list(SourceFile.objects.filter(source__key=key).order_by("ordinal"))


def check_records(study: Study) -> int:
    """Open every record this user has the key of, standing or not; their number. Raises `vault.tampered`."""
    return sum(1 for _ in open_records(study, Record.objects.all(), SEALED))


def check_files(study: Study) -> int:
    """Open every source file this user holds the key of; their number. Raises as `vault.blobs.get`."""
    files = SourceFile.objects.filter(sealed_under__in=study.keys.ids)
    kept = {file.blob: file.sealed_under_id for file in files}
    for name, key_id in kept.items():
        blobs.get(study.opened, study.keys[key_id].secret, name)
    return len(kept)


def key_of(study: Study, source_key: str, compartment: str | None) -> Key:
    """The key that seals what comes into a source. Raises `accounts.no_key`, `register.other_compartment`."""
    source = Source.objects.filter(key=source_key).select_related("compartment").first()
    if source is None:
        return study.keys.current(compartment or DEFAULT)
    if compartment not in (None, source.compartment.name):
        raise AmparoError("register.other_compartment", source=source_key, compartment=compartment)
    return study.keys.current(source.compartment.name)


def holds(study: Study, file: SourceFile, content: bytes) -> bool:
    """Whether a file kept is this content."""
    return file.blob == blobs.name_of(study.opened, study.keys[file.sealed_under_id].secret, content)


def newest_file(key: str, as_of: datetime | None = None) -> SourceFile | None:
    """A source's last file, or the last that stood at `as_of`."""
    files = SourceFile.objects.filter(source__key=key).order_by("-ordinal")
    return (files.filter(at__lte=as_of) if as_of else files).first()


def place_of(file: SourceFile) -> str:
    """The file as its sealed columns are bound to it."""
    return f"{file.source.key}.{file.ordinal}"


def mapping_for(study: Study, source_key: str, sheet: Sheet) -> Mapping:
    """The mapping a source was last read with, where it fits the sheet; else the proposed one."""
    before = newest_file(source_key)
    if before is not None and before.kind == LIST and before.sealed_under_id in study.keys:
        remembered = mapping_of(study, before)
        if remembered.fits(sheet):
            return remembered
    return propose(sheet)[0]


def mapping_of(study: Study, file: SourceFile) -> Mapping:
    """How a file was read. Raises `accounts.no_key`, `vault.tampered`."""
    name = place_of(file)
    return from_toml(open_field(study, file, name, "sealed_mapping").decode(), name)


def meanings_of(cells: pl.DataFrame, of: dict[str, Mapping]) -> tuple[pl.DataFrame, list[Issue]]:
    """What the cells can mean, read as each source's mapping says."""
    return meanings(
        cells,
        date_orders={key: mapping.date_order for key, mapping in of.items()},
        name_orders={key: mapping.name_order for key, mapping in of.items() if mapping.name_order},
    )


def _standing(study: Study, key: str) -> list[Standing]:
    decode = msgspec.json.Decoder(list[str | None]).decode
    identifier = list(CELLS).index("identifier")
    return [
        Standing(record_id, decode(cells)[identifier], (row, cells))
        for record_id, _, row, cells in open_records(
            study, Record.objects.filter(file__source__key=key, ended=None), SEALED
        )
    ]


def _uses(mapping: Mapping, sheet: Sheet) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (header, tuple(field for field in CELLS if header in mapping.filled_from(field)))
        for header in sheet.headers
    )


def _alterations(
    plan: Correction, standing: Sequence[Standing], sheet: Sheet
) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Which columns a corrected row says otherwise than before, where the columns are the same."""
    before = {entry.record_id: msgspec.json.decode(entry.content[0]) for entry in standing}
    return tuple(
        (
            sheet.row_numbers[row],
            tuple(
                header
                for header, was, is_ in zip(sheet.headers, before[record], sheet.rows[row], strict=False)
                if was != is_
            ),
        )
        for row, record in plan.altered
    )


def _unread_values(cells: pl.DataFrame, mapping: Mapping, sheet: Sheet) -> Iterator[Issue]:
    """Values that no reading fits, each with its file, row and column."""
    rows = dict(zip(cells["record_id"], sheet.row_numbers, strict=True))
    _, issues = meanings_of(cells, {cells["source"][0]: mapping})
    for issue in issues:
        facts = dict(issue.facts)
        record, field = facts.pop("record_id"), facts.pop("column")
        yield Issue(
            issue.code,
            facts
            | {"file": sheet.file_name, "row": rows[record], "column": ", ".join(mapping.filled_from(field))},
        )


def _sealed_new_file(
    key: Key, name: str, sheet: Sheet, mapping: Mapping, original: bytes | None
) -> dict[str, Any]:
    facts = {name: getattr(sheet, name) for name in FACTS}
    return sealed_file(key, name, blanked(facts, original), to_toml(mapping, sheet.headers, str).encode())


def blanked(facts: dict[str, Any], original: bytes | None) -> dict[str, Any]:
    """A file's facts after rows of it were blanked: the SHA-256 of what was received stays, with a note."""
    if original is None or "original" in facts:
        return facts
    kept = {"original": hashlib.sha256(original).hexdigest(), "blanked": now().date().isoformat()}
    return facts | kept | {"encoding": "utf-8"}


def sealed_file(key: Key, name: str, facts: dict[str, Any], mapping: bytes) -> dict[str, Any]:
    """A file's sealed columns; `name` is the source's key and the file's number."""
    sealed = {"sealed_facts": msgspec.json.encode(facts), "sealed_mapping": mapping}
    return seal_fields(key, SourceFile, name, sealed)


def file_facts(study: Study, file: SourceFile) -> dict[str, Any]:
    """A file's name, sheet, encoding and headers. Raises `accounts.no_key`, `vault.tampered`."""
    return msgspec.json.decode(open_field(study, file, place_of(file), "sealed_facts"))


def _stands(source_key: str) -> tuple[object, ...]:
    """What a reading builds on: the source's last file, and what was erased."""
    before = newest_file(source_key)
    return before.pk if before else None, Erasure.objects.count()


class _SealedRecord(NamedTuple):
    """A record ready to be kept."""

    id: str
    row: int
    wrapped_key: bytes
    fields: dict[str, bytes]


def _sealed_records(
    key: Key, rows: Sequence[tuple[str, int, tuple[bytes, bytes]]], progress: Progress
) -> list[_SealedRecord]:
    sealed: list[_SealedRecord] = []
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        made = envelope.seal_rows(
            key.secret,
            [(name, dict(zip(SEALED, content, strict=True))) for name, _, content in chunk],
            table=Record._meta.label,
            version=key.version,
        )
        sealed += [
            _SealedRecord(name, row, wrapped, fields)
            for (name, row, _), (wrapped, fields) in zip(chunk, made, strict=True)
        ]
        progress("seal", len(sealed), len(rows))
    return sealed


def _keep_records(key: Key, file: SourceFile, records: Sequence[_SealedRecord]) -> None:
    frames.insert(
        connection,
        Record._meta.db_table,
        ["id", "file_id", "row", "sealed_under_id", "wrapped_key", *SEALED],
        [
            (each.id, file.pk, each.row, key.id, each.wrapped_key, *(each.fields[name] for name in SEALED))
            for each in records
        ],
    )


def open_records(
    study: Study, records: QuerySet[Record], fields: tuple[str, ...]
) -> Iterator[tuple[Any, ...]]:
    """(record id, source key, the opened fields …) of the records, in order of file and row.

    Only records under keys that this user holds are loaded at all; erased ones are passed over.
    """
    if not study.keys.held:
        return
    mine = records.filter(sealed_under__in=study.keys.ids).exclude(wrapped_key=b"")
    query = mine.order_by("file_id", "row").values_list(
        "id", "file__source__key", "sealed_under_id", "wrapped_key", *fields
    )
    columns = frames.fetch(connection, *query.query.sql_with_params())
    for start in range(0, len(columns["id"]), CHUNK):
        names, sources, key_ids, wrapped, *sealed = (
            column[start : start + CHUNK] for column in columns.values()
        )
        values = [dict(zip(fields, row, strict=True)) for row in zip(*sealed, strict=True)]
        opened = open_many(study.keys, Record, key_ids, list(zip(names, wrapped, values, strict=True)))
        for name, source, row in zip(names, sources, opened, strict=True):
            yield name, source, *row.values()
