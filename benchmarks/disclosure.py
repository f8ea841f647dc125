"""Tables of random registers, protected in several ways, and what the joint attack finds in them.

The peer is tau-Argus release by release (`benchmarks/tau_argus.py`), alone and with a gate that withdraws
cells until the same attack finds nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amparo.cli.checkout import load
from amparo.disclosure.attack import attack, repair
from amparo.disclosure.ledger import append, empty, exactly, rounded
from amparo.disclosure.protect import protect
from amparo.disclosure.rules import Rules
from amparo.disclosure.space import TOTAL, Cell, Dimension, Space
from amparo.errors import Refusal

RULES = Rules(k=5)
ZONES = (3, 4, 4, 3)  # departments a zone
# Places and releases of the cost lines, six acts each.
SIZES = ((14, 4), (14, 12), (14, 20), (60, 12), (262, 12))
Counts = NDArray[np.int64]
Strategy = Callable[[Space, Counts, int, pl.DataFrame, int], pl.DataFrame]


def run(registers: int = 20, seed: int = 1) -> Iterator[dict[str, Any]]:
    """A row per register and strategy, one per strategy over all registers, and the cost against size.

    A register: 14 departments in 4 zones x 6 acts with all margins, 4 to 12 cumulative releases that grow
    from 300 to 400 people. `exact_*` and `small_*` count what the attack is certain of over all releases,
    margins included; increments from one release to the next. `changes_found` counts changes between any two
    releases. `shown`: share of cells with their count. `held`: share that repeats an earlier number as a
    lower end.
    """
    space = _space(14)
    rows = []
    for register in range(registers):
        random = np.random.default_rng([seed, register])
        truth = _register(random, 14, int(random.integers(4, 13)))
        for name, strategy in STRATEGIES.items():
            row = {"register": register, **_measure(space, truth, name, strategy, register)}
            rows.append(row)
            yield row
    for name in STRATEGIES:
        yield _mean(name, [row for row in rows if row["strategy"] == name])
    for places, releases in SIZES:
        truth = _register(np.random.default_rng([seed, places, releases]), places, releases)
        yield {
            "places": places,
            "releases": releases,
            "cells": len(_space(places).cells()),
            **_measure(_space(places), truth, "amparo", _amparo, 0),
        }


def _space(places: int) -> Space:
    """Places in four zones x six acts."""
    ends = np.cumsum(ZONES) / sum(ZONES) * places
    zones = np.searchsorted(ends, np.arange(places), side="right")
    above = {f"place{at:03}": (f"zone{zone}",) for at, zone in enumerate(zones)}
    return Space([Dimension("place", above), Dimension("act", {f"act{at}": () for at in range(6)})])


def _register(random: np.random.Generator, places: int, releases: int) -> Counts:
    """(releases, leaves) cumulative counts: uneven places and acts, some acts more frequent in places."""
    shares = np.outer(random.dirichlet(np.ones(places)), random.dirichlet(np.full(6, 1.5))).ravel()
    shares *= random.gamma(4.0, 0.25, shares.size)
    totals = np.concatenate([[300], np.sort(random.integers(300, 401, releases - 2)), [400]])
    new = [random.multinomial(n, shares / shares.sum()) for n in np.diff(totals, prepend=0)]
    return np.cumsum(new, axis=0)


def _measure(space: Space, truth: Counts, name: str, strategy: Strategy, seed: int) -> dict[str, Any]:
    """All releases through one strategy, then the attack on all of them."""
    ledger, refused, held = empty(), None, 0
    start = time.perf_counter()
    for release, counts in enumerate(truth, start=1):
        try:
            table = strategy(space, counts, release, ledger, seed)
        except Refusal as refusal:
            refused = refusal.code
            continue
        known = {tuple(cell) for cell in ledger["cell"].to_list()}
        held += len(known - {tuple(cell) for cell in table["cell"].to_list()})
        ledger = append(ledger, table)
    protected = time.perf_counter()
    audit = attack(empty(), ledger, space, RULES)
    cells = len(space.cells()) * len(truth)
    return {
        "strategy": name,
        "releases": len(truth),
        "exact_cells": audit.count("exact", changes=False),
        "small_cells": audit.count("small", changes=False),
        "exact_increments": audit.count("exact", changes=True, consecutive=True),
        "small_increments": audit.count("small", changes=True, consecutive=True),
        "changes_found": audit.findings["against"].count(),
        "shown": round(ledger.height / cells, 4),
        "held": round(held / cells, 4),
        "seconds": round(protected - start, 2),
        "audit_seconds": round(time.perf_counter() - protected, 2),
        "refused": refused,
    }


def _mean(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The sum of what was found, the mean of what is shown, the time of all registers together."""
    found = ("exact_cells", "small_cells", "exact_increments", "small_increments", "changes_found")
    return {
        "strategy": name,
        "registers": len(rows),
        **{key: sum(row[key] for row in rows) for key in found},
        **{key: round(float(np.mean([row[key] for row in rows])), 4) for key in ("shown", "held")},
        **{key: round(sum(row[key] for row in rows), 2) for key in ("seconds", "audit_seconds")},
        "refused": sum(row["refused"] is not None for row in rows),
    }


def _raw(space: Space, counts: Counts, release: int, _ledger: pl.DataFrame, _seed: int) -> pl.DataFrame:
    """Everything as it is."""
    return _printed(space, counts, release, set())


def _hide_small(
    space: Space, counts: Counts, release: int, _ledger: pl.DataFrame, _seed: int
) -> pl.DataFrame:
    """Cells of 1 to k-1 left out."""
    cells = space.cells()
    small = RULES.small(space.matrix(cells) @ counts)
    return _printed(space, counts, release, {cell for cell, hide in zip(cells, small, strict=True) if hide})


def _round(space: Space, counts: Counts, release: int, _ledger: pl.DataFrame, _seed: int) -> pl.DataFrame:
    """Every cell to the nearest multiple of five."""
    cells = space.cells()
    values = np.round(space.matrix(cells) @ counts / 5).astype(int) * 5
    return pl.concat([rounded(release, cell, int(n), 5) for cell, n in zip(cells, values, strict=True)])


def _amparo(space: Space, counts: Counts, release: int, ledger: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Protected jointly with all earlier releases."""
    leaves = product(*(dimension.leaves for dimension in space.dimensions))
    rows = [(*leaf, release, int(n)) for leaf, n in zip(leaves, counts, strict=True)]
    truth = pl.DataFrame(rows, schema=[*space.names, "release", "count"], orient="row")
    return protect(truth, ledger, space, RULES, seed=seed).table


def _tau_argus(space: Space, counts: Counts, release: int, _ledger: pl.DataFrame, _seed: int) -> pl.DataFrame:
    """Optimal secondary suppression by tau-Argus, this release alone; empty cells are shown."""
    leaves = list(product(*(dimension.leaves for dimension in space.dimensions)))
    persons = [leaf for leaf, n in zip(leaves, counts, strict=True) for _ in range(n)]
    columns = {name: [leaf[at] for leaf in persons] for at, name in enumerate(space.names)}
    groups = {
        dimension.name: {
            group: [leaf for leaf, above in dimension.leaves.items() if group in above]
            for group in dimension.groups
        }
        for dimension in space.dimensions
        if dimension.groups
    }
    withheld = load("benchmarks", "tau_argus").suppressed(columns, groups, RULES.k)
    hidden = {tuple(TOTAL if node is None else node for node in cell) for cell in withheld}
    return _printed(space, counts, release, hidden)


def _tau_argus_gate(
    space: Space, counts: Counts, release: int, ledger: pl.DataFrame, seed: int
) -> pl.DataFrame:
    """The same, with cells withdrawn until the joint attack finds nothing."""
    return repair(_tau_argus(space, counts, release, ledger, seed), ledger, space, RULES)[0]


def _printed(space: Space, counts: Counts, release: int, hidden: set[Cell]) -> pl.DataFrame:
    cells = space.cells()
    values = space.matrix(cells) @ counts
    shown = zip(cells, values, strict=True)
    return pl.concat([empty(), *(exactly(release, cell, int(n)) for cell, n in shown if cell not in hidden)])


STRATEGIES: dict[str, Strategy] = {
    "raw": _raw,
    "hide_small": _hide_small,
    "round": _round,
    "tau_argus": _tau_argus,
    "tau_argus_gate": _tau_argus_gate,
    "amparo": _amparo,
}
