from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from amparo.errors import AmparoError
from amparo.records import COARSE
from amparo.study.counting import rules
from amparo.study.register.rules import Declared

PERIOD = (date(2015, 1, 1), date(2018, 12, 31))


def _records(*rows: tuple[str, str, tuple[date, date] | None]) -> pl.DataFrame:
    """Records as counting sees them: (person, source, days that the event's date allows)."""
    return pl.DataFrame(
        [
            {
                "record_id": f"r{number}",
                "source": source,
                "person": person,
                "event_from": days[0] if days else None,
                "event_to": days[1] if days else None,
            }
            for number, (person, source, days) in enumerate(rows)
        ],
        schema=dict(COARSE),
    )


def _day(year: int) -> tuple[date, date]:
    return date(year, 5, 1), date(year, 5, 1)


def _capture(*names: str) -> dict[str, Declared]:
    return {name: Declared(name, "capture") for name in names}


def test_a_person_is_eligible_by_any_record_that_may_lie_in_the_period() -> None:
    records = _records(
        ("p1", "a", _day(2013)),
        ("p1", "b", _day(2016)),
        ("p2", "a", _day(2013)),
        ("p3", "a", None),
        ("p4", "a", (date(2014, 6, 1), date(2015, 6, 1))),
        ("p5", "a", _day(2013)),
        ("p5", "b", None),
    )
    persons = rules.persons_frame(records, PERIOD)
    eligible = dict(persons.select("person", "eligible").iter_rows())
    assert eligible == {"p1": True, "p2": False, "p3": True, "p4": True, "p5": False}
    assert persons.filter(~pl.col("dated"))["person"].to_list() == ["p3"]


def test_the_year_is_the_one_most_records_give_and_no_year_is_invented() -> None:
    records = _records(
        ("p1", "a", _day(2016)),
        ("p1", "b", _day(2017)),
        ("p1", "c", _day(2017)),
        ("p2", "a", (date(2015, 12, 1), date(2016, 1, 31))),
    )
    assert rules.persons_frame(records, PERIOD)["year"].to_list() == ["2017", None]


def test_overlaps_count_each_person_once() -> None:
    persons = pl.DataFrame({"person": ["p", "q", "r"], "lists": [["a", "b", "x"], ["b"], ["x"]]})
    assert rules.overlaps(persons, ("b", "a")) == [(("b",), 1), (("b", "a"), 1)]


def test_a_list_twice_in_a_person_is_one_capture() -> None:
    persons = rules.persons_frame(_records(("p1", "a", _day(2016)), ("p1", "a", _day(2016))), PERIOD)
    assert rules.captures(persons, ("a",), ()).rows() == [("p1", "a")]


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
