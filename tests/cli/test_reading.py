"""`amparo read` and `amparo form`: files of every kind, as somebody types them."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amparo.intake.xlsform import read_form

Copy = Callable[[str], Path]
GOLDEN = Path(__file__).parents[1] / "intake" / "golden"
CHAT = GOLDEN / "whatsapp" / "ios_es_24h.txt"
ARTICLE = "En agosto pasó algo sintético, según la fuente.\n\nNadie lo vio, dijo otra fuente.\n"


@pytest.fixture
def study(copy: Copy) -> Path:
    return copy("new")


def _paste(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_a_chat_is_shown_masked_and_only_what_is_chosen_is_kept(
    study: Path, amparo: Any, holds: Callable[[Path], dict[str, str | None]]
) -> None:
    shown = amparo("read", study, CHAT)
    assert shown.code == 0
    assert "P2: Llegaron a la casa" in shown.out
    assert "Beto" not in shown.out + shown.err
    assert "7 of 7" in shown.out
    before = holds(study)
    kept = amparo("read", study, CHAT, "--messages", "2-4", "--subject", "P2")
    assert (kept.code, "chat, in the study" in kept.out) == (0, True)
    assert holds(study) != before or amparo("verify", study).code == 0
    assert amparo("verify", study).code == 0
    missing = amparo("read", study, CHAT, "--messages", "99")
    assert (missing.code, "12-15,40" in missing.err) == (3, True)


def test_a_chat_whose_dates_are_open_is_asked(study: Path, amparo: Any) -> None:
    chat = GOLDEN / "whatsapp" / "orden_dudoso.txt"
    asked = amparo("read", study, chat, "--messages", "1")
    assert (asked.code, "--date-order" in asked.err) == (3, True)
    assert amparo("read", study, chat, "--messages", "1", "--date-order", "MDY").code == 0


def test_what_is_pasted_is_an_article_or_a_statement(
    study: Path, amparo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _paste(monkeypatch, ARTICLE)
    assert "article, in the study" in amparo("read", study, "-").out
    _paste(monkeypatch, "Me lo contaron ayer.")
    told = amparo(
        "read", study, "-", "--source", "dicho", "--told-by", "P", "--told-to", "Q", "--told", "2024-08"
    )
    assert "oral statement, in the study; 2 suggestions" in told.out
    _paste(monkeypatch, "Me lo contaron ayer.")
    assert "--told-to" in amparo("read", study, "-", "--told-by", "P").err
    listed = amparo("claims", study, "--source", "dicho", "--purpose", "review")
    assert "told by P to Q" in listed.out


def test_submissions_of_our_form_become_records_with_their_consents(
    study: Path, amparo: Any, tmp_path: Path
) -> None:
    form = tmp_path / "entrevista.xlsx"
    assert amparo("form", form, opens=False).code == 0
    assert read_form(form.read_bytes(), "x").form_id == "amparo_intake"
    assert amparo("form", form, opens=False).code == 3
    submission = {
        "_uuid": "u1",
        "amparo_form": "1",
        "consent/consent_case": "yes",
        "consent/consent_case_until": "2090-01-01",
        "consent/consent_publication": "no",
        "person/person_given": "Nadie",
        "person/person_surname": "Ficticia",
        "person/person_sex": "female",
        "household": [{"household/member_name": "Otra Ficticia"}],
    }
    sent = tmp_path / "envios.json"
    sent.write_text(json.dumps({"results": [submission]}))
    read = amparo("read", study, sent, "--part", "none")
    assert "2 consents and refusals" in read.out
    assert "envios: 1 record kept." in read.out
    assert "person/person_sex" in read.out
    again = amparo("read", study, sent)
    assert "nothing changed" in again.out
    due = amparo("open", study, "envios.1.1", "--purpose", "review")
    assert "Woman" in due.out


def test_files_of_one_export_are_read_together(study: Path, amparo: Any, tmp_path: Path) -> None:
    key = "uuid:5f1d0000-0000-4000-8000-000000000001"
    (tmp_path / "v.csv").write_text(f"SubmissionDate,grupo-color,KEY\n2024-01-02,r,{key}\n")
    (tmp_path / "v-miembros.csv").write_text(f"miembro,PARENT_KEY,KEY\nHija,{key},{key}/miembros[1]\n")
    with_form = amparo(
        "read", study, tmp_path / "v.csv", "--with", tmp_path / "v-miembros.csv",
        "--form", GOLDEN / "odk" / "xlsform.xlsx", "--part", "none",
    )  # fmt: skip
    assert "miembros[1]/miembro" in with_form.out
    shown = amparo("read", study, tmp_path / "v.csv", "--show-mapping")
    assert "KEY" in shown.out


def test_a_folder_is_read_once_each_and_a_bad_file_stops_nothing(
    study: Path, amparo: Any, tmp_path: Path
) -> None:
    room = tmp_path / "todo"
    (room / "b").mkdir(parents=True)
    (room / ".oculto").write_text("x")
    (room / "a.csv").write_text("nombre,edad\nUno Sintético,30\n")
    (room / "b" / "otra_vez.csv").write_text("nombre,edad\nUno Sintético,30\n")
    (room / "b" / "nota.txt").write_text(ARTICLE)
    (room / "malo.xlsx").write_bytes(b"PK\x03\x04 nada")
    key = "uuid:5f1d0000-0000-4000-8000-000000000001"
    (room / "v.csv").write_text(f"SubmissionDate,nombre,KEY\n2024-01-02,Dos,{key}\n")
    (room / "v-m.csv").write_text(f"miembro,PARENT_KEY,KEY\nHija,{key},{key}/m[1]\n")
    shutil.copy(CHAT, room / "z.txt")
    read = amparo("read", study, room, "--part", "none")
    assert "3 files read, 1 there more than once, 2 not read." in read.out
    assert "malo.xlsx" in read.err
    assert "12-15,40" in read.err
    assert "m[1]/miembro" in read.out
    assert read.code == 4


def test_pictures_and_recordings_take_a_transcript(study: Path, amparo: Any, tmp_path: Path) -> None:
    recording = tmp_path / "nota.opus"
    recording.write_bytes(b"OggS\0\2" + bytes(200))
    assert "--transcript" in amparo("read", study, recording).err
    typed = tmp_path / "nota.txt"
    typed.write_text("[0:01 - 0:04] Salgan ya.")
    assert "recording, in the study" in amparo("read", study, recording, "--transcript", typed).out
    assert amparo("verify", study).code == 0


def test_without_a_study_nothing_is_kept(amparo: Any, tmp_path: Path) -> None:
    note = tmp_path / "nota.txt"
    note.write_text(ARTICLE)
    shown = amparo("read", note, "--accept-none", opens=False)
    assert (shown.code, "nothing was kept" in shown.out.lower()) == (0, True)
    assert [each.name for each in tmp_path.iterdir()] == ["nota.txt"]
