"""Ways into a study and the slots they open: each wraps the study's root key and one person's own key.

Passphrase: Argon2id (RFC 9106) and AES-256-GCM (NIST SP 800-38D). Recovery shares: two of three give a
256-bit secret (SLIP-0039), then HKDF and AES-256-GCM. Recipient: an age public key. Credential: the 32 bytes
a WebAuthn authenticator gives for a salt (extension `prf`, WebAuthn level 3), then HKDF and AES-256-GCM.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import msgspec
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from amparo.errors import AmparoError
from amparo.vault import age, shares
from amparo.vault.keypair import KeyPair
from amparo.vault.keys import KEY_BYTES, derive

MINIMUM_PASSPHRASE = 12  # characters
FOUNDER = "owner"  # the handle of who makes a study
RECOVERY = "recovery"  # the handle of whom the recovery shares stand for; nobody else may have it

# Argon2id costs: what new slots get is also the least that is accepted; above the most is a trap, not a slot.
MEMORY_KIB, PASSES, LANES = 256 * 1024, 3, 4
_MOST_MEMORY_KIB, _MOST_PASSES, _MOST_LANES = 4 * 1024 * 1024, 64, 64
_SALT_BYTES, _NONCE_BYTES, _TAG_BYTES = 16, 12, 16
_MOST_CREDENTIAL = 1023  # bytes of a credential's id (WebAuthn level 3, 4)
_MOST_AGE = 4096
_WRAPPED = _NONCE_BYTES + 2 * KEY_BYTES + _TAG_BYTES
_FIRST_WRAPPED = _NONCE_BYTES + KEY_BYTES + _TAG_BYTES  # of a slot of version 1


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


class Shares(NamedTuple):
    """A way in: two or three recovery shares as typed."""

    typed: tuple[str, ...]


class Identity(NamedTuple):
    """A way in: the age secret key in the text of an identity file."""

    text: str


class Prf(NamedTuple):
    """A way in: a WebAuthn credential's id, and the 32 bytes it gives for the salt of its slot."""

    credential: bytes
    output: bytes


WayIn = Passphrase | Shares | Identity | Prf


class _Slot(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind"):
    """Of every kind of slot. Fields stand in each kind by itself: their order in the file is for ever."""


class PassphraseSlot(_Slot, frozen=True, tag="passphrase"):
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


class RecoverySlot(_Slot, frozen=True, tag="recovery"):
    """The recovery principal's secrets under what any two of three shares give.

    `set_of` are the words all shares of the set begin with; `public_key` is what can be sealed to them.
    """

    slot: str
    set_of: str
    public_key: bytes
    wrapped: bytes
    owner: str


class RecipientSlot(_Slot, frozen=True, tag="recipient"):
    """The secrets sealed to an age public key: `wrapped` is a whole age file."""

    slot: str
    recipient: str
    wrapped: bytes
    owner: str


class PrfSlot(_Slot, frozen=True, tag="webauthn-prf"):
    """The secrets under what a WebAuthn credential gives for `salt` (32 bytes)."""

    slot: str
    credential: bytes
    salt: bytes
    wrapped: bytes
    owner: str


Slot = PassphraseSlot | RecoverySlot | RecipientSlot | PrfSlot
_Kept = TypeVar("_Kept", PassphraseSlot, RecoverySlot, PrfSlot)


def label(study: str, handle: str) -> str:
    """Whose slot it is, told only to who knows the handle already: 16 hexadecimal digits of SHA-256."""
    return hashlib.sha256(f"{study}\n{normal(handle)}".encode()).hexdigest()[:16]


def normal(text: str) -> str:
    """The same letters typed on two systems may arrive composed or decomposed (RFC 8265, 4.2)."""
    return unicodedata.normalize("NFC", text)


def check_passphrase(passphrase: str) -> None:
    """Hold a new passphrase to its least length. Raises `vault.passphrase_short`."""
    if len(normal(passphrase)) < MINIMUM_PASSPHRASE:
        raise AmparoError("vault.passphrase_short", minimum=MINIMUM_PASSPHRASE)


def passphrase_slot(study: str, held: Secrets, way: Passphrase) -> PassphraseSlot:
    """Wrap the secrets under a passphrase. Raises `vault.passphrase_short`."""
    check_passphrase(way.text)
    salt, owner = secrets.token_bytes(_SALT_BYTES), label(study, way.handle)
    bare = PassphraseSlot(_name(), MEMORY_KIB, PASSES, LANES, salt, b"", owner)
    return _wrap(stretch(bare, way.text), study, bare, held)


class Recovery(NamedTuple):
    """A new recovery principal: its slot, the three shares that open it, and its key pair."""

    slot: RecoverySlot
    shares: tuple[str, ...]
    pair: KeyPair


def new_recovery(study: str, root_key: bytes) -> Recovery:
    """A recovery principal with a key of its own, in a slot that two of three new shares open."""
    held, master = Secrets(root_key, secrets.token_bytes(KEY_BYTES)), secrets.token_bytes(KEY_BYTES)
    made, pair = shares.split(master), KeyPair(held.user_key, study)
    bare = RecoverySlot(_name(), shares.set_of(made[0]), pair.public_key, b"", label(study, RECOVERY))
    return Recovery(_wrap(derive(master, study, "recovery"), study, bare, held), made, pair)


def recipient_slot(study: str, held: Secrets, recipient: str, handle: str) -> RecipientSlot:
    """Seal the secrets to an age public key. Raises `vault.bad_recipient`."""
    bare = RecipientSlot(_name(), age.recipient(recipient), b"", label(study, handle))
    sealed = io.BytesIO()
    # age binds nothing but its content, so the slot's own words go inside.
    age.seal(io.BytesIO(_digest(study, bare) + b"".join(held)), sealed.write, [bare.recipient])
    return msgspec.structs.replace(bare, wrapped=sealed.getvalue())


def new_salt() -> bytes:
    """32 random bytes to ask a WebAuthn authenticator's `prf` extension with."""
    return secrets.token_bytes(KEY_BYTES)


def prf_slot(study: str, held: Secrets, way: Prf, salt: bytes, handle: str) -> PrfSlot:
    """Wrap the secrets under what a WebAuthn credential gave for `salt` (see `new_salt`)."""
    bare = PrfSlot(_name(), way.credential, salt, b"", label(study, handle))
    return _wrap(derive(way.output, study, "prf"), study, bare, held)


def stretch(costs: PassphraseSlot, passphrase: str) -> bytes:
    """The 32-byte key that a slot's costs and salt make of a passphrase."""
    secret = normal(passphrase).encode(errors="surrogatepass")
    return hash_secret_raw(
        secret, costs.salt, costs.passes, costs.memory_kib, costs.lanes, KEY_BYTES, Type.ID
    )


def stretch_in_vain(passphrase: str) -> None:
    """Take the time that a wrong passphrase takes."""
    stretch(PassphraseSlot("", MEMORY_KIB, PASSES, LANES, bytes(_SALT_BYTES), b""), passphrase)


def fault(slot: Slot) -> str | None:
    """The code when a slot must not even be tried: weakened, or of a shape Amparo never writes."""
    return _KINDS[type(slot)].fault(slot)


def tried(study: str, slots: tuple[Slot, ...], way: WayIn) -> list[Slot]:
    """The slots that a way in is meant for.

    Raises `vault.which_user` (several people have a passphrase and it names nobody), `vault.bad_identity`,
    `vault.no_recovery`, `vault.shares_other` (all of one other set) and the codes of `shares.check`.
    """
    match way:
        case Passphrase(handle=""):
            found = [slot for slot in slots if isinstance(slot, PassphraseSlot)]
            if len({slot.owner for slot in found}) > 1:
                raise AmparoError("vault.which_user")
        case Passphrase():
            # A slot of version 1 belongs to the founder, and says nothing.
            labels = {label(study, way.handle), "" if way.handle == FOUNDER else None}
            found = [slot for slot in slots if isinstance(slot, PassphraseSlot) and slot.owner in labels]
        case Shares():
            found = [slot for slot in slots if isinstance(slot, RecoverySlot)]
            if not found:
                raise AmparoError("vault.no_recovery")
            sets = {shares.set_of(shares.check(each, number)) for number, each in enumerate(way.typed, 1)}
            if len(sets) == 1 and not sets & {slot.set_of for slot in found}:
                raise AmparoError("vault.shares_other")
        case Identity():
            public = age.public(age.identity(way.text))
            found = [slot for slot in slots if isinstance(slot, RecipientSlot) and slot.recipient == public]
        case Prf():
            found = [
                slot for slot in slots if isinstance(slot, PrfSlot) and slot.credential == way.credential
            ]
    return list(found)


def unwrap(study: str, slot: Slot, way: WayIn) -> Secrets | None:
    """What the slot wraps, or None where the way in does not open it. Raises the codes of `shares.join`."""
    return _KINDS[type(slot)].open(study, slot, way)


def _name() -> str:
    return secrets.token_hex(8)


def _bound(study: str, slot: Slot) -> bytes:
    return msgspec.json.encode((study, msgspec.structs.replace(slot, wrapped=b"")))


def _digest(study: str, slot: Slot) -> bytes:
    return hashlib.sha256(_bound(study, slot)).digest()


def _wrap(key: bytes, study: str, bare: _Kept, held: Secrets) -> _Kept:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    wrapped = AESGCM(key).encrypt(nonce, b"".join(held), _bound(study, bare))
    return msgspec.structs.replace(bare, wrapped=nonce + wrapped)


def _unwrap(key: bytes, study: str, slot: Slot) -> Secrets | None:
    nonce, wrapped = slot.wrapped[:_NONCE_BYTES], slot.wrapped[_NONCE_BYTES:]
    try:
        held = AESGCM(key).decrypt(nonce, wrapped, _bound(study, slot))
    except InvalidTag:
        return None
    return Secrets(held[:KEY_BYTES], held[KEY_BYTES:])


def _passphrase_fault(slot: PassphraseSlot) -> str | None:
    if slot.memory_kib < MEMORY_KIB or slot.passes < PASSES:
        return "vault.slot_weak"
    costly = slot.memory_kib > _MOST_MEMORY_KIB or slot.passes > _MOST_PASSES
    shaped = len(slot.salt) == _SALT_BYTES and len(slot.wrapped) in {_WRAPPED, _FIRST_WRAPPED}
    return None if shaped and not costly and 1 <= slot.lanes <= _MOST_LANES else "vault.slots_tampered"


def _open_passphrase(study: str, slot: PassphraseSlot, way: Passphrase) -> Secrets | None:
    return _unwrap(stretch(slot, way.text), study, slot)


def _recovery_fault(slot: RecoverySlot) -> str | None:
    shaped = len(slot.public_key) == KEY_BYTES and len(slot.wrapped) == _WRAPPED
    return None if shaped else "vault.slots_tampered"


def _open_recovery(study: str, slot: RecoverySlot, way: Shares) -> Secrets | None:
    return _unwrap(derive(shares.join(way.typed), study, "recovery"), study, slot)


def _recipient_fault(slot: RecipientSlot) -> str | None:
    try:
        known = age.recipient(slot.recipient) == slot.recipient
    except AmparoError:
        known = False
    return None if known and len(slot.wrapped) <= _MOST_AGE else "vault.slots_tampered"


def _open_recipient(study: str, slot: RecipientSlot, way: Identity) -> Secrets | None:
    opened = io.BytesIO()
    try:
        age.unseal(io.BytesIO(slot.wrapped), opened.write, age.identity(way.text))
    except (age.UnreadableError, age.NotForThisKeyError):
        return None
    digest = _digest(study, slot)
    content = opened.getvalue()
    bound, held = content[: len(digest)], content[len(digest) :]
    if not hmac.compare_digest(bound, digest) or len(held) != 2 * KEY_BYTES:
        return None
    return Secrets(held[:KEY_BYTES], held[KEY_BYTES:])


def _prf_fault(slot: PrfSlot) -> str | None:
    sized = 1 <= len(slot.credential) <= _MOST_CREDENTIAL and len(slot.salt) == KEY_BYTES
    return None if sized and len(slot.wrapped) == _WRAPPED else "vault.slots_tampered"


def _open_prf(study: str, slot: PrfSlot, way: Prf) -> Secrets | None:
    return _unwrap(derive(way.output, study, "prf"), study, slot)


class _Kind(NamedTuple):
    fault: Callable[[Any], str | None]
    open: Callable[[str, Any, Any], Secrets | None]


_KINDS: dict[type[Slot], _Kind] = {
    PassphraseSlot: _Kind(_passphrase_fault, _open_passphrase),
    RecoverySlot: _Kind(_recovery_fault, _open_recovery),
    RecipientSlot: _Kind(_recipient_fault, _open_recipient),
    PrfSlot: _Kind(_prf_fault, _open_prf),
}
