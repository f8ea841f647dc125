"""Files that are either whole or absent: temporary name, fsync, rename, fsync of the folder."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from amparo.errors import AmparoError

# The names in a study's folder.
DATABASE, SLOTS, BLOBS, BACKUPS, LOCK = "study.db", "slots.json", "blobs", "backups", "lock"
TEMPORARY = ".tmp-"

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# What the index of a write-ahead log takes when a database is opened: without it SQLite knows no better than
# to tell an input/output error.
_LEAST_ROOM = 64 * 1024


def sync(path: Path) -> None:
    """Make a file's bytes, or a folder's names, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` at `path`, readable by the owner alone; a crash leaves the old bytes or the new ones.

    Raises `vault.disk_full` or `vault.cannot_write`.
    """
    temporary = path.with_name(TEMPORARY + secrets.token_hex(8))
    with refusing(path):
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync(path.parent)


@contextmanager
def refusing(path: Path) -> Generator[None]:
    """Turn the system's write errors at `path` into `vault.cannot_write`, and what `faults` knows."""
    with faults(path):
        try:
            yield
        except OSError as error:
            if error.errno in _FULL:
                raise
            raise AmparoError("vault.cannot_write", path=str(path)) from error


@contextmanager
def faults(path: Path) -> Generator[None]:
    """Turn a full disk and changed bytes, met by the system, SQLite or Django, into our codes.

    Raises `vault.disk_full`, `vault.cannot_write` or `vault.damaged` with `path`; every other error goes on
    as it is.
    """
    try:
        yield
    except Exception as error:
        names = set(_sqlite_names(error))
        lost = any(name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")) for name in names)
        full = "SQLITE_FULL" in names or (isinstance(error, OSError) and error.errno in _FULL)
        if full or (lost and _free(path) < _LEAST_ROOM):
            raise AmparoError("vault.disk_full", path=str(path)) from error
        if lost:
            raise AmparoError("vault.cannot_write", path=str(path)) from error
        if names & {"SQLITE_CORRUPT", "SQLITE_NOTADB"}:
            raise AmparoError("vault.damaged", path=str(path)) from error
        raise


def _sqlite_names(error: BaseException | None) -> Iterator[str]:
    """SQLite's own names of an error: Django raises errors of its own and keeps the driver's behind them."""
    while error is not None:
        if name := getattr(error, "sqlite_errorname", None):
            yield name
        error = error.__cause__ or error.__context__


def _free(path: Path) -> int:
    """Bytes free for us on the disk of a path that may not exist yet."""
    found = os.statvfs(next(place for place in (path, *path.absolute().parents) if place.exists()))
    return found.f_bavail * found.f_frsize
