"""Members of a compartment see their records' persons, and nothing of others'."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from synthetic_lists import lists

from amparo.errors import AmparoError
from amparo.study import store
from amparo.study.context import Keys
from amparo.study.linking.persons import records_of, seen
from amparo.study.linking.services import link_study, newest
from amparo.study.register.rules import Declared
from amparo.study.register.services import read_list


@pytest.fixture
def linked(study: store.Study) -> store.Study:
    from amparo.study.accounts import compartments

    compartments.make(study, "north")
    study = store.refreshed(study)
    for key, content in lists(60, 0.6).items():
        place = "north" if key == "a" else None
        read_list(
            study,
            content,
            f"{key}.csv",
            source_key=key,
            declared=Declared(key, "capture", ()),
            compartment=place,
        )
    link_study(study, seed=1)
    return study


def holding(study: store.Study, *names: str) -> Any:
    return replace(
        study, keys=Keys({i: key for i, key in study.keys.held.items() if key.compartment in names})
    )


def test_each_member_sees_the_records_of_their_compartment(linked: store.Study) -> None:
    run = newest(linked)
    assert run is not None
    everything = {tuple(row) for row in run.records.select("record_id", "person").iter_rows()}
    assert {tuple(row) for row in seen(linked).iter_rows()} == everything
    north = seen(holding(linked, "north"))
    assert north["record_id"].str.starts_with("a.").all()
    others = seen(holding(linked, "default"))
    assert not others["record_id"].str.starts_with("a.").any()
    assert north.height + others.height == len(everything)
    assert seen(holding(linked, "counting", "matching")).is_empty()


def test_a_person_of_others_is_as_absent_as_nobody(linked: store.Study) -> None:
    mine = holding(linked, "north")
    theirs = seen(linked).join(seen(mine), on="person", how="anti")["person"][0]
    for person in (theirs, "0" * 24):
        with pytest.raises(AmparoError, match=r"register\.unknown_record") as told:
            records_of(mine, person)
        assert told.value.facts == {"record": person}
    whole = seen(mine)["person"][0]
    assert set(records_of(mine, whole)) <= set(records_of(linked, whole))


def test_a_corrected_record_stands_for_the_one_it_corrects(linked: store.Study) -> None:
    before = seen(linked)
    changed = lists(60, 0.6)["b"].replace(b"Norte", b"Sur")
    read_list(linked, changed, "b.csv", source_key="b", declared=None)
    after = seen(linked)
    assert after["person"].sort().equals(before["person"].sort())
    assert after.filter(pl.col("record_id").str.starts_with("b.2")).height > 0
    assert set(after["record_id"]) & set(before["record_id"]) != set(before["record_id"])
