"""How a corrected file meets the list it corrects. Plain functions over rows; no Django."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from typing import NamedTuple

# A source's part in counting: `capture` (holds people by its own work), `frame` (a roster or denominator),
# `derived` (copies other lists) or `none` (quotations, experts). Only capture lists enter capture histories.
PARTS = ("capture", "frame", "derived", "none")


class Declared(NamedTuple):
    """What the user says of a source: its title, its part in counting, the lists it copies.

    `once`: it holds a person at most once.
    """

    title: str
    part: str
    derived_from: tuple[str, ...] = ()
    once: bool = False


class File(NamedTuple):
    """One thing to read: what came with it is packed together with it."""

    name: str
    content: bytes


class About(NamedTuple):
    """What a person says of a source and its place; what they left out stands as it was declared."""

    source: str | None = None
    title: str | None = None
    part: str | None = None
    derived_from: tuple[str, ...] = ()
    compartment: str | None = None
    once: bool | None = None


# What is compared between two versions of a row: the verbatim row and its mapped cells.
Content = tuple[bytes, bytes]


class Standing(NamedTuple):
    """A record that stands before the correction: its id, its identifier cell or None, its content."""

    record_id: str
    identifier: str | None
    content: Content


class Correction(NamedTuple):
    """What a file does to a list. Rows are positions in the new file; records are ids.

    `kept` rows say what already stands; `altered` pairs a row with the record it corrects; `added` rows
    are new; `removed` records are not in the file any more.
    """

    kept: int
    altered: tuple[tuple[int, str], ...]
    added: tuple[int, ...]
    removed: tuple[str, ...]


def correction(
    old: Sequence[Standing], contents: Sequence[Content], identifiers: Sequence[str | None]
) -> Correction:
    """Match the rows of a corrected file with the standing records of its source.

    Equal content keeps a record. Among the rest, the same verbatim row (read with another mapping), then
    an identifier that is unique on both sides, says which record a row corrects. What is left over came
    new or is gone.
    """
    records, rows = list(range(len(old))), list(range(len(contents)))
    kept = _pairs(records, rows, [s.content for s in old], contents)
    same_row = _pairs(records, rows, [s.content[0] for s in old], [c[0] for c in contents])
    same_name = _pairs(
        records, rows, _unique(records, [s.identifier for s in old]), _unique(rows, identifiers)
    )
    altered = sorted((row, old[record].record_id) for record, row in same_row + same_name)
    return Correction(
        len(kept), tuple(altered), tuple(rows), tuple(old[record].record_id for record in records)
    )


def _pairs(
    records: list[int], rows: list[int], ours: Sequence[object], theirs: Sequence[object]
) -> list[tuple[int, int]]:
    """Pair records with rows of equal value, in order, each once; paired ones leave both lists."""
    waiting: dict[object, deque[int]] = defaultdict(deque)
    for record in records:
        if ours[record] is not None:
            waiting[ours[record]].append(record)
    pairs = [(waiting[theirs[row]].popleft(), row) for row in rows if waiting.get(theirs[row])]
    for position, taken in enumerate((records, rows)):
        gone = {pair[position] for pair in pairs}
        taken[:] = [index for index in taken if index not in gone]
    return pairs


def _unique(indices: Sequence[int], values: Sequence[str | None]) -> list[str | None]:
    times = Counter(values[index] for index in indices)
    return [value if times[value] == 1 else None for value in values]
