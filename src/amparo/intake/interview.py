"""A first interview written at a desk: the answers to Amparo's own form as a document with what it tells.

The questions are those of `data/form.yml`. What was asked of consent stands in the document too; how to reach
the person does not, and neither does the household: both are kept where fewer look.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from amparo.errors import AmparoError, Issue
from amparo.intake.field_form import Asked, Group, groups
from amparo.intake.passages import Document, Row, Table
from amparo.intake.proposals import Kind, Proposal
from amparo.values.dates import parse_date

Language = Literal["es", "en"]
Answers = Mapping[str, str]

TOLD = ("consent", "person", "work", "threats", "event", "interview")  # groups that the document holds
_PERSON = "person-1"
_FILE = {
    "es": ("número del expediente", "motivo", "pide protección"),
    "en": ("file number", "reason", "asks for protection"),
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
    """The document, what it proposes, and what could not be read as the day it should be."""

    document: Document
    proposals: tuple[Proposal, ...]
    issues: tuple[Issue, ...]


def read(
    number: str, answers: Answers, turns: Mapping[str, Sequence[Answers]], language: Language
) -> Interview:
    """What was told, under a file's number. Answers are codes of choices or words, by question.

    `turns` are the answers of groups that repeat, by group. A day that no reading fits stays in the document,
    and an issue says so.
    """
    file, reason, told = _FILE[language]
    tables = [Table(sheet="file", headers=(file, reason), rows=((1, (number, told)),))]
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
    issues: list[Issue] = []
    for name in TOLD:
        group = groups()[name]
        rows = [each for each in turns.get(name, ()) if any(each.values())] if group.repeats else [answers]
        table = _table(group, rows, language)
        if not table.rows:
            continue
        tables.append(table)
        for number_of, row in enumerate(rows, 1):
            proposals += _proposals(group, row, number_of, language, issues)
    document = Document(kind="form", tables=tuple(tables), language=language, issues=tuple(issues))
    return Interview(document, tuple(proposals), tuple(issues))


def _table(group: Group, rows: Sequence[Answers], language: Language) -> Table:
    told = [[_said(asked, row.get(asked.name, ""), language) for asked in group.questions] for row in rows]
    kept = tuple((number, tuple(cells)) for number, cells in enumerate(told, 1) if any(cells))
    return Table(
        sheet=group.name, headers=tuple(_label(asked, language) for asked in group.questions), rows=kept
    )


def _proposals(
    group: Group, row: Answers, number: int, language: Language, issues: list[Issue]
) -> Iterator[Proposal]:
    first = None
    for asked in group.questions:
        answer = row.get(asked.name, "").strip()
        words = _said(asked, answer, language)
        if not words:
            continue
        passage = Row(words=words, sheet=group.name, row=number, column=_label(asked, language))
        first = first or passage
        for entity, kind, field, value in _told(asked, answer, words, number):
            written = _day(value, issues) if field in _DATES else value
            if written:
                yield Proposal(
                    entity=entity, kind=kind, field=field, value=written, passage=passage, rule="interview"
                )
    if group.name == "threats" and first:
        threat, words = f"threat-{number}", first
        yield Proposal(
            entity=threat, kind="threat", field="victim", value=_PERSON, passage=words, rule="interview"
        )


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


def _day(text: str, issues: list[Issue]) -> str:
    try:
        return parse_date(text).edtf
    except AmparoError as error:
        issues.append(Issue(error.code, dict(error.facts)))
        return ""


def _label(asked: Asked, language: Language) -> str:
    return asked.es if language == "es" else asked.en


def _said(asked: Asked, answer: str, language: Language) -> str:
    """An answer in words: the label of a choice, else as it was typed."""
    for code, es, en in asked.choices:
        if code == answer:
            return es if language == "es" else en
    return answer.strip()
