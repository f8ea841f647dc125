"""Web pages: the text of an article, or the rows of its tables. Nothing they refer to is loaded."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

import lxml.html
from lxml import etree  # ty: ignore[missing-module-member]  (it ships no stubs)

from amparo.errors import AmparoError
from amparo.intake.delimited import decode
from amparo.intake.headers import known
from amparo.intake.passages import Document
from amparo.intake.sheet import CELL_LIMIT, COLUMN_LIMIT, Sheet, assemble
from amparo.values.text import fold

_BLOCKS = frozenset(
    ("p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "pre", "figcaption", "td", "th")
) | frozenset(("dt", "dd", "div", "br"))
_SKIPPED = frozenset(
    ("script", "style", "noscript", "template", "nav", "footer", "aside", "form", "button", "svg")
) | frozenset(("head", "iframe"))
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w-]{2,20})""", re.IGNORECASE)
_DAY = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")
_PUBLISHED = ("article:published_time", "datePublished", "date", "dc.date", "DC.date.issued")


def is_page(head: bytes) -> bool:
    """Whether a text begins like a web page."""
    return bool(
        re.match(
            rb"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype html|html|head|body|table|div|p|article)\b", head, re.I
        )
    )


def read_page(content: bytes, file_name: str) -> Document:
    """The article of a web page: its blocks of text, its title, publisher, date and language as it says them.

    Raises intake.broken, empty, and the codes of texts.
    """
    tree = _tree(content, file_name)
    body = next((found for path in ("//article", "//main", "//body") for found in tree.xpath(path)), tree)
    text = "\n\n".join(_blocks(body))
    if not text.strip():
        raise AmparoError("intake.empty", file=file_name)
    title = _said(tree, "og:title") or " ".join("".join(tree.xpath("//title[1]//text()")).split())
    day = next((said for name in _PUBLISHED if (said := _said(tree, name))), "")
    day = day or next(iter(tree.xpath("//time/@datetime")), "")
    found = _DAY.match(day)
    language = fold(str(next(iter(tree.xpath("/html/@lang")), "")))[:2]
    return Document(
        kind="article",
        text=text,
        title=title or None,
        publisher=_said(tree, "og:site_name") or None,
        published=found[0] if found else None,
        language=language if language in ("es", "en") else None,
    )


def read_table(content: bytes, file_name: str) -> Sheet:
    """The table of a web page whose first row holds most column names, else the longest.

    Raises intake.no_table, too_wide, and those of `sheet.assemble`.
    """
    tables = [
        rows for element in _tree(content, file_name).iter("table") if (rows := _rows(element, file_name))
    ]
    if not tables:
        raise AmparoError("intake.no_table", file=file_name)
    best = max(tables, key=lambda rows: (max(sum(map(known, row)) for row in rows[:5]), len(rows)))
    return assemble(best, file_name)


def holds_list(content: bytes, file_name: str) -> bool:
    """Whether a page has a table whose column names are those of lists."""
    for element in _tree(content, file_name).iter("table"):
        rows = _rows(element, file_name)
        if len(rows) > 1 and max(sum(map(known, row)) for row in rows[:5]) > 1:
            return True
    return False


def _tree(content: bytes, file_name: str) -> lxml.html.HtmlElement:
    """The page as a tree of elements. Raises intake.broken, empty."""
    found = _CHARSET.search(content[:4096])
    text = None
    if found:
        try:
            text = content.decode(codecs.lookup(found[1].decode()).name)
        except (LookupError, UnicodeDecodeError):
            text = None
    text = decode(content, file_name) if text is None else text
    # A text that says how it is encoded is not decoded twice.
    text = re.sub(r"^\s*<\?xml[^>]*>", "", text).replace("\0", "")
    try:
        return lxml.html.document_fromstring(text, parser=_PARSER)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        raise AmparoError("intake.broken", file=file_name) from None


_PARSER = lxml.html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)


def _said(tree: lxml.html.HtmlElement, name: str) -> str:
    """What a page says of itself under a name."""
    path = "//meta[@property=$name or @name=$name or @itemprop=$name]/@content"
    return " ".join(str(next(iter(tree.xpath(path, name=name)), "")).split())


def _blocks(body: lxml.html.HtmlElement) -> Iterator[str]:
    """The texts of the blocks, in order, each on one line."""
    pieces: list[str] = []

    def flush() -> Iterator[str]:
        text = " ".join("".join(pieces).split())
        pieces.clear()
        if text:
            yield text

    for event, element in etree.iterwalk(body, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if tag in _BLOCKS:
                yield from flush()
            if not _is_skipped(element, body):
                pieces.append(element.text or "")
        else:
            if tag in _BLOCKS:
                yield from flush()
            if element is not body and not _is_skipped(element.getparent(), body):
                pieces.append(element.tail or "")
    yield from flush()


def _is_skipped(element: lxml.html.HtmlElement | None, body: lxml.html.HtmlElement) -> bool:
    while element is not None:
        if element.tag in _SKIPPED:
            return True
        if element is body:
            return False
        element = element.getparent()
    return False


def _rows(table: lxml.html.HtmlElement, file_name: str) -> list[list[str]]:
    """Rows of a table; a cell that spans several columns or rows stands in each of them."""
    rows: list[list[str]] = []
    below: dict[int, tuple[int, str]] = {}  # column -> rows still to fill, and with what
    cells = 0
    for element in table.iter("tr"):
        if element.iterancestors("table").__next__() is not table:
            continue
        row: list[str] = []

        def fill(row: list[str] = row) -> None:
            while len(row) in below:
                left, text = below.pop(len(row))
                if left > 1:
                    below[len(row)] = (left - 1, text)
                row.append(text)

        for cell in element.iterchildren("td", "th"):
            fill()
            text = " ".join(cell.text_content().split())
            down, across = _span(cell.get("rowspan")), _span(cell.get("colspan"))
            for _ in range(across):
                if down > 1:
                    below[len(row)] = (down - 1, text)
                row.append(text)
            if len(row) > COLUMN_LIMIT:
                break
        fill()
        cells += len(row)
        if len(row) > COLUMN_LIMIT or cells > CELL_LIMIT:
            facts = {"row": len(rows) + 1, "cells": len(row), "limit": COLUMN_LIMIT}
            raise AmparoError("intake.too_wide", file=file_name, **facts)
        rows.append(row)
    return rows if any(map(any, rows)) else []


def _span(text: str | None) -> int:
    return min(max(int(text), 1), 1000) if text and re.fullmatch(r"\d{1,6}", text) else 1
