"""The slot file: the study's root key, wrapped once for each way to open the study.

The file names the study and its slots in clear; the whole is authenticated under a key derived from the
root key, so nobody without the root key can weaken, swap or add a slot. The unkeyed checksum only tells
damage from a wrong passphrase. Argon2id: RFC 9106; AES-256-GCM: NIST SP 800-38D.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from amparo.errors import AmparoError
from amparo.vault.files import DATABASE, SLOTS, write_whole
from amparo.vault.keys import KEY_BYTES, derive

VERSION = 1
MINIMUM_PASSPHRASE = 12  # characters

# Argon2id costs: what new slots get is also the least that is accepted; above the most is a trap, not a slot.
MEMORY_KIB, PASSES, LANES = 256 * 1024, 3, 4
_MOST_MEMORY_KIB, _MOST_PASSES, _MOST_LANES = 4 * 1024 * 1024, 64, 64
_SALT_BYTES, _NONCE_BYTES, _TAG_BYTES = 16, 12, 16


class PassphraseSlot(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="passphrase", tag_field="kind"
):
    """The root key under a passphrase: Argon2id costs, and nonce + AES-256-GCM of the key."""

    slot: str
    memory_kib: int
    passes: int
    lanes: int
    salt: bytes
    wrapped: bytes


# Each further way to open a study (recovery shares, recipients, WebAuthn) is one more struct in this union
# and one more row in `_KINDS`.
Slot = PassphraseSlot


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The slot file. `mac` authenticates all that stands before it, `checksum` covers the `mac` too."""

    version: int
    study: str
    slots: tuple[Slot, ...]
    mac: bytes = b""
    checksum: bytes = b""


def check_passphrase(passphrase: str) -> None:
    """Hold a new passphrase to its least length. Raises `vault.passphrase_short`."""
    if len(_normal(passphrase)) < MINIMUM_PASSPHRASE:
        raise AmparoError("vault.passphrase_short", minimum=MINIMUM_PASSPHRASE)


def passphrase_slot(study: str, root_key: bytes, passphrase: str) -> PassphraseSlot:
    """Wrap the root key under a passphrase. Raises `vault.passphrase_short`."""
    check_passphrase(passphrase)
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    bare = PassphraseSlot(secrets.token_hex(8), MEMORY_KIB, PASSES, LANES, salt, b"")
    wrapped = AESGCM(_stretch(bare, passphrase)).encrypt(nonce, root_key, _bound(study, bare))
    return msgspec.structs.replace(bare, wrapped=nonce + wrapped)


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
        if msgspec.json.decode(raw, type=_Version).version > VERSION:
            raise AmparoError("vault.newer", path=str(folder))
        header = msgspec.json.decode(raw, type=Header)
        bytes.fromhex(header.study)
    except (msgspec.DecodeError, ValueError):
        raise tampered from None
    if raw != _encode(header) or header.checksum != _checksum(header) or not header.slots:
        raise tampered
    for slot in header.slots:
        code = _KINDS[type(slot)].fault(slot)
        if code:
            raise AmparoError(code, path=str(folder))
    return header


def unlock(folder: Path, header: Header, secret: str) -> tuple[bytes, Slot]:
    """The root key and the slot that gave it. Raises `vault.wrong_passphrase`, `vault.slots_tampered`."""
    for slot in header.slots:
        root_key = _KINDS[type(slot)].open(header.study, slot, secret)
        if root_key is not None:
            authenticate(folder, header, root_key)
            return root_key, slot
    raise AmparoError("vault.wrong_passphrase")


def authenticate(folder: Path, header: Header, root_key: bytes) -> None:
    """Check the header against the root key. Raises `vault.slots_tampered`."""
    if not hmac.compare_digest(header.mac, _mac(header, root_key)):
        raise AmparoError("vault.slots_tampered", path=str(folder))


class _Version(msgspec.Struct):
    version: int


def _passphrase_fault(slot: PassphraseSlot) -> str | None:
    if slot.memory_kib < MEMORY_KIB or slot.passes < PASSES:
        return "vault.slot_weak"
    costly = slot.memory_kib > _MOST_MEMORY_KIB or slot.passes > _MOST_PASSES
    shaped = len(slot.salt) == _SALT_BYTES and len(slot.wrapped) == _NONCE_BYTES + KEY_BYTES + _TAG_BYTES
    return None if shaped and not costly and 1 <= slot.lanes <= _MOST_LANES else "vault.slots_tampered"


def _open_passphrase(study: str, slot: PassphraseSlot, passphrase: str) -> bytes | None:
    nonce, wrapped = slot.wrapped[:_NONCE_BYTES], slot.wrapped[_NONCE_BYTES:]
    try:
        return AESGCM(_stretch(slot, passphrase)).decrypt(nonce, wrapped, _bound(study, slot))
    except InvalidTag:
        return None


class _Kind(NamedTuple):
    fault: Callable[[Any], str | None]  # a code when the slot must not even be tried
    open: Callable[[str, Any, str], bytes | None]  # study, slot, secret -> root key, or None


_KINDS: dict[type[Slot], _Kind] = {PassphraseSlot: _Kind(_passphrase_fault, _open_passphrase)}


def _normal(passphrase: str) -> str:
    # The same letters typed on two systems may arrive composed or decomposed (RFC 8265, 4.2).
    return unicodedata.normalize("NFC", passphrase)


def _stretch(slot: PassphraseSlot, passphrase: str) -> bytes:
    secret = _normal(passphrase).encode(errors="surrogatepass")
    return hash_secret_raw(secret, slot.salt, slot.passes, slot.memory_kib, slot.lanes, KEY_BYTES, Type.ID)


def _bound(study: str, slot: Slot) -> bytes:
    return msgspec.json.encode((study, msgspec.structs.replace(slot, wrapped=b"")))


def _mac(header: Header, root_key: bytes) -> bytes:
    bare = msgspec.structs.replace(header, mac=b"", checksum=b"")
    return hmac.digest(derive(root_key, header.study, "slots"), msgspec.json.encode(bare), "sha256")


def _checksum(header: Header) -> bytes:
    return hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(header, checksum=b""))).digest()


def _encode(header: Header) -> bytes:
    return msgspec.json.format(msgspec.json.encode(header), indent=1) + b"\n"
