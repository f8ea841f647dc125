"""The form is valid for ODK, and what is filled into it comes back from every export, without a mapping."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from pyxform.xls2xform import convert

from amparo.intake import field_form, mapping, odk
from amparo.intake.field_form import Consent, consents
from amparo.intake.proposal import propose
from amparo.intake.quarantine import in_quarantine
from amparo.intake.xlsform import read_form
from amparo.records import CELLS

Submission = dict[str, Any]  # answers by path, and for a repeat's path a list of the same
QUESTIONS = field_form.form().questions
REPEATS = field_form.form().repeats
PERSON: Submission = {
    "amparo_form": "1",
    "consent/consent_case": "yes",
    "consent/consent_case_until": "2030-12-31",
    "consent/consent_referral": "yes",
    "consent/consent_referral_to": "Solo a la Organización Sintética",
    "consent/consent_statistics": "no",
    "consent/consent_words": "lo dijo sin dudar",
    "contact/contact_channel": "person",
    "person/person_given": "Ana",
    "person/person_surname": "Sintética",
    "person/person_sex": "female",
    "person/person_birth": "noviembre de 1981",
    "event/event_date": "en agosto",
    "event/event_account": "Llegaron de noche,\ny gritaron.",
    "household": [
        {"household/member_name": "Hija Sintética", "household/member_relation": "child"},
        {"household/member_name": "Hijo Sintético", "household/member_at_risk": "yes"},
    ],
    "threats": [{"threats/threat_words": "“Tiene 24 horas”", "threats/threat_channel": "note"}],
}


def _named(submissions: list[Submission]) -> list[Submission]:
    return [{"_uuid": f"u{number}"} | each for number, each in enumerate(submissions, 1)]


def _api(submissions: list[Submission]) -> bytes:
    return json.dumps({"results": _named(submissions)}).encode()


def _central(submissions: list[Submission]) -> bytes:
    """CSVs in a ZIP, as ODK Central exports them."""
    tables: dict[str, list[dict[str, str]]] = {"": [], **{repeat: [] for repeat in REPEATS}}
    for each in _named(submissions):
        own = {path.replace("/", "-"): text for path, text in each.items() if isinstance(text, str)}
        key = own.pop("_uuid")
        tables[""].append({"SubmissionDate": "2024-01-02T10:00:00.000Z"} | own | {"KEY": key})
        for repeat in REPEATS:
            tables[repeat] += [
                {path.rpartition("/")[2]: text for path, text in turn.items()}
                | {"PARENT_KEY": key, "KEY": f"{key}/{repeat}[{place}]"}
                for place, turn in enumerate(each.get(repeat, ()), 1)
            ]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for repeat, rows in tables.items():
            text = io.StringIO(newline="")
            names = list(dict.fromkeys(name for row in rows for name in row))
            writer = csv.DictWriter(text, names)
            writer.writeheader()
            writer.writerows(rows)
            if rows:
                archive.writestr(f"amparo{repeat and '-'}{repeat}.csv", text.getvalue())
    return out.getvalue()


def _workbook(submissions: list[Submission]) -> bytes:
    """One sheet for the submissions and one for each repeat, as KoboToolbox exports them."""
    tables: dict[str, list[dict[str, str]]] = {"amparo": [], **{repeat: [] for repeat in REPEATS}}
    for number, each in enumerate(_named(submissions), 1):
        own = {path: text for path, text in each.items() if isinstance(text, str)}
        tables["amparo"].append(own | {"_index": str(number)})
        for repeat in REPEATS:
            for turn in each.get(repeat, ()):
                number_of = str(len(tables[repeat]) + 1)
                above = {"_index": number_of, "_parent_table_name": "amparo", "_parent_index": str(number)}
                tables[repeat].append(turn | above)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, rows in tables.items():
            sheet = book.add_worksheet(name)
            names = list(dict.fromkeys(name for row in rows for name in row))
            for row, texts in enumerate([names, *([each.get(name, "") for name in names] for each in rows)]):
                for place, text in enumerate(texts):
                    sheet.write_string(row, place, text)
    return out.getvalue()


EXPORTS = {"envios.json": _api, "envios.zip": _central, "envios.xlsx": _workbook}


def _back(found: odk.Submissions) -> list[Submission]:
    """What was read, as it was filled in."""
    submissions = []
    for answers in found.groups[""]:
        each: Submission = dict(answers.values)
        each.pop("SubmissionDate", None)
        for repeat in REPEATS:
            turns = [turn.values for turn in found.groups.get(repeat, ()) if turn.parent == answers.key]
            if turns:
                each[repeat] = turns
        submissions.append(each)
    return submissions


def test_the_form_is_valid_and_the_same_every_time() -> None:
    form = field_form.workbook()
    converted = convert(form, file_type=".xlsx")
    assert not converted.warnings
    assert all(f"<{path.rpartition('/')[2]}" in converted.xform for path in QUESTIONS)
    assert form == field_form.workbook()
    assert read_form(form, "amparo.xlsx") == field_form.form()


def test_every_question_is_in_both_languages_and_consent_comes_first() -> None:
    rows = field_form.sheets()
    for row in [*rows["survey"][2:], *rows["choices"][1:]]:
        assert bool(row[2]) == bool(row[3]) != row[0].startswith("end")
    asked = [row[1] for row in rows["survey"][2:] if row[0].startswith("select_one")]
    assert asked[:4] == [f"consent_{use}" for use in field_form.USES]
    names = [path.rpartition("/")[2] for path in QUESTIONS]
    assert len(set(names)) == len(names)
    assert set(field_form.columns()) <= set(CELLS)


_LINE = st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=12).filter(
    lambda text: text.strip() == text and text
)
_DAY = st.dates(date(2020, 1, 1), date(2040, 1, 1)).map(str)


def _answer(path: str) -> st.SearchStrategy[str]:
    question = QUESTIONS[path]
    if question.choices:
        return st.sampled_from(sorted(field_form.form().choices[question.choices]))
    return _DAY if question.kind == "date" else _LINE


def _answers(repeat: str = "") -> st.SearchStrategy[Submission]:
    paths = [
        path
        for path, question in QUESTIONS.items()
        if question.kind not in ("note", "calculate")
        and (path.startswith(f"{repeat}/") if repeat else not path.startswith(REPEATS))
    ]
    return st.fixed_dictionaries({}, optional={path: _answer(path) for path in paths})


_SUBMISSIONS = st.lists(
    st.builds(
        lambda own, household, threats: (
            {"amparo_form": "1"}
            | own
            | {name: turns for name, turns in (("household", household), ("threats", threats)) if turns}
        ),
        _answers(),
        st.lists(_answers("household").filter(bool), max_size=2),
        st.lists(_answers("threats").filter(bool), max_size=2),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=25, deadline=None)
@given(submissions=_SUBMISSIONS, name=st.sampled_from(sorted(EXPORTS)))
def test_what_is_filled_in_comes_back(submissions: list[Submission], name: str) -> None:
    assert _back(odk.read_submissions(EXPORTS[name](submissions), name)) == submissions


@pytest.mark.parametrize("name", sorted(EXPORTS))
def test_a_submission_is_a_record_without_a_mapping(name: str) -> None:
    content = EXPORTS[name]([PERSON])
    sheet = in_quarantine(odk.read_sheet, content, name, file_name=name, language="es")
    found, proposals = propose(sheet)
    assert {proposal.reason for proposal in proposals} == {"intake.proposed_form"}
    (cells,) = mapping.apply(sheet, found, source="campo", record_ids=["campo.1.2"]).to_dicts()
    assert {field: cells[field] for field in CELLS if cells[field]} == {
        "identifier": "u1",
        "given": "Ana",
        "surname": "Sintética",
        "sex": "Mujer",
        "birth_date": "noviembre de 1981",
        "event_date": "en agosto",
        "circumstances": "Llegaron de noche,\ny gritaron.",
    }
    row = dict(zip(sheet.headers, sheet.rows[0], strict=True))
    assert row["household[1]/member_relation"] == "Hija o hijo"
    assert row["threats[1]/threat_words"] == "“Tiene 24 horas”"


def test_consents_are_what_was_said_of_each_use() -> None:
    answers = odk.read_submissions(_api([PERSON]), "x.json").groups[""][0].values
    words = "lo dijo sin dudar"
    assert list(consents(answers)) == [
        Consent("case", True, date(2030, 12, 31), words),
        Consent("referral", True, None, f"Solo a la Organización Sintética; {words}"),
        Consent("statistics", False, None, words),
    ]
