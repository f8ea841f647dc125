"""Relations among the actors that hunt: rivals, allies, splinters."""

from __future__ import annotations

import re
from collections.abc import Sequence

from amparo.intake.article.actors import HUNTERS, ActorMention
from amparo.intake.article.board import Board, Thing
from amparo.intake.article.lexicon import patterns
from amparo.intake.article.sentences import Article, Sentence

_AGAIN = re.compile(
    r"\b(?:the|el|la|esa|ese|dicha|dicho|this|that) "
    r"(?:cartel|gang|group|banda|pandilla|grupo|organi[sz]a\w+|faction)\b"
)
_NEAR = 40  # characters between "split from" and whom it left


def find_relations(article: Article, board: Board, mentions: list[ActorMention]) -> None:
    """Rivals, allies and splinters among named actors that hunt."""
    seen: set[tuple[str, frozenset[str]]] = set()
    last: Thing | None = None
    by_sentence: dict[int, list[ActorMention]] = {}
    for each in mentions:
        if each.thing.get("actor_kind") in HUNTERS:
            by_sentence.setdefault(each.sentence, []).append(each)
    for sentence in article.sentences:
        hunters = by_sentence.get(sentence.number, [])
        again = _AGAIN.search(sentence.flat)
        if again and last is not None and hunters and again.end() <= hunters[0].start:
            hunters = [ActorMention(sentence.number, *again.span(), last), *hunters]
        for code, pattern in patterns("contexts", "relations", article.language):
            for match in pattern.finditer(sentence.flat):
                pair = _pair(sentence, code, match, hunters, last)
                if pair is None or (code, frozenset(each.entity for each in pair)) in seen:
                    continue
                seen.add((code, frozenset(each.entity for each in pair)))
                thing = board.new("relation", sentence)
                for field, value in (("from", pair[0].entity), ("type", code), ("to", pair[1].entity)):
                    thing.put(field, value, rule="relation.words")
        last = hunters[0].thing if hunters else last


def _pair(
    sentence: Sentence, code: str, match: re.Match[str], hunters: Sequence[ActorMention], last: Thing | None
) -> tuple[Thing, Thing] | None:
    """The two sides: around the word, both on one side of it, or one here and the one spoken of before."""
    before = [each for each in hunters if each.end <= match.start()]
    low = max(match.end() - len("los "), match.start() + 1)  # "escisión de Los Zetas"
    after = [each for each in hunters if each.start >= low]
    if code == "splintered_from" and (not after or after[0].start - match.end() > _NEAR):
        return None
    if before and after:
        subject = _subject(sentence, before, match.start())
        return (subject.thing, after[0].thing) if subject.thing is not after[0].thing else None
    if code == "splintered_from":
        return (last, after[0].thing) if last and after and last is not after[0].thing else None
    side = [each.thing for each in before or after]
    if len(side) >= 2 and side[-1] is not side[-2]:
        return side[-2], side[-1]
    if side and last and side[-1] is not last:
        return last, side[-1]
    return None


def _subject(sentence: Sentence, before: Sequence[ActorMention], at: int) -> ActorMention:
    """The nearest before the word; another before it where that is within a phrase or has its own verb."""
    if len(before) > 1:
        gap = sentence.flat[before[-1].end : at]
        within = re.search(r"\b(?:del?|of|from)(?: the| la| los| las)? $", sentence.flat[: before[-1].start])
        second = re.search(r"\b(?:and|y) (?:\w+ )?(?:is|was|has|es|esta|mantiene|libra)\b", gap)
        if within or second:
            return before[-2]
    return before[-1]
