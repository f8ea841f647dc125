"""The evidence of one pair as a waterfall: what each comparison adds to or takes from the odds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from amparo.linkage import fitted as parameters
from amparo.linkage.engine import Engine
from amparo.linkage.evidence import evidence
from amparo.linkage.keys import keys
from amparo.linkage.model import PERSON, Model
from amparo.linkage.scored import pairs_frame, score

MISSING = "missing"  # the level of a comparison that has nothing on one side


class Step(NamedTuple):
    """One step: `what` is a comparison's name, or `prior`, `rivals`, `labelled`; `level` a comparison's.

    `weight` is in log2 odds. `rare` is the part of it that comes from how rare the shared words are.
    """

    what: str
    level: str
    weight: float
    rare: float


class Waterfall(NamedTuple):
    """The steps of a pair in the model's order; their sum is `weight`, log2 odds of one person."""

    records: tuple[str, str]
    steps: tuple[Step, ...]
    weight: float
    probability: float
    relatives: float  # probability of two relatives in one event
    event: float  # of two victims of one event

    def strongest(self) -> tuple[Step, ...]:
        """The steps that say something, strongest first."""
        return tuple(sorted((one for one in self.steps if one.weight), key=lambda one: -abs(one.weight)))


def waterfall(pair: Mapping[str, Any], fitted: pl.DataFrame, model: Model = PERSON) -> Waterfall:
    """The waterfall of a row of PAIRS; `fitted` is the model that scored it (`Linkage.model`)."""
    steps = [Step("prior", "", _bits(pair["prior"]), 0.0)]
    plain = _plain(fitted, pair["source_l"], pair["source_r"])
    for comparison, level, weight in zip(model.comparisons, pair["levels"], pair["weights"], strict=True):
        if level < 0:
            steps.append(Step(comparison.name, MISSING, 0.0, 0.0))
            continue
        name = comparison.levels[level].name
        rare = weight - plain.get((comparison.name, name), weight)
        steps.append(Step(comparison.name, name, _bits(weight), _bits(rare)))
    for what in ("rivals", "labelled"):
        if pair[what]:
            steps.append(Step(what, "", _bits(pair[what]), 0.0))
    return Waterfall(
        (pair["record_l"], pair["record_r"]),
        tuple(steps),
        pair["match_weight"],
        pair["match_probability"],
        pair["p_relatives"],
        pair["p_event"],
    )


def weigh(
    meanings: pl.DataFrame, fitted: pl.DataFrame, records: tuple[str, str], model: Model = PERSON
) -> Waterfall:
    """The waterfall of any two records of `meanings` (MEANINGS), also where no rule put them side by side.

    All records are needed, to know how rare a word is. Companions are not counted: nobody else is compared.
    """
    key = keys(meanings)
    rows = [key.frame["record_id"].index_of(record) for record in records]
    left, right = (np.array([row], np.int32) for row in sorted(row for row in rows if row is not None))
    with Engine(key, model) as engine:
        known = evidence(key, model, engine, left, right)
    scored = score(model, known, parameters.from_frame(model, fitted, key.sources))
    everything = np.ones(1, np.bool_)
    frame = pairs_frame(key, model, known, scored, rule=np.zeros(1, np.uint8), wanted=everything)
    return waterfall(frame.row(0, named=True), fitted, model)


def _plain(fitted: pl.DataFrame, one: str, other: str) -> dict[tuple[str, str], float]:
    """log m/u of each level between two lists, rarity left out."""
    low, high = sorted((one, other))
    table = fitted.filter(pl.col("source_l") == low, pl.col("source_r") == high)
    value: dict[str, dict[tuple[str, str], float]] = {"m": {}, "u": {}}
    for name, comparison, level, log in table.select("table", "comparison", "level", "value").iter_rows():
        if name in value:
            value[name][comparison, level] = log
    return {place: log - value["u"][place] for place, log in value["m"].items() if place in value["u"]}


def _bits(natural: float) -> float:
    return natural / math.log(2.0)
