"""Figures beside a table: what they say is true, harmless with all the rest, and a refusal tells nothing."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.disclosure.attack import attack
from amparo.disclosure.figures import (
    FIGURES,
    Asked,
    Estimate,
    classes,
    figures,
    marks,
    number,
    percent,
    rate,
)
from amparo.disclosure.ledger import append, empty, exactly, statement
from amparo.disclosure.protect import protect
from amparo.disclosure.rules import Rules
from amparo.disclosure.space import Dimension, Space
from amparo.errors import AmparoError, Refusal

LINE = Space([Dimension("place", {"north": (), "coast": ()})])
ALL, NORTH, COAST = ("*",), ("north",), ("coast",)
TOTAL_50 = exactly(1, ALL, 50)


def truth(north: int, coast: int) -> pl.DataFrame:
    return pl.DataFrame({"place": ["north", "coast"], "release": [1, 1], "count": [north, coast]})


def decide(asked, table=TOTAL_50, counts=(46, 4), ledger=None, **options):
    ledger = empty() if ledger is None else ledger
    known = None if counts is None else truth(*counts)
    return figures(asked, table, ledger, LINE, release=1, truth=known, **options)


def printed(found) -> list[tuple]:
    return found.figures.select("value", "low", "high", "code").rows()


def test_a_share_of_shown_counts_is_printed_and_tells_nothing_new():
    table = append(TOTAL_50, exactly(1, NORTH, 30))
    found = decide([Asked(NORTH, percent(), ALL)], table, counts=None)
    assert dict(found.figures.schema) == dict(FIGURES)
    assert printed(found) == [(0.6, 30, 30, None)]
    before, after = (attack(said, table, LINE) for said in (empty(), found.statements))
    assert before.safe and after.safe


@pytest.mark.parametrize("width", [0.3, 0.7, 1.0, 2.5, 5.0, 10.0, 1 / 3, 49 * 0.01])
def test_steps_cover_all_counts_once_and_ties_go_up(width):
    (grid,) = marks(width)
    places = [grid.place(count) for count in range(300)]
    for count, (value, low, high) in enumerate(places):
        assert low <= count <= high
        assert value == pytest.approx(width * np.floor(count / width + 0.5), abs=1.001 * width)
        assert abs(value - count) <= width / 2 + 1e-9
        assert all(places[other] == places[count] for other in range(int(low), min(299, int(high)) + 1))
    assert [marks(10.0)[0].place(count)[0] for count in (4, 5, 14, 15, 24, 25)] == [0, 10, 10, 20, 20, 30]


def test_a_share_of_a_whole_that_is_not_shown_is_not_printed():
    found = decide([Asked(NORTH, percent(1), ALL)], exactly(1, NORTH, 46))
    assert printed(found) == [(None, None, None, "disclosure.figure_tells")]


@pytest.mark.parametrize(("total", "value"), [(60, 0.33), (600, 0.033), (6, 0.3)])
def test_digits_are_no_finer_than_persons(total, value):
    table = append(exactly(1, ALL, total), exactly(1, NORTH, 20 if total > 20 else 2))
    assert decide([Asked(NORTH, percent(), ALL)], table, counts=None).figures["value"].item() == (
        pytest.approx(value)
    )


def test_a_share_of_a_withheld_count_gets_the_digits_that_are_harmless_whatever_it_is():
    found = decide([Asked(NORTH, percent(), ALL)])
    assert printed(found) == [(0.9, 43, 47, None)]
    assert attack(found.statements, TOTAL_50, LINE).safe
    refused = decide([Asked(NORTH, percent(2), ALL)])
    assert printed(refused) == [(None, None, None, "disclosure.figure_tells")]
    assert refused.statements.is_empty()
    assert [(issue.code, issue.facts) for issue in refused.refused] == [
        ("disclosure.figure_tells", {"cell": "north"})
    ]


def test_without_the_truth_only_shown_counts_are_used():
    assert printed(decide([Asked(NORTH, percent(1), ALL)], counts=None))[0][3] == "disclosure.figure_tells"


@pytest.mark.parametrize(
    "asked",
    [
        Asked(NORTH, percent(), ALL),
        Asked(NORTH, percent(2), ALL),
        Asked(NORTH, classes(1, 5, 20)),
        Asked(NORTH, classes(10, 20)),
        Asked(NORTH, marks(1.0)),
        Asked(NORTH, marks(10.0)),
        Asked(NORTH, rate(10_000, 0)),
        Asked(NORTH, rate(1_000_000, 0)),
    ],
    ids=str,
)
def test_the_decision_does_not_depend_on_the_truth(asked):
    """All registers that agree with what is shown get the same answer: printed or not, and on which scale."""
    table = exactly(1, ALL, 20)
    answers = [decide([asked], table, (north, 20 - north)) for north in range(21)]
    codes = {found.figures["code"].item() for found in answers}
    assert len(codes) == 1
    if codes == {None}:
        assert len({found.statements["low"].item() for found in answers}) > 1
        for north, found in enumerate(answers):
            _, low, high, _ = printed(found)[0]
            assert low <= north <= (np.inf if high is None else high)
            assert attack(found.statements, table, LINE).safe


@pytest.mark.parametrize(
    "asked",
    [
        [Asked(NORTH, percent(1), ALL), Asked(NORTH, marks(8.0))],
        [Asked(NORTH, marks(10.0)), Asked(COAST, marks(10.0))],
        [Asked(COAST, classes(6, 15)), Asked(NORTH, number(7)), Asked(NORTH, rate(100_000, 0))],
        [Asked(NORTH, classes(1, 5)), Asked(NORTH, classes(5, 10))],
    ],
)
def test_who_knows_the_algorithm_learns_no_small_number(asked, enumerator):
    """All registers that lead to the same page, refusals included, leave every count more than 1 to k-1."""
    table, pages = exactly(1, ALL, 20), {}
    for north in range(21):
        found = decide(asked, table, (north, 20 - north))
        key = str(found.figures.select("value", "low", "high", "code").rows())
        pages.setdefault(key, (set(), found))[0].add(north)
    assert len(pages) > 1
    for norths, found in pages.values():
        assert not norths <= {1, 2, 3, 4}
        assert not {20 - north for north in norths} <= {1, 2, 3, 4}
        assert enumerator(LINE, append(table, found.statements), top=20).certain(k=5) == []


def test_classes_with_room_for_none_and_many_are_printed():
    assert printed(decide([Asked(NORTH, classes(10, 20))], counts=(46, 4))) == [(2, 20, None, None)]
    assert printed(decide([Asked(NORTH, classes(1, 5, 20))]))[0][3] == "disclosure.figure_tells"
    table = append(TOTAL_50, exactly(1, NORTH, 12))
    assert printed(decide([Asked(NORTH, classes(1, 5, 20))], table, counts=None)) == [(2, 5, 19, None)]


def test_marks_are_read_to_the_pixel():
    assert printed(decide([Asked(NORTH, marks(12.5))])) == [(50, 44, 56, None)]
    assert printed(decide([Asked(NORTH, marks(0.4))]))[0][3] == "disclosure.figure_tells"


def test_a_number_in_a_title_is_as_good_as_a_cell():
    assert printed(decide([Asked(NORTH, number())]))[0][3] == "disclosure.figure_tells"
    assert printed(decide([Asked(NORTH, number(20))])) == [(40, 30, 49, None)]
    assert printed(decide([Asked(ALL, number())], counts=None)) == [(50, 50, 50, None)]


def test_a_rate_of_a_public_denominator_is_an_interval_of_the_count():
    table = append(TOTAL_50, exactly(1, NORTH, 31))
    found = decide([Asked(NORTH, rate(50_000))], table, counts=None)  # tenths would be finer than persons
    assert printed(found) == [(62, 31, 31, None)]
    assert decide([Asked(NORTH, rate(500_000))], table, counts=None).figures["value"].item() == (
        pytest.approx(6.2)
    )
    assert printed(decide([Asked(NORTH, rate(50_000, 0))]))[0][3] == "disclosure.figure_tells"
    with pytest.raises(AmparoError, match=r"disclosure\.denominator"):
        rate(0)


def test_an_estimate_goes_with_its_documented_count():
    asked = [Asked(NORTH, Estimate(80, 61, 110)), Asked(ALL, Estimate(95, 70, 140))]
    found = decide(asked)
    assert printed(found) == [(None, None, None, "disclosure.estimate_withheld"), (95, 70, 140, None)]
    assert found.statements.select("cell", "kind", "low", "high").rows() == [(["*"], "estimate", 50, 50)]


def test_each_figure_is_decided_in_the_knowledge_of_those_before():
    share, bar = Asked(NORTH, percent(1), ALL), Asked(NORTH, marks(10.0))
    alone = [decide([asked]).figures["code"].item() for asked in (share, bar)]
    assert alone == [None, None]
    both = decide([share, bar])
    assert attack(both.statements, TOTAL_50, LINE).safe


def test_a_share_of_nobody_is_said_as_such():
    table = append(exactly(1, ALL, 0), exactly(1, NORTH, 0))
    assert printed(decide([Asked(NORTH, percent(), ALL)], table, (0, 0)))[0][3] == "disclosure.nobody"


def test_a_share_needs_a_wider_cell():
    with pytest.raises(AmparoError, match="not_a_part"):
        decide([Asked(NORTH, percent(), COAST)])


def test_what_others_published_counts():
    asked = [Asked(NORTH, classes(10, 20))]
    knowledge = statement(1, NORTH, 0, 13, kind="public", source="ministry")
    assert decide(asked, counts=(12, 38)).figures["code"].item() is None
    narrow = decide(
        asked, counts=(12, 38), knowledge=append(knowledge, statement(1, COAST, 0, 40, kind="public"))
    )
    assert narrow.figures["code"].item() is None
    small = append(knowledge, statement(1, NORTH, 1, 13, kind="insider"))
    assert (
        decide([Asked(NORTH, classes(5, 20))], counts=(12, 38), knowledge=small).figures["code"].item()
        == "disclosure.figure_tells"
    )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    counts=st.lists(st.integers(0, 12), min_size=6, max_size=6),
    more=st.lists(st.integers(0, 6), min_size=6, max_size=6),
)
def test_table_and_figures_together_are_safe_and_true(square, frame, counts, more):
    rules, ledger = Rules(k=3), empty()
    asked = [
        Asked(("north", "*"), percent(1), ("*", "*")),
        Asked(("coast", "killing"), classes(3, 10)),
        Asked(("upland", "threat"), marks(5.0)),
        Asked(("*", "*"), Estimate(90, 70, 130)),
    ]
    for release, now in ((1, counts), (2, np.add(counts, more))):
        register = frame(square, release, now)
        try:
            table = protect(register, ledger, square, rules, seed=1).table
        except Refusal:
            continue
        found = figures(asked, table, ledger, square, rules, release=release, truth=register)
        assert attack(append(table, found.statements), ledger, square, rules).safe
        ledger = append(append(ledger, table), found.statements)
        leaves = square.truth(register)[release]
        for row in found.statements.iter_rows(named=True):
            number = leaves[square.below(tuple(row["cell"]))].sum()
            assert row["low"] <= number <= (np.inf if row["high"] is None else row["high"])
