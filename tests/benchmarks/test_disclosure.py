"""The bench prints a row per register and strategy, then the sums, and protection leaves nothing to find."""

from itertools import combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.cli.checkout import load

FOUND = ("exact_cells", "small_cells", "exact_increments", "small_increments", "changes_found")


@pytest.fixture(scope="module")
def bench():
    return load("benchmarks", "disclosure")


def test_rows(bench, monkeypatch):
    kept = ("raw", "hide_small", "tau_argus", "amparo", "controlled_rounding")
    monkeypatch.setattr(bench, "STRATEGIES", {name: bench.STRATEGIES[name] for name in kept})
    monkeypatch.setattr(bench, "SIZES", ((14, 4),))
    rows = list(bench.run(1, seed=1))
    assert [row["strategy"] for row in rows] == [*kept, *kept, "amparo"]
    by_name = {row["strategy"]: row for row in rows if "registers" in row}
    for name in ("raw", "hide_small", "tau_argus"):
        assert by_name[name]["exact_cells"] > 0
    for name in ("amparo", "controlled_rounding"):
        assert [by_name[name][key] for key in FOUND] == [0] * len(FOUND)
    assert by_name["raw"]["shown"] == 1.0
    assert by_name["amparo"]["refused"] == by_name["amparo"]["refused_share"] == 0
    assert by_name["amparo"]["gap"] == 0
    assert by_name["amparo"]["shown"] <= by_name["amparo"]["ceiling"] <= by_name["amparo"]["ceiling_next"]


def test_registers_grow_from_300_to_400(bench):
    truth = bench._register(np.random.default_rng(1), 14, 6)
    assert truth.sum(axis=1)[[0, -1]].tolist() == [300, 400]
    assert (np.diff(truth, axis=0) >= 0).all()


def test_the_answers_of_two_processes_are_those_of_one(bench, monkeypatch):
    places = [14, 20, 28]
    shared = [space.shape for space in bench._map(bench._space, places)]
    monkeypatch.setattr(bench.os, "sched_getaffinity", lambda _: {0}, raising=False)
    assert shared == [space.shape for space in bench._map(bench._space, places)] == [(n, 6) for n in places]


def subsets(counts, allowed):
    """Most releases printed over every choice of releases."""
    choices = product((False, True), repeat=len(counts))
    return max(sum(choice) for choice in choices if allowed([n for n, use in enumerate(choice) if use]))


@given(added=st.lists(st.integers(0, 4), min_size=1, max_size=7), first=st.integers(0, 7))
def test_no_choice_of_releases_passes_a_ceiling(bench, added, first):
    k, counts = 3, first + np.cumsum(added)

    def small(number):
        return 1 <= abs(number) < k

    def fits(used, pairs):
        return not any(small(counts[n]) for n in used) and not any(
            small(counts[b] - counts[a]) for a, b in pairs
        )

    found = bench.ceilings(counts[:, None], k)
    most = subsets(counts, lambda used: fits(used, combinations(used, 2)))
    adjacent = subsets(counts, lambda used: fits(used, [(a, b) for a, b in pairwise(used) if b == a + 1]))
    assert found["ceiling"] == round(most / len(counts), 4)
    assert found["ceiling_next"] == round(adjacent / len(counts), 4)
    assert found["ceiling_unforeseen"] <= found["ceiling"]
