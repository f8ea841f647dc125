from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.linkage.clustering import RELATIVES_LOSS, cluster, worth_joining
from amparo.linkage.units import units

Pairs = list[tuple[int, int]]


def clusters(
    lists: list[int],
    edges: list[tuple[int, int, float]],
    cut: float = 0.0,
    *,
    same: Pairs | None = None,
    different: Pairs | None = None,
    once: list[int] | None = None,
) -> list[int]:
    left, right, odds = (np.array(values) for values in zip(*edges, strict=True))
    numbers = np.array(lists)
    bound = units(numbers, rows(same), rows(different), np.array(once or [], np.int64))
    return cluster(numbers, (left, right), odds.astype(float), bound, cut=cut).tolist()


def rows(pairs: Pairs | None) -> tuple[np.ndarray, np.ndarray]:
    table = np.array(pairs or [], np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def test_judged_pairs_stay_together_and_apart_whatever_their_score() -> None:
    edges = [(0, 1, -6.0), (1, 2, 9.0)]
    assert clusters([0, 1, 2], edges, same=[(0, 1)]) == [0, 0, 0]
    assert clusters([0, 1, 2], edges, different=[(2, 1)]) == [0, 1, 2]


def test_two_judged_different_do_not_meet_through_a_third() -> None:
    edges = [(0, 1, 9.0), (1, 2, 8.0), (0, 2, 7.0)]
    assert clusters([0, 1, 2], edges, different=[(0, 2)]) == [0, 0, 2]


def test_a_list_that_holds_a_person_once_gives_each_person_one_record() -> None:
    edges = [(0, 1, 9.0), (0, 2, 8.0), (1, 2, 9.0)]
    assert clusters([0, 1, 1], edges) == [0, 0, 0]
    assert clusters([0, 1, 1], edges, once=[1]) == [0, 0, 2]


def test_one_weak_edge_does_not_chain_two_persons() -> None:
    sure = [(0, 1, 9.0), (2, 3, 9.0), (1, 2, 1.0)]
    assert clusters([0, 1, 2, 3], sure) == [0, 0, 2, 2]


def test_a_record_joins_a_person_that_most_of_its_records_support() -> None:
    assert clusters([0, 1, 2], [(0, 1, 9.0), (1, 2, 5.0), (0, 2, -1.0)]) == [0, 0, 0]


def test_two_records_of_one_list_need_their_own_evidence() -> None:
    assert clusters([0, 0], [(0, 1, 2.0)]) == [0, 0]
    assert clusters([0, 0, 1], [(0, 2, 9.0), (1, 2, 9.0), (0, 1, -1.0)]) == [0, 1, 0]


def test_of_two_candidates_in_one_list_the_stronger_is_taken() -> None:
    assert clusters([0, 1, 1], [(0, 1, 3.0), (0, 2, 6.0)]) == [0, 1, 0]


def test_a_higher_cut_accepts_less() -> None:
    assert clusters([0, 1], [(0, 1, 2.0)], cut=3.0) == [0, 1]


EDGES = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.floats(-8, 12)).filter(lambda edge: edge[0] < edge[1]),
    min_size=1,
    unique_by=lambda edge: edge[:2],
)


@given(EDGES, st.lists(st.integers(0, 2), min_size=10, max_size=10), st.randoms())
def test_the_order_of_the_pairs_does_not_matter_and_numbers_are_lowest_members(edges, lists, draw) -> None:
    found = clusters(lists, edges)
    assert all(found[number] == number <= row for row, number in enumerate(found))
    shuffled = list(edges)
    draw.shuffle(shuffled)
    assert clusters(lists, shuffled) == found


def test_a_pair_that_may_be_two_relatives_needs_more_to_join() -> None:
    odds = np.log([1.5, 1.5, RELATIVES_LOSS + 0.5])
    assert (worth_joining(odds, np.array([0.0, 1.0, 1.0])) > 0.0).tolist() == [True, False, True]
    even = np.log([1.0 + (RELATIVES_LOSS - 1.0) / 2.0])
    assert worth_joining(even, np.full(1, 0.5))[0] == pytest.approx(0.0)
