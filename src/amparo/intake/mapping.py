"""Which columns of a source say what: the mapping from its headers to our cells, and its use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
import polars as pl

from amparo.errors import AmparoError
from amparo.intake.kinds import DateOrder
from amparo.intake.sheet import Sheet
from amparo.records import CELLS, RECORDS, conform

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


DATES = ("birth_date", "event_date", "death_date")


class Mapping(msgspec.Struct, frozen=True):
    """Source columns of each field of `records.CELLS`, and how the source writes dates and names."""

    columns: dict[str, tuple[str, ...]]
    date_order: DateOrder = "DMY"
    name_order: NameOrder | None = None  # None: not the same in all rows, or not known
    ignored: tuple[str, ...] = ()
    # Dates in columns of their own: day, month and year, "" for a part the list does not have. They are
    # written together as one date and stand after the field's other columns.
    date_parts: dict[str, tuple[str, str, str]] = {}

    def filled_from(self, field: str) -> tuple[str, ...]:
        """The columns that fill a field, those of the parts of a date last."""
        parts = self.date_parts.get(field, ())
        return (*self.columns.get(field, ()), *(column for column in parts if column))

    def fits(self, sheet: Sheet) -> bool:
        """Does the sheet have every column that a field is filled from?"""
        return {column for field in CELLS for column in self.filled_from(field)} <= set(sheet.headers)


def check(mapping: Mapping, file_name: str) -> None:
    """Raise intake.unknown_field, mapping_value or column_twice where the mapping cannot be meant."""
    uses: list[tuple[str, str]] = []
    for field, columns in mapping.columns.items():
        if field not in CELLS:
            raise AmparoError("intake.unknown_field", file=file_name, field=field, fields=", ".join(CELLS))
        uses += [(column, field) for column in columns]
    for field, parts in mapping.date_parts.items():
        if field not in DATES:
            raise AmparoError("intake.unknown_field", file=file_name, field=field, fields=", ".join(DATES))
        if not parts[2] or (parts[0] and not parts[1]):
            allowed = '["…", "…", "…"], ["", "…", "…"]'
            raise AmparoError("intake.mapping_value", file=file_name, field=field, allowed=allowed)
        uses += [(column, field) for column in parts if column]
    fields: dict[str, str] = {}
    for column, field in [*uses, *((column, "ignored") for column in mapping.ignored)]:
        first = fields.setdefault(column, field) if column not in fields else fields[column]
        again = (column, field) in uses and uses.count((column, field)) > 1
        if again or (first != field and not {first, field} <= SHARING):
            raise AmparoError("intake.column_twice", file=file_name, column=column, first=first, second=field)


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
    for field in CELLS:
        parts = [cell(column) for column in mapping.columns.get(field, ())]
        if field in mapping.date_parts:
            of_date = [cell(column) if column else None for column in mapping.date_parts[field]]
            parts.append(_dates(*of_date))
        if parts:
            fields[field] = _one(parts, JOINS[field]).alias(field)
    frame = pl.DataFrame({"record_id": pl.Series(record_ids, dtype=pl.String), **fields})
    return conform(frame.with_columns(source=pl.lit(source)), RECORDS, "intake")


def _one(parts: list[pl.Series], join: str | None) -> pl.Series:
    """Several columns as one, by the field's rule."""
    if len(parts) == 1:
        return parts[0]
    if join is None:
        return pl.select(pl.coalesce(*parts)).to_series()
    joined = pl.select(pl.concat_str(*parts, separator=join, ignore_nulls=True)).to_series()
    return joined.set(joined == "", None)


def _dates(day: pl.Series | None, month: pl.Series | None, year: pl.Series | None) -> pl.Series:
    """Dates from their parts: ISO 8601 where the month is a figure, "5 agosto 2018" where it is a word.

    A part that is blank leaves the coarser date; a day without its month says nothing.
    """
    blank = pl.lit(None, dtype=pl.String)
    days, months, years = (blank if part is None else pl.lit(part) for part in (day, month, year))
    days, months, years = (part.str.strip_chars().str.strip_suffix(".0") for part in (days, months, years))
    figures = months.str.contains(r"^\d+$")
    days = pl.when(days.str.contains(r"^\d{1,2}$")).then(days)
    iso = pl.concat_str(
        years, months.str.zfill(2), pl.when(months.is_not_null()).then(days.str.zfill(2)),
        separator="-", ignore_nulls=True,
    )  # fmt: skip
    words = pl.concat_str(days, months, years, separator=" ", ignore_nulls=True)
    whole = pl.when(figures.fill_null(True)).then(iso).otherwise(words)
    return pl.select(pl.when(years.is_not_null()).then(whole)).to_series()
