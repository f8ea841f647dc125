"""Relatives without a name: a child is restricted at once, wherever the text speaks of one."""

from __future__ import annotations

import re

from amparo.intake.article.board import Board, Thing
from amparo.intake.article.lexicon import kin
from amparo.intake.article.mentions import Mention
from amparo.intake.article.nouns import age_of, is_child
from amparo.intake.article.people import People
from amparo.intake.article.sentences import Article, Sentence
from amparo.intake.article.unnamed import Unnamed
from amparo.values.text import level

_SPOUSE = re.compile(
    r"(?:husband|wife|widow|widower|spouse|esposo|esposa|marido|viuda|viudo|pareja|companer[oa] de vida)\b"
)


class Kinship:
    """Kin told of beside somebody, and children of nobody named."""

    def __init__(self, article: Article, board: Board, people: People, unnamed: Unnamed) -> None:
        """Persons and acts have been found."""
        self.article = article
        self.board = board
        self.people = people
        self.unnamed = unnamed

    def find(self) -> None:
        """Children always; spouses; other kin only where they speak or something is done to them."""
        for mention in self.people.mentions:
            sentence = self.article.sentences[mention.sentence]
            if (
                mention.thing is None
                and mention.form in ("kin", "noun")
                and not self._is_name(sentence, mention)
                and not self._apposed(sentence, mention)
            ):
                child = is_child(mention.words, self.article.language) and self._counts(mention)
                spouse = mention.form == "kin" and _SPOUSE.search(level(mention.words)) is not None
                if child or spouse:
                    self._relative(sentence, mention)
        for sentence in self.article.sentences:
            self._children(sentence)

    def _counts(self, mention: Mention) -> bool:
        """A child by age or noun; "his children" without an age is no record."""
        return age_of(mention.words) is not None or mention.form == "noun"

    def _is_name(self, sentence: Sentence, mention: Mention) -> bool:
        """Whether the name of the relative stands right behind: that person has a record already."""
        return any(
            m.sentence == sentence.number
            and m.form in ("name", "surname")
            and 0 <= m.start - mention.end <= 2
            for m in self.people.mentions
        )

    def _apposed(self, sentence: Sentence, mention: Mention) -> bool:
        """ "Saúl, el menor, …": which of several somebody named is."""
        definite = mention.form == "noun" and re.match(r"(?:el|la|the) ", mention.words.lower())
        return bool(definite) and any(
            m.sentence == sentence.number
            and m.form in ("name", "surname")
            and sentence.flat[m.end : mention.start] == ", "
            for m in self.people.mentions
        )

    def _relative(self, sentence: Sentence, mention: Mention) -> Thing:
        thing = self.unnamed.record(sentence, mention, "relative" if mention.form == "kin" else "witness")
        word = re.search(rf"(?<!\w){kin(self.article.language)}(?!\w)", level(mention.words))
        thing.put("relationship", word and word[0], sentence, rule="person.kin")
        before = [
            m
            for m in self.people.mentions
            if m.sentence == sentence.number and m.end <= mention.start and m.thing
        ]
        if mention.form == "kin" and before and before[-1].thing is not None:
            thing.put("relative", before[-1].thing.entity, sentence, rule="person.kin")
        return thing

    def _children(self, sentence: Sentence) -> None:
        """Children told by their ages: "her two children, ages 6 and 11", "una niña de 4 años"."""
        pattern = (
            r"(?<!\w)(?:an?|the|his|her|their) [a-z]+, (?:also )?(?:a minor|an infant|a child|a "
            r"toddler)(?!\w)|"
            r"(?<!\w)(?:an?|the|two|three) (?:\d{1,2}-year-old )(?:boy|girl|child|student|schoolboy|"
            r"schoolgirl|teenager)(?!\w)"
            if self.article.language == "en"
            else r"(?<!\w)(?:una?|la|el|su) [a-z]+, (?:tambien )?menor de edad(?!\w)|(?<!\w)(?:una?|la|"
            r"el|dos|tres) (?:nin[oa]s?|menor(?:es)?|adolescentes?|bebe),? de "
            r"(?:\d{1,2}|\w+)(?: y (?:\d{1,2}|\w+))? (?:anos|meses)(?!\w)"
        )
        for match in re.finditer(pattern, sentence.flat):
            words = sentence.bare[match.start() : match.end()]
            known = any(
                words in (thing.get("description") or "") or (thing.get("description") or "-") in words
                for thing in self.board.of("person")
            )
            if not known and is_child(words, self.article.language):
                self.unnamed.record(
                    sentence,
                    Mention(sentence.number, match.start(), match.end(), None, words, "noun"),
                    "witness",
                )
