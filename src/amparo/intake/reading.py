"""Which reader a file is for, by what it holds and not by its name; and every list as one table."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import Literal

from amparo.errors import AmparoError
from amparo.intake import (
    delimited,
    markup,
    odk,
    picture,
    recording,
    spreadsheet,
    transcript,
    whatsapp,
    workbook,
)
from amparo.intake.archive import ZIP, Archive
from amparo.intake.headers import known
from amparo.intake.passages import Document
from amparo.intake.pdf import PDF
from amparo.intake.sheet import Sheet

Kind = Literal["list", "form", "chat", "article", "pdf", "picture", "recording", "transcript"]

_BLANK = b' \t\r\n\0,;|"\xef\xbb\xbf\xff\xfe'
_CELL = re.compile(rb">(\w[\w/-]{2,40})</(?:\w+:)?t>")  # texts of cells that may be names
_JSON = re.compile(rb"""\s*(?:\[\s*[\[{\]]|\{\s*["}])""")
# Column names that only the exports of ODK and KoboToolbox have.
_OF_FORMS = frozenset(
    ("PARENT_KEY", "_submission_time", "_parent_index", "meta-instanceID", "meta/instanceID")
)
_FORM_PAIRS = (("SubmissionDate", "KEY"), ("_uuid", "_index"))
_OTHERS = (
    b"{\\rtf",
    b"%!PS",
    b"\x7fELF",
    b"MZ",
    b"\x1f\x8b",
    b"7z\xbc\xaf",
    b"Rar!",
    b"BZh",
    b"\xfd7zXZ",
    b"SQLite",
)


def recognise(content: bytes, file_name: str) -> Kind:
    """What a file is. Whether a PDF is a list or an article is asked of `pdf`.

    Raises intake.empty, unknown_format, and the codes of archives, workbooks, web pages and texts.
    """
    spreadsheet.check_size(content, file_name)
    if not content.strip(_BLANK):
        raise AmparoError("intake.empty", file=file_name)
    head = content[:64]
    kinds: tuple[tuple[Kind, bool], ...] = (
        ("pdf", head.startswith(PDF)),
        ("picture", picture.is_picture(head)),
        ("recording", recording.is_recording(head)),
        ("list", head.startswith(workbook.OLE)),
    )
    found = next((kind for kind, holds in kinds if holds), None)
    if found is not None:
        return found
    if head.startswith(_OTHERS):
        raise AmparoError("intake.unknown_format", file=file_name)
    return _in_archive(content, file_name) if head.startswith(ZIP) else _in_text(content, file_name)


def read_list(
    content: bytes,
    file_name: str,
    *,
    sheet: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    language: str = "es",
) -> Sheet:
    """Any list but one in PDF as one table; `sheet` names a worksheet, or a repeat of a form.

    Answers to a form are told in `language`. Raises the codes of `spreadsheet.read_sheet`,
    `odk.read_sheet` and `markup.read_table`.
    """
    if delimiter is None and encoding is None:
        if markup.is_page(content[:1000]):
            return markup.read_table(content, file_name)
        if _is_of_form(content, file_name):
            return odk.read_sheet(content, file_name, language=language, group=sheet or "")
    return spreadsheet.read_sheet(content, file_name, sheet=sheet, delimiter=delimiter, encoding=encoding)


def read_text(content: bytes, file_name: str) -> Document:
    """A text, as the article it is. Raises the codes of texts, and intake.empty."""
    text = delimited.decode(content, file_name).replace("\r", "\n")
    if not text.strip():
        raise AmparoError("intake.empty", file=file_name)
    return Document(kind="article", text=text)


def _in_archive(content: bytes, file_name: str) -> Kind:
    archive = Archive(content, file_name, members=whatsapp.MEMBERS)
    names = archive.names
    if workbook.INDEXES.intersection(names):
        index = _first_piece(archive, "xl/workbook.xml")
        return "form" if re.search(rb"""\bname\s*=\s*["']survey["']""", index, re.IGNORECASE) else "list"
    endings = {name.rpartition(".")[2].lower() for name in names}
    if endings & {"csv", "json", "enc"}:
        return "list"
    if "txt" in endings:
        return "chat"
    raise AmparoError("intake.unknown_format", file=file_name)


def _in_text(content: bytes, file_name: str) -> Kind:
    if markup.is_page(content[:1000]):
        return "list" if markup.holds_list(content, file_name) else "article"
    if _JSON.match(content[:100].removeprefix(b"\xef\xbb\xbf")):
        return "list"
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<?xml", b"<svg")):
        raise AmparoError("intake.unknown_format", file=file_name)
    head = delimited.decode(content, file_name)[:20_000]
    if whatsapp.is_chat(head):
        return "chat"
    if transcript.is_cues(head):
        return "transcript"
    named = file_name.lower().endswith((".csv", ".tsv"))
    return "list" if named or _looks_like_rows(head) else "article"


def _looks_like_rows(head: str) -> bool:
    """Whether a text's lines are rows: under column names, or of one width that prose does not keep."""
    delimiter = delimited.detect_delimiter(head)
    lines = [line.split(delimiter) for line in islice(filter(str.strip, head.splitlines()), 60)]
    if not lines:
        return False
    if max(sum(map(known, line)) for line in lines[:30]) >= min(2, max(map(len, lines))):
        return True
    width, count = max(Counter(map(len, lines)).items(), key=lambda item: item[1])
    return width > 2 and count > 2 and count >= 0.9 * len(lines)


def _is_of_form(content: bytes, file_name: str) -> bool:
    """Whether a table is an export of ODK or KoboToolbox."""
    if content.startswith(ZIP):
        archive = Archive(content, file_name, members=whatsapp.MEMBERS)
        if not workbook.INDEXES.intersection(archive.names):
            return any(name.lower().endswith((".csv", ".json", ".enc")) for name in archive.names)
        texts = [
            name for name in archive.names if re.search(r"sharedStrings\.xml$|sheets?/[^/]+\.xml$", name)
        ]
        names = {
            found.decode("utf-8", "replace")
            for name in texts
            for found in _CELL.findall(_first_piece(archive, name))
        }
        return _are_of_form(names)
    if _JSON.match(content[:100].removeprefix(b"\xef\xbb\xbf")):
        return True
    first = content[:65_536].removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace")
    return _are_of_form(set(re.split(r'"?[,;\t]"?', first.strip('"\r'))))


def _first_piece(archive: Archive, name: str) -> bytes:
    return next(archive.pieces(name), b"") if name in archive.names else b""


def _are_of_form(names: set[str]) -> bool:
    return bool(_OF_FORMS & names) or any(names.issuperset(pair) for pair in _FORM_PAIRS)
