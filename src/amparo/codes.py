"""Codes of errors in case work, for `errors.CODES`: cases, safety and referrals."""

from __future__ import annotations

# code -> the facts its sentence needs.
CASE_WORK: dict[str, tuple[str, ...]] = {
    # cases
    "cases.unknown_case": ("case",),
    "cases.unknown_thing": ("thing",),
    "cases.unknown_member": ("member",),
    "cases.unknown_relation": ("relation", "relations"),
    "cases.unknown_track": ("track", "tracks"),
    "cases.unknown_stage": ("stage", "stages"),
    "cases.one_principal": (),
    "cases.bad_day": ("text",),
    "cases.bad_place": ("compartment",),
    "cases.not_from_here": ("machine", "at", "to", "first"),
    "cases.never_after": ("machine", "at", "to", "next"),
    "cases.ends_here": ("machine", "at", "to"),
    "cases.needs": ("machine", "to", "missing"),
    "cases.nobody": (),
    "cases.bad_word": ("family", "value", "codes"),
    "cases.bad_fact": ("fact",),
    "cases.bad_time": ("text",),
    "cases.no_source": (),
    "cases.no_words": (),
    "cases.ahead": ("day",),
    "cases.before": ("day", "since"),
    "cases.cannot_take": ("user", "case", "compartment"),
    # opening a file
    "opening.bad_until": ("day", "use"),
    # safety
    "safety.unknown_factor": ("factor",),
    "safety.unknown_answer": ("factor", "answers"),
    "safety.unknown_level": ("level", "levels"),
    "safety.no_reason": ("proposed",),
    "safety.review_past": ("day",),
    "safety.review_late": ("day", "level"),
    "safety.unknown_channel": ("channel", "channels"),
    "safety.bad_interval": ("days",),
    "safety.unknown_result": ("result", "results"),
    "safety.call_ahead": ("day",),
    "safety.escalated_to": (),
    "safety.unknown_measure": ("measure",),
    "safety.own_words": (),
    # referrals
    "referrals.unknown_form": ("form", "forms"),
    "referrals.not_now": ("state", "verb", "may"),
    "referrals.second_person": (),
    "referrals.unknown_partner": ("partner",),
    "referrals.unknown_referral": ("referral",),
    "referrals.no_consent": ("state",),
    "referrals.nothing_leaves": (),
    "referrals.no_key": ("partner",),
    "referrals.changed": (),
    "referrals.bad_answer": (),
    "referrals.bad_package": (),
}
