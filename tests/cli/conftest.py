"""A small synthetic study taken through all verbs once; each test works on a copy of a stage of it."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from amparo.cli.app import main
from amparo.cli.checkout import load
from amparo.study import store
from amparo.vault import folder, slots
from amparo.vault.slots import Passphrase, Secrets

canaries, kills = load("benchmarks", "canaries"), load("benchmarks", "kills")


class Said(NamedTuple):
    """What a verb ended with."""

    code: int
    out: str
    err: str


Amparo = Callable[..., Said]


def amparo_(*words: object, lang: str = "en") -> Said:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([*map(str, words), "--lang", lang])
    return Said(code, out.getvalue(), err.getvalue())


class Stages(NamedTuple):
    """Folders of the study after `new`, `read`, `link` and `count`; what each verb said; the root key."""

    folders: dict[str, Path]
    said: dict[str, Said]
    key: Secrets


@pytest.fixture(scope="session")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Three synthetic lists, a corrected one, a plan and a passphrase file."""
    return canaries.plant(tmp_path_factory.mktemp("cli") / "lists", 7)


@pytest.fixture(scope="session")
def amparo(lists: Any) -> Amparo:
    """Run a verb in this process; `study=` adds the folder's passphrase file."""

    def run(verb: str, *words: object, opens: bool = True, lang: str = "en") -> Said:
        return amparo_(verb, *words, *(["--passphrase-file", lists.passphrase] if opens else []), lang=lang)

    return run


@pytest.fixture(scope="session")
def stages(tmp_path_factory: pytest.TempPathFactory, lists: Any, amparo: Amparo) -> Stages:
    room = tmp_path_factory.mktemp("stages")
    study, said, folders = room / "study", {}, {}
    said["new"] = amparo("new", study, "--from", lists.plan)
    for verb in ("new", "read", "link", "count"):
        if verb == "read":
            for key in ("uno", "dos", "tres"):
                said[key] = amparo("read", study, lists.files[key], "--source", key)
        elif verb != "new":
            said[verb] = amparo(verb, study)
        folders[verb] = room / verb
        shutil.copytree(study, folders[verb])
    assert [each.code for each in said.values()] == [0] * 6, said
    return Stages(folders, said, folder.open_folder(study, Passphrase(canaries.PASSPHRASE)).secrets)


@pytest.fixture
def copy(stages: Stages, tmp_path: Path) -> Callable[[str], Path]:
    """The study as it stood after a verb."""

    def make(stage: str) -> Path:
        return shutil.copytree(stages.folders[stage], tmp_path / "study")

    return make


@pytest.fixture(scope="session")
def acts(stages: Stages) -> Callable[[Path], int]:
    """Verify a study; how many acts its audit chain holds."""

    def count(study: Path) -> int:
        header = slots.read(study)
        assert header.study == slots.read(stages.folders["new"]).study
        with store.study_in(folder.open_with_key(study, stages.key)) as opened:
            from amparo.study.verification import verify_study

            return verify_study(opened).acts

    return count


@pytest.fixture(scope="session")
def holds(stages: Stages) -> Callable[[Path], dict[str, str | None]]:
    """Verify a study; digests of its plan, records, persons, findings and report."""
    return lambda study: kills.contents(folder.open_with_key(study, stages.key))["holds"]
