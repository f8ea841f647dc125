"""Attacks by the machine: memory after a lock, hostile files, pages served to others, the network."""

from __future__ import annotations

import http.client
import io
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from ..children import environment, started
from ..kills import search
from .scene import FOUNDER, Scene
from .sizes import Figures, Sizes
from .storage import refused

LOCKED_WITHIN = 1.0  # seconds
PATIENCE = 60.0
BLOCK = 1 << 22
OPENSSL = (3, 0)  # the oldest line that still gets repairs
ROOT = Path(__file__).resolve().parents[2]
LOOPBACK = re.compile(r'sin_addr=inet_addr\("127\.|inet_pton\(AF_INET6, "::1"|sun_path|AF_UNIX|AF_NETLINK')
_VERBS = """
import json, sys
from amparo.cli.checkout import load
load("benchmarks", "attacks.machine").verbs(**json.loads(sys.argv[1]))
"""


@contextmanager
def showing(scene: Scene, study: Path) -> Iterator[tuple[int, str]]:
    """A process that shows the report and holds the keys: its id, and the address it serves at."""
    from amparo.cli.app import main  # noqa: PLC0415

    said = scene.room / f"said-{study.parents[1].name}"
    words = [
        "show",
        str(study),
        "--no-browser",
        "--passphrase-file",
        str(scene.passphrase),
        "--user",
        FOUNDER,
    ]
    child = started(lambda: main(words), study.parents[1], said)
    try:
        begun = time.perf_counter()
        while not (found := re.search(r"http://[\w.:/-]+", said.read_text() if said.exists() else "")):
            if time.perf_counter() - begun > PATIENCE or _gone(child):
                raise TimeoutError(said.read_text() if said.exists() else "show")
            time.sleep(0.02)
        yield child, found.group()
    finally:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def lock(scene: Scene, _: Sizes) -> Figures:
    """Requirement 18: who held the keys is gone in a second, and no key is in memory or on the disk."""
    study = scene.copy()
    opened = scene.opened(study)
    with showing(scene, study) as (child, _address):
        with scene_keys(scene, study) as keys:
            secrets = {**keys, "root": opened.secrets.root_key, "database": opened.key("database")}
        readable = _in_memory(child, secrets)
        begun = time.perf_counter()
        said = scene.amparo("lock", study, opens=False)
        while time.perf_counter() - begun < PATIENCE / 10 and not _gone(child):
            time.sleep(0.005)
        seconds = time.perf_counter() - begun
        gone = _gone(child)
        others = [pid for pid in _processes() if pid != os.getpid()]
        left = {name for pid in others for name in _in_memory(pid, secrets) or ()}
        disk = search(scene.room.rglob("*"), [canary for canary in scene.values]) if gone else []
        disk = [text for text in disk if not _planted(scene, text)]
        keys_on_disk = _in_files(study.parents[1], secrets)
    return {
        "ok": said.code == 0
        and gone
        and seconds <= LOCKED_WITHIN
        and not left
        and not disk
        and not keys_on_disk,
        "seconds": round(seconds, 3),
        "gone": gone,
        "keys_searched": len(secrets),
        # Root alone may read a hardened process: then this shows that the search finds what is there.
        "keys_found_before": len(readable) if readable is not None else None,
        "processes_searched": len(others),
        "keys_found_after": len(left),
        "keys_on_disk": keys_on_disk,
        "canaries_on_disk": len(disk),
    }


@contextmanager
def scene_keys(scene: Scene, study: Path) -> Iterator[dict[str, bytes]]:
    """Every compartment key of the founder, by name."""
    with scene.at_work(study) as found:
        yield {f"{key.compartment} {key.version}": key.secret for key in found.keys.held.values()}


def _planted(scene: Scene, text: str) -> bool:
    """Whether the lists themselves, which lie in the scene's folder on purpose, are all that holds a text."""
    places = [
        path for path in scene.room.rglob("*") if path.is_file() and scene.room / "lists" not in path.parents
    ]
    return not search(places, [canary for canary in scene.values if canary.text == text])


def _gone(child: int) -> bool:
    with suppress(ChildProcessError):
        done, _ = os.waitpid(child, os.WNOHANG)
        if not done:
            return False
    return True


def _processes() -> list[int]:
    """Processes of ours that began with this campaign or later."""
    begun = _begun(os.getppid())
    found = []
    for entry in Path("/proc").iterdir() if sys.platform == "linux" else ():
        if entry.name.isdecimal():
            with suppress(OSError, ValueError, IndexError):
                if _begun(int(entry.name)) >= begun:
                    found.append(int(entry.name))
    return found


def _begun(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])


def _in_memory(pid: int, secrets: dict[str, bytes]) -> set[str] | None:
    """Names of the secrets in a process's memory; None where this user may not read it."""
    try:
        maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
        memory = Path(f"/proc/{pid}/mem").open("rb")  # noqa: SIM115  (closed below)
    except OSError:
        return None
    found = set()
    forms = {name: (secret, secret.hex().encode()) for name, secret in secrets.items()}
    with memory:
        for line in maps:
            span, rights = line.split()[:2]
            start, end = (int(each, 16) for each in span.split("-"))
            if not rights.startswith("rw") or end - start > 1 << 30:
                continue
            for at in range(start, end, BLOCK):
                with suppress(OSError, ValueError, OverflowError):
                    memory.seek(at)
                    block = memory.read(min(BLOCK + 64, end - at))
                    found |= {name for name, all_ in forms.items() if any(form in block for form in all_)}
    return found


def _in_files(place: Path, secrets: dict[str, bytes]) -> int:
    contents = [path.read_bytes() for path in place.rglob("*") if path.is_file()]
    return sum(
        secret in content or secret.hex().encode() in content
        for secret in secrets.values()
        for content in contents
    )


def uploads(scene: Scene, _: Sizes) -> Figures:
    """Requirement 25: files that claim or unpack too much, links and names of their own are refused."""
    study = scene.copy()
    before = {path for path in study.parents[1].rglob("*")}
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
    head = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
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
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    around = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in (around | members).items():
            book.writestr(name, content)
    return path


def _archives(scene: Scene, folder: Path) -> tuple[int, int]:
    """Backups sealed to the right key whose archive wants more than files of a study: how many, how many refused."""
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


def served(scene: Scene, _: Sizes) -> Figures:
    """Requirement 27: pages are for this machine alone, are not stored, and no address tells a name."""
    study = scene.copy()
    with showing(scene, study) as (_child, address):
        parts = urlsplit(address)
        pages = [parts.path, *(parts.path + name for name in ("es.html", "en.html", "es.pdf", "en.pdf"))]
        answers = [_get(str(parts.netloc), path) for path in pages]
        foreign = [_get(str(parts.netloc), parts.path, "example.org"), _get(str(parts.netloc), "/")]
    stored = sum(headers.get("Cache-Control") != "no-store" for _, headers in answers)
    named = sum(canary.text in address.lower() for canary in scene.values)
    return {
        "ok": {status for status, _ in answers} == {200}
        and not stored
        and not named
        and parts.hostname == "127.0.0.1"
        and all(status >= 400 for status, _ in foreign),
        "pages": len(pages),
        "may_be_stored": stored,
        "names_in_addresses": named,
        "foreign_refused": sum(status >= 400 for status, _ in foreign),
        "tables_exported": 0,  # this version writes none, so no cell needs neutralising
    }


def _get(place: str, path: str, host: str | None = None) -> tuple[int, dict[str, str]]:
    connection = http.client.HTTPConnection(place, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": host} if host else {})
        answer = connection.getresponse()
        answer.read()
        return answer.status, dict(answer.getheaders())
    finally:
        connection.close()


def verbs(room: str, study: str, mutant: str | None) -> None:
    """A round of verbs, for a process whose calls are watched."""
    from ..children import hurry  # noqa: PLC0415
    from . import mutants, scene as scenes  # noqa: PLC0415

    hurry()
    found = scenes.load(Path(room))
    if mutant:
        mutants.plant(mutant, found)
    path = Path(study)
    lists = found.lists.files
    done = [
        found.amparo("read", path, lists["corrected"], "--source", "uno").code,
        found.amparo("link", path).code,
        found.amparo("count", path).code,
        found.amparo("report", path).code,
        found.amparo("user", "list", path).code,
        found.amparo("verify", path).code,
    ]
    print(json.dumps(done))


def offline(scene: Scene, _: Sizes) -> Figures:
    """Requirement 30: no verb asks the network; what is installed is what the lock names, OpenSSL included."""
    from .mutants import PLANTED  # noqa: PLC0415

    study = scene.copy()
    place = study.parents[1]
    trace, watch = place / "trace", []
    if shutil.which("strace"):
        watch = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg", "-o", str(trace)]
    asked = {"room": str(scene.room), "study": str(study), "mutant": PLANTED.get("name")}
    ran = subprocess.run(
        [*_alone(), *watch, sys.executable, "-c", _VERBS, json.dumps(asked)],
        env=environment(place),
        cwd=place / "here",
        capture_output=True,
        text=True,
        check=False,
    )
    codes = json.loads(ran.stdout.splitlines()[-1]) if ran.stdout else [ran.returncode, ran.stderr[-200:]]
    calls = trace.read_text(errors="replace").splitlines() if trace.exists() else []
    outside = [line for line in calls if "AF_INET" in line and not LOOPBACK.search(line)]
    locked, other, unlicensed = _bill()
    versions = _openssl()
    old = [name for name, version in versions.items() if tuple(map(int, version.split(".")[:2])) < OPENSSL]
    return {
        "ok": set(codes) == {0} and not outside and not other and not unlicensed and not old,
        "verbs": len(codes),
        "without_network": bool(_alone()),
        "calls_watched": bool(watch),
        "calls_outside": len(outside),
        "packages": locked,
        "not_as_locked": other,
        "without_licence": unlicensed,
        **{f"openssl_of_{name}": version for name, version in versions.items()},
    }


def _alone() -> list[str]:
    """The words that start a program in a network of its own with nothing in it, where this user may."""
    for words in (["unshare", "-n"], ["unshare", "-rn"]):
        with suppress(OSError):
            if subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0:
                return words
    return []


def _openssl() -> dict[str, str]:
    """Versions of the OpenSSL in each library that brings its own."""
    from contextlib import closing  # noqa: PLC0415

    from cryptography.hazmat.backends.openssl import backend  # noqa: PLC0415
    from sqlcipher3 import dbapi2  # noqa: PLC0415

    with closing(dbapi2.connect(":memory:")) as database:
        (provider,) = database.execute("PRAGMA cipher_provider_version").fetchone() or ("",)
    said = {
        "cryptography": backend.openssl_version_text(),
        "sqlcipher": provider,
        "python": ssl.OPENSSL_VERSION,
    }
    return {
        name: found.group() for name, text in said.items() if (found := re.search(r"\d+\.\d+\.\d+", text))
    }


def _bill() -> tuple[int, list[str], list[str]]:
    """Packages of the lock that are installed, those of another version, those that tell no licence."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked, other, unlicensed = 0, [], []
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE):
        try:
            found: Any = metadata.distribution(name).metadata
        except metadata.PackageNotFoundError:
            continue  # for another system
        locked += 1
        if found["Version"] != version:
            other.append(name)
        classifiers = found.get_all("Classifier") or []
        told = found["License-Expression"] or found["License"] or found.get_all("License-File")
        if not told and not any(line.startswith("License ::") for line in classifiers):
            unlicensed.append(name)
    return locked, other, unlicensed
