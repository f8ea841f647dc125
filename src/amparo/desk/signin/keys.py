"""Security keys (WebAuthn): what the browser is asked, and what its answer proves.

A key with the `prf` extension gives 32 secret bytes for a salt and so opens the study without a passphrase.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from django.conf import settings
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import InvalidAuthenticationResponse, InvalidRegistrationResponse
from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

from amparo.errors import AmparoError
from amparo.study.accounts.factors import Credential
from amparo.vault import slots
from amparo.vault.slots import PrfSlot

RP_ID = "localhost"
_PRF = 32  # bytes a key gives for a salt


def to_register(handle: str, salt: bytes) -> tuple[str, bytes]:
    """Options for a new key, as JSON, and the challenge in them."""
    options = generate_registration_options(
        rp_id=RP_ID, rp_name="Amparo", user_name=handle, user_id=hashlib.sha256(handle.encode()).digest()
    )
    told = json.loads(options_to_json(options))
    told["extensions"] = {"prf": {"eval": {"first": bytes_to_base64url(salt)}}}
    return json.dumps(told), options.challenge


def registered(answer: dict[str, Any], challenge: bytes, origin: str) -> Credential:
    """The key that answered. Raises `accounts.wrong_key`."""
    try:
        found = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=RP_ID,
            expected_origin=origin,
        )
    except (InvalidRegistrationResponse, KeyError, ValueError):
        raise AmparoError("accounts.wrong_key") from None
    prf = output_of(answer) is not None
    return Credential(found.credential_id, found.credential_public_key, found.sign_count, prf)


def to_show(credentials: list[tuple[bytes, bytes | None]]) -> tuple[str, bytes]:
    """Options to show one of these keys (id and, where it opens the study, salt), and their challenge."""
    options = generate_authentication_options(
        rp_id=RP_ID,
        allow_credentials=[PublicKeyCredentialDescriptor(id=each) for each, _ in credentials],
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    told = json.loads(options_to_json(options))
    salts = {
        bytes_to_base64url(each): {"first": bytes_to_base64url(salt)} for each, salt in credentials if salt
    }
    if salts:
        told["extensions"] = {"prf": {"evalByCredential": salts}}
    return json.dumps(told), options.challenge


def shown(answer: dict[str, Any], known: Credential, challenge: bytes, origin: str) -> Credential:
    """The key after it was shown, with its counter as it is now. Raises `accounts.wrong_key`."""
    try:
        found = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=RP_ID,
            expected_origin=origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.counter,
        )
    except (InvalidAuthenticationResponse, KeyError, ValueError):
        raise AmparoError("accounts.wrong_key") from None
    return Credential(known.credential, known.public_key, found.new_sign_count, known.prf)


def id_of(answer: dict[str, Any]) -> bytes:
    """The id of the key that answered. Raises `accounts.wrong_key`."""
    try:
        return base64url_to_bytes(answer["rawId"])
    except (KeyError, TypeError, ValueError):
        raise AmparoError("accounts.wrong_key") from None


def output_of(answer: dict[str, Any]) -> bytes | None:
    """What the `prf` extension gave, if it gave anything."""
    try:
        text = answer["clientExtensionResults"]["prf"]["results"]["first"]
        output = base64url_to_bytes(text)
    except (KeyError, TypeError, ValueError):
        return None
    return output if len(output) == _PRF else None


def prf_slots(handle: str) -> list[tuple[bytes, bytes | None]]:
    """Ids and salts of the keys that open the study for a handle; of nobody, one that is like them.

    Who asks must not learn from the answer whether the handle exists.
    """
    header = slots.read(settings.AMPARO_GATE.path)
    owner = slots.label(header.study, handle)
    found: list[tuple[bytes, bytes | None]] = [
        (slot.credential, slot.salt)
        for slot in header.slots
        if isinstance(slot, PrfSlot) and slot.owner == owner
    ]
    return found or [(_like(handle, b"credential"), _like(handle, b"salt"))]


def _like(handle: str, purpose: bytes) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), purpose + handle.encode(), "sha256")
