"""Attacks by files from outside: workbooks that unpack to too much, archives that name their own places."""

from __future__ import annotations

import io
import re
import shutil
import tarfile
import zipfile
from pathlib import Path

import msgspec

from .scene import Scene
from .sizes import Figures, Sizes
from .storage import refused

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "xl/worksheets/sheet1.xml"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def uploads(scene: Scene, _: Sizes) -> Figures:
    """Requirement 25: files that claim or unpack too much, links and names of their own are refused."""
    from amparo.study.register import services  # noqa: PLC0415

    study = scene.copy()
    before = set(study.parents[1].rglob("*"))
    taken = []
    files = _hostile(study.parent / "hostile")
    for path, codes in files.items():
        content = path.read_bytes()
        if not refused(lambda c=content, p=path: services.read_quarantined(c, p.name), *codes):
            taken.append(path.name)
    large = study.parent / "hostile" / "large.csv"
    with large.open("wb") as file:
        file.truncate(3 << 30)  # of no byte on the disk
    if scene.amparo("read", study, large, "--source", "mala", "--part", "none").code != 3:
        taken.append(large.name)
    named = study.parent / "..%2f..%2fetc%2fpasswd.csv"
    shutil.copy(scene.lists.files["uno"], named)
    read = scene.amparo("read", study, named, "--source", "buena", "--part", "none").code == 0
    strange = [path for path in study.rglob("*") if path.is_file() and not _internal(path.relative_to(study))]
    archives, held = _archives(scene, study.parent / "archives")
    escaped = [path for path in set(study.parents[1].rglob("*")) - before if path.name.startswith("escaped")]
    return {
        "ok": not taken and read and not strange and held == archives and not escaped,
        "hostile_files": len(files) + 1,
        "refused": len(files) + 1 - len(taken),
        "hostile_backups": archives,
        "backups_refused": held,
        "names_of_their_own": len(strange) + len(escaped),
        "taken": taken,
    }


def _internal(name: Path) -> bool:
    return bool(
        re.fullmatch(
            r"study\.db(-wal|-shm)?|slots\.json|lock|holders|blobs/([0-9a-f]{2})/\2[0-9a-f]{62}",
            name.as_posix(),
        )
    )


def _hostile(folder: Path) -> dict[Path, tuple[str, ...]]:
    """Files, each with the codes that may refuse it: but for one thing, all of them are sound tables."""
    folder.mkdir()
    bomb = ("intake.bomb", "intake.broken")
    empty = b" " * (80 << 20)
    much, plain = _sheet(empty), _sheet(b"")
    sheets: dict[str, tuple[dict[str, bytes], tuple[str, ...]]] = {
        "unpacks-too-much.xlsx": ({SHEET: much}, bomb),
        "far-cell.xlsx": ({SHEET: _sheet(_row(1048576, "XFD", "fin"))}, ("intake.far_cell",)),
        "many-members.xlsx": ({SHEET: plain} | {f"xl/media/{n}.bin": b"" for n in range(3000)}, bomb),
    }
    files = {_workbook(folder / name, members): codes for name, (members, codes) in sheets.items()}
    whole = _workbook(folder / "whole.xlsx", {SHEET: much}).read_bytes()
    texts = {
        "declares-less.xlsx": whole.replace(len(much).to_bytes(4, "little"), (1000).to_bytes(4, "little")),
        "cut.xlsx": whole[: len(whole) // 2],
        "nul.csv": b"a,b\n1,\0\n",
        "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(200),
    }
    for name, content in texts.items():
        (folder / name).write_bytes(content)
        files[folder / name] = bomb if name.endswith("xlsx") else ()
    (folder / "whole.xlsx").unlink()
    return files


def _sheet(more: bytes) -> bytes:
    rows = _row(1, "A", "Nombres") + _row(2, "A", "Nadie")
    return (
        f'<?xml version="1.0"?><worksheet xmlns="{MAIN}"><sheetData>'.encode()
        + rows
        + more
        + (b"</sheetData></worksheet>")
    )


def _row(number: int, column: str, text: str) -> bytes:
    cell = f'<c r="{column}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
    return f'<row r="{number}">{cell}</row>'.encode()


def _workbook(path: Path, members: dict[str, bytes]) -> Path:
    sheets = '<sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets>'
    kinds = '<Default Extension="xml" ContentType="application/xml"/>'
    around = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">{kinds}</Types>',
        "_rels/.rels": _relation("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{sheets}</workbook>',
        "xl/_rels/workbook.xml.rels": _relation("worksheet", SHEET.removeprefix("xl/")),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in (around | members).items():
            book.writestr(name, content)
    return path


def _relation(kind: str, target: str) -> str:
    one = f'<Relationship Id="r1" Type="{OFFICE}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{PACKAGE}/relationships">{one}</Relationships>'


def _archives(scene: Scene, folder: Path) -> tuple[int, int]:
    """Backups sealed to the right key whose archive holds what no study does: how many, how many refused."""
    from amparo.vault import age, archive, backup  # noqa: PLC0415

    folder.mkdir()
    secret = age.identity(scene.identity("sede").read_text(encoding="utf-8"))
    (folder / "whole").mkdir()
    with scene.backup.open("rb") as file:
        manifest = archive.unpack(file, secret, scene.backup, folder / "whole")
    members = [(each.name, (folder / "whole" / each.name).read_bytes()) for each in manifest.members]
    outside, below = "../escaped", "blobs/zz/../../../escaped"
    link = tarfile.TarInfo(members[-1][0])
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"

    def described(names: list[str]) -> archive.Manifest:
        return msgspec.structs.replace(
            manifest,
            members=tuple(
                msgspec.structs.replace(each, name=name)
                for each, name in zip(manifest.members, names, strict=True)
            ),
        )

    names = [name for name, _ in members]
    last = members[-1]
    tries: list[tuple[archive.Manifest, list[tuple[tarfile.TarInfo | str, bytes]]]] = [
        (described([*names[:-1], outside]), [*members[:-1], (outside, last[1])]),
        (described([*names[:-1], below]), [*members[:-1], (below, last[1])]),
        (described([*names[:-1], "/tmp/escaped"]), [*members[:-1], ("/tmp/escaped", last[1])]),  # noqa: S108
        (manifest, [*members[:-1], (link, b"")]),
        (manifest, [*members, ("blobs/escaped", b"more")]),
        (manifest, [*members[:-1], (last[0], last[1] + b"more")]),
        (manifest, [members[1], members[0], *members[2:]]),
    ]
    held = 0
    for number, (said, content) in enumerate(tries):
        path = folder / f"{number}.age"
        with path.open("wb") as out:
            age.seal(io.BytesIO(_tar(msgspec.json.encode(said), content)), out.write, [age.public(secret)])

        def restore(path: Path = path, number: int = number) -> None:
            with backup.restoring(path, folder / f"study-{number}", secret):
                pass

        held += refused(restore, "vault.backup_damaged")
    return len(tries), held


def _tar(manifest: bytes, members: list[tuple[tarfile.TarInfo | str, bytes]]) -> bytes:
    out = io.BytesIO()
    for name, content in (("manifest.json", manifest), *members):
        info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
        info.size, info.mode = len(content), 0o600
        out.write(info.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % 512))
    out.write(bytes(1024))
    return out.getvalue()
