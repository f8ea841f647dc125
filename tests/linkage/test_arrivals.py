from __future__ import annotations

import polars as pl
import pytest

from amparo.linkage import Linkage, link, stable_persons
from amparo.linkage.arrivals import Before, place
from amparo.records import CLUSTERS, DRAWS, JUDGEMENTS, PAIRS, conform

Lists = tuple[pl.DataFrame, dict[str, int]]


@pytest.fixture(scope="module")
def stood(lists: Lists) -> tuple[pl.DataFrame, Before, Linkage]:
    """All records, the linkage of all but fifty, and of all."""
    records = lists[0].sort("record_id")
    late = records.gather_every(20)["record_id"]
    old = link(records.filter(~pl.col("record_id").is_in(late.implode())), seed=1, draws=10)
    before = Before(old.pairs, stable_persons(old.clusters, None), old.draws, old.model, 0.5)
    return records, before, link(records, seed=1, draws=10)


def f1(clusters: pl.DataFrame, truth: dict[str, int]) -> float:
    known = clusters.with_columns(person=pl.col("record_id").replace_strict(truth))

    def pairs(*by: str) -> int:
        return known.group_by(by).len().select((pl.col("len") * (pl.col("len") - 1) // 2).sum()).item()

    return 2 * pairs("cluster", "person") / (pairs("cluster") + pairs("person"))


def test_what_comes_is_placed_about_as_well_as_by_linking_all(
    stood: tuple[pl.DataFrame, Before, Linkage], lists: Lists
) -> None:
    records, before, whole = stood
    found = place(records, before, seed=1)
    assert f1(found.clusters, lists[1]) > f1(whole.clusters, lists[1]) - 0.02
    assert found.clusters.schema == CLUSTERS and found.pairs.schema == PAIRS and found.draws.schema == DRAWS
    assert sorted(found.draws["record_id"]) == sorted(records["record_id"])
    assert set(found.draws["clusters"].list.len()) == {10}
    again = place(records.sample(fraction=1.0, shuffle=True, seed=4), before, seed=1)
    assert again.clusters.equals(found.clusters) and again.draws.sort("record_id").equals(
        found.draws.sort("record_id")
    )


def test_who_nothing_new_touches_stays_as_they_were(stood: tuple[pl.DataFrame, Before, Linkage]) -> None:
    records, before, _ = stood
    found = place(records, before, seed=1)
    persons = stable_persons(found.clusters, before.persons)
    both = before.persons.join(persons, on="record_id", suffix="_later")
    assert both.filter(pl.col("person") == pl.col("person_later")).height > 0.97 * both.height
    fresh = set(records["record_id"]) - set(before.persons["record_id"])
    near = found.pairs.filter(pl.col("record_l").is_in(fresh) | pl.col("record_r").is_in(fresh))
    beside = set(near["record_l"]) | set(near["record_r"])
    strangers = before.draws.join(found.draws, on="record_id", suffix="_later").filter(
        ~pl.col("record_id").is_in(beside)
    )
    assert strangers.filter(pl.col("clusters") == pl.col("clusters_later")).height > 0.5 * strangers.height


def test_judgements_bind_new_records_too(stood: tuple[pl.DataFrame, Before, Linkage]) -> None:
    records, before, _ = stood
    fresh = sorted(set(records["record_id"]) - set(before.persons["record_id"]))[0]
    other = before.persons["record_id"][5]
    said = conform(
        pl.DataFrame({"record_l": [fresh], "record_r": [other], "verdict": ["same"]}), JUDGEMENTS, "test"
    )
    found = place(records, before, seed=1, judgements=said)
    of = dict(found.clusters.select("record_id", "cluster").iter_rows())
    assert of[fresh] == of[other]
