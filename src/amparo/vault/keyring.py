"""The database keys this process holds: in memory only, never in settings or the environment."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from pathlib import Path

from amparo.errors import AmparoError
from amparo.vault import holders

_PR_SET_DUMPABLE = 4
_held: dict[str, bytes] = {}


def hold(database: Path, key: bytes) -> None:
    """Let this process open `database`, a study's, with its 32-byte key.

    The process is hardened first, and `amparo lock` finds it from then on. Raises `vault.cannot_write`.
    """
    harden()
    holders.register(database.parent)
    pin(key)
    _held[os.path.realpath(database)] = key


def key_for(database: Path | str) -> bytes:
    """The held key of a database file. Raises `vault.locked` when this process holds none."""
    try:
        return _held[os.path.realpath(database)]
    except KeyError:
        raise AmparoError("vault.locked") from None


def drop(database: Path | None = None) -> None:
    """Forget one database's key, or all. Copies survive in memory: ending the process is what locks."""
    for name in list(_held) if database is None else [os.path.realpath(database)]:
        _held.pop(name, None)
        holders.release(Path(name).parent)


def pin(secret: bytes) -> bool:
    """Keep the memory of these bytes out of the swap file; tells whether the system allowed it.

    Only this one copy: the libraries that use a key make their own. The bytes must live on.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    address = ctypes.cast(ctypes.c_char_p(secret), ctypes.c_void_p)
    return libc.mlock(address, ctypes.c_size_t(len(secret))) == 0


def harden() -> None:
    """No core dump of this process; on Linux no other process of the same user may read its memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
