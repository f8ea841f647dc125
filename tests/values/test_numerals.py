"""Numbers in figures and in words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.values.numerals import listed, number, words


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("1.043", "es", 1043),
        ("1,043", "en", 1043),
        ("53,7", "es", "53.7"),
        ("16.625", "en", "16.625"),
        ("1.234.567,8", "es", "1234567.8"),
        ("veintidós", "es", 22),
        ("twenty-one", "en", 21),
        ("48 millones", "es", 48000000),
        ("three hundred", "en", 300),
        ("mil doscientos", "es", 1200),
        ("seven eight", "en", None),
        ("dos cinco", "es", None),
    ],
)
def test_values(text, language, value):
    assert number(text, language) == (None if value is None else Decimal(value))


@given(st.integers(0, 10**9))
def test_separators_of_thousands_change_nothing(value):
    assert number(f"{value:,}") == number(f"{value:,}".replace(",", "."), "es") == value


def test_every_group_of_words_has_a_source_and_values():
    assert words("numerals")["nueve"] == 9
    assert listed("bounds")["at_least"]
