"""Risk, contact and the days of both: tables and plain functions. No Django.

Nothing here decides: a proposal names its reasons and what is not known, and a person says the level.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple, get_args

from amparo.errors import AmparoError
from amparo.study.cases.said import Call, Protocol, SafetyPlan
from amparo.vocabulary.risk import Weight, factors

Level = Literal["high", "medium", "low"]
LEVELS: tuple[Level, ...] = get_args(Level)
Known = Literal["yes", "no", "unknown"]
ANSWERS: tuple[Known, ...] = get_args(Known)

# The proposal: the first line whose number of yes-answers is reached. A grave factor counts as serious too,
# and a serious one among all.
PROPOSALS: tuple[tuple[Weight, int, Level], ...] = (
    ("grave", 1, "high"),
    ("serious", 3, "high"),
    ("serious", 1, "medium"),
    ("adds", 2, "medium"),
)
_COUNTS: dict[Weight, tuple[Weight, ...]] = {
    "grave": ("grave",),
    "serious": ("grave", "serious"),
    "adds": ("grave", "serious", "adds"),
}
# Days until a level must be looked at again, and between two contacts, unless a person says other days.
REVIEW_DAYS: dict[str, int] = {"high": 7, "medium": 30, "low": 90}
CONTACT_DAYS: dict[str, int] = {"high": 2, "medium": 7, "low": 30}
MISSED_TO_ESCALATE = 2  # contacts missed one after the other (flow 4, step 6)

Channel = Literal["call", "message", "mail", "person", "visit"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
Result = Literal["reached", "missed", "unsafe", "escalated"]
RESULTS: tuple[Result, ...] = get_args(Result)
# What a person does to be safer, while nobody has decided on the case. `own` is said in words.
MEASURES = (
    "other_place",
    "vary_routes",
    "sleep_in_turns",
    "neighbour_watch",
    "children_school",
    "papers_ready",
    "bag_ready",
    "telephone_clean",
    "money_aside",
    "emergency_contact",
    "complaint",
    "own",
)


class Reason(NamedTuple):
    """Why a level is proposed: the line of the table, and the factors that reach it."""

    weight: Weight
    needed: int
    factors: tuple[str, ...]


class Proposal(NamedTuple):
    """The level that answers reach, why, and what those not known could make of it.

    `level` is None where nothing was answered. `most` is the level if every unknown were a yes.
    """

    level: Level | None
    reason: Reason | None
    most: Level
    unknown: tuple[str, ...]


class Contact(NamedTuple):
    """Where contact stands: the next day due, days over it, contacts missed in a row, whether to escalate."""

    last: date | None
    due: date
    over: int
    missed: int
    escalate: bool


def propose(answers: Mapping[str, str]) -> Proposal:
    """The level that answers (factor -> yes, no, unknown) reach. An answer that is missing is not known."""
    check_answers(answers)
    known = factors()
    yes = [name for name in known if answers.get(name) == "yes"]
    unknown = tuple(name for name in known if answers.get(name, "unknown") == "unknown")
    level, reason = _reached(yes)
    most, _ = _reached([name for name in known if name in yes or name in unknown])
    if len(unknown) == len(known):
        return Proposal(None, None, most, unknown)
    return Proposal(level, reason, most, unknown)


def _reached(yes: Sequence[str]) -> tuple[Level, Reason | None]:
    known = factors()
    for weight, needed, level in PROPOSALS:
        found = tuple(name for name in yes if known[name].weight in _COUNTS[weight])
        if len(found) >= needed:
            return level, Reason(weight, needed, found)
    return "low", None


def check_answers(answers: Mapping[str, str]) -> None:
    """Raise `safety.unknown_factor`, `safety.unknown_answer`."""
    for name, answer in answers.items():
        if name not in factors():
            raise AmparoError("safety.unknown_factor", factor=name)
        if answer not in ANSWERS:
            raise AmparoError("safety.unknown_answer", factor=name, answers=list(ANSWERS))


def check_decision(level: str, proposed: Level | None, reason: str, today: date, review: date) -> None:
    """What a person's decision must say. A level other than the one proposed takes a reason.

    Raises `safety.unknown_level`, `safety.no_reason`, `safety.review_past`, `safety.review_late` for a day
    after the one the level allows.
    """
    if level not in LEVELS:
        raise AmparoError("safety.unknown_level", level=level, levels=list(LEVELS))
    if level != proposed and not reason.strip():
        raise AmparoError("safety.no_reason", proposed=proposed or "")
    if review < today:
        raise AmparoError("safety.review_past", day=review.isoformat())
    last = review_day(level, today)
    if review > last:
        raise AmparoError("safety.review_late", day=last.isoformat(), level=level)


def review_day(level: str, today: date) -> date:
    """The day by which a level must be looked at again."""
    return today + timedelta(days=REVIEW_DAYS[level])


def told_factors(told: Iterable[tuple[str, str, str]], today: date) -> dict[str, str]:
    """Factors that claims (kind, field, value) suggest, with the first that does: `kind.field=value`.

    A threat whose day lies within the last 30 is a recent one; half-known days suggest nothing.
    """
    found: dict[str, str] = {}
    for kind, field, value in told:
        for name, factor in factors().items():
            for sign in factor.told_by:
                if sign in (kind, f"{kind}.{field}", f"{kind}.{field}={value}"):
                    found.setdefault(name, f"{kind}.{field}={value}")
        if (kind, field) == ("threat", "date") and _is_recent(value, today):
            found.setdefault("threat_recent", f"{kind}.{field}={value}")
    return found


def _is_recent(edtf: str, today: date) -> bool:
    try:
        day = date.fromisoformat(edtf)
    except ValueError:
        return False
    return timedelta(0) <= today - day <= timedelta(days=30)


def contact(protocol: Protocol | None, calls: Sequence[Call], begun: date, today: date) -> Contact:
    """Where contact stands, by the calls in the order of their days; `begun` is when the protocol was agreed.

    Whoever was reached, or handed to somebody by an escalation, is not missed any more.
    """
    every = timedelta(days=protocol.every if protocol else CONTACT_DAYS["high"])
    last, missed, since = None, 0, begun
    for call in sorted(calls, key=lambda each: each.day):
        day = date.fromisoformat(call.day)
        match call.result:
            case "reached":
                last, missed, since = day, 0, day
            case "escalated":
                missed, since = 0, day
            case "missed" | "unsafe":
                missed, since = missed + 1, day
    # After a missed contact the next try is tomorrow, not a whole interval later.
    due = since + (timedelta(days=1) if missed else every)
    return Contact(last, due, max((today - due).days, 0), missed, missed >= MISSED_TO_ESCALATE)


def check_protocol(protocol: Protocol) -> None:
    """Raise `safety.unknown_channel`, `safety.bad_interval`."""
    if protocol.channel not in CHANNELS:
        raise AmparoError("safety.unknown_channel", channel=protocol.channel, channels=list(CHANNELS))
    if not 1 <= protocol.every <= 365:
        raise AmparoError("safety.bad_interval", days=protocol.every)


def check_call(call: Call, today: date) -> None:
    """Raise `safety.unknown_result`, `safety.call_ahead`; `safety.no_reason` for an escalation to nobody."""
    if call.result not in RESULTS:
        raise AmparoError("safety.unknown_result", result=call.result, results=list(RESULTS))
    if date.fromisoformat(call.day) > today:
        raise AmparoError("safety.call_ahead", day=call.day)
    if call.result == "escalated" and not call.words.strip():
        raise AmparoError("safety.escalated_to")


def check_plan(plan: SafetyPlan) -> None:
    """Raise `safety.unknown_measure`, `safety.own_words` for a measure of their own without words."""
    for measure in plan.measures:
        if measure not in MEASURES:
            raise AmparoError("safety.unknown_measure", measure=measure)
    if "own" in plan.measures and not plan.words.strip():
        raise AmparoError("safety.own_words")


# What is due by a person's answers before anything else; each is a factor that calls for it.
DRAFTS: dict[str, tuple[str, ...]] = {
    "other_place": ("threat_deadline", "threat_home", "found_again", "attacked"),
    "vary_routes": ("fixed_route", "known_address"),
    "sleep_in_turns": ("threat_home",),
    "neighbour_watch": ("controlled_area", "known_address"),
    "children_school": ("children",),
    "papers_ready": ("threat_deadline", "threat_recent"),
    "bag_ready": ("threat_deadline",),
    "telephone_clean": ("named_in_public", "threat_recent"),
    "complaint": ("threat_recent", "attacked"),
}


def draft(answers: Mapping[str, str]) -> tuple[str, ...]:
    """Measures that answers call for, in the order of `MEASURES`: the first draft of a safety plan."""
    return tuple(
        measure
        for measure in MEASURES
        if measure == "emergency_contact"
        or any(answers.get(name) == "yes" for name in DRAFTS.get(measure, ()))
    )
