"""Models by their terms: closed downward, named as the field names them, counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.estimation import hierarchy

LISTS = ("a", "b", "c", "d")
sets = st.lists(st.lists(st.sampled_from(LISTS), min_size=1, max_size=4), max_size=5)


@pytest.mark.parametrize(("lists", "order", "number"), [(3, 2, 8), (4, 2, 64), (4, 3, 113), (5, 2, 1024)])
def test_every_model_once(lists, order, number):
    models = hierarchy.models(lists, order)
    assert len(models) == len(set(models)) == number
    for terms in models:
        assert terms[0] == 0
        assert all(term & ~(1 << j) in terms for term in terms for j in range(lists) if term >> j & 1)
    assert hierarchy.count_at_least(lists, order) <= number


@given(sets)
def test_generators_give_the_model_back(generators):
    terms = hierarchy.model(generators, LISTS)
    assert hierarchy.model(hierarchy.generators(terms, LISTS), LISTS) == terms
    assert {0, 1, 2, 4, 8} <= set(terms)


def test_names():
    terms = hierarchy.model([["a", "b", "c"], ["a", "d"], ["c", "d"]], LISTS)
    assert hierarchy.label(terms, 4) == "[123,14,34]"
    assert hierarchy.generators(terms, LISTS) == [["a", "b", "c"], ["a", "d"], ["c", "d"]]
    assert hierarchy.label(hierarchy.model([], LISTS), 4) == "[1,2,3,4]"


def test_cells(published):
    histories, entry = published("kosovo")
    cells = hierarchy.cells(histories)
    assert (cells.sum(), cells[0], cells.size) == (histories.observed, 0, 16)
    assert cells[0b0111] == entry["counts"]["1110"]
