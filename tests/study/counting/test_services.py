from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from synthetic_lists import lists

from amparo.errors import AmparoError
from amparo.study.counting import services
from amparo.study.linking.services import link_study
from amparo.study.register.rules import Declared
from amparo.study.register.services import declare, read_list
from amparo.study.store import Study

TODAY = datetime.now(UTC).date()


@pytest.fixture
def linked(study: Study) -> Study:
    for key, content in lists(300).items():
        read_list(study, content, f"{key}.csv", source_key=key, declared=Declared(key, "capture"))
    link_study(study, seed=1)
    return study


def test_independent_lists_give_a_number_near_the_truth(linked: Study) -> None:
    findings = services.count_study(linked, by=("year",), seed=1, truth=300)
    assert findings.total is not None
    assert findings.total.median is not None
    assert findings.persons < 300
    assert findings.total.median == pytest.approx(300, rel=0.1)
    assert sum(overlap.persons for overlap in findings.overlaps) == findings.persons
    assert sum(year.persons for year in findings.by_year) == findings.persons
    assert [stratum.stratum["year"] for stratum in findings.strata] == ["2015", "2016", "2017", "2018"]
    assert sum(stratum.observed for stratum in findings.strata) == findings.persons
    run, kept = services.newest_findings(linked)
    assert kept == findings
    assert run.manifest["outputs"]


def test_draws_of_the_linkage_are_pooled_and_told_of(linked: Study) -> None:
    drawn = services.count_study(linked, seed=1, draws=3)
    exact = services.count_study(linked, seed=1, draws=0)
    assert exact.persons_likely is None and drawn.persons_likely is not None
    low, high = drawn.persons_likely
    assert exact.persons - 30 < low <= high < exact.persons + 30
    assert drawn.total is not None
    assert exact.total is not None
    assert (drawn.total.parts, exact.total.parts) == (3, 1)
    caveats = [{said.code for said in one.caveats} for one in (drawn, exact)]
    assert "counting.linkage_drawn" in caveats[0] - caveats[1]
    assert "counting.linkage_fixed" in caveats[1] - caveats[0]
    assert drawn.total.inner is not None
    assert drawn.total.low is not None
    assert drawn.total.low <= drawn.total.inner[0] <= drawn.total.inner[1]


def test_every_method_stands_beside_the_recommended_one(linked: Study) -> None:
    findings = services.count_study(linked, seed=1, draws=0)
    assert [one.method for one in findings.methods][:2] == ["recommended", "latent_class"]
    assert {"graphical_average", "log_linear_stepwise", "chao"} <= {one.method for one in findings.methods}
    assert findings.verdict is not None
    assert findings.verdict.code.startswith("estimation.methods_")


def test_the_same_seed_gives_the_same_count(linked: Study) -> None:
    first, second = (services.count_study(linked, seed=4) for _ in range(2))
    assert first == second


def test_a_count_as_of_a_day_sees_what_stood_then(linked: Study) -> None:
    now = services.count_study(linked, seed=1)
    read_list(
        linked,
        lists(names="e")["e"],
        "e.csv",
        source_key="e",
        declared=Declared("e", "capture"),
    )
    with pytest.raises(AmparoError, match="counting.link_first"):
        services.count_study(linked, seed=1)
    link_study(linked, seed=1)
    today = services.count_study(linked, as_of=TODAY + timedelta(days=1), seed=1)
    assert [entry.key for entry in today.lists] == ["a", "b", "c", "d", "e"]
    assert len(now.lists) == 4
    with pytest.raises(AmparoError, match="counting.no_target"):
        services.count_study(linked, as_of=date(2020, 1, 1), seed=1)


def test_derived_lists_are_refused_and_counted_with_the_caveat(linked: Study) -> None:
    declare(linked, "c", Declared("c", "derived", ("a", "b")))
    declare(linked, "d", Declared("d", "none"))
    findings = services.count_study(linked, seed=1)
    assert findings.total is not None
    assert findings.total.refused is not None
    assert findings.total.refused.code == "counting.derived_lists"
    assert findings.persons == findings.total.observed > 0
    findings = services.count_study(linked, count_derived=("c",), seed=1)
    assert "counting.derived_counted" in [caveat.code for caveat in findings.caveats]
    assert {entry.key for entry in findings.lists if entry.counted} == {"a", "b", "c"}


def test_an_unknown_stratum_is_named(linked: Study) -> None:
    with pytest.raises(AmparoError, match="counting.unknown_stratum"):
        services.count_study(linked, by=("race",), seed=1)


def test_pages_are_kept_and_found_again(linked: Study) -> None:
    services.count_study(linked, seed=1)
    run, _ = services.newest_findings(linked)
    assert services.kept_report(linked, run) == {}
    services.keep_report(linked, run, {"es.html": b"one", "en.html": b"two"})
    services.keep_report(linked, run, {"es.html": b"three"})
    assert services.kept_report(linked, run) == {"es.html": b"three", "en.html": b"two"}
    assert services.check_counts(linked) == 1


def test_no_count_is_said(study: Study) -> None:
    with pytest.raises(AmparoError, match="counting.no_count"):
        services.newest_findings(study)
