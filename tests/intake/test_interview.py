"""A first interview at a desk becomes a document and what it tells, with nothing invented."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from amparo.intake import interview
from amparo.intake.field_form import groups
from amparo.intake.passages import Row
from amparo.intake.proposals import unfounded
from amparo.vocabulary.model import fits, model

ANSWERS = {
    "consent_case": "yes",
    "contact_code_word": "secret-word",
    "contact_address": "secret-address",
    "person_given": "Nadie",
    "person_surname": "Ficticio",
    "person_birth": "noviembre de 1981",
    "person_sex": "female",
    "work_force": "una institución",
    "work_unit": "una unidad",
    "work_status": "former",
    "work_testimony": "un juzgado, 2017",
    "event_date": "en agosto",
}
THREATS = [
    {"threat_date": "5/11/2018", "threat_channel": "face", "threat_words": "te vas en 24 horas"},
    {},
    {"threat_date": "quién sabe", "threat_author": "un grupo"},
]
QUESTIONS = sorted({asked.name for group in groups().values() for asked in group.questions})


def told(language: interview.Language = "es") -> interview.Interview:
    return interview.read("C-TEST", ANSWERS, {"threats": THREATS}, language)


def values() -> dict[tuple[str, str], str]:
    return {(each.entity, each.field): each.value for each in told().proposals}


def test_what_was_told_becomes_claims_as_far_as_it_was_told() -> None:
    found = values()
    assert found["person-1", "given"] == "Nadie" and found["person-1", "birth_date"] == "1981-11"
    assert found["person-1", "event_date"] == "XXXX-08"
    assert found["person-1", "duty_status"] == "former" and found["person-1", "force"] == "una institución"
    assert found["exposure-2", "type"] == "testified" and ("exposure-1", "type") not in found
    assert found["threat-1", "channel"] == "in_person" and found["threat-1", "date"] == "2018-11-05"


def test_a_blank_threat_is_none_and_a_day_that_nobody_can_read_stays_as_words() -> None:
    found = values()
    assert ("threat-3", "victim") not in found and found["threat-2", "author_claimed"] == "un grupo"
    assert ("threat-2", "date") not in found
    assert [words for _, words in told().left] == ["quién sabe"]


def test_how_to_reach_the_person_is_in_no_document() -> None:
    for language in ("es", "en"):
        text = repr(told(language))
        assert "secret" not in text


def test_a_file_without_an_answer_is_a_person_who_asks_for_protection() -> None:
    found = interview.read("C-TEST", {}, {}, "en")
    assert [(each.field, each.value) for each in found.proposals] == [("person_kind", "victim")]
    assert not unfounded(found.document, found.proposals)


@given(st.dictionaries(st.sampled_from(QUESTIONS), st.text(max_size=20)), st.sampled_from(["es", "en"]))
def test_whatever_is_answered_each_claim_stands_in_the_document(
    answers: dict[str, str], language: interview.Language
) -> None:
    found = interview.read("C-TEST", answers, {"threats": [answers]}, language)
    assert not unfounded(found.document, found.proposals)
    for each in found.proposals:
        assert each.value and each.entity.startswith(f"{each.kind}-")
        assert model()[each.kind].fields[each.field].refers_to or fits(each.kind, each.field, each.value)


@given(st.dictionaries(st.sampled_from(QUESTIONS), st.text(max_size=20)))
def test_an_erasure_takes_all_that_the_document_holds(answers: dict[str, str]) -> None:
    found = interview.read("C-TEST", answers, {"threats": [answers]}, "es")
    claimed = {(p.sheet, p.row, p.column) for each in found.proposals if isinstance(p := each.passage, Row)}
    for table in found.document.tables:
        for row, cells in table.rows:
            for header, cell in zip(table.headers, cells, strict=True):
                assert not cell or (table.sheet, row, header) in claimed or header == "referencia"
