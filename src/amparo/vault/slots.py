"""The slot file: every way into a study, authenticated as a whole.

The file names the study and its slots in clear; its code is under a key derived from the root key, so nobody
without the root key can weaken, swap, re-label, add or remove a slot. The unkeyed checksum only tells damage
from a wrong passphrase. `generation` rises with every change: an older file put back shows against the
number that the audit chain remembers.
"""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import msgspec

from amparo.errors import AmparoError
from amparo.vault.files import DATABASE, SLOTS, write_whole
from amparo.vault.keypair import KeyPair, seal_box
from amparo.vault.keys import derive
from amparo.vault.wraps import (
    FOUNDER,
    RECOVERY,
    Identity,
    Passphrase,
    PassphraseSlot,
    Prf,
    PrfSlot,
    RecipientSlot,
    RecoverySlot,
    Secrets,
    Shares,
    Slot,
    WayIn,
    check_passphrase,
    fault,
    label,
    new_recovery,
    passphrase_slot,
    prf_slot,
    recipient_slot,
    stretch_in_vain,
    tried,
    unwrap,
)

__all__ = [
    "FOUNDER",
    "RECOVERY",
    "Header",
    "Identity",
    "Passphrase",
    "PassphraseSlot",
    "Prf",
    "PrfSlot",
    "RecipientSlot",
    "RecoverySlot",
    "Secrets",
    "Shares",
    "Slot",
    "WayIn",
    "check_passphrase",
    "label",
    "new_recovery",
    "passphrase_slot",
    "prf_slot",
    "recipient_slot",
]

VERSION = 2  # version 1 wrapped the root key alone

_WRONG: dict[type[WayIn], str] = {
    Passphrase: "vault.wrong_passphrase",
    Shares: "vault.shares_other",
    Identity: "vault.wrong_identity",
    Prf: "vault.wrong_credential",
}


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The slot file. `mac` authenticates all that stands before it, `checksum` covers the `mac` too.

    While the study travels, `parked` holds every slot but the recovery principal's, sealed to that principal.
    """

    version: int
    study: str
    generation: int
    slots: tuple[Slot, ...]
    parked: bytes = b""
    mac: bytes = b""
    checksum: bytes = b""


class _First(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The slot file of version 1."""

    version: int
    study: str
    slots: tuple[PassphraseSlot, ...]
    mac: bytes = b""
    checksum: bytes = b""


class _Version(msgspec.Struct):
    version: int


def write(folder: Path, header: Header, root_key: bytes) -> None:
    """Authenticate the header and put it in the folder, whole or not at all."""
    header = msgspec.structs.replace(header, mac=_mac(header, root_key))
    header = msgspec.structs.replace(header, checksum=_checksum(header))
    write_whole(folder / SLOTS, _encode(header))


def read(folder: Path) -> Header:
    """Read the slot file and check what needs no key.

    Raises `vault.no_study`, `vault.slots_tampered` (a byte differs, or the file is gone from a study),
    `vault.newer` (made by a newer Amparo), `vault.slot_weak` (Argon2id costs below the floor).
    """
    tampered = AmparoError("vault.slots_tampered", path=str(folder))
    try:
        raw = (folder / SLOTS).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        absent = AmparoError("vault.no_study", path=str(folder))
        raise (tampered if (folder / DATABASE).exists() else absent) from None
    try:
        version = msgspec.json.decode(raw, type=_Version).version
        if version > VERSION:
            raise AmparoError("vault.newer", path=str(folder))
        header = _decode(raw, version)
        bytes.fromhex(header.study)
    except (msgspec.DecodeError, ValueError):
        raise tampered from None
    if raw != _encode(header) or header.checksum != _checksum(header) or not header.slots:
        raise tampered
    for code in filter(None, map(fault, header.slots)):
        raise AmparoError(code, path=str(folder))
    return header


def unlock(folder: Path, header: Header, way: WayIn) -> tuple[Secrets, Slot]:
    """The secrets and the slot that gave them.

    Raises `vault.travelling` (only recovery shares open the study now), the codes of `wraps.tried` and
    `shares.join`, `vault.wrong_passphrase`, `vault.shares_other`, `vault.wrong_identity`,
    `vault.wrong_credential`, `vault.slots_tampered`.
    """
    if header.parked and not isinstance(way, Shares):
        raise AmparoError("vault.travelling", path=str(folder))
    found = tried(header.study, header.slots, way)
    if not found and isinstance(way, Passphrase):
        # A handle without a slot takes the time of a wrong passphrase.
        stretch_in_vain(way.text)
    for slot in found:
        held = unwrap(header.study, slot, way)
        if held is not None:
            authenticate(folder, header, held.root_key)
            return held, slot
    raise AmparoError(_WRONG[type(way)])


def authenticate(folder: Path, header: Header, root_key: bytes) -> None:
    """Check the header against the root key. Raises `vault.slots_tampered`."""
    if not hmac.compare_digest(header.mac, _mac(header, root_key)):
        raise AmparoError("vault.slots_tampered", path=str(folder))


def park(header: Header) -> Header:
    """The header of a study that travels: only recovery slots stay, the others are sealed to their principal.

    Raises `vault.no_recovery`.
    """
    staying = tuple(slot for slot in header.slots if isinstance(slot, RecoverySlot))
    if not staying:
        raise AmparoError("vault.no_recovery")
    leaving = tuple(slot for slot in header.slots if slot not in staying)
    parked = seal_box(staying[0].public_key, msgspec.json.encode(leaving))
    return msgspec.structs.replace(header, slots=staying, parked=parked)


def unpark(header: Header, pair: KeyPair) -> Header:
    """The header with the parked slots back; `pair` is the recovery principal's. Raises `vault.tampered`."""
    back = msgspec.json.decode(pair.open_box(header.parked), type=tuple[Slot, ...])
    return msgspec.structs.replace(header, slots=(*back, *header.slots), parked=b"")


def _form(header: Header) -> Header | _First:
    """The header as the file of its version holds it."""
    if header.version == 1:
        slots = tuple(slot for slot in header.slots if isinstance(slot, PassphraseSlot))
        return _First(header.version, header.study, slots, header.mac, header.checksum)
    return header


def _decode(raw: bytes, version: int) -> Header:
    if version == 1:
        first = msgspec.json.decode(raw, type=_First)
        return Header(1, first.study, 0, first.slots, mac=first.mac, checksum=first.checksum)
    return msgspec.json.decode(raw, type=Header)


def _mac(header: Header, root_key: bytes) -> bytes:
    bare = _form(msgspec.structs.replace(header, mac=b"", checksum=b""))
    return hmac.digest(derive(root_key, header.study, "slots"), msgspec.json.encode(bare), "sha256")


def _checksum(header: Header) -> bytes:
    bare = _form(msgspec.structs.replace(header, checksum=b""))
    return hashlib.sha256(msgspec.json.encode(bare)).digest()


def _encode(header: Header) -> bytes:
    return msgspec.json.format(msgspec.json.encode(_form(header)), indent=1) + b"\n"
