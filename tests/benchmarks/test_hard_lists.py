"""The generator of hard lists and how linkage of them is scored. Everything here is synthetic."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from amparo.cli.checkout import load
from amparo.records import DRAWS, RECORDS
from amparo.values.columns import meanings

hard_lists = load("benchmarks", "hard_lists")
hard_linkage = load("benchmarks", "hard_linkage")


@pytest.fixture(scope="module")
def made():
    return hard_lists.hard_lists(6000, 3)


def test_records_follow_the_contract_and_every_one_has_its_truth(made):
    assert made.records.schema == pl.Schema(RECORDS)
    assert made.records["record_id"].equals(made.truth["record_id"])
    assert made.records["record_id"].n_unique() == made.records.height
    assert 6000 <= made.records.height < 6020, "only the last person may go beyond"


def test_the_same_seed_gives_the_same_lists(made):
    again = hard_lists.hard_lists(6000, 3)
    assert again.records.equals(made.records) and again.truth.equals(made.truth)
    assert not hard_lists.hard_lists(6000, 4).records.equals(made.records)


def test_the_lists_are_of_the_shape_that_was_asked_for(made):
    """About 100,000 records of 56,000 persons with 63,000 true pairs, in proportion."""
    records = made.records.height
    persons = made.truth["person"].n_unique()
    assert 0.53 < persons / records < 0.59
    sizes = made.truth.group_by("person").len()["len"].cast(pl.Int64)
    assert 0.58 < (sizes * (sizes - 1) // 2).sum() / records < 0.69
    assert made.truth["source"].n_unique() == 5
    repeated = made.truth.select("person", "source").is_duplicated().mean()
    assert 0.03 < repeated < 0.15, "each list has some persons twice"
    one_event = made.truth.group_by("family").agg(pl.col("event").n_unique())
    assert one_event["event"].max() == 1


def test_what_the_lists_write_can_be_read(made):
    known, issues = meanings(made.records)
    assert not issues
    named = known.filter((pl.col("given").list.len() > 0) & (pl.col("surnames").list.len() > 0))
    assert named.height > 0.97 * known.height
    assert 0.85 < 1 - known["event_from"].null_count() / known.height < 0.99
    vague = known.filter(pl.col("event_from") < pl.col("event_to"))
    assert 0.08 < vague.height / known.height < 0.3


def test_scores_count_pairs_and_relatives():
    truth = pl.DataFrame(
        {"record_id": list("abcdef"), "person": [1, 1, 2, 2, 3, 4], "family": [1, 1, 1, 1, 2, 2]}
    )
    clusters = pl.DataFrame({"record_id": list("abcdef"), "cluster": [0, 0, 0, 1, 2, 2]})
    assert hard_linkage.scores(clusters, truth) == {
        "persons": 3, "precision": 1 / 4, "recall": 1 / 2, "f1": 1 / 3,
        "relatives_of_false": 1.0, "relatives_of_accepted": 3 / 4,
    }  # fmt: skip
    pairs = np.array([1, 0]), np.array([0, 4])
    assert hard_linkage.blocking_recall(pairs, truth["person"].to_numpy()) == 1 / 2


def test_bands_are_held_against_the_true_capture_histories():
    truth = pl.DataFrame(
        {"record_id": list("abcdef"), "source": list("xyxyxx"), "person": [1, 1, 2, 2, 3, 3]}
    )
    right, wrong = [0, 0, 1, 1, 2, 2], [0, 1, 2, 2, 3, 3]

    def told(*draws):
        clusters = [list(one) for one in zip(*draws, strict=True)]
        frame = pl.DataFrame({"record_id": list("abcdef"), "clusters": clusters}, schema=dict(DRAWS))
        return hard_linkage.coverage(frame, truth)

    exact = told(right, right)
    assert exact["cells_covered"] == 1.0 and exact["cells"] == 2 and exact["draws"] == 2
    assert exact["persons_band"] == [3, 3] and exact["persons_covered"]
    off = told(wrong, wrong)
    assert off["cells_covered"] == 0.0 and off["cells"] == 3, "one of x and y split: all three cells are off"
    assert not off["persons_covered"]
    assert told(*[right] * 40, wrong)["cells_covered"] == 1.0, "one draw of 41 is outside the band"


def test_relatives_are_what_splink_mistakes():
    free, judged, splink = hard_linkage.run(1500, 1, peer=True, labels=20)
    assert [line["system"] for line in (free, judged, splink)] == ["amparo", "amparo", "splink"]
    assert free["f1"] > splink["f1"] + 0.2
    assert (free["labels"], judged["labels"]) == (0, 20)
    assert splink["relatives_of_false"] > 0.5
    assert 0.8 < splink["blocking_recall"] < 0.9 < free["blocking_recall"]
    assert free["stages"]["training"] > 0 and free["peak_mb"] > 0
    assert 0 < free["cells_covered"] <= 1 and len(free["persons_band"]) == 2
