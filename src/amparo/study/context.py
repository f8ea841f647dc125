"""An open study, as every service takes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amparo.study.accounts.models import Compartment, StudyFacts, User
    from amparo.vault.folder import Opened


@dataclass(frozen=True)
class Study:
    """An open study: the folder with its keys, who works, and the compartment new records go to."""

    opened: Opened
    user: User
    compartment: Compartment
    facts: StudyFacts
    compartment_key: bytes = field(repr=False)


def now() -> datetime:
    """The time that acts are dated with."""
    return datetime.now(UTC)
