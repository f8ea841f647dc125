"""The study's folder: made whole or not at all, opened by passphrase or key, written by one process.

study.db          SQLCipher database (its write-ahead log stands beside it while it is open)
slots.json        key slots
blobs/            sealed source files under keyed names
backups/          copies made before a change of schema
lock              held by the process that writes
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from amparo.errors import AmparoError
from amparo.vault import keyring, slots, sqlcipher
from amparo.vault.files import refusing, sync
from amparo.vault.keys import Purpose, derive, new_key

DATABASE, BLOBS, BACKUPS, LOCK = "study.db", "blobs", "backups", "lock"


@dataclass(frozen=True)
class Opened:
    """An open study: where it is, its id (32 hexadecimal digits) and its root key."""

    path: Path
    study_id: str
    root_key: bytes = field(repr=False)

    @property
    def database(self) -> Path:
        """The SQLCipher file: `NAME` in Django's settings."""
        return self.path / DATABASE

    def key(self, purpose: Purpose) -> bytes:
        """The study's 32-byte key for one purpose."""
        return derive(self.root_key, self.study_id, purpose)


def create(path: Path, passphrase: str) -> Opened:
    """Make a new study at `path` and open it; its parent must exist and `path` must be absent or empty.

    Raises `vault.passphrase_short`, `vault.path_taken`, `vault.no_parent`, `vault.disk_full`,
    `vault.cannot_write`; nothing stands at `path` then, nor after a crash.
    """
    path = path.absolute()
    if not path.parent.is_dir():
        raise AmparoError("vault.no_parent", path=str(path.parent))
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise AmparoError("vault.path_taken", path=str(path))
    study_id, root_key = secrets.token_hex(16), new_key()
    slot = slots.passphrase_slot(study_id, root_key, passphrase)
    with refusing(path), _sibling(path) as building:
        for name in (BLOBS, BACKUPS):
            (building / name).mkdir(mode=0o700)
        (building / LOCK).touch(mode=0o600)
        slots.write(building, slots.Header(slots.VERSION, study_id, (slot,)), root_key)
        sqlcipher.connect(building / DATABASE, derive(root_key, study_id, "database"), create=True).close()
        (building / DATABASE).chmod(0o600)
        for name in (DATABASE, LOCK, BLOBS, BACKUPS, ""):
            sync(building / name)
        try:
            building.rename(path)
        except OSError:
            # Somebody else put something here since we looked; rename replaces an empty folder only.
            raise AmparoError("vault.path_taken", path=str(path)) from None
        sync(path.parent)
    return open_with_key(path, root_key)


def open_folder(path: Path, passphrase: str) -> Opened:
    """Open the study at `path` and let this process use its database.

    Raises `vault.no_study`, `vault.wrong_passphrase`, `vault.slots_tampered`, `vault.slot_weak`,
    `vault.newer`, `vault.damaged`, `vault.not_a_study`. A refused passphrase has touched no file.
    """
    header = slots.read(path)
    root_key, _ = slots.unlock(path, header, passphrase)
    return _opened(path, header, root_key)


def open_with_key(path: Path, root_key: bytes) -> Opened:
    """Open the study with its root key: for children of a process that holds it. Raises as `open_folder`."""
    header = slots.read(path)
    slots.authenticate(path, header, root_key)
    return _opened(path, header, root_key)


_writing: dict[str, tuple[int, int]] = {}
_guard = threading.Lock()


@contextmanager
def writing(opened: Opened) -> Generator[None]:
    """Keep other processes from writing to the study; may be nested. Raises `vault.in_use`."""
    name = os.path.realpath(opened.path)
    with _guard:
        descriptor, depth = _writing.get(name, (-1, 0))
        if not depth:
            descriptor = _lock(opened.path / LOCK)
        _writing[name] = (descriptor, depth + 1)
    try:
        yield
    finally:
        with _guard:
            descriptor, depth = _writing.pop(name)
            if depth > 1:
                _writing[name] = (descriptor, depth - 1)
            else:
                os.close(descriptor)


def _opened(path: Path, header: slots.Header, root_key: bytes) -> Opened:
    opened = Opened(path.absolute(), header.study, root_key)
    key = opened.key("database")
    # Opening reads and checks the first page: a damaged or foreign file is refused here.
    sqlcipher.connect(opened.database, key).close()
    keyring.hold(opened.database, key)
    return opened


def _lock(path: Path) -> int:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise AmparoError("vault.in_use", path=str(path.parent)) from None
    return descriptor


@contextmanager
def _sibling(path: Path) -> Generator[Path]:
    """A private folder beside `path` to build in, gone afterwards; those that a crash left are removed."""
    stem = f".{path.name}.new-"
    for left in path.parent.glob(f"{stem}*"):
        try:
            os.close(_lock(left))
        except AmparoError:
            continue
        shutil.rmtree(left, ignore_errors=True)
    building = path.with_name(stem + secrets.token_hex(4))
    building.mkdir(mode=0o700)
    descriptor = _lock(building)
    try:
        yield building
    finally:
        shutil.rmtree(building, ignore_errors=True)
        os.close(descriptor)
