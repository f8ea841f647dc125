"""What a referral may carry: whole in both languages, each field with a source and an origin that exists."""

from amparo.vocabulary.forms import forms
from amparo.vocabulary.model import model

ROOMS = {"case", "member", "safety"}


def test_every_field_has_words_in_both_languages_a_source_and_an_origin() -> None:
    for form in forms().values():
        assert form.en.strip() and form.es.strip() and form.source.strip()
        for name, field in form.fields.items():
            room, _, origin = field.of.partition(".")
            assert field.en.strip() and field.es.strip() and field.source.strip() and origin, name
            assert room in ROOMS or origin == "told" or origin in model()[room].fields, name
            assert (field.part == "member") == (room == "member"), name


def test_no_form_asks_for_how_to_reach_somebody_or_what_lawyers_know() -> None:
    for form in forms().values():
        for field in form.fields.values():
            assert not {"code_word", "address", "hours", "note", "words"} & set(field.of.split("."))


def test_the_referral_sheet_has_categories_both_priorities_and_the_composition() -> None:
    asked = {field.of for field in forms()["unhcr_referral"].fields.values()}
    assert {"case.categories", "case.submission_priority", "case.processing_priority", "case.size"} <= asked
    assert {"member.relation", "member.dependent", "member.travels"} <= asked
