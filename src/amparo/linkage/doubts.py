"""What in the records themselves makes a linkage doubtful: nothing to tell persons apart by."""

from __future__ import annotations

import polars as pl

from amparo.errors import Issue
from amparo.records import MEANINGS, conform

NAMELESS = 0.5  # share of a list's records without any name
NAMESAKES, FEWEST_NAMESAKES = 0.1, 50  # share and number of records with one and the same full name
CROWD, FEWEST_IN_CROWD = 0.5, 1000  # of all dated records, on one day in one place

_NAMED = (pl.col("given").list.len() > 0) | (pl.col("surnames").list.len() > 0)


def doubts(meanings: pl.DataFrame) -> list[Issue]:
    """Warnings about records in the MEANINGS contract, by code; none holds a name, a day or a place.

    `linkage.list_without_names`: more than half of a list's records have no name, so that nothing finds
    their persons elsewhere. `linkage.one_name`: a tenth of all named records have the same full name.
    `linkage.one_event`: half of the dated records fall on one day in one place, which then say nothing of
    who is who.

    Raises `frame.columns`.
    """
    records = conform(meanings, MEANINGS, "linkage")
    found = [
        Issue("linkage.list_without_names", {"source": source, "nameless": nameless, "records": records_})
        for source, nameless, records_ in records.group_by("source")
        .agg((~_NAMED.fill_null(value=False)).sum().alias("nameless"), pl.len())
        .sort("source")
        .iter_rows()
        if nameless > NAMELESS * records_
    ]
    named = records.filter(_NAMED)
    alike = _largest(named, [pl.col(name).list.join(" ").alias(name) for name in ("given", "surnames")])
    if alike >= max(FEWEST_NAMESAKES, NAMESAKES * named.height):
        found.append(Issue("linkage.one_name", {"alike": alike, "records": named.height}))
    dated = records.filter(pl.col("event_from").is_not_null() & (pl.col("event_from") == pl.col("event_to")))
    crowd = _largest(dated, [pl.col(name) for name in ("event_from", "place_1", "place_2", "place")])
    if crowd >= max(FEWEST_IN_CROWD, CROWD * dated.height):
        found.append(Issue("linkage.one_event", {"crowd": crowd, "records": dated.height}))
    return found


def _largest(records: pl.DataFrame, columns: list[pl.Expr]) -> int:
    """Records of the largest group that agrees in all columns."""
    if records.is_empty():
        return 0
    return int(records.group_by(columns).len()["len"].to_numpy().max())
