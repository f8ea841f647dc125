"""Published quantities: how many or how much, of what, in which period, according to whom."""

from __future__ import annotations

import re
from collections.abc import Sequence

from amparo.intake.article.actors import ActorMention
from amparo.intake.article.board import Board, Thing
from amparo.intake.article.counts import Place, Told, measure, ranked, told
from amparo.intake.article.informants import Informants
from amparo.intake.article.lexicon import reporting
from amparo.intake.article.mentions import Mention
from amparo.intake.article.sentences import Article, Sentence
from amparo.values.moments import Moment, find_moments
from amparo.values.places import find_places
from amparo.values.quantities import Found, find_quantities
from amparo.values.text import level

# What a date's way of reading (`Moment.told`) means for a claim.
NOTES = {
    "year_not_told": ("year_not_told",),
    "from_publication": ("resolved_from_publication",),
    "last_such": ("resolved_from_publication",),
}


class Figures:
    """The figures of one article."""

    def __init__(
        self, article: Article, board: Board, mentions: Sequence[Mention], actors: Sequence[ActorMention]
    ) -> None:
        """Nothing yet; persons and actors have been found."""
        self.article = article
        self.board = board
        self.mentions = mentions
        self.actors = actors
        self.informants = Informants(article.language, mentions, actors)
        self._last: Thing | None = None  # what a number without a noun behind it counts too

    def find(self) -> None:
        """Every figure, sentence by sentence."""
        for sentence in self.article.sentences:
            moments = list(find_moments(sentence.text, self.article.language, self.article.day))
            flat = level(sentence.text)
            for one in ranked(flat, self.article.language):
                self._figure(sentence, flat, one, moments)
            for found in self._quantities(sentence, moments):
                if one := told(Place(sentence, flat, found, self.article.language), self._last):
                    self._figure(sentence, flat, one, moments)

    def _quantities(self, sentence: Sentence, moments: Sequence[Moment]) -> list[Found]:
        """Quantities that are no dates and no parts of names."""
        named = [
            (m.start, m.end)
            for m in self.mentions
            if m.sentence == sentence.number and m.form in ("name", "surname")
        ]
        named += [(a.start, a.end) for a in self.actors if a.sentence == sentence.number]
        dates = [(m.start, m.end) for m in moments]
        return [
            found
            for found in find_quantities(sentence.text, language=self.article.language)
            if not _touches(found, named)
            and not (_touches(found, dates) and not found.quantity.unit and found.quantity.per is None)
        ]

    def _figure(self, sentence: Sentence, flat: str, one: Told, moments: Sequence[Moment]) -> None:
        thing = self.board.new("figure", sentence)
        institution = self.informants.of(sentence, flat, one.found.start)
        thing.put("quantity", str(one.found.quantity), asserted_by=institution, rule="figure.quantity")
        thing.put("unit", one.unit, rule="figure.unit")
        thing.put("population", one.population or None, rule="figure.population")
        if period := self._period(sentence, flat, one, moments):
            self._date(thing, period)
        thing.put("institution", institution, rule="figure.source")
        thing.put("place", _where(sentence, one), rule="figure.place")
        code = measure(one.unit, level(one.population))
        if (
            code is None
            and self._last is not None
            and self._last.sentence is sentence
            and one.unit == "persons"
        ):
            code = self._last.get("measure")
        thing.put("measure", code, certainty="likely", notes=("inferred",), rule="figure.measure")
        self._last = thing

    def _date(self, thing: Thing, period: Moment) -> None:
        """The period in EDTF; where the text does not allow that, its words."""
        before = self._last.get("period") if self._last is not None else None
        earlier = re.search(
            r"ano anterior|ano previo|un ano antes|year earlier|previous year|year before",
            level(period.words),
        )
        if earlier and self.article.day and re.fullmatch(r"\d{4}", before or ""):
            thing.put(
                "period",
                str(int(before or 0) - 1),
                certainty="likely",
                notes=("inferred",),
                rule="date.year_before",
            )
            return
        if period.edtf is None:
            words = re.sub(r"^(?:in|en|during|durante) ", "", period.words)
            thing.put("definition", words, rule="date.relative")
            return
        sure = "likely" if period.told == "last_such" else "stated"
        thing.put(
            "period",
            period.edtf,
            certainty=sure,
            notes=NOTES.get(period.told, ()),
            rule=f"date.{period.told}",
        )

    def _period(self, sentence: Sentence, flat: str, one: Told, moments: Sequence[Moment]) -> Moment | None:
        """The span that is counted: the nearest behind the number in its clause, else the nearest before.

        A single day is the day of telling or of an act, not a period.
        """
        fit = [
            each
            for each in moments
            if (each.period or (each.edtf and len(each.edtf) < 10)) and not self._of_telling(flat, each)
        ]
        wall = self._wall(sentence, flat, one, moments)
        behind = [each for each in fit if one.found.end <= each.start < wall]
        before = [each for each in fit if each.end <= one.found.start]
        if behind:
            return behind[0]
        beyond = [each for each in fit if each.start >= wall]
        if (
            beyond
            and not before
            and re.search(r"(?:^|\W)(?:and|y|e)\W", flat[one.found.end : beyond[0].start])
        ):
            return beyond[0]
        return before[-1] if before and ";" not in flat[before[-1].end : one.found.start] else None

    def _of_telling(self, flat: str, moment: Moment) -> bool:
        before = flat[max(0, moment.start - 16) : moment.start]
        return (
            not moment.period
            and re.search(rf"(?<!\w){reporting(self.article.language)} (?:on |el )?$", before) is not None
        )

    def _wall(self, sentence: Sentence, flat: str, one: Told, moments: Sequence[Moment]) -> int:
        """Where the next figure begins: what stands behind belongs to that one."""
        for other in find_quantities(sentence.text, language=self.article.language):
            dated = any(m.start <= other.start < m.end for m in moments)
            apart = other.start >= one.found.end and (
                other.quantity.per is not None
                or re.search(r"[;,]| and | y ", flat[one.found.end : other.start])
            )
            if apart and not dated:
                return other.start
        return len(flat)


def _touches(found: Found, spans: Sequence[tuple[int, int]]) -> bool:
    return any(low < found.end and found.start < high for low, high in spans)


def _where(sentence: Sentence, one: Told) -> str | None:
    """The place that a figure is of: behind "in" in its clause, or the owner of a rate."""
    text = sentence.text
    link = re.match(r"[^.;]{0,70}?\b(?:in|en|de) (?=[A-ZÁÉÍÓÚ])", text[one.found.end :])
    if link:
        low = one.found.end + link.end()
        named = next(find_places(text[low:]), None)
        if named is not None and named.start == 0:
            return text[low : low + named.end]
    owner = re.match(r".*?([A-Z]\w+(?: [A-Z]\w+)?)'s (?:homicide|murder) rate", text)
    owned = next(find_places(owner[1]), None) if owner else None
    return owner[1][owned.start :] if owner and owned else None
