"""A synthetic study of Salvadoran police officers attacked or forced to flee, 2014-2019, with known truth.

Nobody in it exists. `salvador.toml` beside this file holds the target population, the names and places and
every rate. Persons belong to a visible or a hidden class. Five lists find each person independently given
class, year and region, except that the UN referrals find more easily whom the intake forms already hold.
Lists then write what they found in their own manner and with their own errors: accents lost, b/v, s/z/c,
ll/y and h confused, nicknames, initials, names left out or swapped, vague dates, places at several levels,
the same person twice. A few rows are of persons outside the period of the target population.

`write(folder, seed)` leaves the five files, `target.toml` as `amparo new --from` takes it, and the truth:
`truth.csv` (list, row of the file with the header as row 1, person) and `persons.csv` (one line a person:
whether of the target population, class, year, department and a 0/1 per list). Only the standard library is
used, and the same seed gives the same bytes.
"""

from __future__ import annotations

import csv
import io
import random
import re
import tomllib
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

RATES: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
LISTS: tuple[str, ...] = tuple(RATES["lists"])
MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
STATES = (
    "amenazado",
    "amenazado",
    "herido",
    "desplazado dentro del país",
    "salió del país",
    "salió del país",
)
MEDIA = ("radio", "diario de la mañana", "diario digital", "canal de televisión")


Row = tuple[str | date, ...]


class Person(NamedTuple):
    """One synthetic person as they are; `eligible` when the event falls into the period of the target."""

    number: int
    eligible: bool
    visible: bool
    sex: str  # F or M
    given: tuple[str, ...]
    surnames: tuple[str, str]
    husband: str  # first surname of a husband, or ""
    born: date
    event: date
    department: str
    municipality: str
    spot: str
    state: str


class Mention(NamedTuple):
    """What one list wrote of a person, before it is laid out in the list's columns."""

    person: Person
    given: list[str]
    first: str
    second: str
    married: str
    alias: str
    event: date


class Truth(NamedTuple):
    """What is known of a written study."""

    persons: int  # in the target population
    documented: int  # of these, on at least one list
    rows: dict[str, int]  # per list, with duplicates and persons outside the period
    histories: dict[
        tuple[int, ...], int
    ]  # 0/1 per list in the order of LISTS -> eligible persons on any list


def population(rng: random.Random) -> Iterable[Person]:
    """Persons without end, family by family."""
    rates, names = RATES["population"], RATES["names"]
    departments = RATES["departments"]
    by_weight = list(accumulate(entry["weight"] for entry in departments.values()))
    by_rank = list(accumulate(1 / (rank + 12) for rank in range(len(names["surnames"]))))
    by_year = list(accumulate(rates["years"].values()))

    def surname() -> str:
        return rng.choices(names["surnames"], cum_weights=by_rank)[0]

    def given(sex: str) -> tuple[str, ...]:
        kind = "men" if sex == "M" else "women"
        first, second = _ranked(rng, names[kind]), _ranked(rng, names[f"{kind}_second"])
        return (first,) if rng.random() < 0.08 or first == second else (first, second)

    number = 0
    while True:
        eligible = rng.random() >= rates["outside_period"] / (1 + rates["outside_period"])
        if eligible:
            year = int(rng.choices(list(rates["years"]), cum_weights=by_year)[0])
        else:
            year = rng.choice(rates["outside_years"])
        event = date(year, 1, 1) + timedelta(days=rng.randrange(365))
        department = rng.choices(list(departments), cum_weights=by_weight)[0]
        municipality = _ranked(rng, departments[department]["places"])
        spot = rng.choice(RATES["spots"]["names"])
        visible = rng.random() < rates["visible"]
        surnames = (surname(), surname())
        # A family of two or three stands for so many persons, hence the division.
        size = rng.choice((2, 2, 3)) if rng.random() < rates["in_families"] / 2.3 else 1
        for _ in range(size):
            sex = "F" if rng.random() < rates["women"] else "M"
            number += 1
            yield Person(
                number,
                eligible,
                visible,
                sex,
                given(sex),
                surnames,
                surname() if sex == "F" and rng.random() < 0.45 else "",
                event - timedelta(days=round(365.25 * rng.triangular(20, 52, 29))),
                event,
                department,
                municipality,
                spot,
                rng.choice(STATES),
            )


def captures(rng: random.Random, person: Person) -> dict[str, int]:
    """Whether each list holds the person (0 or 1)."""
    held: dict[str, int] = {}
    region = RATES["departments"][person.department]["region"]
    for key, rates in RATES["lists"].items():
        rate = rates["visible"] if person.visible else rates["hidden"]
        rate *= rates["years"].get(str(person.event.year), 1) * rates["regions"].get(region, 1)
        if held.get("ong"):
            rate *= rates.get("referred", 1)
        held[key] = int(rng.random() < rate)
    return held


def mention(rng: random.Random, person: Person, key: str) -> Mention:
    """What the list makes of the person's name and day."""
    errors = RATES["lists"][key]["errors"]

    def happens(error: str) -> bool:
        return rng.random() < errors[error]

    given, alias = list(person.given), ""
    nickname = RATES["nicknames"].get(given[0], "")
    if nickname and happens("nickname"):
        given = [nickname]
    elif nickname and rng.random() < 0.1:
        alias = nickname
    if len(given) > 1 and happens("given"):
        given = given[:1] if rng.random() < 0.8 else given[1:]
    if len(given) > 1 and happens("initial"):
        given[1] = given[1][0] + "."
    first, second = person.surnames
    if happens("particle"):
        first, second = first.rsplit(" ", 1)[-1], second.rsplit(" ", 1)[-1]
    if happens("swapped"):
        first, second = second, first
    if happens("second"):
        second = ""
    if happens("surname"):
        given = []
    married = person.husband if person.husband and happens("married") else ""

    def written(token: str) -> str:
        return _misspelt(rng, token) if happens("spelling") else token

    given = [written(token) for token in given]
    first, second, married = written(first), written(second), written(married)
    if happens("accents"):
        given = [_without_accents(token) for token in given]
        first, second, married = _without_accents(first), _without_accents(second), _without_accents(married)
    event = person.event + timedelta(days=rng.choice((-3, -2, -1, 1, 2, 7)) * happens("mistyped_date"))
    return Mention(person, given, first, second, married, alias, event)


def write(folder: Path, seed: int, persons: int = 3200, records: int | None = None) -> Truth:
    """Write the study into `folder` (made when missing) and return its truth.

    `persons` counts the target population; with `records` persons are added until the five lists together
    hold that many rows.
    """
    rng = random.Random(seed)  # noqa: S311  (repeatable on purpose: nothing here is secret)
    mentions: dict[str, list[Mention]] = {key: [] for key in LISTS}
    known: list[tuple[Person, dict[str, int]]] = []
    histories: dict[tuple[int, ...], int] = {}
    eligible = rows = 0
    for person in population(rng):
        if (eligible >= persons) if records is None else (rows >= records):
            break
        held = captures(rng, person)
        known.append((person, held))
        eligible += person.eligible
        history = tuple(held.values())
        if person.eligible and any(history):
            histories[history] = histories.get(history, 0) + 1
        for key in LISTS:
            copies = held[key] * (1 + (rng.random() < RATES["population"]["duplicates"]))
            mentions[key] += [mention(rng, person, key) for _ in range(copies)]
            rows += copies
    folder.mkdir(parents=True, exist_ok=True)
    truth: list[Row] = [("source", "row", "person")]
    for key, line in LINES.items():
        rng.shuffle(mentions[key])
        lines = [line(rng, row, entry) for row, entry in enumerate(mentions[key], 2)]
        _write_list(folder, RATES["lists"][key], lines)
        truth += [(key, str(row), str(entry.person.number)) for row, entry in enumerate(mentions[key], 2)]
    _write_csv(folder / "truth.csv", truth)
    people: list[Row] = [("person", "eligible", "class", "year", "department", *LISTS)]
    for person, held in known:
        kind = "visible" if person.visible else "hidden"
        flags = (str(flag) for flag in held.values())
        year = str(person.event.year)
        people.append((str(person.number), str(int(person.eligible)), kind, year, person.department, *flags))
    _write_csv(folder / "persons.csv", people)
    (folder / "target.toml").write_text(target(), "utf-8")
    sizes = {key: len(mentions[key]) for key in LISTS}
    return Truth(eligible, sum(histories.values()), sizes, dict(sorted(histories.items())))


def target() -> str:
    """The declaration of the study as `amparo new --from` takes it."""
    what = RATES["target"]
    lines = [
        "# SYNTHETIC: nobody in this study exists.",
        f'title = "{what["title"]}"',
        "synthetic = true",
        'language = "es"',
        "",
        "[target]",
        *(f'{key} = "{what[key]}"' for key in ("role", "act", "place")),
        "",
        "[target.period]",
        f'from = "{what["from"]}"',
        f'to = "{what["to"]}"',
    ]
    for key, rates in RATES["lists"].items():
        lines += ["", f"[sources.{key}]", f'title = "{rates["title"]} (sintética)"', 'part = "capture"']
        lines += ["derived_from = []", f'file = "{rates["file"]}"']
    return "\n".join(lines) + "\n"


# One row of each list, in its own manner ----------------------------------------------------------------


def _ong(rng: random.Random, row: int, entry: Mention) -> Row:
    """NGO intake forms: one column for each part of the name, ages, days first."""
    who = entry.person
    age = (entry.event - who.born).days // 365 + (rng.choice((-1, 1)) if rng.random() < 0.1 else 0)
    return (
        f"F{row:06d}",
        "".join(entry.given[:1]),
        " ".join(entry.given[1:]),
        entry.first,
        entry.second,
        entry.married,
        entry.alias,
        "mujer" if who.sex == "F" else "hombre",
        str(age) if rng.random() < 0.93 else "",
        f"{entry.event:%d/%m/%Y}" if rng.random() < 0.65 else _vague(rng, entry.event),
        who.department,
        who.municipality if rng.random() < 0.9 else "",
        who.spot if rng.random() < 0.6 else "",
        who.state,
    )


def _acnur(rng: random.Random, row: int, entry: Mention) -> Row:
    """UN referrals: a spreadsheet with real date cells and the names in three columns."""
    who = entry.person
    return (
        f"R-{row:06d}",
        " ".join(entry.given),
        entry.first,
        _joined(entry.second, entry.married and f"de {entry.married}"),
        who.sex,
        who.born if rng.random() < 0.8 else str(who.born.year),
        entry.event if rng.random() < 0.75 else _vague(rng, entry.event),
        who.department,
        who.municipality if rng.random() < 0.85 else "",
        who.state,
    )


def _corte(rng: random.Random, row: int, entry: Mention) -> Row:
    """Immigration-court calendar: English headers, months first, surnames first, Windows letters."""
    who = entry.person
    surnames = _joined(entry.first, entry.second, entry.married and f"de {entry.married}")
    vague = rng.choice((f"{entry.event:%m/%Y}", f"{entry.event.year}", ""))
    return (
        f"A{200_000_000 + who.number:09d}",
        f"{surnames}, {_joined(*entry.given)}".upper(),
        f"{who.born:%m/%d/%Y}" if rng.random() < 0.9 else "",
        f"{who.event + timedelta(days=rng.randrange(300, 1500)):%m/%d/%Y}",
        f"{entry.event:%m/%d/%Y}" if rng.random() < 0.7 else vague,
        who.department if rng.random() < 0.7 else "",
        rng.choice(("pending", "pending", "scheduled", "granted", "continued")),
    )


def _prensa(rng: random.Random, row: int, entry: Mention) -> Row:
    """Press: the full name in one column, now and then a surname alone, dates in words."""
    who = entry.person
    spot = (f"{who.spot}, " if rng.random() < 0.4 else "") + f"{who.municipality}, "
    return (
        rng.choice(MEDIA),
        _joined(*entry.given, entry.first, entry.second),
        str((entry.event - who.born).days // 365) if rng.random() < 0.6 else "",
        _in_words(entry.event) if rng.random() < 0.55 else _vague(rng, entry.event),
        (spot if rng.random() < 0.8 else "") + who.department,
        who.state,
    )


def _asociacion(rng: random.Random, row: int, entry: Mention) -> Row:
    """Police association: tab-separated UTF-16, the full name in one column."""
    who = entry.person
    return (
        f"{who.event.year}-{row:05d}",
        _joined(*entry.given, entry.first, entry.second, entry.married and f"de {entry.married}"),
        who.sex,
        f"{who.born:%d/%m/%Y}" if rng.random() < 0.5 else str(who.born.year),
        f"{entry.event:%d/%m/%Y}" if rng.random() < 0.75 else _vague(rng, entry.event),
        who.department,
        who.municipality if rng.random() < 0.75 else "",
        who.state,
    )


LINES: dict[str, Callable[[random.Random, int, Mention], Row]] = {
    "ong": _ong,
    "acnur": _acnur,
    "corte": _corte,
    "prensa": _prensa,
    "asociacion": _asociacion,
}

# How names and days are written -------------------------------------------------------------------------

_CONFUSED = (
    ("b", "v"), ("v", "b"), ("z", "s"), ("s", "z"), ("ce", "se"), ("ci", "si"), ("se", "ce"), ("ll", "y"),
    ("y", "ll"), ("ge", "je"), ("gi", "ji"), ("je", "ge"), ("h", ""), ("rr", "r"), ("i", "y"), ("x", "s"),
)  # fmt: skip


def _ranked(rng: random.Random, names: Sequence[str]) -> str:
    """One of the names, the first ones more often."""
    return names[int(len(names) * (0.6 * rng.random() + 0.4) * rng.random())]


def _misspelt(rng: random.Random, token: str) -> str:
    """The token with one pair of letters that Spanish spelling confuses, where it holds one."""
    fits = [(old, new) for old, new in _CONFUSED if old in token.lower()]
    if not fits or len(token) < 4:
        return token
    old, new = rng.choice(fits)
    wrong = re.sub(old, new, token.lower(), count=1)
    return wrong[0].upper() + wrong[1:] if token[0].isupper() else wrong


def _without_accents(token: str) -> str:
    """Acute accents are lost; ñ stays."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", token).replace("\u0301", ""))


def _joined(*tokens: str) -> str:
    return " ".join(filter(None, tokens))


def _in_words(day: date) -> str:
    return f"{day.day} de {MONTHS[day.month - 1]} de {day.year}"


def _vague(rng: random.Random, day: date) -> str:
    """A day remembered in less than full, or not at all."""
    month = f"{MONTHS[day.month - 1]} de {day.year}"
    part = ("a principios de", "a mediados de", "a finales de")[(day.day - 1) // 11]
    texts = (_in_words(day), f"en {month}", month, f"{part} {month}", f"{day.year}", "")
    return rng.choices(texts, weights=(25, 20, 20, 15, 12, 8))[0]


# Files --------------------------------------------------------------------------------------------------


def _write_list(folder: Path, rates: dict[str, Any], lines: list[Row]) -> None:
    rows: list[Row] = [tuple(rates["columns"]), *lines]
    if rates["file"].endswith(".xlsx"):
        _write_xlsx(folder / rates["file"], "Remisiones (sintético)", rows)
    else:
        _write_csv(folder / rates["file"], rows, rates["delimiter"], rates["encoding"])


def _write_csv(path: Path, rows: Iterable[Row], delimiter: str = ",", encoding: str = "utf-8") -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))


_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def _write_xlsx(path: Path, sheet: str, rows: Iterable[Row]) -> None:
    """The smallest workbook of one sheet: texts inline, dates as day numbers in built-in style 14."""

    def cell(column: int, row: int, value: str | date) -> str:
        where = f"{chr(65 + column)}{row}"
        if isinstance(value, date):
            return f'<c r="{where}" s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
        return f'<c r="{where}" t="inlineStr"><is><t>{escape(value)}</t></is></c>' if value else ""

    lines = (
        f'<row r="{row}">'
        + "".join(cell(column, row, value) for column, value in enumerate(values))
        + "</row>"
        for row, values in enumerate(rows, 1)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name="{escape(sheet)}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_SHEET}"><fonts count="1"><font/></fonts>'
        '<fills count="1"><fill/></fills><borders count="1"><border/></borders>'
        '<cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="2"><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_SHEET}"><sheetData>'
        f'{"".join(lines)}</sheetData></worksheet>',
    }  # fmt: skip
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(
                zipfile.ZipInfo(name), _HEAD + text
            )  # stored, dated 1980: the same bytes anywhere
