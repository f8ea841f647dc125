"""Records to meanings. Every name here is synthetic."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from amparo.errors import AmparoError
from amparo.records import MEANINGS
from amparo.values.columns import meanings


def records(source="a", **columns):
    count = len(next(iter(columns.values())))
    return pl.DataFrame(
        {"record_id": [f"{source}{at}" for at in range(count)], "source": [source] * count, **columns},
        schema_overrides=dict.fromkeys(columns, pl.String),
    )


def column(frame, name):
    return frame[name].to_list()


def test_the_contract_is_kept_row_for_row():
    frame, issues = meanings(records(name=["Juana Pérez", None, "NN", "Juana Pérez"]))
    assert dict(frame.schema) == dict(MEANINGS)
    assert column(frame, "record_id") == ["a0", "a1", "a2", "a3"]
    assert column(frame, "surnames") == [["perez"], [], [], ["perez"]]
    assert issues == []


def test_no_records_give_no_meanings():
    frame, issues = meanings(records(name=[]))
    assert frame.height == 0
    assert dict(frame.schema) == dict(MEANINGS)
    assert issues == []


def test_each_source_keeps_its_own_conventions():
    frame, _ = meanings(
        pl.concat(
            [
                records("es", name=["Juana Pérez Rivas", "Carlos Rivas Molina"], sex=["M", "H"]),
                records("ar", name=["PEREZ JUANA ELENA", "RIVAS CARLOS"], sex=["F", "M"]),
                records("us", name=["Warren Glen Smith", "Ann Marie Johnson"], sex=["M", "F"]),
            ]
        )
    )
    assert column(frame, "surnames") == [
        ["perez", "rivas"], ["rivas", "molina"], ["perez"], ["rivas"], ["smith"], ["johnson"],
    ]  # fmt: skip
    assert column(frame, "sex") == ["F", "M", "F", "M", "M", "F"]


def test_names_from_several_columns_and_absent_cells():
    frame, _ = meanings(
        records(
            name=["PEREZ JUANA", "RIVAS CARLOS", None],
            given=[None, None, "Elena"],
            second_surname=["RIVAS", None, None],
            married_surname=["de MOLINA", None, None],
            alias=["La Nena", None, None],
        )
    )
    assert column(frame, "given") == [["juana"], ["carlos"], ["elena"]]
    assert column(frame, "surnames") == [["perez", "rivas"], ["rivas"], []]
    assert column(frame, "married") == [["molina"], [], []]
    assert column(frame, "aliases") == [["nena"], [], []]


def test_dates_at_every_precision():
    frame, issues = meanings(
        records(
            birth_date=["1954.0", "11/03/1954", "s/d", None],
            event_date=["en agosto", "2018-03", "11 de marzo de 2018", "desconocida"],
            death_date=[None, "2018", None, None],
        )
    )
    assert issues == []
    assert column(frame, "birth_from") == [date(1954, 1, 1), date(1954, 3, 11), None, None]
    assert column(frame, "event_edtf") == ["XXXX-08", "2018-03", "2018-03-11", None]
    assert column(frame, "event_from") == [None, date(2018, 3, 1), date(2018, 3, 11), None]
    assert column(frame, "event_month") == [8, 3, 3, None]
    assert column(frame, "death_to") == [None, date(2018, 12, 31), None, None]


def test_the_order_of_dates_is_inferred_by_source_or_given():
    lists = pl.concat(
        [records("us", event_date=["03/25/2018", "03/04/2018"]), records("es", event_date=["03/04/2018"])]
    )
    frame, issues = meanings(lists)
    assert issues == []
    assert column(frame, "event_edtf") == ["2018-03-25", "2018-03-04", "2018-04-03"]
    frame, issues = meanings(lists, date_orders={"us": "DMY", "es": "MDY"})
    assert column(frame, "event_edtf") == [None, "2018-04-03", "2018-03-04"]
    assert [issue.code for issue in issues] == ["date.impossible"]


def test_what_cannot_be_read_is_null_and_told_with_its_place():
    frame, issues = meanings(
        records(
            event_date=["31/02/2018", "ayer", "2018"], age=["27", "joven", "n/d"], sex=["F", "?", "soldado"]
        )
    )
    assert column(frame, "event_edtf") == [None, None, "2018"]
    told = {
        (issue.code, issue.facts["record_id"], issue.facts["column"], issue.facts["value"])
        for issue in issues
    }
    assert told == {
        ("date.impossible", "a0", "event_date", "31/02/2018"),
        ("date.unreadable", "a1", "event_date", "ayer"),
        ("age.unreadable", "a1", "age", "joven"),
        ("sex.unreadable", "a2", "sex", "soldado"),
    }


def test_ages_places_and_identifiers():
    frame, issues = meanings(
        records(
            age=["[30,35)", "27 años"],
            place=["Col. Escalón, San Salvador", None],
            place_1=["Depto. de San Salvador", "sin dato"],
            identifier=["UN-0042.0", " 0042 / 18 "],
        )
    )
    assert issues == []
    assert column(frame, "age_low") == [30, 27]
    assert column(frame, "age_high") == [34, 27]
    assert column(frame, "place") == ["escalon san salvador", None]
    assert column(frame, "place_1") == ["san salvador", None]
    assert column(frame, "identifier") == ["un0042", "004218"]


def test_an_unknown_column_is_refused():
    with pytest.raises(AmparoError) as caught:
        meanings(records(name=["Juana Pérez"]).with_columns(extra=pl.lit("x")))
    assert caught.value.code == "frame.columns"


def test_what_is_said_of_the_order_of_names_overrules_what_they_show():
    cells = records(name=["Rosa Lila Gomez", "Flores Ana Paz"])
    shown, _ = meanings(cells, name_orders={"a": "given_first"})
    turned, _ = meanings(cells, name_orders={"a": "surname_first"})
    assert shown["given"].to_list() != turned["given"].to_list()
    assert turned["surnames"][1][0] == "flores"


# Published lists, read as they are: figures only, no name of a real person.
DATA = Path(__file__).parents[2].parent / "shared" / "data"
US, ARGENTINA = DATA / "us-police-killings", DATA / "argentina-desaparecidos"
ABSENT = not (US.is_dir() and ARGENTINA.is_dir())
needs_lists = pytest.mark.skipif(ABSENT, reason="needs the public lists in ../shared/data")

US_CELLS = {"name": "name", "sex": "sex", "place_1": "state", "place_2": "county"}
REGISTER = {
    "name": "name", "age": "age", "second_surname": "mother_surname", "married_surname": "married_surname",
    "birth_date": "birth_year", "event_date": "kidnap_date", "death_date": "death_date",
    "place": "kidnap_place",
}  # fmt: skip
MEMORIAL = {
    "name": "name", "age": "age", "sex": "sex", "alias": "aliases", "birth_date": "birth_date",
    "event_date": "kidnap_date", "death_date": "death_date", "place": "kidnap_place",
}  # fmt: skip


def read(folder, source, cells):
    frame = pl.read_csv(folder / "lists" / f"{source}.csv", infer_schema=False)
    columns = (pl.col(written).alias(cell) for cell, written in cells.items())
    return frame.select(pl.col("id").alias("record_id"), pl.lit(source).alias("source"), *columns)


def same_first_surname(frame, folder, basis):
    """Share of the true pairs with a name on both sides whose first surnames are equal."""
    truth = pl.read_csv(folder / "truth.csv").filter(pl.col("basis") == basis)
    first = frame.select("record_id", surname=pl.col("surnames").list.first())
    pairs = truth.join(first, left_on="id_a", right_on="record_id")
    pairs = pairs.join(first, left_on="id_b", right_on="record_id", suffix="_b").drop_nulls("surname")
    pairs = pairs.drop_nulls("surname_b")
    assert len(pairs) > 1000
    return pairs.select((pl.col("surname") == pl.col("surname_b")).mean()).item()


@needs_lists
def test_lists_of_the_united_states():
    lists = [
        read(US, "wapo", US_CELLS | {"age": "age", "event_date": "date"}),
        read(US, "mpv", US_CELLS | {"age": "age", "event_date": "date"}),
        read(US, "fe", US_CELLS | {"age": "age_band", "event_date": "year"}),
    ]
    frame, issues = meanings(pl.concat(lists, how="diagonal"))
    assert issues == []
    assert frame["event_from"].null_count() == 0
    assert frame["age_low"].null_count() < 0.15 * len(frame)
    assert same_first_surname(frame, US, "id") > 0.97


@needs_lists
def test_registers_of_argentina():
    lists = [
        read(ARGENTINA, "parque", MEMORIAL),
        read(ARGENTINA, "ruvte", REGISTER),
        read(ARGENTINA, "ruvte_sin_denuncia", REGISTER),
    ]
    records = pl.concat(lists, how="diagonal")
    frame, issues = meanings(records)
    assert issues == []
    for cell, column in (
        ("event_date", "event_from"),
        ("birth_date", "birth_from"),
        ("death_date", "death_from"),
    ):
        assert frame[column].null_count() == records[cell].null_count()
    assert (frame["surnames"].list.len() > 0).all()
    assert (frame["given"].list.len() == 0).sum() < 0.01 * len(frame)
    assert same_first_surname(frame, ARGENTINA, "unique_event_date_and_birth_year") > 0.98
