"""The attack: what a reader of everything published, who may know more, can be certain of.

For every count of every release and every change between two releases the least and the largest value over
all histories that agree with what was published are sought (linear programme, then integer programme).
Dandekar and Cox 2002, "Synthetic tabular data"; `certain` holds the search itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amparo.disclosure.certain import Certain, certain
from amparo.disclosure.ledger import append, empty
from amparo.disclosure.program import EPS, Program, World
from amparo.disclosure.rules import Rules
from amparo.disclosure.space import Space
from amparo.disclosure.targets import Targets
from amparo.disclosure.withhold import Withholding
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
    findings = [_finding(world, targets, one) for one in certain(world, program, targets)]
    frame = pl.DataFrame(findings, schema=FINDINGS)
    return Audit(frame, statements, targets.least.size + targets.full.size)


def _finding(world: World, targets: Targets, one: Certain) -> dict[str, Any]:
    target = one.target
    full = target.wider is not None
    return {
        "release": world.releases[target.t],
        "against": None if target.against is None else world.releases[target.against],
        "cell": list(targets.cells[target.cell]),
        "wider": list(targets.cells[target.wider]) if target.wider is not None else None,
        "verdict": "full" if full else "exact" if one.low == one.high else "small",
        "low": one.low,
        "high": one.high,
        "by": sorted(one.by),
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

    The least weight (one a row of `table`, default one each) is withdrawn, as `withhold.Withholding.least`
    says. Raises `Refusal` `disclosure.leaked_before` when a finding rests on the ledger and side knowledge
    alone.
    """
    cost = np.ones(table.height) if weight is None else weight
    append(ledger, table)
    known = pl.concat([ledger, empty() if knowledge is None else knowledge])
    choice = Withholding(space, known, table, rules or Rules())
    gone = choice.least(np.zeros(table.height, bool), cost).mask
    return table.filter(~gone), table.filter(gone)
