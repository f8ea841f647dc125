import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from amparo.errors import AmparoError
from amparo.vault import folder, sqlcipher


def test_each_connection_follows_the_rules(study: folder.Opened) -> None:
    with closing(sqlcipher.connect(study.database, study.key("database"))) as database:
        asked = {
            name: database.execute(f"PRAGMA {name}").fetchone()[0]
            for name in (
                "foreign_keys",
                "journal_mode",
                "synchronous",
                "secure_delete",
                "temp_store",
                "trusted_schema",
            )
        }
    assert asked == {
        "foreign_keys": 1,
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "temp_store": 2,
        "trusted_schema": 0,
    }


def test_another_key_is_refused_and_changes_nothing(
    study: folder.Opened, capfd: pytest.CaptureFixture[str]
) -> None:
    before = study.database.read_bytes()
    with pytest.raises(AmparoError, match=r"vault\.damaged"):
        sqlcipher.connect(study.database, bytes(32))
    assert study.database.read_bytes() == before
    assert sorted(each.name for each in study.path.glob("study.db*")) == ["study.db"]
    assert capfd.readouterr() == ("", "")


def test_every_changed_byte_is_found(study: folder.Opened, tmp_path: Path) -> None:
    """Bounded run of requirement 4: each page carries an authentication code."""
    with closing(sqlcipher.connect(study.database, study.key("database"))) as database, database:
        # Pages that hold nothing any more are checked too.
        database.execute("DELETE FROM note WHERE id > 150")
    whole = study.database.read_bytes()
    assert len(whole) > 20 * 4096
    draw = np.random.default_rng(4)
    places = [int(draw.integers(len(whole))) for _ in range(280)] + list(range(16)) + [4095, 4096, 8191, -1]
    for turn, at in enumerate(places):
        changed = bytearray(whole)
        changed[at] ^= int(draw.integers(1, 256))
        copy = tmp_path / f"{turn}.db"
        copy.write_bytes(changed)
        with (
            pytest.raises(AmparoError, match=r"vault\.damaged"),
            closing(sqlcipher.connect(copy, study.key("database"))) as database,
        ):
            sqlcipher.verify(database, study.path)
    for cut in (1, 16, 4095, 4096, len(whole) // 2, len(whole) - 4096):
        copy = tmp_path / f"cut{cut}.db"
        copy.write_bytes(whole[:cut])
        with (
            pytest.raises(AmparoError, match=r"vault\.damaged"),
            closing(sqlcipher.connect(copy, study.key("database"))) as database,
        ):
            sqlcipher.verify(database, study.path)


def test_a_sound_database_verifies(study: folder.Opened, tmp_path: Path) -> None:
    shutil.copy(study.database, tmp_path / "copy.db")
    with closing(sqlcipher.connect(tmp_path / "copy.db", study.key("database"))) as database:
        sqlcipher.verify(database, study.path)


def test_a_new_database_is_its_owners_alone(tmp_path: Path) -> None:
    sqlcipher.connect(tmp_path / "new.db", bytes(32), create=True).close()
    assert (tmp_path / "new.db").stat().st_mode & 0o777 == 0o600
