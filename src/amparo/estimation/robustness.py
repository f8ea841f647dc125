"""Does one list carry the answer, and could the model have made these data?"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amparo.errors import Refusal
from amparo.estimation import sampling
from amparo.estimation.histories import Histories
from amparo.estimation.latent_class import RECOMMENDED, Settings, latent_class
from amparo.estimation.results import Estimate

LEFT_OUT = {
    "left_out": pl.String,
    "observed": pl.Int64,
    "median": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "refused": pl.String,
}
MOST_CELLS = 12  # lists up to which all patterns are kept; beyond, people are drawn one by one


def leave_one_list_out(
    histories: Histories,
    *,
    seed: int,
    method: Callable[..., Estimate] = latent_class,
    settings: Any = RECOMMENDED,
) -> pl.DataFrame:
    """The estimate with all lists (first row, `left_out` null) and without each in turn.

    Columns: `left_out`, `observed`, `median`, `low`, `high` (95 %), `refused` (the code, else null).
    """
    rows = []
    for name in (None, *histories.lists):
        left = histories if name is None else histories.drop([name])
        row: dict[str, Any] = {"left_out": name, "observed": left.observed}
        try:
            estimate = method(left, seed=seed, settings=settings)
            row["median"], (row["low"], row["high"]) = estimate.median, estimate.interval()
        except Refusal as refusal:
            row["refused"] = refusal.code
        rows.append(row)
    return pl.DataFrame(rows, schema=LEFT_OUT)


def predictive_check(
    histories: Histories, *, seed: int, settings: Settings = RECOMMENDED, replicates: int = 400
) -> pl.DataFrame:
    """Posterior predictive check (Gelman, Meng, Stern 1996): tables the fitted model would give.

    Replicated tables of as many observed people, from draws of the posterior. Rows: people on exactly 1, 2,
    ... lists, then people on each pair of lists. Columns: `statistic` ("on 2 lists", "a & b"), `observed`,
    `median`, `low`, `high` (95 % of the replicates) and `p`, twice the smaller tail: near 0 the model does
    not give such data.
    """
    histories.check()
    model = settings.model(histories)
    weights, rates = sampling.trace(model, settings.run, seed=seed, points=replicates)
    lists = tuple(sorted(histories.lists))  # the order of the model
    rng = np.random.default_rng([seed, 1])
    replicated = [
        _statistics(*_replicate(rng, *point, histories.observed))
        for point in zip(weights, rates, strict=True)
    ]
    order = [histories.lists.index(name) for name in lists]
    observed = _statistics(histories.patterns[:, order].astype(np.int64), histories.counts)
    names = [f"on {number} lists" for number in range(1, len(lists) + 1)]
    names += [f"{first} & {second}" for first, second in combinations(lists, 2)]
    found = np.array(replicated)
    low, median, high = np.quantile(found, [0.025, 0.5, 0.975], axis=0)
    tails = np.minimum(np.mean(found <= observed, axis=0), np.mean(found >= observed, axis=0))
    columns = {"statistic": names, "observed": observed, "median": median, "low": low, "high": high}
    return pl.DataFrame(columns | {"p": np.minimum(2 * tails, 1.0)})


def _replicate(
    rng: np.random.Generator, weights: NDArray[np.float64], rates: NDArray[np.float64], people: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Patterns and counts of so many people seen."""
    lists = len(rates)
    if lists <= MOST_CELLS:
        patterns = (np.arange(1, 2**lists)[:, None] >> np.arange(lists)) & 1
        cells = np.prod(np.where(patterns[:, :, None] == 1, rates, 1 - rates), axis=1) @ weights
        return patterns, rng.multinomial(people, cells / cells.sum())
    seen = weights * (1 - np.prod(1 - rates, axis=0))
    of_class = rng.choice(len(weights), people, p=seen / seen.sum())
    held = np.zeros((people, lists), np.int64)
    while (missing := np.flatnonzero(~held.any(axis=1))).size:
        held[missing] = rng.random((missing.size, lists)) < rates[:, of_class[missing]].T
    return held, np.ones(people, np.int64)


def _statistics(patterns: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    lists = patterns.shape[1]
    on = np.bincount(patterns.sum(axis=1), counts, lists + 1)[1:]
    both = patterns.T @ (patterns * counts[:, None])
    return np.concatenate([on, both[np.triu_indices(lists, 1)]]).astype(np.float64)
