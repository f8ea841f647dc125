"""Sounds and short forms. Every name here is synthetic or a common given name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.values.names import formal, phonetic
from amparo.values.names.lexicon import lexicon, table
from amparo.values.text import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("vasquez", "bazques"), ("hernandez", "ernandes"), ("llanos", "yanos"), ("jimenez", "ximenez"),
        ("gimenez", "jimenes"), ("quintanilla", "kintaniya"), ("zambrano", "sanbrano"),
        ("ascencio", "asensio"),
        ("guaman", "huaman"), ("feliz", "felix"), ("ybarra", "ibarra"), ("hugo", "ugo"), ("moya", "molla"),
        ("reyes", "reies"), ("philip", "filip"), ("wilber", "huilber"), ("de_la_o", "delao"),
        ("hernandez", "hemandez"), ("portillo", "p0rt1ll0"), ("garcia", "garc1a"),
        ("ortiz", "0rtiz"), ("alvarado", "a1varado"),
    ],
)  # fmt: skip
def test_spellings_of_one_sound_share_a_key(one, other):
    assert phonetic(one) == phonetic(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("mora", "nora"), ("perez", "peres_rivas"), ("chavez", "cabes"), ("rosa", "rota"), ("luna", "lina")],
)
def test_other_sounds_do_not(one, other):
    assert phonetic(one) != phonetic(other)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz_", max_size=15))
def test_a_key_is_plain_letters_and_ignores_doubling(token):
    key = phonetic(token)
    assert key == "" or (key.isascii() and key.isalpha() and key.islower())
    assert len(key) <= len(token)


def test_short_forms():
    assert formal("chepe") == ("jose",)
    assert formal("paco") == ("francisco",)
    assert formal("neto") == ("ernesto",)
    assert formal("mike") == ("miguel", "michael")
    assert "roberto" in formal("beto")
    assert formal("tono") == ("antonio",)
    assert formal("xyzzy") == ("xyzzy",)
    assert formal("sandra")[0] == "sandra"


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_entry_names_its_source(language):
    forms = table(f"hypocoristics_{language}.yml")
    assert all(forms["sources"][entry["source"]].strip() for entry in forms["entries"])
    for name in (f"lexicon_{language}.yml", "words.yml"):
        assert all(entry["source"].strip() and entry["words"] for entry in table(name).values())


def test_spanish_short_forms_are_many_and_folded_names_lead():
    entries = table("hypocoristics_es.yml")["entries"]
    pairs = [(entry["name"], fold(form)) for entry in entries for form in entry["forms"].split()]
    assert len(pairs) == len(set(pairs)) >= 600
    assert all(name == fold(name) != form for name, form in pairs)
    assert {("jose", "chepe"), ("francisco", "paco"), ("ernesto", "neto"), ("angel", "lito")} <= set(pairs)
    assert {("manuel", "meme"), ("concepcion", "concha"), ("margarita", "tita")} <= set(pairs)


def test_the_word_lists_are_plain_and_disjoint():
    words = table("lexicon_es.yml")
    lists = {key: words[key]["words"].split() for key in ("female", "male", "surname", "either")}
    every = [word for listed in lists.values() for word in listed]
    assert len(every) == len(set(every))
    assert all(word.isascii() and word.isalpha() and word.islower() for word in every)
    assert not lexicon().particles & set(lexicon().kinds)
