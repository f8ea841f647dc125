"""Golden files read as their JSON says, here and in quarantine; texts written as CSV come back verbatim."""

from __future__ import annotations

import csv
import io
import json
import re
import string
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from amparo.codes import CODES
from amparo.errors import AmparoError
from amparo.intake import sheet as sheet_module
from amparo.intake import spreadsheet
from amparo.intake.quarantine import read_quarantined
from amparo.intake.spreadsheet import read_sheet

GOLDEN = Path(__file__).parent / "golden"
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "cp850", "mac_roman"]
SEPARATORS = [",", ";", "\t", "|"]
SYNTHETIC = [
    ["Nombre", "Apellidos", "Edad", "Fecha del hecho", "Municipio", "Relato"],
    ["José Ángel", "Núñez Sintético", "34", "05/11/2018", "Usulután", 'dijo: "vámonos"; y se fue'],
    ["María", "Güell Sintética", "", "2018-08", "La Unión", "primera línea\nsegunda, línea"],
    ["ÓSCAR", "IBÁÑEZ SINTÉTICO", "19", "en agosto", "MORAZÁN", "=1+1"],
]


def _csv(rows: list[list[str]], separator: str = ",") -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=separator).writerows(rows)
    return buffer.getvalue()


def _outcome(read: Any, content: bytes, name: str) -> dict[str, Any]:
    try:
        sheet = read(content, name)
    except AmparoError as error:
        return {"error": error.code, "facts": error.facts}
    found = {
        "encoding": sheet.encoding,
        "delimiter": sheet.delimiter,
        "sheet_name": sheet.sheet_name,
        "headers": list(sheet.headers),
        "rows": [list(row) for row in sheet.rows],
        "row_numbers": sheet.row_numbers,
        "issues": [list(issue) for issue in sheet.issues],
    }
    return {key: value for key, value in found.items() if value is not None}


@pytest.mark.parametrize("read", [read_sheet, read_quarantined])
@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_golden(path: Path, read: Any) -> None:
    source = path.with_suffix("")
    if read is read_quarantined and source.name in ("documento.pdf", "pagina.xls"):
        pytest.skip("lists in PDF and web pages have readers of their own")
    expected = json.loads(path.read_text(encoding="utf-8"))
    assert _outcome(read, source.read_bytes(), source.name) == expected


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("separator", SEPARATORS)
def test_encoding_and_separator_are_found(encoding: str, separator: str) -> None:
    sheet = read_sheet(_csv(SYNTHETIC, separator).encode(encoding), "lista.csv")
    assert sheet.headers == tuple(SYNTHETIC[0])
    assert sheet.rows == [tuple(row) for row in SYNTHETIC[1:]]
    assert sheet.delimiter == separator
    assert sheet.row_numbers == [2, 3, 4]
    assert not sheet.issues


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "mac_roman"])
@pytest.mark.parametrize("case", [str.lower, str.title, str.upper])
def test_one_byte_page_is_found_from_few_accents(encoding: str, case: Any) -> None:
    words = ["josé", "peña", "ramón", "ibáñez", "núñez", "sofía", "usulután", "güell", "morazán", "unión"]
    plain = [["nombre", "lugar"], *([["ana", "luis"][turn % 2], "apopa"] for turn in range(20))]
    for count in (2, 3, 8):
        rows = [row[:] for row in plain]
        for turn in range(count):
            rows[1 + 2 * turn][0] = case(words[(5 * count + turn) % len(words)])
        assert read_sheet(_csv(rows).encode(encoding), "lista.csv").rows == [tuple(row) for row in rows[1:]]


_TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=12)


@given(
    rows=st.integers(1, 5).flatmap(
        lambda width: st.lists(st.lists(_TEXT, min_size=width, max_size=width), min_size=1, max_size=6)
    ),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    separator=st.sampled_from(SEPARATORS),
)
@settings(max_examples=150, deadline=None)
def test_any_table_is_read_back_verbatim(rows: list[list[str]], encoding: str, separator: str) -> None:
    header = ["Nombre", "Edad", "Fecha", "Sexo", "Municipio"][: len(rows[0])]
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    assume(rows and header not in rows)
    content = _csv([header, *rows], separator).encode(encoding)
    sheet = read_sheet(content, "lista.csv", delimiter=separator, encoding=encoding)
    assert sheet.headers == tuple(header)
    assert sheet.rows == [tuple(row) for row in rows]


@given(
    cells=st.lists(
        st.text("áéíóúñÁÉÍÓÚÑü" + string.ascii_letters + " ,;|\t\"'\n-.", max_size=20), min_size=9
    ),
    encoding=st.sampled_from(ENCODINGS),
    separator=st.sampled_from(SEPARATORS),
)
@settings(max_examples=150, deadline=None)
def test_spanish_texts_are_read_back_from_any_encoding(
    cells: list[str], encoding: str, separator: str
) -> None:
    header = ["Nombre", "Edad", "Fecha del hecho"]
    rows = [cells[place : place + 3] for place in range(0, len(cells) - 2, 3)]
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    assume(rows)
    content = _csv([header, *rows], separator).encode(encoding)
    sheet = read_sheet(content, "lista.csv", encoding=encoding)
    assert sheet.rows == [tuple(row) for row in rows]


def test_forced_encoding_that_does_not_decode_names_the_row() -> None:
    content = "nombre,lugar\nAna,Apopa\nJosé,Apopa\n".encode("cp1252")
    with pytest.raises(AmparoError, match=r"intake\.encoding") as error:
        read_sheet(content, "a.csv", encoding="utf-8")
    assert error.value.facts == {"file": "a.csv", "row": 3, "encoding": "utf-8"}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"encoding": "klingon"}, "intake.encoding_unknown"),
        ({"encoding": "base64"}, "intake.encoding_unknown"),
        ({"delimiter": ",,"}, "intake.delimiter"),
        ({"delimiter": "\n"}, "intake.delimiter"),
    ],
)
def test_impossible_options(options: dict[str, str], code: str) -> None:
    with pytest.raises(AmparoError) as error:
        read_quarantined(b"nombre,edad\nAna,3\n", "a.csv", **options)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("content", "encoding"),
    [(b"\xef\xbb\xbfnombre\nAna\n", "utf-8"), ("\ufeffnombre\nAna\n".encode("utf-16-le"), "utf-16le")],
)
def test_byte_order_mark_is_no_text_where_the_encoding_is_named(content: bytes, encoding: str) -> None:
    assert read_sheet(content, "a.csv", encoding=encoding).headers == ("nombre",)


@pytest.mark.parametrize("quoted", [b"", b'"'])
def test_endless_line_is_refused(quoted: bytes) -> None:
    content = b"nombre,edad\nAna,3\n" + quoted + b"x" * (5 << 20)
    with pytest.raises(AmparoError) as error:
        read_sheet(content, "a.csv")
    assert (error.value.code, error.value.facts) == (
        "intake.line_too_long",
        {"file": "a.csv", "row": 3, "limit": 4},
    )


def test_long_cell_names_its_row() -> None:
    with pytest.raises(AmparoError) as error:
        read_sheet(b"nombre,edad\nAna,3\nEva," + b"x" * 200_000 + b"\n", "a.csv")
    assert (error.value.code, error.value.facts["row"]) == ("intake.cell_too_long", 3)


def test_file_over_the_limit_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "FILE_LIMIT", 1 << 20)
    for read in (read_sheet, read_quarantined):
        with pytest.raises(AmparoError, match=r"intake\.file_too_large"):
            read(b"nombre\n" + b"Ana\n" * 300_000, "a.csv")


def test_one_wide_row_cannot_blow_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_module, "CELL_LIMIT", 1_000)
    content = b"nombre,edad\n" + b"Ana,3\n" * 100 + b"Eva" + b",1" * 50 + b"\n"
    with pytest.raises(AmparoError) as error:
        read_sheet(content, "a.csv")
    assert (error.value.code, error.value.facts["row"]) == ("intake.too_wide", 102)


def test_columns_without_name_and_value_are_none() -> None:
    sheet = read_sheet(b"nombre,edad,,\nAna,3,,\nEva,4,,\n", "a.csv")
    assert sheet.headers == ("nombre", "edad")
    assert sheet.rows == [("Ana", "3"), ("Eva", "4")]
    assert not sheet.issues


def test_numbered_names_never_collide() -> None:
    sheet = read_sheet(b"fecha,fecha (2),fecha,nombre\n1,2,3,Ana\n", "a.csv")
    assert len(set(sheet.headers)) == 4
    assert sheet.rows == [("1", "2", "3", "Ana")]


@pytest.mark.parametrize(
    "content",
    [
        b"Clave del registro,Quien era,Cuanto\nA-1,Uno,3\nA-2,Dos,4\n",  # no known word, but names
        b"Wer,Wann,Wo\nUno Sint,2018,hier\nDos Sint,2019,dort\n",
        b"nombre,2018,2019\nApopa,3,4\nIzalco,5,6\n",
    ],
)
def test_unusual_column_names_are_accepted(content: bytes) -> None:
    sheet = read_sheet(content, "a.csv")
    assert sheet.headers[0] == content.split(b",")[0].decode()


@pytest.mark.parametrize("language", ["es", "en"])
def test_each_code_has_its_sentence(language: str) -> None:
    catalogue = Path(spreadsheet.__file__).parents[1] / "report" / "catalogue" / language / "errors.toml"
    sentences = tomllib.loads(catalogue.read_text(encoding="utf-8"))
    for code, facts in CODES.items():
        if code.startswith("intake."):
            named = set(re.findall(r"\{(\w+)", sentences[code]))
            assert named <= set(facts), code
            if not code.startswith("intake.proposed"):
                assert "file" in named, code
