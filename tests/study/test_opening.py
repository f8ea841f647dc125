"""A file is opened with whatever was told; each of it lies where it belongs and nowhere else."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from amparo.errors import AmparoError
from amparo.study.store import Study

TODAY = datetime.now(UTC).date()
TOLD = {
    "contact_safe_now": "yes",
    "contact_channel": "message",
    "contact_address": "7000-0000",
    "contact_code_word": "maíz",
    "consent_case": "yes",
    "consent_referral": "yes",
    "consent_referral_until": date(TODAY.year + 1, 1, 1).isoformat(),
    "consent_statistics": "no",
    "person_given": "Nadie",
    "person_surname": "Ficticio Inventado",
    "person_birth": "noviembre de 1981",
    "work_unit": "una unidad",
    "interview_notes": "se oye miedo",
}
HOUSEHOLD = [
    {"member_name": "Otra Ficticia", "member_relation": "partner", "member_knows": "yes"},
    {"member_name": "Niña Ficticia", "member_relation": "child", "member_birth": "como siete años"},
    {},
]
THREATS = [{"threat_words": "te vas en 24 horas", "threat_date": "5/11/2018", "threat_channel": "face"}]


def test_what_was_told_lies_where_it_belongs(study: Study) -> None:
    from amparo.study.care.services import standing_consent
    from amparo.study.cases.reading import case_of
    from amparo.study.cases.said import Note, Protocol
    from amparo.study.claims.reading import claims_of
    from amparo.study.opening import Asked, open_file
    from amparo.study.verification import verify_study

    file = open_file(study, Asked(TOLD, HOUSEHOLD, THREATS))
    case = case_of(study, file.case)
    assert case.principal and (case.principal.record, case.principal.name) == (
        file.record,
        "Nadie Ficticio Inventado",
    )
    claims = {(each.said.kind, each.said.field): each.said.value for each in claims_of(study).claims}
    assert claims["person", "birth_date"] == "1981-11" and claims["threat", "words"] == "te vas en 24 horas"
    assert claims["threat", "victim"] == file.record
    assert {use: standing_consent([file.record], use) for use in ("case", "referral", "statistics")} == {
        "case": "given",
        "referral": "given",
        "statistics": "refused",
    }
    [protocol] = case.every(Protocol)
    assert (protocol.code_word, protocol.safe_now) == ("maíz", True)
    assert "maíz" not in repr(claims) and "7000" not in repr(claims)
    partner, child = [each for each in case.members.values() if each is not case.principal]
    assert (partner.relation, partner.knows, child.dependent) == ("spouse", True, True)
    assert (child.born, child.note) == ("", "como siete años")
    assert [note.words for note in case.every(Note)] == ["Notas: se oye miedo"]
    verify_study(study)


def test_a_file_is_opened_with_nothing_known(study: Study) -> None:
    from amparo.study.cases.reading import case_of
    from amparo.study.opening import Asked, open_file

    first, second = open_file(study, Asked({})), open_file(study, Asked({}))
    assert first.case != second.case and first.record != second.record
    assert len(case_of(study, first.case).members) == 1


def test_what_is_wrong_leaves_nothing_behind(study: Study) -> None:
    from amparo.study.cases.models import Case
    from amparo.study.opening import Asked, open_file
    from amparo.study.register.models import Record

    with pytest.raises(AmparoError, match=r"opening\.bad_until"):
        open_file(study, Asked({"consent_case": "yes", "consent_case_until": "pronto"}))
    with pytest.raises(AmparoError, match=r"safety\.unknown_channel"):
        open_file(study, Asked({"contact_channel": "pigeon"}))
    assert not Case.objects.exists() and not Record.objects.exists()


def test_an_erasure_takes_the_file_whole(study: Study) -> None:
    from amparo.study.care.erasure import erase
    from amparo.study.cases.reading import cases
    from amparo.study.claims.reading import claims_of
    from amparo.study.opening import Asked, open_file
    from amparo.study.register.documents import document_of
    from amparo.study.register.models import Record, SourceFile

    file = open_file(study, Asked(TOLD, HOUSEHOLD, THREATS))
    erase(study, [file.record], "asked for")
    assert list(cases(study)) == [] and claims_of(study).claims == ()
    [document] = [document_of(study, each) for each in SourceFile.objects.all()]
    told = " ".join(cell for table in document.tables for _, cells in table.rows for cell in cells)
    assert not {"Nadie", "24", "unidad", "1981"} & set(told.split())
    assert not Record.objects.exclude(wrapped_key=b"").exists()
