from __future__ import annotations

import numpy as np
import pytest

from amparo.linkage.supervised import correction, rivals

PAIRS = 4000


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-x))


def drawn(effect: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Features, label-free probability, indices of labelled pairs, verdicts: one feature has an effect."""
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(PAIRS, 4))
    odds = generator.normal(0.0, 2.0, PAIRS)
    same = generator.random(PAIRS) < sigmoid(odds + effect * features[:, 0])
    labelled = np.sort(generator.choice(PAIRS, 400, replace=False))
    return features, sigmoid(odds), labelled, same[labelled]


def test_what_labels_show_is_learnt_and_used() -> None:
    features, free, labelled, same = drawn(effect=1.5)
    found = correction(features, free, labelled, same, seed=1)
    assert found.used and found.labels == 400
    assert found.loss_corrected is not None and found.loss_free is not None
    assert found.loss_corrected < found.loss_free
    assert np.corrcoef(found.added, features[:, 0])[0, 1] > 0.9


@pytest.mark.parametrize("seed", range(5))
def test_where_labels_teach_nothing_the_label_free_score_stands(seed: int) -> None:
    found = correction(*drawn(effect=0.0, seed=seed), seed=1)
    assert not found.used and not found.added.any()
    assert found.loss_free is not None


def test_labels_from_the_middle_do_not_move_what_is_plain() -> None:
    generator = np.random.default_rng(2)
    odds = generator.normal(0.0, 4.0, PAIRS)
    # In the middle fewer are the same than the label-free score says; plain pairs are as it says.
    same = generator.random(PAIRS) < sigmoid(odds - 1.5 * (np.abs(odds) < 2.0))
    labelled = np.flatnonzero(np.abs(odds) < 2.0)[:400]
    found = correction(generator.normal(size=(PAIRS, 4)), sigmoid(odds), labelled, same[labelled], seed=1)
    assert found.used
    assert found.added[np.abs(odds) < 1.0].mean() == pytest.approx(-1.5, abs=0.5)
    assert np.abs(found.added[np.abs(odds) > 5.0]).max() < 0.5


def test_few_labels_or_one_verdict_are_not_tried() -> None:
    features, free, labelled, same = drawn(effect=1.5)
    assert correction(features, free, labelled[:30], same[:30], seed=1).loss_free is None
    assert not correction(features, free, labelled, np.ones(400, bool), seed=1).used


def test_the_same_seed_gives_the_same_correction() -> None:
    one, again = (correction(*drawn(effect=0.5), seed=3) for _ in "ab")
    assert (one.added == again.added).all() and one.loss_corrected == again.loss_corrected


def test_rivals_are_the_other_partners_of_both_records() -> None:
    found = rivals(np.array([0, 0, 3]), np.array([1, 2, 4]), np.array([0.9, 0.5, 0.7]), 5)
    assert found == pytest.approx(np.log1p([[0.5, 0.0], [0.9, 0.0], [0.0, 0.0]]))
