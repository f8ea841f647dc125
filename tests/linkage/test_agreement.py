from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.linkage.agreement import cohen_kappa

words = st.sampled_from(["same", "different", "unsure"])
judged = st.lists(st.tuples(words, words), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("table", "kappa"),
    [
        ([[20, 5], [10, 15]], 0.4),  # p_o = .7, p_e = .5
        ([[50, 26, 24], [24, 4, 32], [6, 30, 4]], (0.29 - 0.35) / 0.65),  # p_o = .29, p_e = .35
        ([[0, 5], [5, 0]], -1.0),
    ],
)
def test_tables_worked_by_hand(table: list[list[int]], kappa: float) -> None:
    pairs = [(a, b) for a, row in enumerate(table) for b, number in enumerate(row) for _ in range(number)]
    assert cohen_kappa([a for a, _ in pairs], [b for _, b in pairs]).kappa == pytest.approx(kappa)


def test_nothing_judged_or_nothing_to_differ_in_has_no_value() -> None:
    assert cohen_kappa([], []) == (0, 0.0, None)
    assert cohen_kappa(["same"] * 4, ["same"] * 4) == (4, 1.0, None)


@given(judged)
def test_it_does_not_matter_who_is_named_first(pairs: list[tuple[str, str]]) -> None:
    one, other = [a for a, _ in pairs], [b for _, b in pairs]
    assert cohen_kappa(one, other) == cohen_kappa(other, one)
    kappa = cohen_kappa(one, other).kappa
    assert kappa is None or kappa <= 1.0
    assert cohen_kappa(one, one).kappa in (None, 1.0)
