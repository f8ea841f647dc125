"""Who may do what: roles, compartments and acts as tables and plain functions. No Django."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Literal, get_args

from amparo.errors import AmparoError
from amparo.vault.slots import FOUNDER

Role = Literal[
    "documents",  # reads lists, describes and corrects them
    "matches",  # decides which records are the same person
    "cases",  # follows persons to safety
    "lawyer",  # works in the lawyers' compartment
    "counts",  # counts and reports; opens no record
    "approves",  # is the second person for what leaves or ends
    "administers",  # manages people and keys; opens no record
    "volunteer",  # reads the cases lent to them, each until a day; holds no compartment's key
]
ROLES: tuple[Role, ...] = get_args(Role)

VOLUNTEER: Role = "volunteer"
FOUNDERS: tuple[Role, ...] = tuple(role for role in ROLES if role != VOLUNTEER)  # of who made the study
RECOVERY = "recovery"  # whom the recovery shares stand for: holds keys, has no role
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")  # handles and compartments

# Compartments from the first day.
DEFAULT, LAWYERS, MATCHING, COUNTING = "default", "lawyers", "matching", "counting"
COMPARTMENTS = {
    DEFAULT: "records of lists, unless another compartment is named",
    LAWYERS: "what is told to a lawyer",
    MATCHING: "who is the same person: runs of the linkage",
    COUNTING: "counts, reports, and the coarse columns that counting needs",
}
# Who may hold the keys of the two compartments that hold no record.
MEMBERS: dict[str, frozenset[Role]] = {
    MATCHING: frozenset({"matches"}),
    COUNTING: frozenset({"counts", "matches"}),
}

_RECORDS: frozenset[Role] = frozenset({"documents", "cases", "lawyer"})
_READERS: frozenset[Role] = frozenset({"documents", "matches", "cases", "lawyer"})
_CASES: frozenset[Role] = frozenset({"cases", "lawyer"})
_ANY = frozenset(ROLES)
# Every act that leaves a line in the audit chain, and which roles may do it.
ACTS: dict[str, frozenset[Role]] = {
    "study.created": _ANY,
    "study.upgraded": _ANY,
    "counting.target": frozenset({"documents", "counts"}),
    "register.declared": _RECORDS,
    "register.read": _RECORDS,
    "register.found": _READERS,
    "register.opened": _READERS,
    "claims.read": _RECORDS,
    "claims.listed": _RECORDS,
    "claims.accepted": _RECORDS,
    "claims.rejected": _RECORDS,
    "claims.made": _RECORDS,
    "claims.withdrawn": _RECORDS,
    "claims.preferred": _RECORDS,
    "claims.verified": _RECORDS,
    "claims.explained": _READERS,
    "claims.tabled": _READERS,
    "claims.packed": _RECORDS,
    "linkage.run": frozenset({"matches"}),
    "linkage.reviewed": frozenset({"matches"}),
    "linkage.judged": frozenset({"matches"}),
    "linkage.sent": frozenset({"matches"}),
    "linkage.returned": frozenset({"matches"}),
    "linkage.review_rule": frozenset({"approves"}),
    "counting.count": frozenset({"counts"}),
    "counting.report": frozenset({"counts"}),
    "care.consent": _RECORDS,
    "care.retention": _RECORDS,
    "care.hold": _RECORDS,
    "care.lifted": frozenset({"approves", "lawyer"}),
    "care.held": _RECORDS,
    "care.erased": frozenset({"approves"}),
    "care.erasure_completed": _ANY,
    "care.erasure_replayed": _ANY,
    "cases.begun": _CASES,
    "cases.member": _CASES,
    "safety.assessed": _CASES,
    "safety.agreed": _CASES,
    "safety.called": _CASES,
    "safety.planned": _CASES,
    "referrals.shown": _CASES,
    "referrals.proposed": _CASES,
    "referrals.decided": frozenset({"approves"}),
    "referrals.sent": _CASES,
    "referrals.answered": _CASES,
    "referrals.ended": _CASES,
    "referrals.inbox": _CASES,
    "referrals.brought_in": _CASES,
    "referrals.admitted": frozenset({"approves"}),
    "referrals.turned_away": frozenset({"approves"}),
    "referrals.put_back": _CASES,
    "referrals.answer_made": _CASES,
    "cases.opened": _CASES | {VOLUNTEER},
    "cases.conflicts": _CASES,
    "cases.track": _CASES,
    "cases.step": _CASES,
    "cases.taken_back": _CASES,
    "cases.facts": _CASES,
    "cases.hearing": _CASES,
    "cases.order": _CASES,
    "cases.task": _CASES,
    "cases.paper": _CASES,
    "cases.note": _CASES,
    "cases.representation": _CASES,
    "cases.party": _CASES,
    "cases.partner": _CASES,
    "cases.programme": _CASES,
    "cases.calendar": _CASES,
    "cases.handed_over": _CASES,
    "cases.lent": _CASES,
    "cases.lending_ended": _CASES,
    "cases.lending_over": _ANY,  # its day is past: whoever opens the study next removes the keys
    "people.added": frozenset({"administers"}),
    "people.removed": frozenset({"administers"}),
    "people.roles": frozenset({"administers"}),
    "people.recovery": _ANY - {"administers"},
    "people.reinstated": frozenset(),
    "keys.added": _ANY,
    "keys.changed": _ANY,
    "keys.removed": _ANY,  # one's own
    "keys.revoked": frozenset({"administers"}),  # somebody else's
    "keys.parked": _ANY,
    "keys.returned": frozenset(),
    "factor.added": _ANY,  # one's own, and so for the next two
    "factor.shown": _ANY,
    "factor.removed": _ANY,
    "factor.reset": frozenset({"administers"}),  # somebody else's, who lost it
    "backup.made": _ANY,
    "backup.scheduled": _ANY,
    "backup.drilled": _ANY,
    "backup.restored": _ANY,
    "backup.recipient_added": frozenset({"administers"}),
    "backup.recipient_removed": frozenset({"administers"}),
    "compartment.made": _ANY - {"administers"},
    "compartment.joined": _ANY,  # by whoever holds the key, and so for the next two
    "compartment.left": _ANY,
    "compartment.rotated": _ANY,
}

# Acts of who opens the study with the recovery shares, who has no role.
RECOVERY_ACTS = frozenset(
    {
        "people.reinstated",
        "keys.returned",
        "backup.made",
        "backup.drilled",
        "backup.restored",
        "study.upgraded",
        "compartment.rotated",
        "cases.lending_over",
        "care.erasure_completed",
        "care.erasure_replayed",
    }
)
# Acts that open identities for a human eye; each names its purpose.
OPENINGS: frozenset[str] = frozenset(
    {
        "register.found",
        "register.opened",
        "claims.listed",
        "claims.explained",
        "linkage.reviewed",
        "care.held",
        "referrals.shown",
        "cases.opened",
        "cases.conflicts",
    }
)


def check_roles(handle: str, roles: Iterable[str], others: Collection[Collection[str]]) -> tuple[Role, ...]:
    """The roles in their order. `others` are those of everybody else at work.

    Who administers opens no record, and so has no other role; only the founder may, while alone in it.
    Raises `accounts.unknown_role`, `accounts.administers_only`, `accounts.no_administrator`.
    """
    asked = set(roles)
    for role in asked:
        if role not in ROLES:
            raise AmparoError("accounts.unknown_role", role=role, roles=list(ROLES))
    elsewhere = any("administers" in held for held in others)
    if "administers" in asked and len(asked) > 1 and (handle != FOUNDER or elsewhere):
        raise AmparoError("accounts.administers_only", user=handle)
    if "administers" not in asked and not elsewhere:
        raise AmparoError("accounts.no_administrator")
    return tuple(role for role in ROLES if role in asked)


def check_act(act: str, roles: Collection[str]) -> None:
    """Raise `accounts.not_allowed` unless one of the roles may do the act."""
    if not ACTS[act] & set(roles):
        raise AmparoError("accounts.not_allowed", act=act, roles=sorted(ACTS[act], key=ROLES.index))


def check_recovery_act(act: str) -> None:
    """Raise `accounts.not_allowed` unless the recovery shares may do the act."""
    if act not in RECOVERY_ACTS:
        raise AmparoError("accounts.not_allowed", act=act, roles=sorted(ACTS[act], key=ROLES.index))


def may_hold(compartment: str, roles: Collection[str]) -> bool:
    """Whether somebody with these roles may be given a compartment's key."""
    if compartment in MEMBERS:
        return bool(MEMBERS[compartment] & set(roles))
    return bool(set(roles) & (_RECORDS | {"matches"}))
