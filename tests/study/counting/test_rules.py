from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from amparo.errors import AmparoError
from amparo.records import MEANINGS, conform
from amparo.study.counting import rules
from amparo.study.register.rules import Declared

PERIOD = (date(2015, 1, 1), date(2018, 12, 31))


def _meanings(*rows: tuple[str, str, tuple[date, date] | None]) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "record_id": [row[0] for row in rows],
            "source": [row[1] for row in rows],
            "event_from": [row[2][0] if row[2] else None for row in rows],
            "event_to": [row[2][1] if row[2] else None for row in rows],
        },
        schema_overrides={"event_from": pl.Date, "event_to": pl.Date},
    )
    return conform(frame, MEANINGS, "test")


def _persons(**persons: str) -> pl.DataFrame:
    return pl.DataFrame({"record_id": list(persons), "person": list(persons.values())})


def _day(year: int) -> tuple[date, date]:
    return date(year, 5, 1), date(year, 5, 1)


def _capture(*names: str) -> dict[str, Declared]:
    return {name: Declared(name, "capture") for name in names}


def test_a_person_is_eligible_by_any_record_that_may_lie_in_the_period() -> None:
    meanings = _meanings(
        ("r1", "a", _day(2013)),
        ("r2", "b", _day(2016)),
        ("r3", "a", _day(2013)),
        ("r4", "a", None),
        ("r5", "a", (date(2014, 6, 1), date(2015, 6, 1))),
        ("r6", "a", _day(2013)),
        ("r7", "b", None),
    )
    persons = rules.persons_frame(
        meanings, _persons(r1="p", r2="p", r3="q", r4="u", r5="v", r6="w", r7="w"), PERIOD
    )
    assert dict(persons.select("person", "eligible").iter_rows()) == {
        "p": True,
        "q": False,
        "u": True,
        "v": True,
        "w": False,
    }
    assert persons.filter(~pl.col("dated"))["person"].to_list() == ["u"]


def test_the_year_is_the_one_most_records_give_and_no_year_is_invented() -> None:
    meanings = _meanings(
        ("r1", "a", _day(2016)),
        ("r2", "b", _day(2017)),
        ("r3", "c", _day(2017)),
        ("r4", "a", (date(2015, 12, 1), date(2016, 1, 31))),
    )
    persons = rules.persons_frame(meanings, _persons(r1="p", r2="p", r3="p", r4="q"), PERIOD)
    assert persons["year"].to_list() == ["2017", None]


def test_overlaps_count_each_person_once() -> None:
    persons = pl.DataFrame({"person": ["p", "q", "r"], "lists": [["a", "b", "x"], ["b"], ["x"]]})
    assert rules.overlaps(persons, ("b", "a")) == [(("b",), 1), (("b", "a"), 1)]


def test_a_list_twice_in_a_person_is_one_capture() -> None:
    meanings = _meanings(("r1", "a", _day(2016)), ("r2", "a", _day(2016)))
    persons = rules.persons_frame(meanings, _persons(r1="p", r2="p"), PERIOD)
    assert rules.captures(persons, ("a",), ()).rows() == [("p", "a")]


def test_derived_lists_are_left_out_where_enough_remain() -> None:
    declared = _capture("a", "b", "c") | {"d": Declared("d", "derived", ("a",))}
    assert rules.choose_lists(declared, ()) == (("a", "b", "c"), (), None)
    assert rules.choose_lists(declared, ("d",)) == (("a", "b", "c", "d"), ("d",), None)


def test_too_few_independent_lists_are_refused_with_the_reason() -> None:
    declared = _capture("a", "b") | {"d": Declared("d", "derived", ("a", "b"))}
    refusal = rules.choose_lists(declared, ()).refusal
    assert refusal is not None
    assert refusal.code == "counting.derived_lists"
    assert refusal.facts["origins"] == ["a", "b"]
    refusal = rules.choose_lists(_capture("a", "b") | {"f": Declared("f", "frame")}, ()).refusal
    assert refusal is not None
    assert refusal.code == "counting.few_lists"


@pytest.mark.parametrize(("key", "code"), [("ghost", "counting.unknown_list"), ("a", "counting.not_derived")])
def test_only_derived_lists_can_be_overridden(key: str, code: str) -> None:
    with pytest.raises(AmparoError) as error:
        rules.choose_lists(_capture("a", "b", "c"), (key,))
    assert error.value.code == code
