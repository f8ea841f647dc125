"""What is linked is laid out whole, inside the picture, or not at all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.register.graph import LABEL, MOST, Link, graph

THINGS = st.lists(st.sampled_from([f"act-{number}" for number in range(20)]), max_size=20)
ENDS = st.sampled_from(["me", "act-1", "act-2"]), st.text("ab", min_size=1, max_size=3)
LINKS = st.lists(st.builds(Link, *ENDS, st.just("victim")), max_size=30)


def test_nothing_linked_is_no_picture() -> None:
    assert graph("me", [], [], {}) is None
    assert graph("me", [], [Link("me", "me", "victim")], {}) is None


def test_the_middle_comes_first_and_names_are_cut() -> None:
    told = graph("me", ["act-1"], [Link("act-1", "you", "victim")], {"me": ("N" * 80, "person")})
    assert told is not None
    assert [node.of for node in told.nodes] == ["me", "act-1", "you"]
    assert told.nodes[0].label.endswith("…")
    assert len(told.nodes[0].label) == LABEL
    assert [edge.word for edge in told.edges] == ["", "victim"]


def test_more_than_fits_is_no_picture() -> None:
    assert graph("me", [f"act-{number}" for number in range(MOST + 1)], [], {}) is None


@given(told=THINGS, links=LINKS)
def test_every_thing_stands_once_inside_the_picture(told: list[str], links: list[Link]) -> None:
    found = graph("me", told, links, {})
    if found is None:
        return
    names = [node.of for node in found.nodes]
    assert len(names) == len(set(names))
    assert {*told, *(link.other for link in links), "me"} == set(names)
    left, top, width, height = map(int, found.box.split())
    for node in found.nodes:
        assert left < int(node.x) < left + width
        assert top < int(node.y) < top + height
