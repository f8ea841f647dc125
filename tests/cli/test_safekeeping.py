"""Backups as an organisation makes them: keys on sticks, a lost machine, a rehearsal, a disk that is gone."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from amparo.cli.checkout import load
from amparo.study import store
from amparo.vault import folder, slots, wraps

canaries = load("benchmarks", "canaries")
PASSPHRASE = canaries.PASSPHRASE
Amparo = Callable[..., Any]
Copy = Callable[[str], Path]


@pytest.fixture(scope="module", autouse=True)
def stretched_once() -> Iterator[None]:
    """Argon2id at its real cost, but once for each passphrase and salt: copies of a study share both."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wraps, "hash_secret_raw", functools.cache(wraps.hash_secret_raw))
        yield


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    (tmp_path / "disk").mkdir()
    return tmp_path / "disk"


@pytest.fixture
def study(copy: Copy, amparo: Amparo, tmp_path: Path) -> Path:
    """A study with records whose backups two keys open: `one.txt` and `two.txt`."""
    study = copy("link")
    for name in ("one", "two"):
        said = amparo("recipient", "add", study, f"key {name}", "--make", tmp_path / f"{name}.txt")
        assert (said.code, said.err) == (0, "")
    return study


def later(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    from amparo.study.safekeeping import services

    now = services.now
    monkeypatch.setattr(services, "now", lambda: now() + timedelta(days=days))


def backed_up(amparo: Amparo, study: Path, disk: Path) -> Path:
    said = amparo("backup", study, "--to", disk)
    assert (said.code, said.err) == (0, "")
    (made,) = disk.glob("*.age")
    assert str(made) in said.out
    return made


@pytest.mark.parametrize("name", ["one", "two"])
def test_a_lost_machine_comes_back_from_any_one_key(
    study: Path, disk: Path, amparo: Amparo, holds: Callable[[Path], dict[str, str | None]], name: str
) -> None:
    before = holds(study)
    made = backed_up(amparo, study, disk)
    shutil.rmtree(study)
    identity = study.with_name(f"{name}.txt")
    said = amparo("restore", made, study, "--identity", identity, "--head", made.with_suffix(".head"))
    assert (said.code, said.err) == (0, "")
    assert holds(study) == before
    assert amparo("verify", study).code == 0
    assert "Without --head" not in said.out


def test_without_two_keys_no_backup_is_made(copy: Copy, disk: Path, amparo: Amparo, tmp_path: Path) -> None:
    study = copy("new")
    with store.study_in(folder.open_folder(study, slots.Passphrase(PASSPHRASE))) as opened:
        real = not opened.facts.synthetic
    for number in range(2 if real else 1):
        said = amparo("backup", study, "--to", disk)
        assert (said.code, said.out) == (3, "")
        assert f"have {number}" in said.err
        assert amparo("recipient", "add", study, f"{number}", "--make", tmp_path / f"{number}.txt").code == 0
    assert not list(disk.iterdir())


def test_a_key_is_never_overwritten_nor_left_behind(study: Path, amparo: Amparo, tmp_path: Path) -> None:
    kept = (tmp_path / "one.txt").read_bytes()
    said = amparo("recipient", "add", study, "another", "--make", tmp_path / "one.txt")
    assert (said.code, "already a file" in said.err) == (3, True)
    assert (tmp_path / "one.txt").read_bytes() == kept
    assert (tmp_path / "one.txt").stat().st_mode & 0o077 == 0
    said = amparo("recipient", "add", study, "key one", "--make", tmp_path / "three.txt")
    assert said.code == 3
    assert not (tmp_path / "three.txt").exists()
    for words in ((), ("--key", "age1x", "--make", tmp_path / "three.txt")):
        assert "either --key" in amparo("recipient", "add", study, "three", *words).err


def test_recipients_are_listed_and_removed(study: Path, disk: Path, amparo: Amparo, tmp_path: Path) -> None:
    made = backed_up(amparo, study, disk)
    assert amparo("recipient", "remove", study, "key one").code == 0
    listed = amparo("recipient", "list", study).out
    assert ("key two" in listed, "key one" in listed) == (True, False)
    assert "AGE-SECRET" not in listed
    # Who was removed still opens what was sealed to them.
    assert amparo("restore", made, tmp_path / "back", "--identity", tmp_path / "one.txt").code == 0


def test_a_key_that_also_opens_the_study_needs_no_passphrase(
    study: Path, disk: Path, amparo: Amparo, tmp_path: Path
) -> None:
    public = (tmp_path / "one.txt").read_text().split("public key: ")[1].split()[0]
    assert amparo("key", "add", study, "--recipient", public).code == 0
    made = backed_up(amparo, study, disk)
    said = amparo("restore", made, tmp_path / "back", "--identity", tmp_path / "one.txt", opens=False)
    assert (said.code, said.err) == (0, "")
    said = amparo("restore", made, tmp_path / "again", "--identity", tmp_path / "two.txt", opens=False)
    assert (said.code, "assphrase" in said.err) == (3, True)
    assert not list(tmp_path.glob("*again*"))


def test_two_shares_are_a_way_back_in(study: Path, disk: Path, amparo: Amparo, tmp_path: Path) -> None:
    with store.study_in(folder.open_folder(study, slots.Passphrase(PASSPHRASE))) as opened:
        from amparo.study.accounts.ways import keep_recovery

        recovery = slots.new_recovery(opened.opened.study_id, opened.opened.secrets.root_key)
        keep_recovery(opened, recovery)
    words = []
    for number, share in enumerate(recovery.shares[1:]):
        (tmp_path / f"share{number}.txt").write_text(share)
        words += ["--share-file", tmp_path / f"share{number}.txt"]
    made = backed_up(amparo, study, disk)
    back = tmp_path / "back"
    said = amparo("restore", made, back, "--identity", tmp_path / "two.txt", *words, opens=False)
    assert (said.code, said.err) == (0, "")
    assert amparo("verify", back).code == 0


def test_what_is_not_to_be_trusted_is_told_in_one_sentence(
    study: Path, disk: Path, amparo: Amparo, tmp_path: Path
) -> None:
    made = backed_up(amparo, study, disk)
    one, back = tmp_path / "one.txt", tmp_path / "back"
    older = tmp_path / "head.txt"
    older.write_text(made.with_suffix(".head").read_text().replace(" ", "0 ", 1))
    (tmp_path / "none.txt").write_text("nothing")
    cut = tmp_path / "cut.age"
    cut.write_bytes(made.read_bytes()[:-1])
    for words, code, told in (
        ((cut, back, "--identity", one), 5, "cut, changed or damaged"),
        ((disk / "absent.age", back, "--identity", one), 5, "no backup"),
        ((made, study, "--identity", one), 5, "already something"),
        ((made, back, "--identity", tmp_path / "none.txt"), 5, "not an age identity"),
        ((made, back, "--identity", one, "--head", older), 3, "newer state"),
        ((made, back, "--identity", one, "--head", "12 nonsense"), 5, ""),
    ):
        said = amparo("restore", *words)
        assert (said.code, said.out) == (code, ""), said
        assert told in said.err
        assert not back.exists()
    assert not list(tmp_path.glob(".back*"))


def test_a_verb_that_changes_the_study_makes_the_backup_that_is_due(
    study: Path, disk: Path, amparo: Amparo, lists: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = amparo("backup", study, "--to", disk, "--every", "7")
    assert (said.code, "7 days old" in said.out) == (0, True)
    later(monkeypatch, 8)
    assert amparo("verify", study).code == 0
    assert len(list(disk.glob("*.age"))) == 1  # it changed nothing
    said = amparo("link", study)
    assert (said.code, said.err) == (0, "")
    assert len(list(disk.glob("*.age"))) == 2
    later(monkeypatch, 8)
    shutil.rmtree(disk)
    said = amparo("link", study)
    assert said.code == 0
    assert "A backup is due" in said.err
    assert "no folder" in said.err
    assert amparo("backup", study, "--every", "0").code == 0
    assert amparo("link", study).err == ""


def test_a_folder_is_needed_once(study: Path, disk: Path, amparo: Amparo) -> None:
    said = amparo("backup", study)
    assert (said.code, "--to" in said.err) == (3, True)
    said = amparo("backup", study, "--to", disk, "--every", "900")
    assert (said.code, "366" in said.err, list(disk.iterdir())) == (3, True, [])
    assert amparo("backup", study, "--to", disk, "--every", "1").code == 0
    assert amparo("backup", study).code == 0
    assert len(list(disk.glob("*.age"))) == 2


@pytest.mark.parametrize(
    ("lang", "told"), [("en", "3 rehearsals, 0 differences"), ("es", "3 ensayos, 0 diferencias")]
)
def test_a_rehearsal_reports_in_numbers(copy: Copy, amparo: Amparo, lang: str, told: str) -> None:
    study = copy("count")
    before = sorted(study.rglob("*"))
    said = amparo("drill", study, "--times", "3", lang=lang)
    assert (said.code, said.err) == (0, "")
    assert told in said.out
    assert sorted(study.rglob("*")) == before


def test_who_was_erased_since_is_erased_again(
    study: Path, disk: Path, amparo: Amparo, tmp_path: Path
) -> None:
    made = backed_up(amparo, study, disk)
    said = amparo("erase", study, "uno.1.2", "--reason", "by request", "--yes")
    assert said.code == 0, said
    shutil.rmtree(study)
    words = (made, study, "--identity", tmp_path / "two.txt")
    said = amparo("restore", *words)
    assert (said.code, said.err) == (0, "")
    assert "Erased again: 1 record" in said.out
    assert amparo("verify", study).code == 0
    # Without the file that stood beside the study, the restored study says who is in it again.
    shutil.rmtree(study)
    study.with_name("study.erasures").unlink()
    assert "is in the study again" in amparo("restore", *words).out
