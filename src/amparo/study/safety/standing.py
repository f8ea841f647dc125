"""Where a case stands in what keeps the family safe, as its entries tell it. No Django."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from amparo.study.cases.casefile import CaseFile, Told
from amparo.study.cases.said import Assessed, Call, Protocol, SafetyPlan
from amparo.study.safety import rules


class Safety(NamedTuple):
    """Where a case stands in all that keeps the family safe; the newest of each, None where nothing was said.

    `calls` are newest first, each with who made it. `review_over` are days past the day of review.
    """

    protocol: Protocol | None
    contact: rules.Contact
    calls: tuple[tuple[str, Call], ...]
    assessed: Assessed | None
    assessed_by: str
    assessed_at: str
    review_over: int
    plan: SafetyPlan | None


def safety_of(case: CaseFile, today: date) -> Safety:
    """Where a case stands, as its entries tell it."""
    agreed = _newest(case, Protocol)
    assessed = _newest(case, Assessed)
    plan = _newest(case, SafetyPlan)
    calls = [(told.by, told.said) for told in case.entries if isinstance(told.said, Call)]
    protocol = agreed.said if agreed and isinstance(agreed.said, Protocol) else None
    begun = (agreed.at if agreed else case.at).date()
    said = assessed.said if assessed and isinstance(assessed.said, Assessed) else None
    over = (today - date.fromisoformat(said.review)).days if said else 0
    return Safety(
        protocol,
        rules.contact(protocol, [call for _, call in calls], begun, today),
        tuple(sorted(calls, key=lambda each: each[1].day, reverse=True)),
        said,
        assessed.by if assessed else "",
        assessed.at.date().isoformat() if assessed else "",
        max(over, 0),
        plan.said if plan and isinstance(plan.said, SafetyPlan) else None,
    )


def _newest(case: CaseFile, kind: type) -> Told | None:
    return next((told for told in reversed(case.entries) if isinstance(told.said, kind)), None)
