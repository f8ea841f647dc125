"""A pair as its page shows it: fields beside each other, the evidence as bars, what each verdict would do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from amparo.report import evidence
from amparo.report.numbers import signed
from amparo.study.linking import rules

if TYPE_CHECKING:
    from amparo.study.linking.findings import Side
    from amparo.study.linking.persons import Persons
    from amparo.study.linking.review import Shown

MARKS = {"=": "agree", "~": "near", "≠": "differ", "": "unknown"}
Said = Sequence[tuple[tuple[str, str], str]]


class Field(NamedTuple):
    """One field of both records. `mark` is the sign, `how` its name: agree, near, differ, unknown."""

    name: str
    one: str
    other: str
    mark: str
    how: str


class Bar(NamedTuple):
    """One step of the evidence: its sentence, its bits in words, and its bar in bits from the middle."""

    text: str
    bits: str
    x: str
    width: str
    how: str


class Pair(NamedTuple):
    """What stands on the page of a pair."""

    sides: tuple[Side, Side]
    fields: tuple[Field, ...]
    bars: tuple[Bar, ...]
    total: str
    company: str
    same: rules.Forecast
    different: rules.Forecast


def pair_shown(shown: Shown, persons: Persons, said: Said, lang: str) -> Pair:
    """A pair in words; `said` is what was judged before it in this sitting."""
    one, other = shown.sides
    told = shown.evidence
    records = shown.asked.records
    return Pair(
        shown.sides,
        tuple(Field(*row, MARKS[row.mark]) for row in evidence.rows(one.cells, other.cells, lang)),
        tuple(_bar(line) for line in evidence.lines(told, lang)) if told else (),
        evidence.total(told, lang) if told else "",
        evidence.company(told, lang) if told else "",
        rules.forecast(persons.number, persons.get, [*said, (records, "same")]),
        rules.forecast(persons.number, persons.get, [*said, (records, "different")]),
    )


def _bar(line: evidence.Line) -> Bar:
    length = min(abs(line.weight), evidence.BITS_SHOWN)
    how = "differ" if line.weight < 0 else "agree"
    x = -length if line.weight < 0 else 0.0
    return Bar(line.text, signed(line.weight) if line.weight else "", f"{x:.2f}", f"{length:.2f}", how)
