"""Everything that is no list is read as a document whose passages are found again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pymupdf
import pytest

from amparo.errors import AmparoError
from amparo.intake import letters
from amparo.intake.documents import Given, read_document, recognise
from amparo.intake.passages import Document, Message, Passage, Region, Span, TimeSpan, is_found

GOLDEN = Path(__file__).parent / "golden"
TEXT = "En agosto mataron a una persona.\n\nSu hijo lo vio."
PNG = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 40, 20)).tobytes("png")
OGG = b"OggS\0\2" + bytes(60)
VTT = b"WEBVTT\n\n00:01.000 --> 00:02.000\nhola\n"


def _pdf(text: str) -> bytes:
    with pymupdf.open() as document:
        page = document.new_page()
        if text:
            page.insert_text((50, 50), text)
        return document.tobytes()


def _read(content: bytes, **given: Any) -> Document:
    return read_document(content, "x", recognise(content, "x"), Given(**given))


@pytest.mark.parametrize(
    ("content", "given", "kind", "passage"),
    [
        (TEXT.encode(), {}, "article", Span(words="agosto", start=3, end=9)),
        (f"<p>{TEXT}</p>".encode(), {}, "article", Span(words="agosto", start=3, end=9)),
        (_pdf(TEXT[:32]), {}, "article", Span(words="agosto", start=3, end=9, page=1)),
        (
            (GOLDEN / "whatsapp" / "ios_es_24h.txt").read_bytes(),
            {"messages": "2-4"},
            "chat",
            Message(words="días", number=2, start=7, end=11),
        ),
        (PNG, {"transcript": (b"hola", "t.txt")}, "picture", Region(words="hola", x0=0, y0=0, x1=1, y1=1)),
        (OGG, {"transcript": (VTT, "t.vtt")}, "recording", TimeSpan(words="hola", start=1.5, end=2)),
        (
            OGG,
            {"transcript": (b"[0:01 - 0:02] hola", "t")},
            "recording",
            TimeSpan(words="hola", start=1, end=2),
        ),
        (VTT, {}, "recording", TimeSpan(words="hola", start=1, end=2)),
        (
            _pdf(""),
            {"transcript": (b"[page 1] hola", "t")},
            "picture",
            Region(words="ola", x0=0, y0=0, x1=1, y1=1),
        ),
    ],
)
def test_each_kind_has_its_places(content: bytes, given: dict[str, Any], kind: str, passage: Passage) -> None:
    document = _read(content, **given)
    assert document.kind == kind
    assert is_found(document, passage)
    assert _read(content, **given) == document


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (PNG, "intake.no_transcript"),
        (OGG, "intake.no_transcript"),
        (_pdf(""), "intake.pdf_no_text"),
        ((GOLDEN / "odk" / "xlsform.xlsx").read_bytes(), "intake.form_blank"),
        ((GOLDEN / "whatsapp" / "ios_es_24h.txt").read_bytes(), "intake.chat_selection"),
    ],
)
def test_what_is_missing_is_asked_for(content: bytes, code: str) -> None:
    with pytest.raises(AmparoError) as error:
        _read(content)
    assert error.value.code == code


def test_letters_need_tesseract(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AmparoError) as error:
        _read(PNG, letters=True)
    assert error.value.code == "intake.no_ocr"


TOLD = """level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext
1\t1\t0\t0\t0\t0\t0\t0\t40\t20\t-1\t
5\t1\t1\t1\t1\t1\t4\t2\t10\t4\t91.5\thola
5\t1\t1\t1\t1\t2\t16\t2\t12\t6\t88\tmundo
5\t1\t1\t1\t2\t1\t4\t12\t10\t4\t5\truido
"""


def test_letters_keep_their_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "tesseract"
    program.write_text(f"#!/bin/sh\nif [ $1 = --list-langs ]; then echo spa; else cat <<'X'\n{TOLD}X\nfi\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    expected = Region(words="hola mundo", x0=0.1, y0=0.1, x1=0.7, y1=0.4)
    assert _read(PNG, letters=True).transcript == (expected,)
    program.write_text("#!/bin/sh\nif [ $1 = --list-langs ]; then echo spa; else exit 1; fi\n")
    with pytest.raises(AmparoError) as error:
        _read(PNG, letters=True)
    assert error.value.code == "intake.ocr_failed"
    program.write_text("#!/bin/sh\necho fra\n")
    with pytest.raises(AmparoError) as error:
        letters.read_letters([PNG], "x")
    assert error.value.code == "intake.no_ocr"
