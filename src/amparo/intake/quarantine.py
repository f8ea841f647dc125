"""Hostile files are parsed in a child process that can do nothing but compute and answer.

The child is a fresh interpreter in its own process group, under limits of memory and time. It starts with an
empty environment, may write no file and, once the function's module is loaded, open no file and no socket
(RLIMIT_FSIZE and RLIMIT_NOFILE). Bytes go in and results come out by pipe: nothing touches the disk.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeVar, get_type_hints

import msgspec

import amparo
from amparo.errors import CODES, AmparoError
from amparo.intake.sheet import Sheet
from amparo.intake.spreadsheet import check_size, read_sheet

MEMORY_MB = 3072
CPU_SECONDS = 120
WALL_SECONDS = 300

_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from amparo.intake.quarantine import serve; serve()"
# What a relocated Python needs to find its own libraries; the child gets nothing else of our environment.
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_OUT_OF_MEMORY = {signal.SIGABRT, signal.SIGKILL}
_OUT_OF_TIME = {signal.SIGXCPU, signal.SIGALRM}

Result_co = TypeVar("Result_co", covariant=True)


class Importable(Protocol[Result_co]):
    """A function that another process can find by module and name."""

    __module__: str
    __qualname__: str

    def __call__(self, *args: Any, **options: Any) -> Result_co:
        """Do the work."""
        ...


class _Answer(msgspec.Struct, array_like=True):
    """What the child sends back: a result, or an error's code and facts."""

    result: msgspec.Raw = msgspec.Raw(b"\xc0")
    code: str | None = None
    facts: dict[str, Any] = {}


def in_quarantine(
    function: Importable[Result_co],
    *args: Any,
    file_name: str,
    memory_mb: int = MEMORY_MB,
    cpu_seconds: int = CPU_SECONDS,
    wall_seconds: int = WALL_SECONDS,
    **options: Any,
) -> Result_co:
    """Call an importable function in a limited child; `file_name` only names the file in messages.

    Arguments and result pass as MessagePack: bytes, text, numbers, and for the result the type the function
    declares. The function's module must load all it needs when it is imported.

    Raises the function's own `AmparoError`; intake.too_large, intake.too_slow, intake.child_died (with the
    signal or the exception's type as reason). Where the caller is interrupted or killed, the child dies too.
    """
    name = f"{function.__module__}:{function.__qualname__}"
    call = msgspec.msgpack.encode((name, args, options))
    # The child outlives its parent by no more than this pipe: its other end reads "closed" when we are gone.
    lifeline, held = os.pipe()
    limits = {"memory": memory_mb << 20, "cpu": cpu_seconds, "wall": wall_seconds, "lifeline": lifeline}
    root = str(Path(amparo.__file__).parent.parent)
    try:
        child = subprocess.Popen(
            [sys.executable, "-I", "-B", "-X", "utf8", "-c", _BOOT, root, json.dumps(limits)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[lifeline],
            start_new_session=True,
            env={key: os.environ[key] for key in _KEPT if key in os.environ},
            cwd="/",
        )
    except BaseException:
        os.close(held)
        raise
    finally:
        os.close(lifeline)
    try:
        answer, _ = child.communicate(call, timeout=wall_seconds)
    except subprocess.TimeoutExpired:
        raise AmparoError("intake.too_slow", file=file_name, limit=wall_seconds) from None
    finally:
        os.close(held)
        if child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
    if child.returncode:
        raise _death(child.returncode, file_name, memory_mb, cpu_seconds)
    return _open_answer(answer, function, file_name, memory_mb)


def read_quarantined(content: bytes, file_name: str, **options: Any) -> Sheet:
    """`spreadsheet.read_sheet` in a limited child, the door for foreign files: same options and errors."""
    check_size(content, file_name)
    return in_quarantine(read_sheet, content, file_name, file_name=file_name, **options)


def _death(returncode: int, file_name: str, memory_mb: int, cpu_seconds: int) -> AmparoError:
    """Why a child that gave no answer ended; under a memory limit an abort is a failed allocation."""
    if -returncode in _OUT_OF_TIME:
        return AmparoError("intake.too_slow", file=file_name, limit=cpu_seconds)
    if -returncode in _OUT_OF_MEMORY:
        return AmparoError("intake.too_large", file=file_name, limit=memory_mb)
    reason = signal.Signals(-returncode).name if returncode < 0 else f"exit {returncode}"
    return AmparoError("intake.child_died", file=file_name, reason=reason)


def _open_answer(data: bytes, function: Importable[Result_co], file_name: str, memory_mb: int) -> Result_co:
    try:
        answer = msgspec.msgpack.decode(data, type=_Answer)
        if answer.code is None:
            return msgspec.msgpack.decode(answer.result, type=get_type_hints(function).get("return", Any))
    except msgspec.DecodeError:
        raise AmparoError("intake.child_died", file=file_name, reason="answer") from None
    if answer.code == "MemoryError":
        raise AmparoError("intake.too_large", file=file_name, limit=memory_mb)
    if answer.code not in CODES:
        raise AmparoError("intake.child_died", file=file_name, reason=answer.code)
    raise AmparoError(answer.code, **answer.facts)


def serve() -> None:
    """The child's whole life: take limits, read one call from standard input, answer on standard output."""
    limits = json.loads(sys.argv[2])
    _bind_to_parent(limits["lifeline"])
    _limit(limits)
    output = os.fdopen(os.dup(1), "wb")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    try:
        name, args, options = msgspec.msgpack.decode(sys.stdin.buffer.read())
        module, _, path = name.partition(":")
        function: Any = import_module(module)
        for part in path.split("."):
            function = getattr(function, part)
        _close_doors()
        answer = _Answer(msgspec.Raw(msgspec.msgpack.encode(function(*args, **options))))
    except AmparoError as error:
        answer = _Answer(code=error.code, facts=error.facts)
    except BaseException as error:  # a panic in a parser's native code is no Exception
        answer = _Answer(code=type(error).__name__)
    output.write(msgspec.msgpack.encode(answer))
    output.close()
    os._exit(0)


def _bind_to_parent(lifeline: int) -> None:
    """End with the parent: by the kernel's signal where Linux gives one, by the closed pipe everywhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG

    def wait_for_end() -> None:
        os.read(lifeline, 1)
        os._exit(0)

    threading.Thread(target=wait_for_end, daemon=True).start()


def _limit(limits: dict[str, int]) -> None:
    signal.alarm(limits["wall"])
    # macOS knows no limit of address space; it may refuse the call.
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CPU, limits["cpu"]),
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_DATA, limits["memory"]),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (value, value + (kind == resource.RLIMIT_CPU)))


def _close_doors() -> None:
    """From here on no file and no socket can be opened, and no process started from one."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
