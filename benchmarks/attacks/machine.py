"""Attacks by the machine: memory after a lock, pages served to others, the network."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..children import environment, started
from ..kills import search
from .scene import FOUNDER, Scene
from .sizes import Figures, Sizes

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
def showing(scene: Scene, study: Path) -> Generator[tuple[int, str]]:
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
        with scene.at_work(study) as found:
            secrets = {"compartment": found.keys.current("default").secret}
        secrets |= {"root": opened.secrets.root_key, "database": opened.key("database")}
        readable = _in_memory(child, secrets)
        begun = time.perf_counter()
        said = scene.amparo("lock", study, opens=False)
        while time.perf_counter() - begun < PATIENCE / 10 and not _gone(child):
            time.sleep(0.005)
        seconds = time.perf_counter() - begun
        gone = _gone(child)
        others = [pid for pid in _processes(scene) if pid != os.getpid()]
        left = {name for pid in others for name in _in_memory(pid, secrets) or ()}
        disk = search(study.parents[1].rglob("*"), scene.values)
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


def _gone(child: int) -> bool:
    with suppress(ChildProcessError):
        done, _ = os.waitpid(child, os.WNOHANG)
        if not done:
            return False
    return True


def _processes(scene: Scene) -> list[int]:
    """Processes that this campaign started, orphans too: all have its folder in their environment."""
    found = []
    for entry in Path("/proc").iterdir() if sys.platform == "linux" else ():
        with suppress(OSError, ValueError):
            if str(scene.room).encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
    return found


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
            for at in range(start, end, BLOCK) if len(found) < len(secrets) else ():
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
    from . import mutants  # noqa: PLC0415
    from .scene import load  # noqa: PLC0415

    hurry()
    found = load(Path(room))
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
    """Requirement 30: no verb asks the network; libraries are those of the lock, OpenSSL is not old."""
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
    from cryptography.hazmat.backends.openssl import backend  # noqa: PLC0415
    from sqlcipher3 import dbapi2  # noqa: PLC0415

    driver: Any = dbapi2  # compiled: it tells type checkers nothing
    with closing(driver.connect(":memory:")) as database:
        database.execute("PRAGMA key = 'none'")  # only then does it tell
        (provider,) = database.execute("PRAGMA cipher_provider_version").fetchone()
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
    pinned: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE):
        pinned.setdefault(name, set()).add(version)  # one for each line of Pythons
    other, unlicensed, here = [], [], 0
    for name, versions in pinned.items():
        try:
            found: Any = metadata.distribution(name).metadata
        except metadata.PackageNotFoundError:
            continue  # for another system
        here += 1
        if found["Version"] not in versions:
            other.append(name)
        classifiers = found.get_all("Classifier") or []
        told = found["License-Expression"] or found["License"] or found.get_all("License-File")
        if not told and not any(line.startswith("License ::") for line in classifiers):
            unlicensed.append(name)
    return here, other, unlicensed
