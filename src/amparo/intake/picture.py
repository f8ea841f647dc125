"""Photographed papers, screenshots and scanned pages: their size, and pixels for a reader of letters.

MuPDF is loaded where files are read: in a limited child. What leaves it is drawn anew from the pixels alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from amparo.errors import AmparoError
from amparo.intake import pdf

if TYPE_CHECKING:
    import pymupdf

# The first bytes of PNG, JPEG, GIF, BMP, TIFF; WebP says so after its length.
MARKS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_PIXELS = 100_000_000  # of a picture: the largest telephones take half of it
_SHOWN = 2_500  # pixels of the longer side that letters need
_SEEN = 1_600  # pixels of the longer side for an eye
_PAGES = 200

load = pdf.load


class Picture(msgspec.Struct, frozen=True):
    """A picture, or the pages of a paper: width and height of each, and where asked for, pixels.

    All as grey PNG for a reader of letters, or one in colour as JPEG for a person's eye.
    """

    sizes: list[tuple[int, int]]
    drawn: list[bytes] = []


def is_picture(head: bytes) -> bool:
    """Whether a file begins like a picture."""
    return head.startswith(MARKS) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def read_picture(content: bytes, file_name: str, *, drawn: bool = False, page: int = 0) -> Picture:
    """Open a picture or PDF, whole; `drawn` also gives its pixels as PNG, `page` those of one page as JPEG.

    Raises intake.broken, password, too_many_pixels, too_many_pages.
    """
    import pymupdf  # noqa: PLC0415

    if content.startswith(pdf.PDF):
        return _scanned(content, file_name, drawn=drawn, page=page)
    try:
        # Its head alone: nothing is unpacked before the size is known.
        mupdf = pymupdf.mupdf
        claimed = mupdf.fz_new_image_from_buffer(mupdf.fz_new_buffer_from_copied_data(content))
        size = (int(claimed.w()), int(claimed.h()))
        _check_size(size, file_name)
        pixels = pymupdf.Pixmap(content)
        _check_size((pixels.width, pixels.height), file_name)
        return Picture([size], [_jpeg(pixels)] if page == 1 else [_png(pixels)] if drawn else [])
    except (RuntimeError, ValueError, pymupdf.mupdf.FzErrorBase):
        raise AmparoError("intake.broken", file=file_name) from None


def _scanned(content: bytes, file_name: str, *, drawn: bool, page: int) -> Picture:
    document = pdf.opened(content, file_name)
    if document.page_count > _PAGES:
        facts = {"pages": document.page_count, "limit": _PAGES}
        raise AmparoError("intake.too_many_pages", file=file_name, **facts)
    sizes: list[tuple[int, int]] = []
    pictures: list[bytes] = []
    for number, each in enumerate(pdf.pages(document, file_name), 1):
        size = (max(1, round(each.rect.width)), max(1, round(each.rect.height)))
        _check_size(size, file_name)
        sizes.append(size)
        if drawn:
            zoom = min(3.0, _SHOWN / max(size))
            pictures.append(each.get_pixmap(matrix=_matrix(zoom), alpha=False).tobytes("png"))
        elif number == page:
            zoom = min(2.0, _SEEN / max(size))
            pictures.append(_jpeg(each.get_pixmap(matrix=_matrix(zoom), alpha=False)))
    return Picture(sizes, pictures)


def _matrix(zoom: float) -> pymupdf.Matrix:
    import pymupdf  # noqa: PLC0415

    return pymupdf.Matrix(zoom, zoom)


def _check_size(size: tuple[int, int], file_name: str) -> None:
    width, height = size
    if not (width > 0 and height > 0):
        raise AmparoError("intake.broken", file=file_name)
    if width * height > _PIXELS:
        facts = {"width": width, "height": height, "limit": _PIXELS // 1_000_000}
        raise AmparoError("intake.too_many_pixels", file=file_name, **facts)


def _png(pixels: pymupdf.Pixmap) -> bytes:
    """The pixels alone: no note that a telephone wrote beside them."""
    import pymupdf  # noqa: PLC0415

    return _shrunk(pymupdf.Pixmap(pymupdf.csGRAY, pixels), _SHOWN).tobytes("png")


def _jpeg(pixels: pymupdf.Pixmap) -> bytes:
    """The pixels alone, in colour, what is transparent left out."""
    import pymupdf  # noqa: PLC0415

    plain = pymupdf.Pixmap(pymupdf.csRGB, pixels)
    opaque = pymupdf.Pixmap(plain, 0) if plain.alpha else plain
    return _shrunk(opaque, _SEEN).tobytes("jpeg", jpg_quality=80)


def _shrunk(pixels: pymupdf.Pixmap, longest: int) -> pymupdf.Pixmap:
    shrink = 0
    while max(pixels.width, pixels.height) >> shrink > longest:
        shrink += 1
    if shrink:
        pixels.shrink(shrink)
    return pixels
