"""Synthetic lists with words in them that may stand nowhere in the clear, and the search for those words."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

PASSPHRASE = "cuatro palabras de mentira"  # noqa: S105  (of a study without one real person)
PERSONS, COVERAGE = 60, 0.65


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
