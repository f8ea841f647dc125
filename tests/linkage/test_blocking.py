from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic_mentions import frame, record

from amparo.linkage.blocking import Blocked, block
from amparo.linkage.keys import keys
from amparo.runs import silent

NAMES = st.lists(st.sampled_from(["ana", "eva", "olga", "rivas", "campos", "alas"]), max_size=3, unique=True)
RULES = (("given", "surname"), ("surname", "day"))


def blocked(rows: list[dict], rules=RULES, limit: int = 100, budget: float = 100, **more) -> Blocked:
    return block(keys(frame(rows)), rules, limit=limit, budget=budget, progress=silent, **more)


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


def test_a_slip_of_a_letter_meets_the_frequent_spelling() -> None:
    rows = [record(f"{i:02}", "a", "ana/rivas") for i in range(3)] + [record("9", "b", "anna/ribeas")]
    assert {(0, 3), (1, 3), (2, 3)} <= set(pairs(blocked(rows, rules=(("given_spelt", "surname_spelt"),))))


def test_the_budget_goes_to_the_most_alike() -> None:
    rows = [record(f"{i}", "a", "ana/rivas", "1981-05-03") for i in range(2)]
    rows += [record(f"{i}", "b", "ana/rivas", f"199{i}-01-02") for i in range(4)]
    assert pairs(blocked(rows, budget=1 / 6)) == [(0, 1)]


def test_a_record_keeps_the_most_alike_of_each_list() -> None:
    rows = [record("0", "a", "ana luz/rivas alas", "1981-05-03")]
    rows += [record(f"{i:02}", "b", "ana/rivas campos", "1981-05-03") for i in range(90)]
    rows += [record("same", "b", "ana luz/rivas alas", "1981-05-03")]
    assert (0, 91) in pairs(blocked(rows, rules=(("given", "surname"),)))


def test_in_a_block_above_the_limit_each_meets_its_neighbours_by_name() -> None:
    rows = [record(f"{i:03}", "a", f"ana/rivas {'ab'[i % 2]}las") for i in range(120)]
    found = blocked(rows, rules=(("given", "surname"),), limit=10)
    assert 0 < len(found.left) <= 120 * 5
    assert {(a % 2, b % 2) for a, b in pairs(found)} >= {(0, 0), (1, 1)}
    assert found.skipped.row(0) == (
        "given.surname",
        3,
        120,
        (120 * 119 // 2 - 120 * 2) + 2 * (60 * 59 // 2 - 60 * 2),
    )


def test_a_large_block_is_not_spoken_of_where_other_rules_bring_its_records_together() -> None:
    rows = [record(f"{i:02}", "a", f"ana/rivas {chr(97 + i // 3)}las") for i in range(60)]
    found = blocked(rows, rules=(("given", "surname"), ("surnames",)), limit=10)
    assert found.skipped.is_empty()


def test_new_records_meet_old_ones_and_the_old_are_left_alone() -> None:
    rows = [record(f"{i}", "a", "ana/rivas", "1981-05-03") for i in range(6)]
    found = blocked(rows, fresh=np.arange(6) == 5)
    assert pairs(found) == [(i, 5) for i in range(5)]


def test_a_new_record_meets_the_old_ones_that_it_meets_where_all_are_compared() -> None:
    rows = [
        record(f"{i:02}", "a", f"{'ane'[i % 3]}lba/{'rtkls'[i % 5]}ivas", "1981-05-03") for i in range(60)
    ]
    fresh = np.arange(60) >= 55
    alone = set(pairs(blocked(rows, fresh=fresh)))
    assert alone == {(a, b) for a, b in pairs(blocked(rows)) if fresh[a] or fresh[b]} and alone


def test_the_larger_a_crowd_the_fewer_neighbours_each_meets() -> None:
    rows = [record(f"{i:04}", "a", "ana/rivas") for i in range(1500)]
    found = blocked(rows, rules=(("given", "surname"),), limit=100, budget=1000)
    assert (found.right - found.left).max() == 16
    (told,) = found.skipped.to_dicts()
    assert told["pairs"] == 1500 * 1499 // 2 - 1500 * 16


def test_the_answer_is_the_same_again() -> None:
    rows = [
        record(f"{i:03}", "ab"[i % 2], f"ana/{'rivas' if i % 3 else 'campos'}", "1981-05-03")
        for i in range(300)
    ]
    one, again = blocked(rows, limit=40, budget=3), blocked(rows, limit=40, budget=3)
    assert pairs(one) == pairs(again) and one.rule.tolist() == again.rule.tolist()
