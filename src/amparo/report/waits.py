"""Waits as a picture: the share that reached safety, and the share that waits, over the days since intake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from amparo.report.catalogue import percent, say, write
from amparo.report.drawing import BLUE, GRID, INK, MUTED, ORANGE, WIDE, lines, svg, texts, ticks

if TYPE_CHECKING:
    from amparo.study.cases.numbers import Way

HEIGHT, LEFT, TOP, BELOW = 180, 52, 14, 40
LEAST_APART = 16  # pixels between the two labels


def picture(way: Way, lang: str, width: int = WIDE) -> str:
    """One way as SVG text; empty where nothing ended yet."""
    if way.curve is None or not way.curve.steps:
        return ""
    last = way.curve.steps[-1].days
    top = max(last * 1.1, 1.0)
    room = width - LEFT - 110

    def place(days: float, share: float) -> tuple[float, float]:
        return LEFT + days / top * room, TOP + (1 - share) * HEIGHT

    waiting = [(step.days, step.waiting) for step in way.curve.steps]
    arrived = [(each.days, each.share) for each in way.reached.get("safe", ())]
    marks = _steps([(0.0, 1.0), *waiting], top, place, BLUE) + _steps(
        [(0.0, 0.0), *arrived], top, place, ORANGE
    )
    grid = [
        {"x": LEFT, "x2": LEFT + room, "y": y, "y2": y, "stroke": INK if share == 0 else GRID}
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
        for y in (place(0, share)[1],)
    ]
    shares = [
        {"x": LEFT - 8, "y": place(0, share)[1], "text": percent(lang, share), "fill": MUTED}
        for share in (0.0, 0.5, 1.0)
    ]
    days = [
        {"x": place(each, 0)[0], "y": TOP + HEIGHT + 14, "text": write(lang, round(each)), "fill": MUTED}
        for each in ticks(top, 5)
        if each <= top
    ]
    title = say(lang, "protection.since_intake")
    axis = {"x": LEFT + room / 2, "y": TOP + HEIGHT + 32, "text": title, "fill": MUTED}
    return svg(
        [
            lines(grid),
            lines(marks, strokeWidth=2),
            texts(shares, align="right"),
            texts(days, align="center"),
            texts([axis], align="center"),
            texts(_labels(waiting, arrived, room, lang)),
        ],
        width,
        TOP + HEIGHT + BELOW,
    )


def _steps(
    points: Sequence[tuple[float, float]], top: float, place: Any, stroke: str
) -> list[dict[str, Any]]:
    """A staircase: along at the share that holds, then up or down at the day it changes."""
    drawn = []
    for (days, share), (until, following) in zip(points, [*points[1:], (top, points[-1][1])], strict=True):
        x, y = place(days, share)
        x2, y2 = place(until, following)
        drawn.append({"x": x, "x2": x2, "y": y, "y2": y, "stroke": stroke})
        drawn.append({"x": x2, "x2": x2, "y": y, "y2": y2, "stroke": stroke})
    return drawn


def _labels(
    waiting: Sequence[tuple[float, float]], arrived: Sequence[tuple[float, float]], room: float, lang: str
) -> list[dict[str, Any]]:
    """What each line is, at its end; the two never lie on one another."""
    ends = [("protection.still_waiting", waiting[-1][1], BLUE)]
    ends.append(("protection.in_safety", arrived[-1][1] if arrived else 0.0, ORANGE))
    placed: list[dict[str, Any]] = []
    for code, share, fill in sorted(ends, key=lambda each: -each[1]):
        y = TOP + (1 - share) * HEIGHT
        if placed:
            y = max(y, placed[-1]["y"] + LEAST_APART)
        placed.append({"x": LEFT + room + 6, "y": y, "text": say(lang, code), "fill": fill})
    return placed
