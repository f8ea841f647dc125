from __future__ import annotations

import pytest
from synthetic_lists import lists, people, table

from amparo.errors import AmparoError
from amparo.study.linking import services
from amparo.study.register.rules import Declared
from amparo.study.register.services import read_list
from amparo.study.store import Study


def _read(study: Study, key: str, content: bytes) -> None:
    read_list(study, content, f"{key}.csv", source_key=key, declared=Declared(key, "capture"))


def test_nothing_to_link_is_said(study: Study) -> None:
    with pytest.raises(AmparoError, match="linking.no_records"):
        services.link_study(study, seed=1)


def test_persons_stay_when_records_come(study: Study) -> None:
    for key, content in lists(150, names="abc").items():
        _read(study, key, content)
    first = services.link_study(study, seed=1)
    again = services.link_study(study, seed=1)
    assert again.records.equals(first.records)
    assert again.run.manifest == first.run.manifest
    _read(study, "d", table(people(40, seed=5)))
    more = services.link_study(study, seed=1)
    both = first.records.join(more.records, on="record_id", suffix="_later")
    assert both.height == first.records.height
    moved = both.filter(both["person"] != both["person_later"]).height
    assert moved <= 0.02 * both.height
    assert services.check_runs(study) == 3


def test_the_run_that_stood_then_is_found(study: Study) -> None:
    from datetime import UTC, datetime

    _read(study, "a", table(people(30)))
    before = datetime.now(UTC)
    first = services.link_study(study, seed=1)
    between = datetime.now(UTC)
    services.link_study(study, seed=2)
    assert services.newest(study, before) is None
    found = services.newest(study, between)
    assert found is not None
    assert found.run.pk == first.run.pk
