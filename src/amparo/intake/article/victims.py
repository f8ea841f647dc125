"""Whom an act was done to: subject or object of its verb, names listed beside it, whom a pronoun means."""

from __future__ import annotations

import re
from collections.abc import Sequence

from amparo.intake.article.board import Thing
from amparo.intake.article.constructions import Found, subjectless
from amparo.intake.article.mentions import Mention, lists
from amparo.intake.article.sentences import Sentence

_PREPOSITION = re.compile(
    r"(?<!\w)(?:with|by|of|for|against|from|to|between|than|like|con|por|de|del|contra|para|entre|"
    r"sobre|hacia)"
    r" (?:the |his |her |a |an |el |la |los |las |un |una |su |sus |two |dos |other |otros |suspected |"
    r"former |several |\d+ )*$"
)
# Whose house, car or office is attacked is attacked.
_PROPERTY = re.compile(
    r"(?:vivienda|casa|residencia|domicilio|vehiculo|carro|auto|automovil|camioneta|oficinas?|negocio|"
    r"taller|"
    r"finca|local|house|home|car|vehicle|truck|pickup|van|offices?|residence|apartment|farm|shop|convoy)"
    r"(?: (?:of|de|del|en (?:el |la )?que (?:viajaban?|iban?|se conducian?|se transportaban?|se "
    r"desplazaban?|circulaban?)|"
    r"donde (?:viajaban?|vivian?|iban?|residia|dormia)|carrying|driven by|in which))(?: (?:the|la|el|"
    r"los|las|su))?(?: [a-z]+){0,6}?,? $"
)
_DOERS = re.compile(r"(?:gunmen|gang members|pandilleros|sujetos|hombres)")
_NAMED = ("name", "surname")


class Victims:
    """The victims of the acts of one sentence; `topic` is whom the sentence before was about."""

    def __init__(
        self, language: str, sentence: Sentence, mentions: Sequence[Mention], topic: Sequence[Thing]
    ) -> None:
        """`mentions` are those of this sentence."""
        self.language = language
        self.sentence = sentence
        self.flat = sentence.flat
        self.mentions = mentions
        self.topic = topic

    def of(self, act: Found) -> list[Mention]:
        """Everybody the act was done to, the nearest first; empty where nobody is named or meant."""
        if act.voice in ("alone", "passive") and re.match(
            r"(?:his|her|their|sus?) (?:\w+[- ]?){0,3}(?:body|bodies|remains|corpse|cuerpos?|cadaver|"
            r"cadaveres|restos)\b",
            self.flat[act.start : act.end],
        ):
            act = act._replace(voice="own")
        if act.voice == "owned":
            return [m for m in self.mentions if m.end == act.start - len("'s ")]
        if act.voice == "own":
            named = [m for m in self.mentions if m.end <= act.start and m.form in _NAMED]
            owners = [m for m in named if m.thing is not None and not m.thing.get("relationship")]
            if named and len({id(m.thing) for m in named}) == len({id(m.thing) for m in owners}) == 1:
                return owners[:1]
            # "One of X's colleagues, Y, fled after notes with her name …": the subject.
            subject = [m for m in owners if not self._owns(m)]
            return (
                subject[:1] if len({id(m.thing) for m in subject}) == 1 else self.back() if not named else []
            )
        if act.voice == "noun":
            return self._object(act)
        return self._of_active(act) if act.voice == "active" else self._subject(act)

    def _of_active(self, act: Found) -> list[Mention]:
        earlier = [
            m
            for m in self.mentions
            if m.end <= act.start and m.form in (*_NAMED, "noun", "kin") and not self._teller(m)
        ]
        clitic = re.search(r"\b(lo|la|los|las|les?) $", self.flat[: act.start]) or re.match(
            r"(?:se )?(lo|la|los|las|les?) ", self.flat[act.start :]
        )
        whom = re.search(r", (?:a )?(?:quien|quienes|whom) (?:\w+ )?$", self.flat[: act.start])
        if whom:
            return earlier[-1:]
        later = self._later_subject(act) if clitic and not earlier else []
        if clitic and (later or not clitic[1].startswith("le")):
            apart = [m for m in earlier if not self._within_phrase(m)]
            return later or apart[-1:] or earlier[-1:] or self.back()
        both = re.match(r" (?:him|her|them|el|ella) (?:and|y)(?: contra)? ", self.flat[act.end :])
        if found := self._object(act):
            return [*(earlier[-1:] or self.back()), *found] if both else found
        if clitic:
            return earlier[-1:] or self.back()
        pronoun = re.match(r" (?:him|her|them|el|ella|ellos)\b|(?:[oa]s?)\b", self.flat[act.end :])
        pronoun = pronoun or re.search(r" (?:him|her|them)$", self.flat[: act.end])
        return (earlier[-1:] or self.back()) if pronoun else []

    def _later_subject(self, act: Found) -> list[Mention]:
        """ "Después de que le dejaran un papel, el maestro X huyó": whom a clause in front means."""
        front = re.match(
            r"[^.;]{0,40}\b(?:de que|tras que|cuando|mientras|despues|luego|after|when|since|because|"
            r"porque|como)\b",
            self.flat[: act.start],
        )
        comma = self.flat.find(",", act.end)
        named = [
            m for m in self.mentions if m.form in _NAMED and 0 <= comma < m.start and m.start - comma < 60
        ]
        return named[:1] if front else []

    def begins_with_pair(self) -> bool:
        """Whether the sentence begins with two names: "X and Y had finished their shift"."""
        named = [m for m in self.mentions if m.form in _NAMED]
        gap = self.flat[named[0].end : named[1].start] if len(named) > 1 else ""
        return len(named) > 1 and named[0].start < 30 and lists(gap) and len(gap) < 30

    def _teller(self, mention: Mention) -> bool:
        """Whether a mention is only who tells: "Según su esposa, lo sacaron …"."""
        return (
            re.search(r"(?:segun|according to|de acuerdo con|cuenta|relata) $", self.flat[: mention.start])
            is not None
        )

    def _listed_behind(self, group: Mention) -> list[Mention]:
        """Names right behind a group: "three policemen - X, Y and Z", "dos agentes, X y Y"."""
        named = [m for m in self.mentions if m.form == "name" and 0 < m.start - group.end <= 40]
        gap = self.flat[group.end : named[0].start] if named else ""
        lead = re.fullmatch(r"(?: [-–—]+|:|,| \()? ?(?:(?:the|el|la|los|las) )?(?:[a-z.]+ ){0,2}", gap)
        if not lead or not re.match(r"(?: [-–—]|:|,| \()", gap):
            return []
        return [named[0], *self.joined(named[0], forward=True)]

    def _object(self, act: Found) -> list[Mention]:
        """The first person behind the verb or noun, the name where a noun only leads to it."""
        after = [m for m in self.mentions if 0 <= m.start - act.end <= 60]
        if not after or _DOERS.match(after[0].words.lower()):
            return []
        # "threatened officers": a participle beside a noun only describes it.
        alone = after[0].form == "group" and not any(0 < m.start - after[0].end <= 25 for m in after[1:])
        if act.voice == "active" and alone and after[0].start - act.end <= 1:
            return []
        first, gap = after[0], self.flat[act.end : after[0].start]
        if re.search(r"[;:]|\b(?:who|when|while|que|cuando|mientras|in|en|por|by|with|con)\b", gap):
            return []
        spanish = self.language == "es" and act.voice == "active"
        gap = " a" + gap if re.search(r" al?$", self.flat[: act.end]) else gap
        of_life = re.search(r" vida$", self.flat[: act.end]) and re.match(r" (?:del?|a|al) ", f"{gap} ")
        if spanish and not of_life and not re.search(r"(?<!\w)(?:a|al) [^,;]*$", f"{gap} "):
            return []
        first = self._led(first, after)
        if first.form == "group" and (found := self._listed_behind(first)):
            return found
        return [first, *self.joined(first, forward=True)]

    def _led(self, first: Mention, after: Sequence[Mention]) -> Mention:
        """The name that a noun leads to: "police Inspector X", "journalists X and Y"."""
        name = next((m for m in after if m.form in _NAMED and m.start > first.start), None)
        if name is None or first.form in _NAMED:
            return first
        if first.form == "kin":
            return name if self.flat[first.end : name.start] in (" ", ", ") else first
        gap = self.flat[first.end : name.start]
        apposed = re.fullmatch(r", (?:(?:the|an?|el|la|una?) )?(?:[a-z]+ ){0,3}", gap)
        if apposed and first.form == "noun" and re.match(r"[,.;]|$", self.flat[name.end :]):
            return name
        between = re.search(r"[,.;]|\b(?:of|in|and|by|with|de|en|y|con|por|who|que)\b", gap)
        return name if len(gap) <= 25 and between is None else first

    def _postposed(self, act: Found) -> list[Mention]:
        """A Spanish subject behind its verb: "Murió asesinado el dirigente X"."""
        if self.language != "es":
            return []
        if far := self._far_behind(act):
            return [far[0], *self.joined(far[0], forward=True)]
        after = [m for m in self.mentions if 0 <= m.start - act.end <= 45]
        where = re.match(
            r" (?:en|ayer|anoche|este|hoy|la|cerca de) [^,.;:]{2,60}? (?=(?:el|la|un|una) )",
            self.flat[act.end :],
        )
        if where and act.voice == "alone":
            at = act.end + where.end()
            after = [m for m in self.mentions if 0 <= m.start - at <= 30 and m.form in (*_NAMED, "noun")]
            act = act._replace(end=at - 1)
        gap = self.flat[act.end : after[0].start] if after else ""
        if not after or re.search(r"[,.;:]|\b(?:por|en|cuando|a|al|con|de|tras)\b", gap):
            return []
        first = self._led(after[0], after)
        return [first, *self.joined(first, forward=True)]

    def _far_behind(self, act: Found) -> list[Mention]:
        """Names whose noun stands behind an adjunct: "Fue atacado cuando salía de su casa el juez X"."""
        for at, mention in enumerate(self.mentions):
            if mention.form != "name" or mention.start < act.end:
                continue
            gap = self.flat[act.end : mention.start]
            led = re.search(r"(?:^|(?<=[a-z0-9]) )(?:el|la|los|las) (?:[a-z]+ ){1,4}$", gap)
            if led is None or len(gap) > 140 or re.search(r"[.;:]", gap):
                return []
            lead = re.search(
                r"(?:^|\b)(?:de|del|a|al|con|por|contra|para|y|cuando|mientras|que|donde|como|segun|"
                r"entre|sobre|"
                r"en|hacia|tras|desde|hasta|dijo|informo|senalo|confirmo|,)$",
                gap[: led.start()],
            )
            return [] if lead else list(self.mentions[at:])
        return []

    def _among(self, act: Found) -> list[Mention]:
        """ "Cuatro huyeron, entre ellos X y Y": names picked out of a group that the act was done to."""
        led = re.match(
            r"[^.;]{0,90}?, (?:entre (?:ellos|ellas|los que|las que|quienes)(?: \w+)?|among (?:them|"
            r"whom)(?: \w+)?|"
            r"including|incluid[oa]s?|incluyendo)\b",
            self.flat[act.end :],
        )
        low = act.end + led.end() if led else 0
        named = [m for m in self.mentions if led and 0 <= m.start - low <= 60 and m.form == "name"]
        return [named[0], *self.joined(named[0], forward=True)] if named else []

    def _subject(self, act: Found) -> list[Mention]:
        if found := self._among(act):
            return found
        before = [m for m in self.mentions if m.end <= act.start and not self._within_phrase(m)]
        if not before and (found := self._postposed(act)):
            return [m for m in found if m.form != "group"]
        if before:
            found = self._subject_before(before, act)
            if found is not None:
                return found
        return self.back() if subjectless(self.sentence, act, self.language) else []

    def _subject_before(self, before: Sequence[Mention], act: Found) -> list[Mention] | None:
        """The subject in front of its verb; None where a pronoun, or nobody here, is it."""
        chosen = self._head(before, act)
        if plain := self._plain_subject(before[0], chosen, act):
            return plain
        gap = self.flat[chosen.end : act.start]
        told = re.search(r"[;:]|\b(?:said|says|told|dijo|aseguro)\b", gap) is not None or len(gap) > 150
        pronoun, named = _pronoun_ends(gap), chosen.form in _NAMED
        if chosen.form == "group" and (found := self._listed_behind(chosen)):
            return found
        if self._told_group(chosen) or (not told and self.topic and _definite(chosen)):
            return self.back()
        if not told and (named or not pronoun):
            return [chosen, *self.joined(chosen, forward=False)]
        if told and named and pronoun and ";" not in gap:
            return [chosen]
        return self._meant_before(before, act) if pronoun and not named else None

    def _meant_before(self, before: Sequence[Mention], act: Found) -> list[Mention] | None:
        """Whom a pronoun right before the verb means here: the first named, or the two named last."""
        others = [m for m in before if m.form in _NAMED and not self._owns(m)]
        pair = re.search(
            r"\b(?:both|ambos|ambas|the two|los dos|las dos)(?: (?:of them|men|women|\w+ly))? $",
            self.flat[: act.start],
        )
        if pair and len(others) > 1:
            return others[-2:]
        return others[:1] or None

    def _told_group(self, chosen: Mention) -> bool:
        """Whether a definite group means those whom the sentence before was about: "the two reporters"."""
        lead = r"\b(?:the|both|los|las|ambos|ambas)(?: (?:two|three|four|dos|tres|cuatro))?(?: [a-z]+)? $"
        definite = chosen.form == "group" and re.search(lead, self.flat[: chosen.start]) is not None
        return definite and len(self.topic) > 1

    def _plain_subject(self, first: Mention, chosen: Mention, act: Found) -> list[Mention]:
        """The name a sentence begins with, all else between commas; a pronoun and a name; a list behind."""
        enclosed = self.flat[first.end : first.end + 1] == "," and self.flat[: act.start].endswith(", ")
        if first.start <= 3 and first.form in _NAMED and enclosed:
            return [first]
        pair = re.search(r"(?:^|[.;,] )(?:he|she|el|ella) (?:and|y) $", self.flat[: chosen.start])
        if pair and chosen.form in _NAMED:
            return [*self.back(), chosen]
        lead = self.flat[first.end : chosen.start]
        if (
            chosen.form == "group"
            and first.form in (*_NAMED, "noun")
            and re.fullmatch(r"[^.;:,]{0,60}? (?:and|y) (?:\w+ ){0,2}", lead)
        ):
            return [first]
        behind = self.flat.find(":", act.end) if chosen.form == "group" else -1
        listed = [m for m in self.mentions if behind < m.start <= behind + 40 and m.form in _NAMED]
        # "Three journalists were killed: X, Y and Z."
        return [listed[0], *self.joined(listed[0], forward=True)] if listed and behind >= 0 else []

    def _within_phrase(self, mention: Mention) -> bool:
        """Whether a mention belongs to the phrase of another: "of X", "with his son"."""
        before = self.flat[: mention.start]
        if mention.form == "kin" and re.search(r"(?:con|with|a|to|de|of|took|brought|sent|taking) $", before):
            return True
        if _PROPERTY.search(before):
            return False
        return _PREPOSITION.search(before) is not None

    def _head(self, before: Sequence[Mention], act: Found) -> Mention:
        """The nearest mention; the name before it where that mention is only an apposition to the name."""
        last = before[-1]
        named = [m for m in before if m.form in _NAMED]
        if last.form in _NAMED or not named:
            return last
        gap = self.flat[named[-1].end : last.start]
        beside = last.form == "noun" and re.fullmatch(r", (?:\d+, )?|, de \d+ anos, ", gap)
        apposed = gap.count(",") % 2 == 1 and "," in self.flat[last.end : act.start]
        return named[-1] if beside or apposed else last

    def back(self) -> list[Mention]:
        """Whom the sentence before was about."""
        return [Mention(self.sentence.number, 0, 0, thing, "", "pronoun") for thing in self.topic]

    def joined(self, first: Mention, *, forward: bool) -> list[Mention]:
        """Names listed beside the first one ("X, 40, and Pvt. Y, 21"), or kin ("X and his daughter")."""
        named = [m for m in self.mentions if m.form in _NAMED]
        if forward and (kin := self._kin_beside(first, named)) is not None:
            return [kin]
        if first.form == "kin" and not forward:
            # "An officer of the force and his brother, 19, died": whose kin it is stands before.
            owner = [m for m in self.mentions if m.end < first.start and m.form in (*_NAMED, "noun")]
            gap = self.flat[owner[-1].end : first.start] if owner else ""
            return owner[-1:] if lists(f"{gap.rstrip()} ") and re.search(r" (?:y|and) $", gap) else []
        if first not in named:
            return []
        at, found, last = named.index(first), [], first
        for other in named[at + 1 :] if forward else reversed(named[:at]):
            gap = self.flat[last.end : other.start] if forward else self.flat[other.end : last.start]
            if len(gap) > 80 or not lists(gap) or (not forward and self._owns(other)):
                break
            found.append(other)
            last = other
        return found

    def _owns(self, mention: Mention) -> bool:
        """Whether a name only says whose somebody is: "one of X's colleagues"."""
        return re.match(r"['’]s? ", self.flat[mention.end :]) is not None or self._within_phrase(mention)

    def _kin_beside(self, first: Mention, named: Sequence[Mention]) -> Mention | None:
        """Kin without a name right behind "and"."""
        for mention in self.mentions:
            gap = self.flat[first.end : mention.start] if mention.start >= first.end else None
            if gap is None or mention.form != "kin" or not re.fullmatch(r"[^.;]{0,50}?(?: and| y) ", gap):
                continue
            between = any(first.end < m.start < mention.start for m in named)
            has_name = any(0 <= m.start - mention.end <= 2 for m in named)
            return None if between or has_name else mention
        return None


def _definite(mention: Mention) -> bool:
    return mention.form == "noun" and re.match(r"(?:the|el|la) ", mention.words.lower()) is not None


def _pronoun_ends(gap: str) -> bool:
    """Whether a pronoun right before the verb is its subject."""
    return (
        re.search(
            r"(?:^|[ ,;])(?:he|she|they|it|el|ella|ellos) (?:had |has |have |was |were |is |are "
            r")?(?:\w+ )?$",
            f"{gap.rstrip()} ",
        )
        is not None
    )
