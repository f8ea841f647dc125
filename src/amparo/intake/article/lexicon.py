"""The words of the article reader: the tables of `data/`, read once, as sets and patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from amparo.values.text import level


@cache
def table(name: str) -> dict[str, Any]:
    """One YAML table of `data/`."""
    return msgspec.yaml.decode(files("amparo.intake.article").joinpath("data", f"{name}.yml").read_bytes())


def either(words: Iterable[str]) -> str:
    """A pattern for any of the texts, the longest first."""
    return _either(tuple(words))


@cache
def _either(words: tuple[str, ...]) -> str:
    return "(?:" + "|".join(re.escape(text) for text in sorted(set(words), key=len, reverse=True)) + ")"


@cache
def occupations(language: str) -> dict[str, tuple[str, bool]]:
    """Nouns of occupation -> (code, plural)."""
    found: dict[str, tuple[str, bool]] = {}
    for group in table("people")["occupations"]:
        found |= dict.fromkeys(group[f"{language}_plural"], (group["code"], True))
        found |= dict.fromkeys(group[language], (group["code"], False))
    return found


@cache
def word_set(group: str) -> frozenset[str]:
    """A set of `words.yml`."""
    return frozenset(listed("words", group, "words"))


def listed(name: str, group: str, key: str) -> list[str]:
    """All words under one key of a group's entries."""
    return [text for entry in table(name)[group] for text in entry.get(key, ())]


@cache
def plurals(language: str) -> str:
    """A pattern for nouns of several persons."""
    occupied = [text for text, (_, plural) in occupations(language).items() if plural]
    return either([*occupied, *listed("people", "people", f"{language}_plural")])


@cache
def singulars(language: str) -> str:
    """A pattern for nouns of one person."""
    occupied = [text for text, (_, plural) in occupations(language).items() if not plural]
    graded = [text for text in listed("people", "ranks", language) if text not in word_set("ambiguous_ranks")]
    nouns = [*occupied, *graded, *listed("people", "people", language)]
    return rf"(?:ex-?)?{either(text for text in nouns if len(text) > 3 or text in occupied)}"


@cache
def ranks(language: str) -> str:
    """A pattern for ranks."""
    return either(listed("people", "ranks", language))


@cache
def kin(language: str) -> str:
    """A pattern for names of kinship."""
    return either(listed("people", "kin", language))


@cache
def reporting(language: str) -> str:
    """A pattern for verbs with which somebody tells something."""
    return either(listed("actors", "reporting", language))


@cache
def kept_back() -> re.Pattern[str]:
    """What is written where a source's name is kept back."""
    return re.compile(either(listed("people", "unnamed", "phrases")))


@cache
def offices() -> dict[str, str]:
    """Nouns of office -> person kind."""
    return {
        text: kind
        for entry in table("people")["public"]
        for kind in ("public_speaker", "expert", "official")
        for text in entry[kind]
    }


@cache
def organisation_words() -> dict[str, str]:
    """Levelled words that make a capitalised phrase an organisation -> its kind."""
    return {
        text: kind
        for entry in table("actors")["organisations"]
        for kind, texts in entry.items()
        if kind != "source"
        for text in texts
    }


@cache
def names_of(group: str) -> dict[str, tuple[str, str]]:
    """Levelled names of a group of `actors.yml` -> (name as written there, kind)."""
    return {
        level(text): (text, kind)
        for entry in table("actors")[group]
        for kind, texts in entry.items()
        if kind != "source"
        for text in texts
    }


@cache
def patterns(name: str, group: str, language: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The regular expressions of a group with the code (or the empty text) they stand for."""
    return tuple(
        (entry.get("code", ""), re.compile(text)) for entry in table(name)[group] for text in entry[language]
    )


@cache
def coded(name: str, group: str) -> tuple[tuple[str, re.Pattern[str], bool], ...]:
    """Codes with a pattern of their words, and whether the entry is marked private."""
    return tuple(
        (entry["code"], re.compile(rf"(?<!\w){either(entry['words'])}"), bool(entry.get("private")))
        for entry in table(name)[group]
    )
