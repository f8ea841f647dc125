"""Splink as its tutorials set it up: the peer that linkage is measured beside.

Jaro-Winkler comparisons of given names and surnames with term frequencies, date, place, sex and age; five
blocking rules; u from random pairs, m by expectation and maximisation over two blockings; clusters are the
connected components of the pairs from a match probability of .99. It is given the same parsed columns.
"""

from __future__ import annotations

import logging
from typing import NamedTuple

import duckdb
import polars as pl
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

THRESHOLD = 0.99
RANDOM_PAIRS = 2_000_000


class Peer(NamedTuple):
    """`pairs` has record_l, record_r, probability: everything blocked; `clusters` record_id, cluster."""

    pairs: pl.DataFrame
    clusters: pl.DataFrame


def splink(meanings: pl.DataFrame, seed: int) -> Peer:
    """Link records in the MEANINGS contract, within and across lists."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    month = pl.col("event_from").dt.strftime("%Y%m")
    frame = meanings.select(
        unique_id="record_id",
        given=_joined("given"),
        surname=_joined("surnames"),
        given_1=pl.col("given").list.first(),
        surname_1=pl.col("surnames").list.first(),
        day=pl.when(pl.col("event_from") == pl.col("event_to")).then("event_from"),
        month=pl.when(month == pl.col("event_to").dt.strftime("%Y%m")).then(month),
        year=pl.col("event_from").dt.year(),
        place_1="place_1",
        place_2="place_2",
        sex="sex",
        age="age_low",
    )
    connection = duckdb.connect(":memory:", config={"temp_directory": "", "threads": 2})
    api = DuckDBAPI(connection)
    linker = Linker(api.register(frame.to_arrow(), dataset_display_name="lists"), _settings(), log_level=None)
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [block_on("given", "surname", "day"), block_on("given", "surname", "place_2")], recall=0.7
    )
    training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=seed)
    for rule in (block_on("given", "surname"), block_on("day", "place_1")):
        training.estimate_parameters_using_expectation_maximisation(rule)
    predicted = linker.inference.predict(warning_mode="never")
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predicted, threshold_match_probability=THRESHOLD
    )
    pairs = pl.DataFrame(predicted.as_pyarrow_table()).select(
        record_l="unique_id_l", record_r="unique_id_r", probability="match_probability"
    )
    members = pl.DataFrame(clusters.as_pyarrow_table()).select(record_id="unique_id", cluster="cluster_id")
    connection.close()
    return Peer(pairs, members)


def _joined(column: str) -> pl.Expr:
    text = pl.col(column).list.join(" ")
    return pl.when(text != "").then(text)


def _settings() -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("given", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("surname", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.AbsoluteDateDifferenceAtThresholds(
                "day", input_is_string=False, metrics=["day", "month", "year"], thresholds=[3, 1, 1]
            ),
            cl.ExactMatch("place_1"),
            cl.ExactMatch("place_2").configure(term_frequency_adjustments=True),
            cl.ExactMatch("sex"),
            cl.CustomComparison(
                output_column_name="age",
                comparison_levels=[
                    cll.NullLevel("age"),
                    cll.AbsoluteDifferenceLevel("age", 1),
                    cll.AbsoluteDifferenceLevel("age", 5),
                    cll.ElseLevel(),
                ],
            ),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("given_1", "surname_1"),
            block_on("surname_1", "month"),
            block_on("given_1", "month"),
            block_on("surname", "year"),
            block_on("day", "place_2"),
        ],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )
