"""Every value is explained down to the file, row or characters it stands in, and the look is logged."""

from __future__ import annotations

from pathlib import Path

import pytest
from claims_article import TEXT, accept_all, keep

from amparo.errors import AmparoError
from amparo.intake.passages import Oral, Row, Span
from amparo.records import CELLS
from amparo.study import store
from amparo.study.care.rules import Purpose

REVIEW = Purpose("review")


def test_every_cell_of_a_demo_study_is_explained_to_its_file_row_and_column(
    study: store.Study, tmp_path: Path
) -> None:
    """Every mapped cell of a small demo, CSV and workbook, word for word as the file has it."""
    from amparo.cli.checkout import load
    from amparo.intake.quarantine import read_quarantined
    from amparo.study.claims.explaining import explain
    from amparo.study.plan import read_plan
    from amparo.study.register.rules import Declared
    from amparo.study.register.services import read_list
    from amparo.study.register.standing import standing_cells

    load("examples", "salvador").write(tmp_path, seed=1, persons=40)
    sheets = {}
    plan = read_plan((tmp_path / "target.toml").read_bytes(), "target.toml")
    for key, source in plan.sources.items():
        content = (tmp_path / str(source.file)).read_bytes()
        sheets[key] = (str(source.file), read_quarantined(content, str(source.file)))
        read_list(study, content, str(source.file), source_key=key, declared=Declared(key, "capture"))
    assert len(sheets) == 5
    cells = standing_cells(study)
    explained = 0
    for record in cells.iter_rows(named=True):
        name, sheet = sheets[record["source"]]
        said = {each.field: each for each in explain(study, record["record_id"], None, REVIEW)}
        told = {field: value for field, value in record.items() if value and field in CELLS}
        assert set(said) == set(told)
        for field, value in told.items():
            [line] = said[field].lines
            assert line.claim.said.value == value
            assert said[field].preferred is not None
            assert line.origin is not None
            assert line.origin.file_name == name
            assert line.passages
            for passage in line.passages:
                assert isinstance(passage, Row)
                row = sheet.rows[sheet.row_numbers.index(passage.row)]
                assert row[sheet.headers.index(passage.column)] == passage.words
                explained += 1
    assert explained > 5 * cells.height > 200


def test_a_claim_is_explained_to_the_characters_and_the_reason_of_the_choice(study: store.Study) -> None:
    from amparo.study.claims.explaining import explain
    from amparo.study.claims.reading import claims_of
    from amparo.study.claims.services import claim, prefer

    keep(study)
    accept_all(study)
    act = next(each.of for each in claims_of(study).claims if each.said.kind == "act")
    oral = Oral(words="he was off duty", told_by="a neighbour", told_to="owner", told="2019-04")
    [made] = claim(study, act, {"duty_status": "off_duty"}, oral).claims
    prefer(study, act, made, "the neighbour was there")
    [found] = explain(study, act, "situación de servicio", REVIEW)
    assert found.preferred is not None
    assert (found.preferred.claim.said.value, found.preferred.why) == ("off_duty", "chosen")
    assert found.preferred.ruling is not None
    assert found.preferred.ruling.said.reason == "the neighbour was there"
    told, written = found.lines
    assert (told.origin, told.passages) == (None, (oral,))
    assert written.origin is not None
    assert (written.origin.file_name, written.origin.by) == ("article.txt", "owner")
    [span] = written.passages
    assert isinstance(span, Span)
    assert TEXT[span.start : span.end] == span.words == "while on leave"


def test_a_look_is_logged_with_its_purpose_and_records(study: store.Study) -> None:
    from amparo.study.accounts.models import AuditLine
    from amparo.study.claims.explaining import explain, listing

    keep(study)
    listing(study, None, REVIEW)
    done = accept_all(study)
    explain(study, done.records[0], "name", Purpose("case", "calls the family"))
    line = AuditLine.objects.latest("seq")
    assert (line.act, line.facts["purpose"]) == ("claims.explained", "case")
    assert line.facts["records"] == done.records[0]
    assert AuditLine.objects.filter(act="claims.listed").count() == 1
    with pytest.raises(AmparoError, match=r"care\.unknown_purpose"):
        explain(study, done.records[0], "name", Purpose("curiosity"))
    with pytest.raises(AmparoError, match=r"claims\.unknown_field"):
        explain(study, done.records[0], "shoe size", REVIEW)


def test_suggestions_are_listed_beside_their_sentence_and_what_is_grave_is_not_safe(
    study: store.Study,
) -> None:
    from amparo.study.claims.explaining import listing
    from amparo.study.claims.rules import is_safe

    keep(study)
    found = {
        (each.waiting.proposal.kind, each.waiting.proposal.field): each
        for each in listing(study, "press", REVIEW)
    }
    assert found["figure", "quantity"].sentence == "At least nine officers were killed in January."
    safe = {place for place, each in found.items() if is_safe(each.waiting.proposal, each.rivals)}
    assert ("act", "duty_status") in safe
    assert not {place for place in safe if place[0] in ("involvement", "quotation")}
    assert not listing(study, "nothing", REVIEW)


def test_a_linked_person_is_explained_over_all_their_records(study: store.Study) -> None:
    from synthetic_lists import lists

    from amparo.study.claims.explaining import explain
    from amparo.study.linking.services import link_study, newest, persons_of
    from amparo.study.register.rules import Declared
    from amparo.study.register.services import read_list

    for name, content in lists(30, share=0.7, names="ab").items():
        read_list(study, content, f"{name}.csv", source_key=name, declared=Declared(name, "capture"))
    link_study(study, seed=1)
    linked = newest(study)
    assert linked is not None
    persons = persons_of(study, linked.run).group_by("person").len().filter(len=2).sort("person")
    person = persons["person"][0]
    [found] = explain(study, f"person-{person}", "event_date", REVIEW)
    assert len(found.lines) == 2
    assert found.preferred is not None
    assert found.preferred.why == "agreed"
    assert len({line.origin and line.origin.source for line in found.lines}) == 2
    with pytest.raises(AmparoError, match=r"claims\.unknown_thing"):
        explain(study, "person-000000000000000000000000", "event_date", REVIEW)
