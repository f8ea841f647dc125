"""Lists that say too little are linked all the same, with a warning. Everything here is synthetic."""

from __future__ import annotations

import pytest

from amparo.cli.checkout import load
from amparo.codes import CODES
from amparo.errors import Issue
from amparo.linkage import doubts, link
from amparo.values.columns import meanings

hard_lists = load("benchmarks", "hard_lists")


@pytest.fixture(scope="module")
def records():
    return hard_lists.hard_lists(1300, 2).records


def test_ordinary_lists_leave_no_doubt(records):
    assert doubts(meanings(records)[0]) == []
    assert doubts(meanings(records.clear())[0]) == []


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("nameless", "linkage.list_without_names"),
        ("one-name", "linkage.one_name"),
        ("one-event", "linkage.one_event"),
    ],
)
def test_records_without_what_tells_persons_apart(records, how, code):
    known, _ = meanings(hard_lists.spoiled(records, how))
    (issue,) = doubts(known)
    assert issue.code == code and set(issue.facts) == set(CODES[code])
    told = " ".join(str(value) for value in issue.facts.values()).lower()
    assert "juana" not in told and "lugar" not in told and "1981" not in told
    linkage = link(known, seed=1)
    assert linkage.clusters.height == known.height
    assert linkage.quality.pairs_compared < 60 * known.height, "the work stays bounded by the records"


def test_the_facts_are_counts(records):
    known, _ = meanings(hard_lists.spoiled(records, "nameless"))
    of_list = known.filter(known["source"] == "comision").height
    facts = {"source": "comision", "nameless": of_list, "records": of_list}
    assert doubts(known) == [Issue("linkage.list_without_names", facts)]
