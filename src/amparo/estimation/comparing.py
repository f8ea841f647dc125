"""All methods on one table, what their disagreement says, and which number, if any, may be used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec
import polars as pl

from amparo.errors import AmparoError, Issue, Refusal
from amparo.estimation.bounds import Bound, chao, sample_coverage
from amparo.estimation.calibration import calibrated, recommended
from amparo.estimation.graphical import graphical_average
from amparo.estimation.histories import Histories
from amparo.estimation.latent_class import FEW_SHARED, LatentClass, latent_class
from amparo.estimation.loglinear import LogLinear, log_linear
from amparo.estimation.results import Estimate

Answer = Estimate | Bound | Refusal
Method = Callable[[Histories, int], Estimate | Bound]  # histories, seed
LOWER_BOUNDS = frozenset({"chao"})  # a lower bound below the others contradicts nobody
SPREAD = 1.5  # ratio of two estimates from which they are said to differ though their intervals meet


class Row(msgspec.Struct, frozen=True):
    """What one method says of the table."""

    method: str
    estimate: float | None = None  # None where refused
    low: float | None = None  # of the 95 % interval
    high: float | None = None
    refused: str | None = None  # the code
    facts: dict[str, Any] = {}


class Comparison(msgspec.Struct, frozen=True):
    """Every method's answer, and first what they say together."""

    verdict: Issue
    rows: tuple[Row, ...]

    def table(self) -> pl.DataFrame:
        """One row per method: method, estimate, low, high, refused."""
        columns = {"method": pl.String, "estimate": pl.Float64, "low": pl.Float64, "high": pl.Float64}
        rows = [(row.method, row.estimate, row.low, row.high, row.refused) for row in self.rows]
        return pl.DataFrame(rows, {**columns, "refused": pl.String}, orient="row")


class Recommendation(msgspec.Struct, frozen=True):
    """The method whose number may be used, or None, and why."""

    method: str | None
    reasons: tuple[Issue, ...]


METHODS: dict[str, Method] = {
    "hierarchical_latent_class": lambda histories, seed: latent_class(histories, seed=seed),
    "recommended": lambda histories, seed: recommended(histories, seed=seed),  # the one before, corrected
    "latent_class": lambda histories, seed: latent_class(histories, seed=seed, settings=LatentClass()),
    "graphical_average": lambda histories, seed: graphical_average(histories, seed=seed),
    "log_linear_stepwise": lambda histories, seed: log_linear(histories, seed=seed),
    # fewer resamples: with five lists each looks at 1,024 models
    "log_linear_bic": lambda histories, seed: log_linear(
        histories, seed=seed, settings=LogLinear(select="bic", resamples=200)
    ),
    "sample_coverage": lambda histories, seed: sample_coverage(histories, seed=seed),
    "chao": lambda histories, seed: chao(histories),
}


def chosen(names: Sequence[str] = ()) -> dict[str, Method]:
    """The methods of these names, all where there are none. Raises `estimation.unknown_method`."""
    for name in names:
        if name not in METHODS:
            raise AmparoError("estimation.unknown_method", method=name, methods=", ".join(METHODS))
    return {name: METHODS[name] for name in names or METHODS}


def answers(histories: Histories, *, seed: int, methods: Mapping[str, Method] = METHODS) -> dict[str, Answer]:
    """Each method's estimate or refusal, by its name; `recommended` is made from the hierarchical fit."""
    found: dict[str, Answer] = {}
    for name, method in methods.items():
        base = found.get("hierarchical_latent_class")
        try:
            if name == "recommended" and base is not None:
                found[name] = base if isinstance(base, Refusal) else calibrated(cast("Estimate", base))
            else:
                found[name] = method(histories, seed)
        except Refusal as refusal:
            found[name] = refusal
    return found


def compare(found: Mapping[str, Answer]) -> Comparison:
    """Put the answers of `answers` side by side.

    The verdict is `estimation.methods_disagree` where two 95 % intervals have no number in common (the two
    that lie furthest apart are named), `estimation.methods_spread` where they meet but two estimates differ
    by half or more, `estimation.methods_close` otherwise, and `estimation.methods_none` with fewer than two.
    Closeness proves nothing: in simulation methods that agreed within 10 % were right half of the time.
    """
    rows = tuple(row_of(name, answer) for name, answer in found.items())
    return Comparison(verdict(rows), rows)


def recommend(histories: Histories, found: Mapping[str, Answer]) -> Recommendation:
    """Which number may be used: `recommended`, or None with the reasons.

    None where the recommended method is missing or refuses (no other method is a substitute: each held the
    truth less often), where fewer people are on two lists than even two independent lists need, or where the
    whole interval lies below Chao's lower bound of it.
    """
    answer = found.get("recommended")
    reasons: list[Issue] = []
    if answer is None:
        reasons.append(Issue("estimation.not_asked", {}))
    elif isinstance(answer, Refusal):
        reasons.append(Issue(answer.code, answer.facts))
    else:
        if histories.shared < FEW_SHARED:
            reasons.append(Issue("estimation.few_shared", {"people": histories.shared}))
        least = chao(histories).low
        high = answer.interval()[1]
        if high < least:
            facts = {"high": round(high), "bound": round(least)}
            reasons.append(Issue("estimation.below_bound", facts))
    return Recommendation(None if reasons else "recommended", tuple(reasons))


def row_of(name: str, answer: Answer) -> Row:
    """One method's answer as a row."""
    if isinstance(answer, Refusal):
        return Row(name, refused=answer.code, facts=answer.facts)
    low, high = answer.interval()
    return Row(name, answer.estimate if isinstance(answer, Bound) else answer.median, low, high)


def verdict(rows: Iterable[Row]) -> Issue:
    """What the rows say together, as `compare` does."""
    given = [
        (row.low, row.estimate, row.high, row.method)
        for row in rows
        if row.low is not None
        and row.estimate is not None
        and row.high is not None
        and row.method not in LOWER_BOUNDS
    ]
    if len(given) < 2:
        return Issue("estimation.methods_none", {"methods": len(given)})
    lowest = min(given, key=lambda row: row[2])
    highest = max(given, key=lambda row: row[0])
    if highest[0] > lowest[2]:
        return Issue(
            "estimation.methods_disagree",
            {
                "lower": lowest[3],
                "lower_high": round(lowest[2]),
                "higher": highest[3],
                "higher_low": round(highest[0]),
            },
        )
    least, most = min(given, key=lambda row: row[1]), max(given, key=lambda row: row[1])
    facts = {"lower": least[3], "low": round(least[1]), "higher": most[3], "high": round(most[1])}
    spread = most[1] >= SPREAD * least[1]
    return Issue("estimation.methods_spread" if spread else "estimation.methods_close", facts)
