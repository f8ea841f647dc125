"""ZIP archives from outside: every member is unpacked piece by piece, and refused before it is too much."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator

from amparo.errors import AmparoError

ZIP = b"PK\x03\x04"
UNPACKED_LIMIT = 1 << 30  # bytes of all members together, as they really unpack
MEMBER_LIMIT = 2_000
RATIO_LIMIT = 200  # XML of real workbooks shrinks 5 to 40 times
RATIO_FROM = 64 << 20  # bytes unpacked below which a high ratio does no harm
_CHUNK = 1 << 18


def pack(files: dict[str, bytes]) -> bytes:
    """Several files that were received together as one, the same bytes every time; nothing is compressed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


class Archive:
    """The members of a ZIP archive by their names, which name nothing on this machine's disk."""

    def __init__(self, content: bytes, file_name: str, *, members: int | None = None) -> None:
        """Look at the directory alone; `members` is how many may be in it, if not the usual number.

        Raises intake.broken, password, links, and bomb where it declares too much or too many members.
        """
        self._content, self._file = content, file_name
        self._total = 0
        try:
            infos = zipfile.ZipFile(io.BytesIO(content)).infolist()
        except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError, UnicodeDecodeError):
            raise AmparoError("intake.broken", file=file_name) from None
        if len(infos) > (members or MEMBER_LIMIT) or sum(info.file_size for info in infos) > UNPACKED_LIMIT:
            raise self._bomb()
        if any(info.flag_bits & 1 for info in infos):
            raise AmparoError("intake.password", file=file_name)
        if any(stat.S_ISLNK(info.external_attr >> 16) for info in infos):
            raise AmparoError("intake.links", file=file_name)
        self._infos = {info.filename: info for info in infos if not info.is_dir()}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the members, in the archive's order."""
        return tuple(self._infos)

    def pieces(self, name: str) -> Iterator[bytes]:
        """Pieces of one member as it really unpacks: `zipfile` would stop at the size the archive declares.

        Raises intake.broken, and intake.bomb once all that was unpacked is too much.
        """
        for piece in self._unpack(self._infos[name]):
            self._total += len(piece)
            if self._total > UNPACKED_LIMIT:
                raise self._bomb()
            if self._total > RATIO_FROM and self._total > RATIO_LIMIT * len(self._content):
                raise self._bomb()
            yield piece

    def read(self, name: str) -> bytes:
        """One member whole. Raises as `pieces`."""
        return b"".join(self.pieces(name))

    def _bomb(self) -> AmparoError:
        return AmparoError("intake.bomb", file=self._file, limit=UNPACKED_LIMIT >> 20)

    def _unpack(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        broken = AmparoError("intake.broken", file=self._file)
        head = self._content[info.header_offset : info.header_offset + 30]
        known = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        if len(head) < 30 or not head.startswith(ZIP) or info.compress_type not in known:
            raise broken
        name_length, extra_length = struct.unpack("<HH", head[26:30])
        start = info.header_offset + 30 + name_length + extra_length
        packed = memoryview(self._content)[start : start + info.compress_size]
        if info.compress_type == zipfile.ZIP_STORED:
            for place in range(0, len(packed), _CHUNK):
                yield bytes(packed[place : place + _CHUNK])
            return
        inflate = zlib.decompressobj(-15)
        try:
            for place in range(0, len(packed), _CHUNK):
                waiting: bytes | memoryview = packed[place : place + _CHUNK]
                while waiting and not inflate.eof:
                    yield inflate.decompress(waiting, _CHUNK)
                    waiting = inflate.unconsumed_tail
            while not inflate.eof:
                piece = inflate.decompress(b"", _CHUNK)
                if not piece:
                    break
                yield piece
        except zlib.error:
            raise broken from None
