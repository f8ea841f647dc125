from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from amparo.linkage import stable_persons


def frame(clusters: dict[str, int]) -> pl.DataFrame:
    return pl.DataFrame(
        {"record_id": list(clusters), "source": ["a"] * len(clusters), "cluster": list(clusters.values())},
        schema={"record_id": pl.String, "source": pl.String, "cluster": pl.Int64},
    )


def persons(found: pl.DataFrame) -> dict[str, str]:
    return dict(found.select("record_id", "person").iter_rows())


CLUSTERS = st.dictionaries(st.sampled_from("abcdefghij"), st.integers(0, 4), max_size=10)


@given(CLUSTERS)
def test_one_person_per_cluster_and_the_same_again(clusters: dict[str, int]) -> None:
    first = stable_persons(frame(clusters), None)
    assert len({*zip(clusters.values(), persons(first).values(), strict=True)}) == len(set(clusters.values()))
    assert len(set(persons(first).values())) == len(set(clusters.values()))
    assert stable_persons(frame({k: v + 7 for k, v in clusters.items()}), first).equals(first)


@given(CLUSTERS, CLUSTERS)
def test_no_person_ever_stands_for_two_clusters(before: dict[str, int], after: dict[str, int]) -> None:
    again = stable_persons(frame(after), stable_persons(frame(before), None))
    pairs = {*zip(after.values(), persons(again).values(), strict=True)}
    assert len(pairs) == len(set(after.values())) == len({person for _, person in pairs})


def test_the_larger_part_of_a_split_keeps_the_person() -> None:
    before = stable_persons(frame(dict.fromkeys("abc", 0)), None)
    after = persons(stable_persons(frame({"a": 0, "b": 1, "c": 1}), before))
    assert after["b"] == after["c"] == persons(before)["a"] != after["a"]


def test_of_two_that_come_together_the_larger_gives_its_name() -> None:
    before = stable_persons(frame({"a": 0, "b": 1, "c": 1}), None)
    after = persons(stable_persons(frame(dict.fromkeys("abc", 0)), before))
    assert set(after.values()) == {persons(before)["b"]}


def test_new_names_may_be_passed_in() -> None:
    numbers = iter(["p1", "p2"])
    found = stable_persons(frame({"a": 0, "b": 1, "c": 0}), None, lambda _: next(numbers))
    assert persons(found) == {"a": "p1", "b": "p2", "c": "p1"}
