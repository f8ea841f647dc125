"""Keys made from the root key, one for each purpose (HKDF-SHA256, RFC 5869)."""

from __future__ import annotations

from typing import Literal

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32

Purpose = Literal[
    "database",  # SQLCipher's raw key
    "blobs",  # wraps the key of each sealed file
    "blob names",  # keyed hash of a file's content
    "compartments",  # wraps compartment keys
    "audit",  # seed of the key that signs the head of the audit chain
    "slots",  # authenticates the slot file
]


def derive(root_key: bytes, study_id: str, purpose: Purpose) -> bytes:
    """The study's 32-byte key for one purpose; `study_id` is 32 hexadecimal digits."""
    salt, info = bytes.fromhex(study_id), f"amparo/1/{purpose}".encode()
    return HKDF(SHA256(), KEY_BYTES, salt=salt, info=info).derive(root_key)
