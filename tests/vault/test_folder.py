import errno
import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from amparo.errors import AmparoError
from amparo.vault import files, folder, keyring, slots, sqlcipher, wraps
from amparo.vault.slots import Passphrase, Secrets


def contents(path: Path) -> dict[str, bytes | None]:
    return {
        str(below.relative_to(path)): below.read_bytes() if below.is_file() else None
        for below in path.rglob("*")
    }


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id is tested elsewhere; here only files matter."""
    monkeypatch.setattr(wraps, "hash_secret_raw", lambda secret, *_: secret[:1] * 32)


def nothing(_: folder.Opened) -> None:
    return None


def test_a_study_opens_with_its_passphrase_and_its_keys_differ(
    original: folder.Opened, passphrase: Passphrase
) -> None:
    opened = folder.open_folder(original.path, passphrase)
    assert opened == original
    purposes = ("database", "blobs", "compartments", "slots")
    assert len({opened.key(purpose) for purpose in purposes} | set(opened.secrets)) == len(purposes) + 2
    assert all(repr(key)[2:-1] not in repr(opened) for key in opened.secrets)


def test_a_wrong_passphrase_leaves_every_file_as_it_was(study: folder.Opened) -> None:
    before = contents(study.path)
    with pytest.raises(AmparoError) as raised:
        folder.open_folder(study.path, Passphrase("otra frase de paso", slots.FOUNDER))
    assert (raised.value.code, raised.value.facts) == ("vault.wrong_passphrase", {})
    assert contents(study.path) == before


@pytest.mark.parametrize("place", ["absent", "absent/deeper", "empty", "file"])
def test_a_path_without_a_study_makes_none(tmp_path: Path, passphrase: Passphrase, place: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("synthetic")
    before = contents(tmp_path)
    for attempt in (
        lambda: folder.open_folder(tmp_path / place, passphrase),
        lambda: folder.open_with_key(tmp_path / place, Secrets(bytes(32), bytes(32))),
        lambda: folder.open_folder(tmp_path / place, slots.Shares(("one", "other"))),
        lambda: sqlcipher.connect(tmp_path / place / "study.db", bytes(32)),
    ):
        with pytest.raises(AmparoError, match=r"vault\.no_study"):
            attempt()
    assert contents(tmp_path) == before


@pytest.mark.usefixtures("quick")
def test_what_stands_at_the_path_is_not_overwritten(tmp_path: Path, passphrase: Passphrase) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept.txt").write_text("synthetic")
    (tmp_path / "file").write_text("synthetic")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    before = contents(tmp_path)
    for name in ("full", "file", "link"):
        with pytest.raises(AmparoError, match=r"vault\.path_taken"):
            folder.create(tmp_path / name, passphrase, nothing)
    with pytest.raises(AmparoError, match=r"vault\.no_parent"):
        folder.create(tmp_path / "absent" / "study", passphrase, nothing)
    with pytest.raises(AmparoError, match=r"vault\.passphrase_short"):
        folder.create(tmp_path / "study", Passphrase("once letras"), nothing)
    assert contents(tmp_path) == before


@pytest.mark.usefixtures("quick")
def test_an_empty_folder_may_become_a_study_that_only_its_owner_reads(
    tmp_path: Path, passphrase: Passphrase
) -> None:
    (tmp_path / "study").mkdir()
    folder.create(tmp_path / "study", passphrase, nothing)
    assert sorted(each.name for each in (tmp_path / "study").iterdir()) == sorted(
        ("backups", "blobs", "holders", "lock", "slots.json", "study.db")
    )
    for below in (tmp_path / "study", *(tmp_path / "study").iterdir()):
        assert below.stat().st_mode & 0o077 == 0 or below.name == "study.db"


@pytest.mark.usefixtures("quick")
def test_a_study_that_cannot_be_filled_is_not_there(tmp_path: Path, passphrase: Passphrase) -> None:
    def fail(opened: folder.Opened) -> None:
        assert keyring.key_for(opened.database)
        raise RuntimeError("synthetic")

    with pytest.raises(RuntimeError):
        folder.create(tmp_path / "study", passphrase, fail)
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "vault.disk_full"), (errno.EACCES, "vault.cannot_write")]
)
def test_a_disk_that_refuses_leaves_no_study(
    tmp_path: Path, passphrase: Passphrase, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    def refuse(_: int) -> None:
        raise OSError(number, "synthetic")

    monkeypatch.setattr(files.os, "fsync", refuse)
    with pytest.raises(AmparoError) as raised:
        folder.create(tmp_path / "study", passphrase, nothing)
    assert raised.value.code == code
    assert not list(tmp_path.iterdir())


def test_a_full_disk_met_by_the_database_is_told_and_loses_nothing(study: folder.Opened) -> None:
    with closing(sqlcipher.connect(study.database, study.key("database"))) as database:
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        database.execute(f"PRAGMA max_page_count = {pages}")
        with (
            pytest.raises(AmparoError, match=r"vault\.disk_full"),
            folder.writing(study),
            database,
        ):
            database.executemany("INSERT INTO note (said) VALUES (?)", [(f"{n:4000}",) for n in range(90)])
        assert database.execute("SELECT count(*) FROM note").fetchone() == (400,)


def test_one_process_writes_at_a_time_and_may_nest(study: folder.Opened) -> None:
    other = (
        "import fcntl, os, sys\n"
        "descriptor = os.open(sys.argv[1], os.O_RDONLY)\n"
        "try: fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
        "except BlockingIOError: sys.exit(7)\n"
    )
    command = [sys.executable, "-c", other, str(study.path / "lock")]
    with folder.writing(study):
        with folder.writing(study):
            pass
        assert subprocess.run(command, check=False).returncode == 7
    assert subprocess.run(command, check=False).returncode == 0

    descriptor = os.open(study.path / "lock", os.O_RDONLY)
    folder.fcntl.flock(descriptor, folder.fcntl.LOCK_EX)
    with pytest.raises(AmparoError, match=r"vault\.in_use"), folder.writing(study):
        pass
    os.close(descriptor)
    with folder.writing(study):
        pass


def test_what_a_killed_writer_left_is_cleared_by_the_next(study: folder.Opened) -> None:
    (study.path / ".tmp-0123").write_bytes(b"half a slot file")
    shutil.copytree(study.path / "blobs", study.path / "backups" / ".tmp-4567")
    with folder.writing(study):
        assert not [name for name in contents(study.path) if ".tmp-" in name]


def test_a_copy_that_lost_its_empty_folders_and_lock_is_furnished_again(study: folder.Opened) -> None:
    for name in ("blobs", "backups"):
        (study.path / name).rmdir()
    (study.path / "lock").unlink()
    with folder.writing(study):
        assert {"blobs", "backups", "lock"} <= set(contents(study.path))


def test_a_study_without_its_database_is_damaged(study: folder.Opened) -> None:
    study.database.unlink()
    with pytest.raises(AmparoError, match=r"vault\.damaged"):
        folder.open_with_key(study.path, study.secrets)
    assert not study.database.exists()


def test_another_programs_sqlcipher_file_is_not_a_study(study: folder.Opened) -> None:
    with closing(sqlcipher.connect(study.database, study.key("database"))) as database:
        database.execute("PRAGMA application_id = 1")
    with pytest.raises(AmparoError, match=r"vault\.not_a_study"):
        folder.open_with_key(study.path, study.secrets)
