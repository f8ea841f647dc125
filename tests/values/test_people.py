"""Ages and sexes as lists write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.errors import AmparoError
from amparo.values.people import parse_age, sex_codes


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("27", (27, 27)), ("27.0", (27, 27)), ("27 años", (27, 27)), ("27 AÑOS DE EDAD", (27, 27)),
        ("27 years old", (27, 27)), ("[30,35)", (30, 34)), ("(30,35]", (31, 35)), ("[85,Inf)", (85, 120)),
        ("30-35", (30, 35)), ("(30-35)", (30, 35)), ("de 20 a 25", (20, 25)),
        ("entre 20 y 25 años", (20, 25)),
        ("18 meses", (1, 1)), ("3 days", (0, 0)), ("20 semanas", (0, 0)), ("<18", (0, 17)),
        ("menor de 18", (0, 17)), ("menor de edad", (0, 17)), ("mayor de 60 años", (61, 120)),
        ("60+", (60, 120)), ("60 y más", (60, 120)), ("40s", (40, 49)), ("unos 30", (28, 32)),
        ("0.25", (0, 0)),
    ],
)  # fmt: skip
def test_ages(text, band):
    assert parse_age(text) == band


@pytest.mark.parametrize("text", ["", "joven", "270", "35-30", "2018-03-11", "veintisiete", "1e3"])
def test_what_is_no_age_is_refused(text):
    with pytest.raises(AmparoError) as caught:
        parse_age(text)
    assert caught.value.code == "age.unreadable"


@given(st.integers(0, 120), st.integers(0, 120))
def test_a_band_holds_its_ends(one, other):
    low, high = sorted((one, other))
    assert parse_age(f"{low} a {high} años") == (low, high)


def test_m_is_masculino_unless_the_list_writes_h_for_hombre():
    assert sex_codes(["F", "M"]) == {"F": "F", "M": "M"}
    assert sex_codes(["H", "M"]) == {"H": "M", "M": "F"}
    assert sex_codes(["Mujer", "HOMBRE", "masculino", "femenino", "male", "Female"]) == {
        "Mujer": "F", "HOMBRE": "M", "masculino": "M", "femenino": "F", "male": "M", "Female": "F",
    }  # fmt: skip
    assert sex_codes(["Otro", "no binario"]) == {"Otro": None, "no binario": None}
    assert sex_codes(["soldado"]) == {}
