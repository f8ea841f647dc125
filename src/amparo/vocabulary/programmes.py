"""Programmes that cases go through, each with its states as dated records."""

from __future__ import annotations

from datetime import date
from functools import cache

import msgspec

from amparo.vocabulary.lists import DATA


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a programme stood from a day on, by a source somebody looked at on a day."""

    state: str
    since: date
    source: str
    checked_on: date
    check_again: date | None = None


class Programme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A programme: its words, the ways to safety that lead through it, its states, oldest first."""

    es: str
    en: str
    tracks: tuple[str, ...]
    states: tuple[State, ...]


@cache
def programmes() -> dict[str, Programme]:
    """Every programme by its name (`data/programmes.yml`)."""
    return msgspec.yaml.decode(DATA.joinpath("programmes.yml").read_bytes(), type=dict[str, Programme])
