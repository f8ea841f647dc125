"""Every step of a study, killed at random moments: what stands, what is readable, what goes on.

A synthetic study is taken through new, read, a corrected file, link, count and report by the command line,
in child processes. Each step is then begun many times on a copy of the study as it stood before it, and ended
by a signal at a random moment. Run as a script, this file is the child that opens studies and tells what they
hold: the campaign itself never does.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from msgspec import structs

import amparo

STEPS = ("new", "read", "correct", "link", "count", "report")
PASSPHRASE = "cuatro palabras de mentira"  # noqa: S105  (of a study without one real person)
WORKERS = 2
TRIES = 5
PERSONS, COVERAGE = 60, 0.65
SYSTEM_TEMPORARY = (tempfile.gettempdir(), "/var/tmp", "/dev/shm")  # noqa: S108  (searched, never written to)


def run(kills: int, seed: int) -> Iterator[dict[str, Any]]:
    """One line per kill, then a line that sums them up."""
    with tempfile.TemporaryDirectory(prefix="amparo-kills-") as name, campaign(Path(name), seed) as fight:
        lines = []
        for line in fight.blows(kills, signal.SIGKILL):
            lines.append(line)
            yield line
        yield {
            "kills": len(lines),
            "killed": sum(line["killed"] for line in lines),
            "acknowledged_lost": sum(not line["acknowledged_kept"] for line in lines),
            "not_verified": sum(line["verified"] is not True for line in lines),
            "not_resumed": sum(not line["resumed"] for line in lines),
            "canaries_found": sum(line["canaries"] for line in lines) + fight.left_behind(),
            "canaries_planted": len(fight.lists.canaries),
            "seed": seed,
        }


def campaign(room: Path, seed: int) -> Campaign:
    """Write the lists, take a study through all steps undisturbed, and remember each stage."""
    return Campaign(room, seed, plant(room / "lists", seed))


@dataclass(frozen=True)
class Canary:
    """A text that must be found nowhere outside the sealed study; `kind` is value, header or file."""

    text: str
    kind: str

    def forms(self) -> Iterator[bytes]:
        """Its bytes in lower case: one byte a letter, two, four, and as hexadecimal digits.

        The text is ASCII, or the longest ASCII part of a text with accents, so that one form is found in
        UTF-8, UTF-16 of both orders, UTF-32 and every Latin page, in capitals, and without its accents.
        """
        plain = self.text.lower().encode("ascii")
        yield plain
        yield b"\0".join(plain[i : i + 1] for i in range(len(plain)))
        yield b"\0\0\0".join(plain[i : i + 1] for i in range(len(plain)))
        yield plain.hex().encode()


@dataclass(frozen=True)
class Lists:
    """The lists of the study on the disk, and what was planted in them."""

    files: Mapping[str, Path]  # source key, or "corrected"
    plan: Path
    passphrase: Path
    canaries: tuple[Canary, ...]


def plant(folder: Path, seed: int) -> Lists:
    """Three synthetic lists of the same made-up persons, a corrected one, and fifty canaries in them."""
    draw = random.Random(seed)  # noqa: S311  (made-up persons)
    folder.mkdir(parents=True)
    taken: set[str] = set()

    def word() -> str:
        while True:
            made = "".join(draw.choice("bcdfgjklmnprtvxz") + draw.choice("aeiou") for _ in range(5))
            if made not in taken:
                taken.add(made)
                return made

    def dui() -> str:
        return f"{draw.randrange(10**8):08d}-{draw.randrange(10)}"

    given, surnames, acts = ([word() for _ in range(n)] for n in (10, 15, 8))
    headers, names = ([word() for _ in range(n)] for n in (3, 4))
    # The accent stands after the part that is searched for.
    persons = [
        {
            "DUI": dui(),
            "Nombres": f"{draw.choice(given).title()}é",
            "Apellidos": " ".join(f"{one.title()}ó" for one in draw.sample(surnames, 2)),
            "Sexo": draw.choice("FM"),
            "Fecha del hecho": (date(2015, 1, 1) + timedelta(draw.randrange(1400))).isoformat(),
            "Departamento": draw.choice(("San Salvador", "La Paz", "Sonsonate")),
            "Circunstancias": f"Le dijeron {draw.choice(acts)} y tuvo que huir",
            **{header.title(): draw.choice(("sí", "no")) for header in headers},
        }
        for _ in range(PERSONS)
    ]
    lists = {key: [one for one in persons if draw.random() < COVERAGE] for key in ("uno", "dos", "tres")}
    lists["corrected"] = [
        row | {"Circunstancias": draw.choice(acts)} if number % 5 == 0 else row
        for number, row in enumerate(lists["uno"])
        if number % 7
    ]
    files = {}
    for (key, rows), name in zip(lists.items(), names, strict=True):
        files[key] = folder / f"lista-{name}.csv"
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        files[key].write_text(text.getvalue(), encoding="cp1252" if key == "dos" else "utf-8")
    plan = folder / "plan.toml"
    target = 'role = "personas"\nact = "desplazadas"\nplace = "El Salvador"'
    plan.write_text(
        f'title = "Estudio sintético"\nsynthetic = true\n[target]\n{target}\n'
        '[target.period]\nfrom = "2014-01-01"\nto = "2019-12-31"\n'
        + "".join(
            f'[sources.{key}]\ntitle = "Lista {key}"\npart = "capture"\n' for key in ("uno", "dos", "tres")
        ),
        encoding="utf-8",
    )
    passphrase = folder / "passphrase"
    passphrase.write_text(PASSPHRASE, encoding="utf-8")
    values = [*given, *surnames, *acts, *(person["DUI"] for person in persons[:10])]
    kinds = {"value": values, "header": headers, "file": names}
    return Lists(
        files, plan, passphrase, tuple(Canary(text, kind) for kind, all_ in kinds.items() for text in all_)
    )


@dataclass
class Ended:
    """How a step ended: its exit code (below 0 a signal), what it said, how long it took."""

    code: int
    said: bytes
    seconds: float

    @property
    def lines(self) -> list[str]:
        """What it said, line by line."""
        return self.said.decode().splitlines()


@dataclass
class Campaign:
    """A study taken through all steps once, and what the blows against copies of it are measured by."""

    room: Path
    seed: int
    lists: Lists
    seconds: dict[str, float] = field(default_factory=dict)  # newest measured duration of a step
    stages: dict[str, Any] = field(default_factory=dict)  # what stood after a step
    known: frozenset[Path] = field(default_factory=lambda: frozenset(system_temporary()))

    def __enter__(self) -> Campaign:
        """Start the child that looks into studies; take the study through its steps."""
        self._looker = Looker(self.lists.passphrase, environment(self.room / "looker"))
        place = self.room / "undisturbed"
        study = self._furnish(place)
        for step in STEPS:
            if step == "link":  # the other lists, read in peace
                self._succeed("dos", study, place)
                self._succeed("tres", study, place)
            if study.exists():
                shutil.copytree(study, self.room / "before" / step)
                self.stages[f"before {step}"] = self._looker.look(study)
            self._succeed(step, study, place)
            self.stages[step] = self._looker.look(study)
        return self

    def __exit__(self, *_: object) -> None:
        """End the child."""
        self._looker.end()

    def _succeed(self, step: str, study: Path, place: Path) -> None:
        ended = self.step(step, study, place)
        if ended.code:
            raise RuntimeError(f"{step} undisturbed ended with {ended.code}: {ended.said.decode()}")

    def command(self, step: str, study: Path) -> list[str]:
        """The words typed for a step."""
        lists = self.lists.files
        words = {
            "new": ["new", study, "--from", self.lists.plan],
            "read": ["read", study, lists["uno"], "--source", "uno"],
            "correct": ["read", study, lists["corrected"], "--source", "uno"],
            "dos": ["read", study, lists["dos"], "--source", "dos"],
            "tres": ["read", study, lists["tres"], "--source", "tres"],
        }.get(step, [step, study])
        return [
            sys.executable,
            "-m",
            "amparo.cli",
            *map(str, words),
            "--passphrase-file",
            str(self.lists.passphrase),
        ]

    def step(
        self, step: str, study: Path, place: Path, *, after: float | None = None, blow: int = signal.SIGKILL
    ) -> Ended:
        """Do a step, or begin it and end it by the signal `blow` after so many seconds."""
        begun = time.perf_counter()
        child = subprocess.Popen(
            self.command(step, study),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment(place),
            cwd=place / "here",
        )
        try:
            said, _ = child.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            child.send_signal(blow)
            said, _ = child.communicate()
        ended = Ended(child.returncode, said, time.perf_counter() - begun)
        if child.returncode == 0:
            self.seconds[step] = ended.seconds
        return ended

    def blows(self, number: int, blow: int, steps: tuple[str, ...] = STEPS) -> Iterator[dict[str, Any]]:
        """Strike so often, each step in turn; the moments of a step are spread over its whole duration."""
        draw = random.Random(self.seed)  # noqa: S311  (moments)
        each = -(-number // len(steps))
        turns = [(step, (turn + draw.random()) / each) for turn in range(each) for step in steps][:number]
        with ThreadPoolExecutor(WORKERS) as pool:
            yield from pool.map(lambda turn: self.strike(turn[0], *turn[1], blow), enumerate(turns))

    def strike(self, number: int, step: str, share: float, blow: int) -> dict[str, Any]:
        """Begin a step on a copy of the study before it, end it by a signal, and look at what stands."""
        place = self.room / f"{signal.Signals(blow).name}-{number}"
        study, ended = self._struck(step, place, share, blow)
        canaries = self.found(place, ended)

        found = self._looker.look(study)
        before, after = self.stages.get(f"before {step}"), self.stages[step]
        state = "else"
        if found is None or "error" not in found:
            state = "after" if same(found, after) else "before" if same(found, before) else "else"
        acknowledged = ended.code == 0
        kept = state == "after" or (state == "before" and not acknowledged)
        if found is not None and before is not None:
            kept = kept and found.get("audit", [])[: len(before["audit"])] == before["audit"]

        again = self.step(step, study, place)
        done = again.code == (5 if step == "new" and state == "after" else 0)
        canaries += self.found(place, again)
        stands = self._looker.look(study)
        resumed = done and same(stands, after)
        shutil.rmtree(place)
        return {
            "step": step,
            "moment": round(share, 3),
            "killed": ended.code != 0,
            "state": state,
            "acknowledged_kept": kept,
            "verified": (found is None and step == "new") or (found is not None and found.get("error", True)),
            "resumed": resumed,
            "canaries": len(canaries),
            **({} if blow == signal.SIGKILL else {"code": ended.code, "said": ended.lines}),
            **({} if resumed else {"again": again.code, "stands": stands, "wanted": after}),
        }

    def _struck(self, step: str, place: Path, share: float, blow: int) -> tuple[Path, Ended]:
        """The step begun and ended by a signal; earlier, where the machine was quicker than measured."""
        for _ in range(TRIES):
            shutil.rmtree(place, ignore_errors=True)
            study = self._furnish(place)
            if step != STEPS[0]:
                shutil.copytree(self.room / "before" / step, study)
            ended = self.step(step, study, place, after=share * self.seconds[step], blow=blow)
            if ended.code:
                break
            share *= 0.9
        return study, ended

    def found(self, place: Path, ended: Ended) -> list[str]:
        """Canaries in any byte or name below `place`, and values among them in what a step said."""
        told = ended.said.lower()
        values = (canary for canary in self.lists.canaries if canary.kind == "value")
        return [
            *search(place.rglob("*"), self.lists.canaries),
            *(canary.text for canary in values if any(form in told for form in canary.forms())),
        ]

    def left_behind(self) -> int:
        """Canaries in what came to the system's own temporary folders since the campaign began."""
        own = self.room.resolve()
        fresh = [entry for entry in system_temporary() if entry not in self.known and entry.resolve() != own]
        below = (path for entry in fresh if entry.is_dir() for path in entry.rglob("*"))
        return len(search((*fresh, *below), self.lists.canaries))

    @staticmethod
    def _furnish(place: Path) -> Path:
        """A place with a home, a temporary and a working folder of its own; where its study will stand."""
        for name in ("home", "temporary", "here", "studies"):
            (place / name).mkdir(parents=True)
        return place / "studies" / "study"


def environment(place: Path) -> dict[str, str]:
    """Ours, but with everything a program writes besides its study below `place`."""
    temporary = str(place / "temporary")
    inherited = {key: text for key, text in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return inherited | {
        # Compiled modules hold no data; kept for all children, or each would compile them again.
        "PYTHONPYCACHEPREFIX": str(place.parent / "compiled"),
        "PYTHONPATH": str(Path(amparo.__file__).parents[1]),
        "HOME": str(place / "home"),
        "XDG_CACHE_HOME": str(place / "home" / ".cache"),
        "XDG_STATE_HOME": str(place / "home" / ".state"),
        "TMPDIR": temporary,
        "SQLITE_TMPDIR": temporary,
        "AMPARO_LANG": "en",
    }


def system_temporary() -> Iterator[Path]:
    """What lies in the folders where programs put what they do not put into `TMPDIR`."""
    for top in map(Path, dict.fromkeys(SYSTEM_TEMPORARY)):
        yield from top.iterdir() if top.is_dir() else ()


def search(paths: Iterable[Path], canaries: Iterable[Canary]) -> list[str]:
    """The canaries in the names and bytes of these files."""
    found = []
    for path in paths:
        try:
            told = path.name.encode() + b"\n" + (path.read_bytes() if path.is_file() else b"")
        except OSError:  # gone since, or another user's
            continue
        lower = told.lower()
        found += [canary.text for canary in canaries if any(form in lower for form in canary.forms())]
    return found


def same(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    """Whether two looks saw the same plan, records, persons, findings and report."""
    return (one and one.get("holds")) == (other and other["holds"])


class Looker:
    """A child that opens studies: `look` gives what one holds, or the code of what is wrong with it."""

    def __init__(self, passphrase: Path, environment: Mapping[str, str]) -> None:
        """Start it; it opens every study with this passphrase."""
        self._turn = threading.Lock()
        self._child = subprocess.Popen(
            [sys.executable, __file__, str(passphrase)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(environment) | {"TMPDIR": tempfile.gettempdir()},
            text=True,
        )

    def look(self, study: Path) -> dict[str, Any] | None:
        """`holds` and `audit` of a study that verifies, or `error`; None where there is none."""
        if not study.exists():
            return None
        if self._child.stdin is None or self._child.stdout is None:
            raise TypeError("no pipes")
        with self._turn:
            print(study, file=self._child.stdin, flush=True)
            return json.loads(self._child.stdout.readline())

    def end(self) -> None:
        """Let it end."""
        self._child.communicate()


def serve(passphrase: str) -> None:
    """Answer each path on standard input with one line about the study there."""
    from amparo.errors import AmparoError  # noqa: PLC0415
    from amparo.vault import folder, slots  # noqa: PLC0415

    keys: dict[str, bytes] = {}
    for line in sys.stdin:
        path = Path(line.rstrip("\n"))
        try:
            name = slots.read(path).study
            if name not in keys:
                keys[name] = folder.open_folder(path, passphrase).root_key
            answer = contents(folder.open_with_key(path, keys[name]))
        except AmparoError as error:
            answer = {"error": error.code}
        except Exception as error:
            answer = {"error": repr(error)}
        print(json.dumps(answer), flush=True)


def contents(opened: Any) -> dict[str, Any]:
    """Verify the study as `amparo verify` does; digests of what it holds, and its audit chain."""
    from amparo.study import store  # noqa: PLC0415

    def digest(content: object) -> str:
        return hashlib.sha256(content if isinstance(content, bytes) else repr(content).encode()).hexdigest()

    with store.study_in(opened) as study:
        from amparo.study.accounts.models import AuditLine  # noqa: PLC0415
        from amparo.study.counting import models  # noqa: PLC0415
        from amparo.study.counting import services as counting  # noqa: PLC0415
        from amparo.study.linking import services as linking  # noqa: PLC0415
        from amparo.study.register import services as register  # noqa: PLC0415
        from amparo.study.verification import verify_study  # noqa: PLC0415

        verify_study(study)
        target = models.TargetPopulation.objects.values_list("version", "role", "act", "place")
        holds = {
            "plan": digest((register.declarations(), list(target))),
            "records": digest(register.standing_cells(study).sort("record_id").write_csv().encode()),
            "persons": None,
            "findings": None,
            "report": None,
        }
        linked = linking.newest(study)
        if linked is not None:
            holds["persons"] = digest(linked.persons.sort("record_id").write_csv().encode())
        if models.CountRun.objects.exists():
            run, findings = counting.newest_findings(study)
            lists = tuple(structs.replace(one, received="") for one in findings.lists)
            holds["findings"] = digest(structs.replace(findings, made="", lists=lists))
            pages = counting.kept_report(study, run)
            holds["report"] = digest(sorted(pages)) if pages else None
        audit = list(AuditLine.objects.order_by("seq").values_list("digest", flat=True))
        return {"holds": holds, "audit": audit}


if __name__ == "__main__":
    serve(Path(sys.argv[1]).read_text(encoding="utf-8"))
