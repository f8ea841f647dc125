"""How long ways to safety take, where they stand and who carries how much: for inside use."""

from __future__ import annotations

from base64 import b64encode
from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import render

from amparo.estimation.survival import Curve
from amparo.report.catalogue import say, word
from amparo.report.waits import picture
from amparo.study.accounts.services import require
from amparo.study.cases import numbers as counting
from amparo.study.cases.casefile import CASE
from amparo.study.cases.reading import cases
from amparo.study.context import now


class Shown(NamedTuple):
    """A way in words and as a picture (a data URI; empty for none)."""

    title: str
    said: str
    picture: str
    caption: str


class Row(NamedTuple):
    """A stage in words."""

    way: str
    stage: str
    passed: int
    standing: int
    median: str


def numbers(request: Any) -> HttpResponse:
    """The numbers of the cases that the person at work may see."""
    study, lang = request.seat.study, request.language
    require(study, "cases.opened")
    found = counting.numbers(list(cases(study)), now().date())
    told = {
        "any": found.ways[0].cases,
        "ways": [_way(way, lang) for way in found.ways if way.cases],
        "stages": [
            Row(
                word(lang, "track", each.kind),
                word(lang, f"stage.{each.kind}", each.stage),
                each.curve.ended,
                each.curve.number - each.curve.ended,
                _median(each.curve, lang),
            )
            for each in found.stages
        ],
        "outcomes": [
            (word(lang, "track", kind), word(lang, f"stage.{kind}", stage), number)
            for (kind, stage), number in sorted(found.outcomes.items())
        ],
        "loads": found.loads,
    }
    return render(request, "protection/numbers.html", told)


def _way(way: counting.Way, lang: str) -> Shown:
    title = say(lang, "protection.all_ways") if way.kind == CASE else word(lang, "track", way.kind)
    ended = way.curve.ended if way.curve else 0
    said = say(
        lang,
        "protection.way_said",
        cases=way.cases,
        safe=way.arrived,
        ended=ended - way.arrived,
        waiting=way.waiting,
        undated=way.undated,
    )
    if way.curve and way.curve.median is not None:
        bounds = {"low": _days(way.curve.median_low), "high": _days(way.curve.median_high)}
        said += " " + say(lang, "protection.median_said", days=_days(way.curve.median), **bounds)
    elif ended:
        said += " " + say(lang, "protection.median_none")
    drawn = picture(way, lang)
    source = f"data:image/svg+xml;base64,{b64encode(drawn.encode()).decode()}" if drawn else ""
    return Shown(title, said, source, say(lang, "protection.curve_caption"))


def _median(curve: Curve, lang: str) -> str:
    if curve.median is None:
        return say(lang, "protection.not_reached")
    low, high = _days(curve.median_low), _days(curve.median_high)
    return say(lang, "protection.median_cell", days=_days(curve.median), low=low, high=high)


def _days(days: float | None) -> int | None:
    return None if days is None else round(days)
