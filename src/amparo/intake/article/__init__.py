"""Articles in Spanish and English: what they say of people, acts, figures and organisations, as proposals.

Rules read them: patterns and word lists (`data/*.yml`), the same for every article. A model may propose more
(`propose`), but only what stands in the text word for word.
"""

from __future__ import annotations

from typing import NamedTuple

from amparo.intake.article.accused import mark_accused
from amparo.intake.article.actors import find_actors
from amparo.intake.article.acts import Acts
from amparo.intake.article.board import Board
from amparo.intake.article.contexts import Contexts, threat_series
from amparo.intake.article.figures import Figures
from amparo.intake.article.kinship import Kinship
from amparo.intake.article.people import People
from amparo.intake.article.quotations import Quotations
from amparo.intake.article.relations import find_relations
from amparo.intake.article.sentences import cut
from amparo.intake.article.suggested import Propose, suggested
from amparo.intake.article.unnamed import Unnamed
from amparo.intake.passages import Document
from amparo.intake.proposals import Proposal

# One sentence of every sort that the reader looks for.
_SAMPLES = {
    "en": "Walter Claros, 34, a police officer, was killed in Izalco in May. "
    '"At least nine," said a man who asked not to be named.',
    "es": "El agente Walter Claros, de 34 años, fue asesinado en Izalco en mayo. "
    "«Al menos nueve», dijo un agente que pidió no ser identificado.",
}


class Reading(NamedTuple):
    """An article's text and what is proposed of it."""

    document: Document
    proposals: tuple[Proposal, ...]


def read(
    text: str, *, language: str | None = None, published: str | None = None, propose: Propose | None = None
) -> Reading:
    """Read an article's text. `published` is its date as EDTF where the text does not say it.

    `propose` may add suggestions of a local model; those whose quotation does not stand in the text are
    dropped, and their number is told in an issue.
    """
    article = cut(text, language, published)
    board = Board()
    actors = find_actors(article, board)
    find_relations(article, board, actors)
    people = People(article, board, actors)
    mentions = people.find()
    unnamed = Unnamed(board, article.language)
    Acts(article, board, people, actors, unnamed).find()
    mark_accused(article, board, people)
    threat_series(article, board, actors)
    Quotations(article, board, people, actors, unnamed).find()
    Kinship(article, board, people, unnamed).find()
    Contexts(article, board, mentions, actors, unnamed).find()
    Figures(article, board, mentions, actors).find()
    people.settle()
    more, issues = suggested(text, propose) if propose else ((), ())
    document = Document(
        kind="article",
        text=text,
        title=article.title,
        published=article.published,
        language=article.language,
        issues=issues,
    )
    return Reading(document, (*board.proposals(), *more))


def load() -> None:
    """Read every table and compile every pattern: a limited child opens no file once it has started."""
    for language, text in _SAMPLES.items():
        read(text, language=language, published="2019-03-04")
