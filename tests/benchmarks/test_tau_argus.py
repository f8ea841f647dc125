"""The peer leaves nothing behind: not after a run, not after a kill, not in the caller's folder."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from amparo.cli.checkout import ROOT, load

pytest.importorskip("pytauargus", reason="needs the development lock")
SHARED = {Path(tempfile.gettempdir()), Path("/dev/shm"), Path("/var/tmp")}  # noqa: S108  (searched, not used)
LARGE = 1 << 26  # bytes: no file of the peer comes near
SCRIPT = """
import json, sys
from pathlib import Path
from amparo.cli.checkout import ROOT, load
peer = load("benchmarks", "tau_argus")
peer.memory = lambda: sys.argv[1]
peer.suppressed(*json.loads(sys.stdin.read()))
"""


def table(places: int, persons: int = 300, mark: str = "place"):
    """Persons in places of four zones, each place marked."""
    random = np.random.default_rng(1)
    leaves = [f"{mark}{at:03}" for at in range(places)]
    columns = {
        "place": random.choice(leaves, p=random.dirichlet(np.ones(places)), size=persons).tolist(),
        "act": [f"act{at}" for at in random.integers(0, 6, persons)],
    }
    return columns, {"place": {f"zone{zone}": leaves[zone::4] for zone in range(4)}}, 5


def marked(mark: str, since: float, *folders: Path) -> Iterator[Path]:
    """Files below the folders, written since, that hold the mark."""
    for below, _, names in (found for folder in folders for found in os.walk(folder)):
        for file in (Path(below) / name for name in names):
            with contextlib.suppress(OSError):  # others write and remove there too
                seen = file.stat()
                recent = stat.S_ISREG(seen.st_mode) and seen.st_mtime >= since and seen.st_size < LARGE
                if recent and mark.encode() in file.read_bytes():
                    yield file


def until(condition, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.0005)


def holds_values(work: Path) -> bool:
    return any(file.stat().st_size for file in work.glob("*/micro.asc"))


@pytest.fixture
def peer():
    return load("benchmarks", "tau_argus")


@pytest.fixture
def work(peer, tmp_path: Path, monkeypatch) -> Path:
    """Where the peer makes its private folders."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.setattr(peer, "memory", lambda: str(folder))
    return folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch) -> Path:
    """An empty working directory and home of the caller."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder))
    return folder


def test_small_cells_and_others_with_them_are_withheld(peer):
    columns, groups, k = table(14)
    withheld = peer.suppressed(columns, groups, k)
    counts: dict[tuple[str, str], int] = {}
    for cell in zip(columns["place"], columns["act"], strict=True):
        counts[cell] = counts.get(cell, 0) + 1
    assert {cell for cell, n in counts.items() if n < k} <= withheld
    assert {cell for cell in withheld if counts.get(cell, 0) >= k}
    assert any(None in cell for cell in withheld)


def test_nothing_remains_after_a_run(peer, here):
    since, mark = time.time() - 1, f"mark{secrets.token_hex(6)}"
    assert peer.suppressed(*table(14, mark=mark))
    assert list(here.iterdir()) == []
    assert list(marked(mark, since, *SHARED)) == []


def test_the_folder_is_private_and_the_environment_empty(peer, work, here, monkeypatch):
    monkeypatch.setenv("AMPARO_SECRET", "secret")
    seen = {}

    def watched(*arguments, **options):
        seen.update(options, mode=options["cwd"].stat().st_mode & 0o777)
        return started(*arguments, **options)

    started = peer.subprocess.Popen
    monkeypatch.setattr(peer.subprocess, "Popen", watched)
    peer.suppressed(*table(14))
    assert seen["mode"] == 0o700
    assert seen["env"]["HOME"] == seen["env"]["TMPDIR"] == str(seen["cwd"])
    assert set(seen["env"]) <= {"HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"}
    assert [*work.iterdir(), *here.iterdir()] == []


def test_nothing_remains_when_the_child_is_killed(peer, work, here, monkeypatch):
    children = []

    def watched(*arguments, **options):
        children.append(started(*arguments, **options))
        return children[-1]

    started = peer.subprocess.Popen
    monkeypatch.setattr(peer.subprocess, "Popen", watched)

    def kill() -> None:
        until(lambda: holds_values(work))
        children[0].kill()

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(ChildProcessError):
        peer.suppressed(*table(200, 3000))
    killer.join()
    assert children[0].returncode == -signal.SIGKILL
    assert [*work.iterdir(), *here.iterdir()] == []


def test_nothing_remains_when_the_caller_is_killed(work, here):
    environment = {"PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", SCRIPT, str(work)]
    caller = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
    assert caller.stdin is not None
    caller.stdin.write(json.dumps(table(200, 3000)).encode())
    caller.stdin.close()
    until(lambda: holds_values(work))
    caller.kill()
    assert caller.wait() == -signal.SIGKILL
    until(lambda: not list(work.iterdir()))
    assert list(here.iterdir()) == []


def test_nothing_remains_when_the_peer_fails(peer, work, here):
    columns, groups, k = table(14)
    with pytest.raises(ChildProcessError):
        peer.suppressed(columns | {"act": ["threat"]}, groups, k)
    assert [*work.iterdir(), *here.iterdir()] == []


def test_files_are_overwritten_before_they_go(peer, tmp_path):
    folder = tmp_path / "work"
    (folder / "below").mkdir(parents=True)
    file = folder / "below" / "table.tab"
    file.write_text("place001")
    other = tmp_path / "kept"
    other.write_text("kept")
    (folder / "link").symlink_to(other)
    second = tmp_path / "second"
    os.link(file, second)  # a second name shows what became of the content
    peer.wipe(folder)
    assert not folder.exists()
    assert second.read_bytes() == bytes(len("place001"))
    assert other.read_text() == "kept"
