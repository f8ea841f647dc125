"""What a form asks: an XLSForm, or the same as KoboToolbox gives it in JSON (https://xlsform.org)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import msgspec

from amparo.errors import AmparoError
from amparo.intake import workbook
from amparo.values.text import fold

DEFAULT = "default"
# How forms call our languages, after the folded name; "Español (es)" says it by its code.
_NAMES = {"es": ("espanol", "spanish", "castellano"), "en": ("english", "ingles")}
_BEGIN, _END = ("begin group", "begin repeat"), ("end group", "end repeat")


class Question(msgspec.Struct, frozen=True):
    """One question: its type's first word, its list of choices, its label in each of the form's languages."""

    path: str  # group/repeat/name
    kind: str
    choices: str = ""
    labels: dict[str, str] = {}


class Form(msgspec.Struct, frozen=True, dict=True):
    """A form as its author wrote it; `choices` are label by language by code by list."""

    form_id: str
    version: str
    questions: dict[str, Question]
    choices: dict[str, dict[str, dict[str, str]]]
    repeats: tuple[str, ...] = ()
    encrypted: bool = False

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Names of the form's languages, as it writes them."""
        labels = [question.labels for question in self.questions.values()]
        labels += [label for codes in self.choices.values() for label in codes.values()]
        return tuple(dict.fromkeys(language for label in labels for language in label))

    @cached_property
    def _by_heading(self) -> dict[str, str]:
        """Path of each question under every heading an export may give it, where only one question has it."""
        headings: Counter[str] = Counter()
        paths: dict[str, str] = {}
        for path, question in self.questions.items():
            inner = path
            for repeat in self.repeats:
                if path.startswith(f"{repeat}/"):
                    inner = path.removeprefix(f"{repeat}/")
            names = {path, path.replace("/", "-"), inner, inner.replace("/", "-"), path.rpartition("/")[2]}
            for name in names | set(question.labels.values()):
                headings[name] += 1
                paths[name] = path
        return {name: path for name, path in paths.items() if headings[name] == 1} | {
            path: path for path in self.questions
        }

    def path_of(self, heading: str) -> str | None:
        """The question that a column of an export answers."""
        return self._by_heading.get(heading)

    def language(self, wanted: str) -> str:
        """The form's own name for a language, else its first language."""
        words = _NAMES.get(wanted, (fold(wanted),))
        for language in self.languages:
            if f"({wanted})" in language or fold(language).split(" ")[0] in words or fold(language) == wanted:
                return language
        return next(iter(self.languages), DEFAULT)

    def said(self, path: str, answer: str, wanted: str) -> str:
        """An answer with the labels of its choices; what the form does not know stays as it is."""
        question = self.questions.get(path)
        if question is None or not question.choices:
            return answer
        language = self.language(wanted)
        codes = self.choices.get(question.choices, {})
        chosen = answer.split() if question.kind == "select_multiple" else [answer]
        if any(code not in codes for code in chosen):
            return answer
        return "; ".join(codes[code].get(language) or code for code in chosen)


def read_form(content: bytes, file_name: str) -> Form:
    """Read an XLSForm. Raises the codes of `workbook.read`, and intake.form_none, form_unclosed."""
    return from_sheets(workbook.read_rows(content, file_name), file_name)


def from_sheets(sheets: Mapping[str, list[list[str]]], file_name: str) -> Form:
    """A form from the rows of its worksheets. Raises intake.form_none, form_unclosed."""
    tables = {fold(name): _records(rows) for name, rows in sheets.items()}
    survey = tables.get("survey", [])
    if not any("type" in record for record in survey):
        raise AmparoError("intake.form_none", file=file_name)
    settings = next(iter(tables.get("settings", [])), {})
    return _form(survey, tables.get("choices", []), settings, file_name)


def from_content(content: Mapping[str, Any], file_name: str) -> Form:
    """A form from the `content` of KoboToolbox's JSON. Raises intake.form_none, form_unclosed."""
    languages = [str(name or DEFAULT) for name in content.get("translations") or [DEFAULT]]

    def record(entry: Any) -> dict[str, str]:
        if not isinstance(entry, dict):
            raise AmparoError("intake.form_none", file=file_name)
        texts = {key: value for key, value in entry.items() if isinstance(value, str)}
        label = texts.pop("label", None) or entry.get("label")
        labels = [label] if isinstance(label, str) else label if isinstance(label, list) else []
        for language, text in zip(languages, labels, strict=False):
            texts[f"label::{language}"] = str(text or "")
        texts["name"] = texts.get("name") or texts.get("$autoname", "")
        if "select_from_list_name" in texts:
            texts["type"] = f"{texts.get('type', '')} {texts['select_from_list_name']}"
        return texts

    tables = {key: content.get(key) or [] for key in ("survey", "choices")}
    if not all(isinstance(table, list) for table in tables.values()) or not tables["survey"]:
        raise AmparoError("intake.form_none", file=file_name)
    settings = content.get("settings")
    return _form(
        [record(entry) for entry in tables["survey"]],
        [record(entry) for entry in tables["choices"]],
        record(settings) if isinstance(settings, dict) else {},
        file_name,
    )


def _form(
    survey: Iterable[dict[str, str]],
    choices: Iterable[dict[str, str]],
    settings: Mapping[str, str],
    file_name: str,
) -> Form:
    questions: dict[str, Question] = {}
    repeats: list[str] = []
    within: list[str] = []
    for number, record in enumerate(survey, 2):
        words = record.get("type", "").replace("_", " ", 1).split()
        kind = " ".join(words[:2])
        if kind in _BEGIN:
            within.append(record.get("name", ""))
            if kind == "begin repeat":
                repeats.append("/".join(within))
        elif kind in _END:
            if not within:
                raise AmparoError("intake.form_unclosed", file=file_name, row=number)
            within.pop()
        elif words and record.get("name"):
            path = "/".join((*within, record["name"]))
            select = kind in ("select one", "select multiple")
            listed = words[2] if select and len(words) > 2 else ""
            first = kind.replace(" ", "_") if select else words[0]
            questions[path] = Question(path, first, listed, _labels(record))
    if within:
        raise AmparoError("intake.form_unclosed", file=file_name, row=number)
    lists: dict[str, dict[str, dict[str, str]]] = {}
    for record in choices:
        named = record.get("list_name") or record.get("list name") or ""
        if named and record.get("name"):
            lists.setdefault(named, {})[record["name"]] = _labels(record)
    facts = (settings.get("form_id") or settings.get("id_string") or "", settings.get("version", ""))
    return Form(*facts, questions, lists, tuple(repeats), bool(settings.get("public_key")))


def _labels(record: Mapping[str, str]) -> dict[str, str]:
    found = {
        key.partition(":")[2].strip(": ") or DEFAULT: value.strip()
        for key, value in record.items()
        if key.partition(":")[0].strip().lower() == "label"
    }
    return {language: label for language, label in found.items() if label}


def _records(rows: list[list[str]]) -> list[dict[str, str]]:
    """Rows under the names of the first."""
    if not rows:
        return []
    names = [name.strip() for name in rows[0]]
    return [
        {name: cell.strip() for name, cell in zip(names, row, strict=False) if name and cell.strip()}
        for row in rows[1:]
        if any(map(str.strip, row))
    ]
