"""A synthetic study with everybody who works in one, made by the verbs; every attack gets a copy of it."""

from __future__ import annotations

import csv
import io
import json
import random
import shutil
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from amparo.cli.app import REFUSED

from ..canaries import PASSPHRASE, Canary, Lists, plant
from ..children import Nursery, furnish
from ..kills import system_temporary

if TYPE_CHECKING:
    from amparo.study.context import Study
    from amparo.vault.folder import Opened

# Handle -> roles and compartments. The founder, `owner`, has all of both.
PEOPLE: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ana": (("documents", "cases"), ("default",)),
    "mateo": (("matches",), ("default", "matching", "counting")),
    "lola": (("lawyer",), ("lawyers",)),
    "cris": (("counts",), ("counting",)),
    "rita": (("administers",), ()),
    "gil": (("documents",), ("default",)),
}
FOUNDER, ADMINISTRATOR, READER, LEAVER = "owner", "rita", "ana", "gil"
RECIPIENTS = ("sede", "aliada")
HIDDEN = 12  # persons on the list that only the lawyers read


class Said(NamedTuple):
    """What a verb ended with."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Scene:
    """Where the study stands, what was planted in it, and who is hidden from whom."""

    room: Path
    seed: int
    lists: Lists
    hidden: tuple[str, ...]  # names on the lawyers' list
    nobody: tuple[str, ...]  # names of the same make, on no list
    shares: tuple[str, ...]  # three recovery shares
    known: frozenset[str]  # what lay in the system's temporary folders before

    @property
    def study(self) -> Path:
        """The study that no attack touches."""
        return self.room / "home" / "studies" / "study"

    @property
    def passphrase(self) -> Path:
        """The file with everybody's passphrase."""
        return self.lists.passphrase

    @property
    def values(self) -> list[Canary]:
        """What was planted in cells, and so may be told by no verb."""
        return [canary for canary in self.lists.canaries if canary.kind == "value"]

    def identity(self, label: str) -> Path:
        """The secret key of a recipient of backups."""
        return self.room / "keys" / label

    @property
    def backup(self) -> Path:
        """The backup made of the study."""
        (found,) = (self.room / "safe").glob("*.age")
        return found

    def copy(self) -> Path:
        """A copy of the study, in a place of its own."""
        place = Path(tempfile.mkdtemp(prefix="attack-", dir=self.room))
        study = furnish(place)
        shutil.copytree(self.study, study)
        return study

    def opened(self, study: Path, handle: str = FOUNDER) -> Opened:
        """A study, opened by its folder."""
        from amparo.vault import folder, slots  # noqa: PLC0415

        return folder.open_folder(study, slots.Passphrase(PASSPHRASE, handle))

    @contextmanager
    def at_work(self, study: Path, handle: str = FOUNDER) -> Generator[Study]:
        """Somebody at work in a study."""
        from amparo.study import store  # noqa: PLC0415

        with store.study_in(self.opened(study, handle)) as found:
            yield found

    def amparo(self, *words: object, user: str = FOUNDER, opens: bool = True) -> Said:
        """A verb, in this process."""
        from amparo.cli.app import main  # noqa: PLC0415

        more = ["--passphrase-file", self.passphrase] if opens else []
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = main([*map(str, (*words, *more)), "--user", user, "--lang", "en"])
        return Said(code, out.getvalue(), err.getvalue())

    def save(self) -> None:
        """Keep it for the children of the campaign."""
        kept = {
            "seed": self.seed,
            "hidden": self.hidden,
            "nobody": self.nobody,
            "shares": self.shares,
            "known": sorted(self.known),
            "files": {key: str(path) for key, path in self.lists.files.items()},
            "canaries": [(canary.text, canary.kind) for canary in self.lists.canaries],
        }
        (self.room / "scene.json").write_text(json.dumps(kept), encoding="utf-8")


def load(room: Path) -> Scene:
    """The scene that was saved in a room."""
    kept = json.loads((room / "scene.json").read_text(encoding="utf-8"))
    files = {key: Path(path) for key, path in kept["files"].items()}
    canaries = tuple(Canary(*each) for each in kept["canaries"])
    lists = Lists(files, room / "lists" / "plan.toml", room / "lists" / "passphrase", canaries)
    names = (tuple(kept[name]) for name in ("hidden", "nobody", "shares"))
    return Scene(room, kept["seed"], lists, *names, frozenset(kept["known"]))


def build(room: Path, seed: int, nursery: Nursery) -> Scene:
    """Make the study by the verbs: people, lists, one of them hidden, links, counts, shares, a backup."""
    known = frozenset(map(str, system_temporary()))
    lists = plant(room / "lists", seed)
    hidden, nobody, sheet = _hidden(room / "lists", seed)
    place = room / "home"
    study = furnish(place)
    for name in ("safe", "keys"):
        (room / name).mkdir()
    secret = ["--passphrase-file", lists.passphrase]
    newcomer = ["--new-passphrase-file", lists.passphrase]

    def do(*words: object, user: str = FOUNDER) -> None:
        ended = nursery.run([*words, *secret, "--user", user], place)
        # Whether so few persons can be counted does not matter to any attack: a refusal is kept as well.
        if ended.code and (words[0], ended.code) != ("count", REFUSED):
            raise RuntimeError(f"{words[0]} ended with {ended.code}: {ended.said.decode()}")

    do("new", study, "--from", lists.plan)
    for handle, (roles, compartments) in PEOPLE.items():
        said = [word for role in roles for word in ("--role", role)]
        said += [word for name in compartments for word in ("--compartment", name)]
        do("user", "add", study, handle, *said, *newcomer)
    for key in ("uno", "dos", "tres"):
        do("read", study, lists.files[key], "--source", key)
    law = ("--source", "abogadas", "--part", "none", "--compartment", "lawyers")
    do("read", study, sheet, *law, user="lola")
    for verb in ("link", "count", "report"):
        do(verb, study)
    for label in RECIPIENTS:
        do("recipient", "add", study, label, "--make", room / "keys" / label)
    ended = nursery.run([], place, hook=("attacks.scene", "hand_out", {"study": str(study)}))
    if ended.code:
        raise RuntimeError(ended.said.decode())
    shares = tuple(json.loads(ended.lines[-1]))
    do("backup", study, "--to", room / "safe")
    scene = Scene(room, seed, lists, hidden, nobody, shares, known)
    scene.save()
    return scene


def hand_out(study: str) -> None:
    """Make recovery shares and print them: what the ceremony does between its words."""
    from amparo.study import store  # noqa: PLC0415
    from amparo.vault import folder, slots  # noqa: PLC0415

    with store.study_in(folder.open_folder(Path(study), slots.Passphrase(PASSPHRASE, FOUNDER))) as found:
        from amparo.study.accounts.ways import keep_recovery  # noqa: PLC0415

        made = slots.new_recovery(found.opened.study_id, found.opened.secrets.root_key)
        keep_recovery(found, made)
    print(json.dumps(made.shares))


def _hidden(folder: Path, seed: int) -> tuple[tuple[str, ...], tuple[str, ...], Path]:
    draw = random.Random(seed + 1)  # noqa: S311  (made-up persons)

    def word() -> str:
        return "".join(draw.choice("bcdfgjklmnprtvxz") + draw.choice("aeiou") for _ in range(4)).title()

    parts = [[word() for _ in range(HIDDEN)] for _ in range(3)]
    hidden = tuple(" ".join(each) for each in zip(*parts, strict=True))
    # The same words in other company: what a word costs tells nothing of who is hidden.
    shifted = (part[number:] + part[:number] for number, part in enumerate(parts))
    nobody = tuple(" ".join(each) for each in zip(*shifted, strict=True))
    file = folder / "abogadas.csv"
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(["Nombre completo", "Fecha del hecho", "Circunstancias"])
        for number, name in enumerate(hidden):
            writer.writerow([name, f"2016-0{1 + number % 9}-11", "reservado"])
    return hidden, nobody, file


def told(canaries: Sequence[Canary], *contents: bytes | str) -> list[str]:
    """The canaries in these words or bytes."""
    joined = b"\n".join(each.encode() if isinstance(each, str) else each for each in contents).lower()
    return [canary.text for canary in canaries if any(form in joined for form in canary.forms())]


def dump(opened: Opened) -> Iterator[bytes]:
    """Every value of every table of an opened study's database, as bytes."""
    from amparo.vault import sqlcipher  # noqa: PLC0415

    with closing(sqlcipher.connect(opened.database, opened.key("database"))) as database:
        tables = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        for (table,) in tables:
            for row in database.execute(f'SELECT * FROM "{table}"'):  # noqa: S608  (its own tables)
                yield from (_bytes(value) for value in row if value is not None)


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
