"""Who and what a thing is linked with, as a small picture: itself in the middle, two rings around."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, pi, sin
from typing import NamedTuple

RINGS = (150.0, 270.0)  # radii, in the units of the picture
BESIDE, ABOVE = 130.0, 40.0  # room for words around the outermost things
LABEL = 26  # characters
MOST = 12  # things of the first ring; a picture with more shows nothing


class Link(NamedTuple):
    """That one thing names another under a field; `word` is the field's word."""

    one: str
    other: str
    word: str


class Node(NamedTuple):
    """A thing at its place; `kind` is the word for what it is."""

    of: str
    label: str
    kind: str
    x: str
    y: str


class Edge(NamedTuple):
    """A line between two places, and the word in its middle."""

    x1: str
    y1: str
    x2: str
    y2: str
    x: str
    y: str
    word: str


class Graph(NamedTuple):
    """The picture: what it shows, the middle first, and its lines."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    box: str  # what is seen of the plane: left, top, width, height
    width: str
    height: str


def graph(
    middle: str, told: Sequence[str], links: Sequence[Link], called: Mapping[str, tuple[str, str]]
) -> Graph | None:
    """The picture; None where nothing is linked, or too much for one.

    `told` are the things that tell of the middle: the first ring. What these name, or the middle itself, is
    the second. `called` gives each thing's name and the word for its kind.
    """
    ring = list(dict.fromkeys(told))
    outer = [each for each in dict.fromkeys(link.other for link in links) if each not in (*ring, middle)]
    if not (ring or outer) or len(ring) > MOST or len(outer) > 2 * MOST:
        return None
    places = {middle: (0.0, 0.0)} | dict(zip(ring, _around(len(ring), RINGS[0]), strict=True))
    angles = _around(len(outer), RINGS[1] if ring else RINGS[0], turn=0.5)
    places |= dict(zip(outer, angles, strict=True))
    lines = [Link(middle, each, "") for each in ring]
    lines += [link for link in links if {link.one, link.other} <= set(places) and middle != link.other]
    x, y = zip(*places.values(), strict=True)
    left, top = min(x) - BESIDE, min(y) - ABOVE
    width, height = f"{max(x) + BESIDE - left:.0f}", f"{max(y) + ABOVE - top:.0f}"
    return Graph(
        tuple(_node(of, place, *called.get(of, (of, ""))) for of, place in places.items()),
        tuple(_edge(places[link.one], places[link.other], link.word) for link in lines),
        f"{left:.0f} {top:.0f} {width} {height}",
        width,
        height,
    )


def _around(number: int, radius: float, turn: float = 0.0) -> list[tuple[float, float]]:
    """Places on a circle, flatter than wide, the first one on top."""
    angles = [2 * pi * (at + turn) / number - pi / 2 for at in range(number)]
    return [(radius * 1.1 * cos(angle), radius * 0.9 * sin(angle)) for angle in angles]


def _node(of: str, place: tuple[float, float], name: str, kind: str) -> Node:
    label = name if len(name) <= LABEL else name[: LABEL - 1] + "…"
    return Node(of, label, kind, f"{place[0]:.0f}", f"{place[1]:.0f}")


def _edge(one: tuple[float, float], other: tuple[float, float], word: str) -> Edge:
    middle = ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2)
    x1, y1, x2, y2, x, y = (f"{value:.0f}" for value in (*one, *other, *middle))
    return Edge(x1, y1, x2, y2, x, y, word)
