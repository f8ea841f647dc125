"""Twelve ways in which harmless numbers give people away, and what protection does. All counts are made up.

`python examples/leaks.py` writes the gallery of the documentation: its tables, findings and protected
counterparts are computed from the cases below, which the tests run too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl

from amparo.disclosure.attack import Audit, attack
from amparo.disclosure.figures import Asked, Estimate, Figures, classes, figures, marks, number, percent
from amparo.disclosure.ledger import append, empty, exactly, rounded, share, statement, withdrawn
from amparo.disclosure.protect import Protected, protect
from amparo.disclosure.rules import Rules
from amparo.disclosure.space import TOTAL, Cell, Dimension, Space

PLACE = Dimension("place", {"north": (), "south": (), "coast": ()})
LINE = Space([PLACE])
TWO = Space([Dimension("place", {"north": (), "coast": ()})])
AGES = Space([PLACE, Dimension("age", {"child": (), "adult": ()})])
ALL, NORTH, SOUTH, COAST = (TOTAL,), ("north",), ("south",), ("coast",)
FIGURE = {
    "share": "percentage",
    "chart": "bar",
    "class": "class on the map",
    "estimate": "estimate",
    "text": "number in a text",
}
NO_SPARE = Rules(spare=0.0)  # what is withheld without need would only blur the picture


@dataclass(frozen=True)
class Leak:
    """One case: the true counts, what was published, and the finding that gives somebody away."""

    title: str
    reads: str  # what the reader works out; {low} and {high} are those of the finding
    truth: Mapping[int, tuple[int, ...]]  # release -> counts in the order of the leaves
    before: pl.DataFrame  # published earlier
    now: pl.DataFrame  # published now
    release: int
    against: int | None
    cell: Cell
    verdict: str
    low: int  # of a count or change; of a group the persons outside it
    high: int
    space: Space = LINE
    rules: Rules = NO_SPARE
    knowledge: pl.DataFrame = field(default_factory=empty)
    asked: Asked | None = None  # the figure that leaked, as one would ask for it

    def audit(self) -> Audit:
        """The attack on all of it."""
        return attack(self.now, self.before, self.space, self.rules, knowledge=self.knowledge)

    def register(self, release: int) -> pl.DataFrame:
        """The true counts of a release."""
        leaves = product(*(dimension.leaves for dimension in self.space.dimensions))
        rows = [(*leaf, release, n) for leaf, n in zip(leaves, self.truth[release], strict=True)]
        return pl.DataFrame(rows, schema=[*self.space.names, "release", "count"], orient="row")


def rows(*statements: pl.DataFrame) -> pl.DataFrame:
    """Statements one below the other."""
    return pl.concat([empty(), *statements])


LEAKS = (
    Leak(
        "Difference of two releases",
        "The new count less the old one: {low} people are new in the north.",
        {1: (20, 31, 12), 2: (23, 31, 12)},
        rows(exactly(1, NORTH, 20), exactly(1, SOUTH, 31), exactly(1, COAST, 12)),
        rows(exactly(2, NORTH, 23), exactly(2, SOUTH, 31), exactly(2, COAST, 12)),
        *(2, 1, NORTH, "exact", 3, 3),
    ),
    Leak(
        "A percentage with its total",
        "Only {low} of 50 is 6 %: {low} people in the north.",
        {1: (3, 27, 20)},
        rows(exactly(1, ALL, 50)),
        rows(share(1, NORTH, ALL, 0.06, 2, source="text")),
        *(1, None, NORTH, "exact", 3, 3),
        asked=Asked(NORTH, percent(2), ALL),
    ),
    Leak(
        "The value of a chart",
        "The bar of the coast ends at 20, read to the pixel. What is left of the total: {low} in the north.",
        {1: (3, 27, 20)},
        rows(exactly(1, ALL, 50), exactly(1, SOUTH, 27)),
        rows(statement(1, COAST, 19.6, 20.4, kind="chart", source="chart")),
        *(1, None, NORTH, "exact", 3, 3),
        asked=Asked(COAST, marks(0.8)),
    ),
    Leak(
        "The class of a map",
        "The south is in the class 26 to 29, so {low} to {high} of the total are left for the coast.",
        {1: (10, 27, 3)},
        rows(exactly(1, ALL, 40), exactly(1, NORTH, 10)),
        rows(statement(1, SOUTH, 26, 29, kind="class", source="map")),
        *(1, None, COAST, "small", 1, 4),
        asked=Asked(SOUTH, classes(10, 26, 30)),
    ),
    Leak(
        "Rounded margins",
        "The total is at least 23 and the north at most 22, so the coast has {low} or {high}.",
        {1: (22, 2)},
        rows(rounded(1, ALL, 25, 5), rounded(1, NORTH, 20, 5)),
        rows(rounded(1, COAST, 0, 5)),
        *(1, None, COAST, "small", 1, 2),
        space=TWO,
        asked=Asked(COAST, number(5)),
    ),
    Leak(
        "Another dimension",
        "The children less those of the south and the coast are 18 in the north, of 20 people: {low} adults.",
        {1: (18, 2, 11, 13, 7, 19)},
        rows(*(exactly(1, (place, TOTAL), n) for place, n in (("north", 20), ("south", 24), ("coast", 26)))),
        rows(*(exactly(1, (place, "child"), n) for place, n in ((TOTAL, 36), ("south", 11), ("coast", 7)))),
        *(1, None, ("north", "adult"), "exact", 2, 2),
        space=AGES,
    ),
    Leak(
        "The documented count of an estimate",
        "The estimate rests on 45 documented people; 42 stand in the table, so {low} are on the coast.",
        {1: (30, 12, 3)},
        rows(exactly(1, NORTH, 30), exactly(1, SOUTH, 12)),
        rows(exactly(1, ALL, 45, kind="estimate", source="estimate")),
        *(1, None, COAST, "exact", 3, 3),
        asked=Asked(ALL, Estimate(80, 61, 110)),
    ),
    Leak(
        "A zero cell",
        "No adults in the north: whoever is known to be among its 12 people is known to be a child.",
        {1: (12, 0, 11, 13, 7, 19)},
        rows(exactly(1, ("north", TOTAL), 12)),
        rows(exactly(1, ("north", "adult"), 0)),
        *(1, None, ("north", "child"), "full", 0, 0),
        space=AGES,
        rules=Rules(full=True, spare=0.0),
    ),
    Leak(
        "A total published by others",
        "The ministry's total less the two places of the table: {low} people on the coast.",
        {1: (20, 15, 4)},
        rows(exactly(1, NORTH, 20)),
        rows(exactly(1, SOUTH, 15)),
        *(1, None, COAST, "exact", 4, 4),
        knowledge=exactly(1, ALL, 39, kind="public", source="ministry"),
    ),
    Leak(
        "An insider",
        "At most four of nine are in the north; who knows of one there knows that it is {low} to {high}.",
        {1: (2, 7)},
        rows(exactly(1, ALL, 9)),
        rows(statement(1, COAST, 5, kind="text", source="text")),
        *(1, None, NORTH, "small", 1, 4),
        space=TWO,
        knowledge=statement(1, NORTH, 1, kind="insider", source="insider"),
    ),
    Leak(
        "Withdrawn consent",
        "One fewer than in the release before: one person left, and who has left may be known.",
        {1: (20, 31, 12), 2: (19, 31, 12)},
        rows(exactly(1, NORTH, 20), exactly(1, SOUTH, 31), exactly(1, COAST, 12)),
        rows(withdrawn(2, 1), exactly(2, NORTH, 19)),
        *(2, 1, NORTH, "exact", -1, -1),
    ),
    Leak(
        "A number in a title",
        "The title gives away the cell that was left blank, and with it the coast: {low} people.",
        {1: (30, 17, 3)},
        rows(exactly(1, ALL, 50), exactly(1, SOUTH, 17)),
        rows(exactly(1, NORTH, 30, kind="text", source="title")),
        *(1, None, COAST, "exact", 3, 3),
        asked=Asked(NORTH, number()),
    ),
)
PAGE = Path(__file__).parents[1] / "docs/methods/disclosure-gallery.md"
HEAD = """# Twelve leaks

Each case is made of numbers that are harmless one by one. Together they give away a number of 1 to 4 \
people, or a whole group. Counts and places are made up. `python examples/leaks.py` writes this page from \
the cases that `tests/examples/test_leaks.py` runs. How attack and protection work: \
[disclosure.md](disclosure.md).
"""


def page() -> str:
    """The gallery in Markdown."""
    parts = [HEAD, *(section(at, leak) for at, leak in enumerate(LEAKS, start=1))]
    return "\n".join(parts)


def section(at: int, leak: Leak) -> str:
    """One case: what was published, what the reader works out, what protection would have published."""
    audit = leak.audit()
    found = audit.findings.row(named=True, by_predicate=the_finding(leak))
    lines = [f"## {at}. {leak.title}", ""]
    lines += ["| number | release | where | of whom | says |", "|---|---|---|---|---|"]
    for place, row in enumerate(audit.statements.iter_rows(named=True), start=1):
        where = f"{row['source']} (not ours)" if row["kind"] in {"public", "insider"} else row["source"]
        lines.append(f"| {place} | {row['release']} | {where} | {named(row)} | {said(row)} |")
    by = " and ".join(", ".join(str(row + 1) for row in found["by"]).rsplit(", ", 1))
    lines += ["", f"**The reader:** {leak.reads.format(low=abs(leak.low), high=leak.high)}"]
    lines += ["", f"**The attack:** {verdict(found)}, by number {by}."]
    lines += ["", f"**Protected:** {protection(leak)}", ""]
    return "\n".join(lines)


def cell_name(cell: Sequence[str]) -> str:
    """A cell in words: "north", "north × child", "all"."""
    nodes = [node for node in cell if node != TOTAL]
    return " × ".join(nodes) if nodes else "all"


def named(row: Mapping[str, Any]) -> str:
    """Whom a statement is about."""
    return cell_name(row["cell"]) + (f" of {cell_name(row['of'])}" if row["of"] is not None else "")


def said(row: Mapping[str, Any]) -> str:
    """What a statement says."""
    if row["kind"] == "withdrawn":
        return "people left the register"
    low, high = row["low"], row["high"]
    if high is None:
        return f"at least {low:g}"
    if row["of"] is not None:
        return f"{100 * low:g} % to {100 * high:g} %"
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def verdict(found: Mapping[str, Any]) -> str:
    """A finding in words."""
    low, high = found["low"], found["high"]
    much = f"{low}" if low == high else f"{low} to {high}"
    if found["wider"] is not None:
        return f"{cell_name(found['cell'])} is all of {cell_name(found['wider'])}"
    if found["against"] is None:
        return f"{cell_name(found['cell'])}: {much}"
    return f"{cell_name(found['cell'])} since release {found['against']}: {much} more".replace(
        "-1 more", "1 fewer"
    )


def the_finding(leak: Leak) -> pl.Expr:
    """The row of FINDINGS that the case is about."""
    return (
        (pl.col("release") == leak.release)
        & pl.col("against").eq_missing(pl.lit(leak.against, pl.Int64))
        & (pl.col("cell") == list(leak.cell))
        & (pl.col("verdict") == leak.verdict)
    )


def protected(leak: Leak) -> tuple[pl.DataFrame, Protected, Figures]:
    """What was known, the table that `protect` makes of the last release, and whether the figure may be."""
    release = max(leak.truth)
    known = append(leak.before, leak.now.filter(pl.col("kind") == "withdrawn"))
    truth = leak.register(release)
    counts = leak.space.truth(truth)[release]
    weight = {cell: 1.0 + float(counts[leak.space.below(cell)].sum()) for cell in leak.space.cells()}
    table = protect(truth, known, leak.space, leak.rules, weight=weight, knowledge=leak.knowledge, seed=1)
    asked = [] if leak.asked is None else [leak.asked]
    told = figures(
        *(asked, table.table, known, leak.space, leak.rules),
        release=release,
        truth=truth,
        knowledge=leak.knowledge,
    )
    return known, table, told


def protection(leak: Leak) -> str:
    """The protected table and figure in words."""
    _, table, told = protected(leak)
    groups: dict[str, list[str]] = {"shown": [], "shown as before": [], "withheld": []}
    for row in table.cells.iter_rows(named=True):
        name = cell_name(row["cell"])
        if row["count"] is not None:
            groups["shown"].append(f"{name} {row['count']}")
        elif row["at_least"] is not None:
            groups["shown as before"].append(f"{name} at least {row['at_least']}")
        else:
            groups["withheld"].append(name)
    text = "; ".join(f"{group}: {', '.join(names)}" for group, names in groups.items() if names) + "."
    for row in told.figures.iter_rows(named=True):
        what = f"The {FIGURE[row['kind']]} of {cell_name(row['cell'])}"
        says = f"is refused: `{row['code']}`" if row["code"] else f"may be printed: {row['value']:g}"
        text += f" {what} {says}."
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
