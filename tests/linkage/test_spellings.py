from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from amparo.linkage.spellings import SHORTEST, near, usual

WORDS = st.lists(st.text("abr", min_size=1, max_size=6), unique=True, max_size=30).map(sorted)


def similar(words: list[str]) -> dict[str, list[str]]:
    found = near(pl.Series(words, dtype=pl.String))
    return {
        word: [words[other] for other in found.tokens[found.starts[i] : found.starts[i + 1]]]
        for i, word in enumerate(words)
    }


@given(WORDS)
def test_all_words_one_slip_apart_are_near_each_other(words: list[str]) -> None:
    found = similar(words)
    for one in words:
        for other in words:
            long_enough = min(len(one), len(other)) >= SHORTEST
            if one != other and long_enough and OSA.distance(one, other) == 1:
                assert other in found[one]
        assert one not in found[one] and all(one in found[other] for other in found[one])


def test_short_words_have_no_other_spelling() -> None:
    assert similar(["al", "as", "alas"]) == {"al": [], "as": [], "alas": []}


def test_the_usual_spellings_are_the_more_frequent() -> None:
    words = ["alas", "alaz", "balas", "salas", "talas", "zorro"]
    found = usual(near(pl.Series(words)), np.array([5, 1, 9, 7, 6, 3]))
    assert found[words.index("alaz")].tolist() == [words.index("alas"), -1]
    assert found[words.index("alas")].tolist() == [words.index("balas"), words.index("salas")]
    assert found[words.index("zorro")].tolist() == [-1, -1]


def test_no_words() -> None:
    assert usual(near(pl.Series([], dtype=pl.String)), np.empty(0)).shape == (0, 2)
