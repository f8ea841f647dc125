from __future__ import annotations

import polars as pl
import pytest
from synthetic_lists import lists, people, table

from amparo.errors import AmparoError, Issue
from amparo.records import DRAWS
from amparo.study.linking import judgements, services
from amparo.study.linking.judgements import Word
from amparo.study.linking.models import LinkRun
from amparo.study.register.rules import Declared
from amparo.study.register.services import declare, read_list
from amparo.study.store import Study


def _read(study: Study, key: str, content: bytes) -> None:
    read_list(study, content, f"{key}.csv", source_key=key, declared=Declared(key, "capture"))


def test_nothing_to_link_is_said(study: Study) -> None:
    with pytest.raises(AmparoError, match="linking.no_records"):
        services.link_study(study, seed=1)


def test_crowded_blocks_are_told_in_one_sentence() -> None:
    skipped = [
        {"rule": "surnames", "blocks": 2, "largest": 900, "pairs": 5},
        {"rule": "given.day", "blocks": 3, "largest": 700, "pairs": 4},
    ]
    linked = services.Linked(LinkRun(), pl.DataFrame(), {"skipped": skipped})
    assert linked.issues() == [Issue("linkage.blocks_skipped", {"blocks": 5, "largest": 900})]
    assert services.Linked(LinkRun(), pl.DataFrame(), {"skipped": []}).issues() == []


def test_persons_stay_when_records_come(study: Study) -> None:
    for key, content in lists(150, names="abc").items():
        _read(study, key, content)
    first = services.link_study(study, seed=1)
    again = services.link_study(study, seed=1)
    assert again.records.equals(first.records)
    assert again.run.manifest == first.run.manifest
    _read(study, "d", table(people(40, seed=5)))
    more = services.link_study(study, seed=1)
    both = first.records.join(more.records, on="record_id", suffix="_later")
    assert both.height == first.records.height
    moved = both.filter(both["person"] != both["person_later"]).height
    assert moved <= 0.02 * both.height
    assert services.check_runs(study) == 3


def test_the_run_that_stood_then_is_found(study: Study) -> None:
    from datetime import UTC, datetime

    _read(study, "a", table(people(30)))
    before = datetime.now(UTC)
    first = services.link_study(study, seed=1)
    between = datetime.now(UTC)
    services.link_study(study, seed=2)
    assert services.newest(study, before) is None
    found = services.newest(study, between)
    assert found is not None
    assert found.run.pk == first.run.pk


def test_judgements_bind_and_the_account_says_so(study: Study) -> None:
    for key in "ab":
        _read(study, key, table(people(40)))
    first = services.link_study(study, seed=1)
    assert first.account is None
    person = dict(first.records.select("record_id", "person").iter_rows())
    assert person["a.1.2"] == person["b.1.2"] != person["a.1.3"]
    judgements.judge(study, [Word(("a.1.2", "b.1.2"), "different"), Word(("a.1.3", "b.1.9"), "same")])
    second = services.link_study(study, seed=1)
    person = dict(second.records.select("record_id", "person").iter_rows())
    assert person["a.1.2"] != person["b.1.2"] and person["a.1.3"] == person["b.1.9"]
    assert second.account is not None
    whys = {(change.kind, change.why, change.pair) for change in second.account.changes}
    assert ("split", "judged_different", ("a.1.2", "b.1.2")) in whys
    assert ("merged", "judged_same", ("a.1.3", "b.1.9")) in whys
    assert services.account_of(study, second.run) == second.account
    judgements.judge(study, [Word(("a.1.2", "b.1.2"), "withdrawn"), Word(("a.1.3", "b.1.9"), "withdrawn")])
    third = services.link_study(study, seed=1)
    assert third.records.select("record_id", "person").equals(first.records.select("record_id", "person"))


def test_draws_are_for_who_counts(study: Study) -> None:
    for key, content in lists(60, names="ab").items():
        _read(study, key, content)
    linked = services.link_study(study, seed=1)
    draws = services.draws_of(study, linked.run)
    assert draws is not None and draws.schema == DRAWS
    assert draws["record_id"].sort().to_list() == linked.records["record_id"].sort().to_list()
    assert set(draws["clusters"].list.len().to_list()) == {50}


def test_a_list_declared_to_hold_a_person_once_does_and_what_contradicts_it_is_told(study: Study) -> None:
    _read(study, "a", table([*people(30), *people(30)]))
    assert services.link_study(study, seed=1).records["person"].n_unique() < 40
    declare(study, "a", Declared("a", "capture", once=True))
    linked = services.link_study(study, seed=1)
    assert linked.records["person"].n_unique() == 60
    [told] = [issue for issue in linked.issues() if issue.code == "linkage.not_once"]
    assert told.facts["source"] == "a" and told.facts["pairs"] > 20
    declare(study, "a", Declared("a", "capture"))
    linked = services.link_study(study, seed=1)
    assert linked.records["person"].n_unique() < 40
    assert not [issue for issue in linked.issues() if issue.code == "linkage.not_once"]


def test_few_new_records_are_placed_alone_and_who_was_there_keeps_their_name(study: Study) -> None:
    _read(study, "a", table(people(60)))
    first = services.link_study(study, seed=1)
    assert first.run.manifest["settings"]["arrivals"] is False
    _read(study, "b", table(people(60)[:3]))
    second = services.link_study(study, seed=1)
    assert second.run.manifest["settings"]["arrivals"] is True
    person = dict(second.records.select("record_id", "person").iter_rows())
    assert all(person[f"b.1.{row}"] == person[f"a.1.{row}"] for row in (2, 3, 4))
    assert {name: person[name] for name in first.records["record_id"]} == dict(
        first.records.select("record_id", "person").iter_rows()
    )
    draws = services.draws_of(study, second.run)
    assert draws is not None and draws.height == 63
    one, other = draws.filter(pl.col("record_id").is_in(["a.1.2", "b.1.2"]))["clusters"]
    assert (one == other).sum() > 40
    whole = services.link_study(study, seed=1, whole=True)
    assert whole.run.manifest["settings"]["arrivals"] is False
    judgements.judge(study, [Word(("a.1.2", "b.1.2"), "different")])
    _read(study, "c", table(people(60)[5:6]))
    assert services.link_study(study, seed=1).run.manifest["settings"]["arrivals"] is False


def test_only_an_engine_there_is_compares(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    _read(study, "a", table(people(5)))
    with pytest.raises(AmparoError, match="linking.unknown_engine"):
        services.link_study(study, seed=1, engine="abacus")
    asked: list[str] = []

    def session(master: str) -> None:
        asked.append(master)
        raise AmparoError("spark.missing")

    monkeypatch.setattr(services.spark, "session", session)
    for engine in ("spark", "spark://host:7077", "local[2]"):
        with pytest.raises(AmparoError, match="spark.missing"):
            services.link_study(study, seed=1, engine=engine)
    assert asked == ["spark", "spark://host:7077", "local[2]"]
