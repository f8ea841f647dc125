"""A report or dossier as PDF, through typst: tagged for screen readers (PDF/UA-1), the same each time."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

import msgspec
import typst

from amparo.report.blocks import Story
from amparo.report.story import story
from amparo.study.counting.findings import Findings


@cache
def _template() -> bytes:
    return (files("amparo.report") / "data" / "report.typ").read_bytes()


def pdf(findings: Findings, lang: str) -> bytes:
    """The working report as one PDF in `lang`."""
    return bound(story(findings, lang))


def bound(story: Story) -> bytes:
    """A story as one PDF.

    The words travel as data, the pictures as bytes: no file is read or written. Only the fonts inside typst
    are used; a sign that none of them has (Latin, Greek and Cyrillic are there) becomes "?". The
    standard refuses a picture without a text alternative.
    """
    told = msgspec.json.encode(story).decode()
    made = datetime.fromisoformat(story.made).replace(tzinfo=UTC)
    try:
        return _compile(_template(), told, made)
    except typst.TypstError:
        lacking = [sign for sign in sorted(set(told)) if not sign.isascii() and not _drawn(sign, made)]
        if not lacking:
            raise
        return _compile(_template(), told.translate(dict.fromkeys(map(ord, lacking), "?")), made)


def _drawn(sign: str, made: datetime) -> bool:
    """Whether the fonts have a sign, asked of typst itself."""
    try:
        _compile(b'#set document(title: "-")\n#sys.inputs.story', sign, made)
    except typst.TypstError:
        return False
    return True


def _compile(source: bytes, told: str, made: datetime) -> bytes:
    return typst.compile(
        source,
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"story": told},
        pdf_standards=["ua-1"],
        timestamp=made,
    )
