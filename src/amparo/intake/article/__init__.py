"""Articles in Spanish and English: what they say of people, acts, figures and organisations, as proposals."""

from __future__ import annotations

from typing import NamedTuple

from amparo.intake.passages import Document
from amparo.intake.proposals import Proposal


class Reading(NamedTuple):
    """An article's text and what is proposed of it."""

    document: Document
    proposals: tuple[Proposal, ...]


def read(text: str, *, language: str | None = None, published: str | None = None) -> Reading:
    """Read an article's text. `published` is its date as EDTF where the text does not say it."""
    return Reading(Document(kind="article", text=text, language=language, published=published), ())
