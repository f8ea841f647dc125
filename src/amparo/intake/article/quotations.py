"""Words of somebody, verbatim, with who said them; admissions go to the lawyers, threats keep their words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from amparo.intake.article.actors import ActorMention, hunters_at
from amparo.intake.article.board import Board, Thing
from amparo.intake.article.figures import NOTES
from amparo.intake.article.lexicon import kept_back, kin, patterns, reporting, singulars
from amparo.intake.article.mentions import Mention, is_woman
from amparo.intake.article.people import People
from amparo.intake.article.sentences import Article, Quoted, Sentence
from amparo.intake.article.unnamed import Unnamed
from amparo.values.moments import find_moments
from amparo.values.text import level

_MARK = r"[\"”»“«]"


_CHANNELS = (
    (
        "note",
        r"(?:note|letter|pamphlet|leaflet|flyer|sheet of paper|banner|wreath|nota|papel|carta|panfleto|"
        r"cartulina|corona|volante|anonimo|cartel|manta)",
    ),
    ("message", r"(?:message|text|whatsapp|email|mensajes?|audio|correo)"),
    ("call", r"(?:call|caller|llamada|voz|voice)"),
    ("in_person", r"(?:told|warned) (?:him|her|them|the \w+)|(?:dijeron|advirtieron) (?:al?|a la) \w+"),
    ("graffiti", r"(?:graffiti|grafiti|pinta)"),
)


class Quotations:
    """The quotations of one article and the persons who speak."""

    def __init__(
        self, article: Article, board: Board, people: People, actors: Sequence[ActorMention], unnamed: Unnamed
    ) -> None:
        """Nothing yet; persons, actors and acts have been found."""
        self.article = article
        self.board = board
        self.people = people
        self.actors = actors
        self.unnamed = unnamed
        self._speakers: dict[str, Thing] = {}  # unnamed speakers by their words
        self._last: tuple[Thing, int] | None = None  # who spoke last, in which paragraph

    def find(self) -> None:
        """Every quotation of more than a few words, and what unnamed speakers say without marks."""
        for sentence in self.article.sentences:
            for quote in sentence.quotes:
                if self._is_speech(sentence, quote):
                    self._quotation(sentence, quote)
            if not sentence.quotes:
                self._indirect(sentence)

    def _is_speech(self, sentence: Sentence, quote: Quoted) -> bool:
        """More than a name or a term in marks: several words, or an end of speech within the marks."""
        words = self.article.text[quote.start : quote.end]
        count = len(words.split())
        after = sentence.flat[quote.end - sentence.start :]
        told = re.match(rf"{_MARK}?[,.]? ?{_MARK}?,? ?{reporting(self.article.language)}(?!\w)", after)
        return count > 4 or (count > 2 and words.rstrip()[-1:] in ",.!?") or (count > 1 and told is not None)

    def _quotation(self, sentence: Sentence, quote: Quoted) -> None:
        words = self.article.text[quote.start : quote.end]
        thing = self.board.new("quotation", sentence)
        thing.put("words", words, rule="quotation.marks")
        if self._threat(sentence, quote):
            return
        speaker = self._speaker(sentence, quote)
        if speaker is not None:
            self._last = (speaker, sentence.paragraph)
            thing.put(
                "actor" if speaker.kind == "actor" else "speaker", speaker.entity, rule="quotation.speaker"
            )
            if speaker.kind == "person" and not speaker.get("person_kind"):
                kind = "relative" if speaker.get("relationship") else "public_speaker"
                speaker.put("person_kind", kind, sentence, rule="person.speaker")
        flat = level(words)
        protected = speaker is not None and (
            speaker.restriction != "none"
            or speaker.get("person_kind") in ("victim", "speaker", "relative", "witness")
        )
        if protected and any(
            pattern.search(flat) for _, pattern in patterns("contexts", "admissions", self.article.language)
        ):
            thing.restriction = "lawyers"
            thing.note("admission")
        elif protected and speaker is not None and speaker.restriction != "none":
            thing.restriction = "restricted"
            thing.note("reidentification_risk")
        self._kin_within(sentence, quote, speaker)

    def _threat(self, sentence: Sentence, quote: Quoted) -> bool:
        """A note, message or call whose words are quoted: a threat with its channel and exact words."""
        before = sentence.flat[: quote.start - sentence.start]
        for channel, pattern in _CHANNELS:
            if not re.search(
                rf"(?<!\w){pattern}\b[^.;]{{0,40}}?(?::|,|(?:told|warned) [a-z ]{{2,30}} that|"
                rf"that (?:read|said)|saying|reading|que decia|"
                rf"con el texto) ?{_MARK}$",
                before,
            ):
                continue
            if channel == "in_person" and next(hunters_at(sentence, ""), None) is None:
                continue
            told = next((each for each in self.board.of("threat") if each.sentence is sentence), None)
            threat = told or self.board.new("threat", sentence)
            threat.put("words", self.article.text[quote.start : quote.end], rule="threat.words")
            threat.put("channel", channel, rule="threat.channel")
            named = next(
                (m.thing for m in self.people.mentions if m.sentence == sentence.number and m.thing), None
            )
            threat.put("victim", named.entity if named is not None else None, rule="threat.victim")
            moments = find_moments(sentence.bare, self.article.language, self.article.day)
            moment = next((each for each in moments if each.edtf and not each.period), None)
            if moment is not None:
                threat.put("date", moment.edtf, notes=NOTES.get(moment.told, ()), rule=f"date.{moment.told}")
            if named is not None:
                named.fields.pop("person_kind", None)
                named.put("person_kind", "victim", sentence, rule="person.victim")
            return True
        return False

    def _speaker(self, sentence: Sentence, quote: Quoted) -> Thing | None:
        """Who says it: next to a verb of telling behind or before the words, else whom they go on from."""
        for at, forward in self._verbs(sentence, quote):
            found = self._who(sentence, at, forward=forward)
            if found is not None:
                return found
        after = sentence.flat[quote.end - sentence.start :]
        named = [m for m in self.people.mentions if m.sentence == sentence.number and m.thing is not None]
        told = re.match(rf"{_MARK}?[,.]? ?{_MARK}?,? ?{reporting(self.article.language)}\b", after)
        if named and not told and re.search(r"\w", after):
            return named[0].thing
        return self._before(sentence)

    def _verbs(self, sentence: Sentence, quote: Quoted) -> Iterator[tuple[int, bool]]:
        """Where to look for a speaker: behind "said", before "X said", before a colon."""
        verb, low, high = (
            reporting(self.article.language),
            quote.start - sentence.start,
            quote.end - sentence.start,
        )
        after, before = sentence.flat[high:], sentence.flat[:low]
        closed = rf"{_MARK}?[,.]? ?{_MARK}?,? ?"
        whom = r"(?: (?:to )?(?:reporters|us|journalists|a los periodistas|a periodistas))?"
        if match := re.match(rf"{closed}{verb}{whom} ?", after):
            yield high + match.end(), True
        if match := re.match(rf"{closed}([^.;\"]{{2,90}}?) {verb}(?!\w)", after):
            yield high + match.start(1), True
        if match := re.search(rf"(?<!\w){verb}(?: [^.;\"”»]{{0,140}})?[:,]? ?{_MARK}$", before):
            yield match.start(), False
        if re.search(rf"[:,] ?{_MARK}$", before):
            yield low, False

    def _before(self, sentence: Sentence) -> Thing | None:
        """Who the sentences before were about: the speaker of this paragraph, else its last person."""
        if (meant := self._meant(sentence)) is not None:
            return meant
        if self._last and self._last[0].sentence.number == sentence.number - 1:
            return self._last[0]
        fresh = self._introduced(sentence)
        if fresh is not None:
            return fresh
        if self._last and sentence.paragraph - self._last[1] <= 1:
            return self._last[0]
        verb = re.compile(rf"(?<!\w){reporting(self.article.language)}(?!\w)")
        for before in reversed(self.article.sentences[max(0, sentence.number - 2) : sentence.number]):
            named = [
                m.thing for m in self.people.mentions if m.sentence == before.number and m.thing is not None
            ]
            if named and verb.search(before.flat):
                return next((thing for thing in named if thing.get("position")), named[0])
        return None

    def _meant(self, sentence: Sentence) -> Thing | None:
        """Whom "he said" or "she said" means: the one named last of that sex who is not dead."""
        said = re.search(
            rf"(?<!\w)(he|she|el|ella) (?:had |also |has )?{reporting(self.article.language)}(?!\w)",
            sentence.flat,
        )
        if said is None or (said[1] == "el" and "él" not in sentence.bare.lower()):
            return None
        dead = self._dead()
        for mention in reversed(self.people.mentions):
            near = mention.form in ("name", "surname") and 0 <= sentence.number - mention.sentence <= 2
            if not near or mention.thing is None or mention.thing.entity in dead:
                continue
            if mention.sentence == sentence.number and mention.start > said.start():
                continue
            if is_woman(mention.thing) == (said[1] in ("she", "ella")):
                return mention.thing
        return None

    def _dead(self) -> set[str | None]:
        return {act.get("victim") for act in self.board.of("act") if act.get("type") == "killing"}

    def _introduced(self, sentence: Sentence) -> Thing | None:
        """Somebody whom the sentence right before, of the same paragraph and without a quotation, names."""
        before = self.article.sentences[sentence.number - 1] if sentence.number else None
        if before is None or before.paragraph != sentence.paragraph or before.quotes:
            return None
        named = [m.thing for m in self.people.mentions if m.sentence == before.number and m.thing is not None]
        dead = self._dead()
        return next((each for each in named if each.entity not in dead), named[0] if named else None)

    def _who(self, sentence: Sentence, at: int, *, forward: bool) -> Thing | None:
        """The person or organisation next to a verb of telling, an unnamed one made into a record."""
        flat = sentence.flat
        people = [m for m in self.people.mentions if m.sentence == sentence.number and m.form != "group"]
        actors = [a for a in self.actors if a.sentence == sentence.number]
        if forward:
            lead = re.match(
                r"(?:(?:entre|con|en|por|desde|tras|ayer|hoy|visiblemente|a este|via|through|by|in|on|this)"
                r"(?: [a-z]+){0,4}?,? )(?=(?:la|el|una?|su|the|an?|her|his|one) )",
                flat[at:],
            )
            at += lead.end() if lead else 0
            window = flat[at : at + 90]
            match = _NOUN(self.article.language).match(window)
            spans: list[tuple[int, Mention | ActorMention]] = []
            spans.extend((m.start, m) for m in people if at <= m.start <= at + 70)
            spans.extend((a.start, a) for a in actors if at <= a.start <= at + 24)
            for start, found in sorted(spans, key=lambda each: each[0]):
                named = isinstance(found, ActorMention) or found.form in ("name", "surname")
                if match and start >= at and not named:
                    break
                gap = flat[at:start]
                if re.search(r"[.;]| who | que |, (?:of|de) ", gap):
                    break
                # "said one of X's neighbours": the name is within the phrase of somebody else.
                if (
                    match
                    and match.end() + at > start
                    and not re.search(r", ?$", gap)
                    and not _leads(gap, self.article.language)
                ):
                    break
                if found.thing is not None:
                    return found.thing
            if match:
                named = [m for m in people if m.form in ("name", "surname") and m.start >= at + match.end()]
                apposed = named and re.fullmatch(r", (?:\w+ )?", flat[at + match.end() : named[0].start])
                return named[0].thing if apposed else self._unnamed(sentence, at, at + match.end())
            return None
        before: list[tuple[int, Mention | ActorMention]] = []
        before.extend((m.end, m) for m in people if m.end <= at)
        before.extend((a.end, a) for a in actors if a.end <= at)
        noun = None
        for match in re.finditer(_NOUN(self.article.language), flat[:at]):
            noun = match
        candidates = [each for _, each in before if each.thing is not None]
        first = candidates[0] if candidates else None
        start = re.search(r"(?:^|[.;] )[^.;]*$", flat[:at])
        clause = start.start() if start else 0
        subject = _NOUN(self.article.language).match(flat[clause:at].lstrip(". ;"))
        lead = len(flat[clause:at]) - len(flat[clause:at].lstrip(". ;"))
        if (
            subject
            and (
                first is None
                or first.start >= clause + lead + subject.end() - 1
                or first.end <= clause + lead + subject.end()
            )
            and not re.match(
                r",? ?[a-z]*$",
                flat[clause + lead + subject.end() : first.start]
                if first and first.start > clause + lead + subject.end()
                else "x.x",
            )
        ):
            return self._unnamed(sentence, clause + lead, clause + lead + subject.end())
        if candidates:
            near = [each for each in candidates if each.start >= clause]
            return near[0].thing if near else candidates[-1].thing
        return self._unnamed(sentence, noun.start(), noun.end()) if noun else None

    def _unnamed(self, sentence: Sentence, start: int, end: int) -> Thing:
        """The record of a speaker without a name: pseudonymous and restricted, with a warning."""
        words = sentence.bare[start:end].strip(" ,")
        key = re.sub(r"^(?:a|an|one|the|un|una|el|la) ", "", level(words))
        alone = re.fullmatch(r"(?:the|el|la) [a-z]+", level(words)) is not None
        if alone and self._last and self._last[0].get("description"):
            near = sentence.paragraph - self._last[1] <= 1
            kindred = re.search(rf"(?<!\w){kin(self.article.language)}(?!\w)", key)
            if near and not kindred:
                return self._last[0]
        for known, thing in self._speakers.items():
            if known == key or (
                key.split()[0] in known.split()
                and sentence.paragraph - thing.sentence.paragraph <= 1
                and level(words).startswith(("the ", "el ", "la "))
            ):
                return thing
        thing = self.unnamed.record(
            sentence, Mention(sentence.number, start, end, None, words, "noun"), "speaker"
        )
        thing.fields.pop("person_kind", None)
        of_kin = re.search(rf"(?<!\w){kin(self.article.language)}(?!\w)", level(words))
        thing.put("person_kind", "relative" if of_kin else "speaker", sentence, rule="person.unnamed_speaker")
        self._attributes(thing, sentence, end)
        thing.note("reidentification_risk")
        self._speakers[key] = thing
        return thing

    def _attributes(self, thing: Thing, sentence: Sentence, end: int) -> None:
        """The age that stands behind a speaker: "a widow, 33,", "la madre, una vendedora de 45 años,"."""
        flat = sentence.flat[end : end + 60]
        age = re.match(r",? (?:de |aged )?(\d{1,3})(?: anos)?[,.]", flat) or re.search(
            r", (?:an?|una?) [a-z]+ de (\d{1,3}) anos,", flat
        )
        thing.put("age", age and age[1], sentence, rule="person.age")

    def _indirect(self, sentence: Sentence) -> None:
        """Somebody who asks not to be named is a source also where the words are not quoted."""
        found = _NOUN(self.article.language).match(sentence.flat)
        if found is None:
            return
        told = re.match(
            rf"(?:,[^,]*,)? {reporting(self.article.language)} (?:that|que)\b", sentence.flat[found.end() :]
        )
        indefinite = re.match(r"(?:an?|one|una?) ", sentence.flat)
        if kept_back().search(sentence.flat) or (told and indefinite):
            speaker = self._unnamed(sentence, 0, found.end())
            self._last = (speaker, sentence.paragraph)

    def _kin_within(self, sentence: Sentence, quote: Quoted, speaker: Thing | None) -> None:
        """Kin that a protected speaker names in the first person: "my husband and I"."""
        if speaker is None or speaker.restriction == "none":
            return
        words = self.article.text[quote.start : quote.end]
        for match in re.finditer(
            rf"(?<!\w)(?:my|mi|mis) ({kin(self.article.language)})(?!\w|['’]s)", level(words)
        ):
            written = words[match.start() : match.end()]
            mention = Mention(sentence.number, 0, 0, None, written, "kin")
            relative = self.unnamed.record(sentence, mention, "relative")
            relative.put("relationship", match[1], rule="person.kin")
            relative.put("relative", speaker.entity, rule="person.kin")


def _leads(gap: str, language: str) -> bool:
    """Whether the words before a name are its own title: "said director X", "dijo el agente X"."""
    return re.fullmatch(r"(?:the |el |la |un |una )?[\w .,'’()-]{0,60}", gap) is not None and not re.search(
        r"['’]s\b|\bof\b|\bde\b", gap
    )


def _NOUN(language: str) -> re.Pattern[str]:  # noqa: N802  (a constant that is made when it is first used)
    """A noun phrase of one person without a name, at the beginning of the text."""
    word = rf"(?:{singulars(language)}|{kin(language)})"
    if language == "en":
        return re.compile(
            r"(?<!\w)(?:(?:an?|one|another|the|his|her|their|one of (?:the |his |her )?[a-z]+['’]?s?|"
            rf"[a-z]+['’]s?) (?:[a-z0-9-]+ ){{0,4}}?{word}s?(?![\w-]|['’]s)"
            rf"(?: (?:in|of|from|with|on) (?:the |a |an )?[a-z'’-]+(?: [a-z'’-]+){{0,3}}?(?=[,.;]| who|"
            r" said|$))?)"
        )
    return re.compile(
        r"(?<!\w)(?:(?:una?|el|la|otr[oa]|su|uno de los|una de las) (?:[a-z]+ )?(?:director|directora|"
        rf"{word}(?:e?s)?)(?!\w)"
        r"(?: (?:de|del) (?:la |los |las |el )?[a-z]+(?: (?:de|del) (?:la |los )?[a-z]+)?(?: "
        r"[a-z]+)??(?=[,.;]| que| quien| conto| dijo| "
        rf"relato| {reporting(language)}|$))?)"
    )
