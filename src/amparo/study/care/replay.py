"""Tombstones are applied again to a restored study, and held to what it keeps."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from django.db import transaction

from amparo.errors import AmparoError
from amparo.study.accounts.models import AuditLine, CompartmentKey
from amparo.study.accounts.rules import RECOVERY
from amparo.study.accounts.services import require, verify_chain
from amparo.study.care.erasure import (
    Signed,
    Work,
    apply,
    content_of,
    left_to_others,
    names_in,
    resealed,
    settle,
)
from amparo.study.care.models import Erasure
from amparo.study.care.quoted import requoted_documents
from amparo.study.care.tombstones import Notice, ciphertext, study_hash
from amparo.study.register.models import Record
from amparo.vault import backup
from amparo.vault.keypair import is_signed

if TYPE_CHECKING:
    from amparo.study.context import Study


class Replayed(NamedTuple):
    """What applying tombstones again did."""

    applied: int
    known: int
    unsigned: int  # by nobody whom this study knows, or of another study: left alone
    records: int


def replay(study: Study, content: bytes) -> Replayed:
    """Apply tombstones again, after an older backup was restored.

    Only those are applied that somebody signed whom the study's own audit chain introduced. Raises the codes
    of `accounts.services.verify_chain`, and `care.bad_tombstones` for what is no file of tombstones.
    """
    require(study, "care.erasure_replayed")
    verify_chain(study)
    keys = _introduced()
    known = set(Erasure.objects.values_list("notice", flat=True))
    applied = unsigned = records = again = 0
    for number, line in enumerate(content.splitlines(), 1):
        try:
            signed = msgspec.json.decode(line, type=Signed)
            notice = msgspec.json.decode(signed.notice, type=Notice)
            signature = bytes.fromhex(signed.signature)
            at = datetime.fromisoformat(notice.at)
        except (msgspec.MsgspecError, ValueError):
            raise AmparoError("care.bad_tombstones", line=number) from None
        message = signed.notice.encode()
        ours = notice.study == study_hash(study)
        if not ours or not any(is_signed(key, message, signature) for key in keys.get(notice.by, ())):
            unsigned += 1
        elif signed.notice in known:
            again += 1
        else:
            records += _replay(study, notice, signed.notice, signature, at)
            applied += 1
            known.add(signed.notice)
    if applied:
        backup.forget_snapshots(study.opened)
        settle(study)
    return Replayed(applied, again, unsigned, records)


def _replay(study: Study, notice: Notice, text: str, signature: bytes, at: datetime) -> int:
    rows = [
        row
        for row in Record.objects.filter(pk__in=[each.record for each in notice.stones])
        if any(each.record == row.pk and each.sealed == ciphertext(row) for each in notice.stones)
    ]
    mine = [row for row in rows if row.sealed_under_id in study.keys and row.wrapped_key]
    names = names_in(content_of(study, row) for row in mine)
    sources = sorted({each.source for each in notice.stones})
    files = [*resealed(study, sources, notice.stones, names), *requoted_documents(study, mine, names)]
    with transaction.atomic():
        number = Erasure.objects.count() + 1
        row = Erasure.objects.create(
            id=number,
            at=at,
            by=study.user,
            notice=text,
            signature=signature,
            left=left_to_others(study, sources),
            # The reason stayed in the study that was lost.
            wrapped_key=b"",
            sealed_words=b"",
            sealed_under=CompartmentKey.objects.earliest("id"),
        )
        apply(study, "care.erasure_replayed", row, Work([each.pk for each in rows], files, names))
    return len(rows)


def check_erasures(study: Study) -> int:
    """Hold erased records and tombstones to each other; the number of erasures.

    Raises `vault.tampered` for a record without a key that no tombstone names, or one named that still opens,
    and for a tombstone that somebody changed.
    """
    keys = _introduced()
    named: dict[str, set[str]] = {}
    number = 0
    for row in Erasure.objects.order_by("id"):
        notice = msgspec.json.decode(row.notice, type=Notice)
        message, signature = row.notice.encode(), bytes(row.signature)
        if not any(is_signed(key, message, signature) for key in keys.get(notice.by, ())):
            raise AmparoError("vault.tampered", table=Erasure._meta.label, row=row.pk, field="notice")
        for each in notice.stones:
            named.setdefault(each.record, set()).add(each.sealed)
        number += 1
    erased = {row.pk: row for row in Record.objects.filter(wrapped_key=b"")}
    standing = Record.objects.filter(pk__in=set(named) - set(erased))
    for row in (*erased.values(), *standing):
        if (ciphertext(row) in named.get(row.pk, ())) != (row.pk in erased):
            raise AmparoError("vault.tampered", table=Record._meta.label, row=row.pk, field="wrapped_key")
    return number


def _introduced() -> dict[str, list[bytes]]:
    """Every key under which somebody ever signed here, by who they are; the chain holds (it was verified)."""
    found: dict[str, list[bytes]] = {}
    for row in AuditLine.objects.select_related("actor").order_by("seq"):
        key = row.facts.get("public_key")
        if not key:
            continue
        handle = RECOVERY if row.act == "people.recovery" else row.facts.get("user", row.actor.handle)
        found.setdefault(str(handle), []).append(bytes.fromhex(str(key)))
    return found
