from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.errors import AmparoError
from amparo.vault.audit import Entry, Head, Line, digest, links, read_heads, spoken, written

STUDY, OTHER = "5eed" * 8, "0dd5" * 8


def chain(length: int) -> list[Entry]:
    entries: list[Entry] = []
    for seq in range(1, length + 1):
        line = Line(
            seq, f"2026-01-01T00:00:{seq:02}+00:00", "owner", "source.read", {"rows": seq, "new": True}
        )
        entries.append(Entry(line, digest(entries[-1].digest if entries else "", line), b""))
    return entries


def broken_at(entries: list[Entry]) -> int:
    with pytest.raises(AmparoError, match=r"vault\.audit_broken") as raised:
        list(links(entries))
    return raised.value.facts["seq"]


def test_a_whole_chain_holds() -> None:
    for length in (0, 1, 12):
        assert list(links(chain(length))) == chain(length)


def test_the_order_of_facts_does_not_matter() -> None:
    one, other = ({"rows": 1, "new": False}, {"new": False, "rows": 1})
    assert digest("", Line(1, "t", "a", "b", one)) == digest("", Line(1, "t", "a", "b", other))


def test_what_a_line_covers_is_part_of_it_and_nothing_covered_is_as_before_there_was_any() -> None:
    bare = Line(1, "t", "a", "b", {})
    assert digest("", bare) != digest("", Line(1, "t", "a", "b", {}, {"row": None}))
    assert msgspec.json.encode(bare) == b'{"seq":1,"at":"t","actor":"a","act":"b","facts":{}}'


changes = st.sampled_from(
    [
        {"at": "2025-01-01T00:00:00+00:00"},
        {"actor": "somebody"},
        {"act": "source.erased"},
        {"facts": {"rows": -1, "new": True}},
        {"facts": {}},
        {"covers": {"row": "00"}},
        {"seq": 99},
    ]
)


@given(st.integers(1, 12), st.integers(0, 11), changes, st.booleans())
def test_an_edited_line_is_found_at_its_place_or_the_next(
    length: int, at: int, change: dict[str, object], mended: bool
) -> None:
    at %= length
    entries = chain(length)
    line, kept, _ = entries[at]
    edited = msgspec.structs.replace(line, **change)
    # An editor may give the line a digest that fits; the line after it then breaks.
    entries[at] = Entry(edited, digest(entries[at - 1].digest if at else "", edited) if mended else kept, b"")
    if mended and at == length - 1 and "seq" not in change:
        assert list(links(entries)) == entries
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


digests = st.binary(min_size=32, max_size=32).map(bytes.hex)
heads = st.builds(Head, st.integers(1, 10**7), digests)


@given(
    heads, st.sampled_from([str, str.lower, lambda said: said.replace(" ", "-"), lambda said: f" {said}\n"])
)
def test_a_spoken_head_is_heard_as_it_was(head: Head, manner: Callable[[str], str]) -> None:
    [heard] = read_heads(manner(spoken(head)), STUDY)
    assert heard.seq == head.seq
    assert len(heard.digest) == 40 and heard.is_of(head.digest)


@given(heads)
def test_letters_that_look_alike_are_taken_as_meant(head: Head) -> None:
    number, letters = spoken(head).split(" ", 1)
    assert not set("ILOU") & set(letters)
    [heard] = read_heads(f"{number} {letters.replace('0', 'O').replace('1', 'l')}", STUDY)
    assert heard.is_of(head.digest)


def refused(text: str) -> AmparoError:
    with pytest.raises(AmparoError) as raised:
        read_heads(text, STUDY)
    return raised.value


@pytest.mark.parametrize("seed", range(20))
def test_a_mistyped_head_is_told_from_a_study_set_back(seed: int) -> None:
    head = Head(1000 + seed, digest(str(seed), chain(1)[0].line))
    number, *groups = spoken(head).split()
    at, place = seed % 8, seed % 5
    for letter in "0123456789ABCDEFGHJKMNPQRSTVWXYZU":
        wrong = [*groups]
        wrong[at] = wrong[at][:place] + letter + wrong[at][place + 1 :]
        try:
            [heard] = read_heads(" ".join([number, *wrong]), STUDY)
        except AmparoError as error:
            assert (error.code, error.facts) == ("vault.head_mistyped", {"group": at + 1})
        else:  # one in 32 passes by chance, and then says another head
            assert heard.is_of(head.digest) == (wrong == groups)
    assert refused(" ".join([str(head.seq + 1), *groups])).code == "vault.head_number"
    groups[0], groups[1] = groups[1], groups[0]
    assert refused(" ".join([number, *groups])).code == "vault.head_mistyped"


@pytest.mark.parametrize(
    "text", ["", "\n", "12", "12 ABCDE", "palabras", "0x12 " + "00000 " * 8, "12 " + "ñ" * 40]
)
def test_what_is_no_head_is_said_so(text: str) -> None:
    assert refused(text).code == "vault.head_unreadable"


@given(st.lists(heads, min_size=1, max_size=5))
def test_a_file_of_heads_holds_those_of_the_study(kept: list[Head]) -> None:
    at = "2026-01-01T00:00:00+00:00"
    mine = "".join(written(head, at, STUDY) for head in kept)
    other = written(Head(3, "ab" * 32), at, OTHER)
    assert read_heads(other + mine + other, STUDY) == kept
    assert read_heads(f"{kept[0].seq} {kept[0].digest} {at}\n", OTHER) == kept[:1]
    assert refused(other).code == "vault.head_unreadable"


def test_a_file_with_something_else_in_it_is_refused_at_the_line() -> None:
    text = written(Head(3, "ab" * 32), "2026-01-01T00:00:00+00:00", STUDY) + "else\n"
    assert refused(text).facts == {"row": 2}
