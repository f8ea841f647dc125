"""A desk of its own: a real server over a synthetic study, and what sits before it."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from datetime import date
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest

from amparo.cli.app import main
from amparo.cli.checkout import load
from amparo.study import store
from amparo.vault import folder
from amparo.vault.slots import Passphrase

sys.path.insert(0, str(Path(__file__).parent))  # the tests of this room share their office
import office

store.configure()
canaries, families = load("benchmarks", "canaries"), load("examples", "families")

BOUNDARY = "synthetic-boundary"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Answer(NamedTuple):
    """What the desk said, and at which address."""

    status: int
    text: str
    at: str


class Browser:
    """Talks HTTP with cookies, as a browser without scripts."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.jar = CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(self.jar))
        self._token = ""

    def get(self, path: str) -> Answer:
        return self._send(self._to(path))

    def post(self, path: str, fields: dict[str, Any] | None = None, *, htmx: bool = False) -> Answer:
        told = {"csrfmiddlewaretoken": self._token, **(fields or {})}
        request = self._to(path, urlencode(told, doseq=True).encode())
        if htmx:
            request.add_header("HX-Request", "true")
        return self._send(request)

    def upload(
        self, path: str, name: str, content: bytes, fields: dict[str, str], transcript: bytes = b""
    ) -> Answer:
        told = {"csrfmiddlewaretoken": self._token, **fields}
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in told.items()
        ]
        if transcript:
            typed = 'Content-Disposition: form-data; name="transcript"; filename="typed.txt"'
            parts.append(f"--{BOUNDARY}\r\n{typed}\r\n\r\n".encode() + transcript + b"\r\n")
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = b"".join([*parts, head.encode(), content, f"\r\n--{BOUNDARY}--\r\n".encode()])
        request = self._to(path, body)
        request.add_header("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        return self._send(request)

    def _to(self, path: str, body: bytes | None = None) -> Request:
        return Request(self.address + path, body)  # noqa: S310  (our own server)

    def _send(self, request: Request) -> Answer:
        try:
            with self._opener.open(request, timeout=120) as reply:
                answer = Answer(reply.status, reply.read().decode(), reply.url.removeprefix(self.address))
        except HTTPError as error:
            answer = Answer(error.code, error.read().decode(), error.url.removeprefix(self.address))
        if found := TOKEN.search(answer.text):
            self._token = found[1]
        return answer


@pytest.fixture(scope="session")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A linked study of two synthetic lists."""
    room = tmp_path_factory.mktemp("desk")
    lists = canaries.plant(room / "lists", 7)
    study = room / "study"
    opens = ("--passphrase-file", str(lists.passphrase), "--lang", "en")
    assert main(["new", str(study), "--from", str(lists.plan), *opens]) == 0
    for key in ("uno", "dos"):
        assert main(["read", str(study), str(lists.files[key]), "--source", key, *opens]) == 0
    assert main(["link", str(study), *opens]) == 0
    with store.study_in(folder.open_folder(study, Passphrase(canaries.PASSPHRASE))) as opened:
        families.plant(opened, 6, 1, date.today())
    return study


@pytest.fixture(scope="session")
def planted(studied: Path, tmp_path_factory: pytest.TempPathFactory) -> office.Planted:
    """A copy of the study with somebody in each role and things in two compartments."""
    study = shutil.copytree(studied, tmp_path_factory.mktemp("office") / "study")
    return office.furnished(study, canaries.PASSPHRASE)


@pytest.fixture(scope="session")
def desk(studied: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a desk that serves a copy of the study."""
    study = shutil.copytree(studied, tmp_path_factory.mktemp("served") / "study")
    with office.Server(study) as address:
        yield address.address


@pytest.fixture(scope="session")
def founder(desk: str) -> Browser:
    """The founder, signed in, who opens names for review."""
    found = Browser(desk)
    found.get("/signin")
    found.post("/language", {"language": "en", "back": "/signin"})
    found.get("/signin")
    assert found.post("/signin", {"passphrase": canaries.PASSPHRASE}).at == "/"
    found.get("/register/purpose")
    found.post("/register/purpose", {"purpose": "review", "back": "/"})
    return found
