"""Which columns of a source say what: the mapping from its headers to our cells, and its use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
import polars as pl

from amparo.errors import AmparoError
from amparo.intake.sheet import Sheet
from amparo.records import CELLS, RECORDS, conform

DateOrder = Literal["DMY", "MDY", "YMD"]
NameOrder = Literal["given_first", "surname_first"]

# How several columns become one cell: None takes the first that is not blank, a text joins them.
JOINS: dict[str, str | None] = {
    "identifier": None,
    "name": " ",
    "given": " ",
    "surname": " ",
    "second_surname": " ",
    "married_surname": " ",
    "alias": "; ",
    "sex": None,
    "age": None,
    "birth_date": None,
    "event_date": None,
    "death_date": None,
    "place": ", ",
    "place_1": None,
    "place_2": None,
    "place_3": ", ",
    "status": "; ",
    "circumstances": "; ",
}

# A column serves one field; only these two may share one: the act's date may be the death's.
SHARING = frozenset({"event_date", "death_date"})


class Mapping(msgspec.Struct, frozen=True):
    """Source columns of each field of `records.CELLS`, and how the source writes dates and names."""

    columns: dict[str, tuple[str, ...]]
    date_order: DateOrder = "DMY"
    name_order: NameOrder | None = None  # None: not the same in all rows, or not known
    ignored: tuple[str, ...] = ()


def check(mapping: Mapping, file_name: str) -> None:
    """Raise intake.unknown_field or intake.column_twice where the mapping cannot be meant."""
    users: dict[str, set[str]] = {}
    for field, columns in mapping.columns.items():
        if field not in CELLS:
            raise AmparoError("intake.unknown_field", file=file_name, field=field, fields=", ".join(CELLS))
        for column in columns:
            fields = users.setdefault(column, set())
            if field in fields or (fields and not fields | {field} <= SHARING):
                facts = {"column": column, "first": min(fields), "second": field}
                raise AmparoError("intake.column_twice", file=file_name, **facts)
            fields.add(field)
    for column in mapping.ignored:
        if column in users:
            facts = {"column": column, "first": min(users[column]), "second": "ignored"}
            raise AmparoError("intake.column_twice", file=file_name, **facts)


def apply(sheet: Sheet, mapping: Mapping, *, source: str, record_ids: Sequence[str]) -> pl.DataFrame:
    """Records of a sheet as a frame of `records.RECORDS`: verbatim texts, blank cells null, one row a row.

    `record_ids` name the rows in order. Raises the codes of `check`, and intake.unknown_column.
    """
    check(mapping, sheet.file_name)
    place = {header: number for number, header in enumerate(sheet.headers)}
    cells: dict[str, pl.Series] = {}

    def cell(column: str) -> pl.Series:
        if column not in place:
            facts = {"column": column, "headers": ", ".join(sheet.headers)}
            raise AmparoError("intake.unknown_column", file=sheet.file_name, **facts)
        if column not in cells:
            number = place[column]
            texts = pl.Series(column, [row[number] for row in sheet.rows], dtype=pl.String)
            cells[column] = texts.set(texts.str.strip_chars() == "", None)
        return cells[column]

    fields: dict[str, pl.Series] = {}
    for field, columns in mapping.columns.items():
        parts = [cell(column) for column in columns]
        if not parts:
            continue
        join = JOINS[field]
        if len(parts) == 1:
            fields[field] = parts[0].alias(field)
        elif join is None:
            fields[field] = pl.select(pl.coalesce(*parts)).to_series().alias(field)
        else:
            joined = pl.select(pl.concat_str(*parts, separator=join, ignore_nulls=True)).to_series()
            fields[field] = joined.set(joined == "", None).alias(field)
    frame = pl.DataFrame({"record_id": pl.Series(record_ids, dtype=pl.String), **fields})
    return conform(frame.with_columns(source=pl.lit(source)), RECORDS, "intake")
