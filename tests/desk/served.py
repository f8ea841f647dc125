"""A desk in a process of its own, for as long as a block lasts."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen


@contextmanager
def serving(study: Path) -> Generator[str]:
    """A desk of its own process before a study; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "amparo.cli", "desk", str(study), "--port", str(port), "--no-browser"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as server:
        try:
            yield _answering(f"http://localhost:{port}")
        finally:
            server.terminate()
            server.wait(30)


def _answering(address: str) -> str:
    for _ in range(600):
        try:
            urlopen(f"{address}/signin", timeout=60).close()  # noqa: S310  (our own server)
        except HTTPError:
            return address
        except (URLError, ConnectionError):
            time.sleep(0.1)
        else:
            return address
    raise AssertionError("the desk does not answer")
