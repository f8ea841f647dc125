"""Acts are counted once, unknown ones in a cell of their own, as of any day."""

from __future__ import annotations

from datetime import date

import pytest
from claims_article import accept_all, keep
from synthetic_lists import people
from synthetic_lists import table as csv_of

from amparo.errors import AmparoError
from amparo.study import store


def test_acts_of_lists_and_documents_are_tabled_with_unknowns_and_a_codebook(study: store.Study) -> None:
    from amparo.study.claims.tables import table
    from amparo.study.register.rules import Declared
    from amparo.study.register.services import read_list

    rows = people(12)
    read_list(study, csv_of(rows), "a.csv", source_key="a", declared=Declared("A", "capture"))
    keep(study)
    accept_all(study)
    found = table(study, ("year", "duty_status"))
    assert found.acts == 13
    assert sum(found.cells.values()) == 13
    assert found.cells["", "on_leave"] == 1
    assert sum(number for (year, duty), number in found.cells.items() if year and not duty) == 12
    duty = found.codebook[1]
    assert [code for code, *_ in duty.values] == ["on_leave"]
    assert duty.values[0][2] == "con licencia"
    assert table(study, ("month",)).cells["08",] >= 1
    with pytest.raises(AmparoError, match=r"claims\.unknown_dimension"):
        table(study, ("colour",))


def test_two_records_of_one_act_are_one_act(study: store.Study) -> None:
    from amparo.study.claims.tables import table
    from amparo.study.linking.services import link_study
    from amparo.study.register.rules import Declared
    from amparo.study.register.services import read_list

    rows = people(20)
    for name in "ab":
        read_list(study, csv_of(rows), f"{name}.csv", source_key=name, declared=Declared(name, "capture"))
    assert table(study, ("year",)).acts == 40
    link_study(study, seed=1)
    assert table(study, ("year",)).acts == 20


def test_a_restricted_act_is_left_out_and_told(study: store.Study) -> None:
    from amparo.intake.passages import Oral
    from amparo.study.claims.services import claim
    from amparo.study.claims.tables import table

    oral = Oral(words="they came at night", told_by="a mother", told_to="owner", told="2019")
    claim(study, "act", {"type": "threat", "date": "2019-02"}, oral)
    claim(study, "act", {"type": "threat", "date": "2019-03"}, oral, restriction="restricted")
    found = table(study, ("type", "year"))
    assert (found.acts, found.restricted) == (1, 1)
    assert found.cells == {("threat", "2019"): 1}


def test_a_table_as_of_a_day_knows_what_was_known_then(study: store.Study) -> None:
    from amparo.intake.passages import Oral
    from amparo.study.claims.services import claim
    from amparo.study.claims.tables import table

    oral = Oral(words="they came at night", told_by="a mother", told_to="owner", told="2019")
    claim(study, "act", {"type": "threat", "date": "2019-02"}, oral)
    assert table(study, ("type",), as_of=date(2020, 1, 1)).acts == 0
    assert table(study, ("type",), as_of=date(2100, 1, 1)).acts == 1
