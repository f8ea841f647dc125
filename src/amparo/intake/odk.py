"""Submissions of forms filled in ODK or KoboToolbox, as their servers export them; several files in a ZIP.

Formats: ODK Briefcase and Central (KEY, PARENT_KEY, SET-OF-…; one CSV for each repeat), KoboToolbox's API
(JSON), its CSV and its workbooks (_index, _parent_index; one sheet for each repeat).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

import msgspec

from amparo.errors import AmparoError, Issue
from amparo.intake import delimited, field_form, workbook, xlsform
from amparo.intake.archive import ZIP, Archive
from amparo.intake.sheet import CELL_LIMIT, COLUMN_LIMIT, Sheet
from amparo.intake.xlsform import Form

KEY = "KEY"
_DEPTH = 32  # repeats within repeats
# What servers and telephones add: it tells of the interviewer, or only of the server.
_ADDED = re.compile(
    r"(?:meta[/-].*|SET-OF-.*|PARENT_KEY|KEY|__.*|_submission__.*|_parent_.*|_index|_id|_uuid|_notes|_tags|_status"
    r"|_submitted_by|_bamboo_dataset_id|_xform_id_string|_attachments|_geolocation|_validation_status|_version_"
    r"|formhub/uuid|instanceID|rootUuid|_?deviceid|DeviceID|_?phonenumber|simserial|subscriberid|username|email"
    r"|SubmitterID|SubmitterName|AttachmentsPresent|AttachmentsExpected|Status|ReviewState|Edits|FormVersion"
    r"|isValidated|background-audio|audit|start-geopoint)",
)
_TURN = re.compile(r"/([^/\[]+)\[\d+\]$")  # uuid:…/household[2]
_ENCRYPTED = frozenset(("base64EncryptedKey", "encryptedXmlFile", "base64EncryptedElementSignature"))
_FLAGS = frozenset(("", "0", "1", "0.0", "1.0", "true", "false", "TRUE", "FALSE", "True", "False"))


class Answers(msgspec.Struct, frozen=True, array_like=True):
    """One submission, or one turn of a repeat, by the paths of its questions."""

    key: str
    parent: str  # key of the submission or turn it belongs to; "" for submissions
    row: int  # in its file, from 1
    values: dict[str, str]


class Submissions(msgspec.Struct, frozen=True):
    """What was submitted: "" holds the submissions, each repeat's path its turns; answers are codes."""

    file_name: str
    groups: dict[str, list[Answers]]
    form: Form | None = None
    issues: tuple[Issue, ...] = ()


def read_submissions(content: bytes, file_name: str) -> Submissions:
    """Read an export; answers to Amparo's own form need no other file to be understood.

    Raises intake.odk_none, odk_encrypted, json, and the codes of text, workbooks and archives.
    """
    groups: dict[str, list[Answers]] = {}
    forms: list[Form] = []
    locked = 0
    for name, whole in _files(content, file_name):
        if name.lower().endswith(".enc"):
            locked += 1
            continue
        for path, rows in _groups(whole, name, forms):
            groups.setdefault(path, []).extend(rows)
    form = forms[0] if forms else None
    if form is None and any(field_form.MARK in answers.values for answers in groups.get("", ())):
        form = field_form.form()
    issues: list[Issue] = []
    if form is not None:
        groups = _by_path(groups, form)
    groups, hidden = _decrypted(groups)
    if hidden + locked:
        issues.append(Issue("intake.odk_encrypted_some", {"file": file_name, "number": hidden + locked}))
    groups, twice = _once(groups)
    if twice:
        issues.append(Issue("intake.odk_twice", {"file": file_name, "number": twice}))
    if not any(groups.values()):
        code = "intake.odk_encrypted" if hidden + locked else "intake.odk_none"
        raise AmparoError(code, file=file_name)
    groups = {path: rows for path, rows in groups.items() if rows}
    orphans = _orphans(groups)
    if orphans:
        issues.append(Issue("intake.odk_orphans", {"file": file_name, "number": orphans}))
    return Submissions(file_name, groups, form, tuple(issues))


def read_sheet(content: bytes, file_name: str, *, language: str = "es", group: str = "") -> Sheet:
    """An export as one table: a row for each submission, its repeats in numbered columns; or a repeat alone.

    Answers are labels in the language, where the form came with them. Raises as `read_submissions`, and
    intake.odk_no_group, too_wide.
    """
    return as_sheet(read_submissions(content, file_name), language=language, group=group)


def as_sheet(found: Submissions, *, language: str, group: str = "") -> Sheet:
    """As `read_sheet`."""
    if not group and len(found.groups) == 1:  # the file of a repeat alone
        (group,) = found.groups
    if group not in found.groups:
        known = ", ".join(filter(None, found.groups)) or "-"
        raise AmparoError("intake.odk_no_group", file=found.file_name, group=group, groups=known)
    records = [
        {KEY: answers.key} | {path: _said(found, path, value, language) for path, value in values.items()}
        for answers, values in _flat(found, group)
    ]
    headers = tuple(dict.fromkeys(name for record in records for name in record))
    if len(headers) > COLUMN_LIMIT or len(headers) * len(records) > CELL_LIMIT:
        facts = {"row": 1, "cells": len(headers), "limit": COLUMN_LIMIT}
        raise AmparoError("intake.too_wide", file=found.file_name, **facts)
    rows = [tuple(record.get(name, "") for name in headers) for record in records]
    numbers = row_numbers(found.groups[group])
    return Sheet(
        found.file_name, headers, rows, numbers, group or None, issues=found.issues, language=language
    )


def row_numbers(answers: list[Answers]) -> list[int]:
    """Numbers of the rows of a table: those of the file, or counted where they come from several."""
    numbers = [each.row for each in answers]
    return numbers if len(set(numbers)) == len(numbers) else list(range(1, len(numbers) + 1))


def _said(found: Submissions, path: str, value: str, language: str) -> str:
    return found.form.said(re.sub(r"\[\d+\]", "", path), value, language) if found.form else value


def _flat(found: Submissions, group: str) -> Iterator[tuple[Answers, dict[str, str]]]:
    """The rows of a group, each with what its repeats hold: household[2]/name."""
    below: dict[str, list[tuple[str, Answers]]] = {}
    for path, rows in found.groups.items():
        if path:
            for answers in rows:
                below.setdefault(answers.parent, []).append((path, answers))

    def values(answers: Answers, prefix: str, depth: int) -> dict[str, str]:
        flat = {f"{prefix}{_below(name, prefix)}": value for name, value in answers.values.items()}
        counts: dict[str, int] = {}
        for path, inner in below.get(answers.key, ()) if depth < _DEPTH else ():
            counts[path] = counts.get(path, 0) + 1
            name = _below(path, prefix)
            flat |= values(inner, f"{prefix}{name}[{counts[path]}]/", depth + 1)
        return flat

    for answers in found.groups[group]:
        yield answers, values(answers, "", 0)


def _below(path: str, prefix: str) -> str:
    """A path without the part that a prefix says already."""
    return path.removeprefix(re.sub(r"\[\d+\]", "", prefix))


def _files(content: bytes, file_name: str) -> Iterator[tuple[str, bytes]]:
    """The tables of an export; pictures and recordings in it stay where they are."""
    if not content.startswith(ZIP):
        yield file_name, content
        return
    archive = Archive(content, file_name)
    if workbook.INDEXES.intersection(archive.names):
        yield file_name, content
        return
    for name in archive.names:
        kind = PurePosixPath(name).suffix.lower()
        if kind in (".csv", ".json", ".xlsx", ".enc"):
            yield name, b"" if kind == ".enc" else archive.read(name)


def _groups(content: bytes, name: str, forms: list[Form]) -> Iterator[tuple[str, list[Answers]]]:
    """What one file holds, by path; a form in it is kept aside."""
    if content.startswith(ZIP):
        sheets = workbook.read_rows(content, name)
        if any(sheet.lower() == "survey" for sheet in sheets):
            forms.append(xlsform.from_sheets(sheets, name))
            return
        known: dict[str, str] = {}
        for number, (sheet, rows) in enumerate(sheets.items()):
            yield from _table(rows, sheet, known, first=number == 0)
    elif content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        yield from _json(content, name, forms)
    else:
        yield from _table(delimited.read_rows(content, name).rows, PurePosixPath(name).stem, {}, first=True)


def _table(
    rows: list[list[str]], table: str, known: dict[str, str], *, first: bool
) -> Iterator[tuple[str, list[Answers]]]:
    """The submissions or turns of one table; `known` are keys by table and number, as Kobo tells them."""
    if not rows:
        return
    headers = [header.strip() for header in rows[0]]
    places = {header: place for place, header in enumerate(headers)}
    split = _split_choices(headers, rows)
    path = table if "PARENT_KEY" in places or "_parent_index" in places else ""

    def cell(row: list[str], header: str) -> str:
        place = places.get(header)
        return row[place].strip() if place is not None and place < len(row) else ""

    found: list[Answers] = []
    for number, row in enumerate(rows[1:], 2):
        if not any(map(str.strip, row)):
            continue
        index = f"{table}:{cell(row, '_index') or number}"
        key = cell(row, KEY) or ("" if path else cell(row, "_uuid")) or index
        known[index] = key
        parent = ""
        if path:
            above = f"{cell(row, '_parent_table_name')}:{cell(row, '_parent_index')}"
            parent = cell(row, "PARENT_KEY") or known.get(above) or cell(row, "_submission__uuid") or above
        values = {
            header: text
            for place, (header, text) in enumerate(zip(headers, row, strict=False))
            if text.strip() and header and place not in split and not _ADDED.fullmatch(header)
        }
        values |= {mark: cell(row, mark) for mark in _ENCRYPTED if cell(row, mark)}
        found.append(Answers(key, parent, number, values))
    turn = _TURN.search(found[0].key) if found and "PARENT_KEY" in places else None
    if path or first:
        yield turn[1] if turn else path, found


def _split_choices(headers: list[str], rows: list[list[str]]) -> set[int]:
    """Columns question/choice that only repeat, as 0 or 1, what the question's own column says."""
    known = set(headers)
    flags = {
        place for place, header in enumerate(headers) if "/" in header and header.rpartition("/")[0] in known
    }
    for row in rows[1:]:
        flags -= {place for place in flags if place < len(row) and row[place].strip() not in _FLAGS}
    return flags


def _json(content: bytes, name: str, forms: list[Form]) -> Iterator[tuple[str, list[Answers]]]:
    try:
        data = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise AmparoError("intake.json", file=name) from None
    submissions = data
    if isinstance(data, dict):
        if isinstance(data.get("content"), dict):
            forms.append(xlsform.from_content(data["content"], name))
        held = [data[key] for key in ("results", "submissions", "value") if isinstance(data.get(key), list)]
        if not held:
            return
        submissions = held[0]
    groups: dict[str, list[Answers]] = {"": []}
    walk = _Walk(groups, name)
    for number, submission in enumerate(submissions, 1):
        if not isinstance(submission, dict):
            raise AmparoError("intake.json", file=name)
        marks = ("meta/instanceID", "__id", "instanceID", "_uuid", "_id")
        key = next((str(submission[mark]) for mark in marks if submission.get(mark)), str(number))
        groups[""].append(Answers(key, "", number, {}))
        walk.keep(submission, groups[""][-1], "", 0)
    yield from groups.items()


class _Walk:
    """Keeps submissions and the turns below them; names are whole paths already, or nested objects."""

    def __init__(self, groups: dict[str, list[Answers]], name: str) -> None:
        self._groups, self._name = groups, name

    def keep(self, entry: Mapping[str, Any], into: Answers, prefix: str, depth: int) -> None:
        """What one object says of one submission or turn."""
        if depth > _DEPTH:
            raise AmparoError("intake.json", file=self._name)
        for key, value in entry.items():
            path = key if not prefix or key.startswith(f"{prefix}/") else f"{prefix}/{key}"
            if key in _ENCRYPTED:
                into.values[key] = str(value)
            elif _ADDED.fullmatch(key) or "@odata" in key or key == "meta":
                continue
            elif isinstance(value, dict) and value.get("type") == "Point":
                into.values[path] = _text(value.get("coordinates"))
            elif isinstance(value, dict):
                self.keep(value, into, path, depth + 1)
            elif isinstance(value, list) and any(isinstance(turn, dict) for turn in value):
                self._turns(value, into, path, depth + 1)
            elif (text := _text(value)).strip():
                into.values[path] = text

    def _turns(self, turns: list[Any], of: Answers, path: str, depth: int) -> None:
        rows = self._groups.setdefault(path, [])
        for place, turn in enumerate(turns, 1):
            if not isinstance(turn, dict):
                raise AmparoError("intake.json", file=self._name)
            key = f"{of.key}/{path.rpartition('/')[2]}[{place}]"
            rows.append(Answers(key, of.key, len(rows) + 1, {}))
            self.keep(turn, rows[-1], path, depth)


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case list():
            return " ".join(map(_text, value))
        case _:
            return str(value)


def _by_path(groups: dict[str, list[Answers]], form: Form) -> dict[str, list[Answers]]:
    """The same by the form's own paths, whatever the export calls its columns and sheets."""
    repeats = {repeat.rpartition("/")[2]: repeat for repeat in form.repeats} | {
        repeat: repeat for repeat in form.repeats
    }
    return {
        repeats.get(path, path): [
            msgspec.structs.replace(
                answers,
                values={form.path_of(name) or name: value for name, value in answers.values.items()},
            )
            for answers in rows
        ]
        for path, rows in groups.items()
    }


def _decrypted(groups: dict[str, list[Answers]]) -> tuple[dict[str, list[Answers]], int]:
    """The submissions that can be read, and the number of those still encrypted."""
    kept = {
        path: [answers for answers in rows if not _ENCRYPTED.intersection(answers.values)]
        for path, rows in groups.items()
    }
    return kept, sum(map(len, groups.values())) - sum(map(len, kept.values()))


def _once(groups: dict[str, list[Answers]]) -> tuple[dict[str, list[Answers]], int]:
    """Each submission once: an export that was appended to holds the same ones again."""
    twice = 0
    once: dict[str, list[Answers]] = {}
    for path, rows in groups.items():
        seen: dict[tuple[str, str], list[dict[str, str]]] = {}
        once[path] = []
        for answers in rows:
            same = seen.setdefault((answers.key, answers.parent), [])
            if answers.values in same:
                twice += not path
                continue
            same.append(answers.values)
            once[path].append(answers)
    return once, twice


def _orphans(groups: dict[str, list[Answers]]) -> int:
    """Turns of a repeat whose submission is not in the export."""
    known = {answers.key for rows in groups.values() for answers in rows}
    return sum(answers.parent not in known for path, rows in groups.items() if path for answers in rows)
