"""Workbooks (XLSX, XLS, ODS): checked before they are parsed, because a small file can claim a huge table."""

from __future__ import annotations

import io
import re
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from html import unescape
from typing import NamedTuple

import msgspec
import python_calamine as calamine

from amparo.errors import AmparoError, Issue
from amparo.intake.archive import ZIP, Archive
from amparo.intake.sheet import CELL_LIMIT, Sheet, assemble

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
INDEXES = frozenset(("xl/workbook.xml", "xl/workbook.bin", "content.xml"))  # what makes a ZIP a workbook
_SPARSE = 50  # cells of the claimed rectangle for each cell written
_SPARSE_FROM = 2_000_000
_KEPT = 1 << 20  # bytes of the workbook's own index that are looked at
_TAIL = 200  # characters carried from chunk to chunk: longer than a cell's opening tag up to its reference
_REFERENCE = re.compile(rb"""[<:]c\s[^<>]*?\br\s*=\s*["']\s*([A-Za-z$]{0,6}\d{1,9})""")
_ROW = re.compile(rb"""[<:]row\s[^<>]*?\br\s*=\s*["']\s*(\d{1,9})""")
_LETTERS = bytes(range(65, 91)) + bytes(range(97, 123)) + b"$"
_INDEX, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


class Extent(NamedTuple):
    """What a worksheet's XML holds: cells written, formulas, and the corner they claim."""

    cells: int
    formulas: int
    last_row: int
    last_column: int

    @property
    def corner(self) -> str:
        """The claimed last cell in Excel's own notation."""
        letters, column = "", self.last_column
        while column:
            column, rest = divmod(column - 1, 26)
            letters = chr(65 + rest) + letters
        return f"{letters}{self.last_row}"


def read(content: bytes, file_name: str, *, sheet: str | None) -> Sheet:
    """Read one sheet of a workbook; typed cells become text, dates as ISO 8601.

    Raises intake.password, broken, bomb, far_cell, no_sheet, not_a_table and those of `sheet.assemble`.
    """
    extents = _checked(content, file_name)
    with _opened(content, file_name) as book:
        return _read_book(book, file_name, sheet, extents)


def read_rows(content: bytes, file_name: str) -> dict[str, list[list[str]]]:
    """All rows of every visible worksheet by its name, column names included. Raises as `read`."""
    extents = _checked(content, file_name)
    sheets: dict[str, list[list[str]]] = {}
    area = 0
    with _opened(content, file_name) as book:
        for name in _visible(book):
            if name in extents:
                _check_extent(extents[name], file_name, name)
            sheet = book.get_sheet_by_name(name)
            area += sheet.total_height * sheet.total_width
            if area > CELL_LIMIT:
                corner = Extent(0, 0, sheet.total_height, sheet.total_width).corner
                raise AmparoError("intake.far_cell", file=file_name, sheet=name, cell=corner)
            sheets[name] = _texts(sheet) if sheet.start is not None else []
    return sheets


def _checked(content: bytes, file_name: str) -> dict[str, Extent]:
    """What the worksheets claim, where the format says so before it is parsed."""
    if content.startswith(ZIP):
        return _inspect(content, file_name)
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise AmparoError("intake.password", file=file_name)
    return {}


@contextmanager
def _opened(content: bytes, file_name: str) -> Generator[calamine.CalamineWorkbook]:
    try:
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            yield book
    except calamine.PasswordError:
        raise AmparoError("intake.password", file=file_name) from None
    except calamine.CalamineError:
        raise AmparoError("intake.broken", file=file_name) from None


def _visible(book: calamine.CalamineWorkbook, wanted: str | None = None) -> list[str]:
    return [
        meta.name
        for meta in book.sheets_metadata
        if meta.typ is calamine.SheetTypeEnum.WorkSheet
        and (meta.visible is calamine.SheetVisibleEnum.Visible or meta.name == wanted)
    ]


def _read_book(
    book: calamine.CalamineWorkbook, file_name: str, wanted: str | None, extents: dict[str, Extent]
) -> Sheet:
    names = _visible(book, wanted)
    if wanted is not None and wanted not in names:
        raise AmparoError("intake.no_sheet", file=file_name, sheet=wanted, sheets=", ".join(names))
    for path, extent in extents.items():
        if path not in book.sheet_names:
            _check_extent(extent, file_name, path)
    filled = [name for name in names if name not in extents or extents[name].cells]
    chosen: calamine.CalamineSheet | None = None
    for name in filled if wanted is None else [wanted]:
        if name in extents:
            _check_extent(extents[name], file_name, name)
        candidate = book.get_sheet_by_name(name)
        if candidate.start is not None:
            chosen = candidate
            break
    if chosen is None:
        raise AmparoError("intake.empty", file=file_name)
    others = [name for name in filled if name != chosen.name]
    return _read_table(chosen, file_name, others, extents.get(chosen.name))


def _read_table(
    chosen: calamine.CalamineSheet, file_name: str, others: list[str], extent: Extent | None
) -> Sheet:
    """One worksheet as a `Sheet`, with what the user must know of its formulas and merged cells."""
    where = {"file": file_name, "sheet": chosen.name}
    issues: list[Issue] = []
    if others:
        issues.append(Issue("intake.other_sheets", where | {"others": ", ".join(others)}))
    if extent is not None and extent.formulas:
        issues.append(Issue("intake.formulas", where | {"count": extent.formulas}))
    height, width = chosen.total_height, chosen.total_width
    if height * width > CELL_LIMIT:
        raise AmparoError("intake.far_cell", **where, cell=Extent(0, 0, height, width).corner)
    table = assemble(_texts(chosen), file_name, sheet_name=chosen.name, issues=issues)
    first = table.row_numbers[0]
    merged = [start for start, end in chosen.merged_cell_ranges or () if end[0] + 1 >= first]
    if not merged:
        return table
    facts = where | {"row": min(row for row, _ in merged) + 1, "count": len(merged)}
    return msgspec.structs.replace(table, issues=(*table.issues, Issue("intake.merged", facts)))


def _texts(sheet: calamine.CalamineSheet) -> list[list[str]]:
    return [
        [cell if isinstance(cell, str) else _text(cell) for cell in row]
        for row in sheet.to_python(skip_empty_area=False)
    ]


def _text(cell: object) -> str:
    """What a person would copy from a typed cell: no invented time, no decimals of a whole number."""
    match cell:
        case bool():
            text = "TRUE" if cell else "FALSE"
        case float():
            text = str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case datetime() if cell.time() == time():
            text = cell.date().isoformat()
        case datetime():
            text = cell.isoformat(" ", "seconds" if cell.second else "minutes")
        case date() | time():
            text = cell.isoformat()
        case timedelta():
            minutes, seconds = divmod(round(cell.total_seconds()), 60)
            text = f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
        case _:
            text = str(cell)
    return text


def _check_extent(extent: Extent, file_name: str, sheet: str) -> None:
    area = extent.last_row * extent.last_column
    if area > CELL_LIMIT or (area > _SPARSE_FROM and area > _SPARSE * extent.cells):
        raise AmparoError("intake.far_cell", file=file_name, sheet=sheet, cell=extent.corner)


def _inspect(content: bytes, file_name: str) -> dict[str, Extent]:
    """Unpack every member once, keeping nothing but counts; give the extent of each worksheet by its name."""
    archive = Archive(content, file_name)
    if not INDEXES.intersection(archive.names):
        raise AmparoError("intake.not_a_table", file=file_name)
    extents: dict[str, Extent] = {}
    kept: dict[str, bytes] = {}
    for name in archive.names:
        scan = _Scan() if re.search(r"sheets?/[^/]+\.xml$", name) else None
        keep = name in (_INDEX, _RELATIONS)
        for piece in archive.pieces(name):
            if scan is not None:
                scan.feed(piece)
            if keep and len(kept.get(name, b"")) < _KEPT:
                kept[name] = kept.get(name, b"") + piece
        if scan is not None:
            extents[name] = scan.extent()
    return _by_sheet_name(extents, kept)


class _Scan:
    """Counts cells and finds the farthest one in a worksheet's XML, a piece at a time."""

    def __init__(self) -> None:
        self._carry = b""
        self._cells = self._rows = self._formulas = 0
        self._last_row = 0
        self._columns: set[bytes] = set()

    def feed(self, piece: bytes) -> None:
        """Look at the next piece; a tag cut by its end is looked at again with the next one."""
        text = self._carry + piece
        cut = text.rfind(b"<", max(0, len(text) - _TAIL))
        done, self._carry = (text[:cut], text[cut:]) if cut >= 0 else (text, b"")
        self._look(done)

    def _look(self, text: bytes) -> None:
        references = _REFERENCE.findall(text)
        rows = _ROW.findall(text)
        self._cells += len(references) or text.count(b"<c>") + text.count(b"<c ")
        self._rows += len(rows) or text.count(b"<row")
        self._formulas += text.count(b"<f>") + text.count(b"<f ")
        joined = b" ".join(references)
        numbers = rows + joined.translate(None, _LETTERS).split()
        self._last_row = max(self._last_row, max(map(int, numbers), default=0))
        self._columns.update(joined.upper().translate(None, b"$0123456789").split())

    def extent(self) -> Extent:
        """What the whole worksheet holds; cells without references are taken to stand in even rows."""
        self._look(self._carry)
        last_column = max(map(_column_number, self._columns), default=0)
        last_column = last_column or -(-self._cells // max(1, self._rows))
        return Extent(self._cells, self._formulas, max(self._last_row, self._rows), last_column)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _by_sheet_name(extents: dict[str, Extent], kept: dict[str, bytes]) -> dict[str, Extent]:
    """Extents under the names users see; worksheets the workbook's index does not name keep their path."""
    targets = {item.get("Id", ""): item.get("Target", "") for item in _tags(kept, _RELATIONS, "Relationship")}
    found = dict(extents)
    for item in _tags(kept, _INDEX, "sheet"):
        target = targets.get(item.get("id", ""), "")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if path in extents:
            found[item.get("name", "")] = found.pop(path, extents[path])
    return found


def _tags(kept: dict[str, bytes], member: str, tag: str) -> list[dict[str, str]]:
    """Attributes, without their prefixes, of each element of that name."""
    text = kept.get(member, b"").decode("utf-8", "replace")
    elements = re.findall(rf"<(?:\w+:)?{tag}\s([^<>]*)>", text)
    pairs = (re.findall(r"""(?:\w+:)?(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)')""", element) for element in elements)
    return [{name: unescape(double or single) for name, double, single in found} for found in pairs]
