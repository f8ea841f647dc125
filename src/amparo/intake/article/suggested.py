"""Suggestions of a model that is injected from above: kept only where their words stand in the text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from amparo.errors import Issue
from amparo.intake.passages import Span
from amparo.intake.proposals import KINDS, Proposal


class Suggestion(NamedTuple):
    """What a model says: an id of its own choice, kind and field, a value, and the words it rests on."""

    entity: str
    kind: str
    field: str
    value: str
    quotation: str


Propose = Callable[[str], Iterable[Suggestion]]


def suggested(text: str, propose: Propose) -> tuple[tuple[Proposal, ...], tuple[Issue, ...]]:
    """The suggestions as proposals, each at the place of its quotation.

    Dropped: a kind that does not exist, a quotation that does not stand in the text letter for letter, and a
    value with a figure that the quotation does not have. An issue tells how many.
    """
    kept: list[Proposal] = []
    dropped = 0
    for each in propose(text):
        start = text.find(each.quotation) if each.quotation.strip() else -1
        figures = [part for part in _figures(each.value) if part not in _figures(each.quotation)]
        if start < 0 or each.kind not in KINDS or figures:
            dropped += 1
            continue
        place = Span(words=each.quotation, start=start, end=start + len(each.quotation))
        kept.append(
            Proposal(
                entity=f"model-{each.entity}",
                kind=each.kind,
                field=each.field,
                value=each.value,
                certainty="possible",
                passage=place,
                restriction="restricted" if each.kind == "person" else "none",
                rule="model",
            )
        )
    issues = (Issue("article.unfounded", {"number": dropped}),) if dropped else ()
    return tuple(kept), issues


def _figures(text: str) -> list[str]:
    return "".join(char if char.isdigit() else " " for char in text).split()
