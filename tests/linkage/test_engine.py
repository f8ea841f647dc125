from __future__ import annotations

import datetime as dt
import logging
from pathlib import Path

import numpy as np
import pytest
from synthetic_mentions import frame, record

from amparo.linkage.engine import Engine
from amparo.linkage.keys import keys
from amparo.linkage.model import PERSON

PAIRS = {
    "given": [
        ("ana luz/rivas", "luz ana/rivas", "all equal, several"),
        ("ana/rivas", "ana/campos", "equal, one"),
        ("ana luz/rivas", "ana/rivas", "first kept of several"),
        ("ana luz/rivas", "luz/rivas", "shorter contained in longer"),
        ("chepe/rivas", "jose/rivas", "equal, one"),
        ("fernando/rivas", "fernado/rivas", "all alike"),
        ("j/rivas", "joel/rivas", "initial agrees"),
        ("ana luz/rivas", "ana olga/rivas", "first shared, one differs"),
        ("ana luz/rivas", "olga luz/rivas", "one shared, one differs"),
        ("ana/rivas", "hugo/rivas", "none"),
        ("/rivas", "hugo/rivas", None),
    ],
    "surname": [
        ("ana/rivas alas", "ana/ribas alas", "both equal"),
        ("ana/rivas", "ana/rivas", "equal, one each"),
        ("ana/rivas alas", "ana/rivas", "first equal, second unknown"),
        ("ana/rivas alas", "ana/alas rivas", "swapped"),
        ("ana/rivas alas", "ana/rivas campos", "first equal, second differs"),
        ("ana/rivas alas", "ana/alas", "the only one is the other's second"),
        ("ana/rivas alas", "ana/campos alas", "one shared"),
        ("ana/rivas", "ana/campos", "none"),
    ],
}
DATES = [
    ("1981-05-03", "1981-05-03", "same day"),
    ("1981-05-03", "1981-05-06", "within 3 days"),
    ("1981-05-03", "1981-05-20", "within 21 days"),
    ("1981-05-03", "1981-03-05", "day and month swapped"),
    ("1981-05-03", "1982-05-03", "same day, next year"),
    ("1981-05-03", "1990-01-29", "apart"),
    ("1981-05-03", None, None),
]


def level_of(name: str, a: dict, b: dict) -> str | None:
    with Engine(keys(frame([a, b])), PERSON) as engine:
        vector = engine.compare(np.array([0]), np.array([1]))[:, 0]
    place = [comparison.name for comparison in PERSON.comparisons].index(name)
    levels = PERSON.comparisons[place].levels
    return None if vector[place] < 0 else levels[vector[place]].name


@pytest.mark.parametrize(
    ("name", "a", "b", "level"), [(k, *case) for k, cases in PAIRS.items() for case in cases]
)
def test_names(name: str, a: str, b: str, level: str | None) -> None:
    assert level_of(name, record("1", "a", a), record("2", "b", b)) == level
    assert level_of(name, record("1", "a", b), record("2", "b", a)) == level


@pytest.mark.parametrize(("a", "b", "level"), DATES)
def test_dates(a: str, b: str | None, level: str | None) -> None:
    assert level_of("date", record("1", "a", "ana/", a), record("2", "b", "ana/", b)) == level


def test_a_year_agrees_with_each_of_its_days() -> None:

    year = {"event_from": dt.date(1981, 1, 1), "event_to": dt.date(1981, 12, 31)}
    assert (
        level_of("date", record("1", "a", "ana/", "1981-05-03"), record("2", "b", "ana/", **year))
        == "vague, years overlap"
    )


def test_vectors_come_in_the_order_of_the_pairs_and_within_one_list() -> None:
    rows = [record("1", "a", "ana/rivas"), record("2", "a", "eva/rivas"), record("3", "a", "ana/rivas")]
    with Engine(keys(frame(rows)), PERSON) as engine:
        found = engine.compare(np.array([1, 0, 0]), np.array([2, 2, 1]))[0]
    names = [PERSON.comparisons[0].levels[level].name for level in found]
    assert names == ["none", "equal, one", "none"]


def test_nothing_is_written_or_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    with (
        caplog.at_level(logging.WARNING),
        Engine(keys(frame([record("1", "a", "ana/"), record("2", "b", "ana/")])), PERSON) as engine,
    ):
        engine.compare(np.array([0]), np.array([1]))
        settings = dict(
            engine._connection.sql(
                "SELECT name, value FROM duckdb_settings() WHERE name IN "
                "('temp_directory', 'autoinstall_known_extensions', 'autoload_known_extensions')"
            ).fetchall()
        )
    assert settings == {
        "temp_directory": "",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    assert not list(tmp_path.iterdir()) and not caplog.records and capfd.readouterr() == ("", "")


def test_an_open_end_excludes_nothing_beyond_it() -> None:
    old, child = {"age_low": 60, "age_high": None}, {"age_low": 5, "age_high": 7}
    young, adult = {"age_low": 3, "age_high": 3}, {"age_low": 18, "age_high": None}
    since = {"event_from": dt.date(1981, 5, 3), "event_to": None}
    assert level_of("age", record("1", "a", "ana/", **old), record("2", "b", "ana/", **adult)) is None
    assert (
        level_of("age", record("1", "a", "ana/", **old), record("2", "b", "ana/", **child))
        == "another generation"
    )
    assert (
        level_of("age", record("1", "a", "ana/", **young), record("2", "b", "ana/", **child))
        == "3 years apart"
    )
    assert (
        level_of("date", record("1", "a", "ana/", **since), record("2", "b", "ana/", "1982-01-01"))
        == "vague, years overlap"
    )
    assert (
        level_of("date", record("1", "a", "ana/", **since), record("2", "b", "ana/", "1979-01-01")) == "apart"
    )
