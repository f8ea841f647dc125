"""Cells, their leaves, and truth read from a frame."""

import polars as pl
import pytest

from amparo.errors import AmparoError


def test_cells_add_up_their_leaves(square):
    assert square.below(("upland", "killing")).tolist() == [1, 3]
    assert square.matrix(square.cells()).sum(axis=1).max() == square.size
    assert len(square.cells()) == 6 * 3
    assert square.cells(["act"]) == [("*", "threat"), ("*", "killing"), ("*", "*")]


def test_truth_fills_missing_leaves_with_zero(square):
    rows = pl.DataFrame({"place": ["east"], "act": ["threat"], "release": [4], "count": [7]})
    assert square.truth(rows)[4].tolist() == [0, 0, 7, 0, 0, 0]


def test_what_is_not_in_the_space_is_named(square):
    with pytest.raises(AmparoError, match="unknown_node"):
        square.below(("west", "*"))
    with pytest.raises(AmparoError, match="cell_length"):
        square.below(("*",))
    with pytest.raises(AmparoError, match="unknown_dimension"):
        square.cells(["age"])
    with pytest.raises(AmparoError, match="unknown_node"):
        square.truth(pl.DataFrame({"place": ["west"], "act": ["threat"], "release": [1], "count": [1]}))
