"""Reading an article: into a study, where suggestions wait for a person, or only shown, without a study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from amparo.cli.terminal import Terminal
from amparo.errors import AmparoError
from amparo.report.catalogue import say
from amparo.vocabulary.lists import word
from amparo.vocabulary.model import model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amparo.intake.article import Reading
    from amparo.intake.proposals import Proposal
    from amparo.study.context import Study


def is_article(content: bytes, file_name: str) -> bool:
    """Whether a file is prose: text, a web page or a PDF without a table. Raises the codes of `documents`."""
    from amparo.intake import documents  # noqa: PLC0415

    return documents.recognise(content, file_name) == "article" or (
        content.startswith(b"%PDF") and documents.recognise(content, file_name) == "pdf"
    )


def read_article(content: bytes, file_name: str, published: str | None) -> Reading:
    """What is read in an article, its file and its text both parsed in a limited child.

    Raises the codes of `documents.read_document` and `intake.no_text`.
    """
    from amparo.intake import article, documents  # noqa: PLC0415
    from amparo.intake.quarantine import in_quarantine  # noqa: PLC0415

    document = documents.read_document(content, file_name, "article", documents.Given())
    told = published or document.published
    return in_quarantine(
        article.read, document.text, file_name=file_name, language=document.language, published=told
    )


def keep_article(
    opened: Study,
    content: bytes,
    file_name: str,
    *,
    source_key: str,
    published: str | None,
    compartment: str | None,
    terminal: Terminal,
) -> None:
    """Keep an article in a study, and what is proposed of it until a person decides."""
    from amparo.study.claims.keeping import keep_document  # noqa: PLC0415

    reading = read_article(content, file_name, published)
    kept = keep_document(
        opened,
        content,
        file_name,
        reading.document,
        reading.proposals,
        source_key=source_key,
        compartment=compartment,
    )
    terminal.say("cli.article_kept", source=kept.source, number=kept.suggested, known=kept.known)
    if kept.withheld:
        terminal.say("cli.article_withheld", number=kept.withheld)


def preview(terminal: Terminal, file: Path, published: str | None) -> None:
    """What would be proposed of an article, each value beside its sentence; nothing is kept anywhere.

    Raises `cli.not_an_article` for another kind of file.
    """
    content = terminal.content(file)
    if not is_article(content, file.name):
        raise AmparoError("cli.not_an_article", file=file.name)
    reading = read_article(content, file.name, published)
    terminal.out.print(_table(terminal, reading.proposals))
    terminal.issues(reading.document.issues)
    dated = reading.document.published or say(terminal.language, "cli.article_undated")
    things = len({each.entity for each in reading.proposals})
    terminal.say("cli.article_shown", number=len(reading.proposals), things=things, published=dated)


def _table(terminal: Terminal, proposals: Sequence[Proposal]) -> Table:
    """A row for each thing and sentence: what it is, what is said of it, the sentence; persons first."""
    language = terminal.language
    shown = Table(box=SIMPLE_HEAD, show_lines=True)
    for name, ratio in (("thing", 2), ("said", 5), ("sentence", 6)):
        shown.add_column(say(language, f"column.{name}"), ratio=ratio)
    names = {each.entity: each.value for each in proposals if each.field in ("name", "description")}
    rows: dict[tuple[int, str, str], list[Proposal]] = {}
    for each in proposals:
        rows.setdefault((_order(each.kind), each.entity, each.passage.words), []).append(each)
    for (_, entity, sentence), group in sorted(rows.items(), key=lambda row: row[0][0]):
        kind = getattr(model()[group[0].kind], language)
        remarks = [_remarks(each, language) for each in group]
        shared = [remark for remark in remarks[0] if all(remark in others for others in remarks)]
        told = [
            _said(terminal, each, names, [remark for remark in said if remark not in shared])
            for each, said in zip(group, remarks, strict=True)
        ]
        shown.add_row(escape("\n".join([kind, entity, *shared])), escape("\n".join(told)), escape(sentence))
    return shown


_FIRST = ("person", "act", "threat", "displacement", "exposure", "involvement", "figure", "quotation")


def _order(kind: str) -> int:
    return _FIRST.index(kind) if kind in _FIRST else len(_FIRST)


def _said(terminal: Terminal, each: Proposal, names: dict[str, str], remarks: Sequence[str]) -> str:
    """One value with its field, and what is to be known of it."""
    from amparo.cli.claims import field_words, value_words  # noqa: PLC0415  (that module imports verbs)

    value = value_words(terminal, each.kind, each.field, each.value)
    value = f"{names[each.value]} ({each.value})" if each.value in names else value
    behind = f" [{'; '.join(remarks)}]" if remarks else ""
    return f"{field_words(terminal, each.kind, each.field)}: {value}{behind}"


def _remarks(each: Proposal, language: str) -> Sequence[str]:
    """What is to be known of a value: doubt, protection, how it was read, who says it."""
    said = [word("certainty", each.certainty, language)] if each.certainty != "stated" else []
    said += [word("restriction", each.restriction, language)] if each.restriction != "none" else []
    said += [word("note", note, language) for note in each.notes]
    return [*said, say(language, "claims.says", who=each.asserted_by)] if each.asserted_by else said
