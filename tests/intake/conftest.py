"""Workbooks made by hand, so that tests can make broken and hostile ones too. All content is synthetic."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from html import escape

import pytest

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_RELS = "application/vnd.openxmlformats-package.relationships+xml"

Cell = str | int | float | bool | None
Pack = Callable[[Mapping[str, bytes]], bytes]
MakeXlsx = Callable[..., bytes]


def _letters(column: int) -> str:
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def _cell(cell: Cell, reference: str) -> str:
    match cell:
        case None:
            return ""
        case bool():
            inside = f' t="b"><v>{int(cell)}</v>'
        case int() | float():
            inside = f"><v>{cell}</v>"
        case str() if cell.startswith("=date:"):  # a day number shown as a date
            inside = f' s="1"><v>{cell[6:]}</v>'
        case str() if cell.startswith("=time:"):  # a day number shown as a date and time
            inside = f' s="2"><v>{cell[6:]}</v>'
        case str() if cell.startswith("=formula:"):
            formula, _, value = cell[9:].rpartition(":")
            inside = f' t="str"><f>{escape(formula)}</f><v>{escape(value)}</v>'
        case str():
            inside = f' t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is>'
    return f'<c r="{reference}"{inside}</c>'


def sheet_xml(rows: Sequence[Sequence[Cell]], merged: Sequence[str] = (), extra: str = "") -> bytes:
    """A worksheet's XML; `extra` is put after the rows, inside the sheet's data."""
    lines = []
    for number, row in enumerate(rows, 1):
        cells = "".join(_cell(cell, f"{_letters(column)}{number}") for column, cell in enumerate(row, 1))
        if cells:
            lines.append(f'<row r="{number}">{cells}</row>')
    spans = "".join(f'<mergeCell ref="{span}"/>' for span in merged)
    spans = f'<mergeCells count="{len(merged)}">{spans}</mergeCells>' if merged else ""
    body = f"<sheetData>{''.join(lines)}{extra}</sheetData>{spans}"
    return f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{_MAIN}">{body}</worksheet>'.encode()


def pack(members: Mapping[str, bytes]) -> bytes:
    """A zip archive that is the same every time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def xlsx_members(sheets: Mapping[str, bytes], hidden: Sequence[str] = ()) -> dict[str, bytes]:
    """All members of a minimal XLSX with these sheets' XML by name."""
    numbered = list(enumerate(sheets, 1))
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_KIND}"/>'
        for number, _ in numbered
    )
    index = "".join(
        f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}" '
        f'state="{"hidden" if name in hidden else "visible"}"/>'
        for number, name in numbered
    )
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number, _ in numbered
    )
    styles = (
        f'<styleSheet xmlns="{_MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/>'
        '<numFmt numFmtId="165" formatCode="yyyy-mm-dd hh:mm"/></numFmts><cellXfs count="3">'
        '<xf numFmtId="0"/><xf numFmtId="164" applyNumberFormat="1"/>'
        '<xf numFmtId="165" applyNumberFormat="1"/>'
        "</cellXfs></styleSheet>"
    )
    members = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="{_RELS}"/><Default Extension="xml" ContentType="application/xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f"<sheets>{index}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}'
        f'<Relationship Id="rId99" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": styles,
    }
    packed = {name: text.encode() for name, text in members.items()}
    return packed | {f"xl/worksheets/sheet{number}.xml": sheets[name] for number, name in numbered}


@pytest.fixture
def make_pack() -> Pack:
    """Members by name into the bytes of a zip archive."""
    return pack


@pytest.fixture
def make_xlsx() -> MakeXlsx:
    """Rows of cells (or a sheet's whole XML) by sheet name into the bytes of an XLSX."""

    def make(
        sheets: Mapping[str, Sequence[Sequence[Cell]] | bytes],
        *,
        hidden: Sequence[str] = (),
        merged: Sequence[str] = (),
        change: Mapping[str, bytes | None] | None = None,
    ) -> bytes:
        xml = {
            name: rows if isinstance(rows, bytes) else sheet_xml(rows, merged)
            for name, rows in sheets.items()
        }
        members = xlsx_members(xml, hidden) | dict(change or {})
        return pack({name: content for name, content in members.items() if content is not None})

    return make
