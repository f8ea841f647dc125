"""Find records by name and open one: only what the person at work holds the keys of is ever loaded.

Names are opened and scanned in memory: an index on the disk would tell names to whoever counts its entries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from django.db import transaction

from amparo.errors import AmparoError
from amparo.records import CELLS
from amparo.study.accounts.services import require
from amparo.study.care.openings import opened
from amparo.study.care.rules import Purpose, check_purpose
from amparo.study.register.index import Index
from amparo.study.register.models import Record, Supersession
from amparo.study.register.services import declarations, file_facts
from amparo.study.sealing import open_field

if TYPE_CHECKING:
    from amparo.study.context import Study

SHOWN = 100  # most records one search shows


class Hit(NamedTuple):
    """A record whose name fits: its id, its list, and the name as the list tells it."""

    record: str
    source: str
    title: str
    name: str


class Found(NamedTuple):
    """The best hits, at most `SHOWN`, and how many there are."""

    hits: tuple[Hit, ...]
    number: int


class Opened(NamedTuple):
    """One record with its source: the row under its column names, and what each field was read as."""

    record: str
    source: str
    title: str
    file_name: str
    ordinal: int
    received: str  # ISO date
    row: int
    columns: tuple[tuple[str, str], ...]
    cells: tuple[tuple[str, str], ...]
    successor: str | None  # the record that corrects this one
    ended: bool  # a newer file of the list corrected it or left it out


def find(study: Study, text: str, purpose: Purpose, index: Index | None = None) -> Found:
    """Records whose name or alias fits `text`, with a line in the audit chain.

    A name that is hidden from this user gives what a name of nobody gives. `index` is one made before,
    refreshed where the study changed since. Raises `accounts.not_allowed`, `care.unknown_purpose`,
    `care.purpose_words`.
    """
    require(study, "register.found")
    check_purpose(purpose)
    index = Index(study) if index is None else index.refreshed(study)
    places = index.find(text)
    hits = tuple(_hits(index, places[:SHOWN]))
    with transaction.atomic():
        opened(study, "register.found", purpose, [hit.record for hit in hits])
    return Found(hits, len(places))


def _hits(index: Index, places: Sequence[int]) -> Iterator[Hit]:
    """The records at these places with their lists."""
    titles = {key: said.title for key, said in declarations().items()}
    for found in map(index.at, places):
        yield Hit(found.record, found.source, titles[found.source], " ".join(found.name.split()))


def open_record(study: Study, record: str, purpose: Purpose) -> Opened:
    """One record's row and cells with its source, with a line in the audit chain.

    Raises `register.unknown_record`, `register.erased_record`, and as `find`.
    """
    require(study, "register.opened")
    check_purpose(purpose)
    [row] = known_records(study, [record])
    seen = view(study, row)
    with transaction.atomic():
        opened(study, "register.opened", purpose, [record])
    return seen


def known_records(study: Study, names: Sequence[str]) -> list[Record]:
    """The records of these ids, in their order.

    Raises `register.erased_record`, and `register.unknown_record` alike where there is none and where the
    person at work holds no key.
    """
    rows = Record.objects.filter(sealed_under__in=study.keys.ids).select_related(
        "file__source", "sealed_under__compartment", "ended"
    )
    known = rows.in_bulk(list(names))
    for name in names:
        if name not in known:
            raise AmparoError("register.unknown_record", record=name)
        if not known[name].wrapped_key:
            raise AmparoError("register.erased_record", record=name)
    return [known[name] for name in names]


def view(study: Study, row: Record) -> Opened:
    """A record as a person reads it; the caller leaves the line in the audit chain."""
    line = msgspec.json.decode(open_field(study, row, row.pk, "sealed_row"), type=list[str])
    cells = msgspec.json.decode(open_field(study, row, row.pk, "sealed_cells"), type=list[str | None])
    facts = file_facts(study, row.file)
    ended = Supersession.objects.filter(record=row).first()
    return Opened(
        record=row.pk,
        source=row.file.source.key,
        title=declarations()[row.file.source.key].title,
        file_name=facts["file_name"],
        ordinal=row.file.ordinal,
        received=row.file.at.date().isoformat(),
        row=row.row,
        columns=tuple(zip(facts["headers"], line, strict=True)),
        cells=tuple((field, cell) for field, cell in zip(CELLS, cells, strict=True) if cell),
        successor=ended.successor_id if ended else None,
        ended=ended is not None,
    )
