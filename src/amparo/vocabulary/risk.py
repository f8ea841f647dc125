"""The factors of a person's risk, each with its source and its weight in the proposal."""

from __future__ import annotations

from functools import cache
from typing import Literal

import msgspec

from amparo.vocabulary.lists import DATA

Weight = Literal["grave", "serious", "adds"]
Group = Literal["threats", "residence", "work", "exposure", "household"]


class Factor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question on a person's risk. `told_by` is what of the register suggests a yes."""

    group: Group
    weight: Weight
    en: str
    es: str
    source: str
    told_by: tuple[str, ...] = ()


@cache
def factors() -> dict[str, Factor]:
    """Every factor by its code (`data/risk.yml`), in the order in which they are asked."""
    return msgspec.yaml.decode(DATA.joinpath("risk.yml").read_bytes(), type=dict[str, Factor])
