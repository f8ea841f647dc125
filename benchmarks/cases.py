"""What the board and the clocks of many sealed cases cost: opened for the first time, and after that.

`clocks` computes every watched clock of cases that are open in memory. `board-page` is the board as the desk
answers it (WSGI, sign-in done), page after page; `board-after-a-write` the page that follows an entry.
"""

from __future__ import annotations

import io
import os
import resource
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from amparo.cli.checkout import load
from amparo.cli.demo import PASSPHRASE
from amparo.desk import site
from amparo.study.plan import read_plan
from amparo.vault.slots import Passphrase

LIMIT_PAGE, LIMIT_CLOCKS = 250, 2.0  # milliseconds, seconds
ROUNDS, WRITES = 200, 40
_BATCH = 5_000


def run(cases: int, seed: int) -> Iterator[dict[str, Any]]:
    """Lines for `planted`, `clocks`, `board-first`, `board-page`, `board-after-a-write`."""
    with tempfile.TemporaryDirectory() as name:
        study = Path(name) / "study"
        gate = site.configure(study, secrets.token_urlsafe(48))
        from django.core.handlers.wsgi import WSGIHandler  # noqa: PLC0415

        from amparo.study import store  # noqa: PLC0415

        plan = load("examples", "salvador").target()
        store.create(study, PASSPHRASE, read_plan(plan.encode(), "target.toml"))
        token = gate.sign_in(Passphrase(PASSPHRASE))
        seat = gate.seat(token)
        if seat is None:
            raise RuntimeError("the seat is gone")
        yield _timed("planted", cases, lambda: _plant(seat.study, cases, seed))
        yield _clocks(seat.study, cases)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        yield _timed("board-first", cases, lambda: gate.shared.board(seat.study)) | {
            "megabytes_more": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, 1)
        }
        handler = WSGIHandler()
        pages = max(1, cases // 50)
        yield _page("board-page", cases, ROUNDS, lambda n: _get(handler, token, n % pages + 1), _nothing)
        names = [line.case for line in gate.shared.board(seat.study)]

        def write(number: int) -> None:
            from amparo.study.cases.hearings import keep_note  # noqa: PLC0415

            keep_note(seat.study, names[number * 7 % len(names)], "synthetic words")

        yield _page(
            "board-after-a-write", cases, WRITES, lambda n: _get(handler, token, n % pages + 1), write
        )
        gate.close()


def _plant(study: Any, cases: int, seed: int) -> int:
    """Cases written in bulk, past the services: only what they cost to open is measured here."""
    from amparo.study.cases.models import Case, Entry  # noqa: PLC0415
    from amparo.study.cases.services import new_number  # noqa: PLC0415
    from amparo.study.context import now  # noqa: PLC0415
    from amparo.vault.envelope import seal_rows  # noqa: PLC0415

    key, at = study.keys.current("default"), now()
    families = list(load("examples", "families").families(cases, seed, at.date()))
    shared = {"at": at, "by": study.user, "sealed_under_id": key.id, "about": ""}
    drawn: dict[str, None] = {}
    while len(drawn) < len(families):  # none is in the study yet, so the draw alone cannot tell
        drawn[new_number()] = None
    names = list(drawn)
    opened = [
        (name, {"sealed_opening": msgspec.json.encode(f.opening)})
        for name, f in zip(names, families, strict=True)
    ]
    sealed = seal_rows(key.secret, opened, table=Case._meta.label, version=key.version)
    rows = [
        Case(id=name, wrapped_key=wrapped, **fields, **shared)
        for name, (wrapped, fields) in zip(names, sealed, strict=True)
    ]
    Case.objects.bulk_create(rows, batch_size=_BATCH)
    told = [(name, said) for name, f in zip(names, families, strict=True) for said in (f.principal, *f.also)]
    content = [
        (number, {"sealed_said": msgspec.json.encode(said)}) for number, (_, said) in enumerate(told, 1)
    ]
    sealed = seal_rows(key.secret, content, table=Entry._meta.label, version=key.version)
    entries = [
        Entry(id=number, case_id=told[number - 1][0], wrapped_key=wrapped, **fields, **shared)
        for number, (wrapped, fields) in enumerate(sealed, 1)
    ]
    Entry.objects.bulk_create(entries, batch_size=_BATCH)
    return len(entries)


def _clocks(study: Any, number: int) -> dict[str, Any]:
    from amparo.study.cases.deadlines import running  # noqa: PLC0415
    from amparo.study.cases.reading import cases  # noqa: PLC0415

    files = list(cases(study))
    today = date.today()
    found: list[int] = []
    line = _timed(
        "clocks", number, lambda: found.append(sum(len(list(running(file, today))) for file in files))
    )
    return line | {"clocks": found[0], "limit_seconds": LIMIT_CLOCKS}


def _timed(step: str, number: int, work: Callable[[], object]) -> dict[str, Any]:
    begun, worked = time.perf_counter(), time.process_time()
    done = work()
    return {
        "step": step,
        "cases": number,
        **({"entries": done} if isinstance(done, int) and done else {}),
        "seconds": round(time.perf_counter() - begun, 3),
        "processor_seconds": round(time.process_time() - worked, 3),
    }


def _page(
    step: str, number: int, rounds: int, ask: Callable[[int], int], before: Callable[[int], None]
) -> dict[str, Any]:
    walls, works = [], []
    for each in range(rounds):
        before(each)
        begun, worked = time.perf_counter(), time.process_time()
        status = ask(each)
        walls.append(1000 * (time.perf_counter() - begun))
        works.append(1000 * (time.process_time() - worked))
        if status != 200:
            raise RuntimeError(f"the board answered {status}")
    return {
        "step": step,
        "cases": number,
        "rounds": rounds,
        **{f"p{share}_ms": _share(walls, share) for share in (50, 95)},
        **{f"p{share}_processor_ms": _share(works, share) for share in (50, 95)},
        "limit_ms": LIMIT_PAGE,
        "load": round(os.getloadavg()[0], 1),
    }


def _share(values: list[float], share: int) -> float:
    return round(sorted(values)[min(len(values) - 1, len(values) * share // 100)], 1)


def _nothing(_: int) -> None:
    return None


def _get(handler: Any, token: str, page: int) -> int:
    """The status of one page of the board."""
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/cases",
        "QUERY_STRING": f"of=all&page={page}",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "HTTP_COOKIE": f"amparo_seat={token}; amparo_language=es",
        "wsgi.input": io.BytesIO(b""),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
    }
    said: list[str] = []
    answer = handler(environ, lambda status, _: said.append(status))
    b"".join(answer)
    answer.close()
    return int(said[0][:3])
