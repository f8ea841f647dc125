"""Two records side by side, and why they may be one person: in words, for a terminal and for a page."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from amparo.errors import AmparoError
from amparo.report.catalogue import say
from amparo.report.numbers import signed
from amparo.values.dates import infer_date_order, parse_date
from amparo.values.people import parse_age, sex_codes
from amparo.values.text import fold

if TYPE_CHECKING:
    from amparo.linkage.explain import Step, Waterfall

# The fields a comparison looks at; what no comparison looks at comes last.
FIELDS: dict[str, tuple[str, ...]] = {
    "given": ("name", "given"),
    "surname": ("surname", "second_surname", "married_surname"),
    "date": ("event_date", "death_date"),
    "age": ("age", "birth_date"),
    "sex": ("sex",),
    "place": ("place", "place_1", "place_2", "place_3"),
    "identifier": ("identifier",),
    "other": ("alias", "status", "circumstances"),
}
_NAME_PARTS = ("given", "surname", "second_surname")
RARE = 1.0  # bits from which it is said that shared words are rare, or common
BAR = 12  # characters of the longest bar
BITS_SHOWN = 12.0  # bits that fill a bar


class Line(NamedTuple):
    """One step in words, with its bits."""

    text: str
    weight: float


class Row(NamedTuple):
    """One field of both records; `mark` is `=` where they mean the same, `~` where part of it, else `≠`."""

    name: str
    one: str
    other: str
    mark: str


def lines(told: Waterfall, lang: str) -> list[Line]:
    """The steps of a waterfall in words: what comes before comparing, then the strongest first."""
    first = [step for step in told.steps if step.what == "prior"]
    others = [step for step in told.steps if step.what != "prior"]
    return [
        Line(words(step, lang), step.weight)
        for step in (*first, *sorted(others, key=lambda step: -abs(step.weight)))
    ]


def words(step: Step, lang: str) -> str:
    """One step as a sentence."""
    if not step.level:
        return say(lang, f"evidence.{step.what}")
    said = say(lang, f"evidence.{step.what}.{slug(step.level)}")
    if abs(step.rare) < RARE:
        return said
    return say(lang, "evidence.rare" if step.rare > 0 else "evidence.common", said=said)


def slug(level: str) -> str:
    """A level's name as it stands in the catalogue."""
    return re.sub(r"[^a-z0-9]+", "_", level.lower()).strip("_")


def rows(one: Mapping[str, str], other: Mapping[str, str], lang: str) -> Iterator[Row]:
    """The fields of two records' cells side by side, those that neither has left out.

    Where one list writes names in one column and the other in several, these are put together.
    """
    if bool(one.get("name")) != bool(other.get("name")):
        one, other = _with_whole_name(one), _with_whole_name(other)
    for comparison, fields in FIELDS.items():
        for field in fields:
            left, right = one.get(field, ""), other.get(field, "")
            if left or right:
                yield Row(_name(comparison, field, lang), left, right, _mark(field, left, right))


def _with_whole_name(cells: Mapping[str, str]) -> Mapping[str, str]:
    parts = [cells[name] for name in _NAME_PARTS if cells.get(name)]
    if cells.get("name") or not parts:
        return cells
    return {"name": " ".join(parts)} | {key: text for key, text in cells.items() if key not in _NAME_PARTS}


def _name(comparison: str, field: str, lang: str) -> str:
    plain = field in ("given", "surname", "sex", "identifier")
    return say(lang, f"compared.{comparison}" if plain else f"shown.{field}")


def _mark(field: str, left: str, right: str) -> str:
    """By what the texts mean, where they can be read; by their words otherwise."""
    if not left or not right:
        return ""
    if field == "sex":
        codes = sex_codes((left, right))
        return "=" if codes.get(left) == codes.get(right) else "≠"
    if field in ("event_date", "birth_date", "death_date", "age"):
        try:
            mine, theirs = (_span(field, text) for text in (left, right))
        except AmparoError:
            return _words_mark(left, right)
        if mine == theirs:
            return "="
        return "~" if mine[0] <= theirs[1] and theirs[0] <= mine[1] else "≠"
    return _words_mark(left, right)


def _span(field: str, text: str) -> tuple[float, float]:
    """The least and the most that an age or a date allows: years, or days of the calendar."""
    if field == "age":
        return parse_age(text)
    read = parse_date(text, order=infer_date_order([text]))
    if read.first is None and read.last is None:
        raise AmparoError("date.unreadable", value=text)
    return (
        read.first.toordinal() if read.first else -math.inf,
        read.last.toordinal() if read.last else math.inf,
    )


def _words_mark(left: str, right: str) -> str:
    one, other = fold(left).split(), fold(right).split()
    if sorted(one) == sorted(other):
        return "="
    return "~" if set(one) & set(other) else "≠"


def side_by_side(
    heads: tuple[str, str], cells: tuple[Mapping[str, str], Mapping[str, str]], lang: str
) -> Table:
    """Both records as a table of a terminal, what differs in colour."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("", style="dim", no_wrap=True)
    for head in heads:
        table.add_column(Text(head, style="bold"), overflow="fold", ratio=1)
    table.add_column("", no_wrap=True)
    colours = {"=": "green", "~": "yellow", "≠": "red"}
    for row in rows(*cells, lang):
        style = colours.get(row.mark, "")
        table.add_row(row.name, Text(row.one), Text(row.other), Text(row.mark, style=style))
    return table


def waterfall(told: Waterfall, lang: str) -> RenderableType:
    """The evidence as a table of a terminal: each step with its bits and a bar, then their sum."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(say(lang, "evidence.step"), header_style="dim", overflow="fold")
    table.add_column(say(lang, "evidence.weight"), header_style="dim", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for line in lines(told, lang):
        if not line.weight:
            table.add_row(Text(line.text, style="dim"), "", "")
            continue
        length = max(1, round(BAR * min(abs(line.weight), BITS_SHOWN) / BITS_SHOWN))
        colour = "green" if line.weight > 0 else "red"
        table.add_row(Text(line.text), signed(line.weight), Text("█" * length, style=colour))
    return Group(table, Text(), Text(total(told, lang), style="bold"), Text(company(told, lang), style="dim"))


def total(told: Waterfall, lang: str) -> str:
    """The sum of a waterfall as a sentence."""
    return say(lang, "evidence.total", weight=signed(told.weight), probability=told.probability)


def company(told: Waterfall, lang: str) -> str:
    """What else the pair may be, as a sentence."""
    return say(lang, "evidence.relatives", relatives=told.relatives, event=told.event)
