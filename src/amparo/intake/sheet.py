"""A table as read: which row holds the column names, and what the user must know about the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from amparo.errors import AmparoError, Issue
from amparo.intake import kinds
from amparo.intake.headers import known

FILE_LIMIT = 512 << 20  # bytes of a file as received
CELL_LIMIT = 20_000_000  # cells of the rectangle that holds all rows
COLUMN_LIMIT = 16_384  # the widest sheet Excel can hold
_TITLE_ROWS = 30  # the column names are looked for in the first rows that hold anything


class Sheet(msgspec.Struct, frozen=True):
    """One table: verbatim cell texts below its column names."""

    file_name: str
    headers: tuple[str, ...]  # unique; "(3)" where the third column has no name
    rows: list[tuple[str, ...]]  # each as long as `headers`; rows that hold nothing are left out
    row_numbers: list[int]  # where a spreadsheet program shows each row, from 1
    sheet_name: str | None = None  # workbooks
    encoding: str | None = None  # delimited text
    delimiter: str | None = None
    issues: tuple[Issue, ...] = ()
    language: str | None = None  # of the answers to a form


def assemble(
    records: list[list[str]],
    file_name: str,
    *,
    sheet_name: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    issues: list[Issue] | None = None,
) -> Sheet:
    """Make a `Sheet` of all rows of a table, blank ones included.

    Raises `intake.empty`, `intake.no_header`, `intake.no_rows`, `intake.too_wide`.
    """
    notes = list(issues or ())
    numbered = [(number, record) for number, record in enumerate(records, 1) if any(map(str.strip, record))]
    if not numbered:
        raise AmparoError("intake.empty", file=file_name)
    place = find_header([record for _, record in numbered[:200]], file_name, numbered[0][0])
    header_row, header = numbered[place]
    body = numbered[place + 1 :]
    if not body:
        raise AmparoError("intake.no_rows", file=file_name, row=header_row)
    if place:
        notes.append(Issue("intake.header_row", {"file": file_name, "row": header_row}))

    names = [" ".join(cell.split()) for cell in header]
    while names and not names[-1]:
        names.pop()
    again = [number for number, record in body if record == header]
    if again:
        body = [(number, record) for number, record in body if record != header]
        facts = {"file": file_name, "row": again[0], "count": len(again)}
        notes.append(Issue("intake.header_again", facts))
        if not body:
            raise AmparoError("intake.no_rows", file=file_name, row=header_row)
    rows = _level(body, len(names), file_name, notes)
    headers, kept = _name_columns(names, rows, {"file": file_name, "row": header_row}, notes)
    if len(kept) < len(rows[0]):
        rows = [tuple([row[place] for place in kept]) for row in rows]
    numbers = [number for number, _ in body]
    return Sheet(file_name, headers, rows, numbers, sheet_name, encoding, delimiter, tuple(notes))


def find_header(records: list[list[str]], file_name: str, first_row: int) -> int:
    """Index of the row that holds the column names, among the first rows that hold anything.

    Titles above the names fill few cells; the names are the row with the most known column words, else the
    first row about as full as the rest. Raises `intake.no_header` when that row looks like data.
    """
    filled = [sum(1 for cell in record if cell.strip()) for record in records]
    typical = sorted(filled)[len(filled) // 2]
    head = records[:_TITLE_ROWS]
    words = [sum(map(known, record)) for record in head]
    most = max(words)
    if most >= min(2, typical):
        return words.index(most)
    full = [place for place, count in enumerate(filled[: len(head)]) if 2 * count >= typical]
    place = full[0]
    if not words[place] and _is_data(records[place], records[place + 1 :]):
        raise AmparoError("intake.no_header", file=file_name, row=first_row)
    return place


def _is_data(record: list[str], below: list[list[str]]) -> bool:
    """Whether a row without a known column word looks like the rows below it rather than like their names."""
    looks: tuple[Callable[[str], bool], ...] = (kinds.is_date, kinds.is_number, kinds.is_sex)
    for column, cell in enumerate(record):
        if not cell.strip():
            continue
        if any(look(cell) for look in looks):
            return True
        values = [row[column] for row in below if len(row) > column and row is not record and row != record]
        if cell in values:
            return True
    cells = [cell for cell in record if cell.strip()]
    if len(cells) == 1 and kinds.is_name(cells[0]):
        column = record.index(cells[0])
        return (kinds.share((row[column] for row in below if len(row) > column), kinds.is_name) or 0) > 0.5
    return False


def _level(
    body: list[tuple[int, list[str]]], named: int, file_name: str, notes: list[Issue]
) -> list[tuple[str, ...]]:
    """All rows at one width: short ones filled with blanks, none cut."""
    short: list[tuple[int, int]] = []
    long: list[tuple[int, int]] = []
    width = named
    for number, record in body:
        cells = len(record)
        if cells > named:
            while cells > named and not record[cells - 1].strip():
                cells -= 1
            if cells > named:
                long.append((number, cells))
                width = max(width, cells)
        elif cells < named:
            short.append((number, cells))
    if width > COLUMN_LIMIT or width * len(body) > CELL_LIMIT * 2:
        number, cells = max(long, key=lambda item: item[1], default=(body[0][0], width))
        raise AmparoError("intake.too_wide", file=file_name, row=number, cells=cells, limit=COLUMN_LIMIT)
    for code, found in (("intake.row_short", short), ("intake.row_long", long)):
        if found:
            number, cells = found[0]
            facts = {"file": file_name, "row": number, "cells": cells, "columns": named, "count": len(found)}
            notes.append(Issue(code, facts))
    if not short and not long and all(len(record) == width for _, record in body):
        return [tuple(record) for _, record in body]
    return [tuple(record[:width]) + ("",) * (width - len(record)) for _, record in body]


def _name_columns(
    names: list[str], rows: list[tuple[str, ...]], where: dict[str, Any], notes: list[Issue]
) -> tuple[tuple[str, ...], list[int]]:
    """Unique column names and the columns kept: a column without a name and without a value is none."""
    named = len(names)
    names = names + [""] * (len(rows[0]) - named)
    kept = [
        place for place, name in enumerate(names) if name or any(record[place].strip() for record in rows)
    ]
    taken = Counter(name for name in names if name)
    seen: Counter[str] = Counter()
    headers: list[str] = []
    for place in kept:
        name = names[place]
        seen[name] += 1
        if not name:
            label = f"({place + 1})"
            if place < named:  # the columns beyond come from rows too long, told already
                notes.append(Issue("intake.header_blank", where | {"column": label}))
        elif seen[name] > 1:
            label = f"{name} ({seen[name]})"
            notes.append(Issue("intake.header_twice", where | {"column": name, "renamed": label}))
        else:
            label = name
        while label in headers or (label != name and label in taken):
            label += "'"
        headers.append(label)
    return tuple(headers), kept
