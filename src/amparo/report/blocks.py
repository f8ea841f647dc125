"""What a report is made of, before it becomes a page or a document: plain text in a few kinds of blocks."""

from __future__ import annotations

from typing import Literal

import msgspec


class Text(msgspec.Struct, frozen=True, tag="text"):
    """A paragraph; `lead` is set larger, `small` smaller."""

    text: str
    size: Literal["lead", "plain", "small"] = "plain"


class Heading(msgspec.Struct, frozen=True, tag="heading"):
    """A heading inside a section."""

    text: str


class Bullets(msgspec.Struct, frozen=True, tag="bullets"):
    """A list without order."""

    items: tuple[str, ...]


class Card(msgspec.Struct, frozen=True):
    """One number that is to be remembered, with its name and a note."""

    label: str
    value: str
    note: str
    missing: bool = False


class Cards(msgspec.Struct, frozen=True, tag="cards"):
    """Numbers side by side."""

    cards: tuple[Card, ...]


class Notice(msgspec.Struct, frozen=True, tag="notice"):
    """A box that must not be overlooked."""

    tone: Literal["unfit", "synthetic", "refusal", "warning"]
    title: str
    texts: tuple[str, ...]


class Terms(msgspec.Struct, frozen=True, tag="terms"):
    """Names with their descriptions."""

    pairs: tuple[tuple[str, str], ...]


class Figure(msgspec.Struct, frozen=True, tag="figure"):
    """A picture as SVG text for a column and for a telephone, with its text alternative."""

    wide: str
    narrow: str
    alt: str
    caption: str
    mark: str


class Table(msgspec.Struct, frozen=True, tag="table"):
    """A table of texts; `numeric` tells which columns are set to the right."""

    caption: str
    heads: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    mark: str


Block = Text | Heading | Bullets | Cards | Notice | Terms | Figure | Table


class Section(msgspec.Struct, frozen=True):
    """A part of the report under its own heading; `key` is its anchor."""

    key: str
    title: str
    blocks: tuple[Block, ...]


class Story(msgspec.Struct, frozen=True):
    """A whole report in one language; `running` is the title cut to fit the head of a page."""

    lang: str
    kind: str
    title: str
    running: str
    subtitle: str
    meta: str
    made: str
    mark: str
    banners: tuple[Notice, ...]
    contents: str
    skip: str
    sections: tuple[Section, ...]
