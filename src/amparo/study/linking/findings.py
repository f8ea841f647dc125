"""What reviewers and the page on quality are shown, as plain values. No Django."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from amparo.linkage.doubtful import Doubtful, Step, TwoLists
    from amparo.linkage.explain import Waterfall


class Side(NamedTuple):
    """One record as a reviewer sees it: its id, its list's title, and the cells that say something."""

    record: str
    title: str
    cells: dict[str, str]


class Doubt(NamedTuple):
    """A doubtful person: the records as they were read, and the evidence between the least alike two."""

    person: Doubtful
    sides: tuple[Side, ...]
    weakest: Waterfall | None


class Page(NamedTuple):
    """All that the page shows."""

    study: str
    synthetic: bool
    day: str
    quality: dict[str, Any]
    lists: tuple[TwoLists, ...]
    curve: tuple[Step, ...]
    doubts: tuple[Doubt, ...]
