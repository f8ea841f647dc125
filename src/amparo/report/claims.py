"""Claims in words: the field, the value, where it stands, what became of it and why it is preferred."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amparo.report.catalogue import day, say
from amparo.values.text import fold
from amparo.vocabulary.lists import lists, word
from amparo.vocabulary.model import field_of

if TYPE_CHECKING:
    from amparo.intake.passages import Passage
    from amparo.intake.proposals import Proposal
    from amparo.study.claims.explaining import Line
    from amparo.study.claims.rules import Preferred, Value


def field_word(kind: str, field: str, lang: str) -> str:
    """A field's word; a field the model does not have stands for itself."""
    known = field_of(kind, field)
    return field if known is None else getattr(known, lang)


def value(kind: str, field: str, text: str, lang: str) -> str:
    """A value as people write it: a code in words, a plain date in words."""
    known = field_of(kind, field)
    if known is None or not text:
        return text
    if known.list is not None:
        return word(known.list, text, lang)
    return day(lang, text) if known.written == "edtf" else text


def kept(kind: str, field: str, typed: str) -> str:
    """What somebody typed as it is kept: a code where they typed its term in either language."""
    known = field_of(kind, field)
    if known is None or known.list is None or typed in lists()[known.list].codes:
        return typed
    terms, wanted = lists()[known.list].codes.items(), fold(typed)
    return next((code for code, term in terms if wanted in (fold(term.en), fold(term.es))), typed)


def coded(kind: str, field: str, text: str, lang: str) -> str:
    """A value as one may type it again: a code beside its word, another as it is kept."""
    known = field_of(kind, field)
    return text if known is None or known.list is None else f"{word(known.list, text, lang)} ({text})"


def remarks(said: Proposal | Value, lang: str) -> list[str]:
    """What is to be known of a value: doubt, who says it, protection, how it was read."""
    told = [word("certainty", said.certainty, lang)]
    told += [say(lang, "claims.says", who=said.asserted_by)] if said.asserted_by else []
    told += [word("restriction", said.restriction, lang)] if said.restriction != "none" else []
    return [*told, *(word("note", note, lang) for note in said.notes)]


def place(passage: Passage, lang: str) -> str:
    """Where a passage stands."""
    facts = {name: getattr(passage, name) for name in passage.__struct_fields__ if name != "words"}
    code = f"claims.passage.{passage.__struct_config__.tag}"
    if facts.get("start") is not None and code == "claims.passage.span":
        facts["start"] += 1  # people count from 1
    return say(lang, code, **facts)


def why(best: Preferred, lang: str) -> str:
    """Why a value is preferred."""
    ruling = best.ruling
    return say(
        lang,
        f"claims.why.{best.why}",
        reason=ruling.said.reason if ruling else "",
        by=ruling.by if ruling else "",
    )


def state(line: Line, lang: str) -> str:
    """What became of a claim."""
    return say(lang, f"claims.state.{line.state}", reason=line.ended)
