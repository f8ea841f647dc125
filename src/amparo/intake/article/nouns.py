"""Noun phrases of persons without a name: kin, single persons, groups; and the age they tell."""

from __future__ import annotations

import re
from functools import cache

from amparo.intake.article.lexicon import either, kin, listed, plurals, singulars
from amparo.values.numerals import number
from amparo.values.text import level

_AGE_NOUN = re.compile(
    r"(\d{1,2}|\w+)[- ](?:year[- ]old|years old)|de (\d{1,2}|\w+) anos|(?:\b(?:ages?|aged)|,) (\d{1,2})(?: "
    r"and (\d{1,2}))?|de (\d{1,2}) y (\d{1,2}) anos"
)


@cache
def kin_phrase(language: str) -> re.Pattern[str]:
    """Kin with an owner: "his 7-year-old son", "la madre de …"."""
    word = kin(language)
    if language == "en":
        return re.compile(
            r"(?<!\w)(?:(?:his|her|their|my|whose) (?:two |three |four |\d |young |little |older |younger |"
            r"elder |"
            rf"\d{{1,2}}-year-old )*{word}"
            rf"(?:, (?:ages |aged |both )?\d+ and \d+|, (?:aged? )?\d{{1,2}}(?=,))?"
            rf"|[a-z]+['’]s? (?:\d{{1,2}}-year-old |young |older |younger )?{word})(?!\w|['’]s|,? _|'s)"
        )
    return re.compile(
        rf"(?<!\w)(?:(?:su|sus|mi|mis|cuy[oa]s?) (?:dos |tres |cuatro |propi[oa] )*{word}|"
        rf"(?:la|el) {word} (?:(?:menor|mayor|pequen[oa]) )?(?:de (?:la |los |las )?|del )[a-z]+|"
        rf"un[oa] de (?:los|las|sus) {word}(?:e?s)?)"
        rf"(?:,? de (?:\d+|\w+)(?: y (?:\d+|\w+))? anos|, de \d{{1,2}}(?=[.,;]))?(?!\w)"
    )


@cache
def noun_phrase(language: str) -> re.Pattern[str]:
    """One person by a noun: "a female officer", "un cuarto comunero"."""
    word = singulars(language)
    if language == "en":
        return re.compile(
            r"(?<!\w)(?:an?|one|another|one of [a-z]+['’]s?|one of the) (?:former |female |male |"
            r"young |senior |retired |second |third "
            rf"|\d{{1,2}}-year-old |[a-z-]+ ){{0,2}}?{word}(?:s(?= who| in| from|,))?(?!\w|-)(?: (?:in|"
            r"of|from|with|on) (?:the )?[a-z'’-]+"
            rf"(?: [a-z'’-]+){{0,2}}?(?=[,.;]| who| said))?"
        )
    return re.compile(
        r"(?<!\w)(?:una?|otr[oa]|uno de los|una de las|un segundo|un tercer|un cuarto|"
        rf"(?<!de )la(?! policia)|(?<!d)el) (?:ex)?{word}(?!\w|,? [A-ZÁÉ])"
        r"(?: (?:de|del) (?:la |los |las )?[a-z]+(?=[,.;]| que| quien| resulto| conto| relato| "
        r"dijo))?(?: (?:de|del) la unidad [a-z]+)?"
    )


@cache
def group_noun(language: str) -> re.Pattern[str]:
    """Several persons by a noun."""
    return re.compile(rf"(?<!\w){plurals(language)}(?!\w)")


def age_of(words: str) -> str | None:
    """The age that a noun phrase tells, as written in figures: "7" of "his 7-year-old son"."""
    found = _AGE_NOUN.search(level(words))
    if found is None:
        return None
    if found[5]:
        return f"{found[5]}-{found[6]}"
    text = found[1] or found[2] or found[3]
    value = text if text.isdigit() else str(number(text) or "")
    return f"{value}-{found[4]}" if found[4] else value or None


def is_child(words: str, language: str) -> bool:
    """Whether a noun phrase is of somebody under eighteen, by its noun or its age."""
    age = age_of(words)
    young = age is not None and all(int(part) < 18 for part in age.split("-"))
    noun = (
        re.search(rf"(?<!\w){either(listed('people', 'children', language))}(?!\w)", level(words)) is not None
    )
    return young or (noun and age is None)
