"""PDF: the text layer page by page, and the rows of tables drawn with lines or set in columns.

Pages are divided by a form feed in the text. MuPDF is loaded where files are read: in a limited child.
"""

from __future__ import annotations

import codecs
from bisect import bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from amparo.errors import AmparoError, Issue
from amparo.intake.headers import known
from amparo.intake.passages import Document
from amparo.intake.sheet import CELL_LIMIT, Sheet, assemble

if TYPE_CHECKING:
    import pymupdf

PDF = b"%PDF"
PAGE = "\f"
_PAGES = 5_000
_WORDS = 20_000  # of a page: a page of small print has 2,000
_LINES = 5_000  # drawn on a page
_NEAR = 3.0  # points within which two lines are one
_GAP = 1.2  # a space between columns, in heights of the letters


def load() -> None:
    """Load MuPDF: the interpreter that forks the children does so once."""
    import pymupdf  # noqa: PLC0415

    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    # What it loads when first used would be too late: the child opens no file once it has started.
    codecs.lookup("raw_unicode_escape")
    with pymupdf.open() as blank:
        page = blank.new_page()
        page.insert_text((72, 72), "á")
        for way in ("text", "words"):
            page.get_text(way)
        page.get_drawings()


def read_pages(content: bytes, file_name: str) -> Document:
    """The text layer as an article; the day the file was made is not taken for that of what it tells.

    Raises intake.broken, password, too_many_pages, pdf_no_text.
    """
    document = opened(content, file_name)
    texts = [str(page.get_text("text", sort=False)) for page in pages(document, file_name)]
    texts = [text.replace(PAGE, " ") for text in texts]
    if not any(map(str.strip, texts)):
        raise AmparoError("intake.pdf_no_text", file=file_name)
    facts = document.metadata or {}
    blank = [number for number, text in enumerate(texts, 1) if not text.strip()]
    told = {"file": file_name, "number": len(blank), "page": min(blank, default=0)}
    issues = (Issue("intake.pdf_blank_pages", told),) if blank else ()
    return Document(kind="article", text=PAGE.join(texts), title=facts.get("title") or None, issues=issues)


def page_at(text: str, place: int) -> int:
    """The page of a place in the text."""
    return text.count(PAGE, 0, place) + 1


def holds_list(content: bytes, file_name: str) -> bool:
    """Whether the first pages have rows under column names of lists. Raises as `read_pages`."""
    document = opened(content, file_name)
    rows = [row for page in pages(document, file_name, 3) for row in _rows(page)]
    names = [place for place, row in enumerate(rows[:60]) if sum(map(known, row)) > 1]
    return bool(names) and len(rows) > names[0] + 1


def read_table(content: bytes, file_name: str) -> Sheet:
    """The rows of all pages as one table. Raises as `read_pages`, intake.no_table, and `sheet.assemble`."""
    document = opened(content, file_name)
    rows: list[list[str]] = []
    for page in pages(document, file_name):
        rows += _rows(page)
        if sum(map(len, rows[-1:])) * len(rows) > CELL_LIMIT:
            raise AmparoError("intake.no_table", file=file_name)
    if not rows:
        raise AmparoError("intake.pdf_no_text", file=file_name)
    start = next((place for place, row in enumerate(rows[:60]) if sum(map(known, row)) > 1), None)
    if start is None and max(map(len, rows)) < 2:
        raise AmparoError("intake.no_table", file=file_name)
    return assemble(rows, file_name)


def opened(content: bytes, file_name: str) -> pymupdf.Document:
    """A file that has pages. Raises intake.broken, password, too_many_pages."""
    import pymupdf  # noqa: PLC0415

    try:
        document = pymupdf.open(stream=content, filetype="pdf")
        locked = document.needs_pass
        count = 0 if locked else document.page_count
    except (RuntimeError, ValueError, pymupdf.mupdf.FzErrorBase):
        raise AmparoError("intake.broken", file=file_name) from None
    if locked:
        raise AmparoError("intake.password", file=file_name)
    if not count:
        raise AmparoError("intake.broken", file=file_name)
    if count > _PAGES:
        raise AmparoError("intake.too_many_pages", file=file_name, pages=count, limit=_PAGES)
    return document


def pages(document: pymupdf.Document, file_name: str, first: int | None = None) -> Iterator[pymupdf.Page]:
    """The pages. Raises intake.broken for one that cannot be opened."""
    import pymupdf  # noqa: PLC0415

    for number in range(min(document.page_count, first or document.page_count)):
        try:
            yield document.load_page(number)
        except (RuntimeError, ValueError, pymupdf.mupdf.FzErrorBase):
            raise AmparoError("intake.broken", file=file_name) from None


class _Word(NamedTuple):
    x0: float
    y0: float
    x1: float
    y1: float
    text: str


def _rows(page: pymupdf.Page) -> list[list[str]]:
    """The rows of a page: in the cells that its lines draw, else in the columns that its words keep to."""
    words = [_Word(*entry[:5]) for entry in page.get_text("words")[:_WORDS]]
    if not words:
        return []
    down, across = _ruling(page.get_drawings()[:_LINES])
    if len(down) > 2 and len(across) > 2:
        return _ruled(words, down, across)
    return _set_in_columns(words)


def _ruling(drawings: list[dict[str, Any]]) -> tuple[list[float], list[float]]:
    """Where vertical and horizontal lines stand; a thin box is a line, a large one four."""
    down: list[float] = []
    across: list[float] = []
    for drawing in drawings:
        for item in drawing["items"]:
            if item[0] == "l":
                (x0, y0), (x1, y1) = tuple(item[1]), tuple(item[2])
            elif item[0] == "re":
                x0, y0, x1, y1 = tuple(item[1])
            else:
                continue
            if abs(x1 - x0) > 8:
                across += [y0, y1]
            if abs(y1 - y0) > 8:
                down += [x0, x1]
    return _merged(down), _merged(across)


def _merged(places: list[float]) -> list[float]:
    merged: list[float] = []
    for place in sorted(places):
        if not merged or place - merged[-1] > _NEAR:
            merged.append(place)
    return merged


def _ruled(words: list[_Word], down: list[float], across: list[float]) -> list[list[str]]:
    """The words of each cell; what stands above, below or beside the lines is a row of its own."""
    cells: dict[tuple[int, int], list[_Word]] = {}
    for word in words:
        row = bisect_right(across, (word.y0 + word.y1) / 2)
        column = bisect_right(down, (word.x0 + word.x1) / 2)
        cells.setdefault((row, column), []).append(word)
    columns = range(1, len(down))
    rows = []
    for row in range(len(across) + 1):
        if 0 < row < len(across):
            rows.append([_line(cells.get((row, column), [])) for column in columns])
        else:
            outside = sorted((each for (at, _), each in cells.items() if at == row), key=lambda each: each[0])
            rows += [[_line(line)] for line in _lines([word for each in outside for word in each])]
    return rows


def _line(words: list[_Word]) -> str:
    return " ".join(word.text for line in _lines(words) for word in line)


def _lines(words: list[_Word]) -> list[list[_Word]]:
    """Words by line, from the top, each from the left."""
    lines: list[list[_Word]] = []
    for word in sorted(words, key=lambda word: (word.y1, word.x0)):
        height = word.y1 - word.y0
        if lines and word.y1 - lines[-1][0].y1 < 0.5 * height:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line) for line in lines]


def _set_in_columns(words: list[_Word]) -> list[list[str]]:
    """Rows of a table without lines: columns begin where gaps end; a line without its first cell goes on."""
    lines = [_segments(line) for line in _lines(words)]
    typical = max((len(line) for line in lines), default=0)
    if typical < 2:
        return [[text for _, text in line] for line in lines]
    head = next((line for line in lines if sum(known(text) for _, text in line) > 1), None)
    head = head or next(line for line in lines if len(line) == typical)
    starts = [start for start, _ in head]
    rows: list[list[str]] = []
    for line in lines:
        row = [""] * len(starts)
        for start, text in line:
            column = max(0, bisect_right(starts, start + _NEAR) - 1)
            row[column] = f"{row[column]} {text}".strip()
        if rows and not row[0] and any(rows[-1]) and len(line) < len(starts):
            rows[-1] = [f"{above} {here}".strip() for above, here in zip(rows[-1], row, strict=True)]
        else:
            rows.append(row)
    return rows


def _segments(line: list[_Word]) -> list[tuple[float, str]]:
    """Words of a line that stand close together, each group with where it begins."""
    segments: list[tuple[float, str]] = []
    end = None
    for word in line:
        if end is not None and word.x0 - end < _GAP * (word.y1 - word.y0):
            segments[-1] = (segments[-1][0], f"{segments[-1][1]} {word.text}")
        else:
            segments.append((word.x0, word.text))
        end = word.x1
    return segments
