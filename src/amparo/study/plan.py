"""What a study is made from: its title, its target population, and each source's part in counting."""

from __future__ import annotations

import tomllib
from datetime import date

import msgspec

from amparo.errors import AmparoError
from amparo.study.register.rules import Declared


class Period(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"first": "from", "last": "to"}):
    """First and last day counted."""

    first: date | None = None
    last: date | None = None


class PlannedTarget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The target population in the organisation's words."""

    role: str | None = None
    act: str | None = None
    place: str | None = None
    period: Period = Period()


class PlannedSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A source to come; `file` says where its list lies, relative to the plan."""

    title: str
    part: str
    derived_from: tuple[str, ...] = ()
    once: bool = False
    file: str | None = None


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The TOML that `amparo new --from` takes; what is missing is asked for."""

    title: str | None = None
    language: str | None = None
    synthetic: bool = False
    target: PlannedTarget = PlannedTarget()
    sources: dict[str, PlannedSource] = {}

    def declared(self) -> dict[str, Declared]:
        """What the plan says of each source."""
        return {
            key: Declared(source.title, source.part, source.derived_from, source.once)
            for key, source in self.sources.items()
        }


def read_plan(content: bytes, file_name: str) -> Plan:
    """The plan in a TOML file. Raises `plan.bad` with the first problem."""
    try:
        return msgspec.convert(tomllib.loads(content.decode()), Plan)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise AmparoError("plan.bad", file=file_name, problem=str(error)) from None
