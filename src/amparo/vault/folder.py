"""The study's folder: made whole or not at all, opened by passphrase or key, written by one process.

study.db      SQLCipher database; its write-ahead log stands beside it while it is open
slots.json    key slots
blobs/        sealed source files under keyed names
backups/      whole copies made before a change of schema
lock          held by the process that writes
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import msgspec

from amparo.errors import AmparoError
from amparo.vault import keyring, slots, sqlcipher
from amparo.vault.envelope import new_key
from amparo.vault.files import BACKUPS, BLOBS, DATABASE, LOCK, SLOTS, TEMPORARY, faults, refusing, sync
from amparo.vault.keypair import KeyPair
from amparo.vault.keys import Purpose, derive
from amparo.vault.slots import Passphrase, Secrets, WayIn


@dataclass(frozen=True)
class Opened:
    """An open study: where it is, its id (32 hexadecimal digits), its root key and who opened it."""

    path: Path
    study_id: str
    secrets: Secrets = field(repr=False)

    @property
    def database(self) -> Path:
        """The SQLCipher file: `NAME` in Django's settings."""
        return self.path / DATABASE

    def key(self, purpose: Purpose) -> bytes:
        """The study's 32-byte key for one purpose."""
        return derive(self.secrets.root_key, self.study_id, purpose)

    @cached_property
    def pair(self) -> KeyPair:
        """The key pair of who opened the study."""
        return KeyPair(self.secrets.user_key, self.study_id)


def create(path: Path, way: Passphrase, fill: Callable[[Opened], None]) -> Opened:
    """Make a new study at `path` and open it; its parent must exist and `path` must be absent or empty.

    `fill` writes what a study begins with, in the folder where it is built, and closes its connections.
    Raises `vault.passphrase_short`, `vault.path_taken`, `vault.no_parent`, `vault.disk_full`,
    `vault.cannot_write`, and what `fill` raises; nothing stands at `path` then, nor after a crash.
    """
    study_id, held = secrets.token_hex(16), Secrets(new_key(), new_key())
    slot = slots.passphrase_slot(study_id, held, way)
    with new_folder(path) as building:
        slots.write(building, slots.Header(slots.VERSION, study_id, (slot,)), held.root_key)
        furnish(building)
        opened = Opened(building, study_id, held)
        sqlcipher.connect(opened.database, opened.key("database"), create=True).close()
        keyring.hold(opened.database, opened.key("database"))
        try:
            fill(opened)
        finally:
            keyring.drop(opened.database)
    return open_with_key(path, held)


@contextmanager
def new_folder(path: Path) -> Generator[Path]:
    """A private folder to build in, which stands at `path` once the work inside has ended well.

    The parent of `path` must exist and `path` must be absent or empty. Raises `vault.path_taken`,
    `vault.no_parent`, `vault.disk_full`, `vault.cannot_write`; nothing stands at `path` then, nor after a
    crash.
    """
    path = path.absolute()
    if not path.parent.is_dir():
        raise AmparoError("vault.no_parent", path=str(path.parent))
    if path.is_symlink() or (path.exists() and not (path.is_dir() and not any(path.iterdir()))):
        raise AmparoError("vault.path_taken", path=str(path))
    with refusing(path), _sibling(path) as building:
        yield building
        sync_tree(building)
        try:
            building.rename(path)
        except OSError:
            # Something came to stand here since we looked; rename replaces an empty folder only.
            raise AmparoError("vault.path_taken", path=str(path)) from None
        sync(path.parent)


def open_folder(path: Path, way: WayIn) -> Opened:
    """Open the study at `path` and let this process use its database.

    A slot of version 1 is made anew with a key of its owner's own. Raises `vault.no_study`,
    `vault.wrong_passphrase`, `vault.which_user`, `vault.slots_tampered`, `vault.slot_weak`, `vault.newer`,
    `vault.damaged`, `vault.not_a_study`. A refused way in has touched no file.
    """
    header = slots.read(path)
    held, slot = slots.unlock(path, header, way)
    if not held.user_key:
        held = Secrets(held.root_key, new_key())
        own = way._replace(handle=slots.FOUNDER)
        with _locked(path):
            _replace(path, header, slot, slots.passphrase_slot(header.study, held, own), held)
    return _opened(path, header, held)


def open_with_key(path: Path, held: Secrets) -> Opened:
    """Open the study with secrets already opened. Raises as `open_folder`."""
    header = slots.read(path)
    slots.authenticate(path, header, held.root_key)
    return _opened(path, header, held)


def change_passphrase(path: Path, old: Passphrase, new: str) -> None:
    """Rewrite the slot that `old` opens so that only `new` opens it; the data keeps its keys.

    Whoever has an older copy of the folder still opens that copy with `old`. Raises as `open_folder`,
    `vault.passphrase_short`, `vault.in_use`; the slots stay as they were then.
    """
    slots.check_passphrase(new)
    with _locked(path):
        header = slots.read(path)
        held, slot = slots.unlock(path, header, old)
        fresh = slots.passphrase_slot(header.study, held, old._replace(text=new))
        _replace(path, header, slot, fresh, held)


def add_slot(opened: Opened, slot: slots.Slot) -> None:
    """Keep one way in more. Raises `vault.in_use`, `vault.disk_full`, `vault.cannot_write`."""
    with _locked(opened.path):
        header = slots.read(opened.path)
        _rewrite(opened, header, (*header.slots, slot))


def keep_slots_of(opened: Opened, handles: Iterable[str]) -> None:
    """Remove the slots of everybody who is not among `handles`. Raises as `add_slot`."""
    header = slots.read(opened.path)
    owners = {"", *(slots.label(opened.study_id, handle) for handle in handles)}
    kept = tuple(slot for slot in header.slots if slot.owner in owners)
    if kept != header.slots:
        with _locked(opened.path):
            _rewrite(opened, header, kept)


def replace_slots_of(opened: Opened, handle: str, slot: slots.Slot) -> None:
    """Make `slot` the only way in of this handle. Raises as `add_slot`."""
    with _locked(opened.path):
        header = slots.read(opened.path)
        others = (kept for kept in header.slots if kept.owner != slots.label(opened.study_id, handle))
        _rewrite(opened, header, (*others, slot))


def _rewrite(opened: Opened, header: slots.Header, kept: tuple[slots.Slot, ...]) -> None:
    changed = msgspec.structs.replace(header, version=slots.VERSION, slots=kept)
    slots.write(opened.path, changed, opened.secrets.root_key)


def _replace(path: Path, header: slots.Header, old: slots.Slot, new: slots.Slot, held: Secrets) -> None:
    kept = tuple(new if slot == old else slot for slot in header.slots)
    slots.write(path, msgspec.structs.replace(header, version=slots.VERSION, slots=kept), held.root_key)


@contextmanager
def writing(opened: Opened) -> Generator[None]:
    """Keep other processes from writing to the study; may be nested.

    Raises `vault.in_use`, and `vault.disk_full` or `vault.damaged` when the work inside meets such a fault.
    """
    with _locked(opened.path), faults(opened.path):
        yield


def furnish(path: Path) -> None:
    """Lay out what a study folder holds beside its database and slots, where a copy of it lost that."""
    for name in (BLOBS, BACKUPS):
        (path / name).mkdir(mode=0o700, exist_ok=True)
    (path / LOCK).touch(mode=0o600)


def sync_tree(path: Path) -> None:
    """Make a finished folder durable, itself last."""
    for below in path.rglob("*"):
        sync(below)
    sync(path)


def _opened(path: Path, header: slots.Header, held: Secrets) -> Opened:
    opened = Opened(path.absolute(), header.study, held)
    key = opened.key("database")
    if not opened.database.is_file():
        raise AmparoError("vault.damaged", path=str(path))
    # Opening reads and checks the first page: a damaged or foreign file is refused here.
    sqlcipher.connect(opened.database, key).close()
    keyring.hold(opened.database, key)
    return opened


# Folders this process writes to: real path -> (descriptor that holds the lock, how many hold it).
_writing: dict[str, tuple[int, int]] = {}
_guard = threading.RLock()


@contextmanager
def _locked(path: Path) -> Generator[None]:
    name = os.path.realpath(path)
    with _guard:
        descriptor, depth = _writing.get(name, (-1, 0))
        if not depth:
            if (path / SLOTS).exists():
                furnish(path)
            descriptor = _lock(path, path / LOCK)
            _clear(path)
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


def _lock(study: Path, path: Path) -> int:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        raise AmparoError("vault.no_study", path=str(study)) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise AmparoError("vault.in_use", path=str(study)) from None
    return descriptor


def _clear(path: Path) -> None:
    # Only who holds the lock makes temporary names, so these were left by a killed process.
    for left in (*path.glob(f"{TEMPORARY}*"), *(path / BACKUPS).glob(f"{TEMPORARY}*")):
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def _forget_locks() -> None:
    # A forked child shares the lock: an orphan of a killed process must not keep the study closed.
    global _guard  # noqa: PLW0603 the parent's lock may be held by a thread the child does not have
    _guard = threading.RLock()
    for descriptor, _ in _writing.values():
        os.close(descriptor)
    _writing.clear()


os.register_at_fork(after_in_child=_forget_locks)


@contextmanager
def _sibling(path: Path) -> Generator[Path]:
    """A private folder beside `path` to build in, gone afterwards; those that a crash left are removed."""
    stem = f".{path.name}.new-"
    for left in path.parent.glob(f"{stem}*"):
        try:
            descriptor = _lock(left, left)
        except AmparoError:
            continue
        shutil.rmtree(left, ignore_errors=True)
        os.close(descriptor)
    building = path.with_name(stem + secrets.token_hex(4))
    building.mkdir(mode=0o700)
    descriptor = _lock(building, building)
    try:
        yield building
    finally:
        shutil.rmtree(building, ignore_errors=True)
        os.close(descriptor)
