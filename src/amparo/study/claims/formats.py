"""Claims in the field's formats: FollowTheMoney statements, and tables as CSV with W3C CSVW metadata.

FollowTheMoney statements: followthemoney.tech, one JSON object a line. CSVW: W3C, Metadata Vocabulary for
Tabular Data, 17 December 2015. Cells that a spreadsheet would take for a formula begin with an apostrophe.
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from amparo.study.claims.rules import Opened, Preferred, Standing
from amparo.vocabulary.lists import lists
from amparo.vocabulary.model import field_of, model

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# Zip files of the same content are the same bytes.
_TIME = (1980, 1, 1, 0, 0, 0)


class Told(NamedTuple):
    """A claim ready to leave: its list and language, the person it is linked to, what became of it."""

    claim: Opened
    dataset: str
    language: str | None
    canonical: str
    preferred: bool
    superseded_by: str | None


class Table(NamedTuple):
    """One CSV: file name, columns with their words (name, en, es, list or notation), rows."""

    name: str
    en: str
    es: str
    columns: tuple[tuple[str, str, str, str], ...]
    rows: Sequence[Sequence[str]]


def statements(claims: Sequence[Told], day: str) -> bytes:
    """FollowTheMoney statements as JSON lines, each claim one; `day` (ISO) is the day it was last seen."""
    lines = [msgspec.json.encode(_statement(each, day)) for each in claims]
    return b"".join(line + b"\n" for line in lines)


def _statement(told: Told, day: str) -> dict[str, Any]:
    claim, said = told.claim, told.claim.said
    field = field_of(said.kind, said.field)
    prop = (field.ftm if field else None) or f"amparo:{said.field}"
    key = f"{told.dataset}.{claim.of}.{prop}.{said.value}.{claim.id}"
    return {
        "id": hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest(),
        "entity_id": claim.of,
        "canonical_id": told.canonical,
        "schema": model()[said.kind].ftm,
        "prop": prop,
        "value": said.value,
        "original_value": said.passage.words if said.passage else None,
        "lang": told.language,
        "dataset": told.dataset,
        "origin": said.rule or ("list" if claim.implicit else "hand"),
        "first_seen": claim.at,
        "last_seen": day,
        "external": False,
        "claim": claim.id,
        "kind": said.kind,
        "field": said.field,
        "passage": said.passage,
        "certainty": said.certainty,
        "asserted_by": said.asserted_by,
        "restriction": said.restriction,
        "notes": said.notes,
        "preferred": told.preferred,
        "superseded_by": told.superseded_by,
        "supersedes": said.supersedes,
        "reason": said.reason,
    }


def event_tables(
    claims: Sequence[Told], best: Mapping[tuple[str, str], Preferred], verified: Mapping[str, str]
) -> list[Table]:
    """One table for each kind of thing with its preferred values, and one of all claims."""
    things: dict[str, dict[str, str]] = {}
    for told in claims:
        things.setdefault(told.claim.said.kind, {})[told.claim.of] = told.canonical
    tables = []
    for kind, thing in model().items():
        if kind not in things:
            continue
        fields = [name for name in thing.fields if any((of, name) in best for of in things[kind])]
        columns = [("id", "id", "id", "text"), ("canonical_id", "linked person", "persona enlazada", "text")]
        columns += [(name, f.en, f.es, f.written) for name in fields if (f := thing.fields[name])]
        columns.append(("verification", "state of verification", "estado de verificación", "verification"))
        rows = [
            [of, canonical, *(_best(best, of, name) for name in fields), verified.get(of, "unverified")]
            for of, canonical in things[kind].items()
        ]
        tables.append(Table(f"{kind}.csv", thing.en, thing.es, tuple(columns), rows))
    return [*tables, _all_claims(claims)]


def _best(best: Mapping[tuple[str, str], Preferred], of: str, field: str) -> str:
    found = best.get((of, field))
    return found.claim.said.value if found else ""


def _all_claims(claims: Sequence[Told]) -> Table:
    names = (
        ("claim", "claim", "afirmación"),
        ("of", "thing", "cosa"),
        ("kind", "kind of thing", "tipo de cosa"),
        ("field", "field", "campo"),
        ("value", "value", "valor"),
        ("certainty", "certainty", "certeza"),
        ("asserted_by", "asserted by", "quién lo afirma"),
        ("restriction", "restriction", "restricción"),
        ("preferred", "preferred", "preferida"),
        ("superseded_by", "superseded by", "sustituida por"),
        ("dataset", "source", "fuente"),
        ("passage", "passage", "pasaje"),
        ("words", "words", "palabras"),
    )
    listed = {"certainty", "restriction"}
    rows = []
    for told in claims:
        said = told.claim.said
        rows.append(
            [
                told.claim.id,
                told.claim.of,
                said.kind,
                said.field,
                said.value,
                said.certainty,
                said.asserted_by or "",
                said.restriction,
                str(told.preferred).lower(),
                told.superseded_by or "",
                told.dataset,
                msgspec.json.encode(said.passage).decode() if said.passage else "",
                said.passage.words if said.passage else "",
            ]
        )
    columns = tuple((name, en, es, name if name in listed else "text") for name, en, es in names)
    return Table("claims.csv", "claims", "afirmaciones", columns, rows)


def codebook(tables: Sequence[Table]) -> Table:
    """What each column and code of the tables means, in both languages, with the code's source."""
    rows = []
    for table in tables:
        for name, en, es, written in table.columns:
            rows.append([table.name, name, "", en, es, ""])
            coded = lists().get(written)
            for code, term in coded.codes.items() if coded else ():
                rows.append([table.name, name, code, term.en, term.es, term.source])
    columns = (
        ("table", "table", "tabla", "text"),
        ("column", "column", "columna", "text"),
        ("code", "code", "código", "text"),
        ("en", "in English", "en inglés", "text"),
        ("es", "in Spanish", "en español", "text"),
        ("source", "source", "fuente", "text"),
    )
    return Table("codebook.csv", "codebook", "libro de códigos", columns, rows)


def bundle(tables: Sequence[Table], title: str, day: str) -> bytes:
    """A zip of the tables as CSV (UTF-8) with their W3C CSVW metadata in `csv-metadata.json`."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in tables:
            archive.writestr(_entry(table.name), _csv(table))
        metadata = msgspec.json.format(msgspec.json.encode(_metadata(tables, title, day)), indent=1)
        archive.writestr(_entry("csv-metadata.json"), metadata)
    return content.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _csv(table: Table) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([name for name, *_ in table.columns])
    writer.writerows([harmless(cell) for cell in row] for row in table.rows)
    return text.getvalue().encode()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _metadata(tables: Sequence[Table], title: str, day: str) -> dict[str, Any]:
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": title,
        "dc:date": day,
        "dialect": {"encoding": "utf-8", "header": True, "delimiter": ",", "quoteChar": '"'},
        "tables": [
            {
                "url": table.name,
                "dc:title": {"en": table.en, "es": table.es},
                "tableSchema": {
                    "columns": [_column(name, en, es, written) for name, en, es, written in table.columns]
                },
            }
            for table in tables
        ],
    }


def _column(name: str, en: str, es: str, written: str) -> dict[str, Any]:
    column: dict[str, Any] = {
        "name": name,
        "titles": {"en": [name, en], "es": [es]},
        "datatype": "integer" if written == "count" else "string",
        "null": "",
    }
    coded = lists().get(written)
    if coded is not None:
        codes = "|".join(coded.codes)
        column["datatype"] = {"base": "string", "format": f"({codes})?"}
    return column


def told_of(
    claims: Sequence[Opened],
    state: Standing,
    best: Mapping[tuple[str, str], Preferred],
    *,
    datasets: Mapping[int | None, tuple[str, str | None]],
    persons: Mapping[str, str],
) -> list[Told]:
    """Claims with their list and language (by file), linked person, and what became of them."""
    chosen = {value.claim.id for value in best.values()}
    return [
        Told(
            claim,
            *datasets[claim.file],
            persons.get(claim.of, claim.of),
            claim.id in chosen,
            state.superseded.get(claim.id),
        )
        for claim in claims
        if claim.id not in state.withdrawn
    ]
