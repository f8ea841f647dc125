from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from amparo.study.register.rules import Standing, correction

CONTENT = st.tuples(st.binary(max_size=1), st.binary(max_size=1))
ROWS = st.lists(st.tuples(CONTENT, st.none() | st.sampled_from("123")), max_size=12)


def _standing(rows: list[tuple[tuple[bytes, bytes], str | None]]) -> list[Standing]:
    return [Standing(f"r{i}", identifier, content) for i, (content, identifier) in enumerate(rows)]


@given(ROWS, ROWS)
def test_every_record_and_every_row_has_one_fate(old: list, new: list) -> None:
    plan = correction(_standing(old), [row[0] for row in new], [row[1] for row in new])
    assert plan.kept + len(plan.altered) + len(plan.added) == len(new)
    assert plan.kept + len(plan.altered) + len(plan.removed) == len(old)
    rows = [row for row, _ in plan.altered] + list(plan.added)
    records = [record for _, record in plan.altered] + list(plan.removed)
    assert len(set(rows)) == len(rows)
    assert len(set(records)) == len(records)


@given(ROWS)
def test_the_same_rows_in_any_order_change_nothing(rows: list) -> None:
    plan = correction(_standing(rows), [row[0] for row in rows[::-1]], [row[1] for row in rows[::-1]])
    assert plan == (len(rows), (), (), ())


def test_an_identifier_says_which_record_a_row_corrects() -> None:
    old = _standing([((b"a", b"a"), "1"), ((b"b", b"b"), "2"), ((b"c", b"c"), None)])
    plan = correction(old, [(b"b", b"b"), (b"A", b"A"), (b"d", b"d")], ["2", "1", None])
    assert plan == (1, ((1, "r0"),), (2,), ("r2",))


def test_the_same_row_read_with_another_mapping_corrects_its_record() -> None:
    old = _standing([((b"a", b"old"), None), ((b"a", b"old"), None)])
    plan = correction(old, [(b"a", b"new"), (b"a", b"new")], [None, None])
    assert plan.altered == ((0, "r0"), (1, "r1"))


def test_an_identifier_that_repeats_says_nothing() -> None:
    old = _standing([((b"a", b"a"), "1"), ((b"b", b"b"), "1")])
    assert correction(old, [(b"c", b"c")], ["1"]) == (0, (), (0,), ("r0", "r1"))
