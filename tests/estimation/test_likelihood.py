"""The tree of patterns gives the likelihood of the definition, whatever the lists."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.estimation import likelihood


def filled(patterns, counts, weights, rates):
    tree = likelihood.tree_of(np.array(patterns), np.array(counts))
    room = likelihood.room_for(tree, len(weights))
    room.logit[:, : len(weights)] = np.log(rates / (1 - rates))
    likelihood.open_up(room)
    room.weight[: len(weights)] = weights
    return tree, room, likelihood.spread(tree, room)


cases = st.integers(2, 6).flatmap(
    lambda lists: st.tuples(
        st.lists(
            st.lists(st.integers(0, 1), min_size=lists, max_size=lists).filter(any),
            min_size=1,
            max_size=12,
            unique_by=tuple,
        ),
        st.integers(1, 6),
        st.integers(0, 2**32 - 1),
    )
)


@given(cases)
def test_likelihood_and_expectations_by_the_definition(case):
    patterns, classes, seed = case
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 50, len(patterns))
    weights, rates = rng.dirichlet(np.ones(classes)), rng.uniform(0.02, 0.98, (len(patterns[0]), classes))
    tree, room, unseen = filled(patterns, counts, weights, rates)
    x = np.array(patterns)
    joint = weights * np.prod(np.where(x[:, :, None] == 1, rates, 1 - rates), axis=1)
    none = weights * np.prod(1 - rates, axis=0)
    assert unseen == pytest.approx(none.sum())
    expected = counts @ np.log(joint.sum(axis=1)) - counts.sum() * np.log(1 - none.sum())
    assert likelihood.log_likelihood(tree, room) == pytest.approx(expected)
    likelihood.gather(tree, room)
    members = counts[:, None] * joint / joint.sum(axis=1, keepdims=True)
    unseen_members = counts.sum() * none / (1 - none.sum())
    assert room.expected[:classes] == pytest.approx(members.sum(axis=0) + unseen_members)
    assert room.present[:, :classes] == pytest.approx(x.T @ members)


def test_all_patterns_add_up_to_one():
    patterns = [x for x in product([0, 1], repeat=4) if any(x)]
    rates = np.random.default_rng(1).uniform(0.1, 0.9, (4, 3))
    _, room, _ = filled(patterns, np.ones(15, int), np.array([0.2, 0.5, 0.3]), rates)
    assert room.total.sum() == pytest.approx(1.0)


def test_exponentials():
    x = np.concatenate([np.linspace(-690, 690, 997), [0.0, -1e4, 1e4, 1e-12]])
    out, whole, scale = np.empty_like(x), np.empty_like(x), np.empty_like(x)
    likelihood.exponentials(x, out, whole, scale, scale.view(np.int64))
    assert out == pytest.approx(np.exp(np.clip(x, -700, 700)), rel=1e-13)
