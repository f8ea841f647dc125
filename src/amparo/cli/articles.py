"""What is proposed of an article, as a table: each thing beside the sentence that tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from amparo.cli.terminal import Terminal
from amparo.report.catalogue import say
from amparo.vocabulary.lists import word
from amparo.vocabulary.model import model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amparo.intake.documents import Reading
    from amparo.intake.proposals import Proposal


def show(terminal: Terminal, reading: Reading) -> None:
    """What is proposed of an article, each value beside its sentence."""
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
