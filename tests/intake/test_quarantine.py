"""The child that parses hostile files: what it may not do, and how its death is told."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import amparo
from amparo.errors import AmparoError
from amparo.intake import quarantine
from amparo.intake.quarantine import Importable, in_quarantine, read_quarantined

ROOT = str(Path(amparo.__file__).parents[1])


def _error(function: Importable[Any], *args: Any, **limits: int) -> AmparoError:
    with pytest.raises(AmparoError) as error:
        in_quarantine(function, *args, file_name="lista.xlsx", **limits)
    assert error.value.facts["file"] == "lista.xlsx"
    return error.value


def test_arguments_and_results_pass() -> None:
    assert in_quarantine(os.path.join, "a", "b", file_name="x") == "a/b"
    assert in_quarantine(os.getpid, file_name="x") != os.getpid()
    assert in_quarantine(len, b"\0" * (3 << 20), file_name="x") == 3 << 20


def test_large_sheet_comes_back_whole() -> None:
    rows = 20_000
    sheet = read_quarantined(b"nombre,edad\n" + b"Ana,30\n" * rows, "lista.csv")
    assert (len(sheet.rows), sheet.row_numbers[-1]) == (rows, rows + 1)


def test_options_and_errors_of_the_reader_pass() -> None:
    assert read_quarantined(b"nombre;edad\nAna,2;3\n", "a.csv", delimiter=";").rows == [("Ana,2", "3")]
    with pytest.raises(AmparoError) as error:
        read_quarantined(b"", "a.csv")
    assert (error.value.code, error.value.facts) == ("intake.empty", {"file": "a.csv"})


def test_memory_is_limited() -> None:
    assert _error(bytearray, 1 << 30, memory_mb=400).code == "intake.too_large"


def test_failed_allocation_in_native_code_is_told_as_memory() -> None:
    assert _error(os.abort).code == "intake.too_large"


def test_processor_time_is_limited() -> None:
    assert _error(re.match, "(a|a)*b", "a" * 64, cpu_seconds=1).code == "intake.too_slow"


def test_wall_time_is_limited() -> None:
    error = _error(time.sleep, 60, wall_seconds=1)
    assert (error.code, error.facts["limit"]) == ("intake.too_slow", 1)


def test_other_deaths_name_their_signal_and_nothing_of_the_file() -> None:
    assert _error(os._exit, 3).facts["reason"] == "exit 3"
    assert _error(signal.raise_signal, signal.SIGILL).facts["reason"] == "SIGILL"
    assert _error(int, "Ana Sintética").facts["reason"] == "ValueError"


def test_what_is_no_answer_is_told() -> None:
    assert _error(os.write, 2**20, b"x").code == "intake.child_died"
    assert _error(object).facts["reason"] == "TypeError"  # MessagePack knows no such thing


def test_no_file_can_be_written_or_opened(tmp_path: Path) -> None:
    assert _error(open, str(tmp_path / "written"), "w").facts["reason"] == "OSError"
    assert _error(open, __file__).facts["reason"] == "OSError"
    assert not list(tmp_path.iterdir())


def test_no_socket_can_be_opened() -> None:
    assert _error(__import__("socket").create_server, ["127.0.0.1", 0]).code == "intake.child_died"


def test_no_program_can_be_run(tmp_path: Path) -> None:
    with contextlib.suppress(AmparoError):
        in_quarantine(os.system, f"echo x > {tmp_path / 'written'}", file_name="x")
    assert not list(tmp_path.iterdir())


def test_environment_is_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMPARO_SECRET", "x")
    assert in_quarantine(os.getenv, "AMPARO_SECRET", file_name="x") is None


def test_what_the_child_prints_does_not_mix_with_its_answer(capfd: pytest.CaptureFixture[str]) -> None:
    assert in_quarantine(os.write, 1, b"Ana", file_name="x") == 3
    assert in_quarantine(os.write, 2, b"Ana", file_name="x") == 3
    assert in_quarantine(print, "Ana", file_name="x") is None
    assert capfd.readouterr() == ("", "")


def test_child_needs_no_frames_to_start() -> None:
    program = "import sys; from amparo.intake import quarantine; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": ROOT},
        stdout=subprocess.PIPE,
        check=True,
    )
    assert not {"polars", "pyarrow", "numpy", "duckdb"} & set(done.stdout.decode().split())


_PARENT = """
import sys, time
from amparo.intake.quarantine import in_quarantine
print("ready", flush=True)
in_quarantine(time.sleep, 600, file_name="x")
"""


def _children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], stdout=subprocess.PIPE, check=True).stdout
    pairs = [tuple(map(int, line.split())) for line in listed.decode().splitlines()]
    return [child for child, parent in pairs if parent == pid]


def _alive(pid: int) -> bool:
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], stdout=subprocess.PIPE, check=False)
    return bool(listed.stdout.strip()) and not listed.stdout.strip().startswith(b"Z")


def _wait(condition: Callable[[], Any]) -> Any:
    for _ in range(200):
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("kernel_signal", [True, False])
def test_child_does_not_outlive_its_parent(sign: signal.Signals, kernel_signal: bool) -> None:
    program = _PARENT
    if not kernel_signal:  # as where the kernel gives no signal of the parent's death
        program = program.replace(
            "print(",
            "from amparo.intake import quarantine as q; q._BOOT = 'import sys; sys.platform = chr(120); '"
            " + q._BOOT\nprint(",
            1,
        )
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": ROOT},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert parent.stdout is not None
    with parent, parent.stdout:
        parent.stdout.readline()
        (nursery,) = _wait(lambda: _children(parent.pid))
        (child,) = _wait(lambda: _children(nursery))
        parent.send_signal(sign)
        parent.wait()
        _wait(lambda: not _alive(nursery))
        _wait(lambda: not _alive(child))


def test_interrupted_call_kills_its_child(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def interrupted(*pipes: Any) -> Any:
        asked.append(pipes)
        raise KeyboardInterrupt

    monkeypatch.setattr(quarantine, "_idle", [])
    in_quarantine(os.getpid, file_name="x")
    (nursery,) = quarantine._idle
    monkeypatch.setattr(quarantine.select, "select", interrupted)
    with pytest.raises(KeyboardInterrupt):
        in_quarantine(time.sleep, 600, file_name="x")
    assert asked
    assert nursery._process.returncode == -signal.SIGKILL


def test_each_call_has_a_child_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "_idle", [])
    children = {in_quarantine(os.getpid, file_name="x") for _ in range(3)}
    assert len(children) == 3
    assert {in_quarantine(os.getppid, file_name="x") for _ in range(3)} == {quarantine._idle[0]._process.pid}


def test_what_died_leaves_its_interpreter_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "_idle", [])
    before = in_quarantine(os.getppid, file_name="x")
    assert _error(os._exit, 3).code == "intake.child_died"
    assert in_quarantine(os.getppid, file_name="x") != before


def test_small_files_have_no_large_answers() -> None:
    assert _error(bytes, 60 << 20).code == "intake.too_large"
