"""Published numbers come out again, a wrong claim is seen, and the page shows both."""

import pytest

from amparo.cli import checkout

QUICK = ("western", "no_estimate", "madigan_york_three", "hiv_rome", "verdata_recruitment_R1_men_1999")


@pytest.fixture(scope="module")
def bench():
    return checkout.load("benchmarks", "replication")


@pytest.fixture(scope="module")
def rows(bench):
    return list(bench.run(None, False, QUICK))


def test_published_numbers_agree(rows):
    assert {row["table"] for row in rows} == set(QUICK)
    verdicts = {row["verdict"] for row in rows if row["table"] != QUICK[-1]}
    assert verdicts == {"agrees"}


def test_a_table_that_is_not_shipped_is_not_run(rows):
    (row, *_) = [row for row in rows if row["table"] == QUICK[-1]]
    assert (row["verdict"], row["found"], row["basis"]) == ("not run", None, "the table is not shipped")


def test_a_wrong_claim_is_seen(bench, monkeypatch, tmp_path):
    claims = tmp_path / "claims.toml"
    claims.write_text(
        '[[claim]]\ntable = "western"\nmethod = "independence"\npoint = 2009\nsource = "nobody"\n'
        '[[claim]]\ntable = "new_orleans"\nmethod = "latent classes, K 10"\npoint = 717\nsource = "a chain"\n'
    )
    monkeypatch.setattr(bench, "CLAIMS", claims)
    differs, refused = bench.run(None, False)
    assert (differs["verdict"], round(differs["found"])) == ("differs", 2007)
    assert (refused["verdict"], refused["basis"]) == ("refused", "estimation.lists_disconnected")


def test_the_page_has_a_line_for_each_number(bench, rows):
    text = bench.page(rows)
    assert text.count("\n| ") == len(rows) + 1
    assert "| western | stepwise | estimate | 2,483 | 2,483 |" in text
    assert "Two seeds of one chain" in text
