from __future__ import annotations

import numpy as np
from synthetic_mentions import frame, record, synthetic_lists

from amparo.linkage.blocking import block
from amparo.linkage.keys import keys
from amparo.linkage.model import PERSON
from amparo.linkage.screening import worth_comparing
from amparo.runs import silent


def test_true_pairs_stay_and_most_others_go() -> None:
    meanings, person = synthetic_lists(3000, seed=5)
    key = keys(meanings)
    pairs = block(key, PERSON.blocking, limit=400, budget=15, progress=silent)
    keep = worth_comparing(key, pairs.left, pairs.right)
    who = np.array([person[record_id] for record_id in key.frame["record_id"]])
    true = who[pairs.left] == who[pairs.right]
    assert keep[true].mean() > 0.98
    assert keep[~true].mean() < 0.8


def test_unknown_values_count_neither_for_nor_against() -> None:
    rows = [record(str(i), "a", "ana/rivas") for i in range(4)] + [record("4", "a", "/")]
    key = keys(frame(rows))
    assert worth_comparing(key, np.array([0]), np.array([4])).all()


def test_no_pairs() -> None:
    none = np.empty(0, np.int32)
    assert worth_comparing(keys(frame([])), none, none).shape == (0,)
