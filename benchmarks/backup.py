"""Backing up and restoring a large study: seconds and megabytes, once with files, once with rows.

The study is made of random bytes, which nothing compresses. `peak_mb` is the most memory this process ever
held; opening the study alone takes 256 for Argon2id.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from amparo.vault import age, backup, blobs, folder, sqlcipher
from amparo.vault.audit import Head
from amparo.vault.envelope import new_key
from amparo.vault.folder import Opened
from amparo.vault.slots import FOUNDER, Passphrase

PASSPHRASE = Passphrase("cuatro palabras de mentira", FOUNDER)
BLOB, ROW = 1_000_000, 100_000  # bytes
LIMIT_SECONDS = 60


def run(megabytes: int, seed: int) -> Iterator[dict[str, Any]]:
    """One line with the study's bytes in sealed files, one with the same bytes in rows."""
    for name, fill in (("files", _files), ("rows", _rows)):
        with tempfile.TemporaryDirectory() as room:
            yield {"held_in": name, **_measure(Path(room), fill, megabytes, seed), "seed": seed}


def _measure(room: Path, fill: Callable[..., None], megabytes: int, seed: int) -> dict[str, Any]:
    disk, secret = room / "disk", age.new_identity()
    disk.mkdir()
    opened = folder.create(room / "study", PASSPHRASE, lambda _: None)
    fill(opened, megabytes, np.random.default_rng(seed))
    begun = time.perf_counter()
    recipients = [age.public(secret), age.public(age.new_identity())]
    written = backup.write(opened, disk, recipients, lambda _: Head(1, "0" * 64))
    backed_up = time.perf_counter() - begun
    begun = time.perf_counter()
    with backup.restoring(written.path, room / "restored", secret):
        pass
    return {
        "megabytes": round(written.size / 1e6),
        "backup_seconds": round(backed_up, 1),
        "restore_seconds": round(time.perf_counter() - begun, 1),
        "within_limit": backed_up <= LIMIT_SECONDS,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _files(opened: Opened, megabytes: int, rng: np.random.Generator) -> None:
    key = new_key()
    for _ in range(megabytes):
        blobs.put(opened, key, rng.bytes(BLOB))


def _rows(opened: Opened, megabytes: int, rng: np.random.Generator) -> None:
    with closing(sqlcipher.connect(opened.database, opened.key("database"))) as database:
        database.execute("CREATE TABLE held (id INTEGER PRIMARY KEY, bytes BLOB)")
        for _ in range(megabytes):
            with database:
                rows = [(rng.bytes(ROW),) for _ in range(BLOB // ROW)]
                database.executemany("INSERT INTO held (bytes) VALUES (?)", rows)
