"""From linked records to persons who can be counted. Plain functions over frames; no Django."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import polars as pl

from amparo.errors import AmparoError, Refusal
from amparo.study.register.rules import Declared

# What a population may be split by: one value per person, taken from the records.
STRATA = ("year", "place_1", "place_2", "sex")
MINIMUM_LISTS = 3


class Part(NamedTuple):
    """Which lists count, which of them the user insists on, and why no estimate is possible if so."""

    counted: tuple[str, ...]
    overridden: tuple[str, ...]
    refusal: Refusal | None


def choose_lists(declared: Mapping[str, Declared], count_derived: tuple[str, ...]) -> Part:
    """The capture lists, with the derived lists the user insists on.

    The refusal is `counting.derived_lists` or `counting.few_lists` where fewer than three lists that found
    people by their own work remain. Raises `counting.unknown_list`, `counting.not_derived`.
    """
    for key in count_derived:
        if key not in declared:
            raise AmparoError("counting.unknown_list", list=key, known=sorted(declared))
        if declared[key].part != "derived":
            raise AmparoError("counting.not_derived", list=key, part=declared[key].part)
    overridden = tuple(key for key in declared if key in count_derived)
    counted = tuple(key for key, said in declared.items() if said.part == "capture") + overridden
    refusal = _too_few(declared, counted) if len(counted) < MINIMUM_LISTS else None
    return Part(counted, overridden, refusal)


def _too_few(declared: Mapping[str, Declared], counted: tuple[str, ...]) -> Refusal:
    derived = [key for key, said in declared.items() if said.part == "derived" and key not in counted]
    if derived:
        return Refusal(
            "counting.derived_lists",
            list=derived[0],
            origins=list(declared[derived[0]].derived_from),
            derived=derived,
            capture=list(counted),
            minimum=MINIMUM_LISTS,
        )
    return Refusal(
        "counting.few_lists",
        captures=len(counted),
        capture=list(counted),
        others=[key for key in declared if key not in counted],
        minimum=MINIMUM_LISTS,
    )


def persons_frame(records: pl.DataFrame, period: tuple[date, date]) -> pl.DataFrame:
    """One row per person: `person`, `lists` (sorted source keys), `eligible`, `dated` and the strata.

    `records` is the COARSE contract. A person is eligible when some record's event may lie in the period, or
    when no record knows its date (`dated` false). A stratum is the value most records give; a value that
    spans two years is no year. Ties go to the smaller value.
    """
    first, last = period
    records = records.with_columns(
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
