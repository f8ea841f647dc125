"""The slot file: the study's root key and one person's own key, wrapped once for each way to open the study.

The file names the study and its slots in clear; the whole is authenticated under a key derived from the
root key, so nobody without the root key can weaken, swap or add a slot. The unkeyed checksum only tells
damage from a wrong passphrase. Argon2id: RFC 9106; AES-256-GCM: NIST SP 800-38D.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from amparo.errors import AmparoError
from amparo.vault.files import DATABASE, SLOTS, write_whole
from amparo.vault.keys import KEY_BYTES, derive

VERSION = 2  # version 1 wrapped the root key alone
MINIMUM_PASSPHRASE = 12  # characters
FOUNDER = "owner"  # the handle of who makes a study

# Argon2id costs: what new slots get is also the least that is accepted; above the most is a trap, not a slot.
MEMORY_KIB, PASSES, LANES = 256 * 1024, 3, 4
_MOST_MEMORY_KIB, _MOST_PASSES, _MOST_LANES = 4 * 1024 * 1024, 64, 64
_SALT_BYTES, _NONCE_BYTES, _TAG_BYTES = 16, 12, 16
_WRAPPED = {_NONCE_BYTES + keys * KEY_BYTES + _TAG_BYTES for keys in (1, 2)}


class Secrets(NamedTuple):
    """What a slot wraps: the study's root key, and the own key of whom the slot belongs to (32 bytes each).

    `user_key` is empty in a slot of version 1, made before studies knew people.
    """

    root_key: bytes
    user_key: bytes


class Passphrase(NamedTuple):
    """A way in: what somebody typed, and the handle they go by (empty where a study has one person)."""

    text: str
    handle: str = ""


class PassphraseSlot(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag="passphrase",
    tag_field="kind",
):
    """The secrets under a passphrase: Argon2id costs, and nonce + AES-256-GCM of both keys.

    `owner` tells whose slot it is without naming anybody: see `label`.
    """

    slot: str
    memory_kib: int
    passes: int
    lanes: int
    salt: bytes
    wrapped: bytes
    owner: str = ""


# Each further way to open a study (recovery shares, recipients, WebAuthn) is one more struct in this union
# and one more row in `_KINDS`.
Slot = PassphraseSlot
WayIn = Passphrase


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The slot file. `mac` authenticates all that stands before it, `checksum` covers the `mac` too."""

    version: int
    study: str
    slots: tuple[Slot, ...]
    mac: bytes = b""
    checksum: bytes = b""


def label(study: str, handle: str) -> str:
    """Whose slot it is, told only to who knows the handle already: 16 hexadecimal digits of SHA-256."""
    return hashlib.sha256(f"{study}\n{_normal(handle)}".encode()).hexdigest()[:16]


def check_passphrase(passphrase: str) -> None:
    """Hold a new passphrase to its least length. Raises `vault.passphrase_short`."""
    if len(_normal(passphrase)) < MINIMUM_PASSPHRASE:
        raise AmparoError("vault.passphrase_short", minimum=MINIMUM_PASSPHRASE)


def passphrase_slot(study: str, held: Secrets, way: Passphrase) -> PassphraseSlot:
    """Wrap the secrets under a passphrase. Raises `vault.passphrase_short`."""
    check_passphrase(way.text)
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    owner = label(study, way.handle)
    bare = PassphraseSlot(secrets.token_hex(8), MEMORY_KIB, PASSES, LANES, salt, b"", owner)
    wrapped = AESGCM(_stretch(bare, way.text)).encrypt(nonce, b"".join(held), _bound(study, bare))
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


def unlock(folder: Path, header: Header, way: WayIn) -> tuple[Secrets, Slot]:
    """The secrets and the slot that gave them.

    Raises `vault.which_user` (several people have a slot of this kind and the way in names nobody),
    `vault.wrong_passphrase`, `vault.slots_tampered`.
    """
    for slot in _tried(header, way):
        opened = _KINDS[type(slot)].open(header.study, slot, way.text)
        if opened is not None:
            held = Secrets(opened[:KEY_BYTES], opened[KEY_BYTES:])
            authenticate(folder, header, held.root_key)
            return held, slot
    raise AmparoError("vault.wrong_passphrase")


def _tried(header: Header, way: Passphrase) -> Sequence[Slot]:
    """The slots to try."""
    if way.handle:
        # A slot of version 1 belongs to the founder, and says nothing.
        labels = {label(header.study, way.handle), "" if way.handle == FOUNDER else None}
        mine = [slot for slot in header.slots if slot.owner in labels]
        if not mine:
            # A handle without a slot takes the time of a wrong passphrase.
            _stretch(header.slots[0], way.text)
        return mine
    if len({slot.owner for slot in header.slots}) > 1:
        raise AmparoError("vault.which_user")
    return header.slots


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
    shaped = len(slot.salt) == _SALT_BYTES and len(slot.wrapped) in _WRAPPED
    return None if shaped and not costly and 1 <= slot.lanes <= _MOST_LANES else "vault.slots_tampered"


def _open_passphrase(study: str, slot: PassphraseSlot, passphrase: str) -> bytes | None:
    nonce, wrapped = slot.wrapped[:_NONCE_BYTES], slot.wrapped[_NONCE_BYTES:]
    try:
        return AESGCM(_stretch(slot, passphrase)).decrypt(nonce, wrapped, _bound(study, slot))
    except InvalidTag:
        return None


class _Kind(NamedTuple):
    fault: Callable[[Any], str | None]  # a code when the slot must not even be tried
    open: Callable[[str, Any, str], bytes | None]  # study, slot, secret -> what it wraps, or None


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
