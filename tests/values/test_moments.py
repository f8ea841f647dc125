"""Dates in running text are resolved only as far as the text allows."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.values.dates import parse_date
from amparo.values.moments import find_moments, publication

PUBLISHED = date(2019, 3, 4)


def only(text, language, published=None):
    found = list(find_moments(text, language, published))
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("text", "language", "alone", "dated"),
    [
        ("In August, he", "en", "XXXX-08", "2018-08?"),
        ("en agosto", "es", "XXXX-08", "2018-08?"),
        ("killed June 11", "en", "XXXX-06-11", "2018-06-11?"),
        ("el 3 de mayo", "es", "XXXX-05-03", "2018-05-03?"),
        ("in 2017", "en", "2017", "2017"),
        ("from 2014 through 2017", "en", "2014/2017", "2014/2017"),
        ("in the late 1970s,", "en", "1976/1979", "1976/1979"),
        ("since 2010", "en", "2010/..", "2010/.."),
        ("on Tuesday", "en", None, "2019-02-26"),
        ("este lunes", "es", None, "2019-03-04"),
        ("so far this year", "en", None, "2019"),
        ("en lo que va del año", "es", None, "2019"),
        ("in each of the past three years", "en", None, None),
        ("esos cuatro años", "es", None, None),
        ("between January and August", "en", None, "2018-01?/2018-08?"),
        ("11 de enero de 2018", "es", "2018-01-11", "2018-01-11"),
    ],
)
def test_as_far_as_the_text_allows(text, language, alone, dated):
    assert only(text, language).edtf == alone
    assert only(text, language, PUBLISHED).edtf == dated


def test_how_a_date_was_read_is_told():
    assert only("in August", "en").told == "year_not_told"
    assert only("in August", "en", PUBLISHED).told == "last_such"
    assert only("on Tuesday", "en", PUBLISHED).told == "from_publication"


def test_may_and_march_are_words_too():
    assert not list(find_moments("they may march", "en"))


def test_the_day_of_publication_is_the_first_whole_date():
    found = publication("SAN SALVADOR, 7 de junio de 2015. Ayer", "es")
    assert found is not None and found.edtf == "2015-06-07"


@given(st.dates(date(1990, 1, 1), date(2030, 12, 31)), st.sampled_from(range(12)))
def test_no_year_is_invented_and_none_lies_ahead(published, month):
    names = ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre"]
    name = [*names, "octubre", "noviembre", "diciembre"][month]
    text = f"Lo mataron en {name} cerca de su casa."
    assert only(text, "es").edtf == f"XXXX-{month + 1:02}"
    edtf = only(text, "es", published).edtf
    assert edtf is not None and edtf.endswith("?")
    half = parse_date(edtf)
    assert half.first is not None and half.first <= published < date(
        half.first.year + 1, half.first.month, 28
    )


@given(st.text())
def test_any_text_is_searched_without_harm(text):
    for language in ("en", "es"):
        for moment in find_moments(text, language, PUBLISHED):
            assert text[moment.start : moment.end] == moment.words
            if moment.edtf is not None:
                assert parse_date(moment.edtf).edtf


def test_a_weekday_with_a_number_is_a_day_of_the_month():
    day = date(2020, 9, 20)
    assert [m.edtf for m in find_moments("el sábado 5 de septiembre", "es", day)] == ["2020-09-05?"]
    assert [m.edtf for m in find_moments("ocurrió el lunes 7", "es", day)] == ["2020-09-07"]
    assert [m.edtf for m in find_moments("on Tuesday, Sept. 8, gunmen", "en", day)] == ["2020-09-08?"]


def test_halves_and_quarters_of_a_year():
    assert [m.edtf for m in find_moments("en el primer semestre de 2021", "es")] == ["2021-01/2021-06"]
    assert [m.edtf for m in find_moments("in the second half of 2021", "en")] == ["2021-07/2021-12"]
