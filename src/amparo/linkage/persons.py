"""Persons that keep their name from one run to the next."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

import polars as pl


def first_person(records: Iterable[str]) -> str:
    """A new person's id: a digest of its first record, so that the same run gives the same ids."""
    return hashlib.blake2b(min(records).encode(), digest_size=12, person=b"amparo.person").hexdigest()


def stable_persons(
    clusters: pl.DataFrame,
    previous: pl.DataFrame | None,
    name: Callable[[Iterable[str]], str] = first_person,
) -> pl.DataFrame:
    """record_id -> person, in the order of `clusters`.

    `clusters` follows the CLUSTERS contract, `previous` is an earlier result of this function. A person
    keeps its id in the cluster that holds the most of its records; of two persons that came together the
    one with more records gives the id; ties go to the lowest record id. What is left gets a new id from
    `name`, which is given the records of the cluster.
    """
    now = clusters.select("record_id", "cluster")
    before = (
        previous
        if previous is not None
        else pl.DataFrame(schema={"record_id": pl.String, "person": pl.String})
    )
    overlaps = (
        now.join(before.select("record_id", "person"), on="record_id")
        .group_by("cluster", "person")
        .agg(pl.len(), pl.col("record_id").min().alias("first"))
        .sort(pl.col("len").cast(pl.Int64) * -1, "first")
    )
    kept: dict[int, str] = {}
    taken: set[str] = set()
    for cluster, person in overlaps.select("cluster", "person").iter_rows():
        if cluster not in kept and person not in taken:
            kept[cluster] = person
            taken.add(person)
    used = set(before["person"].to_list())
    for cluster, records in (
        now.filter(~pl.col("cluster").is_in(list(kept)))
        .group_by("cluster")
        .agg(pl.col("record_id").sort())
        .sort(pl.col("record_id").list.first())
        .iter_rows()
    ):
        kept[cluster] = _unused(records, name, used)
        used.add(kept[cluster])
    return now.select(
        "record_id", pl.col("cluster").replace_strict(kept, return_dtype=pl.String).alias("person")
    )


def _unused(records: list[str], name: Callable[[Iterable[str]], str], used: set[str]) -> str:
    """The id by `name`; where an earlier person holds it already, the id by a changed list of records."""
    person = name(records)
    while person in used:
        records = [f"{records[0]}'"]
        person = name(records)
    return person
