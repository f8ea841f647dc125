"""What is asked of a case so that its clocks can run: each fact, and how it is written. No Django."""

from __future__ import annotations

import re
from collections.abc import Mapping

from amparo.clocks import rules
from amparo.clocks.facts import day_of
from amparo.errors import AmparoError, Word
from amparo.study.cases.deadlines import REACHED, WATCHED
from amparo.study.cases.said import Fact

DAY, YES, SPANS, ARRIVALS, NUMBER = "day", "yes", "spans", "arrivals", "number"
# Fact -> how it is written: a day, yes or no, days from and to, arrivals, a number, or one of these words.
FACTS: dict[str, str | tuple[str, ...]] = {
    "arrival_date": DAY,
    "arrivals": ARRIVALS,
    "arrival_conflict": YES,
    "circuit": NUMBER,
    "unaccompanied_child": YES,
    "changed_circumstances": YES,
    "extraordinary_circumstances": YES,
    "mailed_within_year": YES,
    "complete_application_received": DAY,
    "applicant_delays": SPANS,
    "denied_on": DAY,
    "recommended_approval_notice": DAY,
    "nta_served": DAY,
    "waived_in_writing": YES,
    "detained": YES,
    "ruling_requested": YES,
    "rebuttal": YES,
    "original_filing_received": DAY,
    "filed_under_15_days_before_master": YES,
    "mode": ("oral", "written_mailed", "electronic"),
    "oral_date": DAY,
    "mailed_date": DAY,
    "e_notice_date": DAY,
    "appeal_waived": YES,
    "appeal_filed": YES,
    "in_absentia": YES,
    "asylum_adjudicated": YES,
    "asylum_denied_under_208a2": YES,
    "ecas_outage": YES,
    "equitable_tolling": YES,
    "schedule_date": DAY,
    "printed_due_date": DAY,
    "ij_order_date": DAY,
    "bia_decision_date": DAY,
    "changed_country_conditions": YES,
    "joint_motion": YES,
    "vawa": YES,
    "order_date": DAY,
    "ground": ("exceptional_circumstances", "no_notice", "in_custody"),
    "final_order_date": DAY,
    "faro_date": DAY,
    "moved_on": DAY,
    "notice_date": DAY,
    "status_granted_on": DAY,
    "humanitarian_extension": YES,
    "good_cause": YES,
    "submitted_on": DAY,
    "notified_on": DAY,
}
# Set by hearings and by judges' orders, not noted.
GIVEN = frozenset({"hearing_date", "appointment_date", "ij_set_date", "ij_order_due", "judge_order_due"})
_SPAN = re.compile(r"\s*(\S+?)\s*/\s*(\S*)\s*")
_ARRIVAL = re.compile(r"\s*(\S+)(?:\s+(\w+))?\s*")


def asked(kind: str) -> tuple[str, ...]:
    """The facts that the clocks of a way read, in the order of `FACTS`."""
    read = {name for watched in WATCHED.get(kind, ()) for name in rules()[watched.rule].facts}
    reached = {name for (track, _), names in REACHED.items() if track == kind for name in names}
    return tuple(name for name in FACTS if name in read - reached)


def read_fact(name: str, text: str) -> Fact:
    """A fact as somebody typed it; half-known days stay as they are. Raises `cases.bad_fact`."""
    kind, text = FACTS.get(name), text.strip()
    bad = AmparoError("cases.bad_fact", fact=Word("fact", name))
    match kind:
        case "day" if day_of(text).problem != "invalid":
            return text
        case "yes" if text in ("yes", "no"):
            return text == "yes"
        case "number" if text.isdecimal():
            return text
        case "spans":
            spans = [_SPAN.fullmatch(each) for each in text.split(",")]
            if all(span and day_of(span[1]).problem != "invalid" for span in spans):
                return [{"from": span[1], "to": span[2]} for span in spans if span]
        case "arrivals":
            arrivals = [_ARRIVAL.fullmatch(each) for each in text.split(",")]
            if all(each and day_of(each[1]).problem != "invalid" for each in arrivals):
                return [{"date": each[1], "manner": each[2] or ""} for each in arrivals if each]
        case tuple() if text in kind:
            return text
    raise bad


def checked(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Facts under names and in a form that clocks know. Raises `cases.bad_fact`."""
    for name, value in facts.items():
        kind = FACTS.get(name)
        fits = {
            YES: isinstance(value, bool),
            DAY: isinstance(value, str) and day_of(value).problem != "invalid",
            NUMBER: isinstance(value, str),
            SPANS: isinstance(value, list),
            ARRIVALS: isinstance(value, list),
        }
        if not (isinstance(kind, tuple) and value in kind) and not (isinstance(kind, str) and fits[kind]):
            raise AmparoError("cases.bad_fact", fact=Word("fact", name))
    return dict(facts)


def is_known(name: str, value: Fact) -> bool:
    """Whether a fact is known for certain: a whole day, a word, a yes or no."""
    return FACTS.get(name) != DAY or day_of(value).known is not None
