"""Places in one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.values.places import level_of, normalise_place, split_levels


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Depto. de San Miguel", "san miguel"), ("DPTO. SAN MIGUEL", "san miguel"),
        ("Mun. de Sta. Ana", "santa ana"),
        ("Departamento de La Libertad", "la libertad"), ("Ahuachapán", "ahuachapan"),
        ("Los Angeles County", "los angeles"), ("St. Louis", "saint louis"), ("Ciudad", "ciudad"), ("  ", ""),
        ("Usulután.", "usulutan"),
    ],
)  # fmt: skip
def test_one_form(text, expected):
    assert normalise_place(text) == expected


def test_levels_in_the_order_written():
    assert split_levels("Col. Escalón, Mun. San Salvador; Depto. San Salvador") == [
        "escalon", "san salvador", "san salvador",
    ]  # fmt: skip
    assert split_levels("SANTA ANA  METAPAN (cantón El Panal)") == ["santa ana", "metapan", "el panal"]
    assert split_levels(" , ") == []


def test_departments_of_el_salvador():
    place = level_of("Depto. de Cabañas")
    assert place is not None
    assert (place.level, place.code, place.iso3166_2) == (1, "09", "SV-CA")
    assert level_of("09") == level_of("SV-CA") == place
    assert len({level_of(f"{code:02d}") for code in range(1, 15)}) == 14
    assert level_of("Atlantis") is None


@given(st.text())
def test_normalising_twice_changes_nothing_more_than_once(text):
    once = normalise_place(text)
    assert once == once.strip()
    assert "  " not in once
