"""The attack: what a reader of everything published, who may know more, can be certain of.

For every count of every release and every change between two releases the least and the largest value over
all histories that agree with what was published are sought (linear programme, then integer programme).
Dandekar and Cox 2002, "Synthetic tabular data"; Fischetti and Salazar 2001, Management Science 47:1008,
section 2 ("attacker's subproblems"), here over all releases at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amparo.disclosure.ledger import append, empty
from amparo.disclosure.program import BULK_NODES, EPS, Program, World
from amparo.disclosure.rules import Rules
from amparo.disclosure.space import Space
from amparo.disclosure.targets import Target, Targets
from amparo.errors import Refusal
from amparo.records import Schema

FINDINGS: Schema = {
    "release": pl.Int64,
    "against": pl.Int64,  # the earlier release of a change, null for a count
    "cell": pl.List(pl.String),
    "wider": pl.List(pl.String),  # the wider cell that it fills, null for counts and changes
    "verdict": pl.String,  # "exact", "small" (certainly 1..k-1) or "full"
    "low": pl.Int64,
    "high": pl.Int64,
    "by": pl.List(pl.Int64),  # rows of `statements` that did it
}
STALLED = 0.05  # a bulk solve that clears less than this share of what is open has done its work


@dataclass(frozen=True)
class Audit:
    """What the attack found: nothing, if `findings` is empty."""

    findings: pl.DataFrame  # as FINDINGS
    statements: pl.DataFrame  # ledger, table and side knowledge in this order: what `by` counts in
    targets: int  # counts and changes tried

    @property
    def safe(self) -> bool:
        """Nothing is certain."""
        return self.findings.is_empty()

    def count(self, verdict: str, changes: bool, consecutive: bool = False) -> int:
        """How many counts, or changes (all, or from one release to the next), have a verdict.

        An exact value is certainly small as well, and counted once, as exact.
        """
        found = self.findings.filter(pl.col("verdict") == verdict)
        found = found.filter(pl.col("against").is_not_null() if changes else pl.col("against").is_null())
        if consecutive:
            order = sorted(set(self.statements["release"].to_list()))
            before = dict(zip(order[1:], order[:-1], strict=True))
            found = found.filter(pl.col("against") == pl.col("release").replace_strict(before, default=None))
        return found.height


def attack(
    table: pl.DataFrame,
    ledger: pl.DataFrame,
    space: Space,
    rules: Rules | None = None,
    *,
    knowledge: pl.DataFrame | None = None,
) -> Audit:
    """Audit a table about to be published together with everything published before.

    `table`, `ledger` and `knowledge` (public totals, an insider's own record) are statements as in `LEDGER`.
    The truth is not asked for. Raises `Refusal` `disclosure.contradiction` when no register agrees with the
    statements, `frame.columns`, `disclosure.order`, `disclosure.unknown_node`.
    """
    rules = rules or Rules()
    statements = pl.concat([append(ledger, table), empty() if knowledge is None else knowledge])
    world = World(space, statements)
    if not world.releases:
        return Audit(pl.DataFrame(schema=FINDINGS), statements, 0)
    targets = Targets(space, len(world.releases), rules)
    program = Program(world.low, world.high, world.rows, world.size)
    first = program.best(np.zeros(world.size))
    if first is None:
        raise Refusal("disclosure.contradiction", releases=world.releases)
    targets.see(first)
    clear_in_bulk(program, targets)
    findings = [found for target in targets.left() if (found := _extremes(world, program, targets, target))]
    frame = pl.DataFrame(findings, schema=FINDINGS)
    return Audit(frame, statements, targets.least.size + targets.full.size)


def clear_in_bulk(program: Program, targets: Targets) -> None:
    """See histories at the optimum of random mixtures of the open targets while that clears many."""
    random = np.random.default_rng(0)  # which histories are seen first changes no verdict
    for _ in range(40):
        before = int(targets.open.sum())
        found = program.best(targets.mixture(random, program.size), nodes=BULK_NODES) if before else None
        if found is None:
            return
        targets.see(found)
        if before - int(targets.open.sum()) < STALLED * before:
            return


def _extremes(world: World, program: Program, targets: Targets, target: Target) -> dict[str, Any] | None:
    """Least and largest value of an open target; None once a history clears it.

    The integer programme is asked only where the relaxation leaves a way out.
    """
    known = _printed(world, targets, target)
    if known:
        return _finding(world, targets, target, low=known[0], high=known[1], by=known[2])
    form = targets.form(target, program.size)
    ends: list[int] = []
    by: set[int] = set()
    for sense in (-1.0, 1.0):
        found = program.linear(sense * form)
        if found is None:
            raise Refusal("disclosure.unsolved", releases=world.releases)
        by |= _blame(world, program)
        ends.append(round(float(sense * np.ceil(sense * (form @ found) - EPS))))
        if program.is_whole(found):
            targets.see(found)
            if not targets.is_open(target):
                return None
    for way, low, high in targets.ways_out(target, program.size):
        if ends[1] <= high and low <= ends[0]:
            with program.where(way, low, high):
                found = program.integer(np.zeros(program.size))
            if found is not None:
                targets.see(found)
                return None
    return _finding(world, targets, target, low=ends[1], high=ends[0], by=by)


def _printed(world: World, targets: Targets, target: Target) -> tuple[int, int, set[int]] | None:
    """A count that stands in the ledger as it is, or a change between two of these."""
    now = world.exact.get((target.t, targets.cells[target.cell]))
    if now is None or target.wider is not None:
        return None
    if target.against is None:
        return now[0], now[0], {now[1]}
    then = world.exact.get((target.against, targets.cells[target.cell]))
    if then is None:
        return None
    return now[0] - then[0], now[0] - then[0], {now[1], then[1]}


def _blame(world: World, program: Program) -> set[int]:
    """Ledger rows with a dual value at the optimum: they hold the target where it is."""
    columns, rows = program.shadow()
    origins = world.bound_by[np.abs(columns[: world.size]) > EPS].tolist()
    origins += [world.rows.origin[row] for row in np.flatnonzero(np.abs(rows) > EPS)]
    return {origin for origin in origins if origin >= 0}


def _finding(
    world: World, targets: Targets, target: Target, *, low: int, high: int, by: set[int]
) -> dict[str, Any]:
    full = target.wider is not None
    return {
        "release": world.releases[target.t],
        "against": None if target.against is None else world.releases[target.against],
        "cell": list(targets.cells[target.cell]),
        "wider": list(targets.cells[target.wider]) if target.wider is not None else None,
        "verdict": "full" if full else "exact" if low == high else "small",
        "low": low,
        "high": high,
        "by": sorted(by),
    }


def widths(statements: pl.DataFrame, space: Space) -> pl.DataFrame:
    """Per release and cell how far a reader can narrow the count down: `low`, `high`, `width`.

    Bounds of the linear relaxation, rounded inward to whole numbers: the true interval is never wider. Raises
    `disclosure.contradiction`.
    """
    world = World(space, statements)
    program = Program(world.low, world.high, world.rows, world.size)
    rows = []
    for t, release in enumerate(world.releases):
        for cell in space.cells():
            form = np.zeros(world.size)
            form[world.columns(t, cell)] = 1.0
            least, most = program.linear(form), program.linear(-form)
            if least is None or most is None:
                raise Refusal("disclosure.contradiction", releases=world.releases)
            low, high = int(np.ceil(form @ least - EPS)), int(np.floor(form @ most + EPS))
            rows.append((release, list(cell), low, high, high - low))
    schema = {
        "release": pl.Int64,
        "cell": pl.List(pl.String),
        **dict.fromkeys(("low", "high", "width"), pl.Int64),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def repair(
    table: pl.DataFrame,
    ledger: pl.DataFrame,
    space: Space,
    rules: Rules | None = None,
    *,
    weight: NDArray[np.float64] | None = None,
    knowledge: pl.DataFrame | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Withdraw statements from a proposed table until the attack finds nothing: (kept, withdrawn).

    Each round takes the statements that did most findings per unit of `weight` (one weight a row of `table`,
    default one each), one a finding. Raises `Refusal` `disclosure.leaked_before` when a finding rests on the
    ledger and side knowledge alone.
    """
    cost = np.ones(table.height) if weight is None else weight
    kept = np.ones(table.height, bool)
    while True:
        audit = attack(table.filter(kept), ledger, space, rules, knowledge=knowledge)
        if audit.safe:
            return table.filter(kept), table.filter(~kept)
        place = np.flatnonzero(kept)
        blamed = [
            [place[row - ledger.height] for row in by if 0 <= row - ledger.height < len(place)]
            for by in audit.findings["by"].to_list()
        ]
        if not all(blamed):
            # Duals name one set of culprits; where none is in the table, all of it must go before giving up.
            if not kept.any():
                raise Refusal("disclosure.leaked_before", findings=audit.findings.height)
            blamed = [rows for rows in blamed if rows] or [list(place)]
        while blamed:
            hits = np.bincount(np.concatenate(blamed).astype(int), minlength=table.height) / cost
            worst = int(np.argmax(hits))
            kept[worst] = False
            blamed = [rows for rows in blamed if worst not in rows]
