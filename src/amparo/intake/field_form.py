"""The form that Amparo gives to take to the field, and what its answers are when they come back.

`data/form.yml` holds it once: the workbook to load into ODK or KoboToolbox, the labels of its answers, and
which cell of a record each answer fills. A submission carries the question `amparo_form` and is known by it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from amparo.intake import xlsform
from amparo.intake.xlsform import Form

MARK = "amparo_form"
LANGUAGES = {"es": "Español (es)", "en": "English (en)"}
USES = ("case", "referral", "statistics", "publication")


class _Entry(msgspec.Struct, frozen=True):
    source: str
    kind: str = ""
    name: str = ""
    list: str = ""
    es: str = ""
    en: str = ""
    relevant: str = ""
    cell: str = ""


class _Words(msgspec.Struct, frozen=True):
    form_id: str
    version: str
    title: dict[str, str]
    questions: tuple[_Entry, ...]
    choices: tuple[_Entry, ...]


_WORDS = msgspec.yaml.decode(Path(__file__).parent.joinpath("data", "form.yml").read_bytes(), type=_Words)


class Asked(NamedTuple):
    """One question: its name, its type's first word, its words, its choices as (code, es, en), its cell."""

    name: str
    kind: str
    es: str
    en: str
    choices: tuple[tuple[str, str, str], ...]
    cell: str


class Group(NamedTuple):
    """Questions that belong together; a group that repeats is asked once for each person or threat."""

    name: str
    es: str
    en: str
    repeats: bool
    questions: tuple[Asked, ...]


class Consent(NamedTuple):
    """What a person said on one use of what they told; `until` is its last day."""

    use: str
    given: bool
    until: date | None
    words: str


def sheets() -> dict[str, list[list[str]]]:
    """The form as the rows of its worksheets."""
    labels = [f"label::{name}" for name in LANGUAGES.values()]
    survey = [["type", "name", *labels, "relevant", "required", "calculation"]]
    survey.append(["calculate", MARK, "", "", "", "", f"'{_WORDS.version}'"])
    survey += [
        [entry.kind.replace("_", " ", 1) if entry.kind.startswith(("begin", "end")) else entry.kind,
         entry.name, entry.es, entry.en, entry.relevant,
         "yes" if entry.name in {f"consent_{use}" for use in USES} else "", ""]
        for entry in _WORDS.questions
    ]  # fmt: skip
    choices = [["list_name", "name", *labels]]
    choices += [[entry.list, entry.name, entry.es, entry.en] for entry in _WORDS.choices]
    title = " / ".join(_WORDS.title[language] for language in LANGUAGES)
    settings = [
        ["form_title", "form_id", "version", "default_language"],
        [title, _WORDS.form_id, _WORDS.version, LANGUAGES["es"]],
    ]
    return {"survey": survey, "choices": choices, "settings": settings}


@cache
def groups() -> dict[str, Group]:
    """The form's groups by name, for who asks without a telephone's form. Notes are no questions."""
    found: dict[str, Group] = {}
    inside = ""
    for entry in _WORDS.questions:
        if entry.kind in ("begin_group", "begin_repeat"):
            inside = entry.name
            found[inside] = Group(inside, entry.es, entry.en, entry.kind == "begin_repeat", ())
        elif entry.kind != "note" and not entry.kind.startswith("end"):
            kind, _, choices = entry.kind.partition(" ")
            asked = Asked(entry.name, kind, entry.es, entry.en, _choices(choices), entry.cell)
            found[inside] = found[inside]._replace(questions=(*found[inside].questions, asked))
    return found


def _choices(name: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((each.name, each.es, each.en) for each in _WORDS.choices if name and each.list == name)


def workbook() -> bytes:
    """The form as a workbook (XLSForm): the same bytes every time."""
    import xlsxwriter  # noqa: PLC0415  (only whoever makes the form needs it)

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"title": "Amparo", "created": datetime(2000, 1, 1, tzinfo=UTC)})
        for name, rows in sheets().items():
            sheet = book.add_worksheet(name)
            sheet.set_column(0, 1, 26)
            sheet.set_column(2, 6, 60)
            for number, row in enumerate(rows):
                for place, text in enumerate(row):
                    sheet.write_string(number, place, text)
    return out.getvalue()


def form() -> Form:
    """The form as `xlsform` reads it."""
    return xlsform.from_sheets(sheets(), _WORDS.form_id)


def columns() -> dict[str, tuple[str, ...]]:
    """Paths of the questions that fill each cell of a record."""
    cells = {entry.name: entry.cell for entry in _WORDS.questions if entry.cell}
    found: dict[str, tuple[str, ...]] = {}
    for path in form().questions:
        cell = cells.get(path.rpartition("/")[2])
        if cell:
            found[cell] = (*found.get(cell, ()), path)
    return found


def consents(answers: Mapping[str, str]) -> Iterator[Consent]:
    """What a submission says of each use; a use that nobody asked about is not there.

    `answers` are codes by path, as `odk` reads them.
    """
    for use in USES:
        answer = answers.get(f"consent/consent_{use}")
        if answer not in ("yes", "no"):
            continue
        to = answers.get(f"consent/consent_{use}_to", "")
        words = "; ".join(filter(None, (to, answers.get("consent/consent_words", ""))))
        day = answers.get(f"consent/consent_{use}_until", "")
        until = date.fromisoformat(day) if answer == "yes" and _is_day(day) else None
        yield Consent(use, answer == "yes", until, words)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
