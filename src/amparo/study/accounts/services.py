"""The audit chain's only writer, and its verifier."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec
from django.apps import apps

from amparo.study.accounts import rules
from amparo.study.accounts.models import AuditLine
from amparo.study.context import now
from amparo.vault import audit as chain

if TYPE_CHECKING:
    from django.db import models

    from amparo.study.context import Study


# Models whose rows are covered by the file they came with, not one by one.
BULK = ("register.Record", "register.Supersession")


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
    covers: Mapping[str, str] | None = None,
    **facts: int | str | bool | None,
) -> None:
    """Add the act to the chain, signed; call it inside the transaction of the act. Facts hold no identity.

    `wrote` are rows written by the act, `ended` rows it removed; `covers` are digests of rows
    written in bulk. Raises `accounts.not_allowed`.
    """
    require(study, act)
    last = AuditLine.objects.order_by("-seq").first()
    seq, at = (last.seq + 1 if last else 1), now()
    covered = {
        **{place(row): row_digest(row) for row in wrote},
        **{place(row): None for row in ended},
        **(covers or {}),
    }
    line = chain.Line(seq, at.isoformat(), study.user.handle, act, facts, covered)
    digest = chain.digest(last.digest if last else "", line)
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
        if model is not AuditLine and model._meta.label not in BULK:
            yield from model._default_manager.all()


def verify_chain() -> int:
    """Recompute the whole chain; gives its length. Raises `vault.audit_broken` at the first false line."""
    rows = AuditLine.objects.order_by("seq").select_related("actor")
    return chain.verify((_line(row), row.digest) for row in rows.iterator())


def _line(row: AuditLine) -> chain.Line:
    return chain.Line(row.seq, row.at.isoformat(), row.actor.handle, row.act, row.facts, row.covers)
