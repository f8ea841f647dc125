"""A mapping used on a sheet: verbatim cells, coalesced or joined as the table says."""

from __future__ import annotations

import polars as pl
import pytest

from amparo.errors import AmparoError
from amparo.intake.mapping import JOINS, Mapping, apply
from amparo.intake.sheet import Sheet
from amparo.records import CELLS, RECORDS

SHEET = Sheet(
    "lista.csv",
    ("id", "nombre", "primer", "segundo", "hecho", "muerte", "año"),
    [
        ("1", " Uno  Sintético ", "A", "B", "05/11/2018", "", "2018"),
        ("2", "Dos Sintético", "", "D", "", "2019-01", "2019"),
        ("2", "Dos Sintético", "", "D", "", "2019-01", "2019"),
        ("4", "   ", "", "", "", "", "2020"),
    ],
    [2, 3, 4, 5],
)
IDS = ["r1", "r2", "r3", "r4"]


def test_each_field_has_a_rule() -> None:
    assert list(JOINS) == list(CELLS)


def test_cells_are_verbatim_coalesced_or_joined() -> None:
    mapping = Mapping(
        {
            "identifier": ("id",),
            "name": ("nombre",),
            "surname": ("primer", "segundo"),
            "event_date": ("hecho", "muerte", "año"),
            "death_date": ("muerte",),
        }
    )
    frame = apply(SHEET, mapping, source="s", record_ids=IDS)
    assert frame.schema == pl.Schema(RECORDS)
    assert frame["record_id"].to_list() == IDS
    assert frame["source"].unique().to_list() == ["s"]
    assert frame["name"].to_list() == [" Uno  Sintético ", "Dos Sintético", "Dos Sintético", None]
    assert frame["surname"].to_list() == ["A B", "D", "D", None]
    assert frame["event_date"].to_list() == ["05/11/2018", "2019-01", "2019-01", "2020"]
    assert frame["death_date"].to_list() == [None, "2019-01", "2019-01", None]
    assert frame["place"].null_count() == 4


def test_no_column_at_all_gives_empty_records() -> None:
    frame = apply(SHEET, Mapping({}), source="s", record_ids=IDS)
    assert frame.height == 4
    assert frame.select(list(CELLS)).null_count().row(0) == (4,) * len(CELLS)


@pytest.mark.parametrize(
    ("mapping", "code", "fact"),
    [
        (Mapping({"edad": ("id",)}), "intake.unknown_field", "edad"),
        (Mapping({"age": ("edad",)}), "intake.unknown_column", "edad"),
        (Mapping({"name": ("nombre",), "alias": ("nombre",)}), "intake.column_twice", "nombre"),
        (Mapping({"name": ("nombre", "nombre")}), "intake.column_twice", "nombre"),
        (Mapping({"name": ("nombre",)}, ignored=("nombre",)), "intake.column_twice", "nombre"),
        (
            Mapping({"event_date": ("año",), "death_date": ("año",), "birth_date": ("año",)}),
            "intake.column_twice",
            "año",
        ),
    ],
)
def test_mappings_that_cannot_be_meant(mapping: Mapping, code: str, fact: str) -> None:
    with pytest.raises(AmparoError) as error:
        apply(SHEET, mapping, source="s", record_ids=IDS)
    assert error.value.code == code
    assert error.value.facts["file"] == "lista.csv"
    assert fact in error.value.facts.values()


def test_dates_in_parts_are_written_together_as_precisely_as_they_are_known() -> None:
    rows: list[tuple[str, ...]] = [
        ("5", "8", "2018", ""),
        ("05", "08.0", "2018.0", "a"),
        ("", "8", "2018", ""),
        ("5", "agosto", "2018", ""),
        ("", "agosto", "2018", ""),
        ("5", "", "2018", ""),
        ("?", "8", "2018", ""),
        ("5", "8", "", ""),
        ("5", "8", "2018", "12/09/2018"),
    ]
    sheet = Sheet("a.csv", ("d", "m", "a", "fecha"), rows, list(range(2, 11)))
    mapping = Mapping({"event_date": ("fecha",)}, date_parts={"event_date": ("d", "m", "a")})
    dates = apply(sheet, mapping, source="s", record_ids=list("abcdefghi"))["event_date"].to_list()
    assert dates == [
        *("2018-08-05", "a", "2018-08", "5 agosto 2018", "agosto 2018", "2018", "2018-08", None, "12/09/2018")
    ]
    monthly = Mapping({}, date_parts={"event_date": ("", "m", "a")})
    assert apply(sheet, monthly, source="s", record_ids=list("abcdefghi"))["event_date"][0] == "2018-08"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"age": ("d", "m", "a")}, "intake.unknown_field"),
        ({"event_date": ("d", "m", "")}, "intake.mapping_value"),
        ({"event_date": ("d", "", "a")}, "intake.mapping_value"),
        ({"event_date": ("a", "a", "a")}, "intake.column_twice"),
    ],
)
def test_parts_that_make_no_date(parts: dict[str, tuple[str, str, str]], code: str) -> None:
    with pytest.raises(AmparoError) as error:
        apply(SHEET, Mapping({}, date_parts=parts), source="s", record_ids=IDS)
    assert error.value.code == code
