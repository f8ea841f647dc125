"""What a corrected file changes in an earlier one: rows that came, went, or were altered."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from typing import NamedTuple

Row = Sequence[str]


class Altered(NamedTuple):
    """One row in both files: its index in each, and the columns that differ."""

    old: int
    new: int
    columns: tuple[str, ...]


class Changes(NamedTuple):
    """Indices from 0; every old row is kept, altered or removed, every new row kept, altered or added."""

    added: tuple[int, ...]  # of new rows
    removed: tuple[int, ...]  # of old rows
    altered: tuple[Altered, ...]  # in the order of the new rows
    kept: tuple[tuple[int, int], ...]  # old and new index of equal rows, in the order of the new rows


def changes(
    old_rows: Sequence[Row], new_rows: Sequence[Row], headers: Sequence[str], key_column: str | None = None
) -> Changes:
    """Compare two versions of a list whose rows have the same columns, in verbatim texts.

    Equal rows pair first, in order, as many times as both files hold them. What is left pairs by the key
    column where its value is not blank and stands once in each file; else it came or went.
    """
    waiting: defaultdict[tuple[str, ...], deque[int]] = defaultdict(deque)
    for place, row in enumerate(old_rows):
        waiting[tuple(row)].append(place)
    kept: list[tuple[int, int]] = []
    fresh: list[int] = []
    for place, row in enumerate(new_rows):
        same = waiting.get(tuple(row))
        if same:
            kept.append((same.popleft(), place))
        else:
            fresh.append(place)
    gone = sorted(place for places in waiting.values() for place in places)
    altered: list[Altered] = []
    if key_column is not None:
        key = list(headers).index(key_column)
        old_by_key, new_by_key = _once(old_rows, key), _once(new_rows, key)
        for place in fresh:
            value = new_rows[place][key].strip()
            before = old_by_key.get(value) if value in new_by_key else None
            if before is not None:
                pairs = zip(headers, old_rows[before], new_rows[place], strict=True)
                columns = tuple(header for header, old, new in pairs if old != new)
                altered.append(Altered(before, place, columns))
        fresh = sorted(set(fresh) - {change.new for change in altered})
        gone = sorted(set(gone) - {change.old for change in altered})
    return Changes(tuple(fresh), tuple(gone), tuple(altered), tuple(kept))


def _once(rows: Sequence[Row], key: int) -> dict[str, int]:
    """Index of the row of each key value that stands exactly once."""
    values = [row[key].strip() for row in rows]
    count = Counter(values)
    return {value: place for place, value in enumerate(values) if value and count[value] == 1}
