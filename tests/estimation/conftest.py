"""Published tables, and made-up populations whose size is known."""

import tomllib
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from amparo.estimation.histories import from_table

PUBLISHED = tomllib.loads((Path(__file__).parent / "published.toml").read_text(encoding="utf-8"))


@pytest.fixture
def published():
    """name -> (Histories, the ranges the source or a peer's runs give)."""

    def histories_of(name):
        entry = PUBLISHED[name]
        columns = zip(*(map(int, pattern) for pattern in entry["counts"]), strict=True)
        frame = pl.DataFrame(dict(zip(entry["lists"], map(list, columns), strict=True)))
        return from_table(frame.with_columns(count=pl.Series(entry["counts"].values()))), entry

    return histories_of


@pytest.fixture
def population():
    """seed, people, rates per class (classes x lists), weights -> 0/1 of everybody, the unseen included."""

    def draw(seed, people, rates, weights):
        rng = np.random.default_rng(seed)
        of_class = rng.choice(len(weights), people, p=weights)
        return (rng.random((people, len(rates[0]))) < np.array(rates)[of_class]).astype(np.uint8)

    return draw


@pytest.fixture
def seen_by():
    """0/1 of everybody -> Histories of those on a list."""

    def histories_of(everybody, names="abcdefgh"):
        seen = everybody[everybody.any(axis=1)]
        return from_table(pl.DataFrame({names[j]: seen[:, j] for j in range(seen.shape[1])}))

    return histories_of
