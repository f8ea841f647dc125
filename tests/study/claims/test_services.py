"""Suggestions become claims when a person accepts them; claims compete, are superseded, and come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from claims_article import FIRST, PROPOSALS, TEXT, accept_all, keep, proposal, waiting_by

from amparo.errors import AmparoError
from amparo.intake.passages import Oral
from amparo.study import store
from amparo.vault import folder


def _of(study: store.Study, kind: str) -> str:
    from amparo.study.claims.reading import claims_of

    return next(claim.of for claim in claims_of(study).claims if claim.said.kind == kind)


def _oral(words: str = "a neighbour corrected it") -> Oral:
    return Oral(words=words, told_by="a neighbour", told_to="owner", told="2019-04")


def test_a_document_waits_and_says_nothing_until_somebody_accepts(study: store.Study) -> None:
    from amparo.study.claims.models import Claim
    from amparo.study.register.models import Record
    from amparo.study.register.services import declarations
    from amparo.study.register.standing import standing_cells

    kept = keep(study)
    assert (kept.suggested, kept.known, kept.withheld) == (len(PROPOSALS), 0, 0)
    assert declarations()["press"].part == "none"
    assert not Claim.objects.exists()
    assert not Record.objects.exists()
    assert standing_cells(study).is_empty()
    assert keep(study).suggested == 0


def test_accepting_makes_records_of_those_told_of_and_none_of_who_speaks_in_public(
    study: store.Study,
) -> None:
    from amparo.study.register.standing import standing_cells
    from amparo.study.verification import verify_study

    keep(study)
    done = accept_all(study)
    place = TEXT.index("Nadie") + 1
    officer = TEXT.index("an officer") + 1
    assert set(done.records) == {f"press.1.{place}", f"press.1.{officer}"}
    cells = standing_cells(study)
    assert cells.filter(record_id=f"press.1.{place}")["name"].to_list() == ["Nadie Inventado Ficticio"]
    assert "Rosa Portavoz" not in cells["name"].to_list()
    verify_study(study)


def test_a_rejection_is_remembered_when_the_document_is_read_again(study: store.Study) -> None:
    from amparo.study.claims.services import accept, reject

    keep(study)
    [figure] = waiting_by(study)["figure", "quantity"]
    reject(study, [figure.id])
    assert keep(study).suggested == 0
    assert ("figure", "quantity") not in waiting_by(study)
    with pytest.raises(AmparoError, match=r"claims\.decided"):
        accept(study, [figure.id])


def test_what_does_not_stand_in_the_document_is_not_kept(study: store.Study) -> None:
    from claims_article import DOCUMENT

    from amparo.study.claims.keeping import keep_document
    from amparo.study.claims.models import Suggestion

    made_up = proposal("figure-9", "quantity", "15", FIRST)
    made_up = msgspec.structs.replace(
        made_up, passage=msgspec.structs.replace(made_up.passage, words="fifteen")
    )
    wrong = proposal("act-9", "duty_status", "asleep", FIRST)
    for bad, code in ((made_up, "claims.unfounded"), (wrong, "claims.bad_value")):
        with pytest.raises(AmparoError, match=code):
            keep_document(study, b"x", "x.txt", DOCUMENT, (bad,), source_key="press")
    assert not Suggestion.objects.exists()


def test_an_edited_suggestion_becomes_a_claim_with_the_other_value(study: store.Study) -> None:
    from amparo.study.claims.models import Decision
    from amparo.study.claims.reading import claims_of
    from amparo.study.claims.services import accept

    keep(study)
    [figure] = waiting_by(study)["figure", "quantity"]
    accept(study, [figure.id], {figure.id: "9"})
    assert [claim.said.value for claim in claims_of(study).claims] == ["9"]
    assert Decision.objects.get().code == "edited"


def test_competing_claims_stand_side_by_side_until_somebody_chooses_with_a_reason(study: store.Study) -> None:
    from amparo.study.claims.reading import known_of
    from amparo.study.claims.services import claim, prefer, withdraw

    keep(study)
    accept_all(study)
    act = _of(study, "act")
    [later] = claim(study, act, {"duty_status": "off_duty"}, _oral()).claims
    found = known_of(study, act).preferred()[act, "duty_status"]
    assert (found.claim.said.value, found.why, found.contested) == ("on_leave", "first", True)
    with pytest.raises(AmparoError, match=r"care\.no_reason"):
        prefer(study, act, later, " ")
    ruling = prefer(study, act, later, "the family was there")
    found = known_of(study, act).preferred()[act, "duty_status"]
    assert (found.claim.id, found.why) == (later, "chosen")
    withdraw(study, act, ruling, "chosen by mistake")
    assert known_of(study, act).preferred()[act, "duty_status"].claim.said.value == "on_leave"


def test_superseding_is_undone_and_done_again_with_all_history_kept(study: store.Study) -> None:
    from amparo.study.claims.reading import known_of
    from amparo.study.claims.services import claim, withdraw

    keep(study)
    accept_all(study)
    act = _of(study, "act")
    date = next(each for each in known_of(study, act).claims if each.said.field == "date")
    [new] = claim(
        study, act, {"date": "2018-08"}, _oral(), supersedes=[date.id], reason="the year from the file"
    ).claims

    def value() -> str:
        return known_of(study, act).preferred()[act, "date"].claim.said.value

    assert value() == "2018-08"
    undone = withdraw(study, act, new, "another case")
    assert value() == "XXXX-08"
    withdraw(study, act, undone, "it was this case")
    assert value() == "2018-08"
    assert len(known_of(study, act).rulings) == 2
    with pytest.raises(AmparoError, match=r"claims\.not_standing"):
        claim(study, act, {"date": "2017-08"}, _oral(), supersedes=[date.id], reason="again")


def test_a_correction_of_a_mapped_cell_reaches_linkage_and_goes_with_its_withdrawal(
    study: store.Study,
) -> None:
    from synthetic_lists import people, table

    from amparo.study.claims.rules import implicit_id
    from amparo.study.claims.services import claim, withdraw
    from amparo.study.register.rules import Declared
    from amparo.study.register.services import read_list
    from amparo.study.register.standing import standing_cells

    rows = people(5)
    read_list(study, table(rows), "a.csv", source_key="a", declared=Declared("A", "capture"))
    record = standing_cells(study)["record_id"][0]
    was = standing_cells(study)["event_date"][0]
    [new] = claim(
        study,
        record,
        {"event_date": "2018-08"},
        _oral(),
        supersedes=[implicit_id(record, "event_date")],
        reason="the death certificate",
    ).claims
    assert standing_cells(study)["event_date"][0] == "2018-08"
    withdraw(study, record, new, "of a namesake")
    assert standing_cells(study)["event_date"][0] == was
    gone = withdraw(study, record, implicit_id(record, "event_date"), "never said so")
    assert standing_cells(study)["event_date"][0] is None
    withdraw(study, record, gone, "it does")
    assert standing_cells(study)["event_date"][0] == was


def test_nobody_is_the_second_person_for_their_own_work(
    study: store.Study, as_user: Callable[..., Any]
) -> None:
    from amparo.study.claims.reading import known_of
    from amparo.study.claims.rules import verification
    from amparo.study.claims.services import claim, verify

    keep(study)
    accept_all(study)
    act = _of(study, "act")
    with pytest.raises(AmparoError, match=r"claims\.second_person"):
        verify(study, act, "verified", "read again")
    with pytest.raises(AmparoError, match=r"claims\.unknown_state"):
        verify(study, act, "true", "read again")
    with as_user("nadia", ["documents"], ["default"]) as other:
        verify(other, act, "verified", "read the article and the file")
        known = known_of(other, act)
        assert verification(known.claims, known.state, act)[0] == "verified"
        claim(other, act, {"place": "Santa Ana"}, _oral())
        known = known_of(other, act)
        assert verification(known.claims, known.state, act)[0] == "unverified"
        with pytest.raises(AmparoError, match=r"claims\.second_person"):
            verify(other, act, "verified", "read again")


def test_a_lawyers_claim_leaves_no_trace_for_others(
    copied: folder.Opened, as_user: Callable[..., Any]
) -> None:
    """Two studies, one with lawyers' claims and one without, look the same to who holds no lawyers' key."""
    from claims_article import DOCUMENT

    from amparo.study.claims.keeping import keep_document

    with store.study_in(copied) as study:
        keep(study)
        accept_all(study)
        from amparo.study.claims.services import claim

        act = _of(study, "act")
        claim(study, act, {"circumstances": "for the lawyers"}, _oral(), restriction="lawyers")
        quotation = _of(study, "quotation")
        secret = next(each for each in _ids(study) if each.startswith("quotation"))
    with as_user("nadia", ["documents"], ["default"]) as other:
        from amparo.study.claims.reading import check_claims, claims_of, known_of

        seen = claims_of(other)
        assert all(each.compartment == "default" for each in seen.claims)
        assert not [each for each in seen.claims if each.said.restriction == "lawyers"]
        assert not [each for each in known_of(other, act).claims if each.said.field == "circumstances"]
        for nothing in (quotation, secret, "quotation-000000000000"):
            with pytest.raises(AmparoError) as error:
                known_of(other, nothing)
            assert error.value.facts == {"thing": nothing}
        open_to_others = [each for each in PROPOSALS if each.restriction == "none"]
        assert check_claims(other) == len(seen.claims) + len(open_to_others)
        # Who reads it again does not learn what waits for others, nor keeps what is not theirs.
        again = keep_document(other, TEXT.encode(), "article.txt", DOCUMENT, PROPOSALS, source_key="press")
        assert (again.suggested, again.withheld) == (0, 2)


def _ids(study: store.Study) -> list[str]:
    from amparo.study.claims.reading import claims_of

    return [claim.of for claim in claims_of(study).claims]
