"""The coded lists are whole in both languages and repeat no defect of the published thesauri."""

import csv
import re
from pathlib import Path

import pytest

from amparo.vocabulary.lists import is_code, lists, narrower, word
from amparo.vocabulary.model import model

THESAURI = Path(__file__).resolve().parents[3] / "shared" / "domain" / "micro_thesauri_selected_en_es.tsv"
# What HURIDOCS lacks and cases need.
_LOCAL = {
    "duty_status": {"on_duty", "off_duty", "on_leave", "former", "unknown"},
    "victim_status": {"serving", "former", "relative"},
    "occupation": {"police", "soldier"},
    "motive": {"confirmed", "unconfirmed"},
    "impunity": {"complete", "partial", "full_justice"},
    "exposure_type": {"testified", "foreign_training"},
    "displacement_step": {"left_post", "left_home", "left_country", "relocation_failed", "planned_group"},
    "intervention_type": {"information", "protection", "resettlement"},
    "response": {"refused", "refused_privacy", "none"},
    "person_kind": {"public_speaker", "expert", "journalist", "official"},
    "actor_kind": {"gang", "clique", "police", "armed_force", "unit"},
    "verification": {"unverified", "verified", "disputed", "rejected"},
}


def test_every_term_has_words_in_both_languages_and_a_source():
    for name, coded in lists().items():
        for code, term in coded.codes.items():
            assert re.fullmatch(r"[a-z][a-z0-9_]*", code), (name, code)
            assert term.en.strip() and term.es.strip(), (name, code)
            assert term.source.startswith(("HURIDOCS", "local: ")), (name, code)
            assert term.broader is None or is_code(name, term.broader), (name, code)


@pytest.mark.parametrize("language", ["es", "en"])
def test_no_list_says_two_codes_with_the_same_word(language):
    for name, coded in lists().items():
        words = [getattr(term, language) for term in coded.codes.values()]
        assert len(words) == len(set(words)), name


def test_the_local_lists_have_what_huridocs_lacks():
    assert {name: codes - set(lists()[name].codes) for name, codes in _LOCAL.items()} == {
        name: set() for name in _LOCAL
    }


def test_lists_41_and_43_are_not_swapped_in_spanish():
    """The published Spanish has "Probable" for Unlikely, "Improbable" for Likely, "Inactivo" for Active."""
    for name in ("certainty", "violation_status"):
        assert (word(name, "unlikely", "en"), word(name, "unlikely", "es")) == ("unlikely", "improbable")
        assert (word(name, "likely", "en"), word(name, "likely", "es")) == ("likely", "probable")
    assert (word("monitoring", "active", "en"), word("monitoring", "active", "es")) == ("active", "activo")
    assert word("monitoring", "inactive", "es") == "inactivo"


def test_a_kind_of_killing_is_a_killing():
    assert {"killing", "summary_execution", "murder"} <= narrower("act_type", "killing")
    assert "attempted_killing" not in narrower("act_type", "killing")


def test_every_list_is_used_or_names_a_property_of_claims():
    used = {field.written for thing in model().values() for field in thing.fields.values()}
    assert set(lists()) - used == {"certainty", "note", "verification", "restriction"}


def test_codes_named_as_sources_exist_in_the_published_lists():
    if not THESAURI.exists():
        pytest.skip("the published thesauri are not beside this checkout")
    with THESAURI.open(encoding="utf-8") as file:
        known = {(row["mt_list"], row["huri_code"]) for row in csv.DictReader(file, delimiter="\t")}
    named = {
        (match[1], match[2].replace(" ", "").ljust(12, "0"))
        for coded in lists().values()
        for term in coded.codes.values()
        if (match := re.match(r"HURIDOCS (4|5|17|18|19|25|27|28|41|42|43|44): ([\d ]+)(?:;|$)", term.source))
    }
    chosen = {number for number, _ in known}
    assert {each for each in named if each[0] in chosen} - known == set()
