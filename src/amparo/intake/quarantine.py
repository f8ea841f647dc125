"""Hostile files are parsed in a child process that can do nothing but compute and answer.

Each call runs in a child of its own, under limits of memory and time. It starts with an empty environment,
may write no file and, once the function's module is loaded, open no file and no socket (RLIMIT_FSIZE and
RLIMIT_NOFILE). Bytes go in and results come out by pipe: nothing touches the disk.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Protocol, TypeVar, get_type_hints

import msgspec

import amparo
from amparo.codes import CODES
from amparo.errors import AmparoError
from amparo.intake import pdf, reading
from amparo.intake.limited_child import LENGTH, LENGTHS, STATUS, Answer, Head, answer_limit
from amparo.intake.sheet import Sheet
from amparo.intake.spreadsheet import check_size

MEMORY_MB = 3072
CPU_SECONDS = 120
WALL_SECONDS = 300

_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from amparo.intake.limited_child import serve; serve()"
# What a relocated Python needs to find its own libraries; the child gets nothing else of our environment.
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_OUT_OF_MEMORY = {signal.SIGABRT, signal.SIGKILL}
_GRACE = 5  # seconds that a child's own alarm comes before ours

Result_co = TypeVar("Result_co", covariant=True)


class Importable(Protocol[Result_co]):
    """A function that another process can find by module and name."""

    __module__: str
    __qualname__: str

    def __call__(self, *args: Any, **options: Any) -> Result_co:
        """Do the work."""
        ...


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
    declares. The function's module must load all it needs when it is imported, or in a function `load`. An
    answer may hold 8 MB and 30 bytes for each byte of the arguments.

    Raises the function's own `AmparoError`; intake.too_large, intake.too_slow, intake.child_died (with the
    signal or the exception's type as reason). Where the caller is interrupted or killed, the child dies too.
    """
    name = f"{function.__module__}:{function.__qualname__}"
    call = msgspec.msgpack.encode((args, options))
    head = Head(name, memory_mb << 20, cpu_seconds, wall_seconds)
    nursery = _take()
    try:
        answer, status = nursery.call(head, call)
    except BaseException:
        nursery.close()
        raise
    if status is None:
        nursery.close()
        if answer is None:
            raise AmparoError("intake.too_large", file=file_name, limit=memory_mb)
        raise AmparoError("intake.too_slow", file=file_name, limit=wall_seconds)
    code = os.waitstatus_to_exitcode(status)
    if code or answer is None:
        # What died badly may have left its mark: the next file gets another interpreter.
        nursery.close()
        if code:
            raise _death(code, file_name, head)
        raise AmparoError("intake.child_died", file=file_name, reason="answer")
    _idle.append(nursery)
    return _open_answer(answer, function, file_name, memory_mb)


def read_quarantined(content: bytes, file_name: str, **options: Any) -> Sheet:
    """`reading.read_list`, or `pdf.read_table`, in a limited child: the door for foreign lists."""
    check_size(content, file_name)
    if content.startswith(pdf.PDF):
        return in_quarantine(pdf.read_table, content, file_name, file_name=file_name)
    return in_quarantine(reading.read_list, content, file_name, file_name=file_name, **options)


class _Nursery:
    """A fresh interpreter that forks a limited child for each call; it holds nothing of ours."""

    def __init__(self) -> None:
        # It outlives us by no more than this pipe: its other end reads "closed" when we are gone.
        lifeline, self._held = os.pipe()
        self._status, status = os.pipe()
        root = str(Path(amparo.__file__).parent.parent)
        self.owner = os.getpid()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-B", "-X", "utf8", "-c", _BOOT, root, str(lifeline), str(status)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=[lifeline, status],
                start_new_session=True,
                env={key: os.environ[key] for key in _KEPT if key in os.environ},
                cwd="/",
            )
        except BaseException:
            os.close(self._held)
            os.close(self._status)
            raise
        finally:
            os.close(lifeline)
            os.close(status)
        assert self._process.stdin is not None  # noqa: S101  (both are pipes)
        assert self._process.stdout is not None  # noqa: S101
        self._input, self._output = self._process.stdin.fileno(), self._process.stdout.fileno()
        for number in (self._input, self._output, self._status):
            os.set_blocking(number, False)

    def call(self, head: Head, call: bytes) -> tuple[bytes | None, int | None]:
        """The answer and how the child ended; (None, None) for too long an answer, (b"", None) for no end."""
        told = msgspec.msgpack.encode(head)
        waiting = memoryview(LENGTHS.pack(len(told), len(call)) + told + call)
        limit = answer_limit(len(call)) + LENGTH.size
        answer = bytearray()
        status = b""
        end = time.monotonic() + head.wall + _GRACE
        while len(status) < STATUS.size:
            left = end - time.monotonic()
            if left <= 0:
                return b"", None
            reads, writes, _ = select.select(
                [self._output, self._status], [self._input] if waiting else [], [], left
            )
            if writes:
                with contextlib.suppress(BlockingIOError, BrokenPipeError):
                    waiting = waiting[os.write(self._input, waiting[: 1 << 20]) :]
            # The status comes after the answer: look whether the child has ended, then take what it said.
            if self._status in reads:
                status += os.read(self._status, STATUS.size) or STATUS.pack(signal.SIGILL)
            while piece := self._piece():
                answer += piece
                if len(answer) > limit:
                    return None, None
        if len(answer) < LENGTH.size or waiting:
            return None, STATUS.unpack(status[: STATUS.size])[0]
        whole = LENGTH.unpack_from(answer)[0] == len(answer) - LENGTH.size
        return bytes(answer[LENGTH.size :]) if whole else None, STATUS.unpack(status[: STATUS.size])[0]

    def _piece(self) -> bytes:
        try:
            return os.read(self._output, 1 << 20)
        except BlockingIOError:
            return b""

    def close(self) -> None:
        """End the interpreter and its child."""
        os.close(self._held)
        os.close(self._status)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


_idle: list[_Nursery] = []
_taking = threading.Lock()


def _take() -> _Nursery:
    """An interpreter that waits, else one just started; one that another process started is not ours."""
    with _taking:
        while _idle:
            nursery = _idle.pop()
            if nursery.owner == os.getpid():
                return nursery
    return _Nursery()


@atexit.register
def close_all() -> None:
    """End the interpreters that wait for a file."""
    while _idle:
        nursery = _idle.pop()
        if nursery.owner == os.getpid():
            nursery.close()


def _death(returncode: int, file_name: str, head: Head) -> AmparoError:
    """Why a child that gave no answer ended; under a memory limit an abort is a failed allocation."""
    if returncode == -signal.SIGXCPU:
        return AmparoError("intake.too_slow", file=file_name, limit=head.cpu)
    if returncode == -signal.SIGALRM:
        return AmparoError("intake.too_slow", file=file_name, limit=head.wall)
    if -returncode in _OUT_OF_MEMORY:
        return AmparoError("intake.too_large", file=file_name, limit=head.memory >> 20)
    reason = signal.Signals(-returncode).name if returncode < 0 else f"exit {returncode}"
    return AmparoError("intake.child_died", file=file_name, reason=reason)


def _open_answer(data: bytes, function: Importable[Result_co], file_name: str, memory_mb: int) -> Result_co:
    try:
        answer = msgspec.msgpack.decode(data, type=Answer)
        if answer.code is None:
            return msgspec.msgpack.decode(answer.result, type=get_type_hints(function).get("return", Any))
    except msgspec.DecodeError:
        raise AmparoError("intake.child_died", file=file_name, reason="answer") from None
    if answer.code == "MemoryError":
        raise AmparoError("intake.too_large", file=file_name, limit=memory_mb)
    if answer.code not in CODES:
        raise AmparoError("intake.child_died", file=file_name, reason=answer.code)
    raise AmparoError(answer.code, **answer.facts)
