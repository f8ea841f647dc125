"""The database keys this process holds: in memory only, never in settings or the environment."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from pathlib import Path

from amparo.errors import AmparoError

_PR_SET_DUMPABLE = 4
_held: dict[str, bytes] = {}


def hold(database: Path, key: bytes) -> None:
    """Let this process open `database` with its 32-byte key; the process is hardened first."""
    harden()
    _held[os.path.realpath(database)] = key


def key_for(database: Path | str) -> bytes:
    """The held key of a database file. Raises `vault.locked` when this process holds none."""
    try:
        return _held[os.path.realpath(database)]
    except KeyError:
        raise AmparoError("vault.locked") from None


def drop(database: Path | None = None) -> None:
    """Forget one database's key, or all. Copies survive in memory: ending the process is what locks."""
    if database is None:
        _held.clear()
    else:
        _held.pop(os.path.realpath(database), None)


def harden() -> None:
    """No core dump of this process; on Linux no other process of the same user may read its memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
