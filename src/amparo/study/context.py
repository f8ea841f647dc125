"""An open study, as every service takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from amparo.errors import AmparoError

if TYPE_CHECKING:
    from amparo.study.accounts.models import StudyFacts, User
    from amparo.vault.folder import Opened


class Key(NamedTuple):
    """One version of a compartment's key, opened: its row's id, whose it is, and the 32 bytes."""

    id: int
    compartment: str
    version: int
    secret: bytes


@dataclass(frozen=True)
class Keys:
    """The compartment keys that the person at work holds, by id. What is sealed under others is not there."""

    held: Mapping[int, Key] = field(repr=False)

    def __contains__(self, key_id: int) -> bool:
        return key_id in self.held

    def __getitem__(self, key_id: int) -> Key:
        """Raises `accounts.no_key`."""
        try:
            return self.held[key_id]
        except KeyError:
            raise AmparoError("accounts.no_key", compartment="") from None

    @property
    def ids(self) -> list[int]:
        """Ids of all keys held, to select what can be opened."""
        return sorted(self.held)

    @property
    def compartments(self) -> list[str]:
        """Names of the compartments held."""
        return sorted({key.compartment for key in self.held.values()})

    def current(self, compartment: str) -> Key:
        """The key that seals what comes new into a compartment. Raises `accounts.no_key`."""
        mine = [key for key in self.held.values() if key.compartment == compartment]
        if not mine:
            raise AmparoError("accounts.no_key", compartment=compartment)
        return max(mine, key=lambda key: key.version)


@dataclass(frozen=True)
class Study:
    """An open study: the folder with its keys, who works, and the compartment keys they hold."""

    opened: Opened
    user: User
    facts: StudyFacts
    keys: Keys


def now() -> datetime:
    """The time that acts are dated with."""
    return datetime.now(UTC)
