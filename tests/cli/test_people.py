"""Verbs for people, compartments and members, on a study with one synthetic list."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from amparo.cli.app import main
from amparo.report.catalogue import say
from amparo.vault import wraps

Run = Callable[..., tuple[int, str]]
PASS = {"owner": "", "marta": "otra frase larga uno", "julia": "tercera frase larga dos"}


@pytest.fixture(scope="module", autouse=True)
def stretched_once() -> Iterator[None]:
    """Argon2id at its real cost, but once for each passphrase and salt."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wraps, "hash_secret_raw", functools.cache(wraps.hash_secret_raw))
        yield


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, lists: Any) -> Path:
    room = tmp_path_factory.mktemp("people")
    for handle, passphrase in PASS.items():
        (room / handle).write_text(passphrase or lists.passphrase.read_text())
    return room / "study"


@pytest.fixture(scope="module")
def run(study: Path) -> Run:
    """Run a verb on the study as somebody; gives its code and all it said."""

    def as_(handle: str, verb: str, *words: object, lang: str = "en") -> tuple[int, str]:
        out = io.StringIO()
        typed = [*verb.split(), study, *words, "--passphrase-file", study.parent / handle]
        with redirect_stdout(out), redirect_stderr(out):
            code = main([*map(str, typed), "--user", handle, "--lang", lang])
        return code, out.getvalue()

    return as_


def test_people_come_work_and_go(run: Run, study: Path, lists: Any) -> None:
    new = "--new-passphrase-file"
    assert run("owner", "new", "--from", lists.plan)[0] == 0
    assert run("owner", "read", lists.files["uno"], "--source", "uno")[0] == 0

    code, said = run("owner", "user add", "marta", "--role", "documents", new, study.parent / "marta")
    assert (code, "amparo member add" in said) == (0, True)
    code, said = run("owner", "user add", "julia", "--role", "administers", new, study.parent / "julia")
    assert (code, "member add" in said) == (0, False)  # who administers gets no keys
    assert run("marta", "read", lists.files["dos"], "--source", "dos") == (
        3,
        say("en", "accounts.no_key", compartment="default") + "\n",
    )
    assert run("owner", "member add", "default", "marta")[0] == 0
    assert run("marta", "read", lists.files["dos"], "--source", "dos")[0] == 0
    assert run("julia", "read", lists.files["tres"], "--source", "tres")[0] == 3

    code, said = run("julia", "user list", lang="es")
    assert code == 0
    assert "documenta" in said
    code, said = run("owner", "compartment add", "team-b", "--no-recovery")
    assert code == 0
    code, said = run("julia", "compartment list")
    assert "team-b" in said

    code, said = run("julia", "user remove", "marta")
    assert code == 0
    assert "could have opened" in said
    assert run("marta", "user list")[0] == 5
    code, said = run("owner", "user list", "--gone")
    assert "marta" in said
    assert run("owner", "verify")[0] == 0


def test_a_member_leaves_a_compartment_and_roles_change(run: Run, study: Path, lists: Any) -> None:
    words = ("--role", "matches", "--compartment", "default", "--compartment", "matching")
    (study.parent / "eva").write_text("cuarta frase larga tres")
    assert run("owner", "user add", "eva", *words, "--new-passphrase-file", study.parent / "eva")[0] == 0
    code, said = run("owner", "member remove", "default", "eva")
    assert code == 0
    assert "default" in said
    assert run("julia", "user roles", "eva", "--role", "counts")[0] == 0
    assert run("eva", "link")[0] == 3
    assert run("julia", "user roles", "eva", "--role", "king")[0] == 3
