"""How fast the desk answers on a large sealed study: to one person, and to many who work at once.

The real `amparo desk` serves a synthetic study. Everybody signs in with a passphrase of their own before
anything is measured, says why they open names, searches once and begins to judge. Then each thinks, clicks
and waits for the answer, by turns: a search, a person found by it, the home page, a verdict at the matching
desk, now and then a value written down. Seconds run from the request's first byte to the answer's last.
"""

from __future__ import annotations

import random
import re
import shutil
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .desk_study import build, handle, passphrase
from .serving import Answer, Browser, Server

THINK = 5.0  # seconds between an answer and the next click, on average
ALONE_THINK = 0.2
# What people do, by share; a share of what is left over goes on at the matching desk.
SEARCH, PERSON, HOME, WRITE = 0.30, 0.28, 0.15, 0.02
QUEUE = 60  # pairs begun at once
ALONE_SHARE = 0.25  # of the measured time, for one person alone
_THING = re.compile(r'href="/thing/([^"]+)"')
_PAIR = re.compile(r'name="record" value="([^"]+)"')
_STAMP = re.compile(r'name="stamp" value="([^"]+)"')
_OK = (200, 302)


def run(persons: int, users: int, seconds: int, seed: int, study: Path | None) -> Iterator[dict[str, Any]]:
    """A line per page for one person, then for all, each with what it cost; `study` is where one is kept."""
    with tempfile.TemporaryDirectory(prefix="amparo-desk-") as name:
        room = study or Path(name) / "room"
        begun = time.perf_counter()
        kept = _made(room, persons, users, seed)
        names = _names(room / "lists", seed)
        yield {"step": "study", "seconds": round(time.perf_counter() - begun, 1), **kept}
        served = Path(shutil.copytree(room / "study", Path(name) / "served"))
        with Server(served) as server:
            seats = [_Seat(number, server.port, names, seed) for number in range(users)]
            yield from _opened(seats)
            yield from _measured("one", server, seats[:1], seconds * ALONE_SHARE, ALONE_THINK)
            yield from _measured("all", server, seats, seconds, THINK)


def _made(room: Path, persons: int, users: int, seed: int) -> dict[str, Any]:
    """The study in `room`, made unless it stands there whole; how large it is.

    Raises `FileExistsError` for a folder that holds anything else.
    """
    whole, ours = room / "whole", room / "synthetic"
    wanted = f"{persons} {users} {seed}\n"
    if not whole.exists() or whole.read_text("utf-8") != wanted:
        if room.exists() and any(room.iterdir()) and not ours.exists():
            raise FileExistsError(room)
        shutil.rmtree(room, ignore_errors=True)
        room.mkdir(parents=True)
        ours.touch()
        build(room, persons, users, seed)
        whole.write_text(wanted, "utf-8")
    truth = (room / "lists" / "truth.csv").read_text("utf-8").splitlines()[1:]
    return {"records": len(truth), "persons": len({line.rpartition(",")[2] for line in truth})}


def _names(lists: Path, seed: int) -> list[str]:
    """Names as somebody types them: of one list's rows one word, the beginning of one, two words, or all."""
    rng = random.Random(seed)  # noqa: S311
    rows = (lists / "prensa.csv").read_text("utf-8").splitlines()[1:]
    typed = []
    for row in rng.sample(rows, min(len(rows), 2000)):
        words = row.split(",")[1].split() or ["maría"]
        rng.shuffle(words)
        word = words[0]
        typed.append(rng.choice((word, word[: max(3, len(word) - 2)], " ".join(words[:2]), " ".join(words))))
    return typed


@dataclass
class _Seat:
    """One person at their browser, and what they waited for."""

    number: int
    port: int
    names: list[str] = field(repr=False)
    seed: int
    waited: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list), repr=False)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.browser = Browser(self.port)
        self.rng = random.Random(f"{self.seed} {self.number}")  # noqa: S311
        self.found: list[str] = []
        self.pair: list[str] = []

    def sign_in(self) -> None:
        """Open the study, say why, search once, and begin a queue."""
        self.browser.get("/signin")
        said = {"handle": handle(self.number), "passphrase": passphrase(self.number)}
        self._keep("sign in", self.browser.post("/signin", said))
        self._keep("first home", self.browser.get("/"))
        self.browser.get("/register/purpose")
        self._keep("purpose", self.browser.post("/register/purpose", {"purpose": "review", "back": "/"}))
        self.search("first search")
        self.begin("first queue")

    def step(self) -> None:
        """One click."""
        drawn = self.rng.random()
        if drawn < SEARCH:
            self.search("search")
        elif drawn < SEARCH + PERSON and self.found:
            self._keep("person", self.browser.get(f"/thing/{self.rng.choice(self.found)}"))
        elif drawn < SEARCH + PERSON + HOME:
            self._keep("home", self.browser.get("/"))
        elif drawn < SEARCH + PERSON + HOME + WRITE and self.found:
            self.write()
        elif self.pair:
            verdict = self.rng.choice(("same", "different", "unsure"))
            said = self.browser.post("/matching/judge", {"verdict": verdict, "record": self.pair}, htmx=True)
            self.pair = self._keep("review", said, _PAIR)[:2]
        else:
            self.begin("queue")

    def search(self, page: str) -> None:
        """Type a name."""
        said = self.browser.post("/register/search", {"text": self.rng.choice(self.names)}, htmx=True)
        self.found = self._keep(page, said, _THING)[:20] or self.found

    def begin(self, page: str) -> None:
        """Begin a queue and look at its first pair."""
        self._keep(page, self.browser.post("/matching/begin", {"number": str(QUEUE)}))
        self.pair = self._keep("review page", self.browser.get("/matching"), _PAIR)[:2]

    def write(self) -> None:
        """Write down what somebody told of a record."""
        of = self.rng.choice(self.found)
        page = self.browser.get(f"/thing/{of}")
        self._keep("person", page)
        told = {"field": "circumstances", "value": "dicho en una prueba", "told_by": "nadie", "told": "2020"}
        stamp = "".join(_STAMP.findall(page.text)[:1])
        self._keep("write", self.browser.post(f"/thing/{of}/say", told | {"stamp": stamp}), also=(409,))

    def _keep(
        self, page: str, said: Answer, wanted: re.Pattern[str] | None = None, also: tuple[int, ...] = ()
    ) -> list[str]:
        """Remember how long an answer took and whether it was one; what it holds of what is looked for."""
        self.waited[page].append(said.seconds)
        if said.status not in (*_OK, *also) or said.to == "/signin":
            self.wrong.append(f"{page} {said.status} {said.to}")
        return list(dict.fromkeys(wanted.findall(said.text))) if wanted else []


def _opened(seats: list[_Seat]) -> Iterator[dict[str, Any]]:
    """Everybody signs in, a few at a time as passphrases are stretched one after the other."""
    begun = time.perf_counter()
    for seat in seats:
        seat.sign_in()
    yield {"step": "sign in", "users": len(seats), "seconds": round(time.perf_counter() - begun, 1)}
    yield from _lines("first", seats)


def _measured(
    step: str, server: Server, seats: list[_Seat], seconds: float, think: float
) -> Iterator[dict[str, Any]]:
    for seat in seats:
        seat.waited.clear()
        seat.wrong.clear()
    end = time.monotonic() + seconds
    begun, own, served = time.perf_counter(), time.process_time(), server.processor_seconds()
    working = [threading.Thread(target=_work, args=(seat, end, think)) for seat in seats]
    for one in working:
        one.start()
    for one in working:
        one.join()
    took = time.perf_counter() - begun
    yield from _lines(step, seats)
    number = sum(len(waited) for seat in seats for waited in seat.waited.values())
    yield {
        "step": step,
        "users": len(seats),
        "requests": number,
        "requests_a_second": round(number / took, 2),
        "errors": sum(len(seat.wrong) for seat in seats),
        "wrong": sorted({what for seat in seats for what in seat.wrong}),
        "seconds": round(took, 1),
        "generator_processor_seconds": round(time.process_time() - own, 2),
        "server_processor_seconds": round(server.processor_seconds() - served, 2),
        "server_peak_mb": server.peak_mb(),
    }


def _work(seat: _Seat, end: float, think: float) -> None:
    """Think and click until the time is over; thinking takes half to one and a half times the average."""
    while True:
        pause = think * seat.rng.uniform(0.5, 1.5)
        if time.monotonic() + pause >= end:
            return
        time.sleep(pause)
        try:
            seat.step()
        except Exception as error:
            seat.wrong.append(repr(error))


def _lines(step: str, seats: list[_Seat]) -> Iterator[dict[str, Any]]:
    """By page how long everybody waited, in milliseconds."""
    together: dict[str, list[float]] = defaultdict(list)
    for seat in seats:
        for page, waited in seat.waited.items():
            together[page] += waited
    for page, waited in sorted(together.items()):
        told = np.quantile(1000 * np.asarray(waited), (0.5, 0.95, 1.0)).round(1)
        p50, p95, longest = told.tolist()
        yield {
            "step": step,
            "users": len(seats),
            "page": page,
            "number": len(waited),
            "p50_ms": p50,
            "p95_ms": p95,
            "max_ms": longest,
        }
