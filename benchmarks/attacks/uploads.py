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
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def uploads(scene: Scene, _: Sizes) -> Figures:
    """Requirement 25: files that claim or unpack too much, links and names of their own are refused."""
    study = scene.copy()
    before = set(study.parents[1].rglob("*"))
    files = _hostile(scene, study.parent / "hostile")
    codes = {
        path.name: scene.amparo("read", study, path, "--source", "mala", "--part", "none").code
        for path in files
    }
    named = study.parent / "..%2f..%2fetc%2fpasswd.csv"
    shutil.copy(scene.lists.files["uno"], named)
    taken = scene.amparo("read", study, named, "--source", "buena", "--part", "none").code == 0
    strange = [path for path in study.rglob("*") if path.is_file() and not _internal(path.relative_to(study))]
    archives, held = _archives(scene, study.parent / "archives")
    escaped = [path for path in set(study.parents[1].rglob("*")) - before if path.name.startswith("escaped")]
    wrong = [name for name, code in codes.items() if code != 3]
    return {
        "ok": not wrong and taken and not strange and held == archives and not escaped,
        "hostile_files": len(codes),
        "refused": len(codes) - len(wrong),
        "hostile_backups": archives,
        "backups_refused": held,
        "names_of_their_own": len(strange) + len(escaped),
    } | ({"taken": wrong} if wrong else {})


def _internal(name: Path) -> bool:
    return bool(
        re.fullmatch(
            r"study\.db(-wal|-shm)?|slots\.json|lock|holders|blobs/([0-9a-f]{2})/\2[0-9a-f]{62}",
            name.as_posix(),
        )
    )


def _hostile(scene: Scene, folder: Path) -> list[Path]:
    folder.mkdir()
    head = f'<?xml version="1.0"?><worksheet xmlns="{MAIN}"><sheetData>'.encode()
    row = b'<row r="1"><c r="A1"><v>1</v></c></row>'
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    sheets = {
        "unpacks-too-much.xlsx": head + row + b" " * (80 << 20) + b"</sheetData></worksheet>",
        "far-cell.xlsx": head + row + far + b"</sheetData></worksheet>",
    }
    made = []
    for name, sheet in sheets.items():
        made.append(_workbook(folder / name, {"xl/worksheets/sheet1.xml": sheet}))
    plain = head + row + b"</sheetData></worksheet>"
    many = {f"xl/media/{number}.bin": b"" for number in range(3000)}
    made.append(_workbook(folder / "many-members.xlsx", {"xl/worksheets/sheet1.xml": plain} | many))
    lying = _workbook(
        folder / "declares-less.xlsx", {"xl/worksheets/sheet1.xml": sheets["unpacks-too-much.xlsx"]}
    )
    content, size = lying.read_bytes(), (len(sheets["unpacks-too-much.xlsx"])).to_bytes(4, "little")
    lying.write_bytes(content.replace(size, (1000).to_bytes(4, "little")))
    made.append(lying)
    locked = folder / "cut.xlsx"
    locked.write_bytes(content[: len(content) // 2])
    made.append(locked)
    for name, text in {"nul.csv": b"a,b\n1,\0\n", "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(200)}.items():
        (folder / name).write_bytes(text)
        made.append(folder / name)
    large = folder / "large.csv"
    with large.open("wb") as file:
        file.truncate(3 << 30)
    made.append(large)
    return made


def _workbook(path: Path, members: dict[str, bytes]) -> Path:
    target = "xl/worksheets/sheet1.xml"
    sheets = '<sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets>'
    kinds = '<Default Extension="xml" ContentType="application/xml"/>'
    around = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">{kinds}</Types>',
        "_rels/.rels": _relation("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{sheets}</workbook>',
        "xl/_rels/workbook.xml.rels": _relation("worksheet", target.removeprefix("xl/")),
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
    outside, link = "../escaped", tarfile.TarInfo(members[-1][0])
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
