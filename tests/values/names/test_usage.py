"""What the lists of a study teach of words. Every name here is synthetic."""

import polars as pl

from amparo.records import RECORDS, conform
from amparo.values.columns import meanings
from amparo.values.names import learn_usage, parse_name
from amparo.values.names.lexicon import GIVEN, SURNAME


def test_a_word_is_what_it_surely_was_often_enough():
    counts = [("Zulmirita", 5, 0), ("quebrantin", 0, 9), ("dudosin", 4, 3), ("rarito", 2, 0), ("de", 8, 0)]
    assert learn_usage(counts) == {"zulmirita": GIVEN, "quebrantin": SURNAME}
    assert learn_usage([("elena", 0, 50), ("rivas", 50, 0)]) == {}, "the word lists know these"


def test_usage_decides_where_the_word_lists_cannot():
    assert parse_name("Juana Zulmirita Rivas").surnames == ("zulmirita", "rivas")
    assert parse_name("Juana Zulmirita Rivas", usage={"zulmirita": GIVEN}).given == ("juana", "zulmirita")


def test_one_list_teaches_another():
    apart = [("a", None, "Zulmirita", "Rivas Molina")] * 3
    ends = [("b", "Quorlina Elena Rivas Molina", None, None)] * 3
    read = [("c", f"Juana {word} Rivas", None, None) for word in ("Zulmirita", "Quorlina", "Otrulina")]
    rows = [(f"r{i}", *row) for i, row in enumerate([*apart, *ends, *read])]
    cells = pl.DataFrame(rows, schema=["record_id", "source", "name", "given", "surname"], orient="row")
    known, issues = meanings(conform(cells.cast(pl.String), RECORDS, "tests"))
    assert not issues
    assert known["given"].tail(3).to_list() == [["juana", "zulmirita"], ["juana", "quorlina"], ["juana"]]
