"""A person as another organisation referred them: the lines of its sheet as a document with what it tells.

A line that no claim can hold is left to be noted in its words; where it is not clear which part of a threat
is what was said and which is who said it, nothing is claimed of either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from amparo.intake.interview import Interview
from amparo.intake.passages import Document, Row, Table
from amparo.intake.proposals import Kind, Proposal
from amparo.vocabulary.lists import lists

SHEET, NAME, VALUE = "referral", "line", "value"
_PERSON = "person-1"
_PLAIN = ("words", "author_claimed", "deadline")  # of a threat, as the sheet tells them


class Line(NamedTuple):
    """One line on the person: the origin of its value (`person.name`), and its parts as (family, value)."""

    of: str
    parts: tuple[tuple[str, str], ...]

    @property
    def words(self) -> str:
        """The parts in one text."""
        return " · ".join(value for _, value in self.parts)


def read(reference: str, lines: Sequence[Line]) -> Interview:
    """The document, what it proposes, and what is left; `reference` tells two alike referrals apart."""
    rows: list[tuple[str, str]] = [("reference", reference)]
    left: list[tuple[str, str]] = []
    proposals = [_proposal((_PERSON, "person", "person_kind", "victim"), 1, reference)]
    for number, line in enumerate(lines, 2):
        found = list(_told(line, number))
        if found:
            rows.append((line.of, line.words))
            row = len(rows)
            proposals += [_proposal(each, row, line.words) for each in found]
        if not found or line.of == "threat.told":
            left.append((line.of, line.words))
    table = Table(sheet=SHEET, headers=(NAME, VALUE), rows=tuple(enumerate(rows, 1)))
    return Interview(Document(kind="form", tables=(table,), language="en"), tuple(proposals), tuple(left))


def _told(line: Line, number: int) -> Iterator[tuple[str, Kind, str, str]]:
    """What one line says: (thing, kind, field, value)."""
    room, _, field = line.of.partition(".")
    match room:
        case "person":
            yield _PERSON, "person", field, line.words
        case "threat":
            thing = f"threat-{number}"
            yield thing, "threat", "victim", _PERSON
            for family, value in line.parts:
                if family in ("edtf", "channel"):
                    yield thing, "threat", "date" if family == "edtf" else "channel", value
            plain = [value for family, value in line.parts if not family]
            if len(plain) == len(_PLAIN):
                yield from ((thing, "threat", name, said) for name, said in zip(_PLAIN, plain, strict=True))
        case "exposure":
            thing = f"exposure-{number}"
            yield thing, "exposure", "person", _PERSON
            for family, value in line.parts:
                name = "date" if family == "edtf" else "type" if family in lists() else "description"
                yield thing, "exposure", name, value


def _proposal(told: tuple[str, Kind, str, str], row: int, words: str) -> Proposal:
    thing, kind, field, value = told
    passage = Row(words=words, sheet=SHEET, row=row, column=VALUE)
    return Proposal(entity=thing, kind=kind, field=field, value=value, passage=passage, rule="referral")
