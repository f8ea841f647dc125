"""`amparo desk` as a process of its own, and a browser without scripts that talks to it."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import urlencode, urlsplit

HOST = "localhost"
PATIENCE = 120.0  # seconds for an answer
STARTING = 300.0  # seconds for a busy machine to start the desk
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """The desk before one study, at one port; it can be killed and started again there."""

    def __init__(self, study: Path, port: int = 0) -> None:
        """Choose the port; `start` serves."""
        self.study, self.port = study, port or free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Serve."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End every process of it."""
        self.kill()

    @property
    def address(self) -> str:
        """What a browser opens."""
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Serve, and come back once it answers. Raises `TimeoutError`."""
        words = [sys.executable, "-m", "amparo.cli", "desk", str(self.study), "--port", str(self.port)]
        self._process = subprocess.Popen(
            [*words, "--no-browser"], stdout=subprocess.DEVNULL, start_new_session=True
        )
        end = time.monotonic() + STARTING
        while time.monotonic() < end:
            try:
                if Browser(self.port).get("/signin").status < http.client.BAD_REQUEST:
                    return
            except OSError:
                time.sleep(0.05)
        self.kill()
        raise TimeoutError("the desk does not answer")

    def kill(self) -> None:
        """SIGKILL to all its processes: nothing can be tidied up."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def processor_seconds(self) -> float:
        """Processor time of all its processes so far."""
        return sum(_times(pid) for pid in self._pids())

    def peak_mb(self) -> int:
        """The most memory its processes ever held, each at its own peak (VmHWM), in MiB."""
        return round(sum(_peak(pid) for pid in self._pids()) / 1024)

    def _pids(self) -> Iterator[int]:
        """Its processes; they share a session."""
        if self._process is None:
            return
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if os.getsid(int(folder.name)) == self._process.pid:
                    yield int(folder.name)
            except OSError:
                continue


class Answer(NamedTuple):
    """What the desk said; `seconds` from the request's first byte to the answer's last."""

    status: int
    text: str
    to: str  # where it sends the browser, or empty
    seconds: float


class Browser:
    """Talks HTTP over one connection that is kept, with cookies and the forms' token."""

    def __init__(self, port: int) -> None:
        """Nothing is asked yet."""
        self._connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
        self._cookies: dict[str, str] = {}
        self._token = ""

    def get(self, path: str) -> Answer:
        """Ask for a page; redirects are told, not followed."""
        return self._ask("GET", path, None, {})

    def post(self, path: str, fields: Mapping[str, str | list[str]], *, htmx: bool = False) -> Answer:
        """Send a form; with `htmx` as the page's script does."""
        body = urlencode({"csrfmiddlewaretoken": self._token, **fields}, doseq=True)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, body, headers | ({"HX-Request": "true"} if htmx else {}))

    def _reply(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> http.client.HTTPResponse:
        try:
            self._connection.request(method, path, body, headers)
            return self._connection.getresponse()
        except (OSError, http.client.HTTPException):
            self._connection.close()  # the next request opens another
            raise

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        begun = time.perf_counter()
        kept = self._connection.sock is not None
        try:
            reply = self._reply(method, path, body, headers)
        except (ConnectionError, http.client.RemoteDisconnected):
            if not kept:
                raise
            reply = self._reply(method, path, body, headers)  # the server let an idle connection go
        text = reply.read().decode()
        seconds = time.perf_counter() - begun
        for line in reply.headers.get_all("Set-Cookie", ()):
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        if found := TOKEN.search(text):
            self._token = found[1]
        return Answer(reply.status, text, urlsplit(reply.headers.get("Location", "")).path, seconds)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _times(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _peak(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) if found else 0
