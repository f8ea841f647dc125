"""What a partner sends is shown as it came, and is a case once a second person admits it; or is nothing."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.errors import AmparoError
from amparo.report.catalogue import languages, say
from amparo.study.cases.said import Partner
from amparo.study.context import Study
from amparo.study.referrals import rules
from amparo.vault import age

PARTNER = "partner-0000000001"
PERSON = {
    "name": [["", "Nadie Remitido Ficticio"]],
    "document": [["", "0000-SYNTHETIC"]],
    "birth": [["edtf", "1988-05"]],
    "duty": [["duty_status", "former"]],
    "threats": [["edtf", "2026-01"], ["channel", "message"], ["", "te vas en 24 horas"]],
}
MEMBER = {"member_name": [["", "Niña Ficticia"]], "member_relation": [["relation", "child"]]}


class Desk(NamedTuple):
    """Who brings in, who is the second person, and the key that partners seal to."""

    study: Study
    second: Study
    key: str


@pytest.fixture
def desk(study: Study, join: Callable[..., Study]) -> Desk:
    from amparo.study.cases.partners import keep_partner
    from amparo.study.referrals.incoming import inbox, make_inbox

    keep_partner(study, Partner(PARTNER, "Synthetic partner"))
    make_inbox(study)
    return Desk(study, join("segunda", ["documents", "cases", "approves"]), inbox(study))


def sheet(**more: Any) -> dict[str, Any]:
    """A sheet as a partner's Amparo writes it."""
    said = {"person": PERSON, "m-7": MEMBER}
    return {
        "referral": "referral-00000000aa",
        "form": "unhcr_referral",
        "language": "es",
        "lines": [
            {"whom": whom, "field": field, "value": value, "goes": True, "why": "consent"}
            for whom, told in said.items()
            for field, value in told.items()
        ]
        + [{"whom": "person", "field": "risk", "value": [["level", "high"]], "goes": True, "why": "consent"}],
        "answer_to": age.public(IDENTITY),
        "mark": "ab" * 16,
        "consents": [{"whom": "person", "until": "2027-01-31"}],
    } | more


IDENTITY = age.new_identity()


def packed(said: Any, key: str, name: str = "sheet.json") -> bytes:
    out, sealed = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, said if isinstance(said, (str, bytes)) else json.dumps(said))
    age.seal(io.BytesIO(out.getvalue()), sealed.write, [key])
    return sealed.getvalue()


def bring(desk: Desk, said: Any = None) -> str:
    from amparo.study.referrals.incoming import bring_in

    return bring_in(desk.study, PARTNER, packed(said or sheet(), desk.key))


def test_what_is_admitted_is_a_case_with_its_claims_and_its_source(desk: Desk) -> None:
    from amparo.study.cases.reading import case_of
    from amparo.study.cases.said import Note, Task
    from amparo.study.claims.reading import claims_of
    from amparo.study.referrals.incoming import admit, came_in, shown
    from amparo.study.register.models import Record
    from amparo.study.verification import verify_study

    received = bring(desk)
    came = shown(desk.second, received)
    assert msgspec.json.decode(msgspec.json.encode(came.sheet)) == sheet()
    case = case_of(desk.study, admit(desk.second, received, "Synthetic source", {"consent": "ask"}))
    assert case.principal and case.principal.name == "Nadie Remitido Ficticio"
    names = {member.name: member.relation for member in case.members.values()}
    assert names == {"Nadie Remitido Ficticio": "principal", "Niña Ficticia": "child"}
    record = case.principal.record
    assert Record.objects.get(pk=record).file.source.key == "referred"
    own = {claim.said.field: claim.said.value for claim in claims_of(desk.study, [record]).claims}
    assert own["identifier"] == "0000-SYNTHETIC" and own["birth_date"] == "1988-05"
    assert own["duty_status"] == "former"
    told = [note.words for note in case.every(Note)]
    assert any("te vas en 24 horas" in words for words in told) and any("high" in words for words in told)
    assert [task.words for task in case.things(Task).values()] == ["ask"]
    assert came_in(desk.study)[received].state == "admitted"
    again = bring(desk, sheet(mark="cd" * 16))  # the same lines once more are another referral
    assert admit(desk.second, again, "Synthetic source", {}) != case.id
    verify_study(desk.study)


def test_an_erasure_takes_the_sheet_along(desk: Desk) -> None:
    from amparo.study.care.erasure import erase
    from amparo.study.cases.reading import case_of
    from amparo.study.referrals.incoming import admit, came_in
    from amparo.study.verification import verify_study

    received = bring(desk)
    case = case_of(desk.study, admit(desk.second, received, "Synthetic source", {}))
    assert case.principal
    erase(desk.study, [case.principal.record], "synthetic wish")
    assert received not in came_in(desk.study)
    verify_study(desk.study)


@pytest.mark.parametrize(("verb", "said"), [("turn_away", "decline"), ("withdraw", "")])
def test_what_is_not_admitted_is_not_kept_and_can_still_be_answered(desk: Desk, verb: str, said: str) -> None:
    from amparo.study.cases.models import Entry
    from amparo.study.referrals.incoming import answer, came_in, end
    from amparo.study.referrals.services import Answer
    from amparo.study.verification import verify_study

    received = bring(desk)
    end(desk.second if verb == "turn_away" else desk.study, received, verb, "not ours")
    came = came_in(desk.study)[received]
    assert came.sheet is None and came.steps[0][2].words == "not ours"
    assert Entry.objects.filter(case=None, wrapped_key=b"").count() == 1
    if said:
        out = io.BytesIO()
        age.unseal(io.BytesIO(answer(desk.study, received, "ask the clinic")), out.write, IDENTITY)
        told = msgspec.json.decode(out.getvalue(), type=Answer)
        assert told == Answer("referral-00000000aa", "ab" * 16, said, "ask the clinic")
    else:
        with pytest.raises(AmparoError, match=r"referrals\.not_admitting"):
            answer(desk.study, received, "")
    with pytest.raises(AmparoError, match=r"referrals\.already_in"):
        bring(desk)
    verify_study(desk.study)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("state", rules.ARRIVALS)
def test_what_the_table_of_arrivals_forbids_is_refused_with_a_sentence(state: str, language: str) -> None:
    for verb in (*rules.ADMISSIONS, "answer", "fly"):
        to = {str(each): ends for each, ends in rules.ADMITTING[state].items()}.get(verb)  # ty: ignore
        if to is not None:
            assert rules.check_admission(state, verb, "dos", "uno", "words") == to
            continue
        with pytest.raises(AmparoError) as refused:
            rules.check_admission(state, verb, "dos", "uno", "words")
        assert refused.value.code == "referrals.not_admitting"
        assert "_" not in say(language, refused.value.code, **refused.value.facts)


def test_who_brought_it_in_is_not_the_second_person_and_a_no_takes_words(
    desk: Desk, join: Callable[..., Study]
) -> None:
    from amparo.study.referrals.incoming import admit, end

    received = bring(desk)
    with pytest.raises(AmparoError, match=r"referrals\.second_admits"):
        admit(desk.study, received, "t", {})
    with pytest.raises(AmparoError, match=r"care\.no_reason"):
        end(desk.second, received, "turn_away", " ")
    only = join("tercera", ["cases"])
    with pytest.raises(AmparoError, match=r"accounts\.not_allowed"):
        admit(only, received, "t", {})
    with pytest.raises(AmparoError, match=r"referrals\.not_admitting"):
        end(only, received, "admit", "x")


def _lines(**more: Any) -> list[dict[str, Any]]:
    line = {"whom": "person", "field": "name", "value": [["", "x"]], "goes": True, "why": "consent"}
    return [line | more]


HOSTILE: dict[str, Any] = {
    "not json": "{",
    "another shape": {"a": 1},
    "deep": "[" * 100_000,
    "no lines": sheet(lines=[]),
    "a form that is none": sheet(form="passport"),
    "a field that is none": sheet(lines=_lines(field="note")),
    "a member's field on the person": sheet(lines=_lines(field="member_name")),
    "a line that did not go": sheet(lines=_lines(goes=False, why="refused")),
    "a code that is none": sheet(lines=_lines(field="risk", value=[["level", "apocalyptic"]])),
    "a list that is none": sheet(lines=_lines(value=[["nowhere", "x"]])),
    "an empty value": sheet(lines=_lines(value=[])),
    "control characters": sheet(lines=_lines(value=[["", "a\u202eb"]])),
    "a novel": sheet(lines=_lines(value=[["", "x" * 5_000]])),
    "too many lines": sheet(lines=_lines() * 401),
    "a day that is none": sheet(lines=_lines(field="birth", value=[["edtf", "30 febrero"]])),
    "a consent of nobody on it": sheet(consents=[{"whom": "m-9", "until": ""}]),
    "a consent until never": sheet(consents=[{"whom": "person", "until": "soon"}]),
    "nobody to answer": sheet(answer_to="age1nobody"),
    "an id with markup": sheet(referral="<script>"),
    "a bomb": b"0" * (1 << 22),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_no_sheet_gets_one_clear_sentence_and_nothing_of_it_is_kept(case: str) -> None:
    from amparo.study.referrals import incoming

    key = age.new_identity()
    with pytest.raises(AmparoError) as refused:
        incoming.checked(incoming._sheet(packed(HOSTILE[case], age.public(key)), [key]))
    assert refused.value.code == "referrals.bad_sheet"


def test_what_is_sealed_to_others_or_no_package_at_all_is_told_apart(desk: Desk) -> None:
    from amparo.study.cases.models import Entry
    from amparo.study.referrals.incoming import bring_in

    whole, rows = packed(sheet(), desk.key), Entry.objects.count()
    other = packed(sheet(), age.public(age.new_identity()))
    for content, code in (
        (other, "referrals.not_for_us"),
        (whole[:-5], "referrals.bad_sheet"),
        (b"nothing", "referrals.bad_sheet"),
        (b"", "referrals.bad_sheet"),
        (packed(sheet(), desk.key, "other.json"), "referrals.bad_sheet"),
    ):
        with pytest.raises(AmparoError) as refused:
            bring_in(desk.study, PARTNER, content)
        assert refused.value.code == code
    with pytest.raises(AmparoError, match=r"referrals\.unknown_partner"):
        bring_in(desk.study, "partner-9", whole)
    assert Entry.objects.count() == rows


@given(st.binary(max_size=400), st.integers(0, 3_000))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_put_anywhere_into_a_sheet_never_do_more_than_be_refused(noise: bytes, at: int) -> None:
    from amparo.study.referrals import incoming

    text = json.dumps(sheet()).encode()
    try:
        incoming.checked((text[:at] + noise + text[at + len(noise) :]).decode("utf-8", "replace"))
    except AmparoError as refused:
        assert refused.code == "referrals.bad_sheet"


def test_what_we_send_another_amparo_can_take_in(desk: Desk) -> None:
    """A package of ours, sealed to our own key: the two ends fit."""
    from amparo.study.care.services import Scope, consent
    from amparo.study.cases.partners import keep_partner
    from amparo.study.opening import Asked, open_file
    from amparo.study.referrals import incoming, services

    keep_partner(desk.study, Partner(PARTNER, "Synthetic partner", key=desk.key))
    told = {"person_given": "Nadie", "person_surname": "Ficticio", "work_unit": "una unidad"}
    household = [{"member_name": "Niña Ficticia", "member_relation": "child", "member_birth": "2019"}]
    threats = [{"threat_words": "te vas", "threat_author": "ellos", "threat_channel": "face"}]
    file = open_file(desk.study, Asked(told, household, threats))
    consent(desk.study, file.record, "referral", "given", scope=Scope(PARTNER))
    referral = services.propose(desk.study, file.case, PARTNER, "unhcr_referral", language="es")
    services.step(desk.second, file.case, referral, "approve")
    package = services.send(desk.study, file.case, referral, repr)
    received = incoming.bring_in(desk.study, PARTNER, package)
    came = incoming.came_in(desk.study)[received]
    assert came.sheet and came.sheet.consents[0].whom == "person"
    assert incoming.admit(desk.second, came.id, "t", {}).startswith("C-")
