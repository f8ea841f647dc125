"""What leaves is what was shown, approved and consented to; nothing else does, by any way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, NamedTuple

import msgspec
import pytest

from amparo.errors import AmparoError
from amparo.study.care.services import Scope
from amparo.study.cases.said import Partner
from amparo.study.context import Study
from amparo.vault import age
from amparo.vocabulary.forms import forms

TODAY = datetime.now(UTC).date()
TOLD = {
    "person_given": "Nadie",
    "person_surname": "Ficticio",
    "person_document": "0000-SYNTHETIC",
    "work_unit": "una unidad",
    "work_testimony": "un juzgado",
}
HOUSEHOLD = [
    {"member_name": "Otra Ficticia", "member_relation": "partner", "member_knows": "no"},
    {"member_name": "Niña Ficticia", "member_relation": "child", "member_birth": "2019"},
]
THREATS = [{"threat_words": "te vas en 24 horas", "threat_channel": "face"}]
Join = Callable[..., Study]


class Family(NamedTuple):
    study: Study
    second: Study
    case: str
    record: str
    partner: str
    identity: str


def written(out: object) -> str:
    return repr(out)


@pytest.fixture
def family(study: Study, join: Join) -> Family:
    """As `opened`, with a consent that lets all go to the partner."""
    found = opened(study, join)
    say(found, "given")
    return found


def opened(study: Study, join: Join) -> Family:
    """A family, a partner with a key, a second person; nothing was said of the partner."""
    from amparo.study.cases.partners import keep_partner
    from amparo.study.opening import Asked, open_file

    second = join("segunda", ["cases", "approves"])
    identity = age.new_identity()
    partner = Partner("partner-0000000001", "Synthetic partner", key=age.public(identity))
    keep_partner(study, partner)
    file = open_file(study, Asked(TOLD, HOUSEHOLD, THREATS))
    return Family(study, second, file.case, file.record, partner.id, identity)


def say(family: Family, decision: str, *, withheld: tuple[str, ...] = (), days: int | None = None) -> None:
    from amparo.study.care.services import consent

    until = TODAY + timedelta(days=days) if days is not None else None
    scope = Scope(family.partner, withheld)
    consent(family.study, family.record, "referral", decision, until=until, scope=scope)


def propose(family: Family, form: str = "unhcr_referral", **more: object) -> str:
    from amparo.study.referrals import services

    return services.propose(family.study, family.case, family.partner, form, language="es", **more)  # ty: ignore


def sent(family: Family, referral: str) -> bytes:
    from amparo.study.referrals import services

    services.step(family.second, family.case, referral, "approve")
    return services.send(family.study, family.case, referral, written)


def answer_of(out: Any, said: str, words: str = "") -> bytes:
    from amparo.study.referrals.services import Answer, sealed_answer

    return sealed_answer(Answer(out.referral, out.mark, said, words), out.answer_to)


def sheet(family: Family, form: str = "unhcr_referral"):
    from amparo.study.cases.reading import case_of
    from amparo.study.referrals import services

    return services.sheet_of(family.study, case_of(family.study, family.case), family.partner, form)


def test_what_leaves_is_what_the_sheet_said_to_the_letter(family: Family) -> None:
    from amparo.study.referrals import services
    from amparo.study.verification import verify_study

    shown = sheet(family)
    package = sent(family, propose(family))
    out, text = services.open_package(package, family.identity)
    assert out.lines == shown.leaving and all(line.goes for line in out.lines)
    assert text == written(out)
    values = {value for line in out.lines for _, value in line.value}
    assert {"Nadie Ficticio", "0000-SYNTHETIC", "te vas en 24 horas", "Niña Ficticia"} <= values
    assert "Otra Ficticia" not in values  # does not know of the file
    assert b"Ficticio" not in package
    verify_study(family.study)


@pytest.mark.parametrize("field", ["name", "document", "threats", "member_name"])
def test_a_field_that_who_proposes_keeps_back_does_not_go(family: Family, field: str) -> None:
    from amparo.study.referrals import services

    before = {line for line in sheet(family).leaving if line.field == field}
    assert before
    places = tuple((line.whom, line.field) for line in before)
    out, _ = services.open_package(sent(family, propose(family, left_out=places)), family.identity)
    assert field not in {line.field for line in out.lines}


@pytest.mark.parametrize("form", forms())
def test_for_every_field_the_package_is_the_screen_and_lacks_what_the_person_keeps_back(
    family: Family, form: str
) -> None:
    from amparo.study.referrals import services

    whole = sheet(family, form).leaving
    assert len({line.field for line in whole}) > 5
    for field in forms()[form].fields:
        say(family, "given", withheld=(field,))
        screen = sheet(family, form)
        out, _ = services.open_package(sent(family, propose(family, form)), family.identity)
        assert out.lines == screen.leaving == tuple(line for line in whole if line.field != field)
        assert {each.whom for each in out.consents} == {line.whom for line in out.lines}
        kept = {line.why for line in screen.lines if line.field == field and line.why != "unknown"}
        assert kept <= {"withheld", "unaware"}


SAID = {"none": None, "refused": 0, "withdrawn": 0, "expired": -1}


@pytest.mark.parametrize(("form", "state", "everybody"), list(product(forms(), SAID, (False, True))))
def test_in_every_other_state_of_consent_the_screen_says_why_and_nothing_goes(
    study: Study, join: Join, form: str, state: str, everybody: bool
) -> None:
    from amparo.study.care.services import consent

    found = opened(study, join)
    if state == "expired":
        say(found, "given", days=-1)
    elif state != "none":
        say(found, "given")
        scope = None if everybody else Scope(found.partner)
        consent(study, found.record, "referral", state, scope=scope)
    shown = sheet(found, form)
    assert shown.leaving == ()
    assert {line.why for line in shown.lines} - {"unknown"} == {state}
    with pytest.raises(AmparoError, match=r"referrals\.no_consent"):
        propose(found, form)


@pytest.mark.parametrize("decision", ["withdrawn", "refused"])
def test_a_withdrawal_stops_the_next_package_at_every_station(family: Family, decision: str) -> None:
    from amparo.study.referrals import services

    proposed, approved = propose(family), propose(family)
    services.step(family.second, family.case, approved, "approve")
    say(family, decision)
    for call in (
        lambda: propose(family),
        lambda: services.step(family.second, family.case, proposed, "approve"),
        lambda: services.send(family.study, family.case, approved, written),
    ):
        with pytest.raises(AmparoError) as error:
            call()
        assert error.value.code in ("referrals.no_consent", "referrals.changed")


def test_a_general_withdrawal_and_a_past_day_stop_it_too(family: Family) -> None:
    from amparo.study.care.services import consent

    consent(family.study, family.record, "referral", "withdrawn")
    with pytest.raises(AmparoError, match=r"referrals\.no_consent"):
        propose(family)
    say(family, "given", days=-1)
    with pytest.raises(AmparoError, match=r"referrals\.no_consent"):
        propose(family)
    say(family, "given", days=0)
    propose(family)


def test_what_changed_since_it_was_approved_does_not_leave(family: Family) -> None:
    from amparo.intake.passages import Oral
    from amparo.study.claims.services import claim
    from amparo.study.referrals import services

    referral = propose(family)
    services.step(family.second, family.case, referral, "approve")
    words = Oral(words="x", told_by="the person", told_to="owner", told=TODAY.isoformat())
    claim(family.study, family.record, {"alias": "el Inventado"}, words)
    with pytest.raises(AmparoError, match=r"referrals\.changed"):
        services.send(family.study, family.case, referral, written)


@pytest.mark.parametrize("restriction", ["lawyers", "restricted", "never_release"])
def test_what_is_for_lawyers_or_restricted_leaves_by_no_form(family: Family, restriction: str) -> None:
    from amparo.intake.passages import Oral
    from amparo.study.claims.services import claim
    from amparo.vocabulary.forms import forms

    before = {form: sheet(family, form) for form in forms()}
    words = Oral(words="confesión", told_by="the person", told_to="lawyer", told=TODAY.isoformat())
    values = {"alias": "confesión", "circumstances": "confesión", "unit": "confesión"}
    claim(family.study, family.record, values, words, restriction=restriction)
    claim(
        family.study,
        "threat",
        {"victim": family.record, "words": "confesión"},
        words,
        restriction=restriction,
    )
    for form, shown in before.items():
        after = sheet(family, form)
        assert after.lines == shown.lines and "confesión" not in repr(after)


def test_the_second_person_is_another_with_the_role_and_the_key(family: Family, join: Join) -> None:
    from amparo.study.referrals import services

    referral = propose(family)
    with pytest.raises(AmparoError, match=r"referrals\.second_person"):
        services.step(family.study, family.case, referral, "approve")
    only_cases = join("tercera", ["cases"])
    with pytest.raises(AmparoError, match=r"accounts\.not_allowed"):
        services.step(only_cases, family.case, referral, "approve")
    other_team = join("cuarta", ["cases", "approves"], ("lawyers",))
    with pytest.raises(AmparoError, match=r"cases\.unknown_case"):
        services.step(other_team, family.case, referral, "approve")
    assert [known.said.id for _, known in services.waiting(family.second)] == [referral]
    assert list(services.waiting(family.study)) == []
    with pytest.raises(AmparoError, match=r"referrals\.not_now"):
        services.send(family.study, family.case, referral, written)


def test_an_answer_comes_back_sealed_once_and_from_the_partner_alone(family: Family) -> None:
    from amparo.study.cases.reading import case_of
    from amparo.study.referrals import services

    referral = propose(family)
    out, _ = services.open_package(sent(family, referral), family.identity)
    answer = answer_of(out, "accept", "we call on Monday")
    assert services.take_back(family.study, answer)[0] == family.case
    known = services.referrals(case_of(family.study, family.case))[referral]
    assert known.state == "accepted" and known.steps[-1].said.words == "we call on Monday"  # ty: ignore
    forged = answer_of(msgspec.structs.replace(out, mark="other"), "accept")
    for wrong in (answer, forged, b"nothing"):
        with pytest.raises(AmparoError):
            services.take_back(family.study, wrong)
    services.step(family.study, family.case, referral, "revoke", "the person asked")
    assert services.referrals(case_of(family.study, family.case))[referral].state == "revoked"


def test_a_partner_without_a_key_or_that_ended_gets_nothing(family: Family) -> None:
    from amparo.study.cases.partners import keep_partner

    keep_partner(family.study, Partner(family.partner, "Synthetic partner"))
    with pytest.raises(AmparoError, match=r"referrals\.no_key"):
        propose(family)
    keep_partner(family.study, Partner(family.partner, "Gone", until="2020-01-01"))
    with pytest.raises(AmparoError, match=r"referrals\.unknown_partner"):
        propose(family)


def test_the_log_tells_of_a_referral_without_what_is_in_it(family: Family) -> None:
    from amparo.study.accounts.models import AuditLine

    sent(family, propose(family))
    told = repr(list(AuditLine.objects.values_list("act", "facts")))
    assert "referrals.sent" in told and "Ficticio" not in told and "Synthetic partner" not in told
