from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from amparo.errors import AmparoError
from amparo.linkage import PERSON
from amparo.linkage.fitted import from_frame, summary, to_frame
from amparo.linkage.scoring import Tables


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    generator = np.random.default_rng(1)
    shape = 4, len(PERSON.comparisons), max(len(c.levels) for c in PERSON.comparisons) + 1
    m, u, f = (np.log(generator.random(shape)) for _ in "muf")
    tables = Tables(m, u, f, np.log(generator.random(shape[2])), generator.normal(size=(3, 4)), 0.04)
    return to_frame(PERSON, tables, ["a", "b"])


def test_a_model_comes_back_from_its_frame(frame: pl.DataFrame) -> None:
    again = to_frame(PERSON, from_frame(PERSON, frame, ["a", "b"]), ["a", "b"])
    assert again.drop("value").equals(frame.drop("value"))
    assert again["value"].to_numpy() == pytest.approx(frame["value"].to_numpy())


def test_lists_the_model_does_not_know_get_the_mean_of_those_it_knows(frame: pl.DataFrame) -> None:
    tables = from_frame(PERSON, frame, ["a", "z"])
    known = frame.filter(table="m", comparison="sex", level="equal")["value"]
    place = [comparison.name for comparison in PERSON.comparisons].index("sex")
    assert tables.m[1, place, 0] == pytest.approx(known.mean())
    assert tables.m[0, place, 0] == pytest.approx(known[0])


def test_a_model_of_other_comparisons_is_refused(frame: pl.DataFrame) -> None:
    for other in (frame.filter(pl.col("comparison") != "sex"), frame.filter(pl.col("table") != "g")):
        with pytest.raises(AmparoError, match=r"linkage\.other_model"):
            from_frame(PERSON, other, ["a"])


def test_the_summary_can_be_read(frame: pl.DataFrame) -> None:
    found = summary(frame)
    assert found.columns == ["comparison", "level", "m", "u", "weight"]
    assert len(found) == sum(len(comparison.levels) for comparison in PERSON.comparisons)
    assert found["weight"].to_numpy() == pytest.approx(np.log2(found["m"] / found["u"]))
