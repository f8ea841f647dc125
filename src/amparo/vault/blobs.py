"""Sealed source files: each under a key of its own, named by a keyed hash of its content.

A file holds its key sealed under its compartment's key, then a libsodium secretstream (XChaCha20-Poly1305)
in chunks of 64 KiB whose last one is marked, so a cut, a swap or an added chunk does not open. The name is
BLAKE2b under the compartment's key: a plain hash would tell a thief, or an administrator, which known file
is inside.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from pathlib import Path

from nacl import bindings as sodium
from nacl.exceptions import CryptoError

from amparo.errors import AmparoError
from amparo.vault import envelope
from amparo.vault.files import BLOBS, refusing, sync, write_whole
from amparo.vault.folder import Opened, writing
from amparo.vault.keys import KEY_BYTES, derive

CHUNK_BYTES = 64 * 1024
_SEALED_CHUNK = CHUNK_BYTES + sodium.crypto_secretstream_xchacha20poly1305_ABYTES
_WRAPPED = envelope.NONCE_BYTES + KEY_BYTES + 16
_BODY = _WRAPPED + sodium.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_MORE = sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_LAST = sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_TABLE = "blob"


def name_of(opened: Opened, key: bytes, content: bytes) -> str:
    """The name `content` has under a compartment's key: nobody without the key can test it."""
    own = derive(key, opened.study_id, "blob name")
    return hashlib.blake2b(content, key=own, digest_size=32).hexdigest()


def put(opened: Opened, key: bytes, content: bytes) -> str:
    """Keep `content` sealed under a compartment's key, durable; give its name.

    The same content is kept once under one key.

    Raises `vault.in_use`, `vault.disk_full`, `vault.cannot_write`.
    """
    name = name_of(opened, key, content)
    with writing(opened):
        try:
            get(opened, key, name)
        except AmparoError:
            path = _path(opened, name)
            with refusing(path):
                path.parent.mkdir(mode=0o700, exist_ok=True)
                sync(path.parent.parent)
            write_whole(path, _seal(key, name, content))
    return name


def get(opened: Opened, key: bytes, name: str) -> bytes:
    """The content kept under `name` with this key. Raises `vault.blob_missing`, `vault.blob_damaged`."""
    try:
        sealed = _path(opened, name).read_bytes()
    except FileNotFoundError:
        raise AmparoError("vault.blob_missing", name=name) from None
    try:
        return _open(key, name, sealed)
    except (AmparoError, CryptoError, ValueError, RuntimeError):
        raise AmparoError("vault.blob_damaged", name=name) from None


def digest(opened: Opened, name: str) -> str | None:
    """SHA-256, hexadecimal, of a sealed file as it lies on the disk; None where it is gone. Opens nothing."""
    try:
        with _path(opened, name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def sweep(opened: Opened, known: Collection[str]) -> int:
    """Remove files that no known name stands for, such as a kill leaves; tell how many. `vault.in_use`."""
    removed = 0
    with writing(opened), refusing(opened.path):
        for path in (opened.path / BLOBS).glob("*/*"):
            if path.name not in known:
                path.unlink()
                removed += 1
    return removed


def _path(opened: Opened, name: str) -> Path:
    if not re.fullmatch(r"[0-9a-f]{64}", name):
        raise AmparoError("vault.blob_missing", name=name)
    return opened.path / BLOBS / name[:2] / name


def _seal(compartment_key: bytes, name: str, content: bytes) -> bytes:
    key = envelope.new_key()
    wrapped = envelope.seal(compartment_key, key, table=_TABLE, row=name, field=envelope.KEY_FIELD)
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    parts = [wrapped, sodium.crypto_secretstream_xchacha20poly1305_init_push(state, key)]
    final = max(0, len(content) - 1) // CHUNK_BYTES * CHUNK_BYTES
    for at in range(0, final + 1, CHUNK_BYTES):
        chunk, tag = content[at : at + CHUNK_BYTES], _LAST if at == final else _MORE
        parts.append(sodium.crypto_secretstream_xchacha20poly1305_push(state, chunk, None, tag))
    return b"".join(parts)


def _open(compartment_key: bytes, name: str, sealed: bytes) -> bytes:
    key = envelope.open_sealed(
        compartment_key, sealed[:_WRAPPED], table=_TABLE, row=name, field=envelope.KEY_FIELD
    )
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    sodium.crypto_secretstream_xchacha20poly1305_init_pull(state, sealed[_WRAPPED:_BODY], key)
    parts, tag = [], _MORE
    for at in range(_BODY, len(sealed), _SEALED_CHUNK):
        if tag == _LAST:
            raise ValueError("bytes after the last chunk")
        part, tag = sodium.crypto_secretstream_xchacha20poly1305_pull(state, sealed[at : at + _SEALED_CHUNK])
        parts.append(part)
    if tag != _LAST:
        raise ValueError("no last chunk")
    return b"".join(parts)
