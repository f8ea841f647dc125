"""The audit chain: each line's digest covers the line and the digest before it.

An edit, insertion, removal or change of order breaks every digest after it. Cutting lines off the end, or
rolling the whole file back, shows only against a head kept outside the study.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping

import msgspec

from amparo.errors import AmparoError


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One act: its place in the chain from 1 on, when (ISO 8601), who, what, and facts without identity.

    `covers` gives the digest of every row the act wrote, and null for one it ended.
    """

    seq: int
    at: str
    actor: str
    act: str
    facts: Mapping[str, str | int | float | bool | None]
    covers: Mapping[str, str | None] = {}


def digest(previous: str, line: Line) -> str:
    """SHA-256, hexadecimal, over the previous digest (empty for the first line) and the line."""
    content = msgspec.json.encode((previous, line), order="deterministic")
    return hashlib.sha256(content).hexdigest()


def verify(entries: Iterable[tuple[Line, str]]) -> int:
    """Recompute the chain of (line, its digest) in order; give its length.

    Raises `vault.audit_broken` with the first place that does not hold.
    """
    length, previous = 0, ""
    for line, kept in entries:
        if line.seq != length + 1 or not hmac.compare_digest(digest(previous, line), kept):
            raise AmparoError("vault.audit_broken", seq=length + 1)
        length, previous = line.seq, kept
    return length
