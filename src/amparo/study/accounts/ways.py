"""The ways into a study: whose they are, and how they change. Each change is a line in the audit chain.

The slot file is written last, inside the transaction of its line: a crash between the two leaves a slot file
one generation ahead of the chain, never behind it. Behind means that an older file was put back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.db import transaction

from amparo.errors import AmparoError
from amparo.study.accounts import compartments
from amparo.study.accounts.models import Compartment, CompartmentKey, KeyShare, User
from amparo.study.accounts.services import audit, require
from amparo.study.context import Study
from amparo.vault import folder, slots
from amparo.vault.slots import Passphrase, PassphraseSlot, Prf, RecipientSlot, RecoverySlot
from amparo.vault.wraps import Recovery


class Way(NamedTuple):
    """One slot: its name and kind, whose it is, what tells it from others, and whether it is one's own."""

    slot: str
    kind: str
    handle: str
    detail: str
    own: bool


def ways(study: Study) -> list[Way]:
    """Every way into the study."""
    handles = (slots.RECOVERY, *User.objects.values_list("handle", flat=True))
    owners = {slots.label(study.opened.study_id, handle): handle for handle in handles}
    return [
        Way(
            slot.slot,
            str(type(slot).__struct_config__.tag),
            handle := owners.get(slot.owner, ""),
            _detail(slot),
            handle == study.user.handle,
        )
        for slot in slots.read(study.opened.path).slots
    ]


def set_passphrase(study: Study, passphrase: str) -> None:
    """Make this the passphrase of who is at work; the old one opens the study no more.

    Raises `vault.passphrase_short`, `vault.travelling`, `accounts.not_allowed`.
    """
    fresh = slots.passphrase_slot(
        study.opened.study_id, study.opened.secrets, Passphrase(passphrase, study.user.handle)
    )
    old = [slot.slot for slot in _mine(study) if isinstance(slot, PassphraseSlot)]
    if old:
        _change(study, "keys.changed", fresh.slot, lambda: folder.swap_slots(study.opened, {old[0]: fresh}))
    else:
        _change(study, "keys.added", fresh.slot, lambda: folder.add_slot(study.opened, fresh))


def rotate(study: Study, passphrase: str | None) -> int:
    """Wrap one's own secrets anew, with new salts and the costs of today; how many slots.

    Passphrase slots need the passphrase, recipients nothing; credentials and shares are made anew instead.
    """
    opened, handle = study.opened, study.user.handle
    fresh: dict[str, slots.Slot] = {}
    for slot in _mine(study):
        if isinstance(slot, PassphraseSlot) and passphrase is not None:
            way = Passphrase(passphrase, handle)
            fresh[slot.slot] = slots.passphrase_slot(opened.study_id, opened.secrets, way)
        elif isinstance(slot, RecipientSlot):
            fresh[slot.slot] = slots.recipient_slot(opened.study_id, opened.secrets, slot.recipient, handle)
    if fresh:
        named = ",".join(slot.slot for slot in fresh.values())
        _change(study, "keys.changed", named, lambda: folder.swap_slots(opened, fresh))
    return len(fresh)


def add_recipient(study: Study, recipient: str) -> str:
    """Let the holder of an age key open the study as who is at work; gives the slot's name.

    Raises `vault.bad_recipient`, `vault.travelling`, `accounts.not_allowed`.
    """
    slot = slots.recipient_slot(study.opened.study_id, study.opened.secrets, recipient, study.user.handle)
    _change(study, "keys.added", slot.slot, lambda: folder.add_slot(study.opened, slot))
    return slot.slot


def add_credential(study: Study, way: Prf, salt: bytes) -> str:
    """Let a security key open the study as who is at work; gives the slot's name."""
    slot = slots.prf_slot(study.opened.study_id, study.opened.secrets, way, salt, study.user.handle)
    _change(study, "keys.added", slot.slot, lambda: folder.add_slot(study.opened, slot))
    return slot.slot


def remove(study: Study, name: str) -> None:
    """Remove a way in: one's own, or as an administrator anybody's.

    Raises `vault.no_slot`, `vault.last_slot`, `vault.travelling`, `accounts.not_allowed`.
    """
    own = any(slot.slot == name for slot in _mine(study))
    act = "keys.removed" if own else "keys.revoked"
    _change(study, act, name, lambda: folder.remove_slot(study.opened, name))


def keep_recovery(study: Study, recovery: Recovery) -> None:
    """Make new recovery shares the ones that open the study, in place of those before.

    Raises `vault.travelling`, `accounts.not_allowed`.
    """
    with transaction.atomic():
        compartments.escrow(study, recovery.pair)
        _change(
            study,
            "keys.changed",
            recovery.slot.slot,
            lambda: folder.replace_slots_of(study.opened, slots.RECOVERY, recovery.slot),
        )


def uncovered() -> list[str]:
    """Compartments whose newest key the recovery shares may open and do not: their members decide."""
    found = []
    for compartment in Compartment.objects.filter(escrowed=True).order_by("id"):
        newest = CompartmentKey.objects.filter(compartment=compartment).latest("version")
        if not KeyShare.objects.filter(key=newest, user__handle=slots.RECOVERY).exists():
            found.append(compartment.name)
    return found


def travel(study: Study) -> None:
    """Until `come_back`, only two recovery shares open the study. Raises `vault.no_recovery`."""
    if not any(isinstance(slot, RecoverySlot) for slot in slots.read(study.opened.path).slots):
        raise AmparoError("vault.no_recovery")
    _change(study, "keys.parked", "", lambda: folder.park(study.opened))


def come_back(study: Study) -> None:
    """Bring the ways in back; the study is open by recovery shares. Raises `vault.not_travelling`."""
    _change(study, "keys.returned", "", lambda: folder.unpark(study.opened))


def _change(study: Study, act: str, slot: str, change: Callable[[], int]) -> None:
    require(study, act)
    with transaction.atomic():
        generation = slots.read(study.opened.path).generation + 1
        audit(study, act, slot=slot, generation=generation)
        change()


def _mine(study: Study) -> list[slots.Slot]:
    owner = slots.label(study.opened.study_id, study.user.handle)
    return [slot for slot in slots.read(study.opened.path).slots if slot.owner == owner]


def _detail(slot: slots.Slot) -> str:
    match slot:
        case PassphraseSlot():
            return f"Argon2id {slot.memory_kib // 1024} MiB × {slot.passes}"
        case RecipientSlot():
            return slot.recipient
        case RecoverySlot():
            return slot.set_of
        case slots.PrfSlot():
            return slot.credential.hex()[:16]
