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
