"""The log of acts and the health page, as somebody who answers for the study reads them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amparo.study.store import SCHEMA

Amparo = Callable[..., Any]
Copy = Callable[[str], Path]


def groups(said: str) -> str:
    """The head in what was printed: number and eight groups."""
    found = re.search(r"^ +(\d+) +((?:[0-9A-Z]{5}\s+){8})", said, re.MULTILINE)
    assert found, said
    return f"{found[1]} {' '.join(found[2].split())}"


def test_the_head_on_paper_finds_a_study_set_back(amparo: Amparo, copy: Copy, stages: Any) -> None:
    study = copy("count")
    paper = groups(amparo("audit", "head", study, lang="es").out)
    said = amparo("audit", "verify", study, "--head", paper.lower())
    assert said.code == 0
    assert f"of act {paper.split()[0]}" in said.out
    shutil.rmtree(study)
    shutil.copytree(stages.folders["read"], study)
    assert amparo("audit", "verify", study).code == 0
    said = amparo("audit", "verify", study, "--head", paper)
    assert said.code == 5 and "set back" in said.err


def test_without_a_head_what_cannot_be_known_is_said(amparo: Amparo, copy: Copy) -> None:
    said = amparo("audit", "verify", copy("read"))
    assert "amparo audit head" in said.out


def test_heads_are_kept_in_a_file_outside(amparo: Amparo, copy: Copy, tmp_path: Path, lists: Any) -> None:
    study, kept = copy("link"), tmp_path / "heads.txt"
    assert amparo("audit", "head", study, "--keep", kept).code == 0
    assert amparo("read", study, lists.files["corrected"], "--source", "uno").code == 0
    assert amparo("audit", "head", study, "--keep", kept).code == 0
    lines = kept.read_text("utf-8").splitlines()
    assert [len(line.split()) for line in lines] == [4, 4]
    said = amparo("audit", "verify", study, "--head", kept)
    assert said.code == 0 and "2 heads" in said.out
    kept.write_text(lines[0].replace(lines[0].split()[1], "0" * 64), "utf-8")
    said = amparo("audit", "verify", study, "--head", kept)
    assert said.code == 5 and f"act {lines[0].split()[0]} " in said.err


def test_a_head_inside_the_study_would_go_back_with_it(amparo: Amparo, copy: Copy, tmp_path: Path) -> None:
    study = copy("new")
    said = amparo("audit", "head", study, "--keep", study / "heads.txt")
    assert said.code == 3 and not (study / "heads.txt").exists()
    assert amparo("audit", "head", study, "--keep", tmp_path / "no" / "heads.txt").code == 3


def test_a_head_can_be_shown_as_a_code_to_scan(amparo: Amparo, copy: Copy) -> None:
    study = copy("new")
    plain, code = (amparo("audit", "head", study, *words).out for words in ((), ("--qr",)))
    assert not re.search("[▀▄█]", plain) and len(re.findall("[▀▄█]", code)) > 100


@pytest.mark.parametrize(
    ("wrong", "said"),
    [("12 ABC", "eight groups"), ("4 " + "AAAAA " * 8, "number of the act"), ("palabras", "eight groups")],
)
def test_what_is_no_head_is_told_so(amparo: Amparo, copy: Copy, wrong: str, said: str) -> None:
    answer = amparo("audit", "verify", copy("new"), "--head", wrong)
    assert answer.code == 5 and said in answer.err


@pytest.mark.parametrize(("lang", "read"), [("en", "Read the list “uno”"), ("es", "Leyó la lista «uno»")])
def test_the_log_says_who_did_what(amparo: Amparo, copy: Copy, lang: str, read: str) -> None:
    study = copy("count")
    said = amparo("audit", "show", study, lang=lang).out
    lines = [
        line for line in said.splitlines() if re.match(r" +\d+  \d{4}-\d\d-\d\d \d\d:\d\d  owner  ", line)
    ]
    assert [int(line.split()[0]) for line in lines] == list(range(1, len(lines) + 1))
    assert any(read in line for line in lines)
    assert "—" not in said


def test_the_log_can_be_asked_for_a_part(amparo: Amparo, copy: Copy) -> None:
    study = copy("count")

    def acts(*words: str) -> list[str]:
        return [
            line for line in amparo("audit", "show", study, *words).out.splitlines() if "  owner  " in line
        ]

    assert len(acts("--act", "register.read")) == 3
    assert len(acts()) == len(acts("--by", "owner")) == len(acts("--since", "2026-01-01")) > 3
    assert acts("--since", "2999-01-01") == acts("--by", "nobody") == []
    assert "no acts" in amparo("audit", "show", study, "--by", "nobody").out


def test_who_does_not_answer_for_the_study_sees_their_own_acts(
    amparo: Amparo, copy: Copy, tmp_path: Path, lists: Any
) -> None:
    study, own = copy("read"), tmp_path / "own"
    own.write_text("palabras de mentira de ana", "utf-8")
    added = amparo("user", "add", study, "ana", "--role", "documents", "--new-passphrase-file", own)
    assert added.code == 0, added.err
    assert amparo("member", "add", study, "default", "ana", "--user", "owner").code == 0

    def ana(*words: object) -> Any:
        return amparo(*words, "--user", "ana", "--passphrase-file", own, opens=False)

    said = ana("audit", "show", study)
    assert said.code == 0 and "  owner  " not in said.out
    assert "your own acts" in said.out and "no acts" in said.out
    assert ana("read", study, lists.files["corrected"], "--source", "uno").code == 0
    said = ana("audit", "show", study)
    assert len(re.findall("  ana  ", said.out)) == 1
    assert "  ana  " in amparo("audit", "show", study, "--user", "owner").out
    assert ana("audit", "verify", study).code == 0


def test_the_health_page_holds_nothing_of_the_study(amparo: Amparo, copy: Copy, lists: Any) -> None:
    study = copy("count")
    for words in ((), ("--deep",), ("--json", "--deep")):
        said = amparo("doctor", study, *words)
        assert (said.code, said.err) == (0, "")
        told = said.out.lower()
        secret = ["owner", "uno", "estudio sintético", str(study), study.parent.name, "lista"]
        assert not [word for word in secret if re.search(rf"\b{re.escape(word.lower())}\b", told)]
        assert not [one.text for one in lists.canaries if one.text.lower() in told]
    page = json.loads(amparo("doctor", study, "--deep", "--json").out)
    assert page["whole"] == "yes" and page["schema"] == SCHEMA and page["people"]["present"] == 1


def test_the_health_page_asks_for_no_passphrase_when_closed(amparo: Amparo, copy: Copy) -> None:
    study = copy("read")
    page = json.loads(amparo("doctor", study, "--closed", "--json", opens=False).out)
    assert page["slots"]["kinds"] == {"passphrase": 1}
    assert page["log"] is None and page["people"] is None
    assert "health.no_recovery" in page["advice"]
    assert "recovery shares" in amparo("doctor", study, "--closed", opens=False).out
    assert amparo("doctor", study.parent / "nothing", "--closed", opens=False).code == 5


def test_damage_is_on_the_health_page_and_no_reason_to_stop(amparo: Amparo, copy: Copy) -> None:
    study = copy("read")
    next((study / "blobs").glob("*/*")).write_bytes(b"")
    page = json.loads(amparo("doctor", study, "--deep", "--json").out)
    assert page["whole"] == "vault.blob_damaged"
    assert "health.not_whole" in page["advice"]
