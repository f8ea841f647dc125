"""From a rule and the facts of a case to a date, or to the reason why there is none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from amparo.clocks.calendar import DAY, Calendar, calendar
from amparo.clocks.counting import Delay, after, after_counted
from amparo.clocks.facts import Day, day_of
from amparo.clocks.rules import Count, Order, Rule, Scalar, Trigger, Version, known_facts, rules
from amparo.errors import AmparoError

Status = Literal["date", "earliest", "target", "cannot_compute", "not_applicable"]
# Reasons of an unknown arrival; elsewhere the rule's trigger names them.
_ARRIVAL = Trigger(
    missing="arrival_unknown", partial="arrival_partial_or_uncertain", invalid="arrival_invalid"
)
_ARRIVAL_AT = "advance_parole"  # the manner of an arrival that one circuit does not count
_PAROLE_CIRCUIT = "2"


class Competing(NamedTuple):
    """Another date that was not chosen, and where it comes from."""

    date: dt.date
    why: str


@dataclass(frozen=True)
class Clock:
    """What a rule says of a case on a day of knowledge.

    `date` is the last lawful day (the first, for `earliest`). `safe_by` is the day for the calendar: the
    last business day on or before the unmoved last day. `bound_if_earliest` is set where the trigger is
    only half known: the unmoved day had it been the earliest it can be.
    """

    status: Status
    rule: str
    as_of: dt.date
    date: dt.date | None = None
    safe_by: dt.date | None = None
    reason: str | None = None
    see: str | None = None
    version: str | None = None
    certainty: str | None = None
    competing: tuple[Competing, ...] = ()
    warnings: tuple[str, ...] = ()
    bound_if_earliest: dt.date | None = None


class _Stop(Exception):
    """There is no date; carried up to where the clock is made."""

    def __init__(self, reason: str, status: Status = "cannot_compute", **more: Any) -> None:
        super().__init__(reason)
        self.reason, self.status, self.more = reason, status, more


def compute(rule: str | Rule, facts: Mapping[str, Any], as_of: dt.date | None = None) -> Clock:
    """Apply a rule to the facts of a case, as the law was known on a day (today, unless given).

    Facts are days (or EDTF text), yes/no and words, under the names that `Rule.facts` lists; facts of
    other rules are passed over. An unknown, partial, approximate, uncertain, impossible, conflicting or
    future trigger gives `cannot_compute`, never a date.

    Raises `clocks.unknown_rule`, `clocks.unknown_fact` for a name no rule knows.
    """
    if isinstance(rule, str):
        if rule not in rules():
            raise AmparoError("clocks.unknown_rule", rule=rule)
        rule = rules()[rule]
    for name in facts:
        if name not in known_facts() and name != "as_of":
            raise AmparoError("clocks.unknown_fact", fact=name)
    said = day_of(facts.get("as_of")).known
    moment = as_of or said or dt.date.today()
    try:
        return _clock(rule, facts, moment)
    except _Stop as stop:
        return Clock(stop.status, rule.id, moment, reason=stop.reason, **stop.more)


def _clock(rule: Rule, facts: Mapping[str, Any], as_of: dt.date) -> Clock:
    _pass_gates(rule, facts)
    known = _calendar_of(rule)
    ordered = _ordered(rule.order, facts)
    printed = day_of(facts.get(rule.printed)).known if rule.printed else None
    try:
        found = _counted(rule, facts, as_of, known)
    except _Stop:
        only = printed or (ordered if rule.order and rule.order.effect == "replaces" else None)
        if only is None:
            raise
        found = _Found(only, rule.versions[-1], (), ())
        ordered, printed = (None, only) if printed else (only, None)
    return _answer(rule, as_of, found, printed=printed, ordered=ordered)


class _Found(NamedTuple):
    """What counting gave: the unmoved last day, the version it follows, other readings, warnings."""

    day: dt.date
    version: Version
    others: tuple[Competing, ...]
    warnings: tuple[str, ...]


def _pass_gates(rule: Rule, facts: Mapping[str, Any]) -> None:
    for gate in rule.gates:
        if _holds(gate.when, facts) and not (gate.unless and day_of(facts.get(gate.unless)).known):
            raise _Stop(gate.reason, gate.status, see=gate.see)


def _holds(when: Mapping[str, Scalar], facts: Mapping[str, Any]) -> bool:
    return all(facts.get(name) == value for name, value in when.items())


def _calendar_of(rule: Rule) -> Calendar | None:
    return calendar(rule.calendar) if rule.calendar else None


def _ordered(order: Order | None, facts: Mapping[str, Any]) -> dt.date | None:
    return day_of(facts.get(order.fact)).known if order else None


def _counted(rule: Rule, facts: Mapping[str, Any], as_of: dt.date, known: Calendar | None) -> _Found:
    """The last day by the rule's own count, before it is moved."""
    if rule.count.unit == "none" and rule.trigger == Trigger(missing=rule.trigger.missing):
        raise _Stop(rule.trigger.missing)
    start, others, warnings = _start(rule, facts, as_of)
    versions = _versions(rule, start, facts, as_of)
    version = versions[0]
    at_once = day_of(facts.get(rule.at_once)).known if rule.at_once else None
    denied = day_of(facts.get(rule.denied)).known if rule.denied else None
    readings = [(each, _last_day(rule, each, start, facts, known)) for each in versions]
    if at_once:
        readings = [(each, min(day, at_once)) for each, day in readings]
    chosen, last = min(readings, key=lambda pair: pair[1])
    if denied and denied <= last:
        raise _Stop("application_denied")
    kept = [
        Competing(_moved(rule.count, day, known), "other_version")
        for each, day in readings
        if each is not chosen
    ]
    for other in chosen.alternatives:
        if not (other.unless and _holds(other.unless, facts)):
            day = after(start, -other.length if rule.count.backward else other.length, other.unit, known)
            kept.append(Competing(_moved(rule.count, day, known), other.why))
    for day, why in others:
        last_day = _last_day(rule, version, day, facts, known)
        kept.append(Competing(_moved(rule.count, last_day, known), why))
    near = ("change_near",) if len(versions) > 1 else ()
    return _Found(last, chosen, tuple(kept), (*warnings, *near))


def _start(
    rule: Rule, facts: Mapping[str, Any], as_of: dt.date
) -> tuple[dt.date, tuple[tuple[dt.date, str], ...], tuple[str, ...]]:
    """Day zero, other days it could be with the reason, and warnings."""
    trigger = rule.trigger
    if trigger.arrivals:
        day, others = _arrival(rule, facts, as_of)
        return day, others, ()
    if trigger.final_order:
        return _final(facts, as_of), (), ()
    given = [facts.get(name) for name in _trigger_facts(trigger, facts)]
    days = [_certain(rule, trigger, value, as_of) for value in given if value is not None]
    if not days:
        raise _Stop(trigger.missing)
    day = min(days)
    if trigger.not_before:
        day = max(day, trigger.not_before)
    ahead = (
        ("trigger_ahead",) if day > as_of and not rule.count.backward and rule.count.unit != "none" else ()
    )
    return day, tuple((other, "second_date") for other in sorted(set(days) - {day})), ahead


def _trigger_facts(trigger: Trigger, facts: Mapping[str, Any]) -> tuple[str, ...]:
    if trigger.by:
        chooser, names = trigger.by
        name = names.get(str(facts.get(chooser, "")))
        return (name,) if name else ()
    return trigger.first_of or ((trigger.fact,) if trigger.fact else ())


def _certain(rule: Rule, reasons: Trigger, value: object, as_of: dt.date) -> dt.date:
    """The day a trigger's fact says. Stops where it is not one certain day of the past."""
    day = day_of(value)
    if day.known is None:
        raise _unknown(rule, reasons, day)
    if day.known > as_of and not rule.trigger.ahead:
        raise _Stop("input_inconsistent")
    return day.known


def _unknown(rule: Rule, reasons: Trigger, day: Day) -> _Stop:
    reason = {"missing": reasons.missing, "partial": reasons.partial, "invalid": reasons.invalid}[day.problem]
    bound = None
    if day.earliest is not None and rule.count.unit != "none" and not rule.count.backward:
        start = max(day.earliest, rule.trigger.not_before or day.earliest)
        bound = after(start, rule.versions[-1].length, rule.count.unit, _calendar_of(rule))
    return _Stop(reason, bound_if_earliest=bound)


def _arrival(
    rule: Rule, facts: Mapping[str, Any], as_of: dt.date
) -> tuple[dt.date, tuple[tuple[dt.date, str], ...]]:
    """The last arrival, and the reading in which a return on advance parole does not count."""
    if facts.get("arrival_conflict"):
        raise _Stop("arrival_conflict")
    told = list(facts.get("arrivals") or [])
    if facts.get("arrival_date") is not None:
        told.append({"date": facts["arrival_date"], "manner": ""})
    if not told:
        raise _Stop("arrival_unknown")
    floor = rule.trigger.not_before or dt.date.min
    days = [
        (max(_certain(rule, _ARRIVAL, each.get("date"), as_of), floor), each.get("manner")) for each in told
    ]
    last = max(day for day, _ in days)
    counted = [day for day, manner in days if manner != _ARRIVAL_AT]
    without = max(counted, default=last)
    if without == last:
        return last, ()
    if str(facts.get("circuit", "")) == _PAROLE_CIRCUIT:
        return without, ()
    return last, ((without, "advance_parole"),)


def _final(facts: Mapping[str, Any], as_of: dt.date) -> dt.date:
    """The day a removal order became final (8 USC 1101(a)(47)(B))."""
    board, judge = day_of(facts.get("bia_decision_date")), day_of(facts.get("ij_order_date"))
    for each in (board, judge):
        if each.known and each.known > as_of:
            raise _Stop("input_inconsistent")
    if board.known:
        return board.known
    if judge.known is None or board.problem != "missing":
        raise _Stop("finality_unknown")
    if facts.get("appeal_waived") is True or facts.get("in_absentia") is True:
        return judge.known
    if facts.get("appeal_filed") is not False:
        raise _Stop("finality_unknown")
    appeal = compute("us.bia.appeal", {"mode": "oral", "oral_date": judge.known}, as_of)
    if appeal.date is None:
        raise _Stop("finality_unknown")
    return appeal.date


def _versions(rule: Rule, start: dt.date, facts: Mapping[str, Any], as_of: dt.date) -> list[Version]:
    """The version that holds, and, near a change whose day is not certain, the one before or after it too."""
    known = [each for each in rule.versions if each.known(as_of) and each.start <= start <= each.end]
    known = [each for each in known if _due(each, start, facts)]
    if not known:
        raise _Stop("no_deadline_rule")
    current = known[-1]
    near = dt.timedelta(days=rule.near_change)
    if near and len(known) > 1 and start <= (current.start_latest or current.start) + near:
        return [current, known[-2]]
    return [current]


def _due(version: Version, start: dt.date, facts: Mapping[str, Any]) -> bool:
    """Whether a version that spares who had reached an earlier length by a day still holds."""
    if version.not_if_reached is None:
        return True
    length, day = version.not_if_reached
    reached = after_counted(start, length, _delays(facts.get("applicant_delays")))
    return reached == "clock_stopped" or reached >= day


def _last_day(
    rule: Rule, version: Version, start: dt.date, facts: Mapping[str, Any], known: Calendar | None
) -> dt.date:
    length = version.kept_length if version.keeps and _holds(version.keeps, facts) else version.length
    if rule.count.unit == "none":
        return start
    if rule.delays:
        last = after_counted(start, length, _delays(facts.get(rule.delays)))
        if isinstance(last, str):
            raise _Stop(last)
        return last
    return after(start, -length if rule.count.backward else length, rule.count.unit, known)


def _delays(told: Any) -> list[Delay]:
    """The applicant's delays. Stops where one has no certain first day."""
    delays: list[Delay] = []
    for each in told or ():
        first, last = day_of(each.get("from")), day_of(each.get("to"))
        if first.known is None or (last.known is None and last.problem != "missing"):
            raise _Stop("input_inconsistent")
        if last.known is not None and last.known < first.known:
            raise _Stop("input_inconsistent")
        delays.append((first.known, last.known))
    return delays


def _moved(count: Count, day: dt.date, known: Calendar | None) -> dt.date:
    return known.forward(day) if known and count.moves else day


def _answer(
    rule: Rule, as_of: dt.date, found: _Found, *, printed: dt.date | None, ordered: dt.date | None
) -> Clock:
    """The date after what is printed and ordered, with the readings it prevailed over."""
    known = _calendar_of(rule)
    unmoved, day = found.day, _moved(rule.count, found.day, known)
    competing, before, warnings = list(found.others), rule.before, list(found.warnings)
    if printed is not None:
        competing.insert(0, Competing(day, "computed"))
        unmoved = day = printed
    if ordered is not None and rule.order is not None:
        order_day = known.forward(ordered) if known else ordered
        if rule.order.effect == "replaces" or order_day < day:
            competing.insert(0, Competing(day, "computed"))
            unmoved, day, before = ordered, order_day, False
        else:
            competing.insert(0, Competing(order_day, "judge_order"))
    warnings += [*rule.warnings, *_version_warnings(rule, found.version, as_of)]
    safe = None
    if known and rule.answer == "date":
        safe = known.safe(unmoved - DAY if before else unmoved)
        warnings += _calendar_warnings(known, unmoved, day, rule)
    return Clock(
        rule.answer,
        rule.id,
        as_of,
        date=day,
        safe_by=safe,
        version=found.version.id,
        certainty=found.version.certainty,
        competing=tuple(dict.fromkeys(each for each in competing if each.date != day)),
        warnings=tuple(
            dict.fromkeys([*warnings, *rule.warnings, *_version_warnings(rule, found.version, as_of)])
        ),
    )


def _calendar_warnings(known: Calendar, unmoved: dt.date, day: dt.date, rule: Rule) -> Iterator[str]:
    span = [unmoved + dt.timedelta(days=offset) for offset in range((day - unmoved).days + 1)]
    if any(known.is_observed(each) for each in span):
        yield "observed_holiday"
    if any(known.is_closure(each) for each in (unmoved, day)):
        yield "executive_closure"
    if rule.jurisdiction == "US-BIA" and any(known.is_inauguration(each) for each in span):
        yield "inauguration_day"


def _version_warnings(rule: Rule, version: Version, as_of: dt.date) -> Iterator[str]:
    if "X" in (version.certainty, rule.certainty):
        yield "sources_conflict"
    if version.status == "vacated":
        yield "version_vacated"
    if as_of >= min(rule.check_again, version.check_again or rule.check_again):
        yield "check_again"
