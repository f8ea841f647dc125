from __future__ import annotations

import pytest

from amparo.errors import AmparoError
from amparo.study.counting.estimates import count_table

TABLE = b"""a,b,c,zone,count
1,0,0,north,60
0,1,0,north,50
0,0,1,north,70
1,1,0,north,30
1,0,1,north,28
0,1,1,north,35
1,1,1,north,20
1,0,0,south,9
0,1,0,south,7
"""


def test_a_table_is_counted_without_a_study() -> None:
    findings = count_table(TABLE, "table.csv", by=("zone",), seed=1)
    assert findings.persons == 309
    assert findings.total is not None
    assert findings.total.median is not None
    assert findings.total.median > 309
    refused = {stratum.stratum["zone"]: stratum.refused for stratum in findings.strata}
    assert refused["north"] is None
    assert refused["south"] is not None
    assert [(entry.key, entry.persons) for entry in findings.lists] == [("a", 147), ("b", 142), ("c", 153)]


def test_whoever_has_no_known_stratum_is_shared_out() -> None:
    table = TABLE.replace(
        b"1,0,0,south,9\n0,1,0,south,7\n", b"1,0,0,,9\n0,1,0,,7\n1,1,0,south,20\n1,0,1,south,9\n"
    )
    findings = count_table(table, "table.csv", by=("zone",), seed=1)
    assert {one.stratum["zone"] for one in findings.strata} == {"north", "south"}
    assert sum(one.observed for one in findings.strata) == pytest.approx(findings.persons, abs=2)
    assert {one.parts for one in findings.strata if one.refused is None} == {5}


def test_strata_that_all_stand_are_added_up() -> None:
    south = TABLE.replace(b"1,0,0,south,9\n0,1,0,south,7\n", b"").replace(b"north", b"south")
    table = TABLE.replace(b"1,0,0,south,9\n0,1,0,south,7\n", b"") + south.split(b"\n", 1)[1]
    findings = count_table(table, "table.csv", by=("zone",), seed=1)
    together = findings.together
    assert together is not None
    assert together.method == "total"
    assert together.observed == findings.persons
    medians = [one.median or 0.0 for one in findings.strata]
    assert together.median == pytest.approx(sum(medians), rel=0.15)
    # two strata err apart, so the sum is surer than twice one of them
    assert together.high is not None
    assert together.high < sum(one.high or 0.0 for one in findings.strata)


def test_a_stratum_without_an_estimate_refuses_the_sum() -> None:
    findings = count_table(TABLE, "table.csv", by=("zone",), seed=1)
    assert findings.together is not None
    assert findings.together.refused is not None
    assert findings.together.refused.code == "estimation.strata_refused"
    assert findings.together.refused.facts == {"strata": 1, "of": 2}


def test_a_bad_cell_is_named_with_file_row_and_column() -> None:
    with pytest.raises(AmparoError) as error:
        count_table(TABLE.replace(b"1,1,1,north", b"1,2,1,north"), "table.csv", by=("zone",), seed=1)
    assert error.value.code == "estimation.table_cell"
    assert {key: error.value.facts[key] for key in ("file", "row", "column")} == {
        "file": "table.csv",
        "row": 8,
        "column": "b",
    }
