"""What is written comes back whole; anything else, by damage or by malice, is refused with one sentence."""

import copy
import hashlib
import io
import random
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from amparo.errors import AmparoError
from amparo.vault import age, archive
from amparo.vault.archive import Manifest, Member
from amparo.vault.audit import Head

SECRET, SECOND = age.new_identity(), age.new_identity()
BLOBS = {
    f"blobs/{digit * 2}/{digit * 64}": size
    for digit, size in {"0": 0, "1": 1, "2": 511, "9": 512, "a": 513, "f": 200_000}.items()
}
PLACE = Path("synthetic.age")


def manifest(folder: Path) -> Manifest:
    return Manifest(
        1, "0", 7, "ab" * 32, "2026-01-01T00:00:00+00:00", Head(3, "cd" * 32), 5, archive.members(folder)
    )


def sealed(folder: Path) -> bytes:
    out = io.BytesIO()
    archive.seal(folder, manifest(folder), [age.public(SECRET), age.public(SECOND)], out)
    return out.getvalue()


def unpack(content: bytes, into: Path | None = None, secret: str = SECRET) -> Manifest:
    return archive.unpack(io.BytesIO(content), secret, PLACE, into)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("folder")
    for name, size in {"study.db": 300_000, "slots.json": 700, **BLOBS}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(random.Random(name).randbytes(size))  # noqa: S311  (no key)
    return folder


@pytest.fixture(scope="module")
def whole(folder: Path) -> bytes:
    return sealed(folder)


@pytest.mark.parametrize("secret", [SECRET, SECOND], ids=["first", "second"])
def test_what_was_sealed_comes_back_byte_for_byte(
    folder: Path, whole: bytes, tmp_path: Path, secret: str
) -> None:
    assert unpack(whole, tmp_path, secret) == unpack(whole, None, secret) == manifest(folder)
    assert files(tmp_path) == files(folder)
    assert {path.stat().st_mode & 0o077 for path in tmp_path.rglob("*")} == {0}


def test_what_a_killed_writing_left_among_the_files_stays_behind(folder: Path, tmp_path: Path) -> None:
    left = folder / "blobs" / "00" / ".tmp-left"
    left.write_bytes(b"half")
    try:
        unpack(sealed(folder), tmp_path)
    finally:
        left.unlink()
    assert files(tmp_path) == files(folder)


def test_any_tar_program_unpacks_it(folder: Path, whole: bytes) -> None:
    opened = io.BytesIO()
    age.unseal(io.BytesIO(whole), opened.write, SECRET)
    opened.seek(0)
    with tarfile.open(fileobj=opened) as tar:
        found = {member.name: reader.read() for member in tar if (reader := tar.extractfile(member))}
    assert msgspec.json.decode(found.pop("manifest.json"), type=Manifest) == manifest(folder)
    assert found == files(folder)


def test_nothing_of_the_study_can_be_read_in_it(folder: Path, whole: bytes) -> None:
    for name, content in files(folder).items():
        assert name.encode() not in whole
        assert len(content) < 100 or content[:100] not in whole
    assert b"cdcdcd" not in whole


def test_others_do_not_open_it(whole: bytes, tmp_path: Path) -> None:
    with pytest.raises(AmparoError, match=r"vault\.backup_not_yours") as raised:
        unpack(whole, tmp_path, age.new_identity())
    assert raised.value.facts == {"path": "synthetic.age"}
    assert not files(tmp_path)


def flipped(chance: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(len(content))]


def chunks(content: bytes) -> tuple[bytes, list[bytes]]:
    """What stands before the sealed chunks, and those."""
    start = content.index(b"\n", content.index(b"\n--- ") + 1) + 1 + 16
    size = 64 * 1024 + 16
    return content[:start], [content[at : at + size] for at in range(start, len(content), size)]


def reordered(chance: random.Random, content: bytes) -> bytes:
    start, pieces = chunks(content)
    first, second = chance.sample(range(len(pieces)), 2)
    pieces[first], pieces[second] = pieces[second], pieces[first]
    return start + b"".join(pieces)


def without_chunk(chance: random.Random, content: bytes) -> bytes:
    start, pieces = chunks(content)
    del pieces[chance.randrange(len(pieces))]
    return start + b"".join(pieces)


def with_more(chance: random.Random, content: bytes) -> bytes:
    start, pieces = chunks(content)
    pieces.insert(chance.randrange(len(pieces) + 1), chance.choice(pieces))
    return start + b"".join(pieces)


CHANGES = (flipped, cut, reordered, without_chunk, with_more)


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_is_refused(whole: bytes, change: Callable[[random.Random, bytes], bytes]) -> None:
    chance = random.Random(7)  # noqa: S311  (no key)
    for _ in range(200):
        with pytest.raises(AmparoError, match=r"vault\.backup_(damaged|not_yours)"):
            unpack(change(chance, whole))


def test_each_change_of_the_header_is_refused_and_a_change_of_the_chunks_is_named_so(whole: bytes) -> None:
    start, _ = chunks(whole)
    for at in range(len(start)):
        changed = bytearray(whole)
        changed[at] ^= 1
        with pytest.raises(AmparoError, match=r"vault\.backup_(damaged|not_yours)"):
            unpack(bytes(changed))
    for change in (whole[:-1], whole + b"\0", whole[: len(start)], b""):
        with pytest.raises(AmparoError, match=r"vault\.backup_damaged"):
            unpack(change)


def test_two_backups_do_not_mix(folder: Path, whole: bytes) -> None:
    (start, mine), (_, other) = chunks(whole), chunks(sealed(folder))
    with pytest.raises(AmparoError, match=r"vault\.backup_damaged"):
        unpack(start + mine[0] + b"".join(other[1:]))


class Tar:
    """An archive that somebody with the public key made: any members, well sealed."""

    def __init__(self, folder: Path) -> None:
        self.manifest = manifest(folder)
        self.members: list[tuple[tarfile.TarInfo, bytes]] = []
        self.tail = bytes(1024)
        for member in self.manifest.members:
            self.members.append((self.info(member.name, member.size), (folder / member.name).read_bytes()))

    @staticmethod
    def info(name: str, size: int, **more: object) -> tarfile.TarInfo:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        for key, value in more.items():
            setattr(info, key, value)
        return info

    def sealed(self) -> bytes:
        content = msgspec.json.encode(self.manifest)
        members = [(self.info("manifest.json", len(content)), content), *self.members]
        parts = [
            info.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % 512) for info, content in members
        ]
        out = io.BytesIO()
        age.seal(io.BytesIO(b"".join(parts) + self.tail), out.write, [age.public(SECRET)])
        return out.getvalue()

    def replace(self, at: int, **changed: object) -> None:
        members = list(self.manifest.members)
        members[at] = msgspec.structs.replace(members[at], **changed)
        self.manifest = msgspec.structs.replace(self.manifest, members=tuple(members))


def renamed(name: str) -> Callable[[Tar], None]:
    def change(tar: Tar) -> None:
        tar.replace(2, name=name)
        tar.members[2][0].name = name

    return change


def a_link(kind: bytes) -> Callable[[Tar], None]:
    def change(tar: Tar) -> None:
        tar.members[2][0].type, tar.members[2][0].linkname = kind, "/etc/passwd"

    return change


def extra(tar: Tar) -> None:
    tar.members.append((tar.info("blobs/ff/" + "f" * 64, 3), b"abc"))


def twice(tar: Tar) -> None:
    tar.manifest = msgspec.structs.replace(
        tar.manifest, members=(*tar.manifest.members, tar.manifest.members[-1])
    )
    tar.members.append(tar.members[-1])


def swapped(tar: Tar) -> None:
    tar.members[2:4] = reversed(tar.members[2:4])


def unsorted(tar: Tar) -> None:
    swapped(tar)
    members = list(tar.manifest.members)
    members[2:4] = reversed(members[2:4])
    tar.manifest = msgspec.structs.replace(tar.manifest, members=tuple(members))


def missing(tar: Tar) -> None:
    tar.members.pop()


def no_slots(tar: Tar) -> None:
    tar.members.pop(1)
    members = tar.manifest.members
    tar.manifest = msgspec.structs.replace(tar.manifest, members=(members[0], *members[2:]))


def longer(tar: Tar) -> None:
    tar.members[-1][0].size += 1


def larger_than_told(tar: Tar) -> None:
    info, content = tar.members[-1]
    info.size += 512
    tar.members[-1] = info, content + bytes(512)


def other_bytes(tar: Tar) -> None:
    info, content = tar.members[0]
    tar.members[0] = info, bytes([content[0] ^ 1]) + content[1:]


def negative(tar: Tar) -> None:
    tar.replace(2, size=-512)


def large_slots(tar: Tar) -> None:
    content = bytes((16 << 20) + 1)
    tar.replace(1, size=len(content), sha256=hashlib.sha256(content).hexdigest())
    tar.members[1] = tar.info("slots.json", len(content)), content


def more_after_the_end(tar: Tar) -> None:
    tar.tail += b"\0"


def no_end(tar: Tar) -> None:
    tar.tail = b""


def executable(tar: Tar) -> None:
    tar.members[1][0].mode = 0o777


HOSTILE = {
    "parent": renamed("../outside"),
    "absolute": renamed("/tmp/outside"),  # noqa: S108  (never written to)
    "elsewhere": renamed("backups/outside"),
    "wrong folder": renamed("blobs/ab/" + "0" * 64),
    "dot": renamed("blobs/00/../" + "0" * 64),
    "symbolic link": a_link(tarfile.SYMTYPE),
    "hard link": a_link(tarfile.LNKTYPE),
    "device": a_link(tarfile.CHRTYPE),
    "folder": a_link(tarfile.DIRTYPE),
    "sparse": a_link(tarfile.GNUTYPE_SPARSE),
    **{
        change.__name__: change
        for change in (
            extra,
            twice,
            swapped,
            unsorted,
            missing,
            no_slots,
            longer,
            larger_than_told,
            other_bytes,
            negative,
            large_slots,
            more_after_the_end,
            no_end,
            executable,
        )
    },
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_archive_that_is_not_ours_is_refused(folder: Path, tmp_path: Path, name: str) -> None:
    tar = Tar(folder)
    into = tmp_path / "into"
    into.mkdir()
    assert unpack(tar.sealed()) == tar.manifest
    HOSTILE[name](tar)
    with pytest.raises(AmparoError, match=r"vault\.backup_damaged"):
        unpack(tar.sealed(), into)
    assert [path.name for path in tmp_path.iterdir()] == ["into"]
    assert not any(path.is_symlink() for path in into.rglob("*"))


def stream(content: bytes) -> bytes:
    out = io.BytesIO()
    age.seal(io.BytesIO(content), out.write, [age.public(SECRET)])
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a tar archive" * 100,
        bytes(1024),
        Tar.info("manifest.json", 1 << 40).tobuf(tarfile.GNU_FORMAT) + b"{" * 1000,
        Tar.info("manifest.json", 0).tobuf(tarfile.GNU_FORMAT) + bytes(1024),
        Tar.info("manifest.json", 2).tobuf(tarfile.GNU_FORMAT) + b"{}" + bytes(510 + 1024),
        Tar.info("manifest.json", 2).tobuf(tarfile.GNU_FORMAT) + b"\xff\xff" + bytes(510 + 1024),
        Tar.info("study.db", 2).tobuf(tarfile.GNU_FORMAT) + b"{}" + bytes(510 + 1024),
    ],
    ids=["nothing", "text", "end", "huge", "empty", "no facts", "no JSON", "other member"],
)
def test_a_stream_without_our_manifest_is_refused(content: bytes) -> None:
    with pytest.raises(AmparoError, match=r"vault\.backup_damaged"):
        unpack(stream(content))


def test_a_newer_kind_of_backup_is_told_as_such(folder: Path) -> None:
    tar = Tar(folder)
    tar.manifest = msgspec.structs.replace(tar.manifest, version=archive.VERSION + 1)
    with pytest.raises(AmparoError, match=r"vault\.newer"):
        unpack(tar.sealed())


def test_what_would_not_fit_is_refused_before_a_file_is_written(folder: Path, tmp_path: Path) -> None:
    tar = Tar(folder)
    tar.replace(0, size=1 << 60)
    with pytest.raises(AmparoError, match=r"vault\.disk_full"):
        unpack(tar.sealed(), tmp_path)
    assert not files(tmp_path)


def test_a_file_cut_while_it_is_sealed_stops_the_sealing(folder: Path) -> None:
    described = manifest(folder)
    grown = copy.copy(list(described.members))
    grown[0] = Member("study.db", grown[0].size + 1, grown[0].sha256)
    described = msgspec.structs.replace(described, members=tuple(grown))
    with pytest.raises(OSError, match="study.db"):
        archive.seal(folder, described, [age.public(SECRET)], io.BytesIO())


def test_a_large_file_is_never_held_whole(tmp_path: Path) -> None:
    (tmp_path / "slots.json").write_bytes(b"{}")
    with (tmp_path / "study.db").open("wb") as file:
        file.truncate(64 << 20)
    tracemalloc.start()
    try:
        with (tmp_path / "backup").open("w+b") as out:
            archive.seal(tmp_path, manifest(tmp_path), [age.public(SECRET)], out)
            out.seek(0)
            archive.unpack(out, SECRET, PLACE)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
    assert (tmp_path / "backup").stat().st_size > 64 << 20
