"""Keys of lent cases: boxed for the volunteer row by row, and what a volunteer reads with them.

A volunteer holds no key of a compartment: of a copy of the study, nothing opens for them but the rows whose
keys lie in their boxes. What lies with the lawyers is sealed under another key and is never boxed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from amparo.study.accounts.rules import VOLUNTEER
from amparo.study.cases.casefile import CaseFile, Told
from amparo.study.cases.models import Case, Entry, Lending, LentKey
from amparo.study.cases.said import Anything, ConflictCheck, Opening, Party, Referral, ReferralStep, Said
from amparo.study.context import now
from amparo.study.sealing import open_field, open_with, row_key
from amparo.vault.keypair import seal_box

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from amparo.study.context import Study

# What no volunteer reads: who stands on the other side, and referrals with what opens their answers.
NOT_LENT: tuple[type[Said], ...] = (Party, ConflictCheck, Referral, ReferralStep)
_OPENING = msgspec.json.Decoder(Opening)
_SAID = msgspec.json.Decoder(Anything)


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a case was lent, and the volunteer's public key (hex) as the audit chain knew it then."""

    why: str
    public_key: str


def standing(**of: object) -> QuerySet[Lending]:
    """Lendings that have not ended, by a day or by a person."""
    return Lending.objects.filter(ended=None, until__gte=now().date(), **of)


def terms(study: Study, lending: Lending) -> Terms:
    """What was written down with a lending. Raises `accounts.no_key`, `vault.tampered`."""
    return msgspec.json.decode(open_field(study, lending, lending.pk, "sealed_terms"), type=Terms)


def box(
    study: Study, lending: Lending, key: str, entries: Iterable[tuple[Entry, Said]], case: Case | None = None
) -> list[LentKey]:
    """The keys of a case and of entries, boxed to a public key (hex); none of what is not lent."""
    rows = [entry for entry, said in entries if not isinstance(said, NOT_LENT)]
    keys = [(None, row_key(study.keys, case))] if case else []
    keys += [(row, row_key(study.keys, row)) for row in rows]
    to = bytes.fromhex(key)
    return [
        LentKey.objects.create(
            lending=lending, user_id=lending.to_id, entry=entry, boxed_key=seal_box(to, secret)
        )
        for entry, secret in keys
    ]


def follow(study: Study, case: str, entries: Sequence[tuple[Entry, Said]]) -> list[LentKey]:
    """Box what is written in a lent case while it is lent, inside the caller's transaction."""
    return [
        each
        for lending in standing(case=case)
        for each in box(study, lending, terms(study, lending).public_key, entries)
    ]


def lent_to(study: Study) -> list[str]:
    """Numbers of the cases that are lent to the person at work today."""
    if VOLUNTEER not in study.user.roles:
        return []
    return sorted({lending.case_id for lending in standing(to=study.user)})


def lent_cases(study: Study, names: Sequence[str] | None = None) -> Iterator[CaseFile]:
    """Cases lent to the person at work, of these numbers or all, in the order in which they began."""
    if VOLUNTEER not in study.user.roles:
        return
    lendings = standing(to=study.user).select_related("case__by", "case__sealed_under__compartment")
    if names is not None:
        lendings = lendings.filter(case__in=list(names))
    newest = {lending.case_id: lending for lending in lendings.order_by("id")}
    boxes: dict[int, list[LentKey]] = defaultdict(list)
    keys = LentKey.objects.filter(lending__in=list(newest.values()))
    for key in keys.select_related("entry__by", "entry__sealed_under__compartment").order_by("entry"):
        boxes[key.lending_id].append(key)
    for lending in sorted(newest.values(), key=lambda each: (each.case.at, each.case_id)):
        found = _opened(study, lending.case, boxes[lending.pk])
        if found is not None:
            yield found


def _opened(study: Study, case: Case, boxes: Sequence[LentKey]) -> CaseFile | None:
    """A case opened with boxed keys; None where its erasure took them."""
    opening, told = None, []
    for each in boxes:
        secret = study.opened.pair.open_box(bytes(each.boxed_key))
        if each.entry is None:
            sealed = open_with(secret, case, "sealed_opening", case.sealed_under.version)
            opening = _OPENING.decode(sealed)
        else:
            row, key = each.entry, each.entry.sealed_under
            said = _SAID.decode(open_with(secret, row, "sealed_said", key.version))
            told.append(Told(row.pk, row.at, row.by.handle, key.compartment.name, said))
    if opening is None:
        return None
    place = case.sealed_under.compartment.name
    return CaseFile(case.pk, place, case.at, case.by.handle, opening, tuple(told))
