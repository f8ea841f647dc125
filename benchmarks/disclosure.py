"""Tables of random registers, protected in several ways, and what the joint attack finds in them.

The peer is tau-Argus release by release (`benchmarks/tau_argus.py`), alone and with a gate that withdraws
the fewest cells with which the same attack finds nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amparo.cli.checkout import load
from amparo.disclosure.attack import attack, repair
from amparo.disclosure.ledger import append, empty, exactly, rounded
from amparo.disclosure.protect import protect
from amparo.disclosure.rounding import round_table
from amparo.disclosure.rules import Rules
from amparo.disclosure.space import TOTAL, Cell, Dimension, Space
from amparo.errors import Refusal

RULES = Rules(k=5)
ZONES = (3, 4, 4, 3)  # departments a zone
# Places and releases of the cost lines, six acts each.
SIZES = ((14, 4), (14, 12), (14, 20), (60, 12), (262, 12))
Counts = NDArray[np.int64]


class Published(NamedTuple):
    """What a strategy prints of one release."""

    table: pl.DataFrame
    gap: float = 0.0  # cells that a better choice for this release could still show


Strategy = Callable[[Space, Counts, int, pl.DataFrame, int], Published]


def run(registers: int = 20, seed: int = 1) -> Iterator[dict[str, Any]]:
    """A row per register and strategy, one per strategy over all registers, and the cost against size.

    A register: 14 departments in 4 zones x 6 acts with all margins, 4 to 12 cumulative releases that grow
    from 300 to 400 people. `exact_*` and `small_*` count what the attack is certain of over all releases,
    margins included; increments from one release to the next. `changes_found` counts changes between any two
    releases. `shown`: share of cells with their count (`round` and `controlled_rounding`: with a rounded
    one). `held`: share that repeats an earlier number as a lower end. `gap`: cells that a better choice for a
    release, given the ones before, could still show. `refused`: the reason of the last release that was not
    published, and the registers that have one. `ceiling*`: see `ceilings`. One process a core.
    """
    rows: list[dict[str, Any]] = []
    for some in _map(partial(_all, seed), range(registers)):
        rows += some
        yield from some
    for name in STRATEGIES:
        yield _mean(name, [row for row in rows if row["strategy"] == name])
    yield from _map(partial(_cost, seed), SIZES)


def ceilings(values: Counts, k: int) -> dict[str, float]:
    """Shares of cells that cannot be passed, from (releases, cells) true counts: no other cell is looked at.

    `ceiling`: no small count printed, and no two numbers of a cell that differ by a small one, the future
    known. `ceiling_next`: the same, from one release to the next only. `ceiling_unforeseen`: as the first,
    each number printed as soon as it may be; with steady growth nobody can expect to do better who does not
    know the future.
    """
    size = values.size
    return {
        "ceiling": round(sum(_longest(counts, k) for counts in values.T) / size, 4),
        "ceiling_next": round(sum(_longest_next(counts, k) for counts in values.T) / size, 4),
        "ceiling_unforeseen": round(sum(_first_come(counts, k) for counts in values.T) / size, 4),
    }


def _longest(counts: Counts, k: int) -> int:
    """Most releases of one cell whose numbers differ by 0 or at least `k`, by the numbers in order."""
    best: list[tuple[int, int]] = []
    for number, times in zip(*np.unique(counts, return_counts=True), strict=True):
        if number == 0 or number >= k:
            before = max((most for other, most in best if number - other >= k), default=0)
            best.append((int(number), before + int(times)))
    return max((most for _, most in best), default=0)


def _longest_next(counts: Counts, k: int) -> int:
    """The same where only a release and the one before are compared."""
    without, with_ = 0, -1  # most so far if the last number is not printed, if it is (-1: it cannot be)
    last = int(counts[0])
    for count in counts.tolist():
        printed = without + 1
        if with_ >= 0 and not 1 <= abs(count - last) < k:
            printed = max(printed, with_ + 1)
        without, with_, last = max(without, with_), -1 if 1 <= count < k else printed, count
    return max(without, with_)


def _first_come(counts: Counts, k: int) -> int:
    """The same where every number is printed as soon as it may be."""
    printed: list[int] = []
    for count in counts.tolist():
        if not 1 <= count < k and not any(1 <= abs(count - other) < k for other in printed):
            printed.append(count)
    return len(printed)


def _map(work: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterable[Any]:
    """The tasks on all cores, answers in order; in this process where there is one of either."""
    cores = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1, len(tasks))
    if cores < 2:
        yield from map(work, tasks)
        return
    with ProcessPoolExecutor(
        cores, get_context("spawn"), initializer=load, initargs=("benchmarks", "disclosure")
    ) as pool:
        yield from pool.map(work, tasks)


def _all(seed: int, register: int) -> list[dict[str, Any]]:
    """One register through all strategies."""
    space = _space(14)
    random = np.random.default_rng([seed, register])
    truth = _register(random, 14, int(random.integers(4, 13)))
    limits = ceilings(truth @ space.matrix(space.cells()).T, RULES.k)
    rows = []
    for name, strategy in STRATEGIES.items():
        row = {"register": register, **_measure(space, truth, name, strategy, register)}
        rows.append(row | limits if name == "amparo" else row)
    return rows


def _cost(seed: int, size: tuple[int, int]) -> dict[str, Any]:
    """One larger register through protection and attack."""
    places, releases = size
    space = _space(places)
    truth = _register(np.random.default_rng([seed, places, releases]), places, releases)
    row = _measure(space, truth, "amparo", _amparo, 0)
    return {"places": places, "releases": releases, "cells": len(space.cells()), **row}


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
    ledger, refused, held, gap = empty(), None, 0, 0.0
    start = time.perf_counter()
    for release, counts in enumerate(truth, start=1):
        try:
            table, missed = strategy(space, counts, release, ledger, seed)
        except Refusal as refusal:
            refused = refusal.code
            continue
        known = {tuple(cell) for cell in ledger["cell"].to_list()}
        held += len(known - {tuple(cell) for cell in table["cell"].to_list()})
        ledger = append(ledger, table)
        gap += missed
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
        "gap": round(gap, 2),
        "seconds": round(protected - start, 2),
        "audit_seconds": round(time.perf_counter() - protected, 2),
        "refused": refused,
    }


def _mean(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The sum of what was found, the mean of what is shown, the time of all registers together."""
    found = ("exact_cells", "small_cells", "exact_increments", "small_increments", "changes_found", "gap")
    shares = ["shown", "held", *(key for key in rows[0] if key.startswith("ceiling"))]
    return {
        "strategy": name,
        "registers": len(rows),
        **{key: sum(row[key] for row in rows) for key in found},
        **{key: round(float(np.mean([row[key] for row in rows])), 4) for key in shares},
        **{key: round(sum(row[key] for row in rows), 2) for key in ("seconds", "audit_seconds")},
        "refused": (refused := sum(row["refused"] is not None for row in rows)),
        "refused_share": round(refused / len(rows), 4),
    }


def _raw(space: Space, counts: Counts, release: int, _ledger: pl.DataFrame, _seed: int) -> Published:
    """Everything as it is."""
    return _printed(space, counts, release, set())


def _hide_small(space: Space, counts: Counts, release: int, _ledger: pl.DataFrame, _seed: int) -> Published:
    """Cells of 1 to k-1 left out."""
    cells = space.cells()
    small = RULES.small(space.matrix(cells) @ counts)
    return _printed(space, counts, release, {cell for cell, hide in zip(cells, small, strict=True) if hide})


def _round(space: Space, counts: Counts, release: int, _ledger: pl.DataFrame, _seed: int) -> Published:
    """Every cell to the nearest multiple of five."""
    cells = space.cells()
    values = np.round(space.matrix(cells) @ counts / 5).astype(int) * 5
    rows = [rounded(release, cell, int(n), 5) for cell, n in zip(cells, values, strict=True)]
    return Published(pl.concat(rows))


def _amparo(space: Space, counts: Counts, release: int, ledger: pl.DataFrame, seed: int) -> Published:
    """Protected jointly with all earlier releases."""
    found = protect(_frame(space, counts, release), ledger, space, RULES, seed=1_000 * seed + release)
    return Published(found.table, found.gap)


def _controlled(space: Space, counts: Counts, release: int, ledger: pl.DataFrame, seed: int) -> Published:
    """Rounded to fives that add up, audited jointly with all earlier releases."""
    truth = _frame(space, counts, release)
    return Published(round_table(truth, ledger, space, RULES, seed=1_000 * seed + release).table)


def _frame(space: Space, counts: Counts, release: int) -> pl.DataFrame:
    leaves = product(*(dimension.leaves for dimension in space.dimensions))
    rows = [(*leaf, release, int(n)) for leaf, n in zip(leaves, counts, strict=True)]
    return pl.DataFrame(rows, schema=[*space.names, "release", "count"], orient="row")


def _tau_argus(space: Space, counts: Counts, release: int, _ledger: pl.DataFrame, _seed: int) -> Published:
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


def _tau_argus_gate(space: Space, counts: Counts, release: int, ledger: pl.DataFrame, seed: int) -> Published:
    """The same, with cells withdrawn until the joint attack finds nothing."""
    return Published(repair(_tau_argus(space, counts, release, ledger, seed).table, ledger, space, RULES)[0])


def _printed(space: Space, counts: Counts, release: int, hidden: set[Cell]) -> Published:
    cells = space.cells()
    values = space.matrix(cells) @ counts
    shown = zip(cells, values, strict=True)
    rows = (exactly(release, cell, int(n)) for cell, n in shown if cell not in hidden)
    return Published(pl.concat([empty(), *rows]))


STRATEGIES: dict[str, Strategy] = {
    "raw": _raw,
    "hide_small": _hide_small,
    "round": _round,
    "tau_argus": _tau_argus,
    "tau_argus_gate": _tau_argus_gate,
    "amparo": _amparo,
    "controlled_rounding": _controlled,
}
