"""Where the names of persons begin and end in a sentence: titles, links and what is not of them cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from amparo.intake.article.lexicon import listed, occupations, offices, word_set
from amparo.intake.article.sentences import Sentence
from amparo.values.names.lexicon import EITHER, GIVEN, lexicon
from amparo.values.text import fold, level

_CAP = r"[A-ZÁÉÍÓÚÑÜ][a-záéíóúñüçãõâêô'’]+(?:-?[A-Z][a-záéíóúñ]+)*"
NAME = re.compile(
    rf"{_CAP}(?: (?:(?:de los|de las|de la|del|de|la|las|los|y|van der|van|von|da|dos|bin|al|ul|el) "
    rf")?(?:{_CAP}|[A-Z]\.|[A-Z](?=[ ,])))*"
)


@cache
def _single_offices() -> frozenset[str]:
    return frozenset(text for text in offices() if " " not in text)


@cache
def _nouns_before() -> frozenset[str]:
    """Single nouns of occupation, office and rank: capitalised before a name they are no part of it."""
    nouns = [noun for language in ("en", "es") for noun in occupations(language)]
    graded = [rank for language in ("en", "es") for rank in listed("people", "ranks", language)]
    return frozenset(each for each in (*nouns, *graded, *offices()) if " " not in each)


def cuts(start: int, end: int, taken: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What of a phrase no organisation has taken."""
    for low, high in sorted(taken):
        if low < end and start < high:
            if low > start:
                yield start, low
            start = max(start, high)
    if start < end:
        yield start, end


def two(sentence: Sentence, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A phrase, or its two where "y" stands between a whole name and a given one."""
    for match in re.finditer(r" y ", sentence.bare[start:end]):
        left, right = sentence.bare[start : start + match.start()], sentence.bare[start + match.end() : end]
        given = (
            lexicon().kinds.get(fold(right).split()[0]) in (GIVEN, EITHER) if fold(right).split() else False
        )
        brothers = lexicon().kinds.get(fold(left)) in (GIVEN, EITHER) if " " not in left else False
        if given and (len(left.split()) > 1 or brothers) and len(right.split()) > 1:
            yield start, start + match.start()
            yield start + match.end(), end
            return
    yield start, end


def trimmed(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    """The phrase without words in front or behind that are no part of a name; None where none is left."""
    words = [(m.start() + start, m.end() + start) for m in re.finditer(r"\S+", sentence.bare[start:end])]
    links = {"de", "del", "la", "las", "los", "y", "el"}

    def word(at: int) -> str:
        return level(sentence.bare[slice(*words[at])]).strip(".,'’")

    while words and (word(0) in word_set("never_names") | word_set("titles") | links | _nouns_before()):
        words.pop(0)
    while words and (word(-1) in links or (word(-1) in word_set("never_names") and len(words) > 1)):
        words.pop()
    # "Defense Minister X": an office within the phrase ends what is no name.
    inside = [at for at in range(len(words) - 1) if word(at) in word_set("titles") | _single_offices()]
    words = words[inside[-1] + 1 :] if inside else words
    if not words:
        return None
    first, last = words[0][0], words[-1][1]
    while last > first and not sentence.bare[last - 1].isalnum() and sentence.bare[last - 1] != ".":
        last -= 1
    possessive = re.search(r"['’]s?$", sentence.bare[first:last])
    return (first, last - len(possessive[0])) if possessive else (first, last)


def given_here(sentence: Sentence, start: int, end: int) -> bool:
    """Whether a country's name is a given name here: "Sgt. Israel Ponce"."""
    name = fold(sentence.bare[start:end])
    return lexicon().kinds.get(name) in (GIVEN, EITHER) and (
        re.match(r" [A-ZÁÉÍÓÚÑ][a-záéíóúñ]", sentence.bare[end:]) is not None
    )
