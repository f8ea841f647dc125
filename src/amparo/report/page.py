"""A report as one self-contained HTML file: no script, no outside address, pictures and style inside."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files

from amparo.report.blocks import (
    Block,
    Bullets,
    Card,
    Cards,
    Figure,
    Heading,
    Notice,
    Section,
    Story,
    Table,
    Terms,
    Text,
)
from amparo.report.story import story
from amparo.study.counting.findings import Findings

FEW = 3  # columns that a telephone shows side by side


@cache
def style() -> str:
    """The style sheet of every page, whole."""
    return (files("amparo.report") / "data" / "report.css").read_text(encoding="utf-8")


@cache
def policy() -> str:
    """The content security policy: nothing but the one style sheet, known by its hash."""
    digest = b64encode(sha256(style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def html(findings: Findings, lang: str) -> str:
    """The working report as one HTML document in `lang`."""
    return document(story(findings, lang))


def document(told: Story) -> str:
    """A story as one HTML document."""
    subtitle = f'<p class="subtitle">{escape(told.subtitle)}</p>' if told.subtitle else ""
    links = "".join(f'<li><a href="#{s.key}">{escape(s.title)}</a></li>' for s in told.sections[1:])
    return (
        f'<!doctype html>\n<html lang="{told.lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy())}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex, noarchive">\n'
        f"<title>{escape(told.title)} – {escape(told.kind)}</title>\n<style>{style()}</style>\n</head>\n"
        f'<body>\n<a class="skip" href="#{told.sections[0].key}">{escape(told.skip)}</a>\n'
        f"<header>\n{_banners(told)}"
        f'<p class="kind">{escape(told.kind)}</p>\n<h1>{escape(told.title)}</h1>\n'
        f"{subtitle}\n"
        f'<p class="meta">{escape(told.meta)}</p>\n</header>\n'
        f"<main>\n{_section(told.sections[0])}"
        f'<nav aria-labelledby="contents"><h2 id="contents">{escape(told.contents)}</h2>'
        f"<ol>{links}</ol></nav>\n{''.join(map(_section, told.sections[1:]))}</main>\n"
        f"<footer><p>{escape(told.mark)} · {escape(told.meta)}</p></footer>\n</body>\n</html>\n"
    )


def _banners(told: Story) -> str:
    return "".join(
        f'<aside class="banner {one.tone}"><p><strong>{escape(one.title)}.</strong> '
        f"{escape(' '.join(one.texts))}</p></aside>\n"
        for one in told.banners
    )


def _section(one: Section) -> str:
    blocks = "\n".join(_block(block) for block in one.blocks)
    return f'<section id="{one.key}"><h2>{escape(one.title)}</h2>\n{blocks}\n</section>\n'


def _block(block: Block) -> str:
    match block:
        case Text(text, size):
            made = f"<p>{escape(text)}</p>" if size == "plain" else f'<p class="{size}">{escape(text)}</p>'
        case Heading(text):
            made = f"<h3>{escape(text)}</h3>"
        case Bullets(items):
            made = f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>"
        case Cards(cards):
            made = f'<dl class="cards">{"".join(map(_card, cards))}</dl>'
        case Notice(tone, title, texts):
            inside = "".join(f"<p>{escape(text)}</p>" for text in texts)
            head = f"<p><strong>{escape(title)}</strong></p>"
            made = f'<div class="notice {tone}" role="note">{head}{inside}</div>'
        case Terms(pairs):
            rows = (f"<div><dt>{escape(name)}</dt><dd>{escape(text)}</dd></div>" for name, text in pairs)
            made = f'<dl class="terms">{"".join(rows)}</dl>'
        case Figure():
            made = _figure(block)
        case Table():
            made = _table(block)
    return made


def _card(one: Card) -> str:
    missing = ' class="missing"' if one.missing else ""
    return (
        f'<div{missing}><dt>{escape(one.label)}</dt><dd class="value">{escape(one.value)}</dd>'
        f"<dd>{escape(one.note)}</dd></div>"
    )


def _figure(one: Figure) -> str:
    drawn = "".join(
        svg.replace("<svg ", f'<svg role="img" aria-label="{escape(one.alt)}" ', 1).replace(
            'class="marks"', f'class="{name}"', 1
        )
        for name, svg in (("wide", one.wide), ("narrow", one.narrow))
    )
    return (
        f"<figure>{drawn}<figcaption>{escape(one.caption)} "
        f'<span class="mark">{escape(one.mark)}.</span></figcaption></figure>'
    )


def _table(one: Table) -> str:
    kinds = ["number" if numeric else "words" for numeric in one.numeric]
    heads = "".join(
        f'<th scope="col" class="{kind}">{escape(head)}</th>'
        for head, kind in zip(one.heads, kinds, strict=True)
    )
    rows = []
    for row in one.rows:
        first, *others = zip(row, kinds, one.heads, strict=True)
        cells = "".join(
            f'<td class="{_fold(cell, kind)}" data-head="{escape(head)}">{escape(cell)}</td>'
            for cell, kind, head in others
        )
        rows.append(f'<tr><th scope="row" class="{_fold(*first[:2])}">{escape(first[0])}</th>{cells}</tr>')
    shape = "pair" if len(one.heads) == 2 else "many wide-table" if len(one.heads) > FEW else "many"
    mark = f'<span class="mark">{escape(one.mark)}.</span>'
    return (
        f'<div class="scroll" role="group" tabindex="0" aria-label="{escape(one.caption)}">'
        f'<table class="{shape}"><caption>{escape(one.caption)} {mark}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _fold(cell: str, kind: str) -> str:
    """The class of a cell: short texts stay on one line."""
    return "words" if kind == "words" and len(cell) > 24 else f"{kind} short"
