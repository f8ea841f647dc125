"""An open study, as every service takes it."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
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
        """Whether the key is held."""
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

    def within(self, compartment: str) -> Study:
        """The study with the keys of one compartment alone, of those held."""
        held = {number: key for number, key in self.keys.held.items() if key.compartment == compartment}
        return replace(self, keys=Keys(held))


# The folder whose database is being migrated: what moves sealed values needs its keys.
_MIGRATING: ContextVar[Opened | None] = ContextVar("migrating", default=None)


@contextmanager
def migrating(opened: Opened) -> Generator[None]:
    """Let the migrations inside take the study's keys."""
    token = _MIGRATING.set(opened)
    try:
        yield
    finally:
        _MIGRATING.reset(token)


def being_migrated() -> Opened:
    """The folder whose database is being migrated. Raises `LookupError` outside of a migration."""
    opened = _MIGRATING.get()
    if opened is None:
        raise LookupError("no study is being migrated")
    return opened


def now() -> datetime:
    """The time that acts are dated with."""
    return datetime.now(UTC)
