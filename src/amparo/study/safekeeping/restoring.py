"""A backup becomes a study again; the rehearsal of that."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.db import transaction

from amparo.errors import AmparoError
from amparo.runs import Progress, silent
from amparo.study import store
from amparo.study.accounts.services import audit, require
from amparo.study.care.replay import Replayed, replay
from amparo.study.safekeeping.services import last_line
from amparo.study.verification import Verified, verify_study
from amparo.vault import age, backup, folder, keyring, sqlcipher
from amparo.vault.archive import Manifest
from amparo.vault.audit import read_heads
from amparo.vault.files import TEMPORARY
from amparo.vault.folder import Opened


class Restored(NamedTuple):
    """What came back: what the backup said of itself, what was opened, and what was erased again."""

    manifest: Manifest
    verified: Verified
    replayed: Replayed


class Drilled(NamedTuple):
    """A rehearsal: how often, the bytes of one backup, what each held, and what came back otherwise."""

    times: int
    size: int
    tables: int
    verified: Verified
    differences: tuple[str, ...]


def restore(
    file: Path,
    path: Path,
    secret: str,
    enter: Callable[[Path], Opened],
    *,
    heads: str = "",
    erasures: bytes = b"",
    progress: Progress = silent,
) -> Restored:
    """Make the study at `path` from a backup, all of it or nothing, with any one recipient's secret key.

    `enter` opens the folder it is given, as the study was opened before. `heads` are heads of the audit chain
    kept outside the study: a backup older than the newest of them is refused. `erasures` is the content of
    the file of erasures kept beside the study: those made after the backup are made again. Raises as
    `vault.backup.restoring`, `verify_study` and `replay`, `safekeeping.backup_older`, and what `enter`
    raises.
    """
    with backup.restoring(file, path, secret, progress) as (building, manifest):
        opened = enter(building)
        try:
            with closing(sqlcipher.connect(opened.database, opened.key("database"))) as database:
                if last_line(database) != manifest.head:
                    raise AmparoError("vault.backup_damaged", path=str(file))
            kept = read_heads(heads, opened.study_id) if heads else []
            newest = max((each.seq for each in kept), default=0)
            if newest > manifest.head.seq:
                raise AmparoError(
                    "safekeeping.backup_older",
                    day=datetime.fromisoformat(manifest.at).date(),
                    found=manifest.head.seq,
                    kept=newest,
                )
            with store.study_in(opened) as study:
                verified = verify_study(study, [manifest.head, *kept], progress)
                replayed = replay(study, erasures)
                with transaction.atomic():
                    audit(study, "backup.restored", head=manifest.head.seq, erasures=replayed.applied)
                if replayed.applied:
                    verified = verify_study(study, progress=progress)
        finally:
            keyring.drop(opened.database)
    return Restored(manifest, verified, replayed)


def drill(opened: Opened, times: int, progress: Progress = silent) -> Drilled:
    """Back up and restore the study so many times inside its own folder, and compare; nothing stays.

    Each turn has a recipient of its own that nobody keeps. Every table and sealed file must come back as it
    was, and the copy must verify. Raises `accounts.not_allowed` and what backing up, restoring and verifying
    raise.
    """
    with folder.writing(opened):
        with store.study_in(opened) as study:
            require(study, "backup.drilled")
            verified = verify_study(study)
        before = backup.digests(opened)
        differences: set[str] = set()
        size = 0
        for turn in range(times):
            progress("drill", turn, times)
            size, after, again = _turn(opened)
            tables = before.keys() | after.keys()
            differences |= {table for table in tables if before.get(table) != after.get(table)}
            differences |= {"verified"} if again != verified else set()
        progress("drill", times, times)
        with store.study_in(opened) as study, transaction.atomic():
            audit(study, "backup.drilled", times=times, differences=len(differences))
    return Drilled(times, size, len(before), verified, tuple(sorted(differences)))


def _turn(opened: Opened) -> tuple[int, dict[str, str], Verified]:
    """One backup restored: its size, the digests of the tables, and what was verified in it."""
    room = opened.path / (TEMPORARY + secrets.token_hex(4))
    room.mkdir(mode=0o700)
    place = room / "study"
    secret = age.new_identity()
    try:
        written = backup.write(opened, room, [age.public(secret)], last_line)
        with backup.restoring(written.path, place, secret):
            pass
        copy = folder.open_with_key(place, opened.secrets)
        digests = backup.digests(copy)
        with store.study_in(copy) as study:
            verified = verify_study(study, [written.manifest.head])
        return written.size, digests, verified
    finally:
        keyring.drop(place / folder.DATABASE)
        shutil.rmtree(room, ignore_errors=True)
