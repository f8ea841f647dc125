"""A document as its page shows it: its text with what stands out marked, and what waits, thing by thing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from amparo.intake.passages import Message, Passage, Region, Span
from amparo.report import claims as words
from amparo.vocabulary.lists import lists, word
from amparo.vocabulary.model import field_of, model

if TYPE_CHECKING:
    from amparo.intake.passages import Document
    from amparo.study.claims.documents import View
    from amparo.study.claims.explaining import Listed

CALLED = ("name", "description")


class Piece(NamedTuple):
    """Some text; `to` is where its mark leads (empty: no mark), `how` waits or stands."""

    text: str
    to: str = ""
    how: str = ""


class Block(NamedTuple):
    """A text, message or piece of a transcript, with what stands before it."""

    number: int
    head: str
    pieces: tuple[Piece, ...]


class Area(NamedTuple):
    """A rectangle of a page, in hundredths of its width and height, and where it leads."""

    x: str
    y: str
    width: str
    height: str
    to: str
    words: str


class Row(NamedTuple):
    """A value that waits; `codes` are what it may be chosen from, `editable` whether it may be written."""

    id: str
    field: str
    value: str
    raw: str
    codes: tuple[tuple[str, str], ...]
    editable: bool
    remarks: str
    rivals: str


class Told(NamedTuple):
    """A sentence with the values that it tells."""

    sentence: str
    place: str
    rows: tuple[Row, ...]


class Group(NamedTuple):
    """What waits on one thing, or on a person with what was done to them; kept together at once."""

    id: str
    title: str
    told: tuple[Told, ...]


class Field(NamedTuple):
    """A field that a sentence may be the source of; `list` names the list its codes are from."""

    name: str
    word: str
    list: str


class Kind(NamedTuple):
    """A kind of thing with its fields."""

    name: str
    word: str
    fields: tuple[Field, ...]


def regions(view: View, page: int) -> list[Area]:
    """Where on a page stands what waits or was claimed."""
    marks = [(each.waiting.proposal.passage, f"#{each.waiting.id}") for each in view.waiting]
    marks += [(each.passage, f"/thing/{each.of}") for each in view.stands]
    return [
        Area(*(f"{100 * share:.2f}" for share in (at.x0, at.y0, at.x1 - at.x0, at.y1 - at.y0)), to, at.words)
        for at, to in marks
        if isinstance(at, Region) and at.page == page
    ]


def blocks(view: View) -> list[Block]:
    """The document's texts, cut where marks begin and end."""
    document = view.document
    marks = [(each.waiting.proposal.passage, each.waiting.id, "waits") for each in view.waiting]
    marks += [(each.passage, each.of, "stands") for each in view.stands]
    if document.text:
        return [Block(0, "", tuple(_pieces(document.text, marks, None)))]
    if document.messages:
        return [
            Block(
                said.number,
                f"{said.at.replace('T', ' ')} · {said.author}",
                tuple(_pieces(said.text, marks, said.number)),
            )
            for said in document.messages
        ]
    return [Block(0, "", (Piece(piece.words),)) for piece in document.transcript]


def _pieces(text: str, marks: Iterable[tuple[Passage, str, str]], number: int | None) -> Iterable[Piece]:
    here = [
        (passage.start, passage.end, to, how)
        for passage, to, how in marks
        if (isinstance(passage, Span) and number is None)
        or (isinstance(passage, Message) and passage.number == number)
    ]
    cuts = sorted({0, len(text), *(start for start, *_ in here), *(end for _, end, *_ in here)})
    for start, end in pairwise(cuts):
        over = [one for one in here if one[0] <= start and end <= one[1]]
        # Of several the shortest is meant; what waits goes before what stands.
        best = min(over, key=lambda one: (one[3] != "waits", one[1] - one[0]), default=None)
        yield Piece(text[start:end], best[2], best[3]) if best else Piece(text[start:end])


def groups(waiting: Sequence[Listed], lang: str) -> list[Group]:
    """What waits, in the document's order; a person and the acts against them stand together."""
    named = {
        each.waiting.of: each.waiting.proposal.value
        for each in waiting
        if each.waiting.proposal.field in CALLED
    }
    found: dict[str, list[Listed]] = {}
    for each in waiting:
        found.setdefault(each.waiting.about or each.waiting.of, []).append(each)
    return [
        Group(
            name,
            named.get(name) or getattr(model()[mine[0].waiting.proposal.kind], lang),
            tuple(_told(mine, named, lang)),
        )
        for name, mine in found.items()
    ]


def _told(mine: Sequence[Listed], named: dict[str, str], lang: str) -> Iterable[Told]:
    sentences: dict[str, list[Listed]] = {}
    for each in mine:
        sentences.setdefault(each.sentence, []).append(each)
    for sentence, those in sentences.items():
        place = words.place(those[0].waiting.proposal.passage, lang)
        yield Told(sentence, place, tuple(_row(each, named, lang) for each in those))


def _row(each: Listed, named: dict[str, str], lang: str) -> Row:
    said = each.waiting.proposal
    known = field_of(said.kind, said.field)
    kind = getattr(model()[said.kind], lang)
    value = named.get(said.value) or words.value(said.kind, said.field, said.value, lang)
    coded = known.list if known else None
    return Row(
        id=each.waiting.id,
        field=f"{kind}: {words.field_word(said.kind, said.field, lang)}",
        value=value,
        raw=said.value,
        codes=tuple((code, word(coded, code, lang)) for code in lists()[coded].codes) if coded else (),
        editable=not (known and known.refers_to),
        remarks=" · ".join(words.remarks(said, lang)),
        rivals=", ".join(words.value(said.kind, said.field, rival, lang) for rival in each.rivals),
    )


def kinds(lang: str) -> list[Kind]:
    """What can be said of each kind of thing, without what names another thing."""
    return [
        Kind(
            kind,
            getattr(thing, lang),
            tuple(
                Field(f"{kind}.{name}", getattr(field, lang), field.list or "")
                for name, field in thing.fields.items()
                if not field.refers_to
            ),
        )
        for kind, thing in model().items()
    ]


def coded(lang: str) -> dict[str, list[str]]:
    """The terms of every list that a field takes its codes from."""
    used = {field.list for thing in model().values() for field in thing.fields.values() if field.list}
    return {name: [getattr(term, lang) for term in lists()[name].codes.values()] for name in sorted(used)}


def place_of(document: Document, quote: str, start: str, number: str) -> Passage | None:
    """Where a quotation stands, nearest to where it was marked; None where it stands nowhere."""
    near = int(start) if start.isascii() and start.isdecimal() else 0
    if document.text:
        at = _nearest(document.text, quote, near)
        return None if at is None else Span(words=quote, start=at, end=at + len(quote))
    for said in document.messages:
        if not number or number == str(said.number):
            at = _nearest(said.text, quote, near)
            if at is not None:
                return Message(words=quote, number=said.number, start=at, end=at + len(quote))
    return next((_whole(piece, quote) for piece in document.transcript if quote in piece.words), None)


def _whole(piece: Passage, quote: str) -> Passage:
    return msgspec.structs.replace(piece, words=quote)


def _nearest(text: str, quote: str, near: int) -> int | None:
    if not quote:
        return None
    if text[near : near + len(quote)] == quote:
        return near
    at, best = text.find(quote), None
    while at >= 0:
        if best is None or abs(at - near) < abs(best - near):
            best = at
        at = text.find(quote, at + 1)
    return best
