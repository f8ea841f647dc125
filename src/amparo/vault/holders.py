"""Which processes hold a study's keys, and how they are ended: that is what locks a study.

Each holder keeps a POSIX record lock on the file `holders`. The system itself says who holds it, and lets go
of it when the process ends however it ends, so nobody is told of by mistake: neither a process that was
killed nor another one that got its number since. The file itself stays empty.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path

from amparo.errors import AmparoError
from amparo.vault.files import HOLDERS, refusing

_PATIENCE = 0.5  # seconds that a process asked to end gets before it is killed
_GIVEN_UP = 5.0  # seconds after which a killed process that is still there is told of
# struct flock: type, whence, start, length and process, in the order of each system.
_LINUX, _MACOS = "hhqqi0q", "qqihh0q"

# Folders whose keys this process holds: real path -> descriptor of the locked file. Closing any descriptor
# of that file would give the lock up, so nothing else here opens it.
_held: dict[str, int] = {}


def register(study: Path) -> None:
    """Let others see that this process holds the study's keys. Raises `vault.cannot_write`."""
    name = os.path.realpath(study)
    with refusing(study):
        if name not in _held:
            _held[name] = os.open(study / HOLDERS, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.lockf(_held[name], fcntl.LOCK_SH | fcntl.LOCK_NB)


def release(study: Path) -> None:
    """This process holds the study's keys no more."""
    descriptor = _held.pop(os.path.realpath(study), None)
    if descriptor is not None:
        os.close(descriptor)


def end_others(study: Path) -> int:
    """End every other process that holds the study's keys; how many. They are gone when this returns.

    Raises `vault.no_study`, `vault.holder_stays` for a process that this user may not end, or that does not
    end.
    """
    name = os.path.realpath(study)
    try:
        descriptor = _held[name] if name in _held else os.open(study / HOLDERS, os.O_RDWR)
    except NotADirectoryError:
        raise AmparoError("vault.no_study", path=str(study)) from None
    except FileNotFoundError:
        return 0  # no process has held keys here yet
    try:
        ended = 0
        while (process := _holder(descriptor)) is not None:
            _end(descriptor, process)
            ended += 1
        return ended
    finally:
        if name not in _held:
            os.close(descriptor)


def _end(descriptor: int, process: int) -> None:
    """Ask the process to end, then kill it, and wait until it has let go."""
    stays = AmparoError("vault.holder_stays", process=process)
    if process <= 0:
        raise stays  # of another machine, or of another container on this one
    handle = None
    try:
        # The handle stays with this very process; asked again, the system says that it is still the holder.
        handle = os.pidfd_open(process) if sys.platform == "linux" else None
        started = time.monotonic()
        for number, until in ((signal.SIGTERM, _PATIENCE), (signal.SIGKILL, _GIVEN_UP)):
            if _holder(descriptor) != process:
                return
            if handle is not None and sys.platform == "linux":
                signal.pidfd_send_signal(handle, number)
            else:
                os.kill(process, number)
            while time.monotonic() - started < until:
                if _holder(descriptor) != process:
                    return
                _wait(handle)
    except ProcessLookupError:
        return
    except PermissionError:
        raise stays from None
    finally:
        if handle is not None:
            os.close(handle)
    raise stays


def _wait(handle: int | None) -> None:
    if handle is None:
        time.sleep(0.01)
    else:
        select.select([handle], [], [], 0.05)


def _holder(descriptor: int) -> int | None:
    """A process other than this one that holds the lock."""
    if sys.platform == "darwin":
        asked = struct.pack(_MACOS, 0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET)
        _, _, process, kind, _ = struct.unpack(_MACOS, fcntl.fcntl(descriptor, fcntl.F_GETLK, asked))
    else:
        asked = struct.pack(_LINUX, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        kind, _, _, _, process = struct.unpack(_LINUX, fcntl.fcntl(descriptor, fcntl.F_GETLK, asked))
    return None if kind == fcntl.F_UNLCK else process


def _inherit() -> None:
    # A forked child has a copy of the keys, but the lock is its parent's.
    for descriptor in _held.values():
        with suppress(OSError):
            fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)


os.register_at_fork(after_in_child=_inherit)
