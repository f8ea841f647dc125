"""Who tells a figure: whoever stands behind "according to", or is the subject of a verb of telling."""

from __future__ import annotations

import re
from collections.abc import Sequence

from amparo.intake.article.actors import ActorMention
from amparo.intake.article.board import Thing
from amparo.intake.article.lexicon import reporting, word_set
from amparo.intake.article.mentions import Mention
from amparo.intake.article.sentences import Sentence
from amparo.values.text import level

_LEAD = (
    r"(?:according to|citing|segun|de acuerdo con|de acuerdo a|con base en|datos de|data from|figures "
    r"from|statistics from)"
    r" (?:the |el |la |los |las |figures from |data from |datos de (?:la |el )?|cifras de (?:la |el )?|"
    r"official |un |una |an |a )*"
)
_GROUPS = (
    r"(?:police|prosecutors|investigators|fiscales|autoridades|ministerio|director|human rights groups|"
    r"rights groups|group|organization|"
    r"organizacion|government records|records|officials|authorities|union|network|defensoria|policia|"
    r"gobierno|government|movimiento|"
    r"ministry|institucion|entity|entidad|committee)"
)
# Verbs of telling that ask, doubt or answer rather than state a number.

Informant = tuple[str, Thing | None]


class Informants:
    """The sources of figures in an article."""

    def __init__(self, language: str, mentions: Sequence[Mention], actors: Sequence[ActorMention]) -> None:
        """Persons and actors have been found."""
        self.language = language
        self.mentions = mentions
        self.actors = actors

    def of(self, sentence: Sentence, flat: str, at: int) -> str | None:
        """Who says the figure that stands at `at`, in its part of the sentence first."""
        walls = [
            match.start()
            for match in re.finditer(r";|, (?:pero|but|while|mientras que|aunque|although|whereas)\b", flat)
        ]
        low = max((wall for wall in walls if wall < at), default=0)
        high = min((wall for wall in walls if wall > at), default=len(flat))
        found = self._within(sentence, flat, low, high) or (
            self._within(sentence, flat, 0, len(flat)) if walls else None
        )
        if found is None or found[1] is None or found[0] == found[1].get("alias"):
            return found and found[0]
        return found[1].get("name") or found[0]

    def _within(self, sentence: Sentence, flat: str, low: int, high: int) -> Informant | None:
        said = re.search(rf"(?<!\w){_LEAD}", flat[low:high])
        if said:
            return self._behind(sentence, low + said.end())
        return (
            self._subject(sentence, flat, low, high)
            or self._records(sentence, flat)
            or self._told_by(sentence, flat, low, high)
        )

    def _behind(self, sentence: Sentence, at: int) -> Informant | None:
        if named := self._named_at(sentence, at, 70):
            return named
        words = re.match(r"[^,.;]{3,60}", sentence.text[at:])
        if words is None:
            return None
        return self._same_group(sentence, words[0]) or (words[0].strip(), None)

    def _subject(self, sentence: Sentence, flat: str, low: int, high: int) -> Informant | None:
        verb = rf"(?:{reporting(self.language)}|received|recibio|logged|has received|ha recibido)"
        for match in re.finditer(rf"(?<!\w){verb}(?!\w)", flat[low:high]):
            at = low + match.start()
            if match[0] in word_set("no_statement"):
                continue
            before = [(end, start, thing) for start, end, thing in self._named(sentence) if end <= at]
            if not before:
                group = re.search(rf"((?:the |la |el |los |las )?{_GROUPS}) (?:has |ha |it )?$", flat[:at])
                if group:
                    return sentence.text[group.start(1) : group.end(1)], None
                continue
            end, start, thing = max(before, key=lambda each: each[0])
            gap = flat[end:at]
            apposed = gap.count(",") != 1 or len(gap) < 4
            if len(gap) <= 60 and apposed and not re.search(r";| and | y (?!de )", gap):
                return sentence.text[start:end], thing
        return None

    def _records(self, sentence: Sentence, flat: str) -> Informant | None:
        found = re.search(
            r"((?:government|official|police|court|army) (?:records|figures|data|statistics)) (?:show|"
            r"say|indicate)",
            flat,
        )
        return (sentence.text[found.start(1) : found.end(1)], None) if found else None

    def _told_by(self, sentence: Sentence, flat: str, low: int, high: int) -> Informant | None:
        """A verb of telling with its subject behind it: "…, informó la Fiscalía", "…, the union said"."""
        whom = r"(?: a (?:este|los|la|un) [a-z]+)?"
        lead = (
            rf"(?:^|, ){reporting(self.language)}{whom} (?:the |el |la |los |las )?(?:[a-z]+ "
            rf"){{0,3}}?(?:[a-z]+, )?"
        )
        for match in re.finditer(rf"{lead}(?=\S)", flat[low:high]):
            if named := self._named_at(sentence, low + match.end(), 24):
                return named
        found = re.search(
            rf"(?:^|, ){reporting(self.language)} ((?:the |el |la |los |un |una |a |an )?(?:\w+ "
            rf"?){{1,4}})[.,]?$",
            flat[low:high],
        )
        if found is None:
            return None
        return sentence.text[low + found.start(1) : low + found.end(1)].strip(" .,"), None

    def _named(self, sentence: Sentence) -> list[tuple[int, int, Thing]]:
        """Persons and actors of a sentence: (start, end, thing)."""
        found = [(a.start, a.end, a.thing) for a in self.actors if a.sentence == sentence.number]
        return found + [
            (m.start, m.end, m.thing)
            for m in self.mentions
            if m.sentence == sentence.number and m.thing and m.form in ("name", "surname")
        ]

    def _named_at(self, sentence: Sentence, at: int, reach: int) -> Informant | None:
        """The one named first from here, before the clause ends."""
        for start, end, thing in sorted(self._named(sentence), key=lambda each: each[0]):
            if at <= start < at + reach and not re.search(r"[;.]", sentence.flat[at:start]):
                return sentence.text[start:end], thing
        return None

    def _same_group(self, sentence: Sentence, words: str) -> Informant | None:
        """ "The group" is the organisation named last."""
        if not re.match(
            r"(?:group|organi[sz]ation|organizacion|union|network|entidad|institucion|association|"
            r"agency)\b",
            level(words),
        ):
            return None
        kinds = ("ngo", "international", "agency", "other")
        before = [
            a.thing
            for a in self.actors
            if a.sentence < sentence.number and a.thing.get("actor_kind") in kinds
        ]
        return (str(before[-1].get("name")), before[-1]) if before else None
