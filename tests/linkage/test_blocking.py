from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic_mentions import frame, record

from amparo.linkage.blocking import Blocked, block, keep
from amparo.linkage.keys import keys
from amparo.runs import silent

NAMES = st.lists(st.sampled_from(["ana", "eva", "olga", "rivas", "campos", "alas"]), max_size=3, unique=True)
RULES = (("given", "surname"), ("surname", "day"))


def blocked(rows: list[dict], rules=RULES, limit: int = 100, budget: int = 100) -> Blocked:
    return block(keys(frame(rows)), rules, limit=limit, budget=budget, progress=silent)


def pairs(found: Blocked) -> list[tuple[int, int]]:
    return list(zip(found.left.tolist(), found.right.tolist(), strict=True))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(NAMES, NAMES, st.sampled_from([None, "1981-05-03", "1981-05-04"])), max_size=12))
def test_exactly_the_pairs_that_share_every_part_of_a_rule_meet(people: list) -> None:
    rows = [
        record(f"{i:02}", "a", " ".join(givens) + "/" + " ".join(surnames[:2]), day)
        for i, (givens, surnames, day) in enumerate(people)
    ]
    found = blocked(rows)
    expected = {}
    for (i, a), (j, b) in combinations(enumerate(people), 2):
        surname = set(a[1][:2]) & set(b[1][:2])
        if surname and set(a[0]) & set(b[0]):
            expected[i, j] = 0
        elif surname and a[2] and a[2] == b[2]:
            expected[i, j] = 1
    assert dict(zip(pairs(found), found.rule.tolist(), strict=True)) == expected
    assert not found.skipped.height


def test_days_within_four_of_each_other_share_a_week() -> None:
    rows = [record(f"{i:02}", "a", "/rivas", f"1981-05-{i + 1:02}") for i in range(20)]
    found = blocked(rows, rules=(("surname", "week"),))
    near = {(i, j) for i, j in combinations(range(20), 2) if j - i <= 4}
    assert near <= set(pairs(found))


def test_a_block_above_the_limit_is_skipped_and_said() -> None:
    rows = [record(f"{i:02}", "a", "ana/rivas" if i < 9 else "eva/campos") for i in range(12)]
    found = blocked(rows, limit=5)
    assert set(pairs(found)) == {(9, 10), (9, 11), (10, 11)}
    assert found.skipped.row(0) == ("given.surname", 1, 9, 36)


def test_a_rule_proposes_no_more_than_its_budget_smallest_blocks_first() -> None:
    rows = [record(f"{i:04}", "a", f"ana/{'rivas' if i < 60 else 'campos'}") for i in range(100)]
    found = blocked(rows, rules=(("given", "surname"),), limit=1000, budget=1)
    assert len(found.left) == 40 * 39 // 2
    assert found.skipped.row(0) == ("given.surname", 1, 60, 60 * 59 // 2)


def test_only_wanted_pairs_are_kept() -> None:
    found = Blocked(np.array([0, 1]), np.array([2, 3]), np.array([0, 1]), pl.DataFrame())
    assert keep(found, np.array([False, True])).right.tolist() == [3]
