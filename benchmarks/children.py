"""Children that run verbs: forked from one process that has loaded everything, ended by a signal on demand.

A child is the whole application from `main` on, in a working, home and temporary folder of its own. Only
Argon2id gives way to a quick stand-in where that is asked for: it costs a second and writes nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import amparo

# A function of the checkout to call in a child: module below `benchmarks`, name, keyword arguments.
Call = tuple[str, str, Mapping[str, Any]]
POLL_SECONDS = 0.002
_BOOT = "from amparo.cli.checkout import load; load('benchmarks', 'children').serve()"


@dataclass
class Ended:
    """How a child ended: its exit code (below 0 a signal), what it said, how long it took."""

    code: int
    said: bytes
    seconds: float

    @property
    def lines(self) -> list[str]:
        """What it said, line by line."""
        return self.said.decode().splitlines()


def furnish(place: Path) -> Path:
    """A place with a home, a temporary and a working folder of its own; where its study will stand."""
    for name in ("home", "temporary", "here", "studies"):
        (place / name).mkdir(parents=True, exist_ok=True)
    return place / "studies" / "study"


def environment(place: Path) -> dict[str, str]:
    """Ours, but with everything a program writes besides its study below `place`."""
    temporary = str(place / "temporary")
    return dict(os.environ) | {
        "PYTHONPATH": str(Path(amparo.__file__).parents[1]),
        "HOME": str(place / "home"),
        "XDG_CACHE_HOME": str(place / "home" / ".cache"),
        "XDG_STATE_HOME": str(place / "home" / ".state"),
        "TMPDIR": temporary,
        "SQLITE_TMPDIR": temporary,
        "AMPARO_LANG": "en",
        "OPENBLAS_NUM_THREADS": "1",  # it would start its threads when it is loaded
    }


def hurry() -> None:
    """Let a quick stand-in take the place of Argon2id in this process."""
    from amparo.vault import wraps  # noqa: PLC0415

    # The costs stay written in the slots; only the time goes.
    wraps.hash_secret_raw = lambda secret, *_: hashlib.sha256(secret).digest()  # ty: ignore[invalid-assignment]


def settle_in(place: Path, said: Path) -> None:
    """Make this forked process a program started in `place`, whose words go to the file `said`."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(place / "here")
    os.environ.update(environment(place))
    tempfile.tempdir = None
    nothing = os.open(os.devnull, os.O_RDONLY)
    out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for descriptor, taken in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(descriptor, taken)
    sys.stdin = os.fdopen(0, closefd=False)


def waited(child: int, after: float | None, blow: int) -> int:
    """The exit code of a child of ours, struck by the signal `blow` where it lives longer than `after`."""
    begun, struck = time.perf_counter(), False
    while True:
        done, status = os.waitpid(child, 0 if after is None or struck else os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if after is not None and time.perf_counter() - begun >= after:
            os.kill(child, blow)
            struck = True
        else:
            time.sleep(POLL_SECONDS)


def started(act: Callable[[], int], place: Path, said: Path) -> int:
    """Begin `act` in a forked child; its process id."""
    child = os.fork()
    if not child:
        settle_in(place, said)
        sys.exit(act())
    return child


def forked(
    act: Callable[[], int],
    place: Path,
    said: Path,
    *,
    after: float | None = None,
    blow: int = signal.SIGKILL,
) -> Ended:
    """Do `act` in a forked child; call it in a process without threads."""
    begun = time.perf_counter()
    code = waited(started(act, place, said), after, blow)
    content = said.read_bytes() if said.exists() else b""
    return Ended(code, content, time.perf_counter() - begun)


class Nursery:
    """A process that has loaded everything and forks a child for every order, one at a time."""

    def __init__(self, room: Path, preload: str = "") -> None:
        """Start it, with the library `preload` loaded first; children speak through a file in `room`."""
        handle, name = tempfile.mkstemp(prefix="said-", dir=room)
        os.close(handle)
        self._said = Path(name)
        more = {"LD_PRELOAD": preload} if preload else {}
        place = room / "nursery"
        furnish(place)
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(place) | more,
            start_new_session=True,
            text=True,
        )

    def run(
        self,
        words: Sequence[object],
        place: Path,
        *,
        after: float | None = None,
        blow: int = signal.SIGKILL,
        hook: Call | None = None,
    ) -> Ended:
        """Run a verb in `place`, or begin it and end it by the signal `blow` after so many seconds.

        `hook` is called in the child first. Without words the child ends then.
        """
        order = {
            "words": [str(word) for word in words],
            "place": str(place),
            "said": str(self._said),
            "after": after,
            "blow": blow,
            "hook": hook,
        }
        if self._process.stdin is None or self._process.stdout is None:
            raise TypeError("no pipes")
        print(json.dumps(order), file=self._process.stdin, flush=True)
        answer = json.loads(self._process.stdout.readline())
        return Ended(answer["code"], self._said.read_bytes(), answer["seconds"])

    def end(self) -> None:
        """Let it end."""
        self._process.communicate()
        self._said.unlink()


def warm() -> None:
    """Load what takes long and starts no thread: a process with threads must not fork."""
    import altair  # noqa: F401, PLC0415
    import dateparser  # noqa: F401, PLC0415
    import edtf  # noqa: F401, PLC0415
    import typst  # noqa: F401, PLC0415
    import vl_convert  # noqa: F401, PLC0415

    from amparo.cli import app  # noqa: F401, PLC0415
    from amparo.estimation import hamiltonian  # noqa: F401, PLC0415
    from amparo.study import store  # noqa: PLC0415

    store.configure()
    from amparo.study.accounts import people  # noqa: F401, PLC0415


def serve() -> None:
    """Fork a child for every order on standard input, and answer how it ended."""
    warm()
    hurry()
    for line in sys.stdin:
        order = json.loads(line)
        ended = forked(
            lambda order=order: _obey(order),
            Path(order["place"]),
            Path(order["said"]),
            after=order["after"],
            blow=order["blow"],
        )
        print(json.dumps({"code": ended.code, "seconds": ended.seconds}), flush=True)


def _obey(order: Mapping[str, Any]) -> int:
    from amparo.cli.app import main  # noqa: PLC0415

    if order["hook"]:
        from amparo.cli.checkout import load  # noqa: PLC0415

        module, name, arguments = order["hook"]
        getattr(load("benchmarks", module), name)(**arguments)
    return main(order["words"]) if order["words"] else 0
