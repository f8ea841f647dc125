"""The study's folder: made whole or not at all, opened by passphrase or key, written by one process.

study.db      SQLCipher database; its write-ahead log stands beside it while it is open
slots.json    key slots
blobs/        sealed source files under keyed names
backups/      whole copies made before a change of schema
lock          held by the process that writes
holders       held by every process that has the keys
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import threading
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import msgspec

from amparo.errors import AmparoError
from amparo.vault import keyring, slots, sqlcipher
from amparo.vault.envelope import new_key
from amparo.vault.files import (
    BACKUPS,
    BLOBS,
    DATABASE,
    LOCK,
    SLOTS,
    TEMPORARY,
    faults,
    overwriting,
    refusing,
    sync,
)
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
        slots.write(building, slots.Header(slots.VERSION, study_id, 1, (slot,)), held.root_key)
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

    A slot of version 1 is made anew with a key of its owner's own. Raises `vault.no_study`, the codes of
    `slots.unlock`, `vault.slots_tampered`, `vault.slot_weak`, `vault.newer`, `vault.damaged`,
    `vault.not_a_study`. A refused way in has touched no file.
    """
    keyring.harden()
    header = slots.read(path)
    held, slot = slots.unlock(path, header, way)
    if isinstance(way, Passphrase) and not held.user_key:
        held = Secrets(held.root_key, new_key())
        own = slots.passphrase_slot(header.study, held, way._replace(handle=slots.FOUNDER))
        with _locked(path):
            kept = tuple(own if each == slot else each for each in header.slots)
            _keep(path, header, kept, held.root_key)
    return _opened(path, header, held)


def open_with_key(path: Path, held: Secrets) -> Opened:
    """Open the study with secrets already opened. Raises as `open_folder`."""
    header = slots.read(path)
    slots.authenticate(path, header, held.root_key)
    return _opened(path, header, held)


def add_slot(opened: Opened, slot: slots.Slot) -> int:
    """Keep one way in more; gives the slot file's new generation.

    Raises `vault.slot_taken` (a person has one passphrase, a study one set of recovery shares),
    `vault.travelling`, `vault.in_use`, `vault.disk_full`, `vault.cannot_write`.
    """
    with _changing(opened) as header:
        if isinstance(slot, slots.PassphraseSlot | slots.RecoverySlot) and any(
            type(kept) is type(slot) and kept.owner == slot.owner for kept in header.slots
        ):
            raise AmparoError("vault.slot_taken")
        return _keep(opened.path, header, (*header.slots, slot), opened.secrets.root_key)


def remove_slot(opened: Opened, name: str) -> int:
    """Remove a way in by its name; gives the slot file's new generation.

    Raises `vault.no_slot`, `vault.last_slot`, and as `add_slot`.
    """
    with _changing(opened) as header:
        kept = tuple(slot for slot in header.slots if slot.slot != name)
        if kept == header.slots:
            raise AmparoError("vault.no_slot", slot=name)
        return _keep(opened.path, header, kept, opened.secrets.root_key)


def swap_slots(opened: Opened, fresh: Mapping[str, slots.Slot]) -> int:
    """Put new slots in the places of the named ones; the data keeps its keys. Gives the new generation.

    Whoever has a copy of the folder elsewhere still opens that copy with what opened the old slots. Raises
    as `remove_slot`; the slots stay as they were then.
    """
    with _changing(opened) as header:
        for name in fresh.keys() - {slot.slot for slot in header.slots}:
            raise AmparoError("vault.no_slot", slot=name)
        kept = tuple(fresh.get(slot.slot, slot) for slot in header.slots)
        return _keep(opened.path, header, kept, opened.secrets.root_key)


def replace_slots_of(opened: Opened, handle: str, slot: slots.Slot) -> int:
    """Make `slot` the only way in of this handle; gives the new generation. Raises as `add_slot`."""
    with _changing(opened) as header:
        owner = slots.label(opened.study_id, handle)
        others = (kept for kept in header.slots if kept.owner != owner)
        return _keep(opened.path, header, (*others, slot), opened.secrets.root_key)


def keep_slots_of(opened: Opened, handles: Iterable[str]) -> None:
    """Remove the slots of everybody who is not among `handles`. Raises as `remove_slot`."""
    owners = {"", *(slots.label(opened.study_id, handle) for handle in handles)}
    if all(slot.owner in owners for slot in slots.read(opened.path).slots):
        return
    with _changing(opened) as header:
        kept = tuple(slot for slot in header.slots if slot.owner in owners)
        _keep(opened.path, header, kept, opened.secrets.root_key)


def park(opened: Opened) -> int:
    """Make the study travel: until `unpark`, nothing but two recovery shares opens it, nor its copies here.

    The old slots are overwritten where they stood; a disk that writes elsewhere may keep them (flash does).
    Gives the new generation. Raises `vault.no_recovery` and as `add_slot`.
    """
    with _changing(opened) as header:
        parked = slots.park(header)
        return _keep(opened.path, parked, parked.slots, opened.secrets.root_key)


def unpark(opened: Opened) -> int:
    """Bring the ways in back; `opened` is open by recovery shares. Gives the new generation.

    Raises `vault.not_travelling`, `vault.tampered`, `vault.in_use`, `vault.disk_full`, `vault.cannot_write`.
    """
    with _changing(opened, travelling=True) as header:
        back = slots.unpark(header, opened.pair)
        return _keep(opened.path, back, back.slots, opened.secrets.root_key)


@contextmanager
def _changing(opened: Opened, *, travelling: bool = False) -> Generator[slots.Header]:
    """The slot file as it stands, proven, while nobody else changes it."""
    with _locked(opened.path):
        header = slots.read(opened.path)
        slots.authenticate(opened.path, header, opened.secrets.root_key)
        if bool(header.parked) != travelling:
            code = "vault.not_travelling" if travelling else "vault.travelling"
            raise AmparoError(code, path=str(opened.path))
        yield header


def _keep(path: Path, header: slots.Header, kept: tuple[slots.Slot, ...], root_key: bytes) -> int:
    """Write the header with these slots for the study and its copies inside; gives its generation.

    The study's own file comes last: a kill before it leaves the study as it was, and the act to be repeated.
    """
    if not kept:
        raise AmparoError("vault.last_slot")
    changed = msgspec.structs.replace(
        header, version=slots.VERSION, generation=header.generation + 1, slots=kept
    )
    for place in (*(copy.parent for copy in path.glob(f"{BACKUPS}/*/{SLOTS}")), path):
        with refusing(place), overwriting(place / SLOTS):
            slots.write(place, changed, root_key)
    return changed.generation


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
    for secret in held:
        keyring.pin(secret)
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
    places = ("", f"{BACKUPS}/", f"{BACKUPS}/*/")
    for left in (each for place in places for each in path.glob(f"{place}{TEMPORARY}*")):
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
