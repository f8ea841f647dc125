"""age (age-encryption.org/v1) with X25519 keys, as texts: the one door to its library.

age seals in chunks of 64 KiB whose last one is marked: a cut, a change or another order does not open.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, Protocol

import pyrage

from amparo.errors import AmparoError

_age: Any = pyrage  # compiled: it tells type checkers nothing


class Reads(Protocol):
    """What can be read from."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""


class UnreadableError(Exception):
    """What was to be opened is not an age stream, or was cut, changed or put in another order."""


class NotForThisKeyError(Exception):
    """The stream is sealed to others."""


def recipient(text: str) -> str:
    """The age public key (`age1…`) in a text. Raises `vault.bad_recipient`."""
    try:
        return str(_age.x25519.Recipient.from_str(text.strip()))
    except _age.RecipientError:
        raise AmparoError("vault.bad_recipient") from None


def identity(text: str) -> str:
    """The secret key (`AGE-SECRET-KEY-1…`) in an age identity file that holds one.

    Raises `vault.bad_identity`.
    """
    lines = (line.strip() for line in text.splitlines())
    try:
        (secret,) = [line for line in lines if line and not line.startswith("#")]
        return str(_age.x25519.Identity.from_str(secret))
    except (ValueError, _age.IdentityError):
        raise AmparoError("vault.bad_identity") from None


def new_identity() -> str:
    """A new secret key."""
    return str(_age.x25519.Identity.generate())


def public(secret: str) -> str:
    """The public key of a secret key."""
    return str(_age.x25519.Identity.from_str(secret).to_public())


def seal(reader: Reads, write: Callable[[bytes], int], recipients: Sequence[str]) -> None:
    """Write what `reader` gives, sealed to every recipient. Raises what reading and writing raise."""
    failures: list[BaseException] = []
    keys = [_age.x25519.Recipient.from_str(each) for each in recipients]
    source = SimpleNamespace(read=_noting(reader.read, failures))
    target = SimpleNamespace(write=_noting(write, failures), flush=lambda: None)
    try:
        _age.encrypt_io(source, target, keys)
    except _age.EncryptError:
        if failures:
            # The library tells of a failure of ours by its words alone.
            raise failures[0] from None
        raise


def unseal(reader: Reads, write: Callable[[bytes], object], secret: str) -> None:
    """Write what `reader` gives, opened. What was written holds only once this has returned.

    Raises `UnreadableError`, `NotForThisKeyError`, and what reading and writing raise.
    """
    key = _age.x25519.Identity.from_str(secret)
    failures: list[BaseException] = []
    source = SimpleNamespace(read=_noting(reader.read, failures))
    target = SimpleNamespace(write=_noting(write, failures), flush=lambda: None)
    try:
        _age.decrypt_io(source, target, [key])
    except (_age.DecryptError, OSError) as error:
        if failures:
            raise failures[0] from None
        # Its one kind of error; of a chunk that does not open it tells as of an input error.
        other = "No matching keys" in str(error)
        raise (NotForThisKeyError if other else UnreadableError) from None


def _noting(call: Callable[..., Any], failures: list[BaseException]) -> Callable[..., Any]:
    def noting(*args: Any) -> Any:
        try:
            return call(*args)
        except BaseException as error:
            failures.append(error)
            raise

    return noting
