from __future__ import annotations

import datetime as dt

import polars as pl
from synthetic_mentions import frame, record

from amparo.linkage.keys import bones, keys


def test_a_nickname_and_a_misspelling_give_the_keys_of_the_formal_name() -> None:
    found = keys(frame([record("1", "a", "chepe/vasques"), record("2", "a", "jose/bazquez")])).frame
    assert found["given_1"][0] == found["given_1"][1]
    assert found["surname_1"][0] == found["surname_1"][1]


def test_surnames_are_read_as_registers_shorten_them() -> None:
    found = keys(
        frame([record("1", "a", "ana/hdez m"), record("2", "a", "ana/hernandez"), record("3", "a", "ana/m")])
    )
    assert found.frame["surname_1"][0] == found.frame["surname_1"][1]
    assert found.frame["surname_2"].to_list() == [None, None, None]
    assert found.surname.codes[2, 0] >= 0


def test_rows_are_numbered_by_source_and_record_whatever_their_order() -> None:
    rows = [record("2", "b", "ana/rivas"), record("1", "b", "eva/rivas"), record("9", "a", "olga/rivas")]
    found = keys(frame(rows)).frame
    assert found.select("unique_id", "source", "record_id").rows() == [
        (0, "a", "9"),
        (1, "b", "1"),
        (2, "b", "2"),
    ]
    assert found.equals(keys(frame(rows[::-1])).frame)


def test_token_codes_are_equal_where_tokens_are_and_minus_one_where_there_is_none() -> None:
    found = keys(
        frame([record("1", "a", "ana luz/rivas"), record("2", "a", "luz/"), record("3", "a", "/rivas")])
    )
    assert found.given.codes[0, 1] == found.given.codes[1, 0] >= 0
    assert found.given.codes[2].tolist() == [-1, -1, -1]
    assert found.surname.codes[0, 0] == found.surname.codes[2, 0] >= 0
    assert found.frame["surname"].to_list()[1] is None
    assert found.given.words.gather(found.given.codes[1, :1]).to_list() == ["lus"]
    assert found.given.counts().sum() == 3


def test_lists_are_numbered_in_the_order_of_their_names() -> None:
    found = keys(frame([record("2", "b", "ana/"), record("9", "a", "ana/"), record("1", "b", "ana/")]))
    assert found.sources == ["a", "b"] and found.lists.tolist() == [0, 1, 1]


def test_a_vague_date_has_no_day() -> None:
    day, year = dt.date(1981, 5, 3), {"event_from": dt.date(1981, 1, 1), "event_to": dt.date(1981, 12, 31)}
    month = {"event_from": dt.date(1981, 5, 1), "event_to": dt.date(1981, 5, 31)}
    unknown_year = {"event_month": 8}
    rows = [record("1", "a", "ana/", str(day))]
    rows += [record(str(i + 2), "a", "ana/", **more) for i, more in enumerate((year, month, unknown_year))]
    found = keys(frame(rows)).frame
    assert found.select("day", "month", "year").rows() == [
        (3, 5, 1981),
        (None, None, 1981),
        (None, 5, 1981),
        (None, 8, None),
    ]


def test_birth_follows_from_age_and_event() -> None:
    stated = {"birth_from": dt.date(1960, 2, 1), "birth_to": dt.date(1960, 2, 1)}
    rows = [
        record("1", "a", "ana/", "1981-05-03", age_low=20, age_high=20),
        record("2", "a", "ana/", **stated),
    ]
    found = keys(frame(rows)).frame
    days = [
        (dt.date(1970, 1, 1) + dt.timedelta(days=found[name][0])).isoformat()
        for name in ("birth_from", "birth_to")
    ]
    assert days[0][:7] == "1960-05" and days[1][:7] == "1961-05"
    assert found["birth_from"][1] == found["birth_to"][1] == (dt.date(1960, 2, 1) - dt.date(1970, 1, 1)).days


def test_a_short_identifier_is_none() -> None:
    found = keys(
        frame([record("1", "a", "ana/", identifier="17"), record("2", "a", "ana/", identifier="0123-45678")])
    )
    assert found.frame["identifier"].to_list() == [None, "012345678"]


def test_bones_keep_the_first_letter_and_the_consonants() -> None:
    assert bones(pl.Series(["elena", "marta", None])).to_list() == ["eln", "mrt", None]


def test_no_rows() -> None:
    found = keys(frame([]))
    assert found.frame.height == 0 and found.given.codes.shape == (0, 3)
