"""Decide on a risk, agree on how to speak, write contacts and plans down. Where each stands, is computed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from amparo.study.cases.casefile import CaseFile
from amparo.study.cases.reading import case_of
from amparo.study.cases.said import Assessed, Call, Protocol, SafetyPlan, Task
from amparo.study.cases.services import whole_day, write
from amparo.study.claims.models import Claim
from amparo.study.claims.reading import claims_of
from amparo.study.context import now
from amparo.study.safety import rules
from amparo.study.safety.standing import Safety, safety_of

if TYPE_CHECKING:
    from amparo.study.context import Study


def assess(
    study: Study, case: str, answers: Mapping[str, str], level: str, *, reason: str = "", review: str = ""
) -> None:
    """Keep what a person decided on the risk; without a day it is looked at again when the level says.

    Raises `accounts.not_allowed`, `cases.unknown_case`, and the codes of `rules.check_decision` and
    `rules.check_answers`.
    """
    file, today = case_of(study, case), now().date()
    proposed = rules.propose(answers).level
    last = rules.review_day(level, today) if level in rules.LEVELS else today
    day = _day(review) or last
    rules.check_decision(level, proposed, reason, today, day)
    said = Assessed(dict(answers), level, day.isoformat(), proposed=proposed or "", reason=reason.strip())
    write(study, "safety.assessed", file, [said, *_done(file, "risk")])


def agree(study: Study, case: str, protocol: Protocol) -> None:
    """Keep how to speak with the family. Raises as `assess`, and `rules.check_protocol`."""
    rules.check_protocol(protocol)
    file = case_of(study, case)
    write(study, "safety.agreed", file, [protocol, *_done(file, "contact")])


def log_call(study: Study, case: str, call: Call) -> None:
    """Keep a contact, or the attempt. Raises as `assess`, and `rules.check_call`."""
    rules.check_call(call, now().date())
    write(study, "safety.called", case_of(study, case), [call])


def plan(study: Study, case: str, said: SafetyPlan) -> None:
    """Keep a safety plan. Raises as `assess`, and `rules.check_plan`."""
    rules.check_plan(said)
    write(study, "safety.planned", case_of(study, case), [said])


def suggested(study: Study, case: CaseFile) -> dict[str, str]:
    """Factors that claims of the case's own compartment suggest, with the claim that does.

    What lawyers were told suggests nothing here.
    """
    return rules.told_factors(_claims(study, case), now().date())


def due(study: Study, found: Sequence[CaseFile]) -> Iterator[tuple[CaseFile, Safety]]:
    """Cases whose contact is due or was missed twice, or whose risk is to be looked at again, worst first."""
    today = now().date()
    cases = [(case, safety_of(case, today)) for case in found if case.stage != "closed"]
    late = [
        (case, safety)
        for case, safety in cases
        if safety.contact.due <= today
        or safety.contact.escalate
        or safety.review_over
        or safety.assessed is None
    ]
    yield from sorted(
        late,
        key=lambda each: (
            not each[1].contact.escalate,
            _rank(each[1].assessed),
            each[1].contact.due,
            each[0].id,
        ),
    )


def _rank(said: Assessed | None) -> int:
    """Who was never assessed goes with the highest risk."""
    return [str(level) for level in rules.LEVELS].index(said.level) if said else 0


def _claims(study: Study, case: CaseFile) -> Iterator[tuple[str, str, str]]:
    things = Claim.objects.filter(about__in=case.records, sealed_under__in=study.keys.ids)
    known = claims_of(study, sorted(set(things.values_list("of", flat=True)) | set(case.records)))
    for claim in known.claims:
        if claim.compartment == case.place and known.state.stands(claim.id):
            yield claim.said.kind, claim.said.field, claim.said.value


def _done(case: CaseFile, what: str) -> Iterator[Task]:
    """The first tasks of this kind, that are done with it."""
    for task in case.things(Task).values():
        if task.state == "open" and task.id.startswith(f"task-{what}-"):
            yield msgspec.structs.replace(task, state="done")


def _day(text: str) -> date | None:
    day = whole_day(text)
    return date.fromisoformat(day) if day else None
