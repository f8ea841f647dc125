"""Published lists read as they are: figures only, no name of a real person."""

from pathlib import Path

import polars as pl
import pytest

from amparo.values.columns import meanings

DATA = Path(__file__).parents[2].parent / "shared" / "data"
US, ARGENTINA = DATA / "us-police-killings", DATA / "argentina-desaparecidos"
ABSENT = not (US.is_dir() and ARGENTINA.is_dir())
pytestmark = pytest.mark.skipif(ABSENT, reason="needs the public lists in ../shared/data")

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
