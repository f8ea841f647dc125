"""What is certain: targets that are small in every history of a programme, and the statements that do it.

Fischetti and Salazar 2001, Management Science 47:1008, section 2 ("attacker's subproblems"), here over all
releases at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from amparo.disclosure.program import EPS, Program, Vector, World
from amparo.disclosure.targets import Target, Targets
from amparo.errors import Refusal

STALLED = 0.02  # a bulk solve that clears no larger share of what is open is idle
IDLE = 3  # after so many idle ones in a row the rest is asked for one by one


@dataclass(frozen=True)
class Certain:
    """A target that is small (or fills the next wider cell) in every history."""

    target: Target
    low: int
    high: int
    by: frozenset[int]  # origins of the statements that do it
    proven: bool  # they suffice: the relaxation says so, whatever else is withheld


def certain(world: World, program: Program, targets: Targets) -> list[Certain]:
    """Every target that no history clears; the histories found are left in `targets.seen`.

    Raises `Refusal`: `disclosure.contradiction` when there is no history at all, `disclosure.unsolved` when
    the solver gives up.
    """
    if not targets.seen:
        first = program.any()
        if first is None:
            raise Refusal("disclosure.contradiction", releases=world.releases)
        targets.see(first)
    _clear_in_bulk(program, targets)
    return [found for target in targets.left() if (found := _extremes(world, program, targets, target))]


def _clear_in_bulk(program: Program, targets: Targets) -> None:
    """See histories near the optimum of random mixtures of the open targets while that clears many."""
    random = np.random.default_rng(0)  # which histories are seen first changes no verdict
    idle = 0
    for _ in range(40):
        before = int(targets.open.sum())
        if not before or idle == IDLE:
            return
        found = program.near(targets.mixture(random, program.size))
        if found is not None:
            targets.see(found)
        idle = idle + 1 if before - int(targets.open.sum()) <= STALLED * before else 0


def _extremes(world: World, program: Program, targets: Targets, target: Target) -> Certain | None:
    """Least and largest value of an open target; None once a history clears it.

    The integer programme is asked only where the relaxation leaves a way out.
    """
    if known := _printed(world, targets, target):
        return known
    ways = targets.ways_out(target, program.size)
    ends: list[tuple[int, int]] = []
    by: set[int] = set()
    for form, _ in ways:
        limits = []
        for sense in (-1, 1):
            limits.append(sense * _limit(world, program, targets, sense * form, by))
            if not targets.is_open(target):
                return None
        ends.append((limits[1], limits[0]))
    proven = True
    for (form, intervals), (least, most) in zip(ways, ends, strict=True):
        for low, high in intervals:
            if least <= high and low <= most:
                proven = False
                with program.where(form, low, high):
                    found = program.any()
                if found is not None:
                    targets.see(found)
                    return None
    return Certain(target, *ends[0], frozenset(by), proven)


def _limit(world: World, program: Program, targets: Targets, cost: Vector, by: set[int]) -> int:
    """The least whole number that the cost can be, by the relaxation; who holds it there is added to `by`."""
    found = program.linear(cost)
    if found is None:
        raise Refusal("disclosure.unsolved", releases=world.releases)
    by |= _blame(world, program)
    if program.is_whole(found):
        targets.see(found)
    return int(np.ceil(cost @ found - EPS))


def _printed(world: World, targets: Targets, target: Target) -> Certain | None:
    """A target that stands in the ledger as it is."""
    cell = targets.cells[target.cell]
    others = [
        (target.t, cell if target.wider is None else targets.cells[target.wider]),
        (target.t if target.against is None else target.against, cell),
    ]
    found = [world.exact.get((target.t, cell)), *(world.exact.get(key) for key in others)]
    if any(one is None for one in found):
        return None
    (value, row), (over, over_row), (before, before_row) = (one for one in found if one is not None)
    rows = frozenset({row, over_row, before_row})
    value -= over if target.wider is not None else before if target.against is not None else 0
    return Certain(target, value, value, rows, proven=True)


def _blame(world: World, program: Program) -> set[int]:
    """Statements with a non-zero dual value in the last relaxation."""
    columns, rows = program.shadow()
    origins = world.bound_by[np.abs(columns[: world.size]) > EPS].tolist()
    origins += [world.rows.origin[row] for row in np.flatnonzero(np.abs(rows) > EPS)]
    return {origin for origin in origins if origin >= 0}
