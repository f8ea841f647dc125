"""A page on how a study is, without anything of what is in it: fit to send to whoever helps.

No title, handle, list, path or date of a record is on it: versions, numbers, days of acts, and the head of
the audit chain, which says nothing to who does not have the study.
"""

from __future__ import annotations

import platform
import secrets
import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from cryptography.hazmat.backends.openssl import backend as openssl

from amparo import __version__
from amparo.errors import AmparoError
from amparo.vault import audit, keyring, machine, slots
from amparo.vault.files import BACKUPS, BLOBS, DATABASE
from amparo.vault.keys import KEY_BYTES
from amparo.vault.slots import RecoverySlot

if TYPE_CHECKING:
    from amparo.study.context import Study

OLD_BACKUP = 14  # days after which the newest backup is too old
_LITTLE_ROOM = 2.0  # a backup needs about the study's own size beside it
_MEGABYTE = 1 << 20


class Files(msgspec.Struct, frozen=True):
    """Sizes in bytes, numbers of files, and how many of them others than the owner could reach."""

    database: int
    wal: int
    sealed_files: int
    sealed_bytes: int
    copies: int
    copies_bytes: int
    open_to_others: int
    free: int


class Machine(msgspec.Struct, frozen=True):
    """What is known of where it runs."""

    system: str
    disk: machine.Kept
    swap: machine.Kept
    core_dumps: bool
    pins: bool  # whether the system lets keys be kept out of swap


class Slots(msgspec.Struct, frozen=True):
    """The ways in: how many of each kind, how often they changed, and whether the study travels."""

    kinds: dict[str, int]
    generation: int
    travels: bool


class People(msgspec.Struct, frozen=True):
    """How many are at work, gone, of each role; compartments; whether the founder still does both."""

    present: int
    gone: int
    roles: dict[str, int]
    compartments: int
    founder_does_both: bool


class Log(msgspec.Struct, frozen=True):
    """The audit chain: its length, its head to read aloud, and the day of the newest act."""

    acts: int
    head: str
    newest: str


class Backups(msgspec.Struct, frozen=True):
    """The newest backup's day and age in days, to how many recipients, and how often one is wanted (days)."""

    newest: str | None
    age: int | None
    recipients: int
    every: int | None


class Health(msgspec.Struct, frozen=True):
    """The page. What needs the study open is None where it was not opened."""

    at: str
    versions: dict[str, str]
    files: Files
    machine: Machine
    slots: Slots
    schema: int | None = None
    people: People | None = None
    log: Log | None = None
    judgements: int | None = None
    backups: Backups | None = None
    whole: str | None = None  # "yes", or the code of what `verify` found
    advice: tuple[str, ...] = ()  # codes of what to do something about


def closed_health(path: Path) -> Health:
    """What can be told of a study without opening it. Raises as `vault.slots.read`."""
    header = slots.read(path)
    kinds = Counter(str(type(slot).__struct_config__.tag) for slot in header.slots)
    health = Health(
        at=datetime.now(UTC).date().isoformat(),
        versions=_versions(),
        files=_files(path),
        machine=Machine(
            f"{platform.system()} {platform.machine()}",
            machine.disk(path),
            machine.swap(),
            machine.core_dumps(),
            keyring.pin(secrets.token_bytes(KEY_BYTES)),
        ),
        slots=Slots(dict(sorted(kinds.items())), header.generation, bool(header.parked)),
    )
    recovery = any(isinstance(slot, RecoverySlot) for slot in header.slots)
    return msgspec.structs.replace(health, advice=tuple(_advice_closed(health, recovery=recovery)))


def health(study: Study, *, deep: bool = False) -> Health:
    """All that can be told; with `deep` everything in the study is opened and checked."""
    from amparo.study.accounts.models import AuditLine  # noqa: PLC0415  (needs Django)
    from amparo.study.accounts.services import head  # noqa: PLC0415
    from amparo.study.linking import judgements  # noqa: PLC0415
    from amparo.study.store import SCHEMA  # noqa: PLC0415

    closed, last = closed_health(study.opened.path), head()
    page = msgspec.structs.replace(
        closed,
        versions=closed.versions | _database_versions(),
        schema=SCHEMA,
        people=_people(),
        judgements=judgements.number(),
        log=Log(last.seq, audit.spoken(last), _day(AuditLine.objects.get(seq=last.seq).at)),
        backups=_backups(),
        whole=_whole(study) if deep else None,
    )
    return msgspec.structs.replace(page, advice=(*closed.advice, *_advice_open(page)))


def _versions() -> dict[str, str]:
    return {
        "amparo": __version__,
        "python": platform.python_version(),
        "openssl": openssl.openssl_version_text(),
    }


def _database_versions() -> dict[str, str]:
    from django.db import connection  # noqa: PLC0415

    found = {}
    with connection.cursor() as cursor:
        for name, query in (
            ("sqlcipher", "PRAGMA cipher_version"),
            ("cipher_provider", "PRAGMA cipher_provider_version"),
            ("sqlite", "SELECT sqlite_version()"),
        ):
            found[name] = str(cursor.execute(query).fetchone()[0])
    return found


def _files(path: Path) -> Files:
    blobs = [each.stat().st_size for each in (path / BLOBS).glob("*/*")]
    copies = list((path / BACKUPS).glob("*"))
    return Files(
        database=_size(path / DATABASE),
        wal=_size(path / f"{DATABASE}-wal"),
        sealed_files=len(blobs),
        sealed_bytes=sum(blobs),
        copies=len(copies),
        copies_bytes=sum(_size(each) for copy in copies for each in copy.rglob("*") if each.is_file()),
        open_to_others=machine.open_to_others(path),
        free=shutil.disk_usage(path).free,
    )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _people() -> People:
    from amparo.study.accounts import rules  # noqa: PLC0415
    from amparo.study.accounts.models import Compartment, User  # noqa: PLC0415

    everybody = User.objects.exclude(handle=rules.RECOVERY)
    present = list(everybody.filter(until=None))
    roles = Counter(role for each in present for role in each.roles)
    return People(
        present=len(present),
        gone=everybody.exclude(until=None).count(),
        roles={role: roles[role] for role in rules.ROLES if roles[role]},
        compartments=Compartment.objects.count(),
        founder_does_both=any("administers" in each.roles and len(each.roles) > 1 for each in present),
    )


def _backups() -> Backups:
    from amparo.study.safekeeping import services  # noqa: PLC0415

    last, wanted = services.last_made(), services.scheduled()
    return Backups(
        newest=_day(last) if last else None,
        age=(datetime.now(UTC) - last).days if last else None,
        recipients=len(services.recipients()),
        every=wanted.days if wanted else None,
    )


def _whole(study: Study) -> str:
    from amparo.study.verification import verify_study  # noqa: PLC0415

    try:
        verify_study(study)
    except AmparoError as error:
        return error.code
    return "yes"


def _advice_closed(page: Health, *, recovery: bool) -> list[str]:
    needed = page.files.database + page.files.sealed_bytes
    found = {
        "health.no_recovery": not recovery,
        "health.open_to_others": page.files.open_to_others > 0,
        "health.disk_plain": page.machine.disk == "plain",
        "health.swap_plain": page.machine.swap == "plain",
        "health.little_room": page.files.free < max(_LITTLE_ROOM * needed, 64 * _MEGABYTE),
        "health.travels": page.slots.travels,
    }
    return [code for code, holds in found.items() if holds]


def _advice_open(page: Health) -> list[str]:
    people, backups = page.people, page.backups
    found = {
        "health.no_backup": backups is not None and backups.newest is None,
        "health.old_backup": backups is not None and backups.age is not None and backups.age > OLD_BACKUP,
        "health.founder_does_both": people is not None and people.founder_does_both and people.present > 1,
        "health.alone": people is not None and people.present == 1,
        "health.not_whole": page.whole not in (None, "yes"),
    }
    return [code for code, holds in found.items() if holds]


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()
