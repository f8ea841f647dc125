"""Delimited text: find the encoding and the separator, then read every cell verbatim."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from encodings import normalize_encoding
from encodings.aliases import aliases
from itertools import chain, islice
from typing import NamedTuple

from amparo.errors import AmparoError, Issue
from amparo.intake.headers import known
from amparo.intake.sheet import CELL_LIMIT, COLUMN_LIMIT, Sheet, assemble

DELIMITERS = (",", ";", "\t", "|")
LINE_LIMIT = 4 << 20  # bytes between two line ends; a page of text is 4,000
FIELD_LIMIT = 131_072  # characters of one cell: the csv module's own bound, four times what Excel holds
_CHUNK = 1 << 20
_SAMPLE = 1 << 16
_ONE_BYTE = ("cp1252", "cp850", "mac_roman")
ENCODINGS = (
    "utf_8",
    "utf_8_sig",
    "utf_16",
    "utf_16_le",
    "utf_16_be",
    "latin_1",
    "iso8859_15",
    "cp437",
    *_ONE_BYTE,
)
# Python loads codecs when first used; the quarantined child opens no file once it has started.
for _codec in ENCODINGS:
    codecs.lookup(_codec)


def read(content: bytes, file_name: str, *, delimiter: str | None, encoding: str | None) -> Sheet:
    """Read delimited text. Raises the codes of `spreadsheet.read_sheet` that concern text."""
    text = read_rows(content, file_name, delimiter=delimiter, encoding=encoding)
    return assemble(
        text.rows, file_name, encoding=text.encoding, delimiter=text.delimiter, issues=list(text.issues)
    )


class Text(NamedTuple):
    """All rows of a delimited text, the one with the column names included."""

    rows: list[list[str]]
    encoding: str
    delimiter: str
    issues: tuple[Issue, ...]


def read_rows(
    content: bytes, file_name: str, *, delimiter: str | None = None, encoding: str | None = None
) -> Text:
    """Every cell verbatim, before anything is taken for a column's name. Raises as `read`."""
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n\0'):
        raise AmparoError("intake.delimiter", file=file_name, delimiter=delimiter)
    named = detect_encoding(content, file_name) if encoding is None else _named(encoding, content, file_name)
    encoding = codecs.lookup(named).name
    _check_decodes(content, file_name, encoding)
    _check_lines(content, file_name)
    if delimiter is None:
        delimiter = detect_delimiter(_sample(content, encoding))
    rows, stray = _records(content, file_name, encoding, delimiter)
    issues = (Issue("intake.stray_quote", {"file": file_name, "row": stray}),) if stray else ()
    return Text(rows, encoding, delimiter, issues)


def decode(content: bytes, file_name: str) -> str:
    """A text whole, its lines ended as Unix does. Raises as `detect_encoding`, and intake.encoding."""
    encoding = detect_encoding(content, file_name)
    _check_decodes(content, file_name, codecs.lookup(encoding).name)
    return content.decode(encoding).replace("\r\n", "\n")


def detect_encoding(content: bytes, file_name: str) -> str:
    """Name of the encoding: by byte-order mark, UTF-8 where it decodes, else the likeliest one-byte page.

    Raises `intake.not_a_table` for binary content, `intake.nul` for stray NUL characters, `intake.encoding`
    for UTF-8 text with damaged places.
    """
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return name
    head = content[:_SAMPLE]
    if b"\0" in content:
        return _utf16_without_mark(content, file_name)
    if len(re.findall(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]", head)) > max(2, len(head) // 500):
        raise AmparoError("intake.not_a_table", file=file_name)
    place = _first_undecodable(content, "utf-8")
    if place is None:
        return "utf-8"
    beyond = (line for line in content.splitlines() if not line.isascii())
    lines = b"\n".join(islice(beyond, 2000))[:_SAMPLE]
    if _mostly_utf8(lines):
        row = _row_at(content, place)
        raise AmparoError("intake.encoding", file=file_name, row=row, encoding="utf-8")
    scores = {name: _likeness(lines, name) for name in _ONE_BYTE}
    return max(scores, key=lambda name: scores[name])


def _named(encoding: str, content: bytes, file_name: str) -> str:
    """The encoding a user named, by any of its usual names; a byte-order mark is no text in any of them."""
    name = normalize_encoding(encoding).lower()
    name = aliases.get(name, name)
    if name not in ENCODINGS:
        raise AmparoError("intake.encoding_unknown", file=file_name, encoding=encoding)
    if name == "utf_8" and content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return "utf-16" if marked and name.startswith("utf_16") else name


def _utf16_without_mark(content: bytes, file_name: str) -> str:
    """UTF-16 whose byte-order mark was lost shows a NUL in nearly every second byte of Latin text."""
    head = content[: _SAMPLE - _SAMPLE % 2]
    half = max(1, len(head) // 2)
    even, odd = head[::2].count(0) / half, head[1::2].count(0) / half
    if odd > 0.7 and even < 0.05:
        return "utf-16-le"
    if even > 0.7 and odd < 0.05:
        return "utf-16-be"
    if content.count(0) > max(8, len(content) // 1000):
        raise AmparoError("intake.not_a_table", file=file_name)
    raise AmparoError("intake.nul", file=file_name, row=_row_at(content, content.index(0)))


def _mostly_utf8(lines: bytes) -> bool:
    """Whether most bytes beyond ASCII belong to whole UTF-8 sequences: damaged UTF-8, not a one-byte page."""
    whole = sum(len(m[0]) for m in re.finditer(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}", lines))
    beyond = len(re.findall(rb"[\x80-\xff]", lines))
    return whole > 0.5 * beyond


def _likeness(lines: bytes, encoding: str) -> float:
    """How much the text beyond ASCII looks like Spanish or English when read in a one-byte page.

    Accented Spanish letters count for it, unless their case breaks the word's; signs inside words count
    against it. Measured against charset-normalizer on short lists, where statistics of whole texts fail.
    """
    try:
        text = lines.decode(encoding)
    except UnicodeDecodeError:
        return float("-inf")
    score = 0.0
    for match in re.finditer(r"[^\x00-\x7f]", text):
        sign, place = match[0], match.start()
        before, after = text[max(0, place - 1) : place], text[place + 1 : place + 2]
        inside = before.isalpha() and after.isalpha()
        if sign in "áéíóúüñÁÉÍÓÚÜÑ":
            score += -1 if sign.isupper() and before.islower() else 1
            score -= 0.5 * (sign.isupper() and before.isalpha() and after.islower())
            score -= sign.islower() and before.isupper() and after.isupper()
        elif sign in "¿¡ºª°“”‘’–—…«»´":
            score += 0.3 if not inside else -0.2 if sign == "’" else -1
        else:
            score -= 0.2 if sign.isalpha() else 1
    return score


def _first_undecodable(content: bytes, encoding: str) -> int | None:
    """Offset of the first byte that does not decode, looking at one chunk at a time."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(content), _CHUNK):
        try:
            decoder.decode(content[start : start + _CHUNK], start + _CHUNK >= len(content))
        except UnicodeDecodeError as error:
            return start + error.start
    return None


def _row_at(content: bytes, place: int) -> int:
    """Number of the line that holds a byte, whichever of the usual line ends the file has."""
    return max(content.count(sign, 0, place) for sign in (b"\n", b"\r")) + 1


def _check_decodes(content: bytes, file_name: str, encoding: str) -> None:
    place = _first_undecodable(content, encoding)
    if place is not None:
        row = _row_at(content, place)
        raise AmparoError("intake.encoding", file=file_name, row=row, encoding=encoding)


def _check_lines(content: bytes, file_name: str) -> None:
    """Refuse a line too long to be a row, before anything builds it in memory."""
    start = 0
    while start + LINE_LIMIT < len(content):
        end = max(content.rfind(sign, start, start + LINE_LIMIT) for sign in (b"\n", b"\r"))
        if end < 0:
            row = _row_at(content, start)
            raise AmparoError("intake.line_too_long", file=file_name, row=row, limit=LINE_LIMIT >> 20)
        start = end + 1


def _sample(content: bytes, encoding: str) -> str:
    """The first lines of the text, whole."""
    with io.TextIOWrapper(io.BytesIO(content), encoding, newline="") as text:
        head = text.read(_SAMPLE)
    whole = head if len(head) < _SAMPLE else head[: head.rfind("\n") + 1]
    return whole or head


def detect_delimiter(sample: str) -> str:
    """The separator under which the most column words appear and the most rows are equally long."""
    best, best_score = "\t", (0, 0.0, 1)
    for delimiter in DELIMITERS:
        try:
            records = [
                r for r in islice(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), 300) if r
            ]
        except csv.Error:
            continue
        if not records:
            continue
        if len(records[0]) == 1 and known(records[0][0]):
            continue
        width, count = max(Counter(map(len, records)).items(), key=lambda item: item[1])
        if width == 1:
            continue
        words = max(sum(map(known, record)) for record in records[:30])
        score = (words, count / len(records), width)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _records(content: bytes, file_name: str, encoding: str, delimiter: str) -> tuple[list[list[str]], int]:
    """All rows, and the number of the first row whose quotation marks are irregular (0: none)."""
    try:
        return _parse(content, file_name, encoding, delimiter, strict=True), 0
    except csv.Error as error:
        row = int(str(error))
    # A mark left open swallows the rest of the file: a last line that must come out alone tells.
    records = _parse(content, file_name, encoding, delimiter, strict=False)
    if records.pop() != ["\x03"]:
        raise AmparoError("intake.quote_open", file=file_name, row=len(records) + 1)
    return records, row


def _parse(content: bytes, file_name: str, encoding: str, delimiter: str, *, strict: bool) -> list[list[str]]:
    """Rows of the text; `csv.Error` with the row's number where a quotation mark within one line is stray."""
    records: list[list[str]] = []
    cells = lines_before = 0
    with io.TextIOWrapper(io.BytesIO(content), encoding, newline="") as text:
        reader = csv.reader(text if strict else chain(text, ["\x03"]), delimiter=delimiter, strict=strict)
        try:
            for record in reader:
                records.append(record)
                lines_before = reader.line_num
                cells += len(record)
                if cells > CELL_LIMIT * 2 or len(record) > COLUMN_LIMIT:
                    facts = {"row": len(records), "cells": len(record), "limit": COLUMN_LIMIT}
                    raise AmparoError("intake.too_wide", file=file_name, **facts)
        except csv.Error as error:
            where = {"file": file_name, "row": len(records) + 1}
            if "field larger" in str(error):
                raise AmparoError("intake.cell_too_long", **where, limit=FIELD_LIMIT) from None
            # A row that turns irregular only lines after it began has swallowed those lines.
            if reader.line_num > lines_before + 1:
                raise AmparoError("intake.quote_open", **where) from None
            raise csv.Error(str(where["row"])) from None
    return records
