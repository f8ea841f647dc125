from __future__ import annotations

import datetime as dt
import math
from itertools import combinations

import polars as pl
import pytest
from synthetic_mentions import frame, record, synthetic_lists

from amparo.errors import AmparoError
from amparo.linkage import PERSON, Linkage, link
from amparo.records import CLUSTERS, DRAWS, JUDGEMENTS, MEANINGS, PAIRS, conform

Truth = tuple[pl.DataFrame, dict[str, int]]


@pytest.fixture(scope="module")
def linked(lists: Truth) -> Linkage:
    return link(lists[0], seed=1)


def pairs_within(groups: dict[str, int]) -> set[tuple[str, str]]:
    by_group: dict[int, list[str]] = {}
    for record_id, group in groups.items():
        by_group.setdefault(group, []).append(record_id)
    return {pair for members in by_group.values() for pair in combinations(sorted(members), 2)}


def found_pairs(linkage: Linkage) -> set[tuple[str, str]]:
    return pairs_within(dict(linkage.clusters.select("record_id", "cluster").iter_rows()))


def test_persons_are_found_without_labels(lists: Truth, linked: Linkage) -> None:
    true, found = pairs_within(lists[1]), found_pairs(linked)
    right = len(true & found)
    assert 2 * right / (len(true) + len(found)) > 0.93


def test_relatives_in_one_event_stay_apart(lists: Truth, linked: Linkage) -> None:
    meanings, person = lists
    family = {
        row["record_id"]: (row["surnames"], row["event_from"], row["place_2"])
        for row in meanings.iter_rows(named=True)
    }
    together = found_pairs(linked)
    relatives = {
        (a, b)
        for a, b in combinations(sorted(family), 2)
        if family[a] == family[b] and person[a] != person[b]
    }
    assert len(relatives) > 100
    assert len(relatives & together) / len(relatives) < 0.1


def test_expected_quality_is_near_the_true(lists: Truth, linked: Linkage) -> None:
    true, found = pairs_within(lists[1]), found_pairs(linked)
    assert linked.quality.expected_precision == pytest.approx(len(true & found) / len(found), abs=0.05)
    assert linked.quality.persons == pytest.approx(len(set(lists[1].values())), rel=0.05)


def test_results_follow_their_contracts(lists: Truth, linked: Linkage) -> None:
    assert linked.pairs.schema == pl.Schema(PAIRS) and linked.clusters.schema == pl.Schema(CLUSTERS)
    assert sorted(linked.clusters["record_id"]) == sorted(lists[0]["record_id"])
    assert linked.quality.records == lists[0].height
    assert linked.pairs.select(
        pl.max_horizontal("match_probability", "together").is_between(0.02, 1.0).all()
    ).item()


def test_what_a_pair_weighs_adds_up(linked: Linkage) -> None:
    parts = pl.col("weights").list.sum() + pl.col("prior") + pl.col("rivals") + pl.col("labelled")
    off = linked.pairs.select((parts / math.log(2.0) - pl.col("match_weight")).abs().max()).item()
    assert off < 1e-3
    assert linked.pairs["levels"].list.len().unique().to_list() == [len(PERSON.comparisons)]
    assert (
        linked.pairs.select(
            (pl.col("match_probability") + pl.col("p_event") + pl.col("p_relatives")).max()
        ).item()
        <= 1.001
    )


def test_draws_hold_every_record_and_spread_about_the_truth(lists: Truth, linked: Linkage) -> None:
    assert linked.draws["record_id"].to_list() == linked.clusters["record_id"].to_list()
    assert linked.draws.schema == pl.Schema(DRAWS)
    persons = [len(set(column)) for column in zip(*linked.draws["clusters"].to_list(), strict=True)]
    assert len(persons) == 50
    assert sum(persons) / 50 == pytest.approx(len(set(lists[1].values())), rel=0.06)
    assert max(persons) > min(persons)


def test_judgements_bind_and_unsure_ones_do_not(lists: Truth, linked: Linkage) -> None:
    rows = lists[0].head(500)
    plain = link(rows, seed=1, draws=5)
    cluster = dict(plain.clusters.select("record_id", "cluster").iter_rows())
    best = plain.pairs.sort("match_weight", "record_l", "record_r", descending=True).head(3)
    together = [
        (a, b) for a, b in best.select("record_l", "record_r").iter_rows() if cluster[a] == cluster[b]
    ]
    names = rows["record_id"].to_list()
    said = [(*together[0], "different"), (*together[1], "unsure"), (names[0], names[7], "same")]
    judgements = pl.DataFrame(said, schema=list(JUDGEMENTS)[:3], orient="row")
    found = link(rows, seed=1, draws=5, judgements=judgements)
    after = dict(found.clusters.select("record_id", "cluster").iter_rows())
    assert after[together[0][0]] != after[together[0][1]]
    assert after[together[1][0]] == after[together[1][1]]
    assert after[names[0]] == after[names[7]]
    assert "judgement" in found.pairs["match_key"]


def test_a_list_declared_to_hold_each_person_once_repeats_nobody(lists: Truth, linked: Linkage) -> None:
    found = link(lists[0], seed=1, draws=2, once=["list 0"])
    assert linked.quality.repeats["list 0"] > 0
    assert found.quality.repeats["list 0"] == 0 and found.quality.repeats["list 1"] > 0


def test_an_earlier_model_is_taken_as_the_start(lists: Truth, linked: Linkage) -> None:
    few = lists[0].head(60)
    with_prior = link(few, seed=1, draws=2, prior=linked.model)
    assert with_prior.clusters.height == 60
    assert not with_prior.model.equals(link(few, seed=1, draws=2).model)


def test_the_order_of_the_rows_does_not_matter(lists: Truth) -> None:
    rows = lists[0].head(500)
    one, again = link(rows, seed=1), link(rows.sample(fraction=1.0, shuffle=True, seed=5), seed=1)
    assert again.clusters.equals(one.clusters) and again.pairs.equals(one.pairs)
    assert again.model.equals(one.model) and again.draws.equals(one.draws)


def test_duplicates_within_a_list_are_found() -> None:
    meanings, _ = synthetic_lists(400, seed=8)
    copies = meanings.head(40).with_columns(record_id="copy " + pl.col("record_id"))
    linkage = link(pl.concat([meanings, copies]), seed=1)
    cluster = dict(linkage.clusters.select("record_id", "cluster").iter_rows())
    again = [cluster[name] == cluster[f"copy {name}"] for name in meanings["record_id"].head(40)]
    assert sum(again) >= 36
    assert sum(linkage.quality.repeats.values()) >= 36


def test_two_identical_lists() -> None:
    one = synthetic_lists(300, seed=9, lists=1)[0].with_columns(source=pl.lit("a"))
    other = one.with_columns(source=pl.lit("b"), record_id="b" + pl.col("record_id"))
    cluster = dict(link(pl.concat([one, other]), seed=1).clusters.select("record_id", "cluster").iter_rows())
    assert sum(cluster[name] == cluster[f"b{name}"] for name in one["record_id"]) >= 290


def test_lists_without_overlap_show_next_to_none(lists: Truth) -> None:
    meanings, person = lists
    first = meanings.with_columns(person=pl.col("record_id").replace_strict(person)).unique(
        "person", keep="first"
    )
    linkage = link(first.drop("person"), seed=1)
    assert linkage.quality.pairs_accepted <= 0.02 * first.height


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_hardly_any_records(lists: Truth, rows: int) -> None:
    linkage = link(lists[0].head(rows), seed=1)
    assert linkage.clusters.height == rows and linkage.quality.pairs_accepted == 0


def test_a_list_with_one_row(lists: Truth) -> None:
    one = record("x", "list of one", "ana/rivas alas", "1981-05-03")
    assert link(pl.concat([lists[0].head(100), frame([one])]), seed=1).clusters.height == 101


def test_records_that_say_nothing_stay_apart(lists: Truth) -> None:
    empty = conform(lists[0].head(200).select("record_id", "source"), MEANINGS, "tests")
    assert link(empty, seed=1).quality.persons == 200


def test_no_names_or_one_name_for_all_does_not_break_it(lists: Truth) -> None:
    no_name = pl.lit([], dtype=pl.List(pl.String))
    nameless = lists[0].head(300).with_columns(given=no_name, surnames=no_name)
    alike = lists[0].head(300).with_columns(given=pl.lit(["maria"]), surnames=pl.lit(["rivas", "alas"]))
    for meanings in (nameless, alike):
        assert link(meanings, seed=1).clusters.height == 300


def test_blocks_too_large_are_skipped_and_said(lists: Truth) -> None:
    day, many = dt.date(1981, 5, 3), 900
    rows = lists[0].head(many).with_columns(
        given=pl.lit(["maria"]), surnames=pl.lit(["rivas", "alas"]), event_from=day, event_to=day,
        place_1=pl.lit("departamento"), place_2=pl.lit("municipio"), age_low=None, age_high=None,
    )  # fmt: skip
    linkage = link(conform(rows, MEANINGS, "tests"), seed=1)
    assert linkage.quality.persons == many
    assert linkage.quality.skipped["largest"][0] == many


def test_an_identifier_of_both_lists_joins_and_of_one_list_does_not_hinder(lists: Truth) -> None:
    meanings = lists[0].head(500)
    person = {name: lists[1][name] for name in meanings["record_id"]}
    shared = meanings.with_columns(
        identifier=pl.col("record_id")
        .replace_strict(person, return_dtype=pl.Int64)
        .cast(pl.String)
        .str.zfill(9)
    )
    own = meanings.with_columns(identifier="paper" + pl.col("record_id"))
    true = pairs_within(person)
    with_shared, with_own = found_pairs(link(shared, seed=1)), found_pairs(link(own, seed=1))
    assert len(with_shared & true) / len(true) > 0.98
    assert len(with_own & true) / len(true) > 0.9


@pytest.mark.parametrize("threshold", [0.0, 1.0, 7.0])
def test_a_threshold_is_a_probability(lists: Truth, threshold: float) -> None:
    with pytest.raises(AmparoError, match=r"linkage\.threshold"):
        link(lists[0].head(10), seed=1, threshold=threshold)


def test_a_higher_threshold_accepts_fewer_pairs(lists: Truth) -> None:
    rows = lists[0].head(500)
    usual, strict = link(rows, seed=1), link(rows, seed=1, threshold=0.99)
    assert strict.quality.pairs_accepted < usual.quality.pairs_accepted
    assert usual.quality.expected_precision is not None
    assert strict.quality.expected_precision is not None
    assert strict.quality.expected_precision >= usual.quality.expected_precision
