"""Records of people the text does not name: pseudonymous and restricted, a child at once."""

from __future__ import annotations

import re

from amparo.intake.article.board import Board, Thing
from amparo.intake.article.lexicon import occupations
from amparo.intake.article.mentions import Mention
from amparo.intake.article.nouns import age_of, is_child
from amparo.intake.article.sentences import Sentence
from amparo.values.text import level

_WOMAN = re.compile(
    r"\b(?:female|woman|widow|mother|sister|daughter|wife|directora|una|mujer|viuda|madre|hermana|hija|"
    r"esposa|policewoman|her)\b"
)


class Unnamed:
    """The people of one article who have no name in it."""

    def __init__(self, board: Board, language: str) -> None:
        """Nobody yet."""
        self.board = board
        self.language = language
        self._known: dict[str, Thing] = {}

    def forget(self, thing: Thing) -> None:
        """Take a record back that turned out to be of somebody named."""
        self._known = {key: each for key, each in self._known.items() if each is not thing}
        self.board.drop(thing)

    def everybody(self) -> list[Thing]:
        """All records made so far."""
        return list(self._known.values())

    def record(self, sentence: Sentence, mention: Mention, kind: str) -> Thing:
        """The record of a mention; the same kin told of twice is one."""
        words = mention.words.lower()
        key = words if mention.form == "kin" else f"{sentence.number}:{words}"
        if (known := self._known.get(key) or self._same(sentence, words)) is not None:
            return known
        thing = self._known[key] = self.board.new("person", sentence)
        thing.put("description", mention.words, rule="person.unnamed")
        thing.put("person_kind", kind, rule="person.unnamed")
        thing.restriction = "restricted"
        thing.note("pseudonymous")
        self._describe(thing, level(mention.words))
        return thing

    def _same(self, sentence: Sentence, words: str) -> Thing | None:
        """The record of a longer or shorter phrase that begins with the same words in the same sentence."""
        for thing in self._known.values():
            said = (thing.get("description") or "").lower()
            if thing.sentence is sentence and said and (said.startswith(words) or words.startswith(said)):
                return thing
        return None

    def _describe(self, thing: Thing, words: str) -> None:
        """Age, sex, occupation and unit that the noun phrase tells."""
        thing.put("age", age_of(words), rule="person.age")
        if is_child(words, self.language):
            thing.note("minor")
        nouns = occupations(self.language)
        for match in re.finditer(r"[a-z-]+(?: [a-z-]+)?", words):
            for part in (match[0], *match[0].split()):
                if part in nouns and not nouns[part][1]:
                    thing.put("occupation", nouns[part][0], rule="person.occupation")
        unit = re.search(r"anti-?gang unit|unidad antipandillas|anti-\w+ unit|\w+ unit\b", words)
        thing.put("unit", unit and unit[0], rule="person.unit")
        if _WOMAN.search(words):
            thing.put("sex", "F", rule="person.sex")
