"""A whole study in one file: a tar archive inside an age stream, sealed to the recipients of backups.

`manifest.json` comes first and names every other member with its size and SHA-256. A reader takes those bytes
in that order and nothing else: links, devices, paths and whatever more a tar archive can say are refused
unread, though any tar program unpacks what is written here.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import shutil
import tarfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from amparo.errors import AmparoError
from amparo.runs import Progress, silent
from amparo.vault import age
from amparo.vault.audit import Head
from amparo.vault.files import BLOBS, DATABASE, SLOTS

VERSION = 1
_MANIFEST = "manifest.json"
_MOST_MANIFEST = 64 << 20  # bytes: some 400,000 sealed files
_MOST_SLOTS = 16 << 20
_BLOCK = 1 << 20
_RECORD = tarfile.BLOCKSIZE
_END = bytes(2 * _RECORD)
_BLOB = re.compile(rf"{BLOBS}/([0-9a-f]{{2}})/\1[0-9a-f]{{62}}")


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of the study: its name below the folder, size in bytes and SHA-256, hexadecimal."""

    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup holds: of which study (SHA-256 of its id), when, up to which act, and each file.

    `slots` is the generation of the slot file.
    """

    version: int
    amparo: str
    schema: int
    study: str
    at: str  # ISO 8601, UTC
    head: Head
    slots: int
    members: tuple[Member, ...]

    @property
    def size(self) -> int:
        """Bytes of all members."""
        return sum(member.size for member in self.members)


def members(folder: Path) -> tuple[Member, ...]:
    """The files of a study's folder that a backup keeps, hashed."""
    blobs = (path.relative_to(folder).as_posix() for path in (folder / BLOBS).glob("*/*"))
    described = []
    for name in (DATABASE, SLOTS, *sorted(filter(_BLOB.fullmatch, blobs))):
        with (folder / name).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            described.append(Member(name, file.tell(), digest))
    return tuple(described)


def seal(
    folder: Path, manifest: Manifest, recipients: Sequence[str], out: BinaryIO, progress: Progress = silent
) -> None:
    """Write the manifest's members, read from `folder`, into `out`. Raises what reading or writing does."""
    blocks = io.BufferedReader(_Blocks(_tar(folder, manifest, progress)), _BLOCK)
    age.seal(blocks, out.write, recipients)


def unpack(
    file: BinaryIO, secret: str, path: Path, into: Path | None = None, progress: Progress = silent
) -> Manifest:
    """Open a backup and check every byte of it; with `into`, write its files there.

    `path` is where the backup is said to stand when it is refused. Raises `vault.backup_not_yours`,
    `vault.backup_damaged`, `vault.newer`, and `vault.disk_full` before any file is written. What stands in
    `into` holds only once this has returned.
    """
    sink = _Sink(_members(path, into, progress))
    try:
        age.unseal(file, sink.write, secret)
        return sink.ended()
    except age.NotForThisKeyError:
        raise AmparoError("vault.backup_not_yours", path=str(path)) from None
    except (age.UnreadableError, _UnsoundError):
        raise AmparoError("vault.backup_damaged", path=str(path)) from None


class _UnsoundError(Exception):
    """The archive is not what this module writes."""


def _tar(folder: Path, manifest: Manifest, progress: Progress) -> Iterator[bytes]:
    content = msgspec.json.encode(manifest)
    yield _header(_MANIFEST, len(content)) + content + _padding(len(content))
    done, total = 0, manifest.size
    for member in manifest.members:
        yield _header(member.name, member.size)
        left = member.size
        with (folder / member.name).open("rb") as file:
            while block := file.read(min(left, _BLOCK)):
                left -= len(block)
                done += len(block)
                yield block
                progress("backup", done, total)
        if left:
            raise OSError(errno.EIO, os.strerror(errno.EIO), member.name)  # cut short since it was hashed
        yield _padding(member.size)
    yield _END


def _members(path: Path, into: Path | None, progress: Progress) -> Generator[int, bytes, Manifest]:
    """Asks for so many bytes at a time, checks them, and gives the manifest once all have come."""
    header = yield _RECORD
    try:
        size = tarfile.TarInfo.frombuf(header, "ascii", "strict").size
    except (tarfile.HeaderError, UnicodeDecodeError):
        raise _UnsoundError from None
    _hold(0 < size <= _MOST_MANIFEST and header == _header(_MANIFEST, size))
    manifest = _manifest((yield size), path)
    if into is not None and shutil.disk_usage(into).free < manifest.size:
        raise AmparoError("vault.disk_full", path=str(into))
    yield from _exactly(_padding(size))
    if into:
        (into / BLOBS).mkdir(mode=0o700)
    done, total = 0, manifest.size
    for member in manifest.members:
        yield from _exactly(_header(member.name, member.size))
        digest = hashlib.sha256()
        with _made(into / member.name) if into else nullcontext() as file:
            left = member.size
            while left:
                block = yield min(left, _BLOCK)
                digest.update(block)
                if file:
                    file.write(block)
                left -= len(block)
                done += len(block)
                progress("check", done, total)
        _hold(digest.hexdigest() == member.sha256)
        yield from _exactly(_padding(member.size))
    yield from _exactly(_END)
    return manifest


def _manifest(content: bytes, path: Path) -> Manifest:
    try:
        if msgspec.json.decode(content, type=_Version).version > VERSION:
            raise AmparoError("vault.newer", path=str(path))
        manifest = msgspec.json.decode(content, type=Manifest)
    except msgspec.DecodeError:
        raise _UnsoundError from None
    names = [member.name for member in manifest.members]
    _hold(names[:2] == [DATABASE, SLOTS] and names[2:] == sorted(set(names[2:])))
    _hold(all(_BLOB.fullmatch(name) for name in names[2:]))
    _hold(all(member.size >= 0 for member in manifest.members))
    _hold(manifest.members[1].size <= _MOST_SLOTS)  # it is read whole
    return manifest


class _Version(msgspec.Struct):
    version: int


def _exactly(expected: bytes) -> Generator[int, bytes]:
    if expected:
        _hold((yield len(expected)) == expected)


def _hold(sound: bool) -> None:
    if not sound:
        raise _UnsoundError


def _header(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member.tobuf(tarfile.GNU_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % _RECORD)


def _made(path: Path) -> BinaryIO:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


class _Blocks(io.RawIOBase):
    """Blocks of bytes as a stream to read."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._held = blocks, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._held:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._held = memoryview(block)
        size = min(len(buffer), len(self._held))
        buffer[:size], self._held = self._held[:size], self._held[size:]
        return size


class _Sink:
    """Cuts what is written into the pieces that `steps` ask for."""

    def __init__(self, steps: Generator[int, bytes, Manifest]) -> None:
        self._manifest: Manifest | None = None
        self._steps, self._wanted, self._held, self._over = steps, next(steps), bytearray(), False

    def write(self, chunk: bytes) -> int:
        self._held += chunk
        while self._held and len(self._held) >= self._wanted:
            # Nothing may follow the end; after a refusal the library tries again what it held.
            _hold(not self._over)
            piece = bytes(self._held[: self._wanted])
            del self._held[: self._wanted]
            self._over = True
            try:
                self._wanted = self._steps.send(piece)
            except StopIteration as ended:
                self._manifest, self._wanted = ended.value, 0
            else:
                self._over = False
        return len(chunk)

    def ended(self) -> Manifest:
        """The manifest, once everything it names has come."""
        if self._manifest is None:
            raise _UnsoundError
        return self._manifest
