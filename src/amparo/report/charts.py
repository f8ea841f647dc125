"""The five pictures of a working report: findings in, SVG text out, in two widths."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import permutations
from typing import Any, NamedTuple

from amparo.report.catalogue import say, word, write
from amparo.report.drawing import (
    BLUE,
    GRID,
    INK,
    LETTER,
    MUTED,
    ORANGE,
    PALE,
    SIZE,
    STRIPE,
    WIDE,
    boxes,
    clip,
    dots,
    lines,
    svg,
    texts,
    ticks,
)
from amparo.report.numbers import Spread, part, stratum
from amparo.study.counting.findings import EstimateFinding, Findings

GAP = "\N{EN SPACE}"
SHOWN_OVERLAPS = 15
SHOWN_STRATA = 30


def letters(findings: Findings) -> dict[str, str]:
    """The short sign of each counted list, A, B, C …, by its key."""
    counted = [one.key for one in findings.lists if one.counted]
    return {key: chr(65 + i % 26) + ("" if i < 26 else str(i // 26)) for i, key in enumerate(counted)}


def lists(findings: Findings, lang: str, width: int) -> str:
    """A bar for each list: its persons, and darker those in the target population."""
    signs = letters(findings)
    telephone = width < WIDE
    room = width - (60 if telephone else 190)
    scale = room / max([one.persons for one in findings.lists] + [1])
    bars: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    numbers: list[dict[str, Any]] = []
    for i, one in enumerate(findings.lists):
        y = 44 * i
        sign = f"{signs[one.key]}{GAP}" if one.counted else ""
        names.append({"x": 0, "y": y + 10, "text": clip(sign + one.title, width)})
        full, eligible = max(one.persons * scale, 1), one.eligible * scale
        place = {"x": 0.5, "y": y + 20, "y2": y + 34}
        if one.counted:
            bars.append({**place, "x2": full, "fill": PALE})
            bars.append({**place, "x2": max(eligible, 0.5), "fill": BLUE})
        else:
            bars.append({**place, "x2": full, "fill": "white", "stroke": MUTED})
        label = write(lang, one.persons) + ("" if telephone else f" · {part(one, lang)}")
        numbers.append({"x": full + 8, "y": y + 27, "text": label, "fill": MUTED})
    return svg([boxes(bars), texts(names), texts(numbers)], width, 44 * len(findings.lists))


def overlaps(findings: Findings, lang: str, width: int) -> str:
    """UpSet plot (Lex et al., 2014), turned on its side: a row for each combination of capture lists.

    The names of the lists stand as a staircase over their columns, so that none is ever turned or cut short
    by its neighbour.
    """
    counted = [one for one in findings.lists if one.counted]
    signs = letters(findings)
    column = {one.key: i for i, one in enumerate(counted)}
    rows = sorted(findings.overlaps, key=lambda one: (-one.persons, [column[k] for k in one.lists]))
    rows = rows[:SHOWN_OVERLAPS]
    step = min(22 if width == WIDE else 18, (width * 0.55) / max(len(counted), 1))
    stair, height = 17, 20
    top = stair * len(counted) + 8
    start = step * len(counted) + 12
    scale = (width - start - 60) / max([one.persons for one in rows] + [1])

    def middle(key: str) -> float:
        return step * (column[key] + 0.5)

    names, leaders, stripes, pale, full, ties, bars, numbers = [], [], [], [], [], [], [], []
    for i, one in enumerate(counted):
        x, y = middle(one.key), stair * i + 9
        label = f"{signs[one.key]}{GAP}{one.title}"
        names.append({"x": x + 6, "y": y, "text": clip(label, width - x - 6)})
        leaders.append({"x": x, "x2": x, "y": y - 5, "y2": top + 2, "stroke": PALE})
        leaders.append({"x": x, "x2": x + 4, "y": y, "y2": y, "stroke": PALE})
    for i, row in enumerate(rows):
        y = top + height * i + height / 2
        if i % 2 == 0:
            stripes.append({"x": 0, "x2": width, "y": y - height / 2, "y2": y + height / 2, "fill": STRIPE})
        inside = sorted(middle(key) for key in row.lists)
        ties.append({"x": inside[0], "x2": inside[-1], "y": y, "y2": y, "stroke": INK})
        pale += [{"x": middle(one.key), "y": y, "fill": GRID} for one in counted]
        full += [{"x": x, "y": y, "fill": INK} for x in inside]
        length = max(row.persons * scale, 1)
        bars.append({"x": start, "x2": start + length, "y": y - 6, "y2": y + 6, "fill": BLUE})
        numbers.append({"x": start + length + 6, "y": y, "text": write(lang, row.persons)})
    size = 80 if step > 14 else 45
    layers = [
        boxes(stripes),
        lines(leaders),
        dots(pale, shape="circle", size=size),
        lines(ties, strokeWidth=2),
        dots(full, shape="circle", size=size),
        boxes(bars),
        texts(names),
        texts(numbers),
    ]
    return svg(layers, width, top + height * len(rows) + 2)


def years(findings: Findings, lang: str, width: int) -> str:
    """A bar for each year from the first known to the last, and one apart for those whose year is unknown."""
    known = {one.year: one.persons for one in findings.by_year if one.year is not None}
    unknown = sum(one.persons for one in findings.by_year if one.year is None)
    span = range(min(known), max(known) + 1)
    left, height, above = 44, 190, 16
    apart = 66 if unknown else 16
    step = min((width - left - apart) / len(span), 56)
    top = max(*known.values(), unknown, 1)
    base = above + height

    def bar(x: float, thick: float, persons: int, **paint: str) -> dict[str, Any]:
        return {"x": x, "x2": x + thick, "y": base, "y2": base - persons * height / top, **paint}

    def number(x: float, persons: int) -> dict[str, Any]:
        return {"x": x, "y": base - persons * height / top - 8, "text": write(lang, persons)}

    grid = [(base - value * height / top, write(lang, round(value))) for value in ticks(top, 4)]
    rules = [{"x": left, "x2": width, "y": y, "y2": y, "stroke": INK if y == base else GRID} for y, _ in grid]
    axis = [{"x": left - 8, "y": y, "text": text, "fill": MUTED} for y, text in grid]
    bars, marks, numbers = [], [], []
    every = next(k for k in (1, 2, 5, 10, 20, 50, 100, 1000) if k * step >= 36)
    thick = step * (0.72 if step > 8 else 0.9)
    for i, year in enumerate(span):
        middle, persons = left + step * (i + 0.5), known.get(year, 0)
        bars.append(bar(middle - thick / 2, thick, persons, fill=BLUE))
        if year % every == 0:
            marks.append({"x": middle, "y": base + 14, "text": str(year)})
        if step >= 34:
            numbers.append(number(middle, persons))
    if unknown:
        middle = left + step * len(span) + 41
        bars.append(bar(middle - 17, 34, unknown, fill="white", stroke=MUTED))
        marks.append({"x": middle, "y": base + 14, "text": say(lang, "years.unknown"), "fill": MUTED})
        numbers.append(number(middle, unknown))
    layers = [
        lines(rules),
        boxes(bars),
        texts(axis, align="right"),
        texts(marks, align="center"),
        texts(numbers, align="center", fontSize=11),
    ]
    return svg(layers, width, base + 26)


class _Step(NamedTuple):
    """A label over a vertical mark: where the mark and the words stand, and where the mark begins."""

    x: float
    y: float
    words: float
    align: str
    start: float
    text: str
    colour: str


def _stairs(marks: Sequence[tuple[float, str, str]], width: float) -> list[_Step]:
    """Place the labels of vertical marks (x, text, colour) one over another, within the width.

    A label opens to the right of its mark where there is room, else to the left, else stands over the mark.
    Of all orders the first with fewest marks running through labels is taken.
    """
    steps = []
    for x, text, colour in sorted(marks):
        length = len(text) * LETTER + 6
        if x + length <= width:
            steps.append(_Step(x, 0, x + 6, "left", -6, text, colour))
        elif x >= length:
            steps.append(_Step(x, 0, x - 6, "right", -6, text, colour))
        else:
            steps.append(_Step(x, 0, 0, "left", 8, text, colour))

    def crossings(order: Sequence[_Step]) -> int:
        return sum(_covers(below, above.x) for i, above in enumerate(order) for below in order[i + 1 :])

    best = min(permutations(steps), key=crossings)
    return [step._replace(y=18 * i + 9) for i, step in enumerate(best)]


def _covers(step: _Step, x: float) -> bool:
    """Whether the words of a label stand on the line of a mark at `x`."""
    length = len(step.text) * LETTER
    start = step.words if step.align == "left" else step.words - length
    return start - 3 < x < start + length + 3


def estimate(findings: Findings, lang: str, width: int) -> str:
    """The posterior of the total as a histogram, its 95 % interval dark, beside what to compare.

    Raises `ValueError` where there is no estimate.
    """
    one = findings.total
    if one is None:
        raise ValueError("no estimate to draw")
    spread = Spread(one)
    bars = [bar for bar in one.draws_histogram if bar[0] <= spread.high + 0.8 * (spread.high - spread.low)]
    known = [v for v in (one.chao_low, findings.truth) if v is not None]
    low = min([one.observed, spread.low, *known, *[bar[0] for bar in bars]])
    high = max([spread.high, *known, *[bar[1] for bar in bars]])
    margin = 0.02 * (high - low)
    low, high = max(low - margin, 0), high + margin
    scale = width / max(high - low, 1)

    def at(value: float) -> float:
        return (value - low) * scale

    marks = [(at(one.observed), say(lang, "estimate.mark_observed", n=one.observed), INK)]
    if one.chao_low is not None:
        marks.append((at(one.chao_low), say(lang, "estimate.mark_chao", n=round(one.chao_low)), MUTED))
    ends = {"low": spread.low, "high": spread.high}
    marks.append((at(spread.median), say(lang, "estimate.mark_median", n=spread.median, **ends), BLUE))
    if findings.truth is not None:
        marks.append((at(findings.truth), say(lang, "estimate.mark_truth", n=findings.truth), ORANGE))
    stairs = _stairs(marks, width)
    head, height = 18 * len(stairs) + 10, 150
    base = head + height

    peak = max([count / (to - start) for start, to, count in bars if to > start] + [1e-9])
    shapes = []
    for start, to, count in bars:
        y = base - height * count / (to - start) / peak if to > start else base
        for a, b, fill in (
            (start, min(to, spread.low), PALE),
            (max(start, spread.low), min(to, spread.high), BLUE),
            (max(start, spread.high), to, PALE),
        ):
            if b > a:
                shapes.append({"x": at(a), "x2": at(b), "y": base, "y2": y, "fill": fill})
    step = ticks(high - low, 7 if width == WIDE else 4)[1] if high - low > 1 else 1
    axis = [step * i for i in range(math.ceil(low / step), int(high / step) + 1)]
    inner = [v for v in axis if 20 <= at(v) <= width - 20]
    labels = [{"x": at(v), "y": base + 15, "text": write(lang, round(v)), "fill": MUTED} for v in inner]
    rules = [
        {"x": 0, "x2": width, "y": base, "y2": base, "stroke": INK},
        *({"x": at(v), "x2": at(v), "y": base, "y2": base + 5, "stroke": MUTED} for v in inner),
    ]
    # The marks and words have a white edge, so that they stay visible over dark bars and other marks.
    posts = [{"x": m.x, "x2": m.x, "y": m.y + m.start, "y2": base, "stroke": m.colour} for m in stairs]
    edges = [{**post, "stroke": "white", "y": head} for post in posts]
    layers = [boxes(shapes), lines(rules), lines(edges, strokeWidth=4), lines(posts, strokeWidth=1.75)]
    for align in ("left", "right"):
        words = [
            {"x": m.words, "y": m.y, "text": m.text, "fill": m.colour} for m in stairs if m.align == align
        ]
        white = [{**row, "fill": "white"} for row in words]
        layers += [texts(white, align=align, stroke="white", strokeWidth=4), texts(words, align=align)]
    title = [{"x": width / 2, "y": base + 34, "text": say(lang, "estimate.axis"), "fill": MUTED}]
    layers += [texts(labels, align="center"), texts(title, align="center")]
    return svg(layers, width, base + 44)


def shown_strata(findings: Findings) -> list[EstimateFinding]:
    """The strata a picture has room for: all, or those with most documented persons, in their own order."""
    largest = sorted(findings.strata, key=lambda one: -one.observed)[:SHOWN_STRATA]
    return [one for one in findings.strata if one in largest]


class Ranged(NamedTuple):
    """One row of a picture of intervals: name, mark, and the estimate with its interval, if any."""

    name: str
    mark: float
    median: float | None
    low: float | None
    high: float | None


def spread_widely(findings: Findings) -> bool:
    """Whether the strata differ so much in size that only a logarithmic scale shows them all."""
    return _widely(_strata_rows(findings, "en"))


def strata(findings: Findings, lang: str, width: int) -> str:
    """A row for each stratum: interval, median and documented persons, or the words "no estimate"."""
    return _ranges(_strata_rows(findings, lang), lang, width)


def methods(findings: Findings, lang: str, width: int) -> str:
    """A row for each method: interval and estimate beside the documented persons, or "no estimate"."""
    rows = [
        Ranged(word(lang, "methods", one.method), findings.persons, one.estimate, one.low, one.high)
        for one in findings.methods
    ]
    return _ranges(rows, lang, width)


def _strata_rows(findings: Findings, lang: str) -> list[Ranged]:
    return [
        Ranged(stratum(one, lang), one.observed, one.median, one.low, one.high)
        for one in shown_strata(findings)
    ]


def _widely(rows: Sequence[Ranged]) -> bool:
    return max(max(one.high or 0, one.mark) for one in rows) / min(max(one.mark, 1) for one in rows) > 60


def _ranges(shown: Sequence[Ranged], lang: str, width: int) -> str:
    """A row each: interval, estimate and mark, or the words "no estimate"."""
    logarithmic = _widely(shown)
    longest = max(len(one.name) for one in shown) * LETTER + 16
    left = min(longest, 200 if width == WIDE else 140)
    row, foot = 24, 34
    height = row * len(shown)
    room = width - left - 16
    top = max([max(one.high or 0, one.mark) for one in shown] + [1])
    bottom = min(max(one.mark, 1) for one in shown)

    def at(value: float) -> float:
        if logarithmic:
            return left + room * math.log(max(value, bottom) / bottom) / math.log(top / bottom)
        return left + room * value / top

    if logarithmic:
        powers = [10.0**k * m for k in range(8) for m in ((1, 3) if width == WIDE else (1,))]
        axis = [v for v in powers if bottom <= v <= top]
    else:
        axis = ticks(top, 6 if width == WIDE else 3)
    grid = [{"x": at(v), "x2": at(v), "y": 0, "y2": height, "stroke": GRID} for v in axis]
    labels = [{"x": at(v), "y": height + 14, "text": write(lang, round(v)), "fill": MUTED} for v in axis]
    names, none, ranges, medians, seen = [], [], [], [], []
    for i, one in enumerate(shown):
        y = row * (i + 0.5)
        names.append({"x": left - 12, "y": y, "text": clip(one.name, left - 12)})
        seen.append({"x": at(one.mark), "y": y, "fill": "white", "stroke": INK})
        if one.median is None or one.low is None or one.high is None:
            x = at(one.mark) + 10
            crowded = x + 90 > width
            none.append({"x": x - 20 if crowded else x, "y": y, "ends": crowded})
            continue
        ranges.append({"x": at(one.low), "x2": at(one.high), "y": y, "y2": y, "stroke": BLUE})
        medians.append({"x": at(one.median), "y": y, "fill": BLUE, "stroke": "white"})
    layers = [
        lines(grid),
        lines(ranges, strokeWidth=3),
        dots(medians, shape="circle", size=75, strokeWidth=1),
        dots(seen, shape="diamond", size=55, strokeWidth=1.25),
        texts(names, align="right"),
        texts(labels, align="center"),
    ]
    refused = say(lang, "strata.refused")
    for ends, align in ((False, "left"), (True, "right")):
        words = [{**place, "text": refused, "fill": MUTED} for place in none if place["ends"] is ends]
        layers.append(texts(words, align=align, fontStyle="italic", fontSize=SIZE - 1))
    return svg(layers, width, height + foot - 8)
