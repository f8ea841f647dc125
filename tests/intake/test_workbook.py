"""Workbooks that claim more than they hold, that are locked, broken, or more than one table."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from amparo.errors import AmparoError
from amparo.intake import archive
from amparo.intake.quarantine import read_quarantined
from amparo.intake.spreadsheet import read_sheet

MakeXlsx = Callable[..., bytes]
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
ROWS = [["nombre", "edad"], ["Uno Sintético", 30], ["Dos Sintético", 31]]


def _code(content: bytes, **options: str) -> str:
    with pytest.raises(AmparoError) as error:
        read_sheet(content, "lista.xlsx", **options)
    return error.value.code


@pytest.mark.parametrize("reference", ["A1048576", "XFD3", "XFD1048576", "ZZZZ9999999"])
def test_far_cell_is_refused_before_parsing(make_xlsx: MakeXlsx, reference: str) -> None:
    row = "".join(filter(str.isdigit, reference))
    wide = [["nombre", *(f"c{number}" for number in range(20))], *ROWS[1:]]
    extra = f'<row r="{row}"><c r="{reference}"><v>1</v></c></row>'
    content = make_xlsx({"Hoja1": wide, "Otra": _with_extra(extra)})
    assert len(content) < 6_000
    if reference == "XFD3":  # three rows of 16,384 columns are no burden
        assert read_sheet(content, "a.xlsx", sheet="Otra").headers[:2] == ("nombre", "edad")
    else:
        assert _code(content, sheet="Otra") == "intake.far_cell"
    assert len(read_sheet(content, "a.xlsx", sheet="Hoja1").rows) == 2


def _with_extra(extra: str) -> bytes:
    rows = "".join(
        f'<row r="{number}"><c r="A{number}" t="inlineStr"><is><t>{name}</t></is></c>'
        f'<c r="B{number}" t="inlineStr"><is><t>{age}</t></is></c></row>'
        for number, (name, age) in enumerate(ROWS, 1)
    )
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}{extra}</sheetData></worksheet>'.encode()


def test_far_cell_of_a_sheet_the_index_hides_is_found(make_xlsx: MakeXlsx) -> None:
    far = _with_extra('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    assert _code(make_xlsx({"Hoja1": ROWS}, change={"xl/worksheets/sheet7.xml": far})) == "intake.far_cell"


def test_reference_cut_between_pieces_is_seen(make_xlsx: MakeXlsx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_CHUNK", 37)
    far = _with_extra('<row r="1048576"><c s="0" r="XFD1048576"><v>1</v></c></row>')
    assert _code(make_xlsx({"Hoja1": far})) == "intake.far_cell"
    assert len(read_sheet(make_xlsx({"Hoja1": ROWS}), "a.xlsx").rows) == 2


def test_bomb_is_measured_as_it_unpacks(make_xlsx: MakeXlsx) -> None:
    content = make_xlsx({"Hoja1": ROWS}, change={"xl/media/a.xml": b"\0" * (80 << 20)})
    assert len(content) < 200_000
    assert _code(content) == "intake.bomb"


def test_bomb_that_declares_a_small_size(make_xlsx: MakeXlsx) -> None:
    content = bytearray(make_xlsx({"Hoja1": ROWS}, change={"xl/media/a.xml": b"\0" * (80 << 20)}))
    true_size = struct.pack("<I", 80 << 20)
    assert content.count(true_size) >= 1
    assert _code(bytes(content.replace(true_size, struct.pack("<I", 80)))) == "intake.bomb"


def test_too_many_members(make_xlsx: MakeXlsx) -> None:
    many = {f"xl/media/{number}.bin": b"" for number in range(2_100)}
    assert _code(make_xlsx({"Hoja1": ROWS}, change=many)) == "intake.bomb"


def test_declared_size_alone_is_enough(make_xlsx: MakeXlsx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "UNPACKED_LIMIT", 1_000)
    assert _code(make_xlsx({"Hoja1": ROWS})) == "intake.bomb"


def test_locked_members_ask_for_a_copy_without_password(make_xlsx: MakeXlsx) -> None:
    content = bytearray(make_xlsx({"Hoja1": ROWS}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(signature)
        while place >= 0:
            content[place + offset] |= 1
            place = content.find(signature, place + 4)
    assert _code(bytes(content)) == "intake.password"


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_truncated_workbook_is_broken(make_xlsx: MakeXlsx, share: float) -> None:
    content = make_xlsx({"Hoja1": ROWS})
    assert _code(content[: int(len(content) * share)]) == "intake.broken"


@pytest.mark.parametrize("place", range(40, 1_400, 68))
def test_a_damaged_byte_gives_a_table_or_a_code(make_xlsx: MakeXlsx, place: int) -> None:
    content = bytearray(make_xlsx({"Hoja1": ROWS}))
    content[place] ^= 0xFF
    try:
        assert len(read_sheet(bytes(content), "a.xlsx").rows) <= 3
    except AmparoError as error:
        assert error.code.startswith("intake.")


def test_worksheet_missing_or_not_xml(make_xlsx: MakeXlsx) -> None:
    assert _code(make_xlsx({"Hoja1": ROWS}, change={"xl/worksheets/sheet1.xml": None})) == "intake.broken"
    assert _code(make_xlsx({"Hoja1": b"<worksheet><sheetData><row r="})) in ("intake.broken", "intake.empty")


def test_entities_do_not_expand(make_xlsx: MakeXlsx) -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE w [<!ENTITY e0 "ha">{levels}]>'.encode() + _with_extra(
        '<row r="4"><c r="A4" t="inlineStr"><is><t>&e9;</t></is></c></row>'
    )
    try:
        sheet = read_quarantined(make_xlsx({"Hoja1": bomb}), "a.xlsx", memory_mb=512)
        assert sum(len(cell) for row in sheet.rows for cell in row) < 1_000
    except AmparoError as error:
        assert error.code in ("intake.broken", "intake.child_died")


def test_sheet_by_name_hidden_ones_too(make_xlsx: MakeXlsx) -> None:
    content = make_xlsx({"Uno": ROWS, "Dos": [["name", "age"], ["Synthetic", 1]]}, hidden=["Dos"])
    assert read_sheet(content, "a.xlsx").sheet_name == "Uno"
    assert read_sheet(content, "a.xlsx", sheet="Dos").rows == [("Synthetic", "1")]
    with pytest.raises(AmparoError) as error:
        read_sheet(content, "a.xlsx", sheet="Tres")
    assert error.value.facts == {"file": "a.xlsx", "sheet": "Tres", "sheets": "Uno"}


def test_rows_keep_the_numbers_excel_shows(make_xlsx: MakeXlsx) -> None:
    rows = [[], [], ["nombre", "edad"], [], ["Uno Sintético", 30], ["Dos Sintético", 31]]
    sheet = read_sheet(make_xlsx({"Hoja1": rows}), "a.xlsx")
    assert sheet.row_numbers == [5, 6]


def test_only_blank_sheets(make_xlsx: MakeXlsx) -> None:
    assert _code(make_xlsx({"Hoja1": [], "Hoja2": [["  "]]})) == "intake.empty"


def test_shared_and_formatted_texts_as_excel_writes_them(make_xlsx: MakeXlsx) -> None:
    texts = ["nombre", "edad", "Uno Sintético", "30"]
    items = "".join(f"<si><t>{text}</t></si>" for text in texts)
    formatted = '<si><r><t xml:space="preserve">Dos </t></r><r><rPr><b/></rPr><t>Sintético</t></r></si>'
    shared = f'<sst xmlns="{_MAIN}">{items}{formatted}</sst>'.encode()
    cells = {"A1": 0, "B1": 1, "A2": 2, "B2": 3, "A3": 4, "B3": 3}
    lines = {
        row: "".join(f'<c r="{at}" t="s"><v>{text}</v></c>' for at, text in cells.items() if at.endswith(row))
        for row in "123"
    }
    rows = "".join(f'<row r="{row}">{line}</row>' for row, line in lines.items())
    sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'.encode()
    relations = (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="/xl/worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    ).encode()
    change = {"xl/sharedStrings.xml": shared, "xl/_rels/workbook.xml.rels": relations}
    found = read_sheet(make_xlsx({"Hoja1": sheet}, change=change), "a.xlsx")
    assert found.rows == [("Uno Sintético", "30"), ("Dos Sintético", "30")]


def test_opendocument_with_repeated_blank_rows(make_pack: Callable[..., bytes]) -> None:
    names = "office", "table", "text"
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in names)

    def row(*texts: str) -> str:
        cells = (
            f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
            for text in texts
        )
        return f"<table:table-row>{''.join(cells)}</table:table-row>"

    blank = '<table:table-row table:number-rows-repeated="{}"><table:table-cell/></table:table-row>'
    body = row("nombre", "edad") + blank.format(2) + row("Uno Sintético", "30") + blank.format(1_000_000)
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="Hoja1">{body}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    manifest = '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    members = {
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": content.encode(),
        "META-INF/manifest.xml": manifest.encode(),
    }
    sheet = read_quarantined(make_pack(members), "a.ods")
    assert (sheet.headers, sheet.rows) == (("nombre", "edad"), [("Uno Sintético", "30")])
    assert sheet.row_numbers == [4]


def test_member_that_inflates_badly(make_xlsx: MakeXlsx) -> None:
    content = make_xlsx({"Hoja1": ROWS})
    place = content.find(b"xl/worksheets/sheet1.xml") + len("xl/worksheets/sheet1.xml")
    assert _code(content[:place] + b"\xff" * 20 + content[place + 20 :]) == "intake.broken"
