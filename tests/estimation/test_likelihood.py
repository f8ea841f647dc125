"""The tree of patterns gives the likelihood of the definition, whatever the lists."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.estimation import likelihood


def filled(patterns, counts, weights, rates):
    """A room whose second lane holds these weights and rates, and whose first holds others."""
    tree = likelihood.tree_of(np.array(patterns), np.array(counts))
    room = likelihood.room_for(tree, len(weights), (0, 0))
    room.logit[:, : 2 * len(weights)] = 0.3
    room.logit[:, 1 : 2 * len(weights) : 2] = np.log(rates / (1 - rates))
    likelihood.open_up(room)
    room.weight[: 2 * len(weights)] = 1 / len(weights)
    room.weight[1 : 2 * len(weights) : 2] = weights
    likelihood.spread(tree, room)
    return tree, room, room.total[0, 1]


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
    assert likelihood.log_likelihood(tree, room, 1) == pytest.approx(expected)
    likelihood.gather(tree, room)
    members = counts[:, None] * joint / joint.sum(axis=1, keepdims=True)
    unseen_members = counts.sum() * none / (1 - none.sum())
    assert room.expected[1 : 2 * classes : 2] == pytest.approx(members.sum(axis=0) + unseen_members)
    assert room.present[:, 1 : 2 * classes : 2] == pytest.approx(x.T @ members)


def test_all_patterns_add_up_to_one():
    patterns = [x for x in product([0, 1], repeat=4) if any(x)]
    rates = np.random.default_rng(1).uniform(0.1, 0.9, (4, 3))
    _, room, _ = filled(patterns, np.ones(15, int), np.array([0.2, 0.5, 0.3]), rates)
    assert room.total.sum(axis=0) == pytest.approx([1.0, 1.0])


def test_exponentials():
    x = np.concatenate([[7.0], np.linspace(-690, 690, 997), [0.0, -1e4, 1e4, 1e-12]])
    tree = likelihood.tree_of(np.ones((1, 130), int), np.array([1]))
    out, room = np.empty(x.size - 1), likelihood.room_for(tree, 4, (0, 0))
    likelihood.exponentials(x, 1, out.size, out, room)
    assert out == pytest.approx(np.exp(np.clip(x[1:], -700, 700)), rel=1e-13)
