"""Tables and persons in, exact patterns out; every refusal."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.errors import AmparoError, Refusal
from amparo.estimation.histories import (
    UNKNOWN,
    from_persons,
    from_table,
    identified_classes,
    strata_from_table,
)

TABLE = pl.DataFrame(
    {"a": [1, 0, 1, 0, 1], "b": [0, 1, 1, 0, 0], "c": [0, 0, 1, 1, 1], "count": [5, 6, 2, 7, 3]}
)


def refusal(frame):
    with pytest.raises(Refusal) as caught:
        from_table(frame).check()
    return caught.value.code, caught.value.facts


def error(frame, **options):
    with pytest.raises(AmparoError) as caught:
        from_table(frame, file="t.csv", **options)
    return caught.value.code, caught.value.facts


def test_overlaps_are_exact():
    histories = from_table(TABLE)
    histories.check()
    assert histories.overlaps() == {("a",): 5, ("b",): 6, ("c",): 7, ("a", "b", "c"): 2, ("a", "c"): 3}
    assert (histories.observed, histories.sizes()) == (23, {"a": 10, "b": 8, "c": 12})
    assert histories.shared == 5


cells = st.lists(st.lists(st.integers(0, 1), min_size=4, max_size=4).filter(any), min_size=1, max_size=30)


@given(cells, st.randoms())
def test_rows_and_columns_in_any_order_are_the_same_people(rows, random):
    names = ["a", "b", "c", "d"]
    histories = from_table(pl.DataFrame(rows, schema=names, orient="row"))
    assert histories.observed == len(rows)
    assert (histories.counts > 0).all()
    assert len(np.unique(histories.patterns, axis=0)) == len(histories.patterns)
    random.shuffle(rows)
    random.shuffle(shuffled := list(names))
    again = from_table(pl.DataFrame(rows, schema=names, orient="row").select(shuffled))
    assert {frozenset(k): v for k, v in again.overlaps().items()} == {
        frozenset(k): v for k, v in histories.overlaps().items()
    }


@given(cells)
def test_people_one_by_one_or_counted(rows):
    one_by_one = pl.DataFrame(rows, schema=["a", "b", "c", "d"], orient="row")
    counted = one_by_one.group_by("a", "b", "c", "d").len("count")
    assert from_table(one_by_one).overlaps() == from_table(counted).overlaps()
    long = [(str(i), name) for i, row in enumerate(rows) for name, on in zip("abcd", row, strict=True) if on]
    (histories,) = from_persons(pl.DataFrame(long, schema=["person", "list"], orient="row"))
    assert histories.overlaps() == from_table(one_by_one).overlaps()


def test_text_cells_are_read():
    assert from_table(TABLE.cast(pl.String)).overlaps() == from_table(TABLE).overlaps()


@pytest.mark.parametrize("cell", ["2", "x", "0.5", "-1", None, "", "NaN"])
def test_a_cell_that_is_not_0_or_1(cell):
    frame = TABLE.cast(pl.String).with_columns(b=pl.Series(["0", "1", cell, "0", "0"]))
    facts = {"file": "t.csv", "row": 4, "column": "b", "value": cell or ""}
    assert error(frame) == ("estimation.table_cell", facts)


@pytest.mark.parametrize("count", ["-1", "2.5", "many", None, "inf", "1e300"])
def test_a_count_that_is_no_number_of_people(count):
    frame = TABLE.cast(pl.String).with_columns(count=pl.Series(["1", count, "1", "1", "1"]))
    assert error(frame) == ("estimation.table_count", {"file": "t.csv", "row": 3, "value": count or ""})


def test_tables_that_hold_no_histories():
    assert error(TABLE.head(0)) == ("estimation.table_empty", {"file": "t.csv"})
    assert error(TABLE.select("count")) == ("estimation.table_lists", {"file": "t.csv"})
    unseen = pl.DataFrame({"a": [1, 0], "b": [0, 0], "c": [1, 0], "count": [4, 9]})
    assert error(unseen) == ("estimation.table_unseen", {"file": "t.csv", "row": 3})
    nobody = unseen.with_columns(count=pl.Series([4, 0]))
    assert from_table(nobody).overlaps() == {("a", "c"): 4}


def table(**counts):
    """Patterns such as ab=3 over the lists a, b, c (and d, e where named)."""
    names = sorted({*"abc", *"".join(counts)})
    columns = {name: [int(name in pattern) for pattern in counts] for name in names}
    return pl.DataFrame(columns | {"count": list(counts.values())})


def test_refusals():
    assert refusal(table(a=3, ab=2, b=4).drop("c")) == ("estimation.few_lists", {"lists": 2})
    assert refusal(table(a=0, ab=0, bc=0)) == ("estimation.nobody", {})
    assert refusal(table(a=3, ab=2, b=4)) == ("estimation.list_empty", {"list": "c"})
    assert refusal(table(a=3, ab=2, ac=4)) == ("estimation.list_complete", {"list": "a"})
    assert refusal(table(a=3, ab=2, b=4, c=9)) == ("estimation.list_without_overlap", {"list": "c"})
    assert refusal(table(ab=3, abc=2, c=4)) == ("estimation.lists_identical", {"first": "a", "second": "b"})
    assert refusal(table(a=1, b=1, c=1, ab=3, cd=2)) == (
        "estimation.lists_disconnected",
        {"first": "a, b", "second": "c, d"},
    )


def test_the_published_table_without_estimate(published):
    histories, _ = published("no_estimate")
    with pytest.raises(Refusal) as caught:
        histories.check()
    assert (caught.value.code, caught.value.facts) == ("estimation.list_without_overlap", {"list": "C"})


PERSONS = pl.DataFrame(
    [
        ("p1", "un", "2015"),
        ("p1", "court", None),  # the known year wins
        ("p2", "un", "2015"),
        ("p2", "un", "2015"),  # said twice, counted once
        ("p3", "press", None),  # never known
        ("p4", "un", "2016"),
        ("p4", "press", "2015"),  # two years: not known
        ("p5", "court", "2016"),
    ],
    schema=["person", "list", "year"],
    orient="row",
)


def test_strata_of_persons():
    strata = {h.stratum["year"]: h for h in from_persons(PERSONS, ["year"])}
    assert list(strata) == ["2015", "2016", UNKNOWN]
    assert strata["2015"].overlaps() == {("court", "un"): 1, ("un",): 1}
    assert strata["2015"].absent == ("press",)
    assert strata["2016"].overlaps() == {("court",): 1}
    assert strata[UNKNOWN].overlaps() == {("press",): 1, ("press", "un"): 1}
    (whole,) = from_persons(PERSONS)
    assert (whole.stratum, whole.observed, whole.lists) == ({}, 5, ("court", "press", "un"))
    assert sum(h.observed for h in strata.values()) == whole.observed


def test_strata_of_a_table():
    nameless = TABLE.head(3).with_columns(c=pl.lit(0, pl.Int64), who=pl.lit(None, pl.String))
    frame = pl.concat([TABLE.with_columns(who=pl.lit("x")), nameless])
    known, unknown = sorted(strata_from_table(frame, ["who"]), key=lambda h: h.observed, reverse=True)
    assert (known.stratum, known.overlaps()) == ({"who": "x"}, from_table(TABLE).overlaps())
    assert (unknown.stratum, unknown.absent) == ({"who": UNKNOWN}, ("c",))
    with pytest.raises(AmparoError) as caught:
        strata_from_table(TABLE, ["who"], file="t.csv")
    assert caught.value.facts == {"file": "t.csv", "column": "who"}


def test_a_bad_cell_of_a_stratified_table_keeps_its_row():
    frame = TABLE.with_columns(who=pl.Series(["x", "y", "x", "y", "x"]), a=pl.Series([1, 0, 1, 0, 7]))
    with pytest.raises(AmparoError) as caught:
        strata_from_table(frame, ["who"], file="t.csv")
    assert caught.value.facts == {"file": "t.csv", "row": 6, "column": "a", "value": "7"}


@pytest.mark.parametrize(("lists", "classes"), [(3, 1), (4, 2), (5, 5), (40, 9)])
def test_classes_that_a_table_can_tell_apart(lists, classes):
    assert identified_classes(lists) == classes


def test_lists_kept_and_dropped():
    histories = from_table(TABLE)
    kept = histories.keep(["c", "a"])
    assert kept.overlaps() == {("a",): 5, ("c",): 7, ("a", "c"): 5}
    assert histories.drop(["b"]).digest() == kept.digest()
    for wrong in (histories.keep, histories.drop):
        with pytest.raises(AmparoError) as caught:
            wrong(["a", "z"])
        assert caught.value.facts == {"list": "z", "known": ["a", "b", "c"]}


def test_out_and_in_again(tmp_path):
    (tmp_path / "h.parquet").write_bytes(from_table(TABLE).to_parquet())
    assert from_table(pl.read_parquet(tmp_path / "h.parquet")).digest() == from_table(TABLE).digest()
    (stratum,) = strata_from_table(TABLE.with_columns(year=pl.lit("2015")), ["year"])
    (again,) = strata_from_table(stratum.to_frame(), ["year"])
    assert again.digest() == stratum.digest()


class Pandas:
    """The shape of a pandas frame."""

    def __init__(self, frame):
        self.frame, self.columns = frame, frame.columns

    def __getitem__(self, name):
        return self.frame[name]


def test_numpy_and_pandas():
    people = np.repeat(TABLE.drop("count").to_numpy(), TABLE["count"].to_numpy(), axis=0)
    assert from_table(people).overlaps() == {
        tuple(f"list {'abc'.index(name) + 1}" for name in held): people
        for held, people in from_table(TABLE).overlaps().items()
    }
    assert from_table(Pandas(TABLE)).digest() == from_table(TABLE).digest()


def test_forty_lists_and_ten_million_people():
    rng = np.random.default_rng(1)
    wide = from_table(_wide(rng))
    wide.check()
    assert len(wide.lists) == 40
    from_table(TABLE.with_columns(pl.col("count") * 10_000_000)).check()


def _wide(rng):
    held = (rng.random((500, 40)) < 0.1).astype(int)
    return held[held.any(axis=1)]


def test_a_thin_table_says_so_before_any_estimate(published):
    thin, _ = published("no_estimate")
    assert [issue.code for issue in thin.concerns()] == [
        "estimation.pairs_empty",
        "estimation.pairs_not_estimable",
    ]
    full, _ = published("madigan_york_three")
    assert full.concerns() == []
