from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from amparo.linkage.clustering import cluster


def clusters(lists: list[int], edges: list[tuple[int, int, float]], cut: float = 0.0) -> list[int]:
    left, right, odds = (np.array(values) for values in zip(*edges, strict=True))
    return cluster(np.array(lists), left, right, odds.astype(float), cut=cut).tolist()


def test_one_weak_edge_does_not_chain_two_persons() -> None:
    sure = [(0, 1, 9.0), (2, 3, 9.0), (1, 2, 1.0)]
    assert clusters([0, 1, 2, 3], sure) == [0, 0, 2, 2]


def test_a_record_joins_a_person_that_most_of_its_records_support() -> None:
    assert clusters([0, 1, 2], [(0, 1, 9.0), (1, 2, 5.0), (0, 2, -1.0)]) == [0, 0, 0]


def test_two_records_of_one_list_need_more() -> None:
    assert clusters([0, 0], [(0, 1, 2.0)]) == [0, 1]
    assert clusters([0, 1], [(0, 1, 2.0)]) == [0, 0]
    assert clusters([0, 0], [(0, 1, 8.0)]) == [0, 0]


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
