"""Pieces that chapters are made of: a picture with its words, a table with its heads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from amparo.report.blocks import Figure, Table
from amparo.report.catalogue import say, write
from amparo.report.drawing import NARROW, WIDE
from amparo.study.counting.findings import Findings


def figure(
    draw: Callable[[Findings, str, int], str],
    findings: Findings,
    lang: str,
    alt: Sequence[str],
    caption: Sequence[str],
) -> Figure:
    """A picture in both widths, with what it shows in words."""
    return Figure(
        wide=draw(findings, lang, WIDE),
        narrow=draw(findings, lang, NARROW),
        alt=" ".join(alt),
        caption=" ".join(caption),
        mark=say(lang, "report.unfit"),
    )


def table(
    lang: str, caption: str, heads: Sequence[tuple[str, bool]], rows: Sequence[Sequence[Any]], **facts: Any
) -> Table:
    """A table under the catalogue's heads."""
    return Table(
        caption=say(lang, caption, **facts),
        heads=tuple(say(lang, code) for code, _ in heads),
        numeric=tuple(numeric for _, numeric in heads),
        rows=tuple(tuple(write(lang, cell) for cell in row) for row in rows),
        mark=say(lang, "report.unfit"),
    )
