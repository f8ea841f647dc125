"""How each route of the desk is asked: what its argument may name, and what its form sends.

To add a route: a line in `desk.access.ROUTES`, its argument's name in `ARGUMENTS` with the things of
`office.PLANTED` that it may name, its form in `FORMS`. In a form `{record}` stands for the id of a record: of
one's own, of another compartment, of nobody; so for every thing of `office.PLANTED`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import office
from django.urls import URLPattern

from amparo.desk.access import ROUTES
from amparo.desk.urls import urlpatterns

# Argument of a route -> the things it may name.
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "of": ("record", "act", "person"),
    "file": ("file",),
    "case": ("case",),
}

# Forms of the routes that take POST. They are as a page makes them but for one fault where the deed itself
# would end the test's own office (a short passphrase, a bad handle): a refusal in words is an answer.
FORMS: dict[str, dict[str, str]] = {
    "begin": {"step": "counted"},
    "shares": {},
    "signin": {"passphrase": "corta"},
    "signout": {},
    "lock": {},
    "language": {"language": "en", "back": "/"},
    "signin-key-options": {},
    "signin-key": {},
    "recover": {"handle": "owner", "first": "no share"},
    "factor": {"code": "000000"},
    "factor-key-options": {},
    "factor-key": {},
    "draft": {"draft_place": "thing:{record}", "value": "typed"},
    "people-invite": {"handle": "!", "role": "documents", "compartment": "{compartment}"},
    "people-roles": {"handle": "nobody-here", "role": "documents"},
    "people-remove": {"handle": "nobody-here"},
    "people-reset": {"handle": "nobody-here"},
    "people-join": {"compartment": "{compartment}", "handle": "nobody-here"},
    "people-leave": {"compartment": "{compartment}", "handle": "nobody-here"},
    "register-purpose": {"purpose": "review", "back": "/"},
    "register-search": {"text": "{name}"},
    "thing-say": {"field": "alias", "value": "Apodo", "told_by": "vecina", "told": "2016-05-04"},
    "thing-prefer": {"claim": "{claim}", "reason": "because"},
    "thing-withdraw": {"claim": "{claim}", "reason": "because"},
    "thing-dossier": {"to": "owner"},
    "thing-verify": {"state": "verified", "reason": "because"},
    "matching-begin": {"number": "3"},
    "matching-judge": {"record": "{record}", "verdict": "same"},
    "matching-undo": {},
    "matching-stop": {},
    "reading-file": {"source": "lista-nueva"},
    "reading-list": {},
    "reading-preview": {},
    "reading-chat": {},
    "reading-statement": {"told_by": "vecina", "told": "2016-05-04", "text": ""},
    "file-decide": {"suggestion": "{suggestion}", "all": "later"},
    "file-accept-safe": {},
    "file-say": {"quote": "Synthetic", "of": "{act}", "field": "act.place", "value": "Sonsonate"},
    "intake": {"person_given": "Fulana"},
    "case-risk": {"level": "high", "reason": "because"},
    "case-risk-proposal": {"attacked": "yes"},
    "case-safety-keep": {"what": "call", "result": "reached"},
    "case-consents": {"record": "{record}", "use": "case", "decision": "given"},
    "case-refer": {"partner": "partner-0000000000", "form": "unhcr_referral", "do": "propose"},
    "case-referral-step": {"referral": "referral-0000000000", "verb": "withdraw", "words": "because"},
    "case-referral-send": {"referral": "referral-0000000000"},
    "referral-answer": {},
    "incoming": {"partner": "partner-0000000000"},
    "incoming-key": {},
    "incoming-step": {"received": "received-0000000000", "verb": "withdraw", "words": "because"},
    "incoming-answer": {"received": "received-0000000000"},
    "cases-calendar": {},
    "cases-hand-over": {"case": "{case}", "to": "cases", "why": "because"},
    "cases-lend": {"case": "{case}", "to": "volunteer", "until": "soon", "why": "because"},
    "cases-lend-end": {"lending": "0"},
    "case-member": {"name": "Alguien Inventado", "relation": "child"},
    "case-track": {"kind": "elsewhere", "members": "m-1"},
    "case-step": {"track": "t-1", "to": "planned"},
    "case-take-back": {"track": "t-1", "why": "because"},
    "case-facts": {"track": "t-1", "fact-arrival_date": "2026-01-02"},
    "case-hearing": {"track": "t-1", "kind": "other", "state": "to_be_set"},
    "case-order": {
        "track": "t-1",
        "fact": "judge_order_due",
        "due": "2026-12-01",
        "ordered_on": "2026-11-01",
    },
    "case-task": {"words": "llamar", "due": "2027-01-04"},
    "case-paper": {"track": "t-1", "document": "safety_plan", "state": "have"},
    "case-note": {"words": "una nota"},
    "case-representation": {"state": "asked", "name": "Una clínica"},
    "case-party": {"name": "Otro Supuesto", "role": "adverse"},
    "case-conflicts": {},
    "partners-keep": {"name": "Oficina", "kind": "un"},
    "partners-status": {"programme": "usrap", "state": "open", "since": "2026-11-01"},
    "account-passphrase": {"new": "corta", "again": "corta"},
    "account-app": {"code": "000000"},
    "account-key-options": {},
    "account-key": {},
    "account-factor-remove": {"factor": "0"},
}
PATTERNS = {pattern.name: pattern for pattern in urlpatterns if isinstance(pattern, URLPattern)}


class Ask(NamedTuple):
    """One request of a row: `place` says where what it names lies."""

    method: str
    path: str
    form: Mapping[str, str]
    place: str
    named: str  # the thing in the address; empty for none
    lies: bool  # whether what it names lies in a compartment at all


def asks(route: str, planted: Mapping[str, Mapping[str, str]]) -> Iterator[Ask]:
    """Every request of a route: each method, each thing it may name, each place where that may lie."""
    pattern = PATTERNS[route].pattern
    things: tuple[str, ...] = ("",)
    for argument in pattern.converters:
        things = ARGUMENTS[argument]
    for method in ROUTES[route].methods:
        form = FORMS[route] if method == "POST" else {}
        for thing in things:
            lies = bool(thing) or any("{" in value for value in form.values())
            for place in office.PLACES if lies else ("own",):
                said = {name: value.format(**planted[place]) for name, value in form.items()}
                path = "/" + re.sub(r"<[^>]+>", planted[place].get(thing, ""), str(pattern))
                yield Ask(method, path, said, place, thing, lies)
