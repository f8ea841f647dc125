"""The synthetic study: repeatable, as declared, and with every kind of error it promises."""

from __future__ import annotations

import csv
import importlib.util
import io
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

SOURCE = Path(__file__).parents[2] / "examples/salvador.py"


@pytest.fixture(scope="module")
def salvador() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("salvador", SOURCE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["salvador"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["salvador"]


@pytest.fixture(scope="module")
def study(salvador: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    folder = tmp_path_factory.mktemp("salvador")
    return folder, salvador.write(folder, seed=1)


def rows(folder: Path, key: str, salvador: ModuleType) -> list[list[Any]]:
    rates = salvador.RATES["lists"][key]
    if key == "acnur":
        return CalamineWorkbook.from_path(folder / rates["file"]).get_sheet_by_index(0).to_python()
    text = (folder / rates["file"]).read_bytes().decode(rates["encoding"])
    return list(csv.reader(io.StringIO(text), delimiter=rates["delimiter"]))


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_seed_gives_the_same_bytes(salvador: ModuleType, tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        salvador.write(tmp_path / name, seed, persons=200)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(files) == 8
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)
    assert (tmp_path / "a/ong.csv").read_bytes() != (tmp_path / "c/ong.csv").read_bytes()


def test_the_truth_names_every_row_and_every_person(study: tuple[Path, Any], salvador: ModuleType) -> None:
    folder, truth = study
    persons = {row["person"]: row for row in table(folder / "persons.csv")}
    eligible = [row for row in persons.values() if row["eligible"] == "1"]
    assert truth.persons == len(eligible) >= 3000
    held = {key: set() for key in salvador.LISTS}
    for row in table(folder / "truth.csv"):
        held[row["source"]].add(row["person"])
    for key in salvador.LISTS:
        assert held[key] == {number for number, row in persons.items() if row[key] == "1"}
        assert len(rows(folder, key, salvador)) == 1 + truth.rows[key]
    histories = Counter(tuple(int(row[key]) for key in salvador.LISTS) for row in eligible)
    del histories[(0,) * 5]
    assert histories == truth.histories
    assert sum(histories.values()) == truth.documented


def test_coverage_is_partial_and_every_pair_of_lists_overlaps(study: tuple[Path, Any]) -> None:
    _, truth = study
    assert 0.45 <= truth.documented / truth.persons <= 0.6
    for a, b in combinations(range(5), 2):
        assert sum(n for history, n in truth.histories.items() if history[a] and history[b]) > 50


def test_referrals_depend_on_intake(study: tuple[Path, Any]) -> None:
    folder, _ = study
    hidden = [row for row in table(folder / "persons.csv") if row["class"] == "hidden"]
    rate = {
        flag: sum(row["acnur"] == "1" for row in hidden if row["ong"] == flag)
        / sum(row["ong"] == flag for row in hidden)
        for flag in "01"
    }
    assert rate["1"] > 1.2 * rate["0"]


def test_persons_outside_the_period_and_repeated_rows_are_few(study: tuple[Path, Any]) -> None:
    folder, truth = study
    persons = table(folder / "persons.csv")
    outside = [row for row in persons if row["eligible"] == "0"]
    assert 0.005 < len(outside) / len(persons) < 0.05
    assert not any("2014" <= row["year"] <= "2019" for row in outside)
    found = Counter((row["source"], row["person"]) for row in table(folder / "truth.csv"))
    assert 0.015 < sum(n - 1 for n in found.values()) / sum(truth.rows.values()) < 0.045


def test_lists_write_in_their_own_manner(study: tuple[Path, Any], salvador: ModuleType) -> None:
    folder, _ = study
    lists = {key: rows(folder, key, salvador)[1:] for key in salvador.LISTS}
    assert all(", " in row[1] and row[1] == row[1].upper() for row in lists["corte"])
    assert any(int(row[4].split("/")[1]) > 12 for row in lists["corte"] if row[4].count("/") == 2)
    assert any(" " not in row[1] for row in lists["prensa"])
    assert any(row[3].startswith("a mediados de ") for row in lists["prensa"])
    assert any("ñ" in "".join(row).lower() for row in lists["asociacion"])
    assert any(row[5] for row in lists["ong"])
    assert any(row[9] == "" for row in lists["ong"])
    assert {type(row[6]).__name__ for row in lists["acnur"]} == {"date", "str"}


def test_relatives_share_surnames_day_and_place(salvador: ModuleType) -> None:
    import random

    people = salvador.population(random.Random(3))  # noqa: S311  (repeatable on purpose)
    first = [next(people) for _ in range(2000)]
    families = Counter((p.surnames, p.event, p.municipality) for p in first)
    assert 0.04 < sum(n for n in families.values() if n > 1) / len(first) < 0.1


def test_the_target_is_declared_as_data(study: tuple[Path, Any], salvador: ModuleType) -> None:
    folder, _ = study
    target = tomllib.loads((folder / "target.toml").read_text("utf-8"))
    assert target["synthetic"] is True
    assert target["target"]["period"] == {"from": "2014-01-01", "to": "2019-12-31"}
    assert {key: source["file"] for key, source in target["sources"].items()} == {
        key: rates["file"] for key, rates in salvador.RATES["lists"].items()
    }
    assert {source["part"] for source in target["sources"].values()} == {"capture"}


def test_records_scale_the_population(salvador: ModuleType, tmp_path: Path) -> None:
    truth = salvador.write(tmp_path, seed=2, records=500)
    assert 500 <= sum(truth.rows.values()) < 510
