"""Both languages say the same things, with the same facts, and write facts as readers expect them."""

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.codes import CODES
from amparo.report.catalogue import (
    day,
    enumerate_,
    languages,
    percent,
    pick_language,
    say,
    sentences,
    slots,
    write,
)

ROOT = Path(__file__).resolve().parents[2] / "src" / "amparo"


def test_languages_have_the_same_sentences_with_the_same_facts():
    spanish, english = sentences("es"), sentences("en")
    assert set(spanish) == set(english)
    assert {code for code in spanish if slots(spanish[code]) != slots(english[code])} == set()


@pytest.mark.parametrize("lang", languages())
def test_no_sentence_is_empty_and_every_brace_is_a_slot(lang):
    for code, sentence in sentences(lang).items():
        assert sentence.strip(), code
        rest = re.sub(r"\{\w+(?:[#%]|\|[^{}|]*\|[^{}|]*)?\}", "", sentence)
        assert "{" not in rest and "}" not in rest, code


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("code", sorted(CODES))
def test_every_error_has_a_sentence_that_uses_its_facts_only(lang, code):
    assert code in sentences(lang)
    assert slots(sentences(lang)[code]) <= set(CODES[code])


@pytest.mark.parametrize("lang", languages())
def test_every_code_written_in_the_source_has_a_sentence(lang):
    called = re.compile(r"""(?:Said|Issue|Refusal|AmparoError)\(\s*"([a-z_]+\.[a-z_]+)\"""")
    written = {code for path in ROOT.rglob("*.py") for code in called.findall(path.read_text("utf-8"))}
    assert written - set(sentences(lang)) == set()


@pytest.mark.parametrize("lang", languages())
def test_every_word_the_report_says_is_in_the_catalogue(lang):
    called = re.compile(r"""\b(?:s|say\(lang,)\(?\s*"([a-z_]+\.[a-z_]+)\"""")
    written = {
        code for path in (ROOT / "report").rglob("*.py") for code in called.findall(path.read_text("utf-8"))
    }
    assert len(written) > 40
    assert written - set(sentences(lang)) == set()


@pytest.mark.parametrize(
    ("environ", "lang"),
    [
        ({}, "en"),
        ({"LANG": "es_SV.UTF-8"}, "es"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "es_SV.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "fr:es:en"}, "es"),
        ({"LANG": "en_US.UTF-8", "AMPARO_LANG": "es"}, "es"),
        ({"LANG": ""}, "en"),
    ],
)
def test_language_of_the_environment(environ, lang):
    assert pick_language(environ) == lang


def test_facts_are_written_by_their_type():
    assert write("es", 1234567) == write("en", 1234567) == "1,234,567"
    assert write("es", 1234.5) == "1,234.5"
    assert write("en", 1.0030001) == "1.003"
    assert write("en", 100.0) == "100"
    assert write("es", None) == write("es", "") == write("es", []) == "—"
    assert (write("es", True), write("en", True)) == ("sí", "yes")
    assert write("es", date(2018, 8, 5)) == "5 de agosto de 2018"
    assert write("en", ["a", 1200, "c"]) == "a, 1,200 and c"


def test_percentages():
    assert percent("es", 0.9731) == "97.3\N{NO-BREAK SPACE}%"
    assert percent("en", 0.9731) == "97.3%"


@pytest.mark.parametrize(
    ("edtf", "spanish", "english"),
    [
        ("2018-08-05", "5 de agosto de 2018", "5 August 2018"),
        ("2018-08", "agosto de 2018", "August 2018"),
        ("2018", "2018", "2018"),
        ("2018~", "2018~", "2018~"),
        ("", "—", "—"),
    ],
)
def test_dates(edtf, spanish, english):
    assert (day("es", edtf), day("en", edtf)) == (spanish, english)


@pytest.mark.parametrize(
    ("items", "spanish"),
    [
        ([], "—"),
        (["a"], "a"),
        (["a", "b"], "a y b"),
        (["a", "b", "c"], "a, b y c"),
        (["Usulután", "Izalco"], "Usulután e Izalco"),
        (["fichas", "hilo"], "fichas e hilo"),
        (["cobre", "hierro"], "cobre y hierro"),
    ],
)
def test_lists_in_spanish(items, spanish):
    assert enumerate_("es", items) == spanish


@given(st.lists(st.text(min_size=1), min_size=1))
def test_every_item_of_a_list_is_said(items):
    for lang in languages():
        phrase = enumerate_(lang, items)
        assert all(item in phrase for item in items)


@given(st.integers(0, 10**9))
def test_words_agree_with_their_number(n):
    text = say("es", "years.alt_unknown", unknown=n)
    assert text.startswith(f"De {n:,} {'persona' if n == 1 else 'personas'} ")


def test_facts_are_never_read_as_slots():
    assert "{lang}" in say("es", "lists.alt_bar", title="{lang} {n|a|b}", persons=1)


def test_a_missing_fact_is_a_defect():
    with pytest.raises(KeyError):
        say("es", "lists.alt_bar", title="x")
