"""Sentences that go on about the act before: "El hecho ocurrió el martes", "He was feeding the hens"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from amparo.intake.article.board import Board, Thing
from amparo.intake.article.circumstances import Clause, busy_with, moment_of, place_of
from amparo.intake.article.figures import NOTES
from amparo.intake.article.lexicon import patterns
from amparo.intake.article.sentences import Article, Sentence


@cache
def _happened(language: str) -> tuple[re.Pattern[str], ...]:
    return tuple(pattern for _, pattern in patterns("acts", "happened", language))


def happened_at(sentence: Sentence, language: str) -> int | None:
    """Where a verb of happening stands whose subject is the act told of before; None where there is none."""
    found = (pattern.search(sentence.flat) for pattern in _happened(language))
    return next((match.end() for match in found if match), None)


def go_on(
    article: Article,
    board: Board,
    sentence: Sentence,
    acts: Sequence[Thing],
    taken: Sequence[tuple[int, int]],
) -> None:
    """Give the acts before the day, place and occupation that a sentence tells which goes on about them."""
    near = [act for act in acts if sentence.paragraph - act.sentence.paragraph <= 1 and act.kind == "act"]
    if not near:
        return
    at = happened_at(sentence, article.language)
    clause = Clause(sentence, 0, at or 0, len(sentence.flat))
    if at is not None:
        moment = moment_of(article, clause)
        for act in near:
            if moment is not None:
                notes = NOTES.get(moment.told, ())
                act.put("date", moment.edtf, sentence, notes=notes, rule=f"date.{moment.told}")
            act.put("place", place_of(article, clause, taken), sentence, rule="act.continued")
    subject = re.match(r"(?:he|she|they|the |el |la |los |las |ambos )", sentence.flat)
    named = any(_named(board, act, sentence) for act in near)
    busy = busy_with(article, clause) if subject or named or at is not None else None
    for act in near:
        if act.get("type") in ("killing", "attempted_killing"):
            act.put("circumstances", busy, sentence, rule="act.continued")
            doing = re.search(r"\b(?:was|were) \w+ing\b|\b\w+(?:aba|aban|ia|ian) ", sentence.flat)
            where = place_of(article, clause, taken) if doing and (subject or named) else None
            act.put("place", where, sentence, rule="act.continued")


def _named(board: Board, act: Thing, sentence: Sentence) -> bool:
    """Whether a sentence begins with the name of the act's victim."""
    person = board.person(act.get("victim"))
    name = (person.get("name") or "") if person is not None else ""
    return bool(name) and any(word in sentence.text[:60] for word in name.split()[1:])
