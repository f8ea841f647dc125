"""The rules of time as data: what starts a clock, how it counts, since when, on whose word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

Scalar = bool | int | str
Certainty = Literal["S", "GK", "S/GK", "X"]  # seen in a source, general knowledge, sources conflict or change


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name in both languages."""

    es: str
    en: str


class Trigger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What starts the clock: one kind of these."""

    fact: str | None = None  # a day
    first_of: tuple[str, ...] = ()  # the first of these facts that is given
    by: tuple[str, Mapping[str, str]] | None = None  # a fact whose value names the fact that holds the day
    arrivals: bool = False  # the last of the arrivals
    final_order: bool = False  # the day the removal order became final
    not_before: date | None = None  # an earlier day counts as this one
    ahead: bool = False  # may lie after the day of knowledge: a hearing, a decision that is expected
    missing: str = "trigger_missing"
    partial: str = "trigger_missing"
    invalid: str = "trigger_missing"


class Count(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How days are counted; day zero is the trigger."""

    unit: Literal["days", "months", "years", "working_days", "none"]
    backward: bool = False
    moves: bool = True  # a last day on a weekend or holiday becomes the next business day


class Gate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"when": "if"}):
    """Facts with which there is no date, and why."""

    when: Mapping[str, Scalar]
    status: Literal["not_applicable", "cannot_compute"]
    reason: str
    see: str | None = None
    unless: str | None = None  # a fact that opens the gate again, such as a judge's order


class Alternative(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another reading that is kept beside the date."""

    why: str
    length: int
    unit: Literal["days", "working_days"] = "days"
    unless: Mapping[str, Scalar] = {}


class Version(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from", "end": "until"}
):
    """One wording of the rule: for which triggers it holds, when it was known, how long it gives."""

    id: str
    length: int = 0
    start: date = date.min  # of triggers (for hearings: hearing days), inclusive
    start_latest: date | None = None  # where the first day is not certain, the last it can be
    end: date = date.max
    known_from: date = date.min
    known_until: date = date.max  # exclusive
    certainty: Certainty = "S"
    status: Literal["in_force", "past", "vacated"] = "in_force"
    keeps: Mapping[str, Scalar] = {}  # with these facts `kept_length` holds instead
    kept_length: int = 0
    not_if_reached: tuple[int, date] | None = None  # (length, day): not for who reached that length before
    alternatives: tuple[Alternative, ...] = ()
    check_again: date | None = None
    note: Names | None = None

    def known(self, as_of: date) -> bool:
        """Whether it was published and not vacated on the day of knowledge."""
        return self.known_from <= as_of < self.known_until


class Excuse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that may excuse or change a clock; a flag, never moves the date by itself."""

    flag: str
    name: Names
    citation: tuple[str, ...] = ()
    certainty: Certainty = "S"


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A judge's date: the earlier of both counts, or it replaces the default."""

    fact: str
    effect: Literal["earlier", "replaces"]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule of time."""

    id: str
    name: Names
    jurisdiction: str
    citation: tuple[str, ...]
    sources: tuple[str, ...]  # keys of sources.yml
    last_checked: date
    check_again: date  # the day somebody must look at it again
    certainty: Certainty
    trigger: Trigger
    count: Count
    versions: tuple[Version, ...]
    answer: Literal["date", "earliest", "target"] = "date"
    calendar: str | None = "us.federal"
    before: bool = False  # safe_by lies before the last day, not on it
    delays: str | None = None  # a fact with days that are not counted
    denied: str | None = None  # a fact with the day that ends the clock
    at_once: str | None = None  # a fact with a day on which the clock ends early
    printed: str | None = None  # a fact with the day printed on a notice, which prevails
    order: Order | None = None
    near_change: int = 0  # days after a change of version in which both readings are shown
    gates: tuple[Gate, ...] = ()
    excuses: tuple[Excuse, ...] = ()
    warnings: tuple[str, ...] = ()  # told with every date of the rule
    needs: tuple[str, ...] = ()  # further facts that its texts speak of
    risk: Names | None = None

    @property
    def facts(self) -> frozenset[str]:
        """The facts this rule reads."""
        return _facts(self.id)


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a rule was read."""

    title: str
    seen: str


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by its id, in the order of the files."""
    return {rule.id: rule for name in _FILES for rule in _decode(name, tuple[Rule, ...])}


@cache
def sources() -> Mapping[str, Source]:
    """Every source a rule may name, by key."""
    return _decode("sources.yml", dict[str, Source])


@cache
def known_facts() -> frozenset[str]:
    """The facts that any rule reads."""
    return frozenset().union(*(rule.facts for rule in rules().values()))


_FILES = ("us_asylum.yml", "us_court.yml", "us_duties.yml", "unhcr.yml")


def _decode(name: str, kind: Any) -> Any:
    return msgspec.yaml.decode(files("amparo.clocks").joinpath("data", name).read_bytes(), type=kind)


@cache
def _facts(rule_id: str) -> frozenset[str]:
    rule = rules()[rule_id]
    trigger, found = rule.trigger, {*rule.needs, *rule.trigger.first_of}
    found |= {each for each in (trigger.fact, rule.delays, rule.denied, rule.at_once, rule.printed) if each}
    if trigger.by:
        found |= {trigger.by[0], *trigger.by[1].values()}
    if trigger.arrivals:
        found |= {"arrival_date", "arrivals", "arrival_conflict", "circuit"}
    if trigger.final_order:
        found |= {"bia_decision_date", "ij_order_date", "appeal_waived", "appeal_filed", "in_absentia"}
    if rule.order:
        found.add(rule.order.fact)
    for gate in rule.gates:
        found |= {*gate.when, *([gate.unless] if gate.unless else [])}
    for version in rule.versions:
        found |= {*version.keeps, *(name for other in version.alternatives for name in other.unless)}
    return frozenset(found | {excuse.flag for excuse in rule.excuses})
