"""Acts against persons, threats, flights and exposures: each with its victim and circumstances."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from amparo.intake.article.actors import ActorMention, hunters_at
from amparo.intake.article.aftermath import settle, victim_of
from amparo.intake.article.board import Board, Thing
from amparo.intake.article.circumstances import (
    Clause,
    Doer,
    activity_of,
    code_of,
    doer_of,
    moment_of,
    place_of,
    spans_of,
)
from amparo.intake.article.constructions import Found, constructions
from amparo.intake.article.continued import go_on
from amparo.intake.article.figures import NOTES
from amparo.intake.article.lexicon import kept_back
from amparo.intake.article.mentions import Mention
from amparo.intake.article.people import People
from amparo.intake.article.sentences import Article, Sentence
from amparo.intake.article.unnamed import Unnamed
from amparo.intake.article.victims import Victims
from amparo.intake.proposals import Kind
from amparo.values.places import find_places

# Acts that are kinds of things of their own, and where such a thing keeps its person and its group.
_KINDS: dict[str, Kind] = {"threat": "threat", "displacement": "displacement", "testimony": "exposure"}
_PERSON = {"act": "victim", "threat": "victim", "displacement": "person", "exposure": "person"}
_GROUP = {"threat": "target", "displacement": "group", "exposure": "group"}


_HAPPENED = re.compile(
    r" (?:ocurrio|sucedio|se registro|fue cometid[oa]|(?:was|were) (?:found|discovered|recovered)|took "
    r"place|"
    r"(?:fue|fueron) (?:hallad|encontrad|localizad)[oa]s?)\b|"
    r", (?:\w+ )?(?:ocurrid[oa]s?|cometid[oa]s?|perpetrad[oa]s?|registrad[oa]s?|sucedid[oa]s?|"
    r"acaecid[oa]s?|que ocurrio|"
    r"quien (?:fue|murio)|committed|carried out|which (?:occurred|took place|happened)|who (?:was|died)) "
)


_GOES_ON = re.compile(r", (?:on|in|near|outside|el|en|la noche|la madrugada|la tarde|ayer|last) ")


class Acts:
    """The acts of one article."""

    def __init__(
        self, article: Article, board: Board, people: People, actors: Sequence[ActorMention], unnamed: Unnamed
    ) -> None:
        """No acts yet; `people` have been found."""
        self.article = article
        self.board = board
        self.people = people
        self.actors = actors
        self.unnamed = unnamed
        self._by: dict[tuple[str, str], Thing] = {}  # (code, victim) -> act
        self._topic: list[Thing] = []  # whom the sentence before was about
        self._both: list[Thing] = []  # the last two victims
        self._latest: list[Thing] = []  # acts of the last sentence that had any
        self._told: list[tuple[Sentence, Found]] = []  # sentences that tell of an act, with their first one

    def find(self) -> None:
        """Read every sentence for acts, then for what the next ones add to them."""
        article, by_sentence = self.article, dict[int, list[Mention]]()
        for mention in self.people.mentions:
            by_sentence.setdefault(mention.sentence, []).append(mention)
        for sentence in article.sentences:
            mentions = by_sentence.get(sentence.number, [])
            pair = re.search(
                r"\b(?:both|the (?:two|pair|couple|men|women|officers|reporters|journalists|brothers|"
                r"victims)|"
                r"ambos|ambas|(?:los|las) (?:dos|hermanos|hermanas|victimas|agentes|policias|"
                r"periodistas|uniformados))\b",
                sentence.flat,
            )
            if re.fullmatch(r"[A-ZÁÉÍÓÚÑ .,-]{3,40}\.?", sentence.text):
                self._topic, self._both, self._latest = [], [], []  # a dateline of its own: another story
            topic = self._both if pair and len(self._topic) < 2 else self._topic
            whom = Victims(article.language, sentence, mentions, topic)
            found = list(constructions(sentence, article.language))
            made = [thing for at in range(len(found)) for thing in self._act(whom, found, at)]
            if not any(thing.get("type") == "killing" for thing in made):
                self._identified(whom)
            if found:
                self._told.append((sentence, found[0]))
            self._duty(sentence, mentions, made)
            if not made:
                taken = spans_of(self.people.mentions, self.actors, sentence.number)
                go_on(article, self.board, sentence, self._latest, taken)
            self._latest = made or self._latest
            named = [m.thing for m in mentions if m.thing is not None and m.form in ("name", "surname")]
            victims = [victim for act in made if (victim := victim_of(self.board, act)) is not None]
            fresh = [each for each in victims if each.get("name") and each not in self._both]
            self._both = [*self._both, *fresh][-2:]
            several = re.search(r"\b(?:victims|the dead|victimas|fallecidos|muertos)\b", sentence.flat)
            pair = len(named) > 1 and whom.begins_with_pair()
            self._topic = (
                victims or (named if several or pair else named[:1]) or self._kept(sentence, mentions)
            )
        settle(self.board, self.people, self.unnamed.everybody())

    def _kept(self, sentence: Sentence, mentions: list[Mention]) -> list[Thing]:
        """Somebody whose name is kept back, of whom the next sentences tell; else the topic."""
        first = mentions[0] if mentions and mentions[0].start == 0 and mentions[0].form == "noun" else None
        if first is None or not kept_back().search(sentence.flat):
            return self._topic
        return [self.unnamed.record(sentence, first, "speaker")]

    def _act(self, whom: Victims, found: list[Found], at: int) -> list[Thing]:
        act, victims = found[at], whom.of(found[at])
        if act.code == "detention" and re.search(
            r"suspect|sospech|presunt|alleged|accused|acusad", whom.flat
        ):
            for victim in victims:
                if victim.thing is not None:
                    victim.thing.put("person_kind", "perpetrator", whom.sentence, rule="person.detained")
            return []
        if not victims:
            return []
        clause = self._clause(whom, found, at, victims)
        made = []
        for victim in victims:
            person = victim.thing or self._person(whom.sentence, victim, act.code)
            if person is not None or (act.code in _KINDS and victim.form == "group"):
                made.append(self._thing(act, clause, person, victim))
        return made

    def _person(self, sentence: Sentence, mention: Mention, code: str) -> Thing | None:
        """A person without a name, who is a record all the same; a group is none."""
        if mention.form not in ("noun", "kin"):
            return None
        kind = "relative" if mention.form == "kin" and code in _KINDS else "victim"
        return self.unnamed.record(sentence, mention, kind)

    def _clause(self, whom: Victims, found: list[Found], at: int, victims: list[Mention]) -> Clause:
        """From behind the act before, where that has other victims, to the subject of the next one."""
        act, flat = found[at], whom.flat
        start, end = 0, len(flat)
        for other in found[:at]:
            others = whom.of(other)
            if others and others[0].thing is not victims[0].thing:
                cut = re.search(r"(?:,|;)? (?:and|y|while|mientras que|y su) ", flat[other.end : act.start])
                start = other.end + cut.start() if cut else other.end
        for other in found[at + 1 :]:
            others = whom.of(other)
            if others and others[0].thing is not victims[0].thing and others[0].start > act.end:
                end = min(end, others[0].start)
            elif others and other.code != act.code and other.start > act.end:
                link = r"(?:,|;)? (?:and|y|before|antes de|a day after|un dia despues) "
                cut = re.search(link, flat[act.end : other.start])
                end = min(end, act.end + cut.start()) if cut else end
        if act.voice == "noun":
            # What else the sentence says is not of the act that a noun only recalls.
            comma = flat.find(",", victims[-1].end, end)
            happened = _HAPPENED.search(flat, victims[-1].end, end)
            happened = happened or _GOES_ON.match(flat, victims[-1].end, end)
            told = comma if comma >= 0 else min(end, victims[-1].end + 60)
            start, end = act.start, end if happened else told
        semicolon = flat.find(";", act.end, end)
        cut_short = semicolon >= 0 and act.voice != "alone"
        return Clause(whom.sentence, start, act.start, semicolon if cut_short else end)

    def _thing(self, act: Found, clause: Clause, person: Thing | None, victim: Mention) -> Thing:
        """The act, a new one unless the text told of it before; a threat is one of a series."""
        sentence, rule = clause.sentence, f"act.{act.voice}"
        who = person.entity if person is not None else f"{sentence.number}:{victim.words}"
        thing = self._by.get((act.code, who))
        if thing is not None and thing.kind == "displacement" and self._farther(thing, act, clause):
            thing = None
        if thing is None or (act.code == "threat" and thing.sentence.number != sentence.number):
            thing = self._by[act.code, who] = self.board.new(_KINDS.get(act.code, "act"), sentence)
            thing.put("type", act.code if act.code not in _KINDS else None, rule=rule)
        if person is not None:
            thing.put(_PERSON[thing.kind], person.entity, sentence, rule=rule)
        elif thing.kind in _GROUP:
            thing.put(_GROUP[thing.kind], sentence.bare[victim.start : victim.end], sentence, rule=rule)
        self._circumstances(thing, act, clause)
        return thing

    def _farther(self, thing: Thing, act: Found, clause: Clause) -> bool:
        """Whether a flight goes on to another place than the one told of before."""
        there = dict(_ways(clause.sentence, act, clause.end)).get("to")
        return bool(there and thing.get("to") and there != thing.get("to"))

    def _circumstances(self, thing: Thing, act: Found, clause: Clause) -> None:
        article, sentence = self.article, clause.sentence
        if moment := moment_of(article, clause):
            sure = "likely" if moment.told == "last_such" else "stated"
            notes = NOTES.get(moment.told, ())
            thing.put("date", moment.edtf, sentence, certainty=sure, notes=notes, rule=f"date.{moment.told}")
        if thing.kind == "displacement":
            thing.put("step", _step(sentence.flat[act.start : act.end]), sentence, rule="displacement.words")
            for field, name in _ways(sentence, act, clause.end):
                thing.put(field, name, sentence, rule="displacement.place")
            return
        taken = spans_of(self.people.mentions, self.actors, sentence.number)
        words = sentence.flat[act.start : act.end]
        if re.search(
            r"recuper|permanece|convalec|estado|condicion|cuidados|hospital|critical|recover|stable", words
        ):
            return  # how somebody is, elsewhere and later
        if act.voice == "beside" and act.end >= len(sentence.flat) - 20:
            return  # "X (Honduras), murdered.": a heading
        thing.put("place", place_of(article, clause, taken), sentence, rule="act.place")
        if thing.kind == "exposure":
            thing.put("type", "testified", sentence, rule="exposure.testimony")
            return
        kind = code_of("place_types", clause.flat[max(0, clause.at - clause.start) :])
        thing.put("place_type", kind and kind[0], sentence, rule="act.place_type")
        doer = doer_of(
            article,
            clause,
            self.actors,
            active=act.voice == "active",
            verb_end=act.end,
            threat=thing.kind == "threat",
        )
        if doer is not None:
            self._doer(thing, doer, sentence)
        elif act.voice == "active" and re.match(r"(?:se )?l[oa]s?\b|les?\b", sentence.flat[act.start :]):
            self._before(thing, clause)
        if thing.kind == "act":
            self._manner(thing, clause)

    def _before(self, thing: Thing, clause: Clause) -> None:
        """ "Entraron tres hombres. Se la llevaron.": who acted in the sentence before."""
        sentence = clause.sentence
        before = self.article.sentences[sentence.number - 1] if sentence.number else None
        if before is None or before.paragraph != sentence.paragraph or clause.at > 12:
            return
        for match in hunters_at(before, self.article.language):
            self._doer(thing, Doer(before.bare[match.start() : match.end()], None, False), before)
            return

    def _manner(self, thing: Thing, clause: Clause) -> None:
        """How it was done, and what the victim was doing."""
        method = code_of("methods", clause.flat)
        thing.put("method", method and method[0], clause.sentence, rule="act.method")
        activity = activity_of(self.article, clause)
        if activity is None:
            return
        thing.put("circumstances", activity, clause.sentence, rule="act.activity")
        code = code_of("activities", activity)
        if code is not None:
            thing.put("activity", code[0], clause.sentence, certainty="likely", notes=("inferred",),
                      rule="act.activity")  # fmt: skip

    def _doer(self, thing: Thing, doer: Doer, sentence: Sentence) -> None:
        """A known actor by its id, others in the text's words."""
        value = doer.actor.thing.entity if doer.actor else doer.words
        if thing.kind == "threat":
            thing.put("actor" if doer.actor else "author_claimed", value, sentence, rule="act.doer")
        elif not any(each.get("act") == thing.entity for each in self.board.of("involvement")):
            involved = self.board.new("involvement", sentence)
            involved.put("act", thing.entity, rule="act.doer")
            involved.put("actor" if doer.actor else "described", value, rule="act.doer")
            involved.put("degree", "suspected" if doer.suspected else "carried_out", rule="act.doer")

    def _duty(self, sentence: Sentence, mentions: list[Mention], made: list[Thing]) -> None:
        """Duty status told in the act's sentence, or in one right behind it about the same persons."""
        acts = [act for act in made if act.kind == "act"] or self._told_further(sentence, mentions)
        found = code_of("duty", sentence.flat)
        for act in acts:
            if found and (act.sentence is not sentence or len(acts) == 1 or _one_event(acts)):
                act.put("duty_status", found[0], sentence, rule="act.duty")
            elif act.sentence is sentence:
                part = code_of("duty", act.get("circumstances") or "")
                act.put("duty_status", part and part[0], sentence, rule="act.duty")

    def _told_further(self, sentence: Sentence, mentions: list[Mention]) -> list[Thing]:
        """The acts of the sentence before that this one says more of."""
        about = [act for act in self._latest if act.kind == "act"]
        subject = next((m for m in mentions if m.thing is not None), None)
        if re.search(r"\b(?:both|ambos|ambas|the two|los dos)\b", sentence.flat):
            pass
        elif subject is not None:
            about = [act for act in about if victim_of(self.board, act) is subject.thing]
        elif not re.match(
            r"(?:he|she|they|both|the two|ambos|los dos|amb[oa]s|vestia|estaba|gozaba|se encontraba|"
            r"the |el |la |los |su )",
            sentence.flat,
        ):
            about = []
        return [act for act in about if sentence.paragraph - act.sentence.paragraph <= 1]

    def _renamed(self, before: Sentence, named: Mention) -> bool:
        """Give every act of a sentence's nameless victim to the one it is identified as."""
        acts = [act for act in self.board.of("act") if act.sentence is before]
        whom = {
            act.get("victim")
            for act in acts
            if (person := victim_of(self.board, act)) and not person.get("name")
        }
        entity = next(iter(whom), None)
        nameless = self.board.person(entity) if len(whom) == 1 else None
        if nameless is None or named.thing is None:
            return False
        for act in acts:
            if act.get("victim") == entity:
                act.fields["victim"] = act.fields["victim"]._replace(value=named.thing.entity)
                self._by[act.get("type") or "", named.thing.entity] = act
        for field in ("occupation", "sex", "age"):
            if field in nameless.fields:
                named.thing.fields.setdefault(field, nameless.fields[field])
        self.unnamed.forget(nameless)
        self._latest = acts
        return True

    def _of_noun(self, whom: Victims) -> list[Mention]:
        """ "The nurse, X, …": the name of somebody whom the act before told of by the same noun."""
        led = re.match(r"(?:the|el|la) ([a-z]+), ", whom.flat)
        near = [m for m in whom.mentions if m.form == "name" and led and 0 <= m.start - led.end() <= 20]
        name = next((m for m in near if led and "," not in whom.flat[led.end() : m.start]), None)
        if name is None or led is None or not self._told or name.thing is None or name.thing.get("position"):
            return []
        return [name] if _same_noun(led[1], self._told[-1][0]) else []

    def _identified(self, whom: Victims) -> None:
        """ "The victims were identified as …": whom an act told before without names was done to."""
        words = re.search(
            r"(?:(?:identified|named) (?:by \w+ )?as|identified the \w+ as|(?:identificad|reconocid|"
            r"nombrad)[oa]s?"
            r"(?: por [^.;,]{3,40})? como|(?:identific|reconoci)(?:aron|o|an|a|eron) (?:al? (?:la|las|"
            r"los)? ?\w+ )?como|"
            r"se (?:trata|trataba) del?|respond(?:ia|ian|io) al nombre de|en vida (?:fue|era|respondia a)|"
            r"(?:la|las) victimas?(?: mortal(?:es)?)? (?:es|era|son|eran)|los (?:fallecidos|muertos|"
            r"agentes) son|"
            r"the (?:victims?|dead|officers?|slain \w+) (?:is|was|were|are)|(?:la|the) (?:victima|"
            r"victim),)(?!\w)",
            whom.flat,
        )
        named = [m for m in whom.mentions if m.form == "name" and words and m.start >= words.end()]
        named = named or self._of_noun(whom)
        if not named or re.search(r"suspect|sospechos|captur|detenid|arrest", whom.flat):
            return
        for before, act in reversed(self._told):
            if act.code in _KINDS or whom.sentence.paragraph - before.paragraph > 2:
                return
            if self._renamed(before, named[0]):
                return
            clause = Clause(before, 0, act.start, len(before.flat))
            for mention in (named[0], *whom.joined(named[0], forward=True)):
                if mention.thing is not None:
                    made = self._thing(act._replace(voice="passive"), clause, mention.thing, mention)
                    self._latest = [*self._latest, made]
            return


def _same_noun(noun: str, sentence: Sentence) -> bool:
    """Whether a sentence speaks of such a person too."""
    return re.search(rf"(?<!\w){re.escape(noun)}(?!\w)", sentence.flat) is not None


def _one_event(acts: Sequence[Thing]) -> bool:
    """Whether several acts of a sentence are one event: a list of victims behind one verb."""
    return all(len({act.get(field) for act in acts}) == 1 for field in ("circumstances", "place"))


def _ways(sentence: Sentence, act: Found, end: int) -> Iterator[tuple[str, str]]:
    """From where and to where somebody fled: places right behind the verb, or behind "from" and "to"."""
    into = re.search(r"(?:for|to|into|in|a|en|rumbo a)$", sentence.flat[act.start : act.end]) is not None
    for named in find_places(sentence.bare[act.end : end]):
        before = sentence.flat[act.end : act.end + named.start]
        if len(before) > 70:
            return
        name = sentence.bare[act.end + named.start : act.end + named.end]
        right_behind = re.fullmatch(r" (?:the |la |el )?", before) is not None
        towards = re.search(r"\b(?:to|for|into|a|hacia|rumbo a|en|in)(?: the| la| el)? ?$", before)
        if towards or (into and right_behind):
            yield "to", name
        elif right_behind or re.search(r"\b(?:from|de)(?: the| la| el)? ?$", before):
            yield "from", name


def _step(words: str) -> str:
    """The code of a flight's step by its verb."""
    for step, pattern in (
        ("left_post", r"resign|renunci|force|institucion|baja|desert|quit|job|army"),
        ("left_country", r"country|pais|exile|exilio|crossed|cruz"),
        ("in_transit", r"fleeing|huyendo"),
    ):
        if re.search(pattern, words):
            return step
    return "left_home"
