"""Sounds and short forms. Every name here is synthetic or a common given name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.values.names import formal, phonetic
from amparo.values.names.lexicon import lexicon, table


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("vasquez", "bazques"), ("hernandez", "ernandes"), ("llanos", "yanos"), ("jimenez", "ximenez"),
        ("gimenez", "jimenes"), ("quintanilla", "kintaniya"), ("zambrano", "sanbrano"),
        ("ascencio", "asensio"),
        ("guaman", "huaman"), ("feliz", "felix"), ("ybarra", "ibarra"), ("hugo", "ugo"), ("moya", "molla"),
        ("reyes", "reies"), ("philip", "filip"), ("wilber", "huilber"), ("de_la_o", "delao"),
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
def test_every_table_names_its_source(language):
    assert table(f"lexicon_{language}.toml")["source"].strip()
    assert all(group["source"] for group in table(f"hypocoristics_{language}.toml")["group"])


def test_the_word_lists_are_plain_and_disjoint():
    words = table("lexicon_es.toml")
    lists = {key: words[key].split() for key in ("female", "male", "surname", "either")}
    every = [word for listed in lists.values() for word in listed]
    assert len(every) == len(set(every))
    assert all(word.isascii() and word.isalpha() and word.islower() for word in every)
    assert not lexicon().particles & set(lexicon().kinds)
