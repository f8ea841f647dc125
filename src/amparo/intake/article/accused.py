"""Persons whom a text says to be charged with, or sentenced for, a crime against others."""

from __future__ import annotations

import re

from amparo.intake.article.board import Board
from amparo.intake.article.lexicon import patterns
from amparo.intake.article.mentions import Mention, lists
from amparo.intake.article.people import People
from amparo.intake.article.sentences import Article, Sentence


def mark_accused(article: Article, board: Board, people: People) -> None:
    """Mark who is accused of violence as such; nobody an act was done to, nor a public person."""
    victims = {act.get("victim") for act in board.of("act", "threat")}
    for sentence in article.sentences:
        for mention in _accused(article, sentence, people):
            thing = mention.thing
            if thing is None or thing.entity in victims or thing.get("position"):
                continue
            thing.fields.pop("person_kind", None)
            thing.put("person_kind", "perpetrator", sentence, rule="person.accused")


def _accused(article: Article, sentence: Sentence, people: People) -> list[Mention]:
    """Who stands behind a verb of accusing or before its passive, with whom is listed beside."""
    named = [m for m in people.mentions if m.sentence == sentence.number and m.form in ("name", "surname")]
    crime = any(p.search(sentence.flat) for _, p in patterns("contexts", "crimes", article.language))
    found: list[Mention] = []
    for code, pattern in patterns("contexts", "accused", article.language):
        for match in pattern.finditer(sentence.flat) if crime or code == "named" else ():
            reach = 5 if code == "named" else 40
            behind = [m for m in named if 0 <= m.start - match.end() <= reach]
            before = [m for m in named if 0 <= match.start() - m.end <= 60]
            near = before[-1:] if code == "subject" else behind[:1]
            if not near:
                continue
            first = near[0]
            found.append(first)
            at = named.index(first)
            rest = named[at + 1 :] if code != "subject" else list(reversed(named[:at]))
            last = first
            for other in rest:
                low, high = sorted(((last.start, last.end), (other.start, other.end)))
                if not lists(re.sub(r", alias [^,]+,", ",", sentence.flat[low[1] : high[0]])):
                    break
                found.append(other)
                last = other
    return found
