"""From linked records to persons who can be counted. Plain functions over frames; no Django."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import polars as pl

from amparo.errors import Refusal
from amparo.study.register.rules import Declared

# What a population may be split by: one value per person, taken from the records.
STRATA = ("year", "place_1", "place_2", "sex")
MINIMUM_LISTS = 3


class Part(NamedTuple):
    """Which lists enter the capture histories, and which derived ones do only because the user says so."""

    counted: tuple[str, ...]
    overridden: tuple[str, ...]


def choose_lists(declared: Mapping[str, Declared], count_derived: tuple[str, ...]) -> Part:
    """The capture lists, with the derived lists the user insists on.

    Raises `counting.unknown_list`, `counting.not_derived` and the refusals `counting.derived_lists` and
    `counting.few_lists`: three lists that found people by their own work are the least.
    """
    for key in count_derived:
        if key not in declared:
            raise Refusal("counting.unknown_list", list=key, known=sorted(declared))
        if declared[key].part != "derived":
            raise Refusal("counting.not_derived", list=key, part=declared[key].part)
    capture = tuple(key for key, said in declared.items() if said.part == "capture")
    derived = {key: said.derived_from for key, said in declared.items() if said.part == "derived"}
    counted = capture + tuple(key for key in derived if key in count_derived)
    if len(counted) >= MINIMUM_LISTS:
        return Part(counted, tuple(key for key in derived if key in count_derived))
    left_out = {key: origins for key, origins in derived.items() if key not in count_derived}
    if left_out:
        key, origins = next(iter(left_out.items()))
        raise Refusal(
            "counting.derived_lists",
            list=key,
            origins=list(origins),
            derived=list(left_out),
            capture=list(counted),
            minimum=MINIMUM_LISTS,
        )
    others = {key: said.part for key, said in declared.items() if key not in counted}
    raise Refusal("counting.few_lists", capture=list(counted), others=list(others), minimum=MINIMUM_LISTS)


def persons_frame(meanings: pl.DataFrame, persons: pl.DataFrame, period: tuple[date, date]) -> pl.DataFrame:
    """One row per person: `person`, `lists` (sorted source keys), `eligible`, `dated` and the strata.

    `meanings` is the MEANINGS contract, `persons` is record_id -> person. A person is eligible when some
    record's event may lie in the period, or when no record knows its date (`dated` false). A stratum is
    the value most records give; a value that spans two years is no year. Ties go to the smaller value.
    """
    first, last = period
    records = meanings.join(persons.select("record_id", "person"), on="record_id", how="inner").with_columns(
        known=pl.col("event_from").is_not_null() | pl.col("event_to").is_not_null(),
        inside=(pl.col("event_from").fill_null(first) <= last)
        & (pl.col("event_to").fill_null(last) >= first),
        year=pl.when(pl.col("event_from").dt.year() == pl.col("event_to").dt.year()).then(
            pl.col("event_from").dt.year().cast(pl.String)
        ),
    )
    result = records.group_by("person").agg(
        lists=pl.col("source").unique().sort(),
        eligible=(pl.col("inside") & pl.col("known")).any() | ~pl.col("known").any(),
        dated=pl.col("known").any(),
    )
    for name in STRATA:
        usual = (
            records.drop_nulls(name)
            .group_by("person", name)
            .len()
            .sort("person", "len", name, descending=[False, True, False])
            .group_by("person", maintain_order=True)
            .agg(pl.col(name).first())
        )
        result = result.join(usual, on="person", how="left")
    return result.sort("person")


def overlaps(persons: pl.DataFrame, counted: tuple[str, ...]) -> list[tuple[tuple[str, ...], int]]:
    """Persons on exactly these counted lists, largest group first."""
    order = {key: index for index, key in enumerate(counted)}
    groups = (
        persons.select(pl.col("lists").list.set_intersection(list(counted)).list.sort())
        .filter(pl.col("lists").list.len() > 0)
        .group_by("lists")
        .len()
    )
    found = [(tuple(sorted(lists, key=order.__getitem__)), number) for lists, number in groups.iter_rows()]
    return sorted(found, key=lambda group: (-group[1], group[0]))


def captures(persons: pl.DataFrame, counted: tuple[str, ...], by: tuple[str, ...]) -> pl.DataFrame:
    """One row per person and counted list, with the strata asked for: what histories are made from."""
    return (
        persons.select("person", "lists", *by)
        .explode("lists")
        .rename({"lists": "list"})
        .filter(pl.col("list").is_in(list(counted)))
    )
