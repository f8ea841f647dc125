"""Copies of a whole study: inside it before its schema changes, and outside it sealed to recipients."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import msgspec

from amparo import __version__
from amparo.errors import AmparoError
from amparo.runs import Progress, silent
from amparo.vault import age, archive, slots, sqlcipher
from amparo.vault.archive import Manifest
from amparo.vault.audit import Head, written
from amparo.vault.files import (
    BACKUPS,
    BLOBS,
    DATABASE,
    SLOTS,
    TEMPORARY,
    faults,
    refusing,
    sync,
    whole,
    write_whole,
)
from amparo.vault.folder import Opened, furnish, new_folder, sync_tree, writing

if TYPE_CHECKING:
    import sqlite3 as driver

SUFFIX, HEAD_SUFFIX = ".age", ".head"


class Written(NamedTuple):
    """A finished backup: where it stands, its bytes, and what it holds."""

    path: Path
    size: int
    manifest: Manifest


def snapshot(opened: Opened) -> Path:
    """Copy the study as it stands, with other connections open, into `backups/<time>-schema<version>`.

    The copy is a study folder of its own, checked after writing, that the same ways in open. Sealed files are
    never rewritten, so they are hard-linked where the file system can. Raises `vault.in_use`,
    `vault.disk_full`, `vault.cannot_write`, `vault.damaged`; no half copy is left under the final name.
    """
    with refusing(opened.path), writing(opened), _copied(opened, opened.path / BACKUPS) as building:
        with closing(_copy_of(opened, building)) as copy:
            finished = building.with_name(f"{_stamp(_now())}-schema{_schema(copy)}")
        sync_tree(building)
        building.rename(finished)
        sync(finished.parent)
    return finished


def forget_snapshots(opened: Opened) -> int:
    """Remove the copies that `snapshot` made, as an erasure must; how many. Raises `vault.in_use`."""
    with writing(opened), refusing(opened.path):
        copies = list((opened.path / BACKUPS).glob("*"))
        for copy in copies:
            shutil.rmtree(copy)
        sync(opened.path / BACKUPS)
    return len(copies)


def write(
    opened: Opened,
    folder: Path,
    recipients: Sequence[str],
    head: Callable[[driver.Connection], Head],
    progress: Progress = silent,
) -> Written:
    """Put a backup of the study, with other connections open, into `folder`, and the head beside it.

    `head` reads the last line of the audit chain from the copy. What was written is read back, opened and
    compared byte by byte before it gets its name, which tells nothing but the study's hash and the time. The
    file is whole or absent. Raises `vault.in_use`, `vault.no_folder`, `vault.disk_full`,
    `vault.cannot_write`, `vault.damaged`.
    """
    folder = folder.absolute()
    if not folder.is_dir():
        raise AmparoError("vault.no_folder", path=str(folder))
    study = _hashed(opened.study_id)
    now = _now()
    path = folder / f"amparo-{study[:12]}-{_stamp(now)}{SUFFIX}"
    checker = age.new_identity()  # lives as long as this call
    with refusing(opened.path), writing(opened), _copied(opened, opened.path) as still:
        with closing(_copy_of(opened, still)) as copy:
            schema, last = _schema(copy), head(copy)
        manifest = Manifest(
            archive.VERSION,
            __version__,
            schema,
            study,
            now.isoformat(),
            last,
            slots.read(still).generation,
            archive.members(still),
        )
        with faults(folder):
            _sweep(folder, study)
            with whole(path) as file:
                archive.seal(still, manifest, [*recipients, age.public(checker)], file, progress)
                _settled(file)
                if archive.unpack(file, checker, path, progress=progress) != manifest:
                    raise AmparoError("vault.backup_damaged", path=str(path))
                size = file.seek(0, os.SEEK_END)
            beside = path.with_suffix(HEAD_SUFFIX)
            write_whole(beside, written(last, manifest.at, opened.study_id).encode())
    return Written(path, size, manifest)


@contextmanager
def restoring(
    file: Path, path: Path, secret: str, progress: Progress = silent
) -> Generator[tuple[Path, Manifest]]:
    """Unpack a backup into a private folder, which stands at `path` once the work inside has ended well.

    Every byte is checked before the work inside begins. Raises `vault.no_backup`, `vault.backup_not_yours`,
    `vault.backup_damaged`, `vault.newer`, `vault.slots_tampered`, `vault.path_taken`, `vault.no_parent`,
    `vault.disk_full`, `vault.cannot_write`; nothing stands at `path` then.
    """
    try:
        backup = file.open("rb")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise AmparoError("vault.no_backup", path=str(file)) from None
    with backup, new_folder(path) as building:
        manifest = archive.unpack(backup, secret, file, building, progress)
        if _hashed(slots.read(building).study) != manifest.study:
            raise AmparoError("vault.backup_damaged", path=str(file))
        furnish(building)
        yield building, manifest


def digests(opened: Opened) -> dict[str, str]:
    """SHA-256 of the rows of every table, and of the schema, whatever pages they lie on.

    What the planner learnt of the rows is none of the study's own.
    """
    named = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'"
    queries = {"sqlite_schema": f"{named} ORDER BY type, name"}
    found = {}
    with closing(sqlcipher.connect(opened.database, opened.key("database"))) as database:
        for schema, table, kind, _, bare, _ in database.execute("PRAGMA table_list"):
            if table in queries or table.startswith("sqlite_stat"):
                continue
            if schema == "main" and kind != "view":
                name = '"' + table.replace('"', '""') + '"'
                # A copy keeps the order of rows; sorting them would hold a large table in memory.
                queries[table] = f"SELECT * FROM {name}" + ("" if bare else " ORDER BY rowid")  # noqa: S608
        # Texts are told from bytes, and need not be well-formed.
        database.text_factory = lambda raw: (raw,)
        for table, query in queries.items():
            digest = hashlib.sha256()
            for row in database.execute(query):
                digest.update(msgspec.msgpack.encode(row))
            found[table] = digest.hexdigest()
    return found


@contextmanager
def _copied(opened: Opened, parent: Path) -> Generator[Path]:
    """A copy of the study's folder under a temporary name in `parent`, checked; gone afterwards."""
    key = opened.key("database")
    building = parent / (TEMPORARY + secrets.token_hex(4))
    building.mkdir(mode=0o700)
    try:
        furnish(building)
        _link_blobs(opened, building)
        with closing(sqlcipher.connect(opened.database, key, isolation_level=None)) as source:
            source.execute("VACUUM INTO ?", (str(building / DATABASE),))
        (building / DATABASE).chmod(0o600)
        with closing(_copy_of(opened, building)) as copy:
            sqlcipher.verify(copy, building)
        shutil.copy(opened.path / SLOTS, building)
        # Again: whatever the database named at its moment was there before it or is there after it.
        _link_blobs(opened, building)
        yield building
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _link_blobs(opened: Opened, building: Path) -> None:
    shutil.copytree(opened.path / BLOBS, building / BLOBS, copy_function=_link, dirs_exist_ok=True)


def _link(source: str, target: str) -> None:
    if Path(target).exists():
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copy(source, target)


def _copy_of(opened: Opened, building: Path) -> driver.Connection:
    return sqlcipher.connect(building / DATABASE, opened.key("database"))


def _schema(database: driver.Connection) -> int:
    return database.execute("PRAGMA user_version").fetchone()[0]


def _sweep(folder: Path, study: str) -> None:
    # Who holds the study's lock is the only one to write backups of it: these were left by a killed process.
    for left in folder.glob(f"{TEMPORARY}amparo-{study[:12]}-*"):
        left.unlink()


def _settled(file: BinaryIO) -> None:
    """Bring the file to the disk and go to its beginning, so that reading it reads the disk."""
    file.flush()
    os.fsync(file.fileno())
    if hasattr(os, "posix_fadvise"):  # macOS has none, and reads its cache
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    file.seek(0)


def _hashed(study_id: str) -> str:
    return hashlib.sha256(study_id.encode()).hexdigest()


def _now() -> datetime:
    return datetime.now(UTC)


def _stamp(now: datetime) -> str:
    return now.strftime("%Y%m%dT%H%M%S.%fZ")
