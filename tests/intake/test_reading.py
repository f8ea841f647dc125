"""A file is known by what it holds, whatever its name; every list becomes one table."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from amparo.errors import AmparoError
from amparo.intake import field_form
from amparo.intake.quarantine import in_quarantine
from amparo.intake.reading import read_list, read_text, recognise

GOLDEN = Path(__file__).parent / "golden"
ARTICLE = (
    "En agosto mataron a una persona, según la policía.\n\nSu hijo, de siete años, lo vio, dijo ella.\n" * 5
)


def _zip(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"nombre,edad\nAna,30\n", "list"),
        (b"a;b;c\n1;2;3\n4;5;6\n", "list"),
        (b"Nombre\nUno Sintetico\n", "list"),
        (ARTICLE.encode(), "article"),
        (ARTICLE.encode("cp1252"), "article"),
        (b"<html><body><p>hola</p></body></html>", "article"),
        (b"<table><tr><td>Nombre</td><td>Edad</td></tr><tr><td>x</td><td>3</td></tr></table>", "list"),
        (b'[{"a": 1}]', "list"),
        (b"[17/10/24, 15:37:12] Ana: hola\n", "chat"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\nhola\n", "transcript"),
        (b"%PDF-1.7\n", "pdf"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"OggS\0\2", "recording"),
        (_zip("_chat.txt", "a.opus"), "chat"),
        (_zip("envios.csv", "media/a.jpg"), "list"),
        (field_form.workbook(), "form"),
    ],
)
def test_the_content_says_what_a_file_is(content: bytes, kind: str) -> None:
    for name in ("archivo", "archivo.pdf", "archivo.jpg"):
        assert recognise(content, name) == kind


@pytest.mark.parametrize("path", sorted((GOLDEN / "whatsapp").glob("*.txt")), ids=lambda path: path.stem)
def test_every_chat_is_known(path: Path) -> None:
    assert recognise(path.read_bytes(), "x") == ("article" if path.stem == "sin_chat" else "chat")


def test_the_seed_article_is_an_article() -> None:
    seed = Path(__file__).parents[3] / "shared" / "seed"
    if not seed.is_dir():
        pytest.skip("needs ../shared/seed beside the checkout")
    for path in seed.glob("*.txt"):
        assert recognise(path.read_bytes(), path.name) == "article"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"  \n", "intake.empty"),
        (b"{\\rtf1 hola}", "intake.unknown_format"),
        (b"MZ\x90\0", "intake.unknown_format"),
        (b"<?xml version='1.0'?><datos/>", "intake.unknown_format"),
        (_zip("word/document.xml"), "intake.unknown_format"),
        (b"PK\x03\x04" + bytes(40), "intake.broken"),
    ],
)
def test_other_files_are_told_with_what_to_do(content: bytes, code: str) -> None:
    with pytest.raises(AmparoError) as error:
        recognise(content, "x")
    assert error.value.code == code


def test_lists_of_every_format_become_one_table(make_xlsx: Callable[..., bytes]) -> None:
    rows = [["nombre", "edad"], ["Uno Sintético", "30"]]
    page = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    for content in (
        "\n".join(map(",".join, rows)).encode(),
        f"<table>{page}</table>".encode(),
        make_xlsx({"Hoja1": rows}),
    ):
        sheet = read_list(content, "x")
        assert [list(sheet.headers), *map(list, sheet.rows)] == rows
    for name in ("kobo.csv", "kobo.xlsx", "kobo_api.json", "central.zip", "simple-form.csv"):
        assert read_list((GOLDEN / "odk" / name).read_bytes(), name).headers[0] == "KEY"
    assert read_list((GOLDEN / "odk" / "kobo.xlsx").read_bytes(), "x", sheet="miembros").rows[0][1] == "Hija"


def test_a_text_is_an_article_word_for_word() -> None:
    assert read_text(ARTICLE.replace("\n", "\r\n").encode("cp1252"), "x").text == ARTICLE
    with pytest.raises(AmparoError):
        read_text(b"\n", "x")


def test_a_long_line_with_one_strange_byte_is_looked_at_once() -> None:
    limits = {"cpu_seconds": 10}
    with pytest.raises(AmparoError) as error:
        in_quarantine(recognise, b"x" * 3_000_000 + b"\x80\n" + b"\x81" * 9, "x", file_name="x", **limits)
    assert error.value.code == "intake.encoding"
