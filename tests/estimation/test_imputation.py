"""Nobody is dropped, shares follow pattern and stratum, and draws differ."""

import numpy as np
import polars as pl
import pytest

from amparo.errors import Refusal
from amparo.estimation.histories import from_persons
from amparo.estimation.imputation import impute_strata

ROWS = [
    *[(f"n{i}", name, "2015", "m") for i in range(300) for name in ("a", "b")],
    *[(f"s{i}", "a", "2016", "f") for i in range(90)],
    *[(f"t{i}", "a", "2015", "f") for i in range(10)],
    *[(f"u{i}", name, None, "m") for i in range(50) for name in ("a", "b")],
    *[(f"v{i}", "a", None, "f") for i in range(1000)],
]


def strata(rows):
    frame = pl.DataFrame(rows, schema=["person", "list", "year", "sex"], orient="row")
    return from_persons(frame, ["year", "sex"])


def test_everybody_gets_a_stratum_by_pattern_and_what_is_known():
    draws = impute_strata(strata(ROWS), draws=40, seed=1)
    sizes = np.array([[one.observed for one in draw] for draw in draws])
    assert (sizes.sum(axis=1) == 1450).all()
    names = [tuple(one.stratum.values()) for one in draws[0]]
    by_name = dict(zip(names, sizes.T, strict=True))
    assert (by_name[("2015", "m")] == 350).all()  # the only stratum of that sex
    assert np.mean(by_name[("2016", "f")] - 90) == pytest.approx(900, abs=20)
    assert np.std(by_name[("2016", "f")]) > 15  # the law itself is uncertain, not only the multinomial
    again = impute_strata(strata(ROWS), draws=2, seed=1)
    assert [one.digest() for one in again[1]] == [one.digest() for one in draws[1]]


def test_nobody_to_go_by():
    with pytest.raises(Refusal) as caught:
        impute_strata(strata([("p", "a", "2015", "m"), ("q", "b", None, "f")]), draws=1, seed=1)
    assert caught.value.facts == {"stratum": "unknown, f"}
