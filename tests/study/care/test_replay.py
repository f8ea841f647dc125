from __future__ import annotations

import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from synthetic_lists import people, table

from amparo.errors import AmparoError
from amparo.study import store
from amparo.study.register.rules import Declared
from amparo.study.register.services import read_list
from amparo.study.store import Study
from amparo.study.verification import verify_study
from amparo.vault import folder, keyring

CAPTURE = Declared("Synthetic list", "capture")


def read(study: Study, content: bytes, key: str = "a") -> Any:
    return read_list(study, content, "list.csv", source_key=key, declared=CAPTURE)


@pytest.fixture
def older(copied: folder.Opened) -> Callable[..., Any]:
    """Open a copy of the study, as after a restore."""

    @contextmanager
    def restored(path: Path) -> Generator[Study]:
        opened = folder.open_with_key(path, copied.secrets)
        try:
            with store.study_in(opened) as study:
                yield study
        finally:
            keyring.drop(opened.database)

    return restored


@pytest.fixture
def erased(copied: folder.Opened, tmp_path: Path) -> tuple[Path, bytes]:
    """A copy of the study from before an erasure, and the tombstones written since."""
    from amparo.study.care.erasure import erase

    rows = people(6)
    with store.study_in(copied) as study:
        read(study, table(rows))
    shutil.copytree(copied.path, tmp_path / "older")
    with store.study_in(copied) as study:
        erase(study, ["a.1.3"], "asked")
        erase(study, ["a.1.5"], "asked too")
    return tmp_path / "older", (tmp_path / "study.erasures").read_bytes()


def test_an_older_copy_erases_again_and_once(erased: tuple[Path, bytes], older: Callable[..., Any]) -> None:
    from amparo.study.care.models import Erasure
    from amparo.study.care.replay import replay
    from amparo.study.register.models import Record

    path, tombstones = erased
    with older(path) as study:
        assert Record.objects.exclude(wrapped_key=b"").count() == 6
        found = replay(study, tombstones)
        assert found == (2, 0, 0, 2)
        gone = set(Record.objects.filter(wrapped_key=b"").values_list("pk", flat=True))
        assert gone == {"a.1.3", "a.1.5"}
        assert Erasure.objects.get(pk=1).left == []
        again = read(study, table(people(6)))
        assert (again.correction, again.erased) == (None, 2)
        assert replay(study, tombstones) == (0, 2, 0, 0)
        verify_study(study)


def test_a_copy_from_before_the_list_does_not_read_the_person_in(
    erased: tuple[Path, bytes], original: folder.Opened, tmp_path: Path
) -> None:
    from amparo.study.care.replay import replay

    _, tombstones = erased
    before = _copy(original, tmp_path / "before")
    with store.study_in(before) as study:
        assert replay(study, tombstones).records == 0
        reading = read(study, table(people(6)))
        # The compartment's key is the same from the study's first day on.
        assert (reading.erased, len(reading.correction.added)) == (2, 4)
        verify_study(study)
    keyring.drop(before.database)


def _copy(original: folder.Opened, path: Path) -> folder.Opened:
    shutil.copytree(original.path, path)
    return folder.open_with_key(path, original.secrets)


def test_who_holds_no_key_erases_all_the_same(erased: tuple[Path, bytes], older: Callable[..., Any]) -> None:
    from amparo.study.care.models import Erasure
    from amparo.study.care.replay import replay
    from amparo.study.context import Keys
    from amparo.study.register.models import Record

    path, tombstones = erased
    with older(path) as study:
        replay(Study(study.opened, study.user, study.facts, Keys({})), tombstones)
        assert Record.objects.filter(wrapped_key=b"").count() == 2
        assert Erasure.objects.get(pk=1).left == ["register.SourceFile:1"]
    with older(path) as study:
        assert Erasure.objects.get(pk=1).left == []
        verify_study(study)


@pytest.mark.parametrize("part", ["signature", "notice", "by", "study"])
def test_a_changed_tombstone_is_left_alone(
    erased: tuple[Path, bytes], older: Callable[..., Any], part: str
) -> None:
    from amparo.study.care.replay import replay
    from amparo.study.register.models import Record

    path, tombstones = erased
    line = msgspec.json.decode(tombstones.splitlines()[0])
    if part == "signature":
        line["signature"] = "00" + line["signature"][2:]
    elif part == "notice":
        line["notice"] = line["notice"].replace("a.1.3", "a.1.4")
    else:
        notice = msgspec.json.decode(line["notice"]) | {part: "other"}
        line["notice"] = msgspec.json.encode(notice).decode()
    with older(path) as study:
        assert replay(study, msgspec.json.encode(line)).unsigned == 1
        assert not Record.objects.filter(wrapped_key=b"").exists()


def test_another_record_of_the_same_id_is_not_erased(
    erased: tuple[Path, bytes], original: folder.Opened, tmp_path: Path
) -> None:
    from amparo.study.care.replay import replay
    from amparo.study.register.models import Record

    _, tombstones = erased
    other = _copy(original, tmp_path / "other")
    with store.study_in(other) as study:
        read(study, table(people(6, 9)))
        assert replay(study, tombstones) == (2, 0, 0, 0)
        assert not Record.objects.filter(wrapped_key=b"").exists()
        verify_study(study)
    keyring.drop(other.database)


def test_what_is_no_tombstone_is_told_by_its_line(study: Study) -> None:
    from amparo.study.care.replay import replay

    with pytest.raises(AmparoError) as error:
        replay(study, b"nothing\n")
    assert (error.value.code, error.value.facts) == ("care.bad_tombstones", {"line": 1})


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE register_record SET wrapped_key = x'' WHERE id = 'a.1.4'",
        "UPDATE register_record SET wrapped_key = x'00' WHERE id = 'a.1.3'",
        "UPDATE care_erasure SET notice = replace(notice, 'a.1.3', 'a.1.4')",
        "UPDATE care_erasure SET signature = x'00'",
        "DELETE FROM care_erasure",
    ],
)
def test_a_damaged_record_is_told_from_an_erased_one(study: Study, change: str) -> None:
    from django.db import connection

    from amparo.study.care.erasure import erase
    from amparo.study.care.replay import check_erasures

    read(study, table(people(6)))
    erase(study, ["a.1.3"], "asked")
    assert check_erasures(study) == 1
    with connection.cursor() as cursor:
        cursor.execute(change)
    with pytest.raises(AmparoError, match=r"vault\.tampered"):
        check_erasures(study)
