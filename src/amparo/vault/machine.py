"""What this machine does with the memory and the disk that keys lie on, as far as it tells."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

Kept = Literal["none", "encrypted", "plain", "unknown"]

_BLOCKS = Path("/sys/dev/block")
_SWAPS = Path("/proc/swaps")
_MOUNTS = Path("/proc/self/mountinfo")
_M_ARENA_MAX = -8  # malloc.h
_PATIENCE = 5.0  # seconds
_OTHERS = 0o077  # permission bits of the group and of everybody


def share_arenas(number: int) -> None:
    """Let all threads take their memory from so many arenas; only glibc has them."""
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, number)


def give_back() -> None:
    """Give memory that is free again back to the system; only glibc keeps it."""
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def disk(path: Path) -> Kept:
    """Whether the disk under `path` is encrypted by the system: LUKS (Linux), FileVault (macOS)."""
    if sys.platform == "darwin":
        return _file_vault()
    device = _device(path)
    return "unknown" if device is None else _of_block(device)


def swap() -> Kept:
    """Whether memory that the system puts aside reaches a disk, and whether it is encrypted there."""
    if sys.platform == "darwin":
        return "encrypted"  # always, since macOS 10.7
    try:
        lines = _SWAPS.read_text("utf-8").splitlines()[1:]
    except OSError:
        return "unknown"
    found = {_of_swap(Path(line.split()[0].replace("\\040", " "))) for line in lines} - {"none"}
    for worst in ("plain", "unknown", "encrypted"):
        if worst in found:
            return worst
    return "none"


def core_dumps() -> bool:
    """Whether a crash of this process may write its memory to a file."""
    return resource.getrlimit(resource.RLIMIT_CORE)[0] != 0


def open_to_others(folder: Path) -> int:
    """How many files and folders of a study others than its owner may read, enter or write.

    In a folder closed to others nothing is within their reach.
    """
    if not folder.stat().st_mode & _OTHERS:
        return 0
    found = (folder, *folder.rglob("*"))
    return sum(bool(path.lstat().st_mode & _OTHERS) for path in found if not path.is_symlink())


def _of_swap(place: Path) -> Kept:
    if place.name.startswith("zram"):
        return "none"  # compressed in memory
    try:
        found = place.stat()
    except OSError:
        return "unknown"
    device = found.st_rdev or None
    return disk(place) if device is None else _of_block(device)


def _device(path: Path) -> int | None:
    """The block device a path lies on, also where a file system shows a number of its own (btrfs)."""
    number = path.stat().st_dev
    if os.major(number):
        return number
    for mounted, source in _mounts():
        if mounted == number:
            try:
                return Path(source).stat().st_rdev or None
            except OSError:
                return None
    return None


def _mounts() -> Iterator[tuple[int, str]]:
    """Device number and source of what is mounted (proc(5), mountinfo)."""
    try:
        lines = _MOUNTS.read_text("utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        before, _, after = line.partition(" - ")
        major, _, minor = before.split()[2].partition(":")
        yield os.makedev(int(major), int(minor)), after.split()[1]


def _of_block(device: int) -> Kept:
    """Encrypted where the device is a dm-crypt mapping, or every device under it is."""
    place = _BLOCKS / f"{os.major(device)}:{os.minor(device)}"
    if not place.exists():
        return "unknown"
    return _of_mapping(place)


def _of_mapping(place: Path) -> Kept:
    try:
        if (place / "dm" / "uuid").read_text("utf-8").startswith("CRYPT-"):
            return "encrypted"
    except OSError:
        pass
    below = list((place / "slaves").glob("*"))
    return "encrypted" if below and all(_of_mapping(each) == "encrypted" for each in below) else "plain"


def _file_vault() -> Kept:
    try:
        said = subprocess.run(
            ["/usr/bin/fdesetup", "isactive"], capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return "encrypted" if said.stdout.strip() == "true" else "plain"
