"""Half-known dates: what is read, what is refused, and that no precision is invented."""

import calendar
from datetime import date, timedelta

import pytest
from edtf import parse_edtf
from hypothesis import given
from hypothesis import strategies as st

from amparo.errors import AmparoError
from amparo.values.dates import HalfDate, infer_date_order, parse_date

EXACT = "2018-03-11"


@pytest.mark.parametrize(
    "text",
    [
        "2018-03-11", "11/03/2018", "11-3-2018", "11.03.2018", "11 03 2018", "11/III/2018", "11-iii-18",
        "11/3/18",
        "11 de marzo de 2018", "11 de marzo del 2018", "11 marzo 2018", "11-mar-2018", "marzo 11, 2018",
        "March 11, 2018", "March 11th, 2018", "11 March 2018", "Mar. 11 2018", "2018 marzo 11", "20180311",
        "2018/03/11", "domingo 11 de marzo de 2018", "el 11 de marzo de 2018", "Sunday, March 11, 2018",
        "2018-03-11T22:15:00Z", "2018-03-11 22:15", "11/03/2018 10:30 p.m.", "11/03/2018, a las 10:30 horas",
        " 11/03/2018 ", "11 de MARZO de 2018.",
    ],
)  # fmt: skip
def test_one_day_in_many_writings(text):
    day = date(2018, 3, 11)
    assert parse_date(text) == HalfDate(EXACT, day, day, 3)


@pytest.mark.parametrize(
    ("text", "edtf", "first", "last", "month"),
    [
        ("marzo 2018", "2018-03", "2018-03-01", "2018-03-31", 3),
        ("marzo de 2018", "2018-03", "2018-03-01", "2018-03-31", 3),
        ("03/2018", "2018-03", "2018-03-01", "2018-03-31", 3),
        ("2018-03-XX", "2018-03", "2018-03-01", "2018-03-31", 3),
        ("2018-03-00", "2018-03", "2018-03-01", "2018-03-31", 3),
        ("00/03/2018", "2018-03", "2018-03-01", "2018-03-31", 3),
        ("setiembre 2017", "2017-09", "2017-09-01", "2017-09-30", 9),
        ("Sept. 2017", "2017-09", "2017-09-01", "2017-09-30", 9),
        ("2018", "2018", "2018-01-01", "2018-12-31", None),
        ("1954.0", "1954", "1954-01-01", "1954-12-31", None),
        ("en 2018", "2018", "2018-01-01", "2018-12-31", None),
        ("en agosto", "XXXX-08", None, None, 8),
        ("August", "XXXX-08", None, None, 8),
        ("XXXX-08", "XXXX-08", None, None, 8),
        ("11 de agosto", "XXXX-08-11", None, None, 8),
        ("a mediados de 1981", "1981-04/1981-09", "1981-04-01", "1981-09-30", None),
        ("principios de 1981", "1981-01/1981-05", "1981-01-01", "1981-05-31", None),
        ("finales de 1981", "1981-08/1981-12", "1981-08-01", "1981-12-31", None),
        ("a fines de febrero de 2018", "2018-02-19/2018-02-28", "2018-02-19", "2018-02-28", 2),
        ("early March 2018", "2018-03-01/2018-03-12", "2018-03-01", "2018-03-12", 3),
        ("a mediados de marzo", "XXXX-03", None, None, 3),
        ("mid-2018", "2018-04/2018-09", "2018-04-01", "2018-09-30", None),
        ("hacia 1980", "1980~", "1979-01-01", "1981-12-31", None),
        ("c. 1980", "1980~", "1979-01-01", "1981-12-31", None),
        ("circa marzo de 2018", "2018-03~", "2018-02-01", "2018-04-30", None),
        ("2016-03-11~", "2016-03-11~", "2016-03-10", "2016-03-12", 3),
        ("2018?", "2018?", "2018-01-01", "2018-12-31", None),
        ("posiblemente marzo de 2018", "2018-03?", "2018-03-01", "2018-03-31", 3),
        ("1980%", "1980%", "1979-01-01", "1981-12-31", None),
        ("primer semestre de 2018", "2018-01/2018-06", "2018-01-01", "2018-06-30", None),
        ("cuarto trimestre 2018", "2018-10/2018-12", "2018-10-01", "2018-12-31", None),
        ("mar-18", "2018-03", "2018-03-01", "2018-03-31", 3),
        ("marzo 18", "XXXX-03-18", None, None, 3),
        ("posiblemente hacia 1980", "1980%", "1979-01-01", "1981-12-31", None),
        ("década de 1980", "198X", "1980-01-01", "1989-12-31", None),
        ("los 80", "198X", "1980-01-01", "1989-12-31", None),
        ("los años ochenta", "198X", "1980-01-01", "1989-12-31", None),
        ("1980s", "198X", "1980-01-01", "1989-12-31", None),
        ("finales de los 80", "1986/1989", "1986-01-01", "1989-12-31", None),
        ("entre 2015 y 2017", "2015/2017", "2015-01-01", "2017-12-31", None),
        ("2015-2017", "2015/2017", "2015-01-01", "2017-12-31", None),
        ("entre marzo y mayo de 2018", "2018-03/2018-05", "2018-03-01", "2018-05-31", None),
        ("del 3 al 5 de marzo de 2018", "2018-03-03/2018-03-05", "2018-03-03", "2018-03-05", 3),
        ("marzo o abril de 2018", "2018-03/2018-04", "2018-03-01", "2018-04-30", None),
        ("antes de marzo de 2018", "../2018-03", None, "2018-03-31", None),
        ("desde 2018", "2018/..", "2018-01-01", None, None),
        ("2018/..", "2018/..", "2018-01-01", None, None),
        ("[2016,2018]", "[2016, 2018]", "2016-01-01", "2018-12-31", None),
    ],
)  # fmt: skip
def test_half_known(text, edtf, first, last, month):
    def day(iso):
        return iso and date.fromisoformat(iso)

    assert parse_date(text) == HalfDate(edtf, day(first), day(last), month)


@pytest.mark.parametrize(
    "text",
    ["31/02/2018", "2018-02-30", "29/02/2019", "2018-13-01", "03/25/2018", "31 de abril", "99/99/9999",
    "0218"],
)  # fmt: skip
def test_days_the_calendar_does_not_have(text):
    with pytest.raises(AmparoError) as caught:
        parse_date(text)
    assert caught.value.code == "date.impossible"
    assert caught.value.facts == {"value": text}
    assert text not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "ayer", "de madrugada", "en la madrugada del lunes", "hace 2 años", "3 days ago", "10:30",
        "verano de 1981", "el año pasado", "n/s", "12 de 2018", "1 2 3 4", "entre 2017 y 2015", "-", "43170",
        "martes", "11", "de 1 a " * 5000, "marzo marzo 2018",
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused(text):
    with pytest.raises(AmparoError) as caught:
        parse_date(text)
    assert caught.value.code == "date.unreadable"


def test_the_order_of_figures_is_the_callers():
    assert parse_date("03/11/2018", order="MDY").edtf == EXACT
    assert parse_date("18/03/11", order="YMD").edtf == EXACT
    assert parse_date("2018/03/11", order="MDY").edtf == EXACT


def test_the_order_of_a_column_is_inferred_only_from_what_decides():
    assert infer_date_order(["03/04/2018", "03/25/2018"]) == "MDY"
    assert infer_date_order(["03/04/2018", "25/03/2018", "2018-03-25"]) == "DMY"
    assert infer_date_order(["03/04/2018"]) == "DMY"


def test_two_figures_of_a_year():
    assert parse_date("1/2/29").first == date(2029, 2, 1)
    assert parse_date("1/2/30").first == date(1930, 2, 1)


def test_excel_days_only_when_told():
    assert parse_date("43170", excel_serial=True).edtf == EXACT
    assert parse_date("43170.75", excel_serial=True).edtf == EXACT


def test_other_languages_keep_to_what_is_written():
    assert parse_date("11 mars 2018", lang=("fr",)).edtf == EXACT
    with pytest.raises(AmparoError):
        parse_date("mars 2018 vers 3h", lang=("fr",))


days = st.dates(min_value=date(1000, 2, 1), max_value=date(2199, 11, 30))
MONTHS = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
months_es = dict(enumerate(MONTHS.split(), 1))
written = st.one_of(
    days.map(lambda day: day.isoformat()),
    days.map(lambda day: f"{day.day}/{day.month}/{day.year}"),
    days.map(lambda day: f"{day.day} de {months_es[day.month]} de {day.year}"),
    days.map(lambda day: f"{calendar.month_name[day.month]} {day.year}"),
    days.map(lambda day: f"hacia {day.year}"),
    days.map(lambda day: f"{day.year}-{day.month:02d}?"),
    days.map(lambda day: f"{day.year}-{day.month:02d}-{day.day:02d}%"),
    days.map(lambda day: f"a mediados de {months_es[day.month]} de {day.year}"),
    days.map(lambda day: f"finales de {day.year}"),
    days.map(lambda day: f"{day.year // 10 * 10}s"),
    days.map(lambda day: f"en {months_es[day.month]}"),
    st.tuples(days, days).map(lambda two: f"entre {min(two)} y {max(two)}"),
    st.tuples(days, days).map(lambda two: f"entre {min(two).year} y {max(two).year}"),
)


@given(written)
def test_what_is_stored_is_edtf_and_reads_back_the_same(text):
    found = parse_date(text)
    assert str(parse_edtf(found.edtf)) == found.edtf
    assert parse_date(found.edtf) == found


@given(written)
def test_first_is_not_after_last_and_both_or_neither_are_known(text):
    found = parse_date(text)
    assert (found.first is None) == (found.last is None)
    if found.first and found.last:
        assert found.first <= found.last
        if (found.first.year, found.first.month) == (found.last.year, found.last.month):
            assert found.month == found.first.month


@given(days)
def test_no_precision_is_invented(day):
    year, month = parse_date(str(day.year)), parse_date(f"{months_es[day.month]} {day.year}")
    assert (year.first, year.last, year.month) == (date(day.year, 1, 1), date(day.year, 12, 31), None)
    assert month.first == day.replace(day=1)
    assert month.last and (month.last + timedelta(days=1)).day == 1
    for vague in ("hacia", "principios de", "mediados de", "finales de", "posiblemente"):
        found = parse_date(f"{vague} {day.year}")
        assert found.first and found.last
        assert (found.last - found.first).days > 120
    about = parse_date(f"hacia {day.isoformat()}")
    assert about.first and about.last
    assert about.first < day < about.last


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_with_a_code(text):
    try:
        found = parse_date(text)
    except AmparoError as refused:
        assert refused.code in {"date.impossible", "date.unreadable"}
    else:
        assert found.edtf
        assert any(char.isalnum() for char in text)
