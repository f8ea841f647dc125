"""A copy of the whole study inside it, made before its schema changes; the same passphrase opens it."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from amparo.vault import sqlcipher
from amparo.vault.files import BACKUPS, BLOBS, DATABASE, SLOTS, TEMPORARY, refusing, sync
from amparo.vault.folder import Opened, furnish, sync_tree, writing


def snapshot(opened: Opened) -> Path:
    """Copy the study as it stands, with other connections open, into `backups/<time>-schema<version>`.

    The copy is a study folder of its own, checked after writing. Sealed files are never rewritten, so they
    are hard-linked where the file system can. Raises `vault.in_use`, `vault.disk_full`,
    `vault.cannot_write`, `vault.damaged`; no half copy is left under the final name.
    """
    key = opened.key("database")
    with writing(opened), refusing(opened.path):
        building = opened.path / BACKUPS / (TEMPORARY + secrets.token_hex(4))
        building.mkdir(mode=0o700)
        furnish(building)
        with closing(sqlcipher.connect(opened.database, key, isolation_level=None)) as source:
            (version,) = source.execute("PRAGMA user_version").fetchone()
            source.execute("VACUUM INTO ?", (str(building / DATABASE),))
        (building / DATABASE).chmod(0o600)
        with closing(sqlcipher.connect(building / DATABASE, key)) as copy:
            sqlcipher.verify(copy, building)
        shutil.copy(opened.path / SLOTS, building)
        shutil.copytree(opened.path / BLOBS, building / BLOBS, copy_function=_link, dirs_exist_ok=True)
        sync_tree(building)
        at = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        finished = building.with_name(f"{at}-schema{version}")
        building.rename(finished)
        sync(finished.parent)
    return finished


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy(source, target)
