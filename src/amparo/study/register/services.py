"""Read lists into the register and open them again as frames. The register's only writer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
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
from amparo.records import CELLS, RECORDS
from amparo.runs import Progress, silent
from amparo.study.accounts.services import audit
from amparo.study.context import now
from amparo.study.register.models import Declaration, Record, Source, SourceFile, Supersession
from amparo.study.register.rules import PARTS, Correction, Declared, Standing, correction
from amparo.study.sealing import open_field, seal_fields
from amparo.values.columns import meanings
from amparo.vault import blobs, envelope, frames

if TYPE_CHECKING:
    from amparo.intake.mapping import Mapping
    from amparo.intake.spreadsheet import Sheet
    from amparo.study.context import Study

CHUNK = 20_000
KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
SEALED = ("sealed_row", "sealed_cells")


class Reading(NamedTuple):
    """What reading a file did: `correction` is None when the very same file stands already."""

    source: str
    ordinal: int  # 1 for the source's first file
    rows: int
    correction: Correction | None
    columns: tuple[tuple[str, tuple[str, ...]], ...]  # column of the file and the fields it fills
    alterations: tuple[tuple[int, tuple[str, ...]], ...]  # row -> columns whose text was corrected
    issues: tuple[Issue, ...]


def declarations(as_of: datetime | None = None) -> dict[str, Declared]:
    """What stands of each source, by key."""
    standing: dict[str, Declared] = {}
    rows = Declaration.objects.select_related("source").order_by("id")
    for row in rows.filter(at__lte=as_of) if as_of else rows:
        standing[row.source.key] = Declared(row.title, row.part, tuple(row.derived_from))
    return standing


def declare(study: Study, key: str, declared: Declared | None) -> Source:
    """Keep what is said of a source, where it is new.

    Raises `register.undeclared`, `register.bad_key`, `register.bad_part`, `register.bad_origin`.
    """
    known = declarations()
    if declared is None and key not in known:
        raise AmparoError("register.undeclared", source=key)
    if declared is not None and declared != known.get(key):
        _check(key, declared, known)
        with transaction.atomic():
            source, _ = Source.objects.get_or_create(key=key, defaults={"compartment": study.compartment})
            Declaration.objects.create(
                source=source,
                title=declared.title,
                part=declared.part,
                derived_from=list(declared.derived_from),
                at=now(),
            )
            audit(study, "register.declared", source=key, part=declared.part)
    return Source.objects.get(key=key)


def _check(key: str, declared: Declared, known: dict[str, Declared]) -> None:
    if not KEY.fullmatch(key):
        raise AmparoError("register.bad_key", source=key)
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
    progress: Progress = silent,
) -> Reading:
    """Read one file as a list: every row becomes a record, or corrects the record it stood for before.

    The same file again changes nothing. The mapping is the given one, else the one this source was last
    read with if it fits, else the proposed one. Raises the codes of `intake` and `register.*`.
    """
    source = Source.objects.filter(key=source_key).first()
    before = _newest_file(source)
    name = blobs.name_of(study.opened, content)
    remembered = open_field(study, before, _row(before), "sealed_mapping").decode() if before else None
    same = before is not None and before.blob == name and mapping_text in (None, remembered)
    if before is not None and same:
        declare(study, source_key, declared)
        return Reading(source_key, before.ordinal, before.rows, None, (), (), ())

    progress("read", 0, 3)
    sheet = read_quarantined(content, file_name)
    mapping = _mapping(sheet, mapping_text, remembered, file_name)
    progress("read", 1, 3)
    ordinal = before.ordinal + 1 if before else 1
    ids = [f"{source_key}.{ordinal}.{row}" for row in sheet.row_numbers]
    cells = mappings.apply(sheet, mapping, source=source_key, record_ids=ids)
    contents = [
        (msgspec.json.encode(row), line) for row, line in zip(sheet.rows, _cell_lines(cells), strict=True)
    ]
    standing = _standing(study, source)
    plan = correction(standing, contents, cells["identifier"].to_list())
    progress("read", 2, 3)

    toml = to_toml(mapping, sheet.headers, str)
    blob = blobs.put(study.opened, content)
    facts = msgspec.json.encode(
        {"file": file_name, "sheet": sheet.sheet_name, "encoding": sheet.encoding, "headers": sheet.headers}
    )
    with transaction.atomic():
        source = declare(study, source_key, declared)
        file = SourceFile.objects.create(
            source=source,
            ordinal=ordinal,
            blob=blob,
            rows=len(ids),
            at=now(),
            **seal_fields(
                study,
                SourceFile,
                f"{source_key}.{ordinal}",
                {"sealed_facts": facts, "sealed_mapping": toml.encode()},
            ),
        )
        new = sorted([*plan.added, *(row for row, _ in plan.altered)])
        _insert_records(study, file, [(ids[i], sheet.row_numbers[i], contents[i]) for i in new], progress)
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
    )


def standing_cells(study: Study, as_of: datetime | None = None) -> pl.DataFrame:
    """All records that stand (or stood at `as_of`) with their mapped cells: the `RECORDS` contract."""
    columns: dict[str, list[str | None]] = {name: [] for name in RECORDS}
    decode = msgspec.json.Decoder(list[str | None]).decode
    standing = Record.objects.filter(ended=None)
    if as_of is not None:
        standing = Record.objects.filter(file__at__lte=as_of).exclude(ended__file__at__lte=as_of)
    for record_id, source, cells in _open_records(study, standing, ("sealed_cells",)):
        columns["record_id"].append(record_id)
        columns["source"].append(source)
        for name, value in zip(CELLS, decode(cells), strict=True):
            columns[name].append(value)
    return pl.DataFrame(columns, schema=dict(RECORDS))


def standing_meanings(
    study: Study, as_of: datetime | None = None, progress: Progress = silent
) -> pl.DataFrame:
    """What the standing records can mean: the `MEANINGS` contract."""
    progress("open", 0, 2)
    cells = standing_cells(study, as_of)
    progress("open", 1, 2)
    orders: dict[str, str] = {}
    for source in Source.objects.all():
        file = _newest_file(source)
        if file:
            text = open_field(study, file, _row(file), "sealed_mapping").decode()
            orders[source.key] = from_toml(text, source.key).date_order
    frame, _ = meanings(cells, date_orders=orders)
    progress("open", 2, 2)
    return frame


def files_of(key: str) -> list[SourceFile]:
    """The files of a source, oldest first."""
    return list(SourceFile.objects.filter(source__key=key).order_by("ordinal"))


def check_records(study: Study) -> int:
    """Open every record that ever was, standing or not; gives their number. Raises `vault.tampered`."""
    return sum(1 for _ in _open_records(study, Record.objects.all(), SEALED))


def check_files(study: Study) -> int:
    """Open every source file kept; gives their number. Raises the codes of `vault.blobs.get`."""
    names = set(SourceFile.objects.values_list("blob", flat=True))
    for name in names:
        blobs.get(study.opened, name)
    return len(names)


def _newest_file(source: Source | None) -> SourceFile | None:
    return SourceFile.objects.filter(source=source).order_by("-ordinal").first() if source else None


def _row(file: SourceFile) -> str:
    return f"{file.source.key}.{file.ordinal}"


def _mapping(sheet: Sheet, given: str | None, remembered: str | None, file_name: str) -> Mapping:
    if given is not None:
        return from_toml(given, file_name)
    if remembered is not None:
        mapping = from_toml(remembered, file_name)
        if {name for names in mapping.columns.values() for name in names} <= set(sheet.headers):
            return mapping
    return propose(sheet)[0]


def _cell_lines(cells: pl.DataFrame) -> Iterator[bytes]:
    for row in cells.select(list(CELLS)).iter_rows():
        yield msgspec.json.encode(row)


def _standing(study: Study, source: Source | None) -> list[Standing]:
    if source is None:
        return []
    decode = msgspec.json.Decoder(list[str | None]).decode
    identifier = list(CELLS).index("identifier")
    return [
        Standing(record_id, decode(cells)[identifier], (row, cells))
        for record_id, _, row, cells in _open_records(
            study, Record.objects.filter(file__source=source, ended=None), SEALED
        )
    ]


def _uses(mapping: Mapping, sheet: Sheet) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (header, tuple(field for field, names in mapping.columns.items() if header in names))
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
    _, issues = meanings(cells, date_orders={cells["source"][0]: mapping.date_order})
    for issue in issues:
        facts = dict(issue.facts)
        record, field = facts.pop("record_id"), facts.pop("column")
        yield Issue(
            issue.code,
            facts
            | {"file": sheet.file_name, "row": rows[record], "column": ", ".join(mapping.columns[field])},
        )


def _insert_records(
    study: Study, file: SourceFile, rows: Sequence[tuple[str, int, tuple[bytes, bytes]]], progress: Progress
) -> None:
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        sealed = envelope.seal_rows(
            study.compartment_key,
            [(name, {"sealed_row": row, "sealed_cells": cells}) for name, _, (row, cells) in chunk],
            table=Record._meta.label,
            version=study.compartment.key_version,
        )
        frames.insert(
            connection,
            Record._meta.db_table,
            ["id", "file_id", "row", "wrapped_key", "sealed_row", "sealed_cells"],
            [
                (name, file.pk, row, key, fields["sealed_row"], fields["sealed_cells"])
                for (name, row, _), (key, fields) in zip(chunk, sealed, strict=True)
            ],
        )
        progress("seal", start + len(chunk), len(rows))


def _open_records(
    study: Study, records: QuerySet[Record], fields: tuple[str, ...]
) -> Iterator[tuple[Any, ...]]:
    """(record id, source key, the opened fields …) of the records, in order of file and row."""
    query = records.order_by("file_id", "row").values_list("id", "file__source__key", "wrapped_key", *fields)
    columns = frames.fetch(connection, *query.query.sql_with_params())
    rows = zip(*columns.values(), strict=True)
    while chunk := list(islice(rows, CHUNK)):
        opened = envelope.open_rows(
            study.compartment_key,
            [(name, key, dict(zip(fields, sealed, strict=True))) for name, _, key, *sealed in chunk],
            table=Record._meta.label,
            version=study.compartment.key_version,
        )
        for (name, source, *_), values in zip(chunk, opened, strict=True):
            yield name, source, *(values[field] for field in fields)
