"""Backups of the open study and who can open them. Their only writer."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction

from amparo.errors import AmparoError, Issue
from amparo.runs import Progress, silent
from amparo.study.accounts.models import AuditLine
from amparo.study.accounts.services import audit, head, require
from amparo.study.context import Study, now
from amparo.study.safekeeping import rules
from amparo.study.safekeeping.models import Recipient, Schedule
from amparo.vault import age, backup
from amparo.vault.audit import Head
from amparo.vault.backup import Written

if TYPE_CHECKING:
    import sqlite3 as driver

MADE = "backup.made"


class Due(NamedTuple):
    """What came of a backup that was due: the file, or since when there is none and why."""

    written: Written | None
    issues: tuple[Issue, ...] = ()


def recipients() -> list[Recipient]:
    """Who can open the backups made from now on, oldest first."""
    return list(Recipient.objects.filter(until=None).order_by("id"))


def add_recipient(study: Study, label: str, key: str) -> None:
    """Seal backups from now on also to an age public key, under a label that tells staff whose it is.

    Raises `accounts.not_allowed`, `vault.bad_recipient`, `safekeeping.bad_label`,
    `safekeeping.recipient_known`.
    """
    require(study, "backup.recipient_added")
    standing = recipients()
    label = rules.check_label(label, [each.label for each in standing])
    key = age.recipient(key)
    for each in standing:
        if each.key == key:
            raise AmparoError("safekeeping.recipient_known", label=each.label)
    with transaction.atomic():
        row = Recipient.objects.create(label=label, key=key, since=now())
        audit(study, "backup.recipient_added", wrote=[row], recipient=label)


def remove_recipient(study: Study, label: str) -> None:
    """Seal backups from now on no more to a recipient, who still opens the earlier ones.

    Raises `accounts.not_allowed`, `safekeeping.unknown_recipient`.
    """
    require(study, "backup.recipient_removed")
    row = Recipient.objects.filter(until=None, label=label).first()
    if row is None:
        raise AmparoError(
            "safekeeping.unknown_recipient", label=label, known=[each.label for each in recipients()]
        )
    with transaction.atomic():
        row.until = now()
        row.save(update_fields=["until"])
        audit(study, "backup.recipient_removed", wrote=[row], recipient=label)


def back_up(study: Study, folder: Path, progress: Progress = silent) -> Written:
    """Put a backup into `folder`, sealed to the study's recipients, read back and compared.

    Raises `accounts.not_allowed`, `safekeeping.few_recipients` and as `vault.backup.write`.
    """
    require(study, MADE)
    standing = recipients()
    rules.check_recipients(len(standing), synthetic=study.facts.synthetic)
    written = backup.write(study.opened, folder, [each.key for each in standing], last_line, progress)
    with transaction.atomic():
        audit(
            study,
            MADE,
            file=written.path.name,
            bytes=written.size,
            head=written.manifest.head.seq,
            recipients=len(standing),
        )
    return written


def last_line(database: driver.Connection) -> Head:
    """The last line of the audit chain in a database that Django does not have open."""
    row = database.execute("SELECT seq, digest FROM accounts_auditline ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(*row)


def last_made() -> datetime | None:
    """When the newest backup was made."""
    return AuditLine.objects.filter(act=MADE).order_by("-seq").values_list("at", flat=True).first()


def schedule(study: Study, days: int, folder: Path) -> None:
    """Want a backup in `folder` every so many days; 0 ends it.

    Raises `accounts.not_allowed`, `safekeeping.bad_days`.
    """
    require(study, "backup.scheduled")
    rules.check_days(days)
    with transaction.atomic():
        row = Schedule.objects.create(at=now(), days=days, folder=str(folder.absolute()))
        audit(study, "backup.scheduled", wrote=[row], days=days)


def scheduled() -> Schedule | None:
    """What stands of how often backups are wanted, and where."""
    newest = Schedule.objects.order_by("-id").first()
    return newest if newest and newest.days else None


def due(study: Study, since: int, progress: Progress = silent) -> Due | None:
    """Make the backup that is due, if acts followed the one numbered `since`; never raises for the backup."""
    wanted, last = scheduled(), last_made()
    if wanted is None or head().seq == since or not rules.is_due(wanted.days, last, now()):
        return None
    try:
        return Due(back_up(study, Path(wanted.folder), progress))
    except AmparoError as error:
        overdue = Issue("safekeeping.overdue", {"day": last and last.date()})
        return Due(None, (overdue, Issue(error.code, error.facts)))
