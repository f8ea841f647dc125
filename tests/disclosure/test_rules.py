"""What is small, what fills what, and what a coarser table would do."""

import numpy as np

from amparo.disclosure.rules import Rules, coarsenings, wider


def test_small_goes_both_ways():
    assert Rules(k=5).small(np.array([-5, -4, -1, 0, 1, 4, 5])).tolist() == [
        False,
        True,
        True,
        False,
        True,
        True,
        False,
    ]


def test_the_next_wider_cell_adds_others(square):
    cells = square.cells()
    pairs = {(cells[inner], cells[outer]) for inner, outer in wider(square, cells)}
    assert (("north", "threat"), ("upland", "threat")) in pairs
    assert (("north", "threat"), ("north", "*")) in pairs
    assert (("coast", "threat"), ("*", "threat")) in pairs  # the lowland is the coast
    assert (("coast", "threat"), ("lowland", "threat")) not in pairs


def test_coarser_tables_are_proposed_fewest_small_cells_first(square):
    found = coarsenings(square, np.array([3, 20, 3, 20, 9, 20]), Rules())
    assert found["share_small"].is_sorted()
    assert found.row(0)[:2] in {("place", "leaves"), ("place", "dimension"), ("act", "dimension")}
    assert found.filter(found["dimension"].is_null())["small"].to_list() == [2]
