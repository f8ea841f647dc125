"""One way to open a SQLCipher file: never created by accident, keyed, and under the same rules each time.

Every page carries an authentication code. What it cannot show is age: an old page or file put back opens,
and a write-ahead log whose bytes were changed is dropped from there on. Only a head of the audit chain kept
outside the study shows such a rollback.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from amparo.errors import AmparoError
from amparo.vault.files import faults

if TYPE_CHECKING:
    # The driver has the interface of the standard library's module but tells type checkers nothing.
    import sqlite3 as driver
else:
    from sqlcipher3 import dbapi2 as driver

# "Ampr": tells a study from any other SQLCipher file that happens to open.
APPLICATION_ID = 0x416D7072
_PAGE_BYTES = 4096

# None of these changes the file's format: a format pragma after keying would corrupt it.
_RULES = (
    "foreign_keys = ON",
    "journal_mode = WAL",
    "synchronous = FULL",
    "fullfsync = ON",  # macOS: fsync alone stops at the disk's own cache
    "secure_delete = ON",
    "temp_store = MEMORY",
    "trusted_schema = OFF",
    "cell_size_check = ON",
)


def connect(path: Path, key: bytes, *, create: bool = False, **options: Any) -> driver.Connection:
    """Open the SQLCipher database at `path` with its raw 32-byte key.

    `options` go to the driver. A file that does not exist is made only with `create`.
    Raises `vault.no_study` when it is missing, `vault.damaged` when the key does not open it (keys come
    from an authenticated slot, so the bytes have changed), `vault.not_a_study` for another program's file.
    """
    study = path.parent
    if not create:
        if not path.is_file():
            raise AmparoError("vault.no_study", path=str(study))
        # SQLite would take a file cut below one page for a new and empty database.
        if path.stat().st_size < _PAGE_BYTES:
            raise AmparoError("vault.damaged", path=str(study))
    mode = "rwc" if create else "rw"
    connection = driver.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, **options)
    try:
        if create:
            path.chmod(0o600)  # the log beside it takes the same mode
        with faults(study):
            # SQLCipher writes failed page checks to standard error unless told not to.
            connection.execute("PRAGMA cipher_log_level = NONE")
            connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
            if create:
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            (found,) = connection.execute("PRAGMA application_id").fetchone()
            if found != APPLICATION_ID:
                raise AmparoError("vault.not_a_study", path=str(study))
            for rule in _RULES:
                connection.execute(f"PRAGMA {rule}")
    except BaseException:
        connection.close()
        raise
    return connection


def verify(connection: driver.Connection, study: Path) -> None:
    """Check the authentication code of every page and the database's own structure.

    Raises `vault.damaged` with the study's folder.
    """
    with faults(study):
        failed = connection.execute("PRAGMA cipher_integrity_check").fetchall()
        sound = connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    if failed or not sound:
        raise AmparoError("vault.damaged", path=str(study))
