"""A disk that fails: each write, in turn, ends with an error; what was acknowledged then?

A small library, compiled when it is needed and loaded before the C library, counts what a process writes
below one folder (bytes, names, lengths, and what it makes durable) and lets one of them fail: once with
an input/output error, or from there on as on a full disk. A study is taken through the steps of `kills`.
"""

from __future__ import annotations

import ctypes
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .children import Nursery, furnish
from .kills import FRESH, STEPS, Campaign, campaign, same

KINDS = {"input/output error": (5, False), "full disk": (28, True)}  # errno, and whether it stays
# Every call by which Python, SQLite or libsodium change a file, with the place of what tells the file.
_BY_DESCRIPTOR = {
    "write": ("ssize_t", "int fd, const void *b, size_t n", "fd, b, n"),
    "pwrite": ("ssize_t", "int fd, const void *b, size_t n, off_t o", "fd, b, n, o"),
    "pwrite64": ("ssize_t", "int fd, const void *b, size_t n, off64_t o", "fd, b, n, o"),
    "ftruncate": ("int", "int fd, off_t o", "fd, o"),
    "ftruncate64": ("int", "int fd, off64_t o", "fd, o"),
    "fsync": ("int", "int fd", "fd"),
    "fdatasync": ("int", "int fd", "fd"),
    "fchmod": ("int", "int fd, mode_t m", "fd, m"),
}
_BY_NAME = {
    "rename": ("int", "const char *p, const char *q", "p, q", "q"),
    "link": ("int", "const char *p, const char *q", "p, q", "q"),
    "mkdir": ("int", "const char *p, mode_t m", "p, m", "p"),
    "unlink": ("int", "const char *p", "p", "p"),
}
_HEAD = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
static char below[4096]; static long at = 0, met = 0; static int error = 0, stays = 0;
void fault_arm(const char *folder, long place, int number, int staying) {
    snprintf(below, sizeof below, "%s", folder); met = 0; at = place; error = number; stays = staying; }
long fault_count(void) { return met; }
static int fails(const char *path) {
    if (!below[0] || strncmp(path, below, strlen(below))) return 0;
    long n = __sync_add_and_fetch(&met, 1);
    if (at && (n == at || (stays && n > at))) { errno = error; return 1; }
    return 0; }
static int fd_fails(int fd) {
    char link[64], path[4096]; snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int kept = errno; ssize_t n = below[0] ? readlink(link, path, sizeof path - 1) : -1; errno = kept;
    if (n < 0) return 0;
    path[n] = 0; return fails(path); }
"""
_OPEN = """
int NAME(const char *p, int flags, ...) {
    va_list l; va_start(l, flags); mode_t m = va_arg(l, mode_t); va_end(l);
    if ((flags & O_CREAT) && fails(p)) return -1;
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "NAME"); return real(p, flags, m); }
"""


def source() -> str:
    """The library in C."""
    text = _HEAD + "".join(_OPEN.replace("NAME", name) for name in ("open", "open64"))
    for name, (kind, takes, gives) in _BY_DESCRIPTOR.items():
        text += (
            f"{kind} {name}({takes}) {{ if (fd_fails(fd)) return -1;"
            f' {kind} (*real)({takes}) = dlsym(RTLD_NEXT, "{name}"); return real({gives}); }}\n'
        )
    for name, (kind, takes, gives, told) in _BY_NAME.items():
        text += (
            f"{kind} {name}({takes}) {{ if (fails({told})) return -1;"
            f' {kind} (*real)({takes}) = dlsym(RTLD_NEXT, "{name}"); return real({gives}); }}\n'
        )
    return text


def compiler() -> str | None:
    """The C compiler of this machine."""
    return next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)


def library(room: Path) -> Path | None:
    """The library compiled into a folder; None where no C compiler is."""
    command = compiler()
    if command is None:
        return None
    made = room / "faults.so"
    (room / "faults.c").write_text(source(), encoding="utf-8")
    subprocess.run([command, "-shared", "-fPIC", "-O1", "-o", made, room / "faults.c", "-ldl"], check=True)
    return made


def arm(below: str, place: int, number: int, stays: bool, told: str) -> None:
    """In a child with the library: let the call at `place` below a folder fail; tell the count at the end."""
    import atexit  # noqa: PLC0415

    loaded = ctypes.CDLL(None)
    loaded.fault_count.restype = ctypes.c_long
    loaded.fault_arm(below.encode(), ctypes.c_long(place), number, int(stays))
    atexit.register(lambda: Path(told).write_text(str(loaded.fault_count())))


def run(number: int, seed: int) -> Iterator[dict[str, Any]]:
    """One line per fault and then their sum; `number` of them, spread over all, or with 0 every one."""
    with tempfile.TemporaryDirectory(prefix="amparo-faults-") as name:
        room = Path(name)
        made = library(room)
        if made is None:
            yield {"faults": 0, "compiler": False}
            return
        with campaign(room / "campaign", seed) as fight:
            lines = []
            for line in faults(fight, made, number, seed):
                lines.append(line)
                yield line
        yield summary(lines)


def summary(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """How many faults were met, and how many of them did harm."""
    return {
        "faults": len(lines),
        "told": sum(line["code"] != 0 for line in lines),
        "falsely_acknowledged": sum(line["falsely_acknowledged"] for line in lines),
        "left_between": sum(line["state"] == "else" for line in lines),
        "not_done_again": sum(not line["resumed"] for line in lines),
    }


def faults(
    fight: Campaign, made: Path, number: int, seed: int, steps: tuple[str, ...] = STEPS
) -> Iterator[dict[str, Any]]:
    """Let writes fail in every step of a campaign."""
    nursery = Nursery(fight.room, preload=str(made))
    try:
        places = {step: _met(fight, nursery, step) for step in steps}
        every = [
            (step, place, kind) for step in steps for place in range(1, places[step] + 1) for kind in KINDS
        ]
        draw = random.Random(seed)  # noqa: S311  (places)
        chosen = (
            sorted(draw.sample(range(len(every)), min(number, len(every)))) if number else range(len(every))
        )
        for index in chosen:
            step, place, kind = every[index]
            yield _fault(fight, nursery, step, place, kind)
    finally:
        nursery.end()


def _met(fight: Campaign, nursery: Nursery, step: str) -> int:
    """How many writes a step makes when none fails."""
    place, study = _place(fight, step)
    hook = {"below": str(study.parent), "place": 0, "number": 0, "stays": False, "told": str(place / "count")}
    nursery.run(fight.command(step, study), place, hook=("faults", "arm", hook))
    count = int((place / "count").read_text())
    shutil.rmtree(place)
    return count


def _fault(fight: Campaign, nursery: Nursery, step: str, at: int, kind: str) -> dict[str, Any]:
    number, stays = KINDS[kind]
    place, study = _place(fight, step)
    hook = {"below": str(study.parent), "place": at, "number": number, "stays": stays}
    armed = hook | {"told": str(place / "count")}
    ended = nursery.run(fight.command(step, study), place, hook=("faults", "arm", armed))
    found = fight.look(study)
    before, after = fight.stages.get(f"before {step}"), fight.stages[step]
    sound = found is None or "error" not in found
    state = "after" if sound and same(found, after) else "before" if sound and same(found, before) else "else"
    again = fight.step(step, study, place)
    resumed = fight.done(step, state, again.code) and same(fight.look(study), after)
    shutil.rmtree(place)
    line = {
        "step": step,
        "write": at,
        "fault": kind,
        "code": ended.code,
        "said": ended.lines[-1:],
        "state": state,
        "falsely_acknowledged": ended.code == 0 and state != "after",
        "resumed": resumed,
    }
    return line if state != "else" and resumed else line | {"found": found, "again": again.lines[-1:]}


def _place(fight: Campaign, step: str) -> tuple[Path, Path]:
    place = Path(tempfile.mkdtemp(prefix="fault-", dir=fight.room))
    study = furnish(place)
    if step not in FRESH:
        shutil.copytree(fight.room / "before" / step, study)
    return place, study
