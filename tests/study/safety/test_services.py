"""What keeps a family safe is written in their case, and where it stands follows from what was written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from amparo.errors import AmparoError
from amparo.study.cases.said import Call, Protocol, SafetyPlan
from amparo.study.store import Study

TODAY = datetime.now(UTC).date()
THREATS = [{"threat_words": "te vas en 24 horas", "threat_date": TODAY.isoformat(), "threat_channel": "face"}]


@pytest.fixture
def case(study: Study) -> str:
    from amparo.study.opening import Asked, open_file

    return open_file(study, Asked({"work_testimony": "un juzgado"}, threats=THREATS)).case


def test_claims_suggest_and_a_person_decides(study: Study, case: str) -> None:
    from amparo.study.cases.reading import case_of
    from amparo.study.safety import services
    from amparo.study.safety.standing import safety_of
    from amparo.study.verification import verify_study

    suggested = services.suggested(study, case_of(study, case))
    assert set(suggested) == {"threat_recent", "threat_earlier", "testified"}
    answers = dict.fromkeys(suggested, "yes")
    services.assess(study, case, answers, "high")
    found = safety_of(case_of(study, case), TODAY)
    assert found.assessed and (found.assessed.level, found.assessed.proposed) == ("high", "high")
    assert found.assessed.review == (TODAY + timedelta(days=7)).isoformat() and found.assessed_by == "owner"
    with pytest.raises(AmparoError, match=r"safety\.no_reason"):
        services.assess(study, case, answers, "low")
    services.assess(study, case, answers, "low", reason="lives abroad")
    found = safety_of(case_of(study, case), TODAY + timedelta(days=100))
    assert found.assessed and (found.assessed.level, found.review_over) == ("low", 10)
    verify_study(study)


def test_what_lawyers_were_told_suggests_nothing(study: Study, case: str) -> None:
    from amparo.intake.passages import Oral
    from amparo.study.cases.reading import case_of
    from amparo.study.claims.services import claim
    from amparo.study.safety import services

    file = case_of(study, case)
    before = services.suggested(study, file)
    words = Oral(words="x", told_by="client", told_to="lawyer", told=TODAY.isoformat())
    assert file.principal
    record = file.principal.record
    claim(
        study, "displacement", {"person": record, "step": "relocation_failed"}, words, restriction="lawyers"
    )
    assert services.suggested(study, file) == before
    claim(study, "displacement", {"person": record, "step": "relocation_failed"}, words)
    assert set(services.suggested(study, file)) - set(before) == {"found_again"}


def test_contact_that_is_missed_twice_is_first_on_the_list(study: Study, case: str) -> None:
    from amparo.study.cases.reading import case_of, cases
    from amparo.study.opening import Asked, open_file
    from amparo.study.safety import services
    from amparo.study.safety.standing import safety_of

    other = open_file(study, Asked({})).case
    services.agree(study, case, Protocol(channel="call", every=7, code_word="maíz", neutral="la farmacia"))
    services.assess(study, case, {"attacked": "yes"}, "high")
    assert [file.id for file, _ in services.due(study, list(cases(study)))] == [other]
    for days in (1, 0):
        services.log_call(study, case, Call((TODAY - timedelta(days=days)).isoformat(), "missed"))
    [(first, safety), _] = services.due(study, list(cases(study)))
    assert first.id == case and safety.contact.escalate and safety.contact.missed == 2
    services.log_call(study, case, Call(TODAY.isoformat(), "escalated", "told the coordinator"))
    assert not safety_of(case_of(study, case), TODAY).contact.escalate


def test_a_plan_and_a_protocol_said_anew_stand(study: Study, case: str) -> None:
    from amparo.study.cases.reading import case_of
    from amparo.study.safety import services
    from amparo.study.safety.standing import safety_of

    services.plan(study, case, SafetyPlan(("bag_ready",)))
    services.plan(study, case, SafetyPlan(("bag_ready", "own"), "sleeps at a cousin's"))
    found = safety_of(case_of(study, case), TODAY)
    assert found.plan and found.plan.words == "sleeps at a cousin's"
    with pytest.raises(AmparoError, match=r"cases\.unknown_case"):
        services.plan(study, "C-NOBODY", SafetyPlan())
