"""Actors and ranks of a country: data that a study may start from. None is built in."""

from __future__ import annotations

from functools import cache

import msgspec

from amparo.vocabulary.lists import DATA

_FOLDER = DATA / "configurations"


class KnownActor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An actor: its name, other names, kind (list `actor_kind`), the actor it is part of, and its rivals."""

    name: str
    kind: str
    en: str
    es: str
    source: str
    aliases: tuple[str, ...] = ()
    parent: str | None = None
    rivals: tuple[str, ...] = ()


class Rank(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rank of a force, by its order from the lowest."""

    force: str
    order: int
    en: str
    es: str
    source: str


class Configuration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known beforehand of one country."""

    en: str
    es: str
    actors: dict[str, KnownActor]
    ranks: dict[str, Rank]


@cache
def configurations() -> dict[str, Configuration]:
    """Every configuration by its name (`data/configurations/`)."""
    return {
        path.stem: msgspec.yaml.decode(path.read_bytes(), type=Configuration)
        for path in sorted(_FOLDER.glob("*.yml"))
    }
