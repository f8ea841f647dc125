"""The audit chain: its only writer, and who reads it back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
from django.apps import apps

from amparo.errors import AmparoError
from amparo.study.accounts import rules
from amparo.study.accounts.history import SLOTS, History, follow
from amparo.study.accounts.models import AuditLine
from amparo.study.context import now
from amparo.vault import slots
from amparo.vault.audit import Entry, Head, Line
from amparo.vault.audit import digest as chain_digest

if TYPE_CHECKING:
    from datetime import datetime

    from django.db import models

    from amparo.study.context import Study


LOOKED_AT = 2000  # lines of the chain among which the last changes are looked for
# Models whose rows are covered by the file they came with, not one by one.
BULK = ("register.Record", "register.Supersession")
# Rows no act stands for: the chain itself, and what somebody has not saved yet.
UNCHAINED = ("accounts.AuditLine", "accounts.Draft")


def require(study: Study, act: str) -> None:
    """Raise `accounts.not_allowed` unless the person at work may do the act."""
    if study.user.handle == rules.RECOVERY:
        rules.check_recovery_act(act)
    else:
        rules.check_act(act, study.user.roles)


def audit(
    study: Study,
    act: str,
    *,
    wrote: Iterable[models.Model] = (),
    ended: Iterable[models.Model] = (),
    covers: Mapping[str, str | None] | None = None,
    **facts: int | str | bool | None,
) -> None:
    """Add the act to the chain, signed; call it inside the transaction of the act. Facts hold no identity.

    `wrote` are rows written by the act, `ended` rows it removed; `covers` are digests of rows written in bulk
    and of sealed files. The slot file's generation goes along: as it stands, or the fact `generation` of an
    act that is about to write it. Raises `accounts.not_allowed`.
    """
    require(study, act)
    last = AuditLine.objects.order_by("-seq").first()
    seq, at = (last.seq + 1 if last else 1), now()
    covered = {
        **{place(row): row_digest(row) for row in wrote},
        **{place(row): None for row in ended},
        **(covers or {}),
        SLOTS: str(facts.get("generation") or slots.read(study.opened.path).generation),
    }
    line = Line(seq, at.isoformat(), study.user.handle, act, facts, covered)
    digest = chain_digest(last.digest if last else "", line)
    AuditLine.objects.create(
        seq=seq,
        at=at,
        actor=study.user,
        act=act,
        facts=facts,
        covers=covered,
        digest=digest,
        signature=study.opened.pair.sign(bytes.fromhex(digest)),
    )


def place(row: models.Model) -> str:
    """What a row is called in the chain: its model and primary key."""
    return f"{row._meta.label}:{row.pk}"


def row_digest(row: models.Model) -> str:
    """SHA-256, hexadecimal, over everything a row holds."""
    values = [(field.attname, field.value_from_object(row)) for field in row._meta.concrete_fields]
    return hashlib.sha256(msgspec.json.encode(values, order="deterministic")).hexdigest()


def standing_rows() -> Iterator[models.Model]:
    """Every row of the study whose digest the chain holds singly."""
    for model in apps.get_models():
        if model._meta.label not in (*UNCHAINED, *BULK):
            yield from model._default_manager.all()


def entries() -> Iterator[Entry]:
    """The chain as it is kept, from its first line on."""
    for row in AuditLine.objects.order_by("seq").select_related("actor").iterator():
        yield Entry(_line(row), row.digest, bytes(row.signature))


def verify_chain(study: Study, heads: Sequence[Head] = ()) -> History:
    """Follow the chain from its first line to its last, with the keys that it brought in itself.

    Raises as `history.follow`; `vault.history_differs` also where the chain knows who verifies by another key
    than their own, as one that somebody wrote anew from its beginning does.
    """
    followed = follow(entries(), heads)
    me = followed.people.get(study.user.handle)
    if me is None or me.public_key != study.opened.pair.public_key:
        raise AmparoError("vault.history_differs", seq=1)
    return followed


def head() -> Head:
    """The chain's last line."""
    last = AuditLine.objects.latest("seq")
    return Head(last.seq, last.digest)


def acts(study: Study, since: datetime | None = None, user: str = "", act: str = "") -> list[Line]:
    """Who did what when, oldest first; of a person without a role that answers for the study, their own.

    What others do tells of records in their compartments, by counts and by time.
    """
    rows = _seen_by(study).order_by("seq")
    if since is not None:
        rows = rows.filter(at__gte=since)
    if user:
        rows = rows.filter(actor__handle=user)
    if act:
        rows = rows.filter(act=act)
    return [_line(row) for row in rows.iterator()]


def newest_acts(study: Study, number: int, *, without: Iterable[str] = ()) -> list[Line]:
    """The last acts that the person at work may know of, newest first, if they are not too long ago."""
    last = AuditLine.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    rows = _seen_by(study).filter(seq__gt=last - LOOKED_AT).exclude(act__in=list(without))
    return [_line(row) for row in rows.order_by("-seq")[:number]]


def _seen_by(study: Study) -> models.QuerySet[AuditLine]:
    rows = AuditLine.objects.select_related("actor")
    return rows if sees_all(study) else rows.filter(actor=study.user)


def sees_all(study: Study) -> bool:
    """Whether the person at work may read what everybody did."""
    return study.user.handle == rules.RECOVERY or bool({"administers", "approves"} & set(study.user.roles))


def _line(row: AuditLine) -> Line:
    return Line(row.seq, row.at.isoformat(), row.actor.handle, row.act, row.facts, row.covers)
