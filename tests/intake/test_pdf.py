"""PDF gives its text by page, and the rows of its tables, drawn or set in columns."""

from __future__ import annotations

from itertools import pairwise

import pymupdf
import pytest

from amparo.errors import AmparoError
from amparo.intake import pdf
from amparo.intake.passages import Span, is_found
from amparo.intake.quarantine import in_quarantine, read_quarantined

HEADERS = ("Nombre", "Fecha del hecho", "Municipio")
ROWS = [(f"Persona {number} Sintética", f"{number % 28 + 1}/11/2018", "Apopa") for number in range(60)]
ACROSS = (50, 230, 380, 540)


def _table(*, ruled: bool) -> bytes:
    with pymupdf.open() as document:
        for start in range(0, len(ROWS), 30):
            page = document.new_page()
            page.insert_text((50, 40), "Juzgado Sintético: audiencias", fontsize=12)
            lines = [HEADERS, *ROWS[start : start + 30]]
            for number, cells in enumerate(lines):
                for x, text in zip(ACROSS, cells, strict=False):
                    page.insert_text((x + 3, 74 + 20 * number), text, fontsize=9)
            if ruled:
                for x in ACROSS:
                    page.draw_line((x, 60), (x, 60 + 20 * len(lines)))
                for number in range(len(lines) + 1):
                    page.draw_line((ACROSS[0], 60 + 20 * number), (ACROSS[-1], 60 + 20 * number))
        return document.tobytes()


def _article(pages: int, **options: object) -> bytes:
    with pymupdf.open() as document:
        for number in range(pages):
            page = document.new_page()
            page.insert_text((50, 60), f"Página {number + 1}: en agosto mataron a una persona.")
        return document.tobytes(**options)


@pytest.mark.parametrize("ruled", [True, False])
def test_a_calendar_is_one_table_over_all_pages(ruled: bool) -> None:
    content = _table(ruled=ruled)
    assert in_quarantine(pdf.holds_list, content, "agenda.pdf", file_name="agenda.pdf")
    sheet = read_quarantined(content, "agenda.pdf")
    assert sheet.headers == HEADERS
    assert [row for row in sheet.rows if row[2]] == ROWS
    assert all(before < after for before, after in pairwise(sheet.row_numbers))


def test_a_ruled_cell_holds_all_its_lines() -> None:
    with pymupdf.open() as document:
        page = document.new_page()
        for x in (50, 200, 350):
            page.draw_line((x, 50), (x, 150))
        for y in (50, 80, 150):
            page.draw_line((50, y), (350, y))
        for x, texts in ((60, ["Nombre", "Uno", "Sintético"]), (210, ["Municipio", "San", "Salvador"])):
            for y, text in zip((70, 100, 120), texts, strict=True):
                page.insert_text((x, y), text)
        content = document.tobytes()
    assert read_quarantined(content, "x.pdf").rows == [("Uno Sintético", "San Salvador")]


def test_the_text_is_divided_by_page() -> None:
    content = _article(3)
    document = in_quarantine(pdf.read_pages, content, "nota.pdf", file_name="nota.pdf")
    assert document.kind == "article"
    assert document.published is None
    for number in (1, 2, 3):
        words = f"Página {number}: en agosto"
        start = document.text.index(words)
        assert pdf.page_at(document.text, start) == number
        assert is_found(document, Span(words=words, start=start, end=start + len(words), page=number))
    assert not in_quarantine(pdf.holds_list, content, "nota.pdf", file_name="nota.pdf")


def _scan() -> bytes:
    with pymupdf.open() as document:
        document.new_page()
        return document.tobytes()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (_scan(), "intake.pdf_no_text"),
        (b"%PDF-1.4 nada", "intake.broken"),
        (_article(2)[:300], "intake.broken"),
        (_article(1, encryption=4, user_pw="x", owner_pw="y"), "intake.password"),
    ],
)
def test_what_cannot_be_read_is_told(content: bytes, code: str) -> None:
    for read in (pdf.read_pages, pdf.read_table):
        with pytest.raises(AmparoError) as error:
            in_quarantine(read, content, "x.pdf", file_name="x.pdf")
        assert error.value.code == code
