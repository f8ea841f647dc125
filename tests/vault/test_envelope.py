from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.errors import AmparoError
from amparo.vault.envelope import KEY_FIELD, new_key, open_rows, open_sealed, seal, seal_rows

KEY = new_key()
names = st.text(max_size=4)
places = st.fixed_dictionaries({"table": names, "row": names, "field": names, "version": st.integers(1, 12)})
row_lists = st.lists(
    st.tuples(st.text(max_size=8), st.dictionaries(st.sampled_from("abc"), st.binary(max_size=40)))
)


@given(places, places, st.binary(max_size=60))
def test_a_value_opens_at_its_own_place_and_at_no_other(
    here: dict[str, Any], there: dict[str, Any], value: bytes
) -> None:
    sealed = seal(KEY, value, **here)
    assert open_sealed(KEY, sealed, **here) == value
    if here != there:
        with pytest.raises(AmparoError, match=r"vault\.tampered"):
            open_sealed(KEY, sealed, **there)


@given(st.binary(max_size=30), st.data())
def test_a_changed_or_cut_value_does_not_open(value: bytes, data: st.DataObject) -> None:
    sealed = seal(KEY, value, table="t", row=1, field="f")
    at = data.draw(st.integers(0, len(sealed) - 1))
    changed = bytearray(sealed)
    changed[at] ^= data.draw(st.integers(1, 255))
    for wrong in (bytes(changed), sealed[:at], sealed + b"\0"):
        with pytest.raises(AmparoError, match=r"vault\.tampered"):
            open_sealed(KEY, wrong, table="t", row=1, field="f")


@given(row_lists)
def test_rows_come_back_and_no_two_share_a_key(rows: list[tuple[str, dict[str, bytes]]]) -> None:
    sealed = seal_rows(KEY, rows, table="record", version=3)
    kept = [(row, wrapped, values) for (row, _), (wrapped, values) in zip(rows, sealed, strict=True)]
    assert open_rows(KEY, kept, table="record", version=3) == [values for _, values in rows]
    # One row by itself opens with the same two steps, and its key is its own.
    keys = set()
    for (row, values), (wrapped, sealed_values) in zip(rows, sealed, strict=True):
        key = open_sealed(KEY, wrapped, table="record", row=row, field=KEY_FIELD, version=3)
        keys.add(key)
        for field, value in values.items():
            place = {"table": "record", "row": row, "field": field}
            assert open_sealed(key, sealed_values[field], **place, version=3) == value
    assert len(keys) == len(rows)


def test_what_is_moved_between_rows_fields_or_tables_does_not_open() -> None:
    one, other = seal_rows(KEY, [("1", {"a": b"x", "b": b"y"}), ("2", {"a": b"z", "b": b"w"})], table="t")
    swapped = {"a": one[1]["b"], "b": one[1]["a"]}
    moves = (
        ("2", other[0], {"a": one[1]["a"]}),
        ("2", one[0], one[1]),
        ("1", other[0], one[1]),
        ("1", one[0], swapped),
    )
    for row, wrapped, values in moves:
        with pytest.raises(AmparoError) as raised:
            open_rows(KEY, [(row, wrapped, values)], table="t")
        assert (raised.value.code, raised.value.facts["row"]) == ("vault.tampered", row)
    for table, version in (("u", 1), ("t", 2)):
        with pytest.raises(AmparoError, match=r"vault\.tampered"):
            open_rows(KEY, [("1", *one)], table=table, version=version)
