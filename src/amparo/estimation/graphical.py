"""How many people no list holds, averaged over decomposable graphs of dependence between lists.

Madigan, D. and York, J. C.: Bayesian methods for estimation of the size of a closed population. Biometrika
84:19, 1997; the R package dga is the field's implementation. Each graph says which lists depend on each other
given the rest; its likelihood is known in closed form, so the average over all graphs is exact.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from amparo.errors import Issue, Refusal
from amparo.estimation import graphical_kernels as kernels
from amparo.estimation import hierarchy
from amparo.estimation.histories import Histories
from amparo.estimation.latent_class import CAP_NOTED, CAP_REFUSED, NEAR_CAP
from amparo.estimation.results import Estimate

Floats = NDArray[np.float64]
MOST_LISTS = 6  # 18,154 graphs; seven lists have 617,675
COARSE, FINE = 400, 1_500  # points of the grid of the unseen: to find where the mass is, to measure it
TAIL = 1e-7  # mass left outside the fine grid on either side
DRAWS = 4_000
SHOWN = 10  # graphs named in the result


@dataclass(frozen=True)
class GraphicalAverage:
    """The priors of the average."""

    delta: float | None = None  # Dirichlet weight of each cell of the whole table; 2^-lists where None
    cap: float = 20.0  # the unseen number is at most this many times the observed
    # N is Poisson with a gamma mean of shape a and rate b (Madigan and York 1997); p(N) = 1/N where None
    gamma: tuple[float, float] | None = None


class Posterior(NamedTuple):
    """The law of the unseen on its grid, and of the graphs."""

    unseen: Floats  # (grid,) ascending whole numbers
    mass: Floats  # (grid,) adds to 1
    widths: Floats  # (grid,) whole numbers that each point stands for
    graphs: list[list[list[str]]]  # the cliques of the likeliest graphs
    weights: Floats  # of every graph, the likeliest first


def graphical_average(
    histories: Histories, *, seed: int, settings: GraphicalAverage = GraphicalAverage()
) -> Estimate:
    """Estimate N of one stratum of 3 to 6 lists; `seed` orders the draws, the posterior is exact on its grid.

    With the Dirichlet weight .5 of dga's examples sparse tables collapse (the prior outweighs the empty
    cells); the default spreads one observation over the whole table. `sensitivity` shows what another weight
    would say.

    Raises `Refusal`: the codes of `Histories.check`, `estimation.too_many_lists`,
    `estimation.not_identified`.
    """
    histories.check()
    found = posterior(histories, settings)
    observed = histories.observed
    near_cap = float(found.mass[found.unseen > NEAR_CAP * settings.cap * observed].sum())
    if near_cap > CAP_REFUSED:
        raise Refusal("estimation.not_identified", share=round(100 * near_cap, 1), cap=settings.cap)
    label = zlib.crc32(repr(sorted(histories.stratum.items())).encode())
    rng = np.random.default_rng(np.random.SeedSequence([seed, label]))
    draws = observed + rng.permutation(_quantiles(found, (np.arange(DRAWS) + 0.5) / DRAWS))
    top = [
        {"cliques": graph, "weight": round(float(weight), 4)}
        for graph, weight in zip(found.graphs, found.weights, strict=False)
    ]
    return Estimate(
        method="graphical_average",
        stratum=histories.stratum,
        lists=histories.lists,
        observed=observed,
        draws=draws[None],
        seed=seed,
        data=histories.digest(),
        settings=asdict(replace(settings, delta=_delta(settings, len(histories.lists)))),
        diagnostics={"near_cap": near_cap, "top_weight": float(found.weights[0])},
        gate={"near_cap": (None, CAP_REFUSED)},
        warnings=tuple(_warnings(histories, near_cap, settings)),
        chosen={"graphs": top},
    )


def sensitivity(
    histories: Histories, *, seed: int, deltas: Sequence[float] | None = None
) -> list[Estimate | Refusal]:
    """The estimate under other Dirichlet weights: a quarter and four times the default, .1, .5 and 1."""
    whole = 2.0 ** -len(histories.lists)
    results: list[Estimate | Refusal] = []
    for delta in deltas or (whole / 4, whole, 4 * whole, 0.1, 0.5, 1.0):
        try:
            results.append(graphical_average(histories, seed=seed, settings=GraphicalAverage(delta)))
        except Refusal as refusal:
            results.append(refusal)
    return results


def posterior(histories: Histories, settings: GraphicalAverage) -> Posterior:
    """The posterior of the unseen number and of the graphs. Raises `estimation.too_many_lists`."""
    lists = tuple(sorted(histories.lists))  # so that the order of the columns is moot
    if len(lists) > MOST_LISTS:
        raise Refusal("estimation.too_many_lists", lists=len(lists), most=MOST_LISTS)
    by_name = histories.patterns[:, np.argsort(histories.lists)]
    counts = hierarchy.cells(Histories(lists, by_name, histories.counts)).astype(np.float64)
    graphs = _graphs(len(lists))
    cap = settings.cap * histories.observed
    low, high = 0.0, cap
    unseen = mass = widths = of_graph = np.zeros(0)
    for points in (COARSE, FINE):
        unseen, widths = _grid(low, high, points)
        terms = kernels.marginal_likelihoods(counts, unseen, _delta(settings, len(lists)))
        prior = _log_prior(unseen, histories.observed, settings)
        mass, of_graph = kernels.weigh(terms, prior, widths, graphs)
        mass = mass / mass.sum()
        total = np.cumsum(mass)
        inside = np.flatnonzero((total > TAIL) & (total - mass < 1.0 - TAIL))
        low = float(unseen[max(inside[0] - 1, 0)])
        high = float(unseen[min(inside[-1] + 1, unseen.size - 1)])
    weights = of_graph / of_graph.sum()
    order = np.argsort(-weights, kind="stable")
    cliques = [_cliques(graphs, g, lists) for g in order[:SHOWN].tolist()]
    return Posterior(unseen, mass, widths, cliques, weights[order])


@lru_cache(maxsize=4)
def _graphs(lists: int) -> kernels.Graphs:
    """The decomposable graphs, found once."""
    return kernels.decomposable(lists)


def _delta(settings: GraphicalAverage, lists: int) -> float:
    return 2.0**-lists if settings.delta is None else settings.delta


def _grid(low: float, high: float, points: int) -> tuple[Floats, Floats]:
    """Whole numbers from low to high, all of them where they are few, else evenly spaced in log(1 + x)."""
    spaced = np.expm1(np.linspace(np.log1p(low), np.log1p(high), points))
    unseen = np.unique(np.round(spaced)) if high - low >= points else np.arange(low, high + 1.0)
    middles = (unseen[1:] + unseen[:-1]) / 2
    return unseen, np.diff(middles, prepend=unseen[0] - 0.5, append=unseen[-1] + 0.5)


def _log_prior(unseen: Floats, observed: int, settings: GraphicalAverage) -> Floats:
    """log p(N) and the number of ways to choose the unseen, up to a constant."""
    people = unseen + observed
    ways = _lgamma(people + 1.0) - _lgamma(unseen + 1.0)
    if settings.gamma is None:
        return ways - np.log(people)
    shape, rate = settings.gamma
    poisson = people * np.log(rate) - (people + shape) * np.log1p(rate)
    return ways + poisson + _lgamma(people + shape) - _lgamma(people + 1.0)


def _lgamma(values: Floats) -> Floats:
    """log Gamma by Stirling's series after moving the argument above 10."""
    total = np.zeros_like(values)
    moved = values.copy()
    for _ in range(10):
        small = moved < 10.0
        total[small] -= np.log(moved[small])
        moved[small] += 1.0
    inverse = 1.0 / moved**2
    series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / moved
    return total + (moved - 0.5) * np.log(moved) - moved + 0.5 * np.log(2 * np.pi) + series


def _quantiles(found: Posterior, shares: Floats) -> Floats:
    """Quantiles of the unseen; between grid points the mass is spread evenly over the whole numbers."""
    ends = np.concatenate([[0.0], np.cumsum(found.mass)])
    edges = np.concatenate([[found.unseen[0] - 0.5], found.unseen[0] - 0.5 + np.cumsum(found.widths)])
    return np.round(np.interp(shares, ends / ends[-1], edges)).clip(0.0)


def _cliques(graphs: kernels.Graphs, g: int, lists: tuple[str, ...]) -> list[list[str]]:
    """The cliques of a graph by name."""
    part = slice(graphs.starts[g], graphs.starts[g + 1])
    largest = graphs.sets[part][graphs.signs[part] > 0].tolist()
    return [[name for j, name in enumerate(lists) if clique >> j & 1] for clique in largest]


def _warnings(histories: Histories, near_cap: float, settings: GraphicalAverage) -> Iterable[Issue]:
    """What a reader must know beside the number."""
    yield from histories.concerns()
    if near_cap > CAP_NOTED:
        yield Issue("estimation.near_cap", {"share": round(100 * near_cap, 1), "cap": settings.cap})
