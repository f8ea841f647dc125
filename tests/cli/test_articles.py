"""Reading an article as somebody types it: shown without a study, or kept in one until it is decided on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

ARTICLES = Path(__file__).parents[1] / "intake/articles/tuned"
POLICE, PRESS = ARTICLES / "01-en-police.txt", ARTICLES / "05-es-periodistas.txt"


def words(text: str) -> str:
    return " ".join(text.split())


def test_an_article_is_shown_without_a_study_and_nothing_is_kept(
    amparo: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "240")
    said = amparo("read", POLICE, "--accept-none", "--published", "2016-11-11", opens=False)
    assert said.code == 0, said.err
    told = words(said.out)
    assert "name: Walter Amílcar Orellana Pineda" in told
    assert "duty status: off duty (off_duty)" in told
    assert "I do not sleep at home any more" in told
    assert "for the lawyers" in told or "lawyers" in told
    assert "Nothing was kept" in told
    assert list(tmp_path.iterdir()) == []


def test_the_same_in_spanish(amparo: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    said = amparo("read", PRESS, "--accept-none", opens=False, lang="es")
    assert said.code == 0, said.err
    assert "nombre: Ernesto Adalberto Salazar Acosta" in words(said.out)
    assert "publicación: 2021-08-02" in words(said.out)


def test_a_list_is_no_article(amparo: Any, lists: Any) -> None:
    said = amparo("read", next(iter(lists.files.values())), "--accept-none", opens=False)
    assert said.code == 3
    assert "is no article" in said.err


def test_a_study_alone_is_not_read(amparo: Any, tmp_path: Path) -> None:
    said = amparo("read", tmp_path, opens=False)
    assert said.code == 2 or "FILE" in said.err


def test_an_article_waits_in_the_study_for_a_decision(
    amparo: Any, copy: Callable[[str], Path], monkeypatch: Any
) -> None:
    study = copy("new")
    said = amparo("read", study, POLICE, "--source", "press", "--published", "2016-11-11")
    assert said.code == 0, said.err
    assert "suggestions wait" in said.out
    again = amparo("read", study, POLICE, "--source", "press", "--published", "2016-11-11")
    assert "0 suggestions wait" in again.out
    waiting = amparo("claims", study, "--source", "press", "--purpose", "review")
    assert waiting.code == 0, waiting.err
    assert "Walter Amílcar Orellana Pineda" in waiting.out
    assert "was shot to death Monday" in waiting.out
