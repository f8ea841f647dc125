"""An article's text cut into sentences with their quotations, its body told from headline and byline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from amparo.intake.article.lexicon import word_set
from amparo.values.moments import publication
from amparo.values.text import level


class Quoted(NamedTuple):
    """Quoted words: `start` and `end` within the marks, in the whole text."""

    start: int
    end: int


class Sentence(NamedTuple):
    """A sentence of the body, `start` to `end` in the whole text, with its place among the others.

    `bare` is the text with quoted words blanked, for what others said is read apart; `flat` is it levelled.
    """

    start: int
    end: int
    text: str
    bare: str
    flat: str
    quotes: tuple[Quoted, ...]
    number: int
    paragraph: int


class Article(NamedTuple):
    """What stands where: language, day of publication as EDTF, title, and the body's sentences."""

    text: str
    language: str
    published: str | None
    title: str | None
    sentences: tuple[Sentence, ...]

    @property
    def day(self) -> date | None:
        """The day of publication, where it is known to the day."""
        whole = self.published and re.fullmatch(r"\d{4}-\d\d-\d\d", self.published)
        return date.fromisoformat(self.published) if whole and self.published else None


_QUOTED = re.compile(
    r'"([^"\n]{1,1500})"|“([^”\n]{1,1500})”|«([^»\n]{1,1500})»|(?m:^)— ?([^—\n]{2,400}?) ?—(?=\w)'
)
_ABBREVIATION = re.compile(
    r"\b(?:sgt|cpl|pvt|pfc|col|gen|lt|capt|cmdr|maj|insp|mr|mrs|ms|dr|dra|sr|sra|srta|lic|ing|prof|st|"
    r"sta|sto|ave?"
    r"|no|num|art|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|u\.s|u\.n|ee|eu|d\.c|a\.m|p\.m|vs|etc|"
    r"jr|rev|hon"
    r"|sen|rep|gov|depto|col|av|[a-z])\.$"
)
_LONGEST = 1_500  # characters: what runs on is no sentence, and rules cost the square of its length
_END = re.compile(r"[.!?…]+[\"”»')]*(?=\s+[\"“«¿¡'(\[—-]*[A-ZÁÉÍÓÚÑ0-9])")
_BYLINE = re.compile(
    r"^(?:by|por|texto|text|fotos?|photos?|reporting|published|publicado|updated|actualizado|redaccion|"
    r"photography"
    r"|fotografia|story|foto)\b", re.IGNORECASE,
)  # fmt: skip
_DATELINE = re.compile(
    r"^[A-ZÁÉÍÓÚÑ][\w .,'’ÁÉÍÓÚÑáéíóúñ-]{1,60}?(?:,? ?\(?[\w .,-]{0,40}\)?)?[ .,)]*(?:—|–|--|-)[—–-]? "
    r"?(?=[\"“«¿¡]?[A-ZÁÉÍÓÚÑ])"
)


def cut(text: str, language: str | None = None, published: str | None = None) -> Article:
    """Cut an article; language and day of publication are read from it where they are not given."""
    language = language or guess_language(text)
    paragraphs = list(_paragraphs(text))
    head = _head(text, paragraphs)
    if published is None:
        top = text[: paragraphs[min(head + 1, len(paragraphs)) - 1][1]] if paragraphs else ""
        found = publication(top[:600], language)
        published = found.edtf if found else None
    title = text[paragraphs[0][0] : paragraphs[0][1]].strip() if head else None
    return Article(text, language, published, title, tuple(_sentences(text, paragraphs[head:])))


def guess_language(text: str) -> str:
    """Spanish or English, by the commonest words of each."""
    found = level(text).split()
    return (
        "es"
        if sum(w in word_set("common_es") for w in found) > sum(w in word_set("common_en") for w in found)
        else "en"
    )


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Lines, those that only a page's width broke put together."""
    start = end = -1
    for match in re.finditer(r"[^\n]+", text):
        line = match[0].strip()
        if not line:
            start = -1 if start < 0 else start
            if start >= 0:
                yield start, end
            start = -1
            continue
        if (
            start >= 0
            and _goes_on(text[max(start, text.rfind("\n", start, end) + 1) : end], line)
            and text.count("\n", end, match.start()) == 1
        ):
            end = match.end()
            continue
        if start >= 0:
            yield start, end
        start, end = match.span()
    if start >= 0:
        yield start, end


def _goes_on(before: str, line: str) -> bool:
    """Whether a line continues the line before: that stopped in mid-sentence."""
    last = before.rstrip()
    stopped = re.search(r"[.!?:…][\"”»')]*$", last) is not None
    return not stopped and not _BYLINE.match(line) and (line[:1].islower() or len(last) >= 60)


def _head(text: str, paragraphs: list[tuple[int, int]]) -> int:
    """How many blocks in front are headline, byline or date: short, and no sentence that ends in a stop."""
    if sum(end - start for start, end in paragraphs) < 300:
        return 0
    count = 0
    for start, end in paragraphs[:6]:
        line = text[start:end].strip()
        prose = re.search(r"[.!?…][\"”»')]*$", line) and not _BYLINE.match(line) and len(line) > 60
        if prose or len(line) > 200:
            break
        count += 1
    return count if count < len(paragraphs) else 0


def _sentences(text: str, paragraphs: list[tuple[int, int]]) -> Iterator[Sentence]:
    number = 0
    for at, (start, end) in enumerate(paragraphs):
        dateline = _DATELINE.match(text[start : min(end, start + 140)])
        named = dateline and re.match(
            r"[A-ZÁÉÍÓÚÑ][A-ZÁÉÍÓÚÑ'’-]{2,}|.*\d{4}|.*\.[-–—]|.*\(\w+\)", dateline[0]
        )
        begin = start + dateline.end() if dateline and named else start
        for first, last in _split(text, begin, end):
            quotes = tuple(_quotes(text, first, last))
            bare = _blanked(text, first, last, quotes)
            yield Sentence(first, last, text[first:last], bare, level(bare), quotes, number, at)
            number += 1


def _split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Ends of sentences outside quotations; a quotation and who said it stay together."""
    inside = [(match.start(), match.end()) for match in _QUOTED.finditer(text, start, end)]
    first = start
    for match in _END.finditer(text, start, end):
        at = match.start()
        if any(low < at < high - 2 for low, high in inside):
            continue
        if text[at] == "." and _ABBREVIATION.search(level(text[max(first, at - 8) : at + 1])):
            continue
        yield from _trimmed(text, first, match.end())
        first = match.end()
    yield from _trimmed(text, first, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > _LONGEST:
        space = text.rfind(" ", start + 1, start + _LONGEST)
        cut_at = space if space > 0 else start + _LONGEST
        yield from _trimmed(text, start, cut_at)
        start = cut_at
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        yield start, end


def _quotes(text: str, start: int, end: int) -> Iterator[Quoted]:
    for match in _QUOTED.finditer(text, start, end):
        group = next(at for at in (1, 2, 3, 4) if match[at] is not None)
        yield Quoted(*match.span(group))


def _blanked(text: str, start: int, end: int, quotes: tuple[Quoted, ...]) -> str:
    """The sentence, the words of longer quotations blanked; a quoted word or two is the author's."""
    bare = list(text[start:end])
    for quote in quotes:
        if len(text[quote.start : quote.end].split()) > 3:
            for at in range(quote.start - start, quote.end - start):
                bare[at] = "_"
    return "".join(bare)
