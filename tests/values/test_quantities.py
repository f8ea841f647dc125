"""Quantities: what the press writes, and the laws of reading and writing them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.errors import AmparoError
from amparo.values.quantities import Quantity, find_quantities, parse_quantity

UNITS = st.sampled_from(["", "percent", "share", "ratio", "USD", "USD/month", "EUR/year"])
NUMBERS = st.decimals(0, 10**9, places=2, allow_nan=False) | st.integers(0, 10**9).map(Decimal)


@st.composite
def quantities(draw):
    low, high = draw(st.none() | NUMBERS), draw(st.none() | NUMBERS)
    if low is None and high is None:
        low = draw(NUMBERS)
    if low is not None and high is not None and low > high:
        low, high = high, low
    per = draw(st.none() | st.sampled_from([Decimal(10), Decimal(1000), Decimal(100000)]))
    return Quantity(low, high, draw(UNITS), per, draw(st.booleans()))


@given(quantities())
def test_what_is_written_is_read_again(quantity):
    assert parse_quantity(str(quantity)) == quantity


@given(st.integers(2, 10**7), st.sampled_from(["en", "es"]))
def test_bounds_widen_and_never_sharpen(number, language):
    words = {"en": ("at least {}", "up to {}", "about {}"), "es": ("al menos {}", "hasta {}", "unos {}")}[
        language
    ]
    least, most, about = (parse_quantity(each.format(number), language=language) for each in words)
    assert (least.low, least.high) == (number, None)
    assert (most.low, most.high) == (None, number)
    assert about.about and about.low < number < about.high


@pytest.mark.parametrize(
    ("text", "language", "canonical"),
    [
        ("by the dozens", "en", "24.."),
        ("at least nine", "en", "9.."),
        ("a number of", "en", "2.."),
        ("more than 600", "en", "601.."),
        ("fewer than 50", "en", "..49"),
        ("two hundred and ten", "en", "210"),
        ("at least US$48 million", "en", "48000000.. USD"),
        ("US$300 to US$400 per month", "en", "300..400 USD/month"),
        ("60.8 per 100,000", "en", "60.8/100000"),
        ("the majority of", "en", "0.5..1 share"),
        ("one police to 100", "en", "1/100 ratio"),
        ("40,429", "en", "40429"),
        ("1 in 10", "en", "1/10 share"),
        ("more than nine out of 10", "en", "9..10/10 share"),
        ("between 90 and 95 percent", "en", "90..95 percent"),
        ("nearly 80 percent", "en", "~70..80 percent"),
        ("some 950", "en", "~940..960"),
        ("decenas", "es", "20.."),
        ("al menos nueve", "es", "9.."),
        ("la mayoría de", "es", "0.5..1 share"),
        ("más de 300", "es", "301.."),
        ("unos 40", "es", "~30..50"),
        ("uno de cada tres", "es", "1/3 share"),
        ("entre 300 y 400 dólares al mes", "es", "300..400 USD/month"),
        ("treinta y cinco", "es", "35"),
        ("53,7 por cada 100.000 habitantes", "es", "53.7/100000"),
        ("ciento veinte mil", "es", "120000"),
        ("48 millones de dólares", "es", "48000000 USD"),
    ],
)
def test_words_of_the_press(text, language, canonical):
    assert str(parse_quantity(text, language=language)) == canonical


@pytest.mark.parametrize("text", ["MS-13 and", "the 7-year-old", "one of the", "un agente", "nothing"])
def test_names_and_articles_are_no_quantities(text):
    assert not list(find_quantities(text))


@pytest.mark.parametrize("text", ["", "soon", "-", "../", "nine officers"])
def test_what_is_no_quantity_is_refused(text):
    with pytest.raises(AmparoError, match=r"quantity\.unreadable"):
        parse_quantity(text)


@given(st.text())
def test_any_text_is_searched_without_harm(text):
    for found in find_quantities(text, language="es"):
        assert 0 <= found.start < found.end <= len(text)
        low, high = found.quantity.low, found.quantity.high
        assert low is not None or high is not None
        assert low is None or high is None or low <= high
