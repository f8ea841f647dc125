"""How many people no list holds, by Bayesian mixtures of latent classes.

Within a class the lists are independent; classes of people who are easy and hard to find make them dependent.
`LatentClass` is the model of Manrique-Vallier (2016, Biometrics 72:1246), as in the R package LCMCR, so that
past studies can be replicated. `HierarchicalLatentClass` is the recommended one: a logit-additive table of
rates, in which a class is mostly easier or harder to find on every list; it is nearly free of false modes and
covers where the other does not (docs/methods/estimation.md). Both posteriors are in `posterior`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from amparo.errors import Issue, Refusal
from amparo.estimation import posterior
from amparo.estimation.histories import Histories, identified_classes
from amparo.estimation.likelihood import tree_of
from amparo.estimation.results import Estimate
from amparo.estimation.sampling import Map, Run, sample
from amparo.runs import Progress, silent

LOW_OVERLAP, VERY_LOW_OVERLAP = 0.3, 0.1  # shares on two or more lists below which lists may specialise
FEW_SHARED = 7  # people on two or more lists that even two independent lists need (Robson and Regier 1964)
NEAR_CAP = 0.9  # of the cap: unseen numbers above this share of it are counted
CAP_NOTED = 0.01  # share of such draws from which the reader is told
CAP_REFUSED = 0.025  # beyond it the upper limit is the cap itself
SENSITIVITY = {
    "median": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "near_cap": pl.Float64,
    "refused": pl.String,
}
MANY_LISTS = 8  # from which the law of the lists' rates is learnt


@dataclass(frozen=True)
class LatentClass:
    """The prior of LCMCR, and the run."""

    classes: int = 10  # K, the truncation of the stick-breaking prior
    shape: float = 0.25  # alpha ~ Gamma(shape, rate)
    rate: float = 0.25
    on: float = 1.0  # lambda ~ Beta(on, off)
    off: float = 1.0
    cap: float = 20.0  # the unseen number is at most this many times the observed
    swept_only: bool = False  # moved as the R package does, by Gibbs sweeps alone; see `AS_IN_R`
    run: Run = field(default_factory=lambda: Run(warm_up=(150, 200, 200)))  # the step alone is tuned

    @property
    def method(self) -> str:
        """The code of the method."""
        return "latent_class_swept" if self.swept_only else "latent_class"

    def model(self, histories: Histories) -> posterior.Model:
        """The posterior of these people."""
        tree = tree_of(*_in_order(histories))
        return posterior.Model(
            tree,
            posterior.LATENT_CLASS,
            self.classes,
            self.cap,
            False,
            self.shape,
            self.rate,
            self.on,
            self.off,
            self.swept_only,
        )

    def alternatives(self) -> dict[str, list[LatentClass]]:
        """By what is changed (`prior`, `cap`, `classes`): the same settings with another value."""
        return {
            "prior": [replace(self, shape=1.0, rate=1.0), replace(self, on=0.5, off=0.5)],
            "cap": [replace(self, cap=self.cap / 2), replace(self, cap=self.cap * 5)],
            "classes": [
                replace(self, classes=max(2, self.classes // 2)),
                replace(self, classes=2 * self.classes),
            ],
        }


@dataclass(frozen=True)
class HierarchicalLatentClass:
    """The prior of the recommended model, and the run."""

    classes: int = 4
    list_mean: float = -2.0  # logit of the rate of an ordinary list, and how far lists differ
    list_spread: float = 1.5
    class_scale: float = 1.5  # s ~ HalfNormal: how far classes differ in how easily all lists find them
    cell_scale: float = 1.5  # tau ~ HalfNormal: how far a class differs on single lists
    cap: float = 20.0
    many_lists: int = MANY_LISTS  # from so many lists on, mean and spread of their rates are learnt
    run: Run = field(default_factory=Run)

    @property
    def method(self) -> str:
        """The code of the method."""
        return "hierarchical_latent_class"

    def model(self, histories: Histories) -> posterior.Model:
        """The posterior of these people."""
        tree = tree_of(*_in_order(histories))
        return posterior.Model(
            tree,
            posterior.HIERARCHICAL,
            self.classes,
            self.cap,
            len(histories.lists) >= self.many_lists,
            self.list_mean,
            self.list_spread,
            self.class_scale,
            self.cell_scale,
        )

    def alternatives(self) -> dict[str, list[HierarchicalLatentClass]]:
        """By what is changed (`prior`, `cap`, `classes`): the same settings with another value."""
        return {
            "prior": [
                replace(self, cell_scale=self.cell_scale / 3),
                replace(self, class_scale=2 * self.class_scale),
                replace(self, list_spread=2 * self.list_spread),
            ],
            "cap": [replace(self, cap=self.cap / 2), replace(self, cap=self.cap * 5)],
            "classes": [replace(self, classes=self.classes - 1), replace(self, classes=2 * self.classes)],
        }


Settings = LatentClass | HierarchicalLatentClass
RECOMMENDED = HierarchicalLatentClass()
# The sampler of LCMCR, eight chains of it and the gate: refused where its single chain tells its seed.
AS_IN_R = LatentClass(swept_only=True, run=Run(warm_up=(10_000,), draws=20_000, precision=0.01))


def latent_class(
    histories: Histories,
    *,
    seed: int,
    settings: Settings = RECOMMENDED,
    map: Map = map,  # noqa: A002  (the seam has this name everywhere)
    progress: Progress = silent,
) -> Estimate:
    """Estimate N of one stratum; the answer depends on people, stratum, seed and settings only.

    The order of lists and rows does not matter. `map` spreads the chains: the kernels release the interpreter
    lock, so the `map` of a thread pool suffices.

    Raises `Refusal`: the codes of `Histories.check`; `estimation.not_converged`; `estimation.not_identified`
    when the data leave the upper limit to the cap of the prior.
    """
    histories.check()
    label = repr(sorted(histories.stratum.items()))
    found = sample(
        settings.model(histories), settings.run, seed=seed, label=label, map=map, progress=progress
    )
    unseen = found.draws - histories.observed
    near_cap = float(np.mean(unseen > NEAR_CAP * settings.cap * histories.observed))
    if near_cap > CAP_REFUSED:
        raise Refusal("estimation.not_identified", share=round(100 * near_cap, 1), cap=settings.cap)
    return Estimate(
        method=settings.method,
        stratum=histories.stratum,
        lists=histories.lists,
        observed=histories.observed,
        draws=found.draws,
        seed=seed,
        data=histories.digest(),
        settings=asdict(settings),
        diagnostics={
            **found.figures,
            "near_cap": near_cap,  # share of draws whose unseen number is above 0.9 cap n
            "shared": histories.shared / histories.observed,  # people on two or more lists
        },
        gate={**found.gate, "near_cap": (None, CAP_REFUSED)},
        warnings=tuple(_warnings(histories, near_cap, settings.cap)),
    )


def sensitivity(
    histories: Histories,
    *,
    seed: int,
    settings: Settings = RECOMMENDED,
    map: Map = map,  # noqa: A002
    progress: Progress = silent,
) -> pl.DataFrame:
    """What another prior, cap or number of classes does to the answer: one row per setting.

    Columns: `changed` (empty in the first row: as given; then `prior`, `cap`, `classes`), `value`, `median`,
    `low`, `high` (95 %), `near_cap`, `refused` (the code, else null).
    """
    given = asdict(settings)
    jobs = [("", settings)]
    jobs += [(kind, other) for kind, others in settings.alternatives().items() for other in others]
    rows = []
    for changed, other in jobs:
        value = ", ".join(f"{name}={to}" for name, to in asdict(other).items() if given[name] != to)
        row: dict[str, Any] = {"changed": changed, "value": value, **dict.fromkeys(SENSITIVITY)}
        try:
            estimate = latent_class(histories, seed=seed, settings=other, map=map, progress=progress)
            row["median"], (row["low"], row["high"]) = estimate.median, estimate.interval()
            row["near_cap"] = estimate.diagnostics["near_cap"]
        except Refusal as refusal:
            row["refused"] = refusal.code
        rows.append(row)
    columns = {"changed": pl.String, "value": pl.String, **SENSITIVITY}
    return pl.DataFrame(rows, schema=columns)


def _in_order(histories: Histories) -> tuple[np.ndarray, np.ndarray]:
    """Patterns with lists by name and rows in ascending order, so that the caller's order is moot."""
    patterns = histories.patterns[:, np.argsort(histories.lists)]
    rows = np.lexsort(patterns.T[::-1])
    return patterns[rows], histories.counts[rows]


def _warnings(histories: Histories, near_cap: float, cap: float) -> Iterable[Issue]:
    """What a reader must know beside the number."""
    if histories.absent:
        yield Issue("estimation.lists_absent", {"lists": ", ".join(histories.absent)})
    yield from histories.concerns()
    if identified_classes(len(histories.lists)) < 2:
        yield Issue("estimation.three_lists", {})
    if histories.shared < FEW_SHARED:
        yield Issue("estimation.few_shared", {"people": histories.shared})
    share = histories.shared / histories.observed
    if share < LOW_OVERLAP:
        code = "estimation.overlap_low" if share >= VERY_LOW_OVERLAP else "estimation.overlap_very_low"
        yield Issue(code, {"share": round(100 * share, 1)})
    if near_cap > CAP_NOTED:
        yield Issue("estimation.near_cap", {"share": round(100 * near_cap, 1), "cap": cap})
