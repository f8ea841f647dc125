"""A first interview written at a desk: the answers to Amparo's own form as a document with what it tells.

The questions are those of `data/form.yml`. The document holds what is claimed of the person and no more, so
that an erasure takes all of it: consents, the household, notes and how to reach somebody are kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from amparo.errors import AmparoError
from amparo.intake.field_form import Asked, Group, groups
from amparo.intake.passages import Document, Row, Table
from amparo.intake.proposals import Kind, Proposal
from amparo.values.dates import parse_date

Language = Literal["es", "en"]
Answers = Mapping[str, str]

TOLD = ("person", "work", "threats", "event")  # groups that the document holds
_PERSON = "person-1"
_FILE = {
    "es": ("referencia", "motivo", "pide protección"),
    "en": ("reference", "reason", "asks for protection"),
}
# Answers of the group `work` that are claims on the person, by the field they fill.
_WORK = {"work_force": "force", "work_unit": "unit", "work_rank": "rank"}
_DUTY = ("on_duty", "on_leave", "former")  # who never served has no such status
_EXPOSURES = {"work_training": "foreign_training", "work_testimony": "testified"}
_CHANNELS = {
    "face": "in_person", "call": "call", "message": "message", "note": "note", "graffiti": "graffiti",
    "others": "third_person",
}  # fmt: skip
_THREAT = {
    "threat_date": "date",
    "threat_words": "words",
    "threat_author": "author_claimed",
    "threat_target": "target",
}
_DATES = ("birth_date", "event_date", "date")


class Interview(NamedTuple):
    """The document, what it proposes, and answers that no claim can hold, as (question, words)."""

    document: Document
    proposals: tuple[Proposal, ...]
    left: tuple[tuple[str, str], ...]


def read(
    reference: str, answers: Answers, turns: Mapping[str, Sequence[Answers]], language: Language
) -> Interview:
    """What was told, under a drawn reference. Answers are codes of choices or words, by question.

    `turns` are the answers of groups that repeat, by group. A day that no reading fits is among what is left.
    """
    file, reason, told = _FILE[language]
    tables = [Table(sheet="file", headers=(file, reason), rows=((1, (reference, told)),))]
    proposals = [
        Proposal(
            entity=_PERSON,
            kind="person",
            field="person_kind",
            value="victim",
            passage=Row(words=told, sheet="file", row=1, column=reason),
            rule="interview",
        )
    ]
    left: list[tuple[str, str]] = []
    for name in TOLD:
        group = groups()[name]
        rows = [each for each in turns.get(name, ()) if any(each.values())] if group.repeats else [answers]
        found = [
            each
            for number, row in enumerate(rows, 1)
            for each in _proposals(group, row, number, language, left)
        ]
        if found:
            tables.append(_table(group, found, language))
        proposals += found
    document = Document(kind="form", tables=tuple(tables), language=language)
    return Interview(document, tuple(proposals), tuple(left))


def _table(group: Group, found: Sequence[Proposal], language: Language) -> Table:
    """The answers that claims rest on."""
    headers = tuple(_label(asked, language) for asked in group.questions)
    cells: dict[int, dict[str, str]] = {}
    for each in found:
        if isinstance(each.passage, Row):
            cells.setdefault(each.passage.row, {})[each.passage.column] = each.passage.words
    rows = tuple((row, tuple(told.get(header, "") for header in headers)) for row, told in cells.items())
    return Table(sheet=group.name, headers=headers, rows=rows)


def _proposals(
    group: Group, row: Answers, number: int, language: Language, left: list[tuple[str, str]]
) -> list[Proposal]:
    found: list[Proposal] = []
    for asked in group.questions:
        answer = row.get(asked.name, "").strip()
        words, label = _said(asked, answer, language), _label(asked, language)
        passage = Row(words=words, sheet=group.name, row=number, column=label)
        claimed = [
            Proposal(entity=entity, kind=kind, field=field, value=value, passage=passage, rule="interview")
            for entity, kind, field, told in _told(asked, answer, words, number)
            if words and (value := _day(told) if field in _DATES else told)
        ]
        if words and not claimed:
            left.append((label, words))
        found += claimed
    if group.name == "threats" and found:
        found.append(msgspec.structs.replace(found[0], field="victim", value=_PERSON))
    return found


def _told(asked: Asked, answer: str, words: str, number: int) -> Iterator[tuple[str, Kind, str, str]]:
    """What one answer says: (thing, kind, field, value)."""
    threat = f"threat-{number}"
    if asked.cell:
        yield _PERSON, "person", asked.cell, words
    elif asked.name in _WORK:
        yield _PERSON, "person", _WORK[asked.name], words
    elif asked.name == "work_status" and answer in _DUTY:
        yield _PERSON, "person", "duty_status", answer
    elif asked.name in _EXPOSURES:
        exposure = f"exposure-{1 + list(_EXPOSURES).index(asked.name)}"
        yield exposure, "exposure", "person", _PERSON
        yield exposure, "exposure", "type", _EXPOSURES[asked.name]
        yield exposure, "exposure", "description", words
    elif asked.name == "threat_channel" and answer in _CHANNELS:
        yield threat, "threat", "channel", _CHANNELS[answer]
    elif asked.name in _THREAT:
        yield threat, "threat", _THREAT[asked.name], words


def _day(text: str) -> str:
    try:
        return parse_date(text).edtf
    except AmparoError:
        return ""


def _label(asked: Asked, language: Language) -> str:
    return asked.es if language == "es" else asked.en


def _said(asked: Asked, answer: str, language: Language) -> str:
    """An answer in words: the label of a choice, else as it was typed."""
    for code, es, en in asked.choices:
        if code == answer:
            return es if language == "es" else en
    return answer.strip()
