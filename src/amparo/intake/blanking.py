"""Take words out of a document and leave every other character where it was, so that passages stay true."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

import msgspec

from amparo.intake.passages import Document, Message, Oral, Passage, Row, Span, words_at
from amparo.values.text import fold

BLANK = "█"


def blank_document(document: Document, passages: Iterable[Passage], words: Collection[str]) -> Document:
    """The document with these passages blanked, and wherever they stand these words (folded, as `fold`)."""
    for passage in passages:
        document = _blank_passage(document, passage)
    named: dict[str, object] = {}
    for name in ("text", "title", "publisher"):
        text = getattr(document, name)
        named[name] = blank_words(text, words) if text else text
    return msgspec.structs.replace(
        document,
        messages=tuple(
            msgspec.structs.replace(
                said, text=blank_words(said.text, words), author=blank_words(said.author, words)
            )
            for said in document.messages
        ),
        tables=tuple(
            msgspec.structs.replace(
                table,
                rows=tuple(
                    (number, tuple(blank_words(cell, words) for cell in cells))
                    for number, cells in table.rows
                ),
            )
            for table in document.tables
        ),
        transcript=tuple(
            msgspec.structs.replace(piece, words=blank_words(piece.words, words))
            for piece in document.transcript
        ),
        **named,
    )


def blank_words(text: str, words: Collection[str]) -> str:
    """A text with every word blanked that folds to one of these; nothing moves."""
    if not words:
        return text
    return re.sub(r"[^\W_]+", lambda found: _blank(found[0]) if fold(found[0]) in words else found[0], text)


def requoted(document: Document, passage: Passage) -> Passage:
    """The passage with the words that stand at its place in a blanked document."""
    found = list(words_at(document, passage))
    if any(passage.words in text for text in found) or not found:
        return passage
    return msgspec.structs.replace(passage, words=found[0])


def _blank(text: str) -> str:
    return re.sub(r"\S", BLANK, text)


def _blank_passage(document: Document, passage: Passage) -> Document:
    match passage:
        case Span(start=start, end=end):
            return msgspec.structs.replace(document, text=_cut_out(document.text, start, end))
        case Message(number=number, start=start, end=end):
            messages = tuple(
                msgspec.structs.replace(said, text=_cut_out(said.text, start, end))
                if said.number == number
                else said
                for said in document.messages
            )
            return msgspec.structs.replace(document, messages=messages)
        case Row(sheet=sheet, row=row):
            tables = tuple(
                msgspec.structs.replace(
                    table,
                    rows=tuple(
                        (number, tuple(map(_blank, cells)) if number == row else cells)
                        for number, cells in table.rows
                    ),
                )
                if table.sheet == sheet
                else table
                for table in document.tables
            )
            return msgspec.structs.replace(document, tables=tables)
        case Oral():
            return msgspec.structs.replace(document, text=_blank(document.text))
        case _:
            transcript = tuple(
                msgspec.structs.replace(piece, words=_blank(piece.words))
                if passage.words in piece.words
                else piece
                for piece in document.transcript
            )
            return msgspec.structs.replace(document, transcript=transcript)


def _cut_out(text: str, start: int, end: int) -> str:
    return text[:start] + _blank(text[start:end]) + text[end:]
