"""Web pages give their article or their table, whatever else stands around it."""

from __future__ import annotations

import pytest

from amparo.errors import AmparoError
from amparo.intake.markup import holds_list, is_page, read_page, read_table

PAGE = """<!DOCTYPE html><html lang="es-SV"><head><meta charset="utf-8"><title>Otro título</title>
<meta property="og:title" content="Nota sintética"><meta property="og:site_name" content="Diario Sintético">
<meta property="article:published_time" content="2019-03-04T10:00:00-06:00">
<script>var x = "Ajena";</script></head>
<body><nav>Inicio</nav><article><h1>Nota sintética</h1><p>En agosto mataron a <b>una persona</b>.</p>
<p>Segundo&nbsp;párrafo,<br>con línea.</p><aside>Publicidad</aside><style>p {}</style></article>
<footer>Pie</footer></body></html>"""
CALENDAR = """<table><tr><td>menú</td></tr></table><table>
<tr><th>Nombre</th><th>Fecha del hecho</th><th>Municipio</th></tr>
<tr><td>Uno Sintético</td><td rowspan=2>5/11/2018</td><td>Apopa</td></tr>
<tr><td>Dos Sintético</td><td>Ilopango</td></tr>
<tr><td colspan=2>Tres Sintético</td><td>Apopa</td></tr></table>"""


def test_an_article_is_its_blocks_with_what_the_page_says_of_itself() -> None:
    document = read_page(PAGE.encode(), "nota.html")
    assert (
        document.text
        == "Nota sintética\n\nEn agosto mataron a una persona.\n\nSegundo párrafo,\n\ncon línea."
    )
    assert (document.title, document.publisher) == ("Nota sintética", "Diario Sintético")
    assert (document.published, document.language) == ("2019-03-04", "es")


def test_a_page_without_a_date_gets_none() -> None:
    assert read_page(b"<html><p>hola, mundo</p>", "x.html").published is None


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "iso-8859-1"])
def test_the_encoding_is_the_pages_own(encoding: str) -> None:
    page = f'<html><head><meta charset="{encoding}"></head><body><p>año</p></body></html>'
    assert read_page(page.encode(encoding), "x.html").text == "año"


def test_the_table_of_persons_is_read_with_its_spans() -> None:
    sheet = read_table(CALENDAR.encode(), "agenda.html")
    assert sheet.headers == ("Nombre", "Fecha del hecho", "Municipio")
    assert sheet.rows == [
        ("Uno Sintético", "5/11/2018", "Apopa"),
        ("Dos Sintético", "5/11/2018", "Ilopango"),
        ("Tres Sintético", "Tres Sintético", "Apopa"),
    ]
    assert holds_list(CALENDAR.encode(), "x")
    assert not holds_list(PAGE.encode(), "x")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html><body></body></html>", "intake.empty"),
        (b"<table><tr><td colspan=99999999>x</td></tr></table>" * 2, "intake.no_header"),
        (b"<table><tr>" + b"<td colspan=1000>x</td>" * 20 + b"</tr></table>", "intake.too_wide"),
        (b"<p>hola</p>", "intake.no_table"),
    ],
)
def test_what_is_no_page_or_no_table_is_told(content: bytes, code: str) -> None:
    with pytest.raises(AmparoError) as error:
        (read_page if code == "intake.empty" else read_table)(content, "x.html")
    assert error.value.code == code


def test_deep_nesting_is_read_or_refused() -> None:
    for deep in (b"<div>" * 100_000 + b"hola", b"<table><tr><td>" * 20_000 + b"hola"):
        for read in (read_page, read_table):
            try:
                read(deep, "x.html")
            except AmparoError as error:
                assert error.facts["file"] == "x.html"


def test_pages_are_known_by_their_begin() -> None:
    assert is_page(PAGE.encode())
    assert is_page(b'<?xml version="1.0"?>\n<html>')
    assert not is_page(b"<3 te quiero")
