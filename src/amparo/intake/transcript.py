"""What is said in a recording, or stands in a picture: typed, or imported as WebVTT or SubRip (SRT).

A typed piece begins with its place: `[1:05 - 1:20] words` in a recording, `[page 2: 10 20 90 40] words` in a
picture or scanned page, in hundredths of its width and height from the upper left corner. A picture's words
without a place stand somewhere on its first page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from amparo.errors import AmparoError
from amparo.intake.delimited import decode
from amparo.intake.passages import Region, TimeSpan

_CLOCK = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})(?:[.,](\d{1,3}))?"
_CUE = re.compile(rf"{_CLOCK}\s*-->\s*{_CLOCK}[^\n]*")
_TYPED = re.compile(rf"\[\s*{_CLOCK}\s*[-–]\s*{_CLOCK}\s*\]")
_SHARE = r"(\d{1,3}(?:\.\d+)?)"
_PLACE = re.compile(
    r"\[\s*(?:(?:p[aá]g(?:ina)?|page|p)\.?\s*(\d{1,4}))?\s*:?\s*"
    rf"(?:{_SHARE}[ ,;]+{_SHARE}[ ,;]+{_SHARE}[ ,;]+{_SHARE})?\s*\]",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]{0,200}>|\{\\an?\d\}")


def is_cues(head: str) -> bool:
    """Whether a text begins as WebVTT or SubRip."""
    return bool(re.match(r"\ufeff?\s*(?:WEBVTT\b|\d+\s*\n\s*" + _CUE.pattern + ")", head))


def read_spans(content: bytes, file_name: str) -> tuple[TimeSpan, ...]:
    """What is said in a recording, by time. Raises intake.transcript_times, and the codes of texts."""
    text = decode(content, file_name)
    pattern = _CUE if _CUE.search(text) else _TYPED
    spans = []
    found = list(pattern.finditer(text))
    for place, match in enumerate(found):
        until = found[place + 1].start() if place + 1 < len(found) else len(text)
        words = text[match.end() : until]
        if pattern is _CUE:
            words = re.split(r"\n\s*\n", words, maxsplit=1)[0]
            words = unescape(_TAG.sub("", words))
        words = " ".join(words.split())
        start, end = _seconds(match.groups()[:4]), _seconds(match.groups()[4:])
        if end <= start:
            row = text.count("\n", 0, match.start()) + 1
            raise AmparoError("intake.transcript_times", file=file_name, row=row)
        if words:
            spans.append(TimeSpan(words=words, start=start, end=end))
    if not spans or (pattern is _TYPED and text[: found[0].start()].strip()):
        raise AmparoError("intake.transcript_times", file=file_name, row=1)
    return tuple(spans)


def read_regions(content: bytes, file_name: str, *, pages: int = 1) -> tuple[Region, ...]:
    """What stands in a picture of so many pages. Raises intake.transcript_place, and the codes of texts."""
    text = decode(content, file_name)
    found = [match for match in _PLACE.finditer(text) if match[1] or match[2]]
    regions = list(_whole(text[: found[0].start()] if found else text))
    for place, match in enumerate(found):
        until = found[place + 1].start() if place + 1 < len(found) else len(text)
        words = " ".join(text[match.end() : until].split())
        page = int(match[1] or 1)
        x0, y0, x1, y1 = (float(part) / 100 for part in match.groups()[1:]) if match[2] else (0, 0, 1, 1)
        if not (0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1 and 1 <= page <= pages):
            row = text.count("\n", 0, match.start()) + 1
            raise AmparoError("intake.transcript_place", file=file_name, row=row, pages=pages)
        if words:
            regions.append(Region(words=words, page=page, x0=x0, y0=y0, x1=x1, y1=y1))
    return tuple(regions)


def _whole(text: str) -> Iterator[Region]:
    words = " ".join(text.split())
    if words:
        yield Region(words=words, x0=0, y0=0, x1=1, y1=1)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole + float(f"0.{fraction}") if fraction else float(whole)
