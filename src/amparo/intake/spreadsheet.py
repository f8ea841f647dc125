"""Spreadsheet files in, one table of verbatim texts out: CSV, TSV, XLSX, XLS, ODS."""

from __future__ import annotations

from amparo.errors import AmparoError
from amparo.intake import delimited, workbook
from amparo.intake.archive import ZIP
from amparo.intake.sheet import FILE_LIMIT, Sheet

_NOT_TABLES = (
    b"%PDF",
    b"{\\rtf",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"<!DOCTYPE",
    b"<html",
    b"<?xml",
    b"<HTML",
)

# Bytes of a text that holds no cell: blanks, separators, quotation marks, byte-order marks.
_BLANK = b' \t\r\n\0,;|"\xef\xbb\xbf\xff\xfe'


def check_size(content: bytes, file_name: str) -> None:
    """Raise intake.file_too_large for a file that is refused unread."""
    if len(content) > FILE_LIMIT:
        raise AmparoError("intake.file_too_large", file=file_name, limit=FILE_LIMIT >> 20)


def read_sheet(
    content: bytes,
    file_name: str,
    *,
    sheet: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
) -> Sheet:
    """Read one table from the bytes of a file; `file_name` only names it in messages.

    What is not given is found: the format by the content, the encoding and separator of text, the first
    visible sheet of a workbook that holds anything, the row of the column names. Hostile files belong in
    `quarantine.read_quarantined`, which calls this in a limited child.

    Raises `AmparoError`: intake.file_too_large, empty, not_a_table, no_header, no_rows, too_wide; for text
    encoding, encoding_unknown, nul, line_too_long, cell_too_long, quote_open; for workbooks password, broken,
    bomb, far_cell, no_sheet.
    """
    check_size(content, file_name)
    if not content.strip(_BLANK):
        raise AmparoError("intake.empty", file=file_name)
    if content.startswith((ZIP, workbook.OLE)):
        return workbook.read(content, file_name, sheet=sheet)
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:16].startswith(_NOT_TABLES):
        raise AmparoError("intake.not_a_table", file=file_name)
    return delimited.read(content, file_name, delimiter=delimiter, encoding=encoding)
