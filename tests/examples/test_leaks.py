"""Each leak is harmless in its parts and found together, protection closes it, and the gallery says so."""

from __future__ import annotations

import polars as pl
import pytest

from amparo.cli.checkout import load
from amparo.disclosure.attack import attack
from amparo.disclosure.ledger import KINDS, append, empty

leaks = load("examples", "leaks")
NUMBERS = [leak for leak in leaks.LEAKS if leak.verdict != "full"]  # the second attacker knows no groups
each = pytest.mark.parametrize("leak", leaks.LEAKS, ids=lambda leak: leak.title)


@each
def test_no_number_tells_anything_by_itself(leak):
    statements = leak.audit().statements
    for row in range(statements.height):
        assert attack(statements[row : row + 1], empty(), leak.space, leak.rules).safe


@each
def test_what_was_published_before_was_safe(leak):
    assert attack(empty(), leak.before, leak.space, leak.rules).safe
    assert attack(leak.now, empty(), leak.space, leak.rules).safe


@each
def test_together_they_tell(leak):
    found = leak.audit().findings.row(named=True, by_predicate=leaks.the_finding(leak))
    assert (found["low"], found["high"]) == (leak.low, leak.high)
    rows = leak.audit().statements[found["by"]]
    assert rows.height
    assert leak.knowledge.is_empty() or any(source in rows["source"] for source in leak.knowledge["source"])


@pytest.mark.parametrize("leak", NUMBERS, ids=lambda leak: leak.title)
def test_a_second_attacker_finds_it_too_and_nothing_after_protection(leak):
    enumerator = load("tests/disclosure", "conftest").Enumerator
    found = enumerator(leak.space, leak.audit().statements, top=80).certain(leak.rules.k)
    assert (leak.release, leak.against, leak.cell) in found
    known, table, told = leaks.protected(leak)
    said = pl.concat([known, table.table, told.statements, leak.knowledge])
    assert enumerator(leak.space, said, top=80).certain(leak.rules.k) == []


@each
def test_what_was_published_is_true(leak):
    for row in leak.audit().statements.iter_rows(named=True):
        counts = leak.space.truth(leak.register(row["release"]))[row["release"]]
        number = counts[leak.space.below(tuple(row["cell"]))].sum()
        if row["of"] is not None:
            number = number / counts[leak.space.below(tuple(row["of"]))].sum()
        assert row["low"] <= number <= (number if row["high"] is None else row["high"])


@each
def test_protection_closes_it(leak):
    known, table, told = leaks.protected(leak)
    said = append(table.table, told.statements)
    assert attack(said, known, leak.space, leak.rules, knowledge=leak.knowledge).safe
    assert table.table.height


def test_every_kind_of_statement_leaks_somewhere():
    assert len(leaks.LEAKS) == 12
    used = {kind for leak in leaks.LEAKS for kind in leak.audit().statements["kind"]}
    assert used == set(KINDS)


def test_the_gallery_is_current():
    assert leaks.PAGE.read_text("utf-8") == leaks.page(), "run `python examples/leaks.py`"
