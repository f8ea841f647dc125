"""Mentions of persons, and whom those mean that give no name: "the corporal", "la fiscal", "he was 41"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from amparo.intake.article.board import Board, Thing
from amparo.intake.article.lexicon import either, listed, occupations, offices, table
from amparo.intake.article.sentences import Sentence
from amparo.values.text import fold

AGE_AFTER = re.compile(
    r"^,? ?(?:\(|de |ages? |aged |who was |quien tenia )?(?:apenas |solo |tan solo |just |only |barely )?"
    r"(\d{1,3})(?: anos(?: de edad)?| years old)?(?=[,;)]| y | and |\.|$)\)?"
)


class Mention(NamedTuple):
    """A person, or a group that has no thing of its own, in a sentence; offsets within the sentence.

    `form`: "name", "surname" (or another word for somebody named), "noun" (no name), "kin", "pronoun" or
    "group".
    """

    sentence: int
    start: int
    end: int
    thing: Thing | None
    words: str
    form: str


def told_again(sentence: Sentence, board: Board, language: str, before: Sequence[Mention]) -> list[Mention]:
    """Persons named before whom a sentence calls what they are: "the corporal", "la fiscal", "el joven".

    `before`: the mentions of the sentences before this one.
    """
    found = []
    for match in _definite(language).finditer(sentence.flat):
        noun = match["noun"] or match["aged"]
        start = match.start("noun" if match[0].startswith(("del ", "al ")) else 0)
        thing = _meant(sentence, noun, board, language, before)
        named = re.match(r",? ?[A-ZÁÉÍÓÚÑ]", sentence.bare[match.end() :])
        if thing is not None and not named:
            words = sentence.bare[start : match.end()]
            found.append(Mention(sentence.number, start, match.end(), thing, words, "surname"))
    return found


def age_of_pronoun(sentence: Sentence, mentions: Sequence[Mention]) -> None:
    """ "He was 41.": the age of whom the sentences before spoke of first."""
    told = re.match(
        r"(?:(?:he|she) (?:was|is)|tenia|tiene|contaba con|acababa de cumplir|cumplio|(?:he|she) had "
        r"turned) "
        r"(?:apenas |solo |just |only )?(\d{1,3})(?: (?:anos|years old))?(?: de edad)?(?=[.,;]| y | and )",
        sentence.flat,
    )
    for back in (1, 2) if told else ():
        for mention in mentions:
            thing = mention.thing
            named = mention.sentence == sentence.number - back and mention.form in ("name", "surname")
            if told and named and thing is not None and not thing.get("age"):
                thing.put("age", told[1], sentence, rule="person.age")
                return


def shortened(sentence: Sentence, taken: Sequence[tuple[int, int]], mention: Mention) -> Mention:
    """A noun without the name it ends in: "una agente" of "una agente de la Unidad de Emergencias"."""
    ends = [low for low, high in taken if mention.start < low < mention.end <= high]
    if mention.form != "noun" or not ends:
        return mention
    words = re.sub(
        r"(?: (?:de|del|la|las|los|el|of|the|in|from|with|at|on|en))+ ?$",
        "",
        sentence.bare[mention.start : ends[0]],
    )
    return mention._replace(end=mention.start + len(words.rstrip()), words=words.rstrip())


def trade_told(after: str, language: str) -> str | None:
    """The occupation that the words behind a name say somebody had: " fue policía durante once años"."""
    nouns = occupations(language)
    was = re.match(
        r" (?:fue|era|es|ha sido|trabajaba como|trabaja como|was|is|had been|has been|worked as) "
        rf"(?:an? |una? |el |la |the )?({either(nouns)})(?!\w)",
        after,
    )
    return nouns[was[1]][0] if was and not nouns[was[1]][1] else None


def trade_of_pronoun(sentence: Sentence, mentions: Sequence[Mention], language: str) -> None:
    """ "She is 31 and has been a prison guard …": the trade of whom the sentences before spoke of first."""
    told = re.match(
        r"(?:he|she|era|es|fue|trabajaba como|trabaja como|se desempenaba como)(?: (?:is|was|had been|"
        r"has been|worked as|works as))?"
        r"(?: \d{1,3},?(?: and| years old and)?(?: (?:is|was|has been|had been|worked as|works as|"
        r"working as))?)? (?:an?|una?)? ?",
        sentence.flat,
    )
    nouns = occupations(language)
    found = told and re.match(rf"(?:[a-z]+ )??({either(nouns)})(?!\w)", sentence.flat[told.end() :])
    for back in (1, 2) if found else ():
        for mention in mentions:
            thing = mention.thing
            named = mention.sentence == sentence.number - back and mention.form in ("name", "surname")
            if named and found and thing is not None and not nouns[found[1]][1]:
                thing.put("occupation", nouns[found[1]][0], sentence, rule="person.occupation")
                return


def age_again(sentence: Sentence, again: Sequence[Mention]) -> None:
    """The age that stands in or behind a noun for somebody named before: "El locutor, de 24 años,"."""
    for mention in again:
        behind = AGE_AFTER.match(sentence.flat[mention.end : mention.end + 60])
        inside = re.search(r"(\d{1,3})-year-old", mention.words)
        if mention.thing is not None and (age := behind or inside):
            mention.thing.put("age", age[1], sentence, rule="person.age")


def is_woman(person: Thing) -> bool:
    """Whether a given name, or a word of kinship, is a woman's."""
    first = (fold(person.get("name") or "").split() or [""])[0]
    words = f"{fold(person.get('relationship') or '')} {fold(person.get('description') or '')}"
    kin = re.search(rf"(?<!\w){either(listed('people', 'women', 'words'))}(?!\w)", words)
    return (first.endswith("a") or first in listed("people", "women", "names") or kin is not None) and (
        person.get("sex") != "M"
    )


def lists(gap: str) -> bool:
    """Whether the words between two names only go on listing."""
    gap = re.sub(r" (?:and|y) (?:of |de |a |al |del )?(?:his|her|their|sus?) (?:\w+ )?\w+,? $", " and ", gap)
    gap = re.sub(r"\b(sgt|cpl|pvt|lt|capt|maj|col|gen|insp|cmdr|dr|sr)\.", r"\1", gap)
    clause = (
        r"\b(?:was|were|had|has|who|said|that|whose|cuy[oa]|when|while|fue|fueron|que|quien|habia|dijo|"
        r"cuando|"
        r"mientras|in|en|with|con|his|her|su|to|para)\b|\.|\b(?:of|de) $"
    )
    return re.search(r"[,;]| and | y | e ", gap) is not None and re.search(clause, gap) is None


def _meant(
    sentence: Sentence, noun: str, board: Board, language: str, before: Sequence[Mention]
) -> Thing | None:
    """The one whom a noun fits, if spoken of lately; else whom the sentences before named last."""
    only = _only(noun, board, language)
    near = {m.thing.entity for m in before if m.thing is not None and sentence.number - m.sentence <= 2}
    if only is not None and only.entity in near:
        return only
    return _last_named(sentence, noun, before, language) or only


def _only(noun: str, board: Board, language: str) -> Thing | None:
    """The one person named so far whom a noun of rank, occupation or office fits; None where several do."""
    code = occupations(language).get(noun, ("", False))[0]
    fit = []
    for thing in board.of("person"):
        said = f"{fold(thing.get('rank') or '')} {fold(thing.get('position') or '')}".split()
        told = {_whole_rank(word) for word in said}
        if (
            noun in told
            or noun in thing.called
            or (code not in ("", "other") and thing.get("occupation") == code)
        ):
            fit.append(thing)
    return fit[0] if len(fit) == 1 and fit[0].get("name") else None


def _last_named(sentence: Sentence, noun: str, before: Sequence[Mention], language: str) -> Thing | None:
    """The person named last, where a noun of anybody's cannot mean somebody told of in between."""
    anybody = noun in listed("people", "anybody", language)
    trade = occupations(language).get(noun)
    if not anybody and trade is None:
        return None
    near = [m for m in before if sentence.number - 2 <= m.sentence < sentence.number and m.form != "group"]
    told = any(
        re.search(rf"\b(?:an?|una?|otr[oa]|another) (?:\w+ )?{noun}\b", m.words.lower()) for m in before
    )
    if told or not near or any(m.form == "noun" for m in near):
        return None
    named = {m.thing.entity: m.thing for m in near if m.thing is not None and m.form in ("name", "surname")}
    thing = next(iter(named.values())) if len(named) == 1 else None
    if thing is None or thing.get("position") or (trade and thing.get("occupation") not in (None, trade[0])):
        return None
    women, men = ("mujer", "woman"), ("hombre", "man")
    if (noun in women and not is_woman(thing)) or (noun in men and is_woman(thing)):
        return None
    if trade and trade[0] != "other":
        thing.put(
            "occupation", trade[0], sentence, certainty="likely", notes=("inferred",), rule="person.again"
        )
    return thing


def _whole_rank(word: str) -> str:
    return table("people")["abbreviations"][0]["values"].get(word, word)


@cache
def _definite(language: str) -> re.Pattern[str]:
    """One person by a noun with the definite article."""
    nouns = [text for text, (_, plural) in occupations(language).items() if not plural]
    graded = [text for text in listed("people", "ranks", language) if len(text) > 3]
    single = [text for text in offices() if " " not in text]
    nouns += listed("people", "anybody", language)
    noun = f"(?P<noun>{either([*nouns, *graded, *single])})"
    if language == "es":
        lead = "(?:(?<!de )(?:el|la)|del|al) (?:ahora |hoy )?(?:joven |veteran[oa] )?(?:ex-?)?"
        return re.compile(rf"(?<!\w){lead}{noun}(?P<aged>(?!))?(?![\w-]| de | of )")
    lead = r"the (?:young |former |ex-|veteran |slain |late |dead |wounded |missing |injured |fallen )?"
    aged = r"the (?:\w+ )?\d{1,3}-year-old (?:\w+ )?"
    return re.compile(
        rf"(?<!\w)(?:{lead}{noun}(?![\w-]| de | of )|{aged}{noun.replace('<noun', '<aged')}(?![\w-]))"
    )
