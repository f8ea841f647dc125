"""The far side of `quarantine`: a fresh interpreter that forks one limited child for every call.

The interpreter itself reads nothing of a file: it learns a function's name and its limits, loads the
function's module and forks. The child takes its limits, reads the call, closes every door, computes, answers
and ends. So libraries load once, and no file meets what another left behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import select
import signal
import struct
import sys
from importlib import import_module
from typing import Any

import msgspec

from amparo.errors import AmparoError

LENGTHS = struct.Struct("<QQ")  # of the head and of the call
LENGTH = struct.Struct("<Q")  # of the answer
STATUS = struct.Struct("<i")  # how the child ended, as `waitpid` tells it
_OWN, _FACTOR = 8 << 20, 30  # an answer may hold 8 MB and 30 bytes for each byte of the call


class Head(msgspec.Struct, array_like=True):
    """What the interpreter is told of a call: the function as module:name, and its child's limits."""

    function: str
    memory: int  # bytes
    cpu: int  # seconds
    wall: int


class Answer(msgspec.Struct, array_like=True):
    """What the child sends back: a result, or an error's code and facts."""

    result: msgspec.Raw = msgspec.Raw(b"\xc0")
    code: str | None = None
    facts: dict[str, Any] = {}


def answer_limit(call: int) -> int:
    """Bytes that the answer to a call of so many bytes may have: a small file may not fill our memory."""
    return _OWN + _FACTOR * call


def serve() -> None:
    """The interpreter's whole life: one forked child a call, until the other end of the lifeline closes."""
    lifeline, status = map(int, sys.argv[2:4])
    silence = os.open(os.devnull, os.O_RDWR)
    ended, noted = os.pipe2(os.O_NONBLOCK) if hasattr(os, "pipe2") else os.pipe()
    os.set_blocking(noted, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(noted, warn_on_full_buffer=False)
    while lengths := _read(0, LENGTHS.size):
        head_length, call_length = LENGTHS.unpack(lengths)
        head = msgspec.msgpack.decode(_read(0, head_length), type=Head)
        with contextlib.suppress(Exception):  # the child tells of it
            getattr(import_module(head.function.partition(":")[0]), "load", _nothing)()
        child = os.fork()
        if not child:
            signal.set_wakeup_fd(-1)
            for number in (lifeline, status, ended, noted):
                os.close(number)
            _work(head, call_length, silence)
        _write(status, STATUS.pack(_wait(child, lifeline, ended)))


def _nothing() -> None:
    """Most modules load all they need when they are imported."""


def _wait(child: int, lifeline: int, ended: int) -> int:
    """The child's end; ours with it where whoever started us is gone."""
    while True:
        ready, _, _ = select.select([lifeline, ended], [], [])
        if lifeline in ready:
            os.kill(child, signal.SIGKILL)
            os._exit(0)
        os.read(ended, 64)
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return status


def _work(head: Head, length: int, silence: int) -> None:
    """The child's whole life."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    _limit(head)
    try:
        call = _read(0, length)
        # Where the child keeps its standard output: out of reach of what prints.
        output = os.dup(1)
        for number in (0, 1, 2):
            os.dup2(silence, number)
        answer = _answer(head.function, call)
        if len(answer) > answer_limit(length):
            answer = msgspec.msgpack.encode(Answer(code="MemoryError"))
        _write(output, LENGTH.pack(len(answer)))
        _write(output, answer)
        os._exit(0)
    finally:
        os.abort()  # without room even to say so


def _answer(name: str, call: bytes) -> bytes:
    try:
        args, options = msgspec.msgpack.decode(call)
        module, _, path = name.partition(":")
        function: Any = import_module(module)
        for part in path.split("."):
            function = getattr(function, part)
        _close_doors()
        return msgspec.msgpack.encode(Answer(msgspec.Raw(msgspec.msgpack.encode(function(*args, **options)))))
    except AmparoError as error:
        answer = Answer(code=error.code, facts=error.facts)
    except BaseException as error:  # a panic in a parser's native code is no Exception
        answer = Answer(code=type(error).__name__)
    return msgspec.msgpack.encode(answer)


def _limit(head: Head) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.alarm(head.wall)
    # macOS knows no limit of address space; it may refuse the call.
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CPU, head.cpu),
        (resource.RLIMIT_AS, head.memory),
        (resource.RLIMIT_DATA, head.memory),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (value, value + (kind == resource.RLIMIT_CPU)))


def _close_doors() -> None:
    """From here on no file and no socket can be opened, and no process started from one."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _read(number: int, length: int) -> bytes:
    """So many bytes; none where the other end has closed."""
    pieces = bytearray()
    while len(pieces) < length:
        piece = os.read(number, min(length - len(pieces), 1 << 20))
        if not piece:
            return b""
        pieces += piece
    return bytes(pieces)


def _write(number: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(number, view) :]
