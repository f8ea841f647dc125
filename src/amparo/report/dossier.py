"""What is known of a person or thing, as a document for one reader: every claim with its words and place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from amparo.report import claims as words
from amparo.report.blocks import Bullets, Notice, Section, Story, Table
from amparo.report.catalogue import day, say, word
from amparo.report.drawing import clip
from amparo.vocabulary.lists import word as term
from amparo.vocabulary.model import model

if TYPE_CHECKING:
    from amparo.study.claims.explaining import Dossier, Explained, Line

LONGEST_TITLE = 420


class Made(NamedTuple):
    """When (ISO date), by whom, for whom and what for a dossier is made; whether its study is synthetic."""

    study: str
    at: str
    by: str
    to: str
    purpose: str
    synthetic: bool


def dossier(found: Dossier, made: Made, lang: str) -> Story:
    """The dossier in one language."""
    s = partial(say, lang)
    title = _name(found.fields, lang) or found.of
    banners = [Notice("unfit", s("dossier.mark"), (s("dossier.handle_with_care", user=made.to),))]
    if made.synthetic:
        banners.insert(0, Notice("synthetic", s("report.synthetic_title"), (s("report.synthetic_text"),)))
    sections = [Section("values", s("desk.values"), (_table(found.fields, lang),))]
    for of, fields in found.things.items():
        kind = getattr(model()[fields[0].kind], lang) if fields else of
        sections.append(Section(of, kind[:1].upper() + kind[1:], (_table(fields, lang),)))
    sections.append(Section("records", s("desk.records"), (Bullets(found.records),)))
    return Story(
        lang=lang,
        kind=s("dossier.kind"),
        title=title,
        running=clip(title, LONGEST_TITLE),
        subtitle=made.study,
        meta=s(
            "dossier.meta",
            made=day(lang, made.at),
            by=made.by,
            to=made.to,
            purpose=word(lang, "purpose", made.purpose),
        ),
        made=made.at,
        mark=s("dossier.mark"),
        banners=tuple(banners),
        contents="",
        skip="",
        sections=tuple(sections),
    )


def _table(fields: Sequence[Explained], lang: str) -> Table:
    heads = tuple(say(lang, f"dossier.head.{name}") for name in ("field", "value", "words", "source"))
    rows = [_row(field, line, lang) for field in fields for line in field.lines]
    mark = say(lang, "dossier.mark")
    return Table(say(lang, "dossier.claims"), heads, (False,) * len(heads), tuple(rows), mark)


def _row(field: Explained, line: Line, lang: str) -> tuple[str, ...]:
    said = line.claim.said
    passage = line.passages[0].words if line.passages else ""
    origin = f"{line.origin.title}, {line.origin.file_name}" if line.origin else ""
    place = "; ".join(words.place(each, lang) for each in line.passages)
    told = [origin, place, term("certainty", said.certainty, lang)]
    told += [say(lang, "claims.says", who=said.asserted_by)] if said.asserted_by else []
    told += [words.state(line, lang)]
    value = words.value(field.kind, field.field, said.value, lang)
    return words.field_word(field.kind, field.field, lang), value, passage, " · ".join(filter(None, told))


def _name(fields: Sequence[Explained], lang: str) -> str:
    """What the thing is called: its name, its parts, else its type."""
    best = {each.field: each.lines[0].claim.said.value for each in fields if each.lines}
    parts = " ".join(filter(None, (best.get(name, "") for name in ("given", "surname", "second_surname"))))
    kind = fields[0].kind if fields else ""
    return best.get("name", "") or parts or words.value(kind, "type", best.get("type", ""), lang)
