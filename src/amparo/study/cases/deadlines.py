"""Which clocks run in a case, and what they say: a table, and pure functions of the case file. No Django."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from amparo.clocks import Clock, compute, rules
from amparo.study.cases.casefile import CaseFile
from amparo.study.cases.said import Hearing, Order, Track


class Watched(NamedTuple):
    """A rule of time, and when it is watched: in which stages, or for hearings of a kind, or with a fact."""

    rule: str
    stages: frozenset[str] = frozenset()  # empty: in every stage that something follows
    until: str = ""  # not after this stage was reached
    hearing: str = ""  # once for each hearing of this kind that is to come
    fact: str = ""  # only where this fact is noted
    priority: str = ""  # only with this submission priority


class Running(NamedTuple):
    """A clock of a case: of which track, of which hearing (empty: of the track), and what it says."""

    track: str
    hearing: str
    clock: Clock


_FILED = frozenset({"filed", "biometrics_taken", "interview_set", "interviewed"})
_FILED_IN_COURT = frozenset({"filed", "individual_set", "heard"})
_DECIDED = frozenset({"denied", "withholding", "cat"})
_DUTIES = (
    Watched("us.eoir.address_change", fact="moved_on"),
    Watched("us.uscis.address_change", fact="moved_on"),
)


def _permit(stages: frozenset[str]) -> tuple[Watched, ...]:
    return (
        Watched("us.asylum.ead_file", stages, fact="complete_application_received"),
        Watched("us.asylum.ead_eligible", stages, fact="complete_application_received"),
        Watched("us.asylum.biometrics", hearing="biometrics"),
    )


# Track -> the rules that are watched in it.
WATCHED: dict[str, tuple[Watched, ...]] = {
    "us_affirmative": (
        Watched("us.asylum.one_year", frozenset({"preparing"})),
        *_permit(_FILED),
        Watched("us.uscis.annual_asylum_fee", fact="notice_date"),
        Watched("us.uscis.i730", frozenset({"granted"})),
        Watched("us.uscis.address_change", fact="moved_on"),
    ),
    "us_defensive": (
        Watched("us.asylum.one_year", frozenset({"served", "master_set", "individual_set"}), until="filed"),
        Watched("us.asylum.ij_filing_order", until="filed", fact="judge_order_due"),
        Watched("us.eoir.first_master", frozenset({"served", "master_set"}), fact="nta_served"),
        *_permit(_FILED_IN_COURT),
        Watched("us.eoir.filing_master", hearing="master"),
        Watched("us.eoir.filing_individual", hearing="individual"),
        Watched("us.eoir.response", fact="original_filing_received"),
        Watched("us.bia.appeal", _DECIDED),
        Watched("us.bia.brief", frozenset({"appealed"})),
        Watched("us.eoir.motion_reconsider", frozenset({"dismissed", "final_order"})),
        Watched("us.eoir.motion_reopen", frozenset({"dismissed", "final_order"})),
        Watched("us.eoir.motion_in_absentia", frozenset({"in_absentia"})),
        Watched("us.cta.petition_for_review", frozenset({"dismissed"})),
        Watched("us.eoir.annual_asylum_fee", fact="ij_order_due"),
        Watched("us.uscis.i730", frozenset({"granted", "final_safe"})),
        *_DUTIES,
        Watched("us.bia.address_change", frozenset({"appealed"}), fact="moved_on"),
    ),
    "resettlement": (
        *(
            Watched(
                f"unhcr.resettlement.{each}", frozenset({"submitted", "with_state", "decided"}), priority=each
            )
            for each in ("emergency", "urgent", "normal")
        ),
        Watched("unhcr.rsd.appeal", fact="notified_on"),
    ),
}
# First days that somebody waits for; other floors serve to check a date, not to remind of it.
REMINDED = frozenset({"us.asylum.ead_file", "us.asylum.ead_eligible"})
# (Track, stage) -> facts of the clocks that are the day this stage was reached.
REACHED: dict[tuple[str, str], tuple[str, ...]] = {
    ("resettlement", "submitted"): ("submitted_on",),
    ("us_defensive", "served"): ("nta_served",),
    ("us_defensive", "dismissed"): ("final_order_date",),
}
# How a judge's decision was told -> the fact that starts the appeal.
TOLD = {"oral": "oral_date", "written_mailed": "mailed_date", "electronic": "e_notice_date"}


def running(case: CaseFile, as_of: date) -> Iterator[Running]:
    """Every clock that is watched in a case, as the law was known on a day."""
    for track in case.tracks.values():
        yield from _of_track(case, track, as_of)


def facts_of(case: CaseFile, track: Track, hearing: Hearing | None = None) -> dict[str, Any]:
    """What clocks read of a track, or of one of its hearings: noted facts, days of stages, orders."""
    facts: dict[str, Any] = {}
    for stage, since in _reached(case, track):
        facts |= dict.fromkeys(REACHED.get((track.kind, stage), ()), since)
    facts |= case.facts(track.id)
    told = TOLD.get(str(facts.get("mode", "")))
    if told and told not in facts and "ij_order_date" in facts and facts["mode"] == "oral":
        facts[told] = facts["ij_order_date"]
    if track.kind == "us_defensive" and "ij_order_date" in facts:
        facts.setdefault("appeal_filed", "appealed" in dict(_reached(case, track)))
    for order in case.things(Order).values():
        if order.track == track.id and order.hearing == (hearing.id if hearing else ""):
            facts[order.fact] = order.due
    if hearing is not None:
        facts["appointment_date" if hearing.kind == "biometrics" else "hearing_date"] = hearing.on
    return facts


def _of_track(case: CaseFile, track: Track, as_of: date) -> Iterator[Running]:
    stage = case.standing(track.id).stage
    watched = WATCHED.get(track.kind, ())
    if not watched:
        return
    reached = {name for name, _ in _reached(case, track)}
    facts = facts_of(case, track)
    coming = [each for each in case.hearings.values() if each.track == track.id and _is_coming(each)]
    for each in watched:
        if each.hearing:
            for hearing in coming:
                if hearing.kind == each.hearing:
                    clock = _clock(each.rule, facts_of(case, track, hearing), as_of)
                    yield Running(track.id, hearing.id, clock)
        elif _is_watched(each, track, stage=stage, reached=reached, facts=facts):
            yield Running(track.id, "", _clock(each.rule, facts, as_of))


def _is_watched(
    watched: Watched, track: Track, *, stage: str, reached: set[str], facts: Mapping[str, Any]
) -> bool:
    if watched.until in reached or (watched.stages and stage not in watched.stages):
        return False
    if watched.fact and watched.fact not in facts:
        return False
    return not watched.priority or track.submission == watched.priority


def _clock(rule: str, facts: Mapping[str, Any], as_of: date) -> Clock:
    """A rule over those facts that it reads."""
    return compute(rule, {name: facts[name] for name in rules()[rule].facts if name in facts}, as_of)


def _is_coming(hearing: Hearing) -> bool:
    return hearing.state in ("to_be_set", "set", "adjourned")


def _reached(case: CaseFile, track: Track) -> Iterator[tuple[str, str]]:
    """The stages a track was in, each with its day, oldest first."""
    yield track.starts, track.since
    for step in case.steps(track.id):
        yield step.to, step.on
