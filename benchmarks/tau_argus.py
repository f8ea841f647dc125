"""tau-Argus (pytauargus, its own solvers) as a peer for measuring: one table, this release alone.

It writes the persons and their table to files and its solvers write logs into the working directory. Both
happen in a child process of its own, without our environment and without core dumps: working directory, HOME
and TMPDIR are one private folder, in memory where the system has such a file system (which may be swapped
out). The files are overwritten and removed when the child ends, fails or is killed, and when its parent is
killed; killed at the same moment, both leave them behind. Overwriting does not reach what a disk or its
journal has copied.

This file is also the child's program, so it imports nothing but the standard library before its work.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SECONDS = 600  # how long one table may take
TOTAL = "Total"  # tau-Argus' word for the node above all
_PREFIX = "amparo-peer-"
# What a relocated Python needs to find its own libraries; the child gets nothing else of our environment.
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


def suppressed(
    persons: Mapping[str, Sequence[str]], groups: Mapping[str, Mapping[str, Sequence[str]]], k: int
) -> set[tuple[str | None, ...]]:
    """The cells that optimal secondary suppression under the frequency rule `k` withholds.

    `persons`: per dimension the leaf of each person. `groups`: for dimensions with a level between leaves and
    total, the leaves of each group. A cell has one node a dimension, None for the total. Raises
    `ChildProcessError`.
    """
    answer = _run(json.dumps({"persons": persons, "groups": groups, "k": k}).encode())
    return {tuple(cell) for cell in json.loads(answer)}


def memory() -> str | None:
    """A file system in memory to work in, None where there is none."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/mounts").read_text("utf-8").splitlines():
            if line.split()[1:3] == ["/dev/shm", "tmpfs"] and os.access("/dev/shm", os.W_OK):  # noqa: S108  (the private folder is made below it)
                return "/dev/shm"  # noqa: S108
    return None


def wipe(folder: Path) -> None:
    """Overwrite every file below a folder, then remove it; nothing to do where it is gone."""
    for below, _, names in os.walk(folder):
        for name in names:
            file = Path(below) / name
            with contextlib.suppress(FileNotFoundError):
                if not file.is_symlink():
                    with file.open("r+b") as stream:
                        stream.write(bytes(file.stat().st_size))
                        stream.flush()
                        os.fsync(stream.fileno())
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        raise ChildProcessError("working files could not be removed")


def _run(question: bytes) -> bytes:
    """One question through the child; it and its folder are gone when this returns or raises."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=memory()))
    # The child's end of this pipe reads "closed" when we are gone.
    lifeline, held = os.pipe()
    kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
    child = None
    try:
        child = subprocess.Popen(
            [sys.executable, "-I", "-B", "-X", "utf8", str(Path(__file__).resolve()), str(lifeline)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[lifeline],
            start_new_session=True,
            env={"HOME": str(folder), "TMPDIR": str(folder), **kept},
            cwd=folder,
        )
        answer, _ = child.communicate(question, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise ChildProcessError("tau-Argus took too long") from None
    finally:
        os.close(lifeline)
        os.close(held)
        if child is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.communicate()  # to the end: the worker holds the same pipe until it is dead
        wipe(folder)
    if child.returncode or not answer:
        raise ChildProcessError("tau-Argus gave no answer")
    return answer


def serve(lifeline: int) -> None:
    """The child's whole life: a worker answers, this process watches over it, its folder and its caller."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    question = sys.stdin.buffer.read()
    read, write = os.pipe()
    worker = os.fork()
    if worker == 0:
        _work(question, write)
    os.close(write)
    answer = b""
    try:
        while lifeline not in (ready := select.select([lifeline, read], [], [])[0]):
            part = os.read(read, 1 << 16) if read in ready else b""
            if not part:
                break
            answer += part
    finally:
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
        wipe(Path.cwd())
    with contextlib.suppress(BrokenPipeError):
        os.write(1, answer)
    os._exit(0)


def _work(question: bytes, write: int) -> None:
    """Answer one question into `write`; whatever the solvers print goes nowhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: do not outlive the watcher
    os.dup(1)  # the caller sees its pipe closed only when this process is dead too
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    try:
        answer = json.dumps(_withheld(**json.loads(question))).encode()
        with os.fdopen(write, "wb") as stream:
            stream.write(answer)
    finally:
        os._exit(0)


def _withheld(
    persons: dict[str, list[str]], groups: dict[str, dict[str, list[str]]], k: int
) -> list[list[str | None]]:
    import pytauargus  # noqa: PLC0415  (in the development lock only)

    hierarchies = {}
    for name, below in groups.items():
        file = Path(f"{name}.hrc")
        lines = [
            line for group, leaves in below.items() for line in (group, *(f"@{leaf}" for leaf in leaves))
        ]
        file.write_text("\n".join(lines) + "\n", "utf-8")
        hierarchies[name] = str(file.resolve())
    names = list(persons)
    size = len(persons[names[0]])
    result = pytauargus.protect(
        {**persons, "persons": [1.0] * size},
        names,
        "persons",
        safety_rules=f"FREQ({k},10)",
        suppress="OPT(1)",
        hrc=hierarchies,
        hierleadstring="@",
        totcode=TOTAL,
        workdir=str(Path.cwd()),
    )
    table: Any = result.tables[0]
    withheld = [row for row in table.rows if row["status"] in {"U", "M"}]
    return [[None if row[name] == TOTAL else row[name] for name in names] for row in withheld]


if __name__ == "__main__":
    serve(int(sys.argv[1]))
