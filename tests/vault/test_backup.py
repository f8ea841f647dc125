import errno
import os
import re
import resource
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from amparo.errors import AmparoError
from amparo.vault import age, backup, blobs, folder, sqlcipher
from amparo.vault.audit import Head, read_heads
from amparo.vault.envelope import new_key
from amparo.vault.files import BACKUPS
from amparo.vault.slots import Passphrase

KEY = new_key()
ROWS = 400


def notes(opened: folder.Opened) -> int:
    with closing(sqlcipher.connect(opened.database, opened.key("database"))) as database:
        return database.execute("SELECT count(*) FROM note").fetchone()[0]


def test_the_copy_is_a_study_that_the_same_passphrase_opens(
    study: folder.Opened, passphrase: Passphrase
) -> None:
    name = blobs.put(study, KEY, b"synthetic source")
    with closing(sqlcipher.connect(study.database, study.key("database"), isolation_level=None)) as database:
        database.execute("PRAGMA user_version = 7")
        database.execute("INSERT INTO note (said) VALUES ('committed, still in the log')")
        database.execute("BEGIN")
        database.execute("INSERT INTO note (said) VALUES ('not committed')")
        path = backup.snapshot(study)
        database.execute("COMMIT")
    assert path.parent == study.path / BACKUPS
    assert path.name.endswith("-schema7")
    copy = folder.open_folder(path, passphrase)
    assert (notes(study), notes(copy)) == (402, 401)
    assert blobs.sweep(study, ()) == 1
    assert blobs.get(copy, KEY, name) == b"synthetic source"
    assert b"synthetic" not in (path / "study.db").read_bytes()


def test_a_copy_of_a_damaged_study_is_refused_and_leaves_nothing_finished(study: folder.Opened) -> None:
    changed = bytearray(study.database.read_bytes())
    changed[10 * 4096 + 100] ^= 1
    study.database.write_bytes(changed)
    with pytest.raises(AmparoError, match=r"vault\.damaged"):
        backup.snapshot(study)
    with folder.writing(study):
        assert not list((study.path / BACKUPS).iterdir())


ONE, TWO = age.new_identity(), age.new_identity()
RECIPIENTS = [age.public(ONE), age.public(TWO)]


def last_note(database: Any) -> Head:
    return Head(database.execute("SELECT max(id) FROM note").fetchone()[0], "ab" * 32)


def written(study: folder.Opened, target: Path) -> backup.Written:
    target.mkdir(exist_ok=True)
    return backup.write(study, target, RECIPIENTS, last_note)


def tree(path: Path) -> dict[str, bytes]:
    return {str(each.relative_to(path)): each.read_bytes() for each in path.rglob("*") if each.is_file()}


@pytest.mark.parametrize("secret", [ONE, TWO], ids=["one", "two"])
def test_a_backup_made_while_others_write_is_restored_by_any_recipient(
    study: folder.Opened, passphrase: Passphrase, tmp_path: Path, secret: str
) -> None:
    name = blobs.put(study, KEY, b"synthetic source")
    with closing(sqlcipher.connect(study.database, study.key("database"), isolation_level=None)) as database:
        database.execute("PRAGMA user_version = 7")
        database.execute("INSERT INTO note (said) VALUES ('committed, still in the log')")
        database.execute("BEGIN")
        database.execute("INSERT INTO note (said) VALUES ('not committed')")
        made = written(study, tmp_path / "disk")
        database.execute("COMMIT")
    assert sorted(path.name for path in (tmp_path / "disk").iterdir()) == [
        made.path.name,
        made.path.stem + ".head",
    ]
    with backup.restoring(made.path, tmp_path / "restored", secret) as (building, manifest):
        assert not (tmp_path / "restored").exists()
        assert building.parent == tmp_path
    assert (manifest, manifest.schema, manifest.head.seq) == (made.manifest, 7, ROWS + 1)
    restored = folder.open_folder(tmp_path / "restored", passphrase)
    assert (notes(study), notes(restored)) == (ROWS + 2, ROWS + 1)
    assert blobs.get(restored, KEY, name) == b"synthetic source"
    assert {path.stat().st_mode & 0o077 for path in restored.path.rglob("*")} == {0}
    with folder.writing(restored):
        assert blobs.sweep(restored, {name}) == 0


def test_names_and_the_head_beside_tell_nothing_of_the_study(study: folder.Opened, tmp_path: Path) -> None:
    made = written(study, tmp_path / "disk")
    assert re.fullmatch(r"amparo-[0-9a-f]{12}-\d{8}T\d{6}\.\d{6}Z\.age", made.path.name)
    assert study.study_id[:12] not in made.path.name
    head = made.path.with_suffix(".head").read_text()
    assert read_heads(head, study.study_id) == [made.manifest.head]
    assert (made.manifest.at in head, study.study_id in head) == (True, False)
    assert made.size == made.path.stat().st_size
    assert b"synthetic" not in made.path.read_bytes()


def test_nothing_but_the_backup_is_left(study: folder.Opened, tmp_path: Path) -> None:
    before = tree(study.path)
    made = written(study, tmp_path / "disk")
    assert {name: content for name, content in tree(study.path).items() if "db" not in name} == {
        name: content for name, content in before.items() if "db" not in name
    }
    (tmp_path / "disk" / f".tmp-{made.path.name}-0123").write_bytes(b"left by a kill")
    (tmp_path / "disk" / ".tmp-amparo-ffffffffffff-of-another-study").write_bytes(b"of another study")
    again = written(study, tmp_path / "disk")
    assert {path.name for path in (tmp_path / "disk").iterdir()} == {
        ".tmp-amparo-ffffffffffff-of-another-study",
        *(path.with_suffix(suffix).name for path in (made.path, again.path) for suffix in (".age", ".head")),
    }


@pytest.mark.parametrize("call", ["fsync", "rename"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_backup_that_could_not_be_written_is_not_told_as_made(
    study: folder.Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    (tmp_path / "disk").mkdir()

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(AmparoError) as raised:
        written(study, tmp_path / "disk")
    assert raised.value.code == ("vault.disk_full" if number == errno.ENOSPC else "vault.cannot_write")
    assert str(tmp_path / "disk") in raised.value.facts["path"]
    assert not list((tmp_path / "disk").iterdir())
    assert not list(study.path.glob(".tmp-*"))


def test_what_reads_back_otherwise_than_it_was_written_is_no_backup(
    study: folder.Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled = backup._settled

    def spoil(file: Any) -> None:
        settled(file)
        file.seek(-1000, os.SEEK_END)
        byte = file.read(1)
        file.seek(-1000, os.SEEK_END)
        file.write(bytes([byte[0] ^ 1]))
        file.seek(0)

    monkeypatch.setattr(backup, "_settled", spoil)
    with pytest.raises(AmparoError, match=r"vault\.backup_damaged"):
        written(study, tmp_path / "disk")
    assert not list((tmp_path / "disk").iterdir())


def test_nothing_can_be_read_on_the_disk_while_it_is_written(
    study: folder.Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs.put(study, KEY, b"synthetic source" * 9000)
    settled, seen = backup._settled, {}

    def look(file: Any) -> None:
        file.flush()
        seen.update(tree(tmp_path))
        settled(file)

    monkeypatch.setattr(backup, "_settled", look)
    written(study, tmp_path / "disk")
    assert {name.split("/")[0] for name in seen if ".tmp-" in name} == {"disk", "study"}
    assert not [name for name, content in seen.items() if b"synthetic" in content]


def test_a_missing_folder_is_told(study: folder.Opened, tmp_path: Path) -> None:
    with pytest.raises(AmparoError, match=r"vault\.no_folder"):
        backup.write(study, tmp_path / "absent", RECIPIENTS, last_note)
    assert not (tmp_path / "absent").exists()


def test_a_damaged_study_makes_no_backup(study: folder.Opened, tmp_path: Path) -> None:
    changed = bytearray(study.database.read_bytes())
    changed[10 * 4096 + 100] ^= 1
    study.database.write_bytes(changed)
    with pytest.raises(AmparoError, match=r"vault\.damaged"):
        written(study, tmp_path / "disk")
    assert not list((tmp_path / "disk").iterdir())


def refused(code: str, file: Path, path: Path, secret: str = ONE) -> None:
    before = sorted(path.parent.rglob("*"))
    with (
        pytest.raises(AmparoError, match=re.escape(code)),
        backup.restoring(file, path, secret),
    ):
        pytest.fail("a backup that should be refused was unpacked")
    assert sorted(path.parent.rglob("*")) == before


def test_a_backup_that_cannot_be_trusted_leaves_nothing(study: folder.Opened, tmp_path: Path) -> None:
    made = written(study, tmp_path / "disk")
    (tmp_path / "room").mkdir()
    place = tmp_path / "room" / "restored"
    content = made.path.read_bytes()
    made.path.write_bytes(content[:-1])
    refused("vault.backup_damaged", made.path, place)
    made.path.write_bytes(content[: len(content) // 2] + content)
    refused("vault.backup_damaged", made.path, place)
    made.path.write_bytes(content)
    refused("vault.backup_not_yours", made.path, place, age.new_identity())
    refused("vault.no_backup", tmp_path / "absent.age", place)
    refused("vault.no_backup", tmp_path / "disk", place)
    refused("vault.path_taken", made.path, study.path)
    refused("vault.no_parent", made.path, tmp_path / "absent" / "study")


def test_work_that_fails_on_the_restored_folder_leaves_nothing(study: folder.Opened, tmp_path: Path) -> None:
    made = written(study, tmp_path / "disk")
    (tmp_path / "room").mkdir()
    with pytest.raises(ZeroDivisionError), backup.restoring(made.path, tmp_path / "room" / "restored", ONE):
        1 / 0  # noqa: B018  (any failure)
    assert not list((tmp_path / "room").iterdir())


def test_the_slots_of_another_study_are_refused(
    study: folder.Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "_hashed", lambda _: "ab" * 32)
    made = written(study, tmp_path / "disk")
    monkeypatch.undo()
    (tmp_path / "room").mkdir()
    refused("vault.backup_damaged", made.path, tmp_path / "room" / "restored")


def test_a_file_that_comes_or_goes_meanwhile_is_in_the_backup(
    study: folder.Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes, true, came = blobs.put(study, KEY, b"synthetic, erased meanwhile"), sqlcipher.verify, []

    def meanwhile(*args: Any) -> None:
        came.append(blobs.put(study, KEY, b"synthetic, read meanwhile"))
        (study.path / "blobs" / goes[:2] / goes).unlink()
        true(*args)

    monkeypatch.setattr(sqlcipher, "verify", meanwhile)
    made = written(study, tmp_path / "disk")
    assert {member.name[-64:] for member in made.manifest.members[2:]} == {goes, *came}


def test_digests_tell_rows_apart_and_not_pages(study: folder.Opened) -> None:
    before = backup.digests(study)
    with closing(sqlcipher.connect(study.database, study.key("database"), isolation_level=None)) as database:
        database.execute("INSERT INTO note (id, said) VALUES (9000, 'synthetic')")
        changed = backup.digests(study)
        database.execute("DELETE FROM note WHERE id = 9000")
        database.execute("VACUUM")
        assert backup.digests(study) == before
        database.execute("UPDATE note SET said = said || CAST(x'80' AS TEXT) WHERE id = 1")
        database.execute("CREATE INDEX sayings ON note (said)")
        indexed = backup.digests(study)
    assert changed.keys() == before.keys() == {"note", "sqlite_schema"}
    assert indexed["sqlite_schema"] != before["sqlite_schema"] == changed["sqlite_schema"]
    assert len({digest["note"] for digest in (before, changed, backup.digests(study))}) == 3


def finished(disk: Path) -> list[Path]:
    return list(disk.glob("amparo-*.age"))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("call", ["open", "fsync", "rename", "link", "mkdir"])
def test_a_fault_at_any_step_is_told_or_the_backup_is_there(
    study: folder.Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    blobs.put(study, KEY, b"synthetic source")
    true, told = getattr(os, call), 0
    for step in range(1, 60):
        disk, left = tmp_path / f"disk{step}", [step]
        disk.mkdir()

        def count(*args: Any, left: list[int] = left, **options: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                raise OSError(number, os.strerror(number))
            return true(*args, **options)

        with monkeypatch.context() as patch:
            patch.setattr(os, call, count)
            try:
                made = written(study, disk)
            except AmparoError as error:
                assert error.code in {"vault.disk_full", "vault.cannot_write"}
                made, told = None, told + 1
        if made:
            assert finished(disk) == [made.path]
            with backup.restoring(made.path, tmp_path / f"back{step}", ONE):
                pass
        assert not list(disk.glob(f".tmp-amparo-*{backup.SUFFIX}-*"))
        with folder.writing(study):  # removes what a fault of the removal itself left
            assert not list(study.path.glob(".tmp-*"))
        if left[0] > 0:
            break
    else:
        pytest.fail("the backup never ended")
    assert told or call == "link"  # a copy takes the place of a link


def test_a_file_that_may_not_grow_is_told_at_any_size(study: folder.Opened, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    size = written(study, disk).size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for limit in [0, 100, 5_000, *range(size // 8, size * 7 // 8, size // 8)]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            with pytest.raises(AmparoError, match=r"vault\.(cannot_write|disk_full)"):
                written(study, disk)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert len(finished(disk)) == 1
    assert notes(study) == ROWS
    written(study, disk)
    assert len(finished(disk)) == 2
