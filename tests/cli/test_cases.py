"""`amparo cases`: lines without a name, and a file of neutral dates."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from amparo.cli.app import main
from amparo.cli.checkout import load
from amparo.study import store
from amparo.study.plan import Period, Plan, PlannedTarget
from amparo.vault import folder
from amparo.vault.slots import Passphrase

WORDS = "lluvia mesa tambor once"
families = load("examples", "families")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A study with a few synthetic cases, and a file with its passphrase."""
    room = tmp_path_factory.mktemp("cases")
    target = PlannedTarget("synthetic role", "act", "place", Period(date(2015, 1, 1), date(2018, 12, 31)))
    store.create(room / "study", WORDS, Plan("Synthetic study", "es", synthetic=True, target=target))
    with store.study_in(folder.open_folder(room / "study", Passphrase(WORDS))) as study:
        families.plant(study, 5, 1, date.today())
    (room / "words").write_text(WORDS, "utf-8")
    return room / "study", room / "words"


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_board_and_the_calendar_hold_no_name(
    planted: tuple[Path, Path], language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study, words = planted
    file = tmp_path / "dates.ics"
    told = ["cases", str(study), "--calendar", str(file), "--passphrase-file", str(words), "--lang", language]
    assert main(told) == 0
    said = capsys.readouterr().out
    assert said.count("C-") == 5
    assert "la milpa" in said
    for text in (said, file.read_text("utf-8")):
        assert not any(name in text for name in (*families.GIVEN, *families.SURNAMES))
    assert "la milpa" not in file.read_text("utf-8")
