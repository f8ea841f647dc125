"""The coded lists: terms re-keyed from the HURIDOCS micro-thesauri, and local ones for what those lack."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

DATA = Path(__file__).with_name("data")


class Term(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code's words in both languages, where the term comes from, and the code it is a kind of."""

    en: str
    es: str
    source: str
    broader: str | None = None


class Coded(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One list: its title in both languages, and its terms by code."""

    en: str
    es: str
    codes: dict[str, Term]


@cache
def lists() -> dict[str, Coded]:
    """Every list by its name (`data/lists.yml`)."""
    return msgspec.yaml.decode(DATA.joinpath("lists.yml").read_bytes(), type=dict[str, Coded])


def is_code(name: str, code: str) -> bool:
    """Whether a list has the code."""
    return code in lists()[name].codes


def word(name: str, code: str, language: str) -> str:
    """A code's term in `es` or `en`; a code that the list does not have stands for itself."""
    term = lists()[name].codes.get(code)
    return code if term is None else getattr(term, language)


def narrower(name: str, code: str) -> frozenset[str]:
    """The code and all codes that are a kind of it."""
    terms = lists()[name].codes
    found = {code}
    while more := {each for each, term in terms.items() if term.broader in found} - found:
        found |= more
    return frozenset(found)
