"""The page on the quality of a linkage: what it found, and whom it is least sure of."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from amparo import __version__
from amparo.report.blocks import Block, Card, Cards, Figure, Heading, Notice, Section, Story, Table, Text
from amparo.report.catalogue import day, percent, say, write
from amparo.report.drawing import BLUE, GRID, MUTED, NARROW, ORANGE, WIDE, clip, dots, svg, texts
from amparo.report.drawing import lines as strokes
from amparo.report.evidence import company, rows, total
from amparo.report.evidence import lines as evidence_lines
from amparo.report.numbers import signed

if TYPE_CHECKING:
    from amparo.linkage.doubtful import Share, Step
    from amparo.study.linking.findings import Doubt, Page

_TALL = 220


def page(told: Page, lang: str) -> Story:
    """The page in one language."""
    s = partial(say, lang)
    banners = [Notice("unfit", s("matching.sealed_title"), (s("matching.sealed_text"),))]
    if told.synthetic:
        banners.insert(0, Notice("synthetic", s("report.synthetic_title"), (s("report.synthetic_text"),)))
    chapters = (
        ("found", _found),
        ("lists", _lists),
        ("curve", _curve),
        ("sizes", _sizes),
        ("doubts", _doubts),
    )
    return Story(
        lang=lang,
        kind=s("matching.kind"),
        title=told.study,
        running=clip(told.study, 420),
        subtitle=s("matching.subtitle", day=day(lang, told.day)),
        meta=s("report.meta", made=day(lang, told.day), version=__version__),
        made=told.day,
        mark=s("report.unfit"),
        banners=tuple(banners),
        contents=s("report.contents"),
        skip=s("report.skip"),
        sections=tuple(
            Section(name, s(f"matching.{name}"), tuple(chapter(told, lang))) for name, chapter in chapters
        ),
    )


def _found(told: Page, lang: str) -> Iterator[Block]:
    s, quality = partial(say, lang), told.quality
    shares = [(name, quality[f"expected_{name}"]) for name in ("precision", "recall")]
    yield Cards(
        (
            Card(s("linking.records"), write(lang, quality["records"]), s("matching.records_note")),
            Card(s("linking.persons"), write(lang, quality["persons"]), s("matching.persons_note")),
            *(
                Card(
                    s(f"linking.{name}"),
                    "—" if share is None else percent(lang, share),
                    s(f"matching.{name}_note"),
                )
                for name, share in shares
            ),
        )
    )


def _lists(told: Page, lang: str) -> Iterator[Block]:
    s = partial(say, lang)
    yield Text(s("matching.lists_text"))
    yield Table(
        caption=s("matching.lists"),
        heads=tuple(s(f"matching.head_{name}") for name in ("one", "other", "pairs", "precision", "recall")),
        numeric=(False, False, True, True, True),
        rows=tuple(
            (
                one.one,
                one.other,
                write(lang, one.accepted),
                _band(one.precision, lang),
                _band(one.recall, lang),
            )
            for one in told.lists
        ),
        mark=s("report.unfit"),
    )


def _band(share: Share, lang: str) -> str:
    if share.low is None or share.middle is None or share.high is None:
        return "—"
    return f"{percent(lang, share.middle)} ({percent(lang, share.low)}–{percent(lang, share.high)})"


def _curve(told: Page, lang: str) -> Iterator[Block]:
    s = partial(say, lang)
    yield Text(s("matching.curve_text", threshold=told.quality["threshold"]))
    yield Figure(
        *(_drawn(told.curve, lang, width) for width in (WIDE, NARROW)),
        alt=s("matching.curve_alt"),
        caption=s("matching.curve"),
        mark=s("report.unfit"),
    )


def _drawn(curve: tuple[Step, ...], lang: str, width: int) -> str:
    """Expected precision and recall over the threshold, as two lines from 0 to 100 %."""
    left, right, bottom = 44, width - 110, _TALL - 30

    def place(threshold: float, share: float) -> tuple[float, float]:
        return left + (right - left) * threshold, bottom - (bottom - 12) * share

    grid, words, strokes_of, signs = [], [], [], []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = place(0, share)[1]
        grid.append({"x": left, "x2": right, "y": y, "y2": y, "stroke": GRID})
        words.append({"x": 0, "y": y, "text": percent(lang, share).replace(".0", ""), "fill": MUTED})
    for step in curve[::2]:
        x = place(step.threshold, 0)[0]
        words.append({"x": x - 8, "y": bottom + 16, "text": write(lang, step.threshold), "fill": MUTED})
    for name, colour, aside in (("precision", BLUE, -8), ("recall", ORANGE, 8)):
        points = [
            place(step.threshold, share) for step in curve if (share := getattr(step, name)) is not None
        ]
        for (x, y), (x2, y2) in pairwise(points):
            strokes_of.append({"x": x, "x2": x2, "y": y, "y2": y2, "stroke": colour})
        signs += [{"x": x, "y": y, "fill": colour} for x, y in points]
        if points:
            x, y = points[-1]
            words.append(
                {"x": x + 10, "y": y + aside, "text": say(lang, f"matching.head_{name}"), "fill": colour}
            )
    layers = [
        strokes(grid),
        strokes(strokes_of, strokeWidth=2),
        dots(signs, shape="circle", size=40),
        texts(words),
    ]
    return svg(layers, width, _TALL)


def _sizes(told: Page, lang: str) -> Iterator[Block]:
    s = partial(say, lang)
    yield Table(
        caption=s("linking.sizes"),
        heads=(s("linking.size"), s("linking.size_persons")),
        numeric=(True, True),
        rows=tuple(
            (write(lang, int(size)), write(lang, number)) for size, number in told.quality["sizes"].items()
        ),
        mark=s("report.unfit"),
    )


def _doubts(told: Page, lang: str) -> Iterator[Block]:
    s = partial(say, lang)
    yield Text(s("matching.doubts_text" if told.doubts else "matching.no_doubts"))
    for number, one in enumerate(told.doubts, 1):
        yield Heading(s("matching.doubt", number=number, together=one.person.together))
        yield _records(one, lang)
        if one.weakest is not None:
            yield Table(
                caption=s("matching.weakest", one=one.weakest.records[0], other=one.weakest.records[1]),
                heads=(s("evidence.step"), s("evidence.weight")),
                numeric=(False, True),
                rows=tuple(
                    (line.text, signed(line.weight))
                    for line in evidence_lines(one.weakest, lang)
                    if line.weight
                ),
                mark=s("report.unfit"),
            )
            yield Text(f"{total(one.weakest, lang)}. {company(one.weakest, lang)}")


def _records(one: Doubt, lang: str) -> Table:
    """Every record of the person as a column, a field a row."""
    first, *others = one.sides
    told: dict[str, list[str]] = {}
    for place, side in enumerate(one.sides):
        other = others[0] if place == 0 else first
        for row in rows(side.cells, other.cells, lang):
            told.setdefault(row.name, [""] * len(one.sides))[place] = row.one
    return Table(
        caption=say(lang, "matching.records"),
        heads=("", *(f"{side.title} · {side.record}" for side in one.sides)),
        numeric=(False,) * (len(one.sides) + 1),
        rows=tuple((name, *values) for name, values in told.items() if any(values)),
        mark=say(lang, "report.unfit"),
    )
