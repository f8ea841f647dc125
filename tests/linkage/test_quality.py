from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from amparo.linkage.quality import quality
from amparo.linkage.supervised import Correction

SKIPPED = pl.DataFrame({"rule": ["given.surname"], "blocks": [2], "largest": [900], "pairs": [500_000]})
CLUSTERS = pl.DataFrame(
    {"record_id": list("abcde"), "source": ["x", "x", "y", "y", "x"], "cluster": [0, 0, 0, 1, 2]},
)


def test_facts() -> None:
    found = quality(
        CLUSTERS, np.array([0.9, 0.8, 0.2, 0.1]), np.array([True, True, False, False]), 0.5, SKIPPED
    )
    assert (found.records, found.persons, found.pairs_compared, found.pairs_accepted) == (5, 3, 4, 2)
    assert found.expected_precision == pytest.approx(0.85)
    assert found.expected_recall == pytest.approx(0.85)
    assert found.repeats == {"x": 1, "y": 0}
    assert found.sizes == {1: 2, 3: 1}
    assert found.facts()["skipped"] == SKIPPED.to_dicts()
    assert (found.labels, found.labels_used) == (0, False)


def test_what_labels_taught_is_said() -> None:
    taught = Correction(np.zeros(1), 60, 0.4, 0.3, True)
    found = quality(CLUSTERS, np.array([0.9]), np.array([True]), 0.5, SKIPPED, taught=taught)
    assert (found.labels, found.loss_free, found.loss_corrected, found.labels_used) == (60, 0.4, 0.3, True)


def test_without_pairs_nothing_is_claimed() -> None:
    found = quality(CLUSTERS, np.empty(0), np.empty(0, bool), 0.5, SKIPPED.clear())
    assert found.expected_precision is None and found.expected_recall is None and found.skipped.is_empty()
