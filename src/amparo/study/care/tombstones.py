"""What an erasure leaves: a signed notice without identity, and the digests that recognise an erased row.

A digest is HMAC-SHA256 (RFC 2104) under a key of the record's compartment, so only its members can tell
whether a row was erased. They could test a guess: that is the price of not reading the person in again.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from amparo.errors import AmparoError
from amparo.intake import mapping as mappings
from amparo.intake.quarantine import read_quarantined
from amparo.intake.sheet import Sheet
from amparo.records import CELLS
from amparo.study.care.models import Erasure
from amparo.values.text import fold
from amparo.vault.keys import derive

if TYPE_CHECKING:
    from amparo.intake.mapping import Mapping
    from amparo.study.context import Key, Study
    from amparo.study.register.models import Record

Cells = Sequence[str | None]
_PLACES = {field: place for place, field in enumerate(CELLS)}
NAME_FIELDS = ("name", "given", "surname", "second_surname", "married_surname", "alias")
NAMES = [_PLACES[field] for field in NAME_FIELDS]
# The number of a row in a list may change from one version to the next; the person does not.
_TOLD = [place for field, place in _PLACES.items() if field != "identifier"]


class Stone(msgspec.Struct, frozen=True):
    """One erased record: its id, its list, its ciphertext's SHA-256, and keyed digests of row and cells.

    `first` is the earliest version of the record: all its versions together are one row of a file.
    """

    record: str
    first: str
    source: str
    sealed: str
    compartment: str
    version: int
    row: str | None = None
    told: str | None = None


class Replaced(msgspec.Struct, frozen=True):
    """A file whose rows were blanked, by the keyed hash of what it was before."""

    source: str
    ordinal: int
    original: str


class Notice(msgspec.Struct, frozen=True):
    """One erasure: in which study (SHA-256 of its id), when (ISO 8601), by whom, and what."""

    study: str
    at: str
    by: str
    stones: tuple[Stone, ...]
    files: tuple[Replaced, ...]


class Kept(NamedTuple):
    """A file without the rows that were erased before: what to read, what to keep, and how many are out."""

    sheet: Sheet
    content: bytes
    erased: int


def notices() -> list[Notice]:
    """Every erasure of the study, oldest first."""
    texts = Erasure.objects.order_by("id").values_list("notice", flat=True)
    return [_notice(text) for text in texts]


def erased_ids(as_of: datetime | None = None) -> set[str]:
    """Ids of the records erased, or erased by `as_of`."""
    rows = Erasure.objects.filter(at__lte=as_of) if as_of else Erasure.objects.all()
    return {each.record for text in rows.values_list("notice", flat=True) for each in _notice(text).stones}


def study_hash(study: Study) -> str:
    """What the study is called outside."""
    return hashlib.sha256(study.opened.study_id.encode()).hexdigest()


def stone(study: Study, record: Record, first: str, row: bytes, cells: Cells) -> Stone:
    """The tombstone of a record: `first` is its earliest version, `row` its row verbatim as JSON."""
    key = study.keys.current(record.sealed_under.compartment.name)
    by_row, by_told = _digesters(study, key)
    return Stone(
        record.pk,
        first,
        record.file.source.key,
        ciphertext(record),
        key.compartment,
        key.version,
        by_row(row),
        by_told(cells),
    )


def ciphertext(record: Record) -> str:
    """SHA-256 that tells a record from any other, also from one of the same id, without a key."""
    return hashlib.sha256(bytes(record.sealed_row)).hexdigest()


def matches(
    study: Study,
    stones: Iterable[Stone],
    rows: Sequence[bytes],
    cells: Sequence[Cells],
) -> list[int]:
    """Which rows (verbatim as JSON, with their cells) were erased; one row for a record in all its versions.

    Stones under keys that the person at work does not hold recognise nothing.
    """
    held = {(key.compartment, key.version): key for key in study.keys.held.values()}
    by_key: dict[Key, list[Stone]] = defaultdict(list)
    for each in stones:
        if key := held.get((each.compartment, each.version)):
            by_key[key].append(each)
    found: set[int] = set()
    for key, mine in by_key.items():
        waiting: dict[str, deque[str]] = defaultdict(deque)
        for each in mine:
            for digest in filter(None, (each.row, each.told)):
                waiting[digest].append(each.first)
        used: set[str] = set()
        by_row, by_told = _digesters(study, key)
        # A row that is the same to the letter goes before one that only says the same.
        for digests in (map(by_row, rows), map(by_told, cells)):
            for place, digest in enumerate(digests):
                if place in found or not digest:
                    continue
                free = waiting.get(digest, deque())
                while free and free[0] in used:
                    free.popleft()
                if free:
                    used.add(free.popleft())
                    found.add(place)
    return sorted(found)


def without_erased(
    study: Study, source: str, sheet: Sheet, mapping: Mapping, content: bytes, *, first: bool
) -> Kept:
    """A file as it may be kept: rows that were erased are out, for a new list also those of other lists.

    Raises `care.all_erased` where nothing is left.
    """
    stones = [each for notice in notices() for each in notice.stones if first or each.source == source]
    if not stones:
        return Kept(sheet, content, 0)
    gone = set(matches(study, stones, *told(sheet, mapping)))
    if not gone:
        return Kept(sheet, content, 0)
    stay = [place for place in range(len(sheet.rows)) if place not in gone]
    if not stay:
        raise AmparoError("care.all_erased", file=sheet.file_name)
    left = msgspec.structs.replace(
        sheet, rows=[sheet.rows[at] for at in stay], row_numbers=[sheet.row_numbers[at] for at in stay]
    )
    return Kept(left, rebuilt(sheet, gone), len(gone))


def told(sheet: Sheet, mapping: Mapping) -> tuple[list[bytes], list[Cells]]:
    """Every row verbatim as JSON, and its cells."""
    frame = mappings.apply(sheet, mapping, source="", record_ids=[str(row) for row in sheet.row_numbers])
    return [msgspec.json.encode(row) for row in sheet.rows], list(frame.select(list(CELLS)).iter_rows())


def rebuilt(sheet: Sheet, gone: Collection[int]) -> bytes:
    """A table as CSV in UTF-8 without some rows; every other row keeps its number.

    What stays alone decides the bytes, so that a file blanked twice is the file blanked at once.
    """
    stay = [
        (number, row)
        for at, (number, row) in enumerate(zip(sheet.row_numbers, sheet.rows, strict=True))
        if at not in gone
    ]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    line = stay[0][0] - 1 if stay else 1
    text.write("\r\n" * (line - 1))
    writer.writerow(sheet.headers)
    for number, row in stay:
        text.write("\r\n" * (number - line - 1))
        writer.writerow(row)
        line = number
    return text.getvalue().encode()


def reread(content: bytes, name: str) -> Sheet:
    """What `rebuilt` wrote. Raises `intake.no_rows` where every row is blank."""
    return read_quarantined(content, name, delimiter=",", encoding="utf_8")


def _notice(text: str) -> Notice:
    return msgspec.json.decode(text, type=Notice)


def _digesters(study: Study, key: Key) -> tuple[Callable[[bytes], str], Callable[[Cells], str | None]]:
    own = derive(key.secret, study.opened.study_id, "erased rows")

    def by_row(row: bytes) -> str:
        return hmac.digest(own, b"row" + row, "sha256").hex()

    def by_told(cells: Cells) -> str | None:
        # Without a name many rows say the same of different persons.
        if not any(cells[place] for place in NAMES):
            return None
        said = msgspec.json.encode([fold(cells[place] or "") for place in _TOLD])
        return hmac.digest(own, b"told" + said, "sha256").hex()

    return by_row, by_told
