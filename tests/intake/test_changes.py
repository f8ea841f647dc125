"""A corrected file against its earlier version: every row is accounted for exactly once."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from amparo.intake.changes import Altered, changes

HEADERS = ("id", "nombre", "edad")
OLD = [("1", "Uno Sintético", "30"), ("2", "Dos Sintético", "31"), ("3", "Tres Sintético", "32")]


def test_by_key_a_correction_names_its_columns() -> None:
    new = [("3", "Tres Sintético", "33"), ("1", "Uno Sintético", "30"), ("4", "Cuatro Sintético", "")]
    found = changes(OLD, new, HEADERS, "id")
    assert found.altered == (Altered(2, 0, ("edad",)),)
    assert (found.added, found.removed, found.kept) == ((2,), (1,), ((0, 1),))


def test_without_key_a_correction_is_one_row_gone_and_one_come() -> None:
    found = changes(OLD, [*OLD[:2], ("3", "Tres Sintético", "33")], HEADERS)
    assert (found.added, found.removed, found.altered) == ((2,), (2,), ())


def test_repeated_or_blank_key_identifies_nobody() -> None:
    old = [("1", "a", ""), ("1", "b", ""), ("", "c", "")]
    found = changes(old, [("1", "x", ""), ("", "y", "")], HEADERS, "id")
    assert found.altered == ()
    assert (found.added, found.removed) == ((0, 1), (0, 1, 2))


def test_repeated_rows_are_counted() -> None:
    found = changes([OLD[0]] * 3, [OLD[0]] * 2, HEADERS, "id")
    assert (found.removed, found.added) == ((2,), ())


_ROWS = st.lists(st.tuples(*[st.sampled_from(["", "1", "2", "3"])] * 3), max_size=8)


@given(_ROWS, _ROWS, st.sampled_from([None, "id"]))
def test_every_row_is_accounted_for_once(
    old: list[tuple[str, ...]], new: list[tuple[str, ...]], key: str | None
) -> None:
    found = changes(old, new, HEADERS, key)
    before = [*found.removed, *(change.old for change in found.altered), *(pair[0] for pair in found.kept)]
    after = [*found.added, *(change.new for change in found.altered), *(pair[1] for pair in found.kept)]
    assert sorted(before) == list(range(len(old)))
    assert sorted(after) == list(range(len(new)))
    assert all(old[left] == new[right] for left, right in found.kept)
    assert len(found.kept) == (Counter(old) & Counter(new)).total()
    assert all(
        change.columns
        == tuple(h for h, a, b in zip(HEADERS, old[change.old], new[change.new], strict=True) if a != b)
        for change in found.altered
    )


@given(_ROWS)
def test_the_same_file_changes_nothing(rows: list[tuple[str, ...]]) -> None:
    found = changes(rows, rows, HEADERS, "id")
    assert not found.added
    assert not found.removed
    assert not found.altered
