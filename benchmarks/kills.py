"""Every step of a study, killed at random moments: what stands, what is readable, what goes on.

A synthetic study is taken through all its steps by the command line, in child processes: new, a second
person, lists, a corrected one, link, a judgement, count, report, an erasure, a backup and its restoring. Each
step is begun many times on a copy of the study as it stood before it, and ended by a signal at a random
moment. Another child opens studies and tells what they hold: the campaign itself never does.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from msgspec import structs

from .canaries import Lists, plant, search
from .children import Call, Ended, Nursery, environment, furnish, hurry

STEPS = (
    "new",
    "user",
    "read",
    "correct",
    "link",
    "judgement",
    "count",
    "report",
    "erase",
    "backup",
    "restore",
)
FRESH = ("new", "restore")  # begin where no study is
BETWEEN = {"link": ("dos", "tres"), "backup": ("recipient",)}  # what comes before a step
NEWCOMER = ("--role", "documents", "--compartment", "default")
AGAIN = {"new": 5, "user": 3, "erase": 3, "restore": 5}  # exit codes of steps done a second time
WORKERS = 2
IDENTITY = "identity"  # file of the secret key that opens backups, beside the passphrase
TRIES = 5
SYSTEM_TEMPORARY = (tempfile.gettempdir(), "/var/tmp", "/dev/shm")  # noqa: S108  (searched, never written to)


def run(kills: int, seed: int, resume: Path | None = None) -> Iterator[dict[str, Any]]:
    """One line per kill, then a line that sums them up.

    Lines are kept in the file `resume`; those that stand there from an earlier run are not struck again.
    """
    lines = {}
    if resume is not None and resume.exists():
        kept = map(json.loads, resume.read_text(encoding="utf-8").splitlines())
        lines = {line["number"]: line for line in kept if line["seed"] == seed and line["of"] == kills}
    with tempfile.TemporaryDirectory(prefix="amparo-kills-") as name, campaign(Path(name), seed) as fight:
        for line in fight.blows(kills, signal.SIGKILL, skip=lines):
            lines[line["number"]] = line | {"of": kills, "seed": seed}
            if resume is not None:
                with resume.open("a", encoding="utf-8") as file:
                    print(json.dumps(lines[line["number"]]), file=file)
            yield line
        yield {**summary(lines.values()), "canaries_planted": len(fight.lists.canaries), "seed": seed} | {
            "canaries_found": sum(line["canaries"] for line in lines.values()) + fight.left_behind()
        }


def summary(lines: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many kills there were, and how many of them did harm."""
    lines = list(lines)
    return {
        "kills": len(lines),
        "killed": sum(line["killed"] for line in lines),
        "acknowledged_lost": sum(not line["acknowledged_kept"] for line in lines),
        "not_verified": sum(line["verified"] is not True for line in lines),
        "not_resumed": sum(not line["resumed"] for line in lines),
    }


def campaign(room: Path, seed: int) -> Campaign:
    """Write the lists, take a study through all steps undisturbed, and remember each stage."""
    return Campaign(room, seed, plant(room / "lists", seed))


@dataclass
class Campaign:
    """A study taken through all steps once, and what the blows against copies of it are measured by."""

    room: Path
    seed: int
    lists: Lists
    seconds: dict[str, float] = field(default_factory=dict)  # newest measured duration of a step
    stages: dict[str, Any] = field(default_factory=dict)  # what stood after a step
    known: frozenset[Path] = field(default_factory=lambda: frozenset(system_temporary()))
    backup: Path = Path()  # the one that is restored
    hook: Call | None = None  # what every child calls first

    def __enter__(self) -> Campaign:
        """Start the children; take the study through its steps."""
        furnish(self.room / "looker")
        self._looker = Looker(self.lists.passphrase, environment(self.room / "looker"))
        self._nurseries: SimpleQueue[Nursery] = SimpleQueue()
        for _ in range(WORKERS):
            self._nurseries.put(Nursery(self.room))
        place = self.room / "undisturbed"
        study = furnish(place)
        for step in STEPS:
            for between in BETWEEN.get(step, ()):  # in peace
                self._succeed(between, study, place)
            if step == "restore":
                [self.backup] = (place / "safe").glob("*.age")
                place = self.room / "restored"
                study = furnish(place)
            if study.exists():
                shutil.copytree(study, self.room / "before" / step)
                self.stages[f"before {step}"] = self._looker.look(study)
            self._succeed(step, study, place)
            self.stages[step] = self._looker.look(study)
        return self

    def __exit__(self, *_: object) -> None:
        """End the children."""
        self._looker.end()
        while not self._nurseries.empty():
            self._nurseries.get().end()

    def _succeed(self, step: str, study: Path, place: Path) -> None:
        ended = self.step(step, study, place)
        if ended.code:
            raise RuntimeError(f"{step} undisturbed ended with {ended.code}: {ended.said.decode()}")

    def command(self, step: str, study: Path) -> list[object]:
        """The words typed for a step."""
        lists = self.lists.files
        words = {
            "new": ["new", study, "--from", self.lists.plan],
            "user": ["user", "add", study, "ana", *NEWCOMER, "--new-passphrase-file", self.lists.passphrase],
            "read": ["read", study, lists["uno"], "--source", "uno"],
            "correct": ["read", study, lists["corrected"], "--source", "uno"],
            "dos": ["read", study, lists["dos"], "--source", "dos"],
            "tres": ["read", study, lists["tres"], "--source", "tres"],
            "judgement": [
                "judge",
                study,
                "uno.1.3",
                "dos.1.3",
                "same",
                "--reason",
                self.lists.canaries[0].text,
            ],
            "erase": ["erase", study, "dos.1.3", "--reason", "por petición", "--yes"],
            "recipient": [
                "recipient",
                "add",
                study,
                "sede",
                "--make",
                self.lists.passphrase.parent / IDENTITY,
            ],
            "backup": ["backup", study, "--to", study.parents[1] / "safe"],
            "restore": ["restore", self.backup, study, "--identity", self.lists.passphrase.parent / IDENTITY],
        }.get(step, [step, study])
        return [*words, "--passphrase-file", self.lists.passphrase, "--user", "owner"]

    def step(
        self, step: str, study: Path, place: Path, *, after: float | None = None, blow: int = signal.SIGKILL
    ) -> Ended:
        """Do a step, or begin it and end it by the signal `blow` after so many seconds."""
        (place / "safe").mkdir(exist_ok=True)
        nursery = self._nurseries.get()
        try:
            ended = nursery.run(self.command(step, study), place, after=after, blow=blow, hook=self.hook)
        finally:
            self._nurseries.put(nursery)
        if ended.code == 0:
            self.seconds[step] = ended.seconds
        return ended

    def measure(self, step: str) -> None:
        """Do a step once on a copy of the study before it, for its duration."""
        place = self.room / "measured"
        shutil.copytree(self.room / "before" / step, furnish(place))
        self._succeed(step, furnish(place), place)
        shutil.rmtree(place)

    def blows(
        self, number: int, blow: int, steps: tuple[str, ...] = STEPS, skip: Iterable[int] = ()
    ) -> Iterator[dict[str, Any]]:
        """Strike so often, each step in turn; the moments of a step are spread over its whole duration."""
        draw = random.Random(self.seed)  # noqa: S311  (moments)
        each = -(-number // len(steps))
        turns = [(step, (turn + draw.random()) / each) for turn in range(each) for step in steps][:number]
        left = [turn for turn in enumerate(turns) if turn[0] not in set(skip)]
        with ThreadPoolExecutor(WORKERS) as pool:
            yield from pool.map(lambda turn: self.strike(turn[0], *turn[1], blow), left)

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
        done = self.done(step, state, again.code)
        canaries += self.found(place, again)
        stands = self._looker.look(study)
        resumed = done and same(stands, after)
        shutil.rmtree(place)
        return {
            "number": number,
            "step": step,
            "moment": round(share, 3),
            "killed": ended.code != 0,
            "state": state,
            "acknowledged_kept": kept,
            "verified": (found is None and step in FRESH) or (found is not None and found.get("error", True)),
            "resumed": resumed,
            "canaries": len(canaries),
            **({} if blow == signal.SIGKILL else {"code": ended.code, "said": ended.lines}),
            **({} if resumed else {"again": again.code, "stands": stands, "wanted": after}),
        }

    def _struck(self, step: str, place: Path, share: float, blow: int) -> tuple[Path, Ended]:
        """The step begun and ended by a signal; earlier, where the machine was quicker than measured."""
        for _ in range(TRIES):
            shutil.rmtree(place, ignore_errors=True)
            study = furnish(place)
            if step not in FRESH:
                shutil.copytree(self.room / "before" / step, study)
            ended = self.step(step, study, place, after=share * self.seconds[step], blow=blow)
            if ended.code:
                break
            share *= 0.9
        return study, ended

    def look(self, study: Path) -> dict[str, Any] | None:
        """What a study holds, as `Looker.look`."""
        return self._looker.look(study)

    @staticmethod
    def done(step: str, state: str, code: int) -> bool:
        """Whether a step begun again has ended as it should; what stands cannot be made a second time."""
        return code == (AGAIN.get(step, 0) if state == "after" else 0)

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


def system_temporary() -> Iterator[Path]:
    """What lies in the folders where programs put what they do not put into `TMPDIR`."""
    for top in map(Path, dict.fromkeys(SYSTEM_TEMPORARY)):
        yield from top.iterdir() if top.is_dir() else ()


def same(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    """Whether two looks saw the same people, plan, records, persons, findings and report."""
    return (one and one.get("holds")) == (other and other["holds"])


_BOOT = "import sys; from amparo.cli.checkout import load; load('benchmarks', 'kills').serve(sys.argv[1])"


class Looker:
    """A child that opens studies: `look` gives what one holds, or the code of what is wrong with it."""

    def __init__(self, passphrase: Path, environment: Mapping[str, str]) -> None:
        """Start it; it opens every study with this passphrase."""
        self._turn = threading.Lock()
        self._child = subprocess.Popen(
            [sys.executable, "-c", _BOOT, str(passphrase)],
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


def serve(passphrase_file: str) -> None:
    """Answer each path on standard input with one line about the study there."""
    from amparo.errors import AmparoError  # noqa: PLC0415
    from amparo.vault import folder  # noqa: PLC0415
    from amparo.vault.slots import Passphrase  # noqa: PLC0415

    hurry()
    way = Passphrase(Path(passphrase_file).read_text(encoding="utf-8"), "owner")
    identity = Path(passphrase_file).with_name(IDENTITY)
    for line in sys.stdin:
        try:
            answer = contents(folder.open_folder(Path(line.rstrip("\n")), way), identity)
        except AmparoError as error:
            answer = {"error": error.code}
        except Exception as error:
            answer = {"error": repr(error)}
        print(json.dumps(answer), flush=True)


def backed_up(safe: Path, identity: Path | None) -> bool:
    """Whether backups stand in a folder; each is opened and checked."""
    from amparo.vault import age, archive  # noqa: PLC0415

    if identity is None or not identity.exists():
        return False
    secret, files = age.identity(identity.read_text(encoding="utf-8")), list(safe.glob("amparo-*.age"))
    for path in files:
        with path.open("rb") as file:
            archive.unpack(file, secret, path)
    return bool(files)


def contents(opened: Any, identity: Path | None = None) -> dict[str, Any]:
    """Verify the study as `amparo verify` does; digests of what it holds, and its audit chain."""
    from amparo.study import store  # noqa: PLC0415

    def digest(content: object) -> str:
        return hashlib.sha256(content if isinstance(content, bytes) else repr(content).encode()).hexdigest()

    with store.study_in(opened) as study:
        from amparo.study.accounts import people  # noqa: PLC0415
        from amparo.study.accounts.models import AuditLine  # noqa: PLC0415
        from amparo.study.counting import models  # noqa: PLC0415
        from amparo.study.counting import services as counting  # noqa: PLC0415
        from amparo.study.linking import judgements  # noqa: PLC0415
        from amparo.study.linking import services as linking  # noqa: PLC0415
        from amparo.study.register import services as register  # noqa: PLC0415
        from amparo.study.register.standing import standing_cells  # noqa: PLC0415
        from amparo.study.verification import verify_study  # noqa: PLC0415

        verify_study(study)
        target = models.TargetPopulation.objects.values_list("version", "role", "act", "place")
        holds = {
            "people": digest([(one.handle, one.roles, one.compartments) for one in people.people()]),
            "plan": digest((register.declarations(), list(target))),
            "records": digest(standing_cells(study).sort("record_id").write_csv().encode()),
            "backed_up": backed_up(opened.path.parents[1] / "safe", identity),
            "judgements": digest(judgements.standing(study)),
            "persons": None,
            "findings": None,
            "report": None,
        }
        linked = linking.newest(study)
        if linked is not None:
            holds["persons"] = digest(linked.records.sort("record_id").write_csv().encode())
        if models.CountRun.objects.exists():
            run, findings = counting.newest_findings(study)
            lists = tuple(structs.replace(one, received="") for one in findings.lists)
            holds["findings"] = digest(structs.replace(findings, made="", lists=lists))
            pages = counting.kept_report(study, run)
            holds["report"] = digest(sorted(pages)) if pages else None
        audit = list(AuditLine.objects.order_by("seq").values_list("digest", flat=True))
        return {"holds": holds, "audit": audit}
