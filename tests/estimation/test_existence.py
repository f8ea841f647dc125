"""The linear programme's verdicts: those published, those of the fits, and the warnings about thin tables."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.errors import Refusal
from amparo.estimation import existence, hierarchy
from amparo.estimation import loglinear_kernels as kernels
from amparo.estimation.histories import Histories, from_table

NAMES = ("A", "B", "C", "D")


def models_of(text):
    """The model that [12,3] names, for lists A, B, C."""
    return hierarchy.model([["ABC"[int(number) - 1] for number in term] for term in text], NAMES[:3])


@pytest.mark.parametrize(
    ("generators", "code"),
    [
        (("1", "2", "3"), 0),
        (("12", "3"), 1),
        (("13", "2"), 0),
        (("23", "1"), 0),
        (("12", "13"), 1),
        (("12", "23"), 1),
        (("13", "23"), 0),
        (("12", "13", "23"), 2),
    ],
)
def test_the_published_codes(published, generators, code):
    # Chan, Silverman and Vincent (2021), table 2, as MultipleSystemsEstimation classifies it
    histories, _ = published("no_estimate")
    assert existence.failing(histories, models_of(generators)) == code


def test_refusals_name_the_model(published):
    histories, _ = published("no_estimate")
    with pytest.raises(Refusal) as caught:
        existence.check(histories, models_of(("12", "3")))
    assert (caught.value.code, caught.value.facts) == ("estimation.no_estimate", {"model": "[12,3]"})
    with pytest.raises(Refusal) as caught:
        existence.check(histories, models_of(("12", "13", "23")))
    assert caught.value.code == "estimation.not_estimable"
    existence.check(histories, models_of(("13", "23")))


thin = st.lists(st.integers(0, 3), min_size=15, max_size=15).filter(any)


@settings(max_examples=60, deadline=None)
@given(thin, st.integers(0, 112))
def test_the_programme_and_the_fit_agree(people, number):
    cells = np.arange(1, 16)[np.array(people) > 0]
    patterns = (cells[:, None] >> np.arange(4) & 1).astype(np.uint8)
    histories = Histories(NAMES, patterns, np.array(people)[np.array(people) > 0])
    terms = hierarchy.models(4, 3)[number]
    counts = hierarchy.cells(histories).astype(float)
    status = kernels.fit(counts, kernels.above(counts), np.array(terms))[0]
    assert (existence.failing(histories, terms) == 0) == (status == kernels.FITTED)


def test_large_counts_change_nothing(published):
    histories, _ = published("no_estimate")
    large = Histories(histories.lists, histories.patterns, histories.counts * 10_000_000)
    assert existence.failing(large, models_of(("12", "3"))) == existence.Failing.ESTIMATE
    assert existence.failing(large, models_of(("13", "23"))) == 0


def test_thin_tables_are_named(published):
    kosovo, _ = published("kosovo")
    assert list(existence.sparse(kosovo)) == []
    western, _ = published("western")
    (empty,) = existence.sparse(western)
    assert (empty.code, empty.facts) == ("estimation.pairs_empty", {"pairs": 2, "of": 10, "first": "A–B"})
    _, pairs = existence.sparse(published("no_estimate")[0])
    assert pairs.code == "estimation.pairs_not_estimable"


def test_a_table_of_every_pair_is_not_thin():
    frame = pl.DataFrame(
        {
            "a": [1, 0, 0, 1, 1, 0, 1],
            "b": [0, 1, 0, 1, 0, 1, 1],
            "c": [0, 0, 1, 0, 1, 1, 1],
            "count": [9, 8, 7, 4, 4, 4, 2],
        }
    )
    assert list(existence.sparse(from_table(frame))) == []
