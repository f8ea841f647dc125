"""Bounded run of requirement 18: the process that held the key is gone; a scan from outside finds none."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from amparo.errors import AmparoError
from amparo.vault import folder, holders, keyring

HOLD = """
import pathlib, signal, sys, time
from amparo.vault import folder, slots
if "deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
secrets = slots.Secrets(sys.stdin.buffer.read(32), sys.stdin.buffer.read(32))
opened = folder.open_with_key(pathlib.Path(sys.argv[1]), secrets)
print("open", flush=True)
if "fork" in sys.argv:
    import os
    if os.fork():
        os.kill(os.getpid(), signal.SIGKILL)
    print("child", os.getpid(), flush=True)
time.sleep(600)
"""
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="memory is read through /proc")

Holder = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def holder(study: folder.Opened) -> Iterator[Holder]:
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-c", HOLD, str(study.path), *words]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"".join(study.secrets))
        process.stdin.close()
        assert process.stdout.readline() == b"open\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def holds(process: int, secret: bytes) -> bool:
    """Whether the bytes stand anywhere in the writable memory of the process."""
    areas = re.findall(r"^(\w+)-(\w+) rw", Path(f"/proc/{process}/maps").read_text(), re.MULTILINE)
    with Path(f"/proc/{process}/mem").open("rb", buffering=0) as memory:
        for start, end in areas:
            try:
                memory.seek(int(start, 16))
                if secret in memory.read(int(end, 16) - int(start, 16)):
                    return True
            except (OSError, OverflowError, ValueError):
                continue
    return False


@LINUX
def test_every_process_with_the_keys_is_gone_after_locking(study: folder.Opened, holder: Holder) -> None:
    processes = [holder(), holder("deaf")]
    if os.geteuid() == 0:
        # The scan finds the key while it is there.
        assert all(holds(each.pid, study.secrets.root_key) for each in processes)
    begun = time.monotonic()
    assert holders.end_others(study.path) == 2
    assert time.monotonic() - begun < 30
    assert [each.wait(5) for each in processes] == [-signal.SIGTERM, -signal.SIGKILL]
    assert not any(Path(f"/proc/{each.pid}").exists() for each in processes)
    assert holders.end_others(study.path) == 0
    # This process opened the study too, and is not told of to itself.
    assert keyring.key_for(study.database)


def test_a_killed_holder_leaves_nothing_to_end(study: folder.Opened, holder: Holder) -> None:
    process = holder()
    process.kill()
    process.wait()
    assert holders.end_others(study.path) == 0


@LINUX
def test_a_forked_child_has_the_keys_and_is_ended_too(study: folder.Opened, holder: Holder) -> None:
    process = holder("fork")
    assert process.stdout
    child = int(process.stdout.readline().split()[1])
    assert process.wait() == -signal.SIGKILL
    assert holders.end_others(study.path) == 1
    # An orphan that nobody waits for keeps its number, and no memory.
    assert not Path(f"/proc/{child}").exists() or Path(f"/proc/{child}/maps").read_text() == ""


def test_only_the_study_that_is_locked_loses_its_holders(
    study: folder.Opened, holder: Holder, tmp_path: Path
) -> None:
    process = holder()
    shutil.copytree(study.path, tmp_path / "other", ignore=shutil.ignore_patterns("holders"))
    assert holders.end_others(tmp_path / "other") == 0
    folder.open_with_key(tmp_path / "other", study.secrets)
    assert holders.end_others(tmp_path / "other") == 0
    assert process.poll() is None


def test_a_holder_lets_go(study: folder.Opened) -> None:
    other = (
        "import sys, pathlib; from amparo.vault import holders;"
        "print(holders._holder(__import__('os').open(sys.argv[1] + '/holders', 2)))"
    )
    command = [sys.executable, "-c", other, str(study.path)]

    def told() -> str:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    assert told() == str(os.getpid())
    keyring.drop(study.database)
    assert told() == "None"


@LINUX
def test_a_holder_that_cannot_be_ended_from_here_is_told_of(
    study: folder.Opened, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = holder()

    def refuse(*_: object) -> None:
        raise PermissionError

    with monkeypatch.context() as patch:
        patch.setattr(signal, "pidfd_send_signal", refuse)
        with pytest.raises(AmparoError, match=r"vault\.holder_stays") as raised:
            holders.end_others(study.path)
        assert raised.value.facts == {"process": process.pid}
        # A holder of another container has no number here.
        patch.setattr(holders, "_holder", lambda _: 0)
        with pytest.raises(AmparoError, match=r"vault\.holder_stays"):
            holders.end_others(study.path)
    assert process.poll() is None
    assert holders.end_others(study.path) == 1


def test_where_there_is_no_study_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("synthetic")
    with pytest.raises(AmparoError, match=r"vault\.no_study"):
        holders.end_others(tmp_path / "file")
    assert holders.end_others(tmp_path) == 0
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


# Root may read all memory, so root's run lets both sides become somebody without rights, who may be looked
# into as any program is that this user starts.
ORDINARY = """
import ctypes, os, pathlib, sys, time
from amparo.vault import keyring
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
"""
SIT = """
if sys.argv[1] != "open":
    keyring.hold(pathlib.Path(sys.argv[1]) / "study.db", bytes(32))
print("ready", flush=True)
time.sleep(600)
"""
PEEK = """
try:
    with open(f"/proc/{sys.argv[1]}/mem", "rb"):
        print("read")
except PermissionError:
    print("refused")
"""


@LINUX
def test_another_process_of_the_same_user_cannot_read_a_holders_memory() -> None:
    room = Path(tempfile.mkdtemp())
    room.chmod(0o777)
    told = {}
    for target in ("open", str(room)):
        with subprocess.Popen(
            [sys.executable, "-c", ORDINARY + SIT, target], stdout=subprocess.PIPE
        ) as sitting:
            assert sitting.stdout
            assert sitting.stdout.readline() == b"ready\n"
            peek = [sys.executable, "-c", ORDINARY + PEEK, str(sitting.pid)]
            told[target] = subprocess.run(peek, capture_output=True, text=True, check=True).stdout
            sitting.kill()
    shutil.rmtree(room)
    if told["open"] != "read\n":
        pytest.skip("this system lets no process read another's memory")
    assert told[str(room)] == "refused\n"
