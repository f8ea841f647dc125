"""Keys made from the root key, one for each purpose (HKDF-SHA256, RFC 5869)."""

from __future__ import annotations

from typing import Literal

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32

Purpose = Literal[
    "database",  # SQLCipher's raw key
    "blobs",  # schema 1: wrapped the key of each sealed file
    "compartments",  # schema 1: wrapped the compartment's key
    "slots",  # authenticates the slot file
    "signature",  # of a person's own key: their key pair
    "blob name",  # of a compartment's key: names of sealed files
    "erased rows",  # of a compartment's key: recognises rows that were erased
    "actor",  # of a compartment's key: the same actor gets the same id
    "recovery",  # of what two recovery shares give: wraps the recovery principal's secrets
    "prf",  # of what a WebAuthn credential gives: wraps a person's secrets
]


def derive(key: bytes, study_id: str, purpose: Purpose) -> bytes:
    """A 32-byte key for one purpose from the study's root key, a person's or a compartment's."""
    salt, info = bytes.fromhex(study_id), f"amparo/1/{purpose}".encode()
    return HKDF(SHA256(), KEY_BYTES, salt=salt, info=info).derive(key)
