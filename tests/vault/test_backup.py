from contextlib import closing

import pytest

from amparo.errors import AmparoError
from amparo.vault import backup, blobs, folder, sqlcipher
from amparo.vault.envelope import new_key
from amparo.vault.files import BACKUPS
from amparo.vault.slots import Passphrase

KEY = new_key()


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
