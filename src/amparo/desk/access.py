"""Who may call which route. A route that is not named here is refused, and a test fails that finds one."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from amparo.study.accounts.rules import ACTS, ROLES, Role


class Rule(NamedTuple):
    """Who may call a route, and how: everybody, or who is signed in with one of these roles."""

    roles: frozenset[Role]
    methods: tuple[str, ...] = ("GET",)
    public: bool = False  # also for who is not signed in
    waiting: bool = False  # also for a seat whose second factor is still to come
    fresh: bool = False  # only with a second factor shown just now, where the person has one


NOBODY = Rule(frozenset())  # of a route that has no rule
_ANY = frozenset(ROLES)
_ADMIN: frozenset[Role] = frozenset({"administers"})
_RECORDS: frozenset[Role] = frozenset({"documents", "cases", "lawyer"})
_READERS: frozenset[Role] = frozenset({"documents", "matches", "cases", "lawyer"})
_CASES: frozenset[Role] = ACTS["cases.begun"]
_LENT: frozenset[Role] = ACTS["cases.opened"]  # also who reads what is lent to them
_MATCHERS: frozenset[Role] = ACTS["linkage.judged"]

# Route name -> rule.
ROUTES: dict[str, Rule] = {
    "begin": Rule(_ANY, ("GET", "POST"), public=True),
    "shares": Rule(ACTS["people.recovery"], ("GET", "POST"), fresh=True),
    "signin": Rule(_ANY, ("GET", "POST"), public=True),
    "signout": Rule(_ANY, ("POST",), waiting=True),
    "lock": Rule(_ANY, ("POST",), waiting=True),
    "language": Rule(_ANY, ("POST",), public=True),
    "signin-key-options": Rule(_ANY, ("POST",), public=True),
    "signin-key": Rule(_ANY, ("POST",), public=True),
    "recover": Rule(_ANY, ("GET", "POST"), public=True),
    "factor": Rule(_ANY, ("GET", "POST"), waiting=True),
    "factor-key-options": Rule(_ANY, ("POST",), waiting=True),
    "factor-key": Rule(_ANY, ("POST",), waiting=True),
    "home": Rule(_ANY),
    "draft": Rule(_ANY, ("POST",)),
    "people": Rule(_ANY),
    "people-invite": Rule(_ADMIN, ("POST",), fresh=True),
    "people-roles": Rule(_ADMIN, ("POST",), fresh=True),
    "people-remove": Rule(_ADMIN, ("POST",), fresh=True),
    "people-reset": Rule(_ADMIN, ("POST",), fresh=True),
    "people-join": Rule(_ANY, ("POST",), fresh=True),
    "people-leave": Rule(_ANY, ("POST",), fresh=True),
    "register": Rule(_READERS),
    "register-purpose": Rule(_READERS, ("GET", "POST")),
    "register-search": Rule(_READERS, ("POST",)),
    "thing": Rule(_READERS),
    "thing-say": Rule(_RECORDS, ("POST",)),
    "thing-prefer": Rule(_RECORDS, ("POST",)),
    "thing-withdraw": Rule(_RECORDS, ("POST",)),
    "thing-dossier": Rule(_RECORDS, ("POST",), fresh=True),
    "thing-verify": Rule(_RECORDS, ("POST",)),
    "matching": Rule(_MATCHERS),
    "matching-begin": Rule(_MATCHERS, ("POST",)),
    "matching-judge": Rule(_MATCHERS, ("POST",)),
    "matching-undo": Rule(_MATCHERS, ("POST",)),
    "matching-stop": Rule(_MATCHERS, ("POST",)),
    "matching-agreement": Rule(_MATCHERS),
    "reading": Rule(_RECORDS),
    "reading-file": Rule(_RECORDS, ("POST",)),
    "reading-list": Rule(_RECORDS, ("GET", "POST")),
    "reading-preview": Rule(_RECORDS, ("POST",)),
    "reading-chat": Rule(_RECORDS, ("GET", "POST")),
    "reading-statement": Rule(_RECORDS, ("GET", "POST")),
    "claims": Rule(_RECORDS),
    "file": Rule(_RECORDS),
    "file-decide": Rule(_RECORDS, ("POST",)),
    "file-accept-safe": Rule(_RECORDS, ("POST",)),
    "file-say": Rule(_RECORDS, ("POST",)),
    "intake": Rule(_CASES, ("GET", "POST")),
    "case-numbers": Rule(_LENT),
    "case-risk": Rule(_CASES, ("GET", "POST")),
    "case-risk-proposal": Rule(_CASES, ("POST",)),
    "case-safety": Rule(_LENT),
    "case-safety-keep": Rule(_CASES, ("POST",)),
    "case-receipt": Rule(_CASES),
    "case-consents": Rule(_CASES, ("GET", "POST")),
    "case-refer": Rule(_CASES, ("GET", "POST")),
    "case-referrals": Rule(_CASES),
    "case-referral-step": Rule(_CASES, ("POST",), fresh=True),
    "case-referral-send": Rule(_CASES, ("POST",), fresh=True),
    "referrals": Rule(_CASES),
    "referral-answer": Rule(_CASES, ("POST",)),
    "incoming": Rule(_CASES, ("GET", "POST")),
    "incoming-key": Rule(_CASES, ("POST",)),
    "incoming-step": Rule(_CASES, ("POST",), fresh=True),
    "incoming-answer": Rule(_CASES, ("POST",)),
    "cases": Rule(_LENT),
    "cases-week": Rule(_LENT),
    "cases-calendar": Rule(_CASES, ("POST",)),
    "cases-hand-over": Rule(_CASES, ("GET", "POST")),
    "cases-lend": Rule(_CASES, ("GET", "POST"), fresh=True),
    "cases-lend-end": Rule(_CASES, ("POST",)),
    "case": Rule(_LENT),
    "case-household": Rule(_LENT),
    "case-member": Rule(_CASES, ("POST",)),
    "case-track": Rule(_CASES, ("POST",)),
    "case-step": Rule(_CASES, ("POST",)),
    "case-take-back": Rule(_CASES, ("POST",)),
    "case-facts": Rule(_CASES, ("POST",)),
    "case-hearing": Rule(_CASES, ("POST",)),
    "case-order": Rule(_CASES, ("POST",)),
    "case-task": Rule(_CASES, ("POST",)),
    "case-paper": Rule(_CASES, ("POST",)),
    "case-note": Rule(_CASES, ("POST",)),
    "case-representation": Rule(_CASES, ("POST",)),
    "case-party": Rule(_CASES, ("POST",)),
    "case-conflicts": Rule(_CASES, ("POST",)),
    "partners": Rule(_CASES),
    "partners-keep": Rule(_CASES, ("POST",)),
    "partners-status": Rule(_CASES, ("POST",)),
    "clocks": Rule(_LENT),
    "account": Rule(_ANY),
    "account-passphrase": Rule(_ANY, ("POST",), fresh=True),
    "account-app": Rule(_ANY, ("GET", "POST")),
    "account-key-options": Rule(_ANY, ("POST",)),
    "account-key": Rule(_ANY, ("POST",)),
    "account-factor-remove": Rule(_ANY, ("POST",), fresh=True),
}


def allowed(route: str, roles: Collection[str]) -> bool:
    """Whether somebody with these roles may call the route."""
    rule = ROUTES.get(route, NOBODY)
    return rule.public or bool(rule.roles & set(roles))
