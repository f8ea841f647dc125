"""Chapters whose pictures are rows of intervals: methods beside each other, and strata."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from amparo.report import charts
from amparo.report.blocks import Block, Bullets, Heading, Notice, Text
from amparo.report.catalogue import say, word
from amparo.report.numbers import Spread, stands, stratum, together, told
from amparo.report.pieces import figure, table
from amparo.study.counting.findings import Findings


def methods(findings: Findings, lang: str) -> Iterator[Block]:
    """Every method beside the one whose number is given; what they say together comes first."""
    if len(findings.methods) < 2:
        return
    s = partial(say, lang)
    if said := together(findings, lang):
        yield Notice("warning", s("methods.together"), (said,))
    yield Text(s("methods.text"))
    spoken, rows, reasons = [], [], []
    for one in findings.methods:
        name = word(lang, "methods", one.method)
        if one.estimate is None or one.low is None or one.high is None:
            spoken.append(s("strata.alt_refused", name=name))
            rows.append((name, s("strata.refused"), None))
            if one.refused is not None:
                reason = told(findings, lang, one.refused)
                reasons.append(s("strata.reason", name=name, reason=reason))
            continue
        facts = {"low": round(one.low), "high": round(one.high)}
        spoken.append(s("strata.alt_row", name=name, median=round(one.estimate), **facts))
        rows.append((name, round(one.estimate), s("estimate.range", **facts)))
    alt = s("methods.alt", rows="; ".join(spoken))
    yield figure(charts.methods, findings, lang, [alt], [s("methods.caption")])
    heads = [("methods.method", False), ("methods.estimate", True), ("methods.interval", True)]
    yield table(lang, "methods.table", heads, rows)
    if reasons:
        yield Bullets(tuple(reasons))


def strata(findings: Findings, lang: str) -> Iterator[Block]:
    """The estimate of each stratum, and why where there is none."""
    if not findings.strata:
        return
    s = partial(say, lang)
    by = [word(lang, "column", name) for name in findings.by]
    yield Text(s("strata.text"))
    caption = [s("strata.caption")]
    shown = charts.shown_strata(findings)
    if len(shown) < len(findings.strata):
        caption.append(s("strata.caption_cut", shown=len(shown)))
    if charts.spread_widely(findings):
        caption.append(s("strata.log"))
    spoken, rows, reasons = [], [], []
    every = [(stratum(one, lang), one) for one in findings.strata]
    if findings.together is not None:
        every.append((s("strata.together"), findings.together))
    for name, one in every:
        chao = None if one.chao_low is None else round(one.chao_low)
        if stands(one):
            total = Spread(one).total()
            spoken.append(s("strata.alt_row", name=name, **total))
            rows.append((name, one.observed, total["median"], s("estimate.range", **total), chao))
        else:
            spoken.append(s("strata.alt_refused", name=name))
            rows.append((name, one.observed, s("strata.refused"), None, chao))
        if one.refused is not None:
            reasons.append(s("strata.reason", name=name, reason=told(findings, lang, one.refused)))
        reasons += [
            s("strata.warning", name=name, warning=told(findings, lang, said)) for said in one.warnings
        ]
    drawn = "; ".join(spoken[: min(len(findings.strata), 12)])
    yield figure(charts.strata, findings, lang, [s("strata.alt", by=by, rows=drawn)], caption)
    heads = [("strata.group", False), ("answer.documented", True), ("estimate.median", True)]
    heads += [("estimate.interval", True), ("estimate.chao", True)]
    yield table(lang, "strata.table", heads, rows, by=by)
    if reasons:
        yield Heading(s("strata.reasons"))
        yield Bullets(tuple(reasons))
