"""`amparo desk`: the study in the browser of this machine."""

from __future__ import annotations

import os
import socket
import webbrowser
from pathlib import Path

from amparo.cli.terminal import Terminal
from amparo.errors import AmparoError

THREADS = 8
HOST = "127.0.0.1"


def desk(terminal: Terminal, study: Path, *, port: int = 0, no_browser: bool = False) -> None:
    """Serve the study on loopback until Ctrl-C, or make one there; only the serving process holds keys."""
    from granian import Granian  # noqa: PLC0415  (loads only for this verb)
    from granian.constants import Interfaces  # noqa: PLC0415

    from amparo.desk.site import STUDY  # noqa: PLC0415
    from amparo.vault import slots  # noqa: PLC0415

    new = not study.exists() or (study.is_dir() and not any(study.iterdir()))
    if new and not study.absolute().parent.is_dir():
        raise AmparoError("vault.no_parent", path=str(study.absolute().parent))
    if not new:
        slots.read(study)  # a wrong path is told before anything is served
    chosen = port or _free()
    if port and _taken(port):
        raise AmparoError("desk.port_taken", port=port)
    os.environ[STUDY] = str(study.absolute())
    address = f"http://localhost:{chosen}/"  # a security key takes a name, not a number
    server = Granian(
        "amparo.desk.site:application",
        address=HOST,
        port=chosen,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        factory=True,
        log_enabled=False,
        websockets=False,
    )
    if new:
        terminal.say("cli.desk_new", study=str(study))
    terminal.say("cli.desk_ready", address=address)
    if not no_browser:
        server.on_startup(lambda: webbrowser.open(address))
    server.serve()


def _free() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
