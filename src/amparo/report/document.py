"""A report as PDF, through typst: tagged for screen readers (PDF/UA-1), and the same bytes each time."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

import msgspec
import typst

from amparo.report.story import story
from amparo.study.counting.findings import Findings


@cache
def _template() -> bytes:
    return (files("amparo.report") / "data" / "report.typ").read_bytes()


def pdf(findings: Findings, lang: str) -> bytes:
    """The working report as one PDF in `lang`.

    The words travel as data, the pictures as bytes: no file is read or written. Only the fonts inside typst
    are used. The standard refuses a picture without a text alternative.
    """
    told = story(findings, lang)
    return typst.compile(
        _template(),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"story": msgspec.json.encode(told).decode()},
        pdf_standards=["ua-1"],
        timestamp=datetime.fromisoformat(findings.made).replace(tzinfo=UTC),
    )
