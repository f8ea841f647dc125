"""Pictures are opened under limits of pixels; what leaves the child is drawn anew from them."""

from __future__ import annotations

import struct
import zlib

import pymupdf
import pytest

from amparo.errors import AmparoError
from amparo.intake.picture import Picture, is_picture, read_picture
from amparo.intake.quarantine import in_quarantine
from amparo.intake.recording import is_recording


def _read(content: bytes, **options: int) -> Picture:
    return in_quarantine(read_picture, content, "foto.png", file_name="foto.png", **options)


def _png(width: int, height: int) -> bytes:
    return pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, width, height)).tobytes("png")


def _claims(width: int, height: int) -> bytes:
    """A small PNG that claims to be as large as this."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(9999)))
        + chunk(b"IEND", b"")
    )


def test_a_picture_has_a_size_and_is_drawn_small_enough_to_be_read() -> None:
    content = _png(4000, 300)
    assert is_picture(content)
    assert _read(content) == Picture([(4000, 300)])
    drawn = pymupdf.Pixmap(_read(content, drawn=True).drawn[0])
    assert max(drawn.width, drawn.height) <= 2500


def test_scanned_pages_are_pictures() -> None:
    with pymupdf.open() as document:
        document.new_page().insert_image((50, 50, 200, 200), stream=_png(50, 50))
        document.new_page(width=200, height=100)
        content = document.tobytes()
    picture = _read(content, drawn=True)
    assert picture.sizes == [(595, 842), (200, 100)]
    assert all(is_picture(page) for page in picture.drawn)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (_claims(20_000, 20_000), "intake.too_many_pixels"),
        (_png(50, 50)[:20], "intake.broken"),
        (b"\xff\xd8\xff" + bytes(100), "intake.broken"),
        (b"BM" + bytes(100), "intake.broken"),
    ],
)
def test_pictures_that_claim_too_much_or_are_cut_are_refused(content: bytes, code: str) -> None:
    with pytest.raises(AmparoError) as error:
        _read(content)
    assert error.value.code == code


@pytest.mark.parametrize(
    "head",
    [b"OggS\0", b"\0\0\0\x18ftypmp42", b"RIFF\0\0\0\0WAVEfmt ", b"#!AMR\n", b"ID3\3", b"\x1a\x45\xdf\xa3"],
)
def test_recordings_are_known_by_their_begin(head: bytes) -> None:
    assert is_recording(head)
    assert not is_picture(head)
    assert not is_recording(_png(2, 2))


def test_an_eye_gets_one_page_in_colour_and_nothing_that_stood_beside_the_pixels() -> None:
    document = pymupdf.open()
    for _ in range(3):
        document.new_page(width=200, height=100)
    found = _read(document.tobytes(), page=2)
    assert len(found.sizes) == 3 and len(found.drawn) == 1
    seen = pymupdf.Pixmap(_read(_png(4000, 30), page=1).drawn[0])
    assert seen.width <= 1600 and seen.n == 3
    assert _read(_png(40, 30), page=2).drawn == []
