"""Sealing of values: compartment key -> record key -> field, each bound to its place.

Every ciphertext is nonce (12 bytes) + AES-256-GCM (NIST SP 800-38D) with table, row, field and key version
as associated data, so a value moved to another row or field does not open. Nonces are random: one key may
seal 2**32 values (SP 800-38D, 8.3), far more than a compartment has records.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from amparo.errors import AmparoError
from amparo.vault.keys import KEY_BYTES

NONCE_BYTES = 12
# The field under which a row's own key is sealed; no column may have this name.
KEY_FIELD = "#key"

Row = str | int


def new_key() -> bytes:
    """32 random bytes from the system."""
    return os.urandom(KEY_BYTES)


def seal(key: bytes, plaintext: bytes, *, table: str, row: Row, field: str, version: int = 1) -> bytes:
    """Seal one value to its place; `version` is that of the compartment's key."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, _place(table, row, field, version))


def open_sealed(key: bytes, sealed: bytes, *, table: str, row: Row, field: str, version: int = 1) -> bytes:
    """The value sealed to this place. Raises `vault.tampered` for another key, place or byte."""
    try:
        place = _place(table, row, field, version)
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
    except (InvalidTag, ValueError):
        raise AmparoError("vault.tampered", table=table, row=row, field=field) from None


def seal_rows(
    compartment_key: bytes, rows: Sequence[tuple[Row, Mapping[str, bytes]]], *, table: str, version: int = 1
) -> list[tuple[bytes, dict[str, bytes]]]:
    """Seal many rows, each under a new key of its own.

    `rows` are (row id, field -> plaintext); the answer, in the same order, is (the row's key sealed under
    the compartment's, field -> sealed). Destroying the first makes the second unreadable for ever.
    """
    wrap = AESGCM(compartment_key).encrypt
    sealed = []
    for row, fields in rows:
        # One draw from the system for the key, its nonce and the fields' nonces.
        drawn = os.urandom(KEY_BYTES + NONCE_BYTES * (1 + len(fields)))
        at = KEY_BYTES + NONCE_BYTES
        key, nonce = drawn[:KEY_BYTES], drawn[KEY_BYTES:at]
        wrapped = nonce + wrap(nonce, key, _place(table, row, KEY_FIELD, version))
        encrypt = AESGCM(key).encrypt
        values = {}
        for field, plaintext in fields.items():
            nonce = drawn[at : at + NONCE_BYTES]
            values[field] = nonce + encrypt(nonce, plaintext, _place(table, row, field, version))
            at += NONCE_BYTES
        sealed.append((wrapped, values))
    return sealed


def open_rows(
    compartment_key: bytes,
    rows: Sequence[tuple[Row, bytes, Mapping[str, bytes]]],
    *,
    table: str,
    version: int = 1,
) -> list[dict[str, bytes]]:
    """Open many rows given as (row id, sealed key, field -> sealed). Raises `vault.tampered`."""
    unwrap = AESGCM(compartment_key).decrypt
    opened = []
    row: Row = ""
    field = KEY_FIELD
    try:
        for row, wrapped, fields in rows:
            field = KEY_FIELD
            place = _place(table, row, KEY_FIELD, version)
            decrypt = AESGCM(unwrap(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], place)).decrypt
            values = {}
            for field, value in fields.items():
                place = _place(table, row, field, version)
                values[field] = decrypt(value[:NONCE_BYTES], value[NONCE_BYTES:], place)
            opened.append(values)
    except (InvalidTag, ValueError):
        raise AmparoError("vault.tampered", table=table, row=row, field=field) from None
    return opened


def _place(table: str, row: Row, field: str, version: int) -> bytes:
    # Lengths before the parts: no two places give the same bytes. A number and its digits are one row.
    row = str(row)
    return f"{len(table)}:{table}{len(row)}:{row}{len(field)}:{field}{version}".encode()
