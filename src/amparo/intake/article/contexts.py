"""What surrounds the acts: rules, laws, truces and programmes, requests and their answers, who is blamed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from amparo.intake.article.actors import HUNTERS, ActorMention, hunters_at
from amparo.intake.article.board import Board, Thing
from amparo.intake.article.lexicon import patterns
from amparo.intake.article.mentions import Mention
from amparo.intake.article.sentences import Article, Sentence
from amparo.intake.article.unnamed import Unnamed
from amparo.values.moments import find_moments
from amparo.values.places import find_places

# Verbs whose subject is who did it.
_BLAMED_BEFORE = (
    r"claimed|were responsible|suspected|claims|took|taken|adjudic|se atribuy|blamed on|attributed to"
)


# What was sent to somebody who did not answer.
_SENT = re.compile(
    r"(?:calls|messages|emails|e-mails|requests|questions|letters|inquiries|llamadas|mensajes|correos|"
    r"consultas|"
    r"preguntas|solicitudes)\b"
)


class Contexts:
    """The context of one article."""

    def __init__(
        self,
        article: Article,
        board: Board,
        mentions: Sequence[Mention],
        actors: Sequence[ActorMention],
        unnamed: Unnamed,
    ) -> None:
        """Nothing yet; persons and actors have been found."""
        self.article = article
        self.board = board
        self.mentions = mentions
        self.actors = actors
        self.unnamed = unnamed
        self._places = {
            (m.thing.entity, m.sentence): m.end for m in reversed(mentions) if m.thing is not None
        }

    def find(self) -> None:
        """Contexts, interventions, attributions and steps towards asylum, sentence by sentence."""
        for sentence in self.article.sentences:
            self._contexts(sentence)
            self._interventions(sentence)
            self._attributions(sentence)
            self._awaiting(sentence)

    def _contexts(self, sentence: Sentence) -> None:
        seen: set[str] = set()
        for code, pattern in patterns("contexts", "contexts", self.article.language):
            match = pattern.search(sentence.flat)
            if match is None or code in seen:
                continue
            seen.add(code)
            if code == "origin":
                self._origin(sentence, match)
                continue
            thing = self.board.new("context", sentence)
            thing.put("type", code, rule=f"context.{code}")
            thing.put("description", sentence.text, rule=f"context.{code}")
            moment = next(
                (m for m in find_moments(sentence.bare, self.article.language, self.article.day) if m.edtf),
                None,
            )
            thing.put("date", moment and moment.edtf, rule=f"date.{moment.told}" if moment else "")
            if code == "programme":
                place = re.search(r"\bin (?=[A-Z])|\ben (?=[A-ZÁ])", sentence.bare[match.start() :])
                low = match.start() + place.end() if place else 0
                named = (
                    next((p for p in find_places(sentence.bare[low:]) if p.start == 0), None)
                    if place
                    else None
                )
                thing.put(
                    "place",
                    named and sentence.bare[low + named.start : low + named.end],
                    rule="context.place",
                )

    def _origin(self, sentence: Sentence, match: re.Match[str]) -> None:
        """Where and when an actor began."""
        actor = next(
            (
                a
                for a in reversed(self.actors)
                if a.sentence == sentence.number and a.end <= match.start() + 1
            ),
            None,
        )
        if actor is None:
            return
        moments = [
            m
            for m in find_moments(sentence.bare, self.article.language)
            if m.edtf and m.start >= match.start()
        ]
        place = next((p for p in find_places(sentence.bare[match.end() :]) if p.start <= 2), None)
        thing = actor.thing
        thing.put("founded", moments[0].edtf if moments else None, sentence, rule="actor.origin")
        thing.put(
            "place",
            place and sentence.bare[match.end() + place.start : match.end() + place.end],
            sentence,
            rule="actor.origin",
        )

    def _interventions(self, sentence: Sentence) -> None:
        """Requests, and who did not answer; a sentence may ask several, but each only once."""
        told: set[str | None] = set()
        for code, pattern in patterns("contexts", "interventions", self.article.language):
            for match in pattern.finditer(sentence.flat):
                party, asked = self._sides(sentence, match, code)
                if asked in told or (told and asked is None) or (party is None and asked is None):
                    continue
                told.add(asked)
                self._intervention(sentence, match, code, party, asked)

    def _sides(self, sentence: Sentence, match: re.Match[str], code: str) -> tuple[str | None, str | None]:
        """Who asks and who is asked."""
        if code != "requested":
            behind = re.search(r"(?:del?|from|of)$", match[0])
            within = _SENT.match(match[0])
            at = match.end() if behind else match.start()
            asked = self._asked(sentence, at) if behind or within else None
            return None, asked or self._subject(sentence, match.start()) or self._office_of(sentence)
        granted = re.match(r"granted|otorgo", match[0])
        party = self._subject(sentence, match.start()) or self._subject_before(sentence)
        return party, self._asked(sentence, match.start() if not granted else match.end())

    def _office_of(self, sentence: Sentence) -> str | None:
        """ "His office then stopped answering": the office of whom the sentence before spoke."""
        lead = re.match(r"(?:his|her|su|the|la|el|its|their) (?:office|oficina|despacho|spokes\w+|"
            r"portavoz|vocer[oa])\b",
                        sentence.flat)  # fmt: skip
        return sentence.text[: lead.end()] if lead else self._subject_before(sentence)

    def _intervention(
        self, sentence: Sentence, match: re.Match[str], code: str, party: str | None, asked: str | None
    ) -> None:
        thing = self.board.new("intervention", sentence)
        kind = {"requested": self._asked_for(sentence, match)}.get(code, code)
        thing.put("type", kind, rule=f"intervention.{code}")
        thing.put("party", party, rule="intervention.party")
        thing.put("asked", asked, rule="intervention.asked")
        if code != "requested":
            private = code == "information" and re.search(r"privacy|privacidad", sentence.text.lower())
            silent = r"respond|repl|contest|pronunci|return|atendi|answer|respuesta|unanswered|tampoco"
            none = code == "protection" or re.search(silent, match[0])
            response = "none" if none else "refused"
            thing.put("response", "refused_privacy" if private else response, rule="intervention.response")
        moment = next(
            (m for m in find_moments(sentence.bare, self.article.language, self.article.day) if m.edtf),
            None,
        )
        thing.put("date", moment and moment.edtf, rule=f"date.{moment.told}" if moment else "")
        thing.put("about", sentence.text[match.start() :][:160], rule=f"intervention.{code}")
        if code == "requested":
            self._answer(thing, sentence)

    def _answer(self, thing: Thing, sentence: Sentence) -> None:
        """What the two sentences behind a request say became of it."""
        following = self.article.sentences[sentence.number + 1 : sentence.number + 3]
        for behind in (sentence, *following):
            for _, pattern in patterns("contexts", "unanswered", self.article.language):
                if pattern.search(behind.flat):
                    thing.put(
                        "response",
                        "refused" if re.search(r"reject|denied|rechaz|deneg|negad", behind.flat) else "none",
                        behind,
                        rule="intervention.answer",
                    )
                    return
        for behind in following:
            for code, pattern in patterns("contexts", "interventions", self.article.language):
                if code == "information" and pattern.search(behind.flat):
                    thing.put("response", "none", behind, rule="intervention.answer")
                    return

    def _asked_for(self, sentence: Sentence, match: re.Match[str]) -> str:
        """What is asked for, by the words behind the verb."""
        words = sentence.flat[match.start() :]
        for code, pattern in (
            ("protection", r"protect|proteg|proteccion|guard|escort|escolta|safety|cautelares|"
                    r"precautionary|seguridad|resguard|mecanismo"),
            ("legislation", r"\blaw\b|\bbill\b|legislat|\bley\b"), ("investigation", r"investigat|investig|"
                    r"esclarec"),
            ("resettlement", r"resettl|asylum|asilo|refugi"), ("legal_aid", r"lawyer|abogad"),
        ):  # fmt: skip
            if re.search(pattern, words):
                return code
        return "other"

    def _subject(self, sentence: Sentence, at: int) -> str | None:
        """Who does what a verb says: the last person or organisation before it, else its own words."""
        low = max(sentence.flat.rfind(";", 0, at), 0)
        named = [
            (m.start, m.end)
            for m in self.mentions
            if m.sentence == sentence.number
            and m.form in ("name", "surname")
            and low <= m.start
            and m.end <= at
        ]
        named += [
            (a.start, a.end)
            for a in self.actors
            if a.sentence == sentence.number and low <= a.start and a.end <= at
        ]
        if named:
            low, high = max(named, key=lambda each: each[1])
            return sentence.text[low:high]
        words = re.search(
            r"((?:el|la) \w+ de \w+ \w+|(?:the|el|la|los|las) (?:\w+ ){0,2}\w+)"
            r"(?: (?:has|have|had|ha|han|who|que))?(?:, (?:en cambio|por su parte|meanwhile|however|"
            r"sin embargo|"
            r"en tanto|in turn|ademas|for (?:its|their) part))?,? ?$",
            sentence.flat[low:at],
        )
        if words:
            return sentence.text[low + words.start(1) : low + words.end(1)].strip()
        if re.search(r"quien ?$", sentence.flat[:at]):
            return None
        return None

    def _subject_before(self, sentence: Sentence) -> str | None:
        """Who the sentence before begins with, where this one leaves its subject out or has a pronoun."""
        if not re.match(
            r"(?:(?:on|in|en|el) [a-z]+,? (?:\d+ (?:de [a-z]+,? )?)?)?"
            r"(?:tambien|ademas|asimismo|he|she|it|they|also|pidio|solicito|exigio|insto|llamo|reclamo|"
            r"el|ella|the (?:group|union|"
            r"organi[sz]ation|association)|(?:la|el) (?:organizacion|gremio|sindicato|entidad|grupo)|"
            r"su (?:solicitud|peticion)|"
            r"(?:his|her|its|their) (?:petition|request|appeal|plea|application|office)|[a-z]+,)(?!\w)",
            sentence.flat,
        ):
            return None
        spans = [
            (m.start, m.end)
            for m in self.mentions
            if m.sentence == sentence.number - 1 and m.form in ("name", "surname")
        ]
        spans += [(a.start, a.end) for a in self.actors if a.sentence == sentence.number - 1]
        first = min(spans, default=None)
        before = self.article.sentences[sentence.number - 1]
        return before.text[slice(*first)] if first is not None and first[0] < 60 else None

    def _asked(self, sentence: Sentence, at: int) -> str | None:
        """Who is asked: the first organisation or office behind the verb."""
        named = [(a.start, a.end) for a in self.actors if a.sentence == sentence.number and a.start >= at]
        words = re.search(
            r"\b(?:on|urged|urges|urging|asked|asks|asking|to|from|before|with|pressed|al|a la|a los|a "
            r"las|a|del|"
            r"ante el|ante la|ante|que el|que la) "
            r"((?:the |ambos |both |three |two |los |las )*(?:(?:national|federal|state|local|"
            r"guatemalan|honduran|salvadoran|"
            r"mexican|colombian) )?(?:governments?|congress|"
            r"president|parliament|state|authorities|gobiernos?(?: federal| nacional| central)?|"
            r"estado|presidente|presidenta|congreso|autoridades|fiscal(?: general)?|ministro|ministra|"
            r"alcalde|alcaldia|court|police|"
            r"policia|ministry|mayor|governor|prosecutors?|prosecutor's office|army|ejercito|"
            r"ministerio|fiscalia|"
            r"attorney general|chief|comandante|director|jefe|superiores|supervisors?|superiors|"
            r"commanders?|judge|juez|"
            r"tribunal|mecanismo|embajada|embassy))\b(?! of)",
            sentence.flat[at:],
        )
        if words and (not named or at + words.start(1) < min(named)[0]):
            return sentence.text[at + words.start(1) : at + words.end(1)]
        return sentence.text[slice(*min(named))] if named else None

    def _attributions(self, sentence: Sentence) -> None:
        """Who blames whom: a claim of somebody, never a fact; each of those blamed once."""
        told: set[str] = set()
        for _, pattern in patterns("contexts", "attributions", self.article.language):
            for match in pattern.finditer(sentence.flat):
                blamed = self._blamed(sentence, match.end())
                if blamed is None and re.search(_BLAMED_BEFORE, match[0]):
                    blamed = self._blamed(sentence, 0)
                if blamed is None or blamed[0] in told:
                    continue
                told.add(blamed[0])
                self._attribution(sentence, match, *blamed)

    def _attribution(self, sentence: Sentence, match: re.Match[str], value: str, actor: Thing | None) -> None:
        thing = self.board.new("involvement", sentence)
        thing.put(
            "actor" if actor else "described", actor.entity if actor else value, rule="attribution.words"
        )
        thing.put("degree", "suspected", rule="attribution.words")
        blamer = self._blamer(sentence, match.start())
        thing.put("attributed_by", blamer if blamer != value else None, rule="attribution.words")

    def _blamed(self, sentence: Sentence, at: int) -> tuple[str, Thing | None] | None:
        named = next(
            (
                a
                for a in self.actors
                if a.sentence == sentence.number
                and a.start >= at
                and a.start - at < 90
                and a.thing.get("actor_kind") in HUNTERS
            ),
            None,
        )
        described = next(
            (m for m in hunters_at(sentence, "") if m.start() >= at and m.start() - at < 60), None
        )
        if named and (described is None or named.start <= described.end() + 12):
            return sentence.text[named.start : named.end], named.thing
        return (sentence.text[described.start() : described.end()], None) if described else None

    def _blamer(self, sentence: Sentence, at: int) -> str | None:
        """Who says so: the subject of the verb; of "he" the person spoken of before."""
        pronoun = re.search(r"(?:^|[ ,])(?:he|she|they) ?$", sentence.flat[:at])
        if pronoun:
            earlier = [
                m
                for m in self.mentions
                if m.form in ("name", "surname")
                and m.sentence < sentence.number
                and sentence.number - m.sentence <= 2
            ]
            return earlier[-1].thing.get("name") if earlier and earlier[-1].thing else None
        words = re.search(
            r"(?:^|that |which |que |las |los )((?:the )?(?:[a-z]+ and )?(?:investigators|experts|"
            r"authorities|officials|police|prosecutors|autoridades|investigadores|fiscales))(?: (?:and|"
            r"y) [a-z]+)?(?: [a-z ]{0,60})? ?$",
            sentence.flat[:at],
        )
        if words:
            text = re.match(r"(?:the )?\w+(?: (?:and|y) \w+)?", sentence.text[words.start(1) :])
            return text[0] if text else None
        lead = re.match(r"(?:the|la|el|los|las) \w+", sentence.flat)
        return self._subject(sentence, at) or (sentence.text[: lead.end()] if lead else None)

    def _awaiting(self, sentence: Sentence) -> None:
        """Steps of a named or described person towards asylum or resettlement."""
        for code, pattern in patterns("contexts", "awaiting", self.article.language):
            for match in pattern.finditer(sentence.flat):
                persons = [
                    t
                    for t in self.board.of("person")
                    if t.kind == "person" and self._stands(t, sentence, match.start())
                ]
                if not persons and re.search(
                    r"^(?:he|she|they|ahora|hoy|actualmente|espera|tramita|solicito)\b|"
                    r"\b(?:le|him|her|su (?:entrevista|solicitud|caso|proceso)|his|her)\b|[;,] (?:ella|"
                    r"he|she|el) ",
                    sentence.flat,
                ):
                    persons = [
                        m.thing
                        for m in self.mentions
                        if m.thing
                        and m.form in ("name", "surname")
                        and 0 < sentence.number - m.sentence <= 4
                        and m.thing.get("person_kind") in ("victim", "relative", "witness", "speaker")
                        and not self._killed(m.thing)
                    ]
                if not persons:
                    nouns = [
                        m
                        for m in self.mentions
                        if m.sentence == sentence.number and m.form == "noun" and m.end <= match.start()
                    ]
                    persons = [
                        self.unnamed.record(sentence, m, "victim") for m in nouns[:1] if m.thing is None
                    ]
                if not persons:
                    continue
                thing = self.board.new("displacement", sentence)
                thing.put("person", persons[-1].entity, rule="displacement.step")
                thing.put("step", code, rule="displacement.step")
                agency = next(
                    (a for a in self.actors if a.sentence == sentence.number and a.start >= match.end()), None
                )
                thing.put("actor", agency and agency.thing.entity, rule="displacement.step")
                return

    def _killed(self, person: Thing) -> bool:
        return any(
            a.get("victim") == person.entity and a.get("type") == "killing" for a in self.board.of("act")
        )

    def _stands(self, person: Thing, sentence: Sentence, at: int) -> bool:
        """Whether a person is named or described in the sentence before this place."""
        words = person.get("name") or person.get("description") or ""
        place = sentence.text.find(words)
        return 0 <= place < at or self._places.get((person.entity, sentence.number), at + 1) <= at


def threat_series(article: Article, board: Board, actors: Sequence[ActorMention]) -> None:
    """Threats against a group, told without a victim: "broadcast their threats against police officers"."""
    for sentence in article.sentences:
        for thing in board.of("threat"):
            if thing.sentence is sentence and not thing.get("actor") and not thing.get("author_claimed"):
                doer = next(iter(hunters_at(sentence, article.language)), None)
                thing.put(
                    "author_claimed",
                    doer and sentence.text[doer.start() : doer.end()],
                    sentence,
                    rule="threat.author",
                )
