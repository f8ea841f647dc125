"""When, where, how, by whom and in the midst of what an act was done, read around its verb."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from amparo.intake.article.actors import HUNTERS, ActorMention, hunters_at
from amparo.intake.article.lexicon import coded, either, reporting, word_set
from amparo.intake.article.mentions import Mention
from amparo.intake.article.sentences import Article, Sentence
from amparo.values.moments import Moment, find_moments
from amparo.values.places import find_places
from amparo.values.text import level


class Clause(NamedTuple):
    """Part of a sentence: from `start` to `end`, its verb at `at`; offsets within the sentence."""

    sentence: Sentence
    start: int
    at: int
    end: int

    @property
    def flat(self) -> str:
        """The clause's levelled words."""
        return self.sentence.flat[self.start : self.end]


def moment_of(article: Article, clause: Clause) -> Moment | None:
    """The date of an act: the nearest behind its verb, else the nearest before; never when it was told."""
    found = [
        each
        for each in find_moments(clause.sentence.bare, article.language, article.day)
        if each.edtf and not each.edtf.startswith("..") and clause.start <= each.start < clause.end
        and not _told_then(article, clause.sentence, each)
    ]  # fmt: skip
    # "So far this year" counts, it dates nothing.
    found = [each for each in found if not re.search(r"lo que va|so far|year to date", level(each.words))]
    points = [each for each in found if "/" not in (each.edtf or "")]
    points = points or [
        each._replace(edtf=(each.edtf or "").removesuffix("/.."))
        for each in found
        if re.match(r"(?:since|desde)\b", level(each.words)) and (each.edtf or "").endswith("/..")
    ]
    behind = [each for each in points if each.start >= clause.at]
    before = [each for each in points if each.start < clause.at]
    chosen = behind[0] if behind else before[-1] if before else None
    return chosen and _of_that_year(article, clause.sentence, chosen)


def _of_that_year(article: Article, sentence: Sentence, moment: Moment) -> Moment:
    """ "El 7 de mayo de ese año": the year told last before it."""
    that = r"(?: de ese(?: mismo)? ano| del mismo ano| de aquel ano|,? (?:of )?that (?:same )?year)\b"
    if not re.match(that, sentence.flat[moment.end :]) or not moment.edtf:
        return moment
    for number in range(sentence.number, max(-1, sentence.number - 5), -1):
        other = article.sentences[number].flat
        years = re.findall(
            r"(?<!\d)(?:19|20)\d\d(?!\d)", other[: moment.start] if number == sentence.number else other
        )
        if years:
            return moment._replace(
                edtf=re.sub(r"^(?:\d{4}|XXXX)", years[-1], moment.edtf).rstrip("?"), told="said"
            )
    return moment


def _told_then(article: Article, sentence: Sentence, moment: Moment) -> bool:
    """Whether a date is that of telling ("officials said Friday")."""
    before = sentence.flat[max(0, moment.start - 14) : moment.start]
    if re.match(r"hoy|today", level(moment.words)) and re.search(
        r"(?:,|\by|\band|\bhasta|\buntil|\bto) $", before
    ):
        return True  # "and today lives abroad" is of what came after
    return re.search(rf"(?<!\w){reporting(article.language)} (?:on |el )?$", before) is not None


_LOCAL = {
    "en": r"(?:\bin|\bnear|\boutside|\bat) (?:the )?(?:(?:village|town|city|neighbou?rhood|district|"
    r"hamlet|community|"
    r"municipality|department|province|state|region|suburb|barrio) of )?",
    "es": r"(?:\ben|\bde|,|\(|\bdel) ?(?:la |el |las |los )?(?:colonia|canton|caserio|barrio|vereda|"
    r"comunidad|municipio|aldea|"
    r"residencial|departamento|distrito|sector|zona|ciudad|localidad|hacienda|urbanizacion|"
    r"corregimiento|estado|provincia|"
    r"poblado|comuna|lotificacion|reparto|parcela)(?: de(?:l)?(?: la| los)?)? |\ben (?:la |el |los |las )?",
}
_CAPS = re.compile(
    r"[A-ZÁÉÍÓÚÑ][\wáéíóúñü'’-]+(?: (?:(?:de la|de los|de las|del|de|la|el|los|las) "
    r")?[A-ZÁÉÍÓÚÑ][\wáéíóúñü'’-]+)*"
)


def place_of(article: Article, clause: Clause, taken: Sequence[tuple[int, int]]) -> str | None:
    """The place of an act, from the smallest to the largest as written beside each other.

    `taken`: spans of persons and organisations, which may hold names of places.
    """
    spans = _place_spans(article, clause.sentence, taken)
    inside = [each for each in spans if clause.start <= each[0] < clause.end]
    behind = [each for each in inside if each[0] >= clause.at]
    chosen = behind or inside
    if not chosen:
        return None
    run = [chosen[0]]
    for each in chosen[1:]:
        between = clause.sentence.flat[run[-1][1] : each[0]]
        joined = re.fullmatch(
            r"[,( ]*(?:(?:a|the|in|an|of|de|del|la|el|en|un|una|town|city|village|municipality|department|"
            r"canton|caserio|colonia|barrio|jurisdiccion|aldea|vereda|corregimiento|zona|sector|rural|"
            r"county|"
            r"neighborhood|province|state|municipio|departamento|western|eastern|northern|southern|"
            r"central|district|"
            r"community) ?)*[(]?",
            between,
        )
        if joined is None:
            break
        run.append(each)
    return ", ".join(clause.sentence.bare[low:high] for low, high in run)


# Where somebody serves or was born is not where it happened.
_OF_SOMEBODY = re.compile(
    r"(?:destacad[oa]s? (?:en|a)|asignad[oa]s? (?:en|a)|adscrit[oa]s? (?:en|a)|penal de|carcel de|"
    r"delegacion de|"
    r"puesto (?:policial )?(?:de|en)|base de|comisaria de|originari[oa]s? de|nativ[oa] de|oriund[oa] "
    r"de|nacid[oa] en|"
    r"alcalde de|alcaldesa de|diputad[oa] (?:por|de)|policia de|fiscalia de|diocesis de|universidad de|"
    r"juzgado de|"
    r"residente (?:de|en)|vecin[oa] de|born in|native of|stationed (?:in|at)|based in|assigned to|"
    r"resident of|"
    r"governor of|mayor of|bishop of|hospital|clinica|clinic|prison (?:in|at|of))(?: (?:la|el|los|"
    r"the))?(?: (?:ciudad|san|"
    r"santa))? $"
)


def _place_spans(
    article: Article, sentence: Sentence, taken: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for match in re.finditer(_LOCAL[article.language], sentence.flat):
        name = _CAPS.match(sentence.bare, match.end())
        if (
            name
            and level(name[0]) not in word_set("never_places")
            and not re.match(
                r"(?:\w+an|\w+ese) (?:town|city|"
                r"village|capital|state|province)",
                level(sentence.bare[name.start() :]),
            )
        ):
            led = re.search(r"\b(?:La|El|Los|Las) $", sentence.bare[: name.start()])
            found.append((led.start() if led else name.start(), name.end()))
    found = [each for each in found if not _OF_SOMEBODY.search(sentence.flat[: each[0]])]
    for named in find_places(sentence.bare):
        before = sentence.flat[max(0, named.start - 18) : named.start]
        if _OF_SOMEBODY.search(sentence.flat[: named.start]):
            continue
        if sentence.flat[named.end : named.end + 1] == "n" or re.search(
            r"(?:\bfrom|\bof the|\bthan|"
            r"members? of|'s|\bpor|\bto) $",
            before,
        ):
            continue
        if any(low < named.end and named.start < high for low, high in found):
            continue
        found.append((named.start, named.end))
    # A country named as owner ("El Salvador's") or beside another word of its own is no place of an act.
    return sorted(
        (low, high)
        for low, high in found
        if not any(low < b and a < high for a, b in taken)
        and not re.match(r"['’]s?\b|-", sentence.bare[high : high + 2])
    )


_ACTIVITY = {
    "en": re.compile(
        r"\b(?:was|were) (?:\w+ly |just |out )?(?P<busy>\w+ing [^.;,]{3,80}?)(?=(?:, "
        r"[^.;,]{3,50}){0,2},? when\b)|\b(?:while|when|as(?! an? | the )|"
        r"after(?= \w+ing\b)|before(?= \w+ing\b))\b "
        r"(?P<doing>(?:(?:he|she|they|his|"
        r"her) )?[^.;,]{4,90}?)"
        r"(?=[.;,]| by (?:suspected|gunmen|members|armed)| (?:on|last) (?:mon|tues|wednes|thurs|fri|"
        r"satur|sun)day|$| and [A-Z])"
        r"|(?P<way>\bon (?:his|her|their) way [^.;,]{2,50}?)(?=[.;,]|$| in [A-Z]| and )"
        r"|(?P<front>\b(?:in front of|outside|at a|at the|at an|inside) (?:his|her|their|a|the|an)? "
        r"?[^.;,]{3,50}?)(?=[.;,]|$| in [A-Z]| by | and )"
    ),
    "es": re.compile(
        r"\bdonde (?P<where>(?!hab)(?:se )?\w+(?:ía|ían|aba|aban) [^.;,]{3,80}?)(?=[.;,]|$)|"
        r"(?P<busy>\b(?!hab|pod|deb)(?:se )?\w+(?:ía|ían|aba|aban) [^.;,]{3,80}?)"
        r"(?=(?:, [^.;,]{3,50}){0,2},? cuando\b)|"
        r"\b(?:cuando(?:,[^.;,]{3,40},)?|mientras(?! que)|en momentos (?:en )?que|en el momento en que|"
        r"justo cuando|al momento de|al)\b (?P<doing>(?<=al "
        r")\w+[aei]r\b[^.;,]{0,70}?|(?<!al )[^.;,]{4,90}?)(?=[.;,]|$)"
        r"|(?P<way>\b(?:camino|de camino|rumbo) (?:a|al|de) [^.;,]{2,50}?)(?=[.;,]|$)"
        r"|(?P<front>\b(?:frente a|afuera de|a las afueras de|dentro de|en el interior de) "
        r"[^.;,]{3,50}?)(?=[.;,]|$)"
    ),
}


_FORMS = {"en": ("busy", "doing", "way", "front"), "es": ("busy", "doing", "way", "where", "front")}


def busy_with(article: Article, clause: Clause) -> str | None:
    """What a sentence without an act says that somebody was doing when it happened."""
    for match in _ACTIVITY[article.language].finditer(clause.sentence.bare):
        words = match.groupdict().get("busy")
        if words and not re.match(r"(?:gunmen|men|hombres|sujetos)\b", level(words)):
            return words.strip()
    return None


def activity_of(article: Article, clause: Clause) -> str | None:
    """What the victim was doing, in the text's words; not what the attackers did."""
    for form in _FORMS[article.language]:
        for match in _ACTIVITY[article.language].finditer(clause.sentence.bare, clause.start, clause.end):
            words = match.group(form)
            if words is None:
                continue
            flat = level(words)
            if re.search(
                r"(?:scene|lugar|hospital|spot|sitio|bullets?|disparos|tiros|balazos|time|momento)$", flat
            ):
                continue
            attackers = next(hunters_at(clause.sentence._replace(flat=flat), article.language), None)
            if attackers is not None and attackers.start() < 12:
                continue
            if re.match(
                r"(?:fue|fueron|was|were) (?:atacad|emboscad|ambushed|attacked|shot|asesinad|interceptad)",
                flat,
            ) or re.match(r"(?:the|los|las|el|la) \w+ (?:was|were|fue)", flat):
                continue
            return re.sub(r"^(?:he|she|they) (?:was |were )?", "", words).strip()
    return None


def code_of(group: str, words: str) -> tuple[str, bool] | None:
    """The code of a group (`activities`, `place_types` …) whose words a text has, and whether private."""
    flat = level(words)
    return next(
        ((code, private) for code, pattern, private in coded("acts", group) if pattern.search(flat)), None
    )


class Doer(NamedTuple):
    """Who is said to have done an act: a known actor or only words; `suspected` where the text doubts."""

    words: str
    actor: ActorMention | None
    suspected: bool


def doer_of(
    article: Article,
    clause: Clause,
    actors: Sequence[ActorMention],
    *,
    active: bool,
    verb_end: int,
    threat: bool = False,
) -> Doer | None:
    """Who did it: behind "by" or "por", the subject of an active verb, or right behind a Spanish one."""
    sentence = clause.sentence
    flat = sentence.flat
    marker = r"\b(?:by|from) " if article.language == "en" else r"\b(?:por|a manos de|de parte de|de) "
    if not threat:
        marker = r"\bby " if article.language == "en" else r"\b(?:por|a manos de) "
    for match in re.finditer(marker, flat[clause.at : clause.end]):
        if found := _group_at(sentence, actors, clause.at + match.end(), 45):
            return found
        state = _STATE.match(sentence.bare, clause.at + match.end())
        if state and not threat:
            return Doer(state[0], None, _doubted(state[0]))
    if active:
        before = flat[clause.start : clause.at]
        for match in reversed(list(hunters_at(sentence._replace(flat=before), article.language))):
            return _group_at(sentence, actors, clause.start + match.start(), 3)
        named = [a for a in _hunting(sentence, actors) if clause.start <= a.start < clause.at]
        if named:
            return Doer(
                sentence.bare[named[-1].start : named[-1].end], named[-1], _doubted(flat[: named[-1].start])
            )
        if article.language == "es":
            return _group_at(sentence, actors, verb_end, 16)
    return None


# Agents of a state, who are doers only right behind "by".
_STATE = re.compile(
    r"(?:(?:dos|tres|cuatro|cinco|seis|varios|unos|presuntos|two|three|four|several|state|armed|the|"
    r"los|las) )*"
    r"(?:agentes|policías|militares|soldados|efectivos|elementos|oficiales|antimotines|police officers|"
    r"police|"
    r"officers|soldiers|agents|troops|guards|marines|military)\b"
    r"(?: (?:de la|del|de|from the|of the|from) [A-ZÁÉÍÓÚÑ]\w+(?: (?:de |of |de la )?[A-ZÁÉÍÓÚÑ]\w+)*)?"
)


def _group_at(sentence: Sentence, actors: Sequence[ActorMention], at: int, reach: int) -> Doer | None:
    """The group named within `reach` characters from here, a known name before its description."""
    window = sentence.flat[at : at + reach + 60]
    described = next(iter(hunters_at(sentence._replace(flat=window), "")), None)
    described = described if described and described.start() <= reach else None
    start = at + described.start() if described else at
    for actor in _hunting(sentence, actors):
        gap = sentence.flat[start : actor.start] if actor.start >= start else None
        if (
            gap is not None
            and len(gap) <= 45
            and not re.search(r"[.;,]|\b(?:in|en|and|y|when|cuando)\b", gap)
        ):
            return Doer(
                sentence.bare[actor.start : actor.end], actor, _doubted(sentence.flat[at : actor.start])
            )
    if described is None:
        return None
    words = sentence.bare[start : at + described.end()]
    return Doer(words, None, _doubted(words))


def _hunting(sentence: Sentence, actors: Sequence[ActorMention]) -> list[ActorMention]:
    return [a for a in actors if a.sentence == sentence.number and a.thing.get("actor_kind") in HUNTERS]


_DOUBTS = (
    "suspected", "alleged", "allegedly", "apparent", "presuntos", "presunto", "presuntamente", "supuestos",
    "supuestamente",
)  # fmt: skip


@cache
def _doubt() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){either(_DOUBTS)}")


def _doubted(text: str) -> bool:
    return _doubt().search(level(text)) is not None


def spans_of(
    mentions: Sequence[Mention], actors: Sequence[ActorMention], number: int
) -> list[tuple[int, int]]:
    """Where persons and organisations stand in a sentence."""
    named = [(m.start, m.end) for m in mentions if m.sentence == number and m.form in ("name", "surname")]
    return named + [(a.start, a.end) for a in actors if a.sentence == number]
