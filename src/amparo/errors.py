"""Errors as codes with facts. The words, in Spanish and English, live in `report/catalogue`."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from amparo.codes import CODES


class Word(str):
    """A fact that is a code of a family of words: what tells the error writes its word."""

    __slots__ = ("family",)

    def __new__(cls, family: str, code: str) -> Word:
        """The code, with its family."""
        word = super().__new__(cls, code)
        word.family = family
        return word

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross to another process with the family."""
        return Word, (self.family, str(self))


class Issue(NamedTuple):
    """Something to tell the user that did not stop the work: a code with its facts."""

    code: str
    facts: dict[str, Any]


class AmparoError(Exception):
    """Work stopped for a reason the user can act on.

    `str()` gives the code alone: facts may hold file names or cells and must not reach a log.
    """

    def __init__(self, code: str, **facts: Any) -> None:
        """Keep the code and its facts; an unknown code or a missing fact is a defect."""
        expected = CODES[code]
        if set(facts) != set(expected):
            raise TypeError(f"{code} takes {expected}, not {tuple(facts)}")
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross to another process with the facts."""
        return partial(type(self), self.code, **self.facts), ()


class Refusal(AmparoError):
    """The data cannot support the answer: a result, not a fault of the user or the program."""
