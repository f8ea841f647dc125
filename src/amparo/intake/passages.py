"""Places in a source, each with the words quoted from it, and what a reader makes of a whole source.

A `Passage` is one of `Row`, `Span`, `Message`, `Region`, `TimeSpan`, `Oral`; as JSON its `place` says which.
Offsets count Unicode characters from 0, `end` excluded, in the text as the reader extracted it. Rows, pages
and messages are numbered from 1, as people see them.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from amparo.errors import Issue


class Row(msgspec.Struct, frozen=True, kw_only=True, tag_field="place", tag="row"):
    """A cell of a table: sheet (None where there is only one), row as the user sees it, column's header."""

    words: str
    sheet: str | None = None
    row: int
    column: str


class Span(msgspec.Struct, frozen=True, kw_only=True, tag_field="place", tag="span"):
    """Characters `start` to `end` of the extracted text; the page where the source has pages."""

    words: str
    start: int
    end: int
    page: int | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="place", tag="message"):
    """Characters `start` to `end` of one message of a chat."""

    words: str
    number: int
    start: int
    end: int


class Region(msgspec.Struct, frozen=True, kw_only=True, tag_field="place", tag="region"):
    """A rectangle of a page or picture, in shares of its width and height from the upper left corner."""

    words: str
    page: int = 1
    x0: float
    y0: float
    x1: float
    y1: float


class TimeSpan(msgspec.Struct, frozen=True, kw_only=True, tag_field="place", tag="time"):
    """Seconds `start` to `end` of a recording."""

    words: str
    start: float
    end: float


class Oral(msgspec.Struct, frozen=True, kw_only=True, tag_field="place", tag="oral"):
    """A statement without a file: who told whom, when (EDTF), through which interpreter."""

    words: str
    told_by: str
    told_to: str
    told: str
    interpreter: str | None = None


# How a sentence ends in running text.
_ENDS = (". ", ".\n", "! ", "? ", '." ', ".” ", "\n\n")

Passage = Row | Span | Message | Region | TimeSpan | Oral
Transcribed = Region | TimeSpan


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a chat: when as EDTF, who as the reader masks them, and the text."""

    number: int
    at: str
    author: str
    text: str


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One sheet: its headers, and its rows as (row number, one text for each header)."""

    sheet: str | None = None
    headers: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader returns of a source: the places that passages point to, and what it says of itself.

    `kind` names the reader: article, chat, form, table, picture, recording, statement. An article, and an
    oral statement, has `text`; a chat `messages`; a form or table `tables`; pictures and recordings
    `transcript`, each piece with its place. `published` is EDTF, `language` es or en where it shows.
    """

    kind: str
    text: str = ""
    messages: tuple[Said, ...] = ()
    tables: tuple[Table, ...] = ()
    transcript: tuple[Transcribed, ...] = ()
    title: str | None = None
    publisher: str | None = None
    published: str | None = None
    language: str | None = None
    issues: tuple[Issue, ...] = ()


def words_at(document: Document, passage: Passage) -> Iterator[str]:
    """The texts that stand at a passage's place: one, none where the place is not there, or several cells.

    Pictures and recordings give the pieces of the transcript that share some of the place; an oral statement
    gives its whole text.
    """
    match passage:
        case Span(start=start, end=end):
            yield from _cut(document.text, start, end)
        case Message(number=number, start=start, end=end):
            for said in document.messages:
                if said.number == number:
                    yield from _cut(said.text, start, end)
        case Row(sheet=sheet, row=row, column=column):
            for table in document.tables:
                if table.sheet == sheet and column in table.headers:
                    at = table.headers.index(column)
                    yield from (cells[at] for number, cells in table.rows if number == row)
        case Region():
            yield from (piece.words for piece in document.transcript if _covers(piece, passage))
        case TimeSpan(start=start, end=end):
            for piece in document.transcript:
                if isinstance(piece, TimeSpan) and piece.start < end and start < piece.end:
                    yield piece.words
        case Oral():
            yield document.text


def is_found(document: Document, passage: Passage) -> bool:
    """Whether a passage's words stand at its place: exactly for a span, else within the cell or piece."""
    found = words_at(document, passage)
    if isinstance(passage, Span | Message):
        return passage.words in found
    return bool(passage.words) and any(passage.words in text for text in found)


def _cut(text: str, start: int, end: int) -> Iterator[str]:
    if 0 <= start < end <= len(text):
        yield text[start:end]


def _covers(piece: Transcribed, region: Region) -> bool:
    return (
        isinstance(piece, Region)
        and piece.page == region.page
        and piece.x0 < region.x1
        and region.x0 < piece.x1
        and piece.y0 < region.y1
        and region.y0 < piece.y1
    )


def sentence_around(document: Document, passage: Passage) -> str:
    """The sentence, message, cell or piece that a passage stands in: what a person reads to judge it."""
    if isinstance(passage, Span):
        begins = [
            end + len(mark) for mark in _ENDS if (end := document.text.rfind(mark, 0, passage.start)) >= 0
        ]
        ends = [end + 1 for mark in _ENDS if (end := document.text.find(mark, passage.end - 1)) >= 0]
        start, end = max(begins, default=0), max(passage.end, min(ends, default=len(document.text)))
        return " ".join(document.text[start:end].split())
    if isinstance(passage, Message):
        return next((said.text for said in document.messages if said.number == passage.number), "")
    return next(iter(words_at(document, passage)), passage.words)
