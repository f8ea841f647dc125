from __future__ import annotations

import pytest
from synthetic_lists import people, table

from amparo.errors import AmparoError
from amparo.study.context import Keys
from amparo.study.register.rules import Declared
from amparo.study.register.services import read_list
from amparo.study.store import Study

CAPTURE = Declared("Synthetic list", "capture")


def read(study: Study, content: bytes, key: str, compartment: str | None = None) -> None:
    read_list(study, content, "list.csv", source_key=key, declared=CAPTURE, compartment=compartment)


def test_the_copy_holds_all_that_may_be_opened_and_what_was_done(study: Study) -> None:
    from amparo.study.accounts.models import AuditLine
    from amparo.study.care.held import copy_for
    from amparo.study.care.rules import Purpose
    from amparo.study.care.services import consent, retain
    from amparo.study.context import now
    from amparo.study.linking.services import link_study
    from amparo.study.register.search import open_record

    rows = people(30)
    read(study, table(rows), "a")
    read(study, table(rows), "b", "lawyers")
    link_study(study, seed=1)
    rows[0] = (*rows[0][:3], "19", *rows[0][4:])
    read(study, table(rows), "a")
    link_study(study, seed=1)
    open_record(study, "a.2.2", Purpose("case"))
    open_record(study, "a.1.4", Purpose("case"))
    consent(study, "a.1.2", "case", "given", words="by telephone")
    retain(study, "b", now().date(), "")

    copy = copy_for(study, "a.2.2", person=True)
    assert [each.seen.record for each in copy.records] == ["a.1.2", "b.1.2", "a.2.2"]
    assert copy.records[0].seen.ended and copy.records[0].seen.successor == "a.2.2"
    assert dict(copy.records[2].seen.columns)["Edad"] == "19"
    assert [each.until for each in copy.records] == [None, now().date(), None]
    assert [said.words for said in copy.consents] == ["by telephone"]
    assert (copy.openings, copy.links, copy.counts) == ({"case": 1}, 2, 0)

    line = AuditLine.objects.latest("seq")
    assert (line.act, line.facts["records"]) == ("care.held", "a.1.2 b.1.2 a.2.2")
    held = {
        number: key for number, key in study.keys.held.items() if key.compartment in ("default", "matching")
    }
    less = copy_for(Study(study.opened, study.user, study.facts, Keys(held)), "a.2.2", person=True)
    assert [each.seen.record for each in less.records] == ["a.1.2", "a.2.2"]
    study.user.roles = ["counts"]
    with pytest.raises(AmparoError, match=r"accounts\.not_allowed"):
        copy_for(study, "a.2.2")
