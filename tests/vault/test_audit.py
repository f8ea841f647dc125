import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.errors import AmparoError
from amparo.vault.audit import Line, digest, verify

Entries = list[tuple[Line, str]]


def chain(length: int) -> Entries:
    entries: Entries = []
    for seq in range(1, length + 1):
        at = f"2026-01-01T00:00:{seq:02}+00:00"
        line = Line(seq, at, "owner", "source.read", {"rows": seq, "new": True})
        entries.append((line, digest(entries[-1][1] if entries else "", line)))
    return entries


def broken_at(entries: Entries) -> int:
    with pytest.raises(AmparoError, match=r"vault\.audit_broken") as raised:
        verify(entries)
    return raised.value.facts["seq"]


def test_a_whole_chain_tells_its_length() -> None:
    assert [verify(chain(length)) for length in (0, 1, 12)] == [0, 1, 12]


def test_the_order_of_facts_does_not_matter() -> None:
    one, other = ({"rows": 1, "new": False}, {"new": False, "rows": 1})
    assert digest("", Line(1, "t", "a", "b", one)) == digest("", Line(1, "t", "a", "b", other))


changes = st.sampled_from(
    [
        {"at": "2025-01-01T00:00:00+00:00"},
        {"actor": "somebody"},
        {"act": "source.erased"},
        {"facts": {"rows": -1, "new": True}},
        {"facts": {}},
        {"seq": 99},
    ]
)


@given(st.integers(1, 12), st.integers(0, 11), changes, st.booleans())
def test_an_edited_line_is_found_at_its_place_or_the_next(
    length: int, at: int, change: dict[str, object], mended: bool
) -> None:
    at %= length
    entries = chain(length)
    line, kept = entries[at]
    edited = msgspec.structs.replace(line, **change)
    # An editor may give the line a digest that fits; the line after it then breaks.
    entries[at] = (edited, digest(entries[at - 1][1] if at else "", edited) if mended else kept)
    if mended and at == length - 1 and "seq" not in change:
        assert verify(entries) == length
    else:
        assert broken_at(entries) in {at + 1, at + 2}


@given(st.integers(2, 12), st.integers(0, 11), st.integers(0, 11))
def test_lines_taken_out_added_or_moved_are_found(length: int, one: int, other: int) -> None:
    one, other = one % length, other % length
    entries = chain(length)
    if one < length - 1:
        assert broken_at(entries[:one] + entries[one + 1 :]) == one + 1
    assert broken_at([*entries[:one], entries[one], *entries[one:]]) == one + 2
    if one != other:
        moved = list(entries)
        moved[one], moved[other] = moved[other], moved[one]
        assert broken_at(moved) == min(one, other) + 1


def test_a_shortened_chain_needs_a_head_kept_outside() -> None:
    entries = chain(5)
    assert verify(entries[:3]) == 3
    assert entries[2][1] != entries[4][1]
