from __future__ import annotations

from datetime import date

import polars as pl

from amparo.linkage import queue
from amparo.records import MEANINGS, PAIRS, conform


def meanings(number: int = 60) -> pl.DataFrame:
    rows = [
        {
            "record_id": f"a.1.{i}",
            "source": "a",
            "given": [f"g{i % 7}"],
            "surnames": [f"s{i % 5}"],
            "event_from": date(2015, 1 + i % 3, 1),
            "event_to": date(2015, 1 + i % 3, 1),
            "event_month": 1 + i % 3,
            "place_1": f"p{i % 2}",
        }
        for i in range(number)
    ]
    return conform(pl.DataFrame(rows), MEANINGS, "test")


def pairs(number: int = 40) -> pl.DataFrame:
    rows = [
        {"record_l": f"a.1.{i + 1}", "record_r": f"a.1.{i}", "match_probability": (i + 0.5) / number}
        for i in range(number)
    ]
    columns = {name: PAIRS[name] for name in ("record_l", "record_r", "match_probability")}
    return conform(pl.DataFrame(rows, schema=columns), PAIRS, "test")


def choose(**options: object) -> list[queue.Asked]:
    settings: dict = {"number": 20, "threshold": 0.5, "seed": 1} | options
    return queue.choose(queue.ordered(pairs()), meanings(), **settings)


def test_every_kind_is_asked_once_and_the_same_seed_asks_the_same() -> None:
    asked = choose()
    assert asked == choose() != choose(seed=2)
    assert len({one.records for one in asked}) == len(asked) == 20
    kinds = [one.chosen for one in asked]
    assert (kinds.count("near"), kinds.count("blind"), kinds.count("outside")) == (11, 5, 4)
    assert all(one.records[0] < one.records[1] for one in asked)


def test_the_near_ones_are_near_and_most_probable_first() -> None:
    of = {
        tuple(sorted(pair[:2])): pair[2]
        for pair in pairs().select("record_l", "record_r", "match_probability").iter_rows()
    }
    near = [of[one.records] for one in choose() if one.chosen == "near"]
    assert near == sorted(near, reverse=True)
    assert max(abs(p - 0.5) for p in near) < 0.25
    blind = [of[one.records] for one in choose() if one.chosen == "blind"]
    assert all(0.05 <= p <= 0.95 for p in blind)


def test_what_comes_from_outside_was_not_compared_and_shares_something() -> None:
    compared = {tuple(sorted(pair)) for pair in pairs().select("record_l", "record_r").iter_rows()}
    row = {one["record_id"]: one for one in meanings().iter_rows(named=True)}
    for one in choose():
        if one.chosen != "outside":
            continue
        a, b = (row[name] for name in one.records)
        assert one.records not in compared
        assert (
            a["given"] == b["given"] or a["surnames"] == b["surnames"] or a["event_month"] == b["event_month"]
        )


def test_what_was_judged_is_not_asked_again() -> None:
    first = choose()
    again = choose(known={one.records for one in first})
    assert not {one.records for one in first} & {one.records for one in again}


def test_few_pairs_are_all_there_is() -> None:
    assert choose(number=0) == []
    empty = queue.choose(queue.ordered(pairs(0)), meanings(1), number=5, threshold=0.5, seed=1)
    assert empty == []
