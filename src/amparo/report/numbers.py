"""What the findings come to in whole persons and in the user's words; shared by screen, page and document."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec

from amparo.estimation.histories import UNKNOWN
from amparo.report.catalogue import day, say, word
from amparo.study.counting.findings import EstimateFinding, Findings, ListFinding, Said
from amparo.values.places import level_of, normalise_place


def printable(findings: Findings) -> Findings:
    """The findings with a space for every sign that cannot be printed.

    Titles come from outside: a control character in one would steer the terminal or break a picture.
    """
    return msgspec.convert(_printable(msgspec.to_builtins(findings)), Findings)


def _printable(value: Any) -> Any:
    match value:
        case str():
            return "".join(sign if sign.isprintable() else " " for sign in value)
        case dict():
            return {_printable(key): _printable(item) for key, item in value.items()}
        case list() | tuple():
            return [_printable(item) for item in value]
    return value


class Spread:
    """An estimate that stands, as whole persons: of the total and of those on no list."""

    def __init__(self, one: EstimateFinding) -> None:
        """Take an estimate; raises `ValueError` where it holds no number (see `stands`)."""
        if one.median is None or one.low is None or one.high is None:
            raise ValueError("a refused estimate has no spread")
        self.observed = one.observed
        self.median = round(one.median)
        self.low = round(one.low)
        self.high = round(one.high)

    def total(self) -> dict[str, int]:
        """Median, low and high of the total."""
        return {"median": self.median, "low": self.low, "high": self.high}

    def unseen(self) -> dict[str, int]:
        """Median, low and high of the persons on no list."""
        return {key: max(value - self.observed, 0) for key, value in self.total().items()}


def together(findings: Findings, lang: str) -> str:
    """What the methods say together, each named in words; empty where there was one method."""
    if findings.verdict is None:
        return ""
    named = ("lower", "higher")
    facts = {
        name: word(lang, "methods", fact) if name in named and isinstance(fact, str) else fact
        for name, fact in findings.verdict.facts.items()
    }
    return say(lang, findings.verdict.code, **facts)


def stands(one: EstimateFinding) -> bool:
    """Whether there is a number to give."""
    return None not in (one.median, one.low, one.high)


def told(findings: Findings, lang: str, said: Said) -> str:
    """The sentence of a code with its facts; a fact that is the key of a list becomes its title."""
    titles = {one.key: one.title for one in findings.lists}

    def named(fact: Any) -> Any:
        if isinstance(fact, list | tuple):
            return [named(item) for item in fact]
        return titles.get(fact, fact) if isinstance(fact, str) else fact

    return say(lang, said.code, **{name: named(fact) for name, fact in said.facts.items()})


def part(one: ListFinding, lang: str) -> str:
    """The part of a list in this count, in words; a capture list left out of it is said to be so."""
    return word(lang, "part", "capture_unused" if one.part == "capture" and not one.counted else one.part)


def period(lang: str, edtf: str) -> str:
    """An EDTF interval of days in words: whole years as "2014–2023"; any other text as it stands."""
    try:
        first, last = (date.fromisoformat(end) for end in edtf.split("/"))
    except ValueError:
        return edtf
    if (first.month, first.day) == (1, 1) and (last + timedelta(1)).year > last.year:
        return f"{first.year}–{last.year}" if first.year < last.year else str(first.year)
    return say(lang, "date.span", first=day(lang, first.isoformat()), last=day(lang, last.isoformat()))


def stratum(one: EstimateFinding, lang: str) -> str:
    """The name of a stratum: its values one after another."""
    return " · ".join(_value(column, value, lang) for column, value in one.stratum.items())


def _value(column: str, value: str, lang: str) -> str:
    """A value as it is written: places, which are compared without accents and capitals, get them back."""
    if value in ("", UNKNOWN):
        return say(lang, "strata.unknown")
    if not column.startswith("place"):
        return word(lang, column, value)
    coded = level_of(value)
    if coded is not None and normalise_place(coded.name) == value:
        return coded.name
    return value.upper() if len(value) < 3 else value.title()


def signed(weight: float) -> str:
    """Bits of evidence with their sign."""
    return f"{weight:+.1f}".replace("-", "\N{MINUS SIGN}")


def documented_note(findings: Findings, lang: str) -> str:
    """What documented means, and between which numbers it lies under the likely linkages."""
    if findings.persons_likely is None:
        return say(lang, "answer.documented_note")
    low, high = findings.persons_likely
    return say(lang, "answer.documented_likely", low=low, high=high)
