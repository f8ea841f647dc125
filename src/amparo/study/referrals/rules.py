"""What leaves with a referral and why, and the way a referral goes: tables and plain functions. No Django.

The lines of a sheet are the one account of what leaves: the screen shows them, the second person approves
their digest, and the package is made of those that go.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, get_args

import msgspec

from amparo.errors import AmparoError
from amparo.study.care.rules import Shared
from amparo.vocabulary.forms import forms

PERSON = "person"  # whom the file is of; members have ids of their own
State = Literal["proposed", "approved", "rejected", "sent", "accepted", "declined", "revoked", "withdrawn"]
STATES: tuple[State, ...] = get_args(State)
Verb = Literal["approve", "reject", "withdraw", "send", "accept", "decline", "revoke"]
VERBS: tuple[Verb, ...] = get_args(Verb)

# From which state which verb leads where. What is not here is refused.
TRANSITIONS: dict[State, dict[Verb, State]] = {
    "proposed": {"approve": "approved", "reject": "rejected", "withdraw": "withdrawn"},
    "approved": {"send": "sent", "withdraw": "withdrawn"},
    "rejected": {},
    "sent": {"accept": "accepted", "decline": "declined", "revoke": "revoked"},
    "accepted": {"revoke": "revoked"},
    "declined": {"revoke": "revoked"},
    "revoked": {},
    "withdrawn": {},
}
# What only somebody else than who proposed may do.
SECOND_PERSON: frozenset[Verb] = frozenset({"approve", "reject"})
# What takes words: why not, or what the partner said.
TAKES_WORDS: frozenset[Verb] = frozenset({"reject", "withdraw", "decline", "revoke"})

# Claims that go into no package, whoever asks (claims.packing holds to the same).
Why = Literal[
    "consent",  # goes: the person agreed
    "none",  # nobody asked for this recipient
    "refused",
    "withdrawn",
    "expired",
    "withheld",  # the person kept this field back
    "unaware",  # the member does not know of the file
    "left_out",  # who proposes does not send it
    "unknown",  # there is no value
]


# A value to be told of somebody: its parts as (family, value), where a part that is a code names its family.
Told = tuple[tuple[str, str], ...]


class Whom(NamedTuple):
    """Somebody on the file: `person` or a member's id, and whether they know of the file."""

    id: str
    aware: bool = True


class Line(msgspec.Struct, frozen=True):
    """One field of one person: the value, whether it leaves, and why or why not."""

    whom: str
    field: str
    value: Told
    goes: bool
    why: Why


def sheet(
    form: str,
    people: Sequence[Whom],
    told: Mapping[tuple[str, str], Sequence[Told]],
    consents: Mapping[str, Shared],
    left_out: Collection[tuple[str, str]] = (),
) -> tuple[Line, ...]:
    """Every field of the form for everybody on the file.

    `told` is by (whom, origin) and `consents` by whom, where what the file tells as a whole falls under the
    person's own. Nothing of anybody leaves where the person's own consent does not stand. Raises
    `referrals.unknown_form`.
    """
    if form not in forms():
        raise AmparoError("referrals.unknown_form", form=form, forms=list(forms()))
    lines = []
    for part, whoms in (("case", people[:1]), ("person", people[:1]), ("member", people[1:])):
        for whom in whoms:
            for name, field in forms()[form].fields.items():
                if field.part == part:
                    why = _why(whom, name, consents, left_out)
                    lines += _lines(whom, name, told.get((whom.id, field.of), ()), why)
    return tuple(lines)


def _lines(whom: Whom, name: str, values: Sequence[Told], why: Why) -> Iterator[Line]:
    if not values:
        yield Line(whom.id, name, (), goes=False, why="unknown")
    for each in values:
        yield Line(whom.id, name, each, goes=why == "consent", why=why)


def _why(whom: Whom, name: str, consents: Mapping[str, Shared], left_out: Collection[tuple[str, str]]) -> Why:
    own = consents.get(PERSON, Shared("none"))
    for said in (own, consents.get(whom.id, Shared("none"))):
        if said.state != "given":
            return said.state
        if name in said.withheld:
            return "withheld"
    if not whom.aware:
        return "unaware"
    return "left_out" if (whom.id, name) in left_out else "consent"


def leaving(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The lines that leave."""
    return tuple(line for line in lines if line.goes)


def digest(form: str, partner: str, key: str, lines: Iterable[Line]) -> str:
    """SHA-256 over all that leaves, to whom and under which of their keys: what a second person approves."""
    return hashlib.sha256(msgspec.json.encode((form, partner, key, leaving(lines)))).hexdigest()


def next_state(state: str, verb: str) -> State:
    """Where a verb leads. Raises `referrals.not_now` with what may be done instead."""
    for known, ways in TRANSITIONS.items():
        for each, to in ways.items():
            if (known, each) == (state, verb):
                return to
    may = [each for known, ways in TRANSITIONS.items() if known == state for each in ways]
    raise AmparoError("referrals.not_now", state=state, verb=verb, may=may)


def check_step(state: str, verb: str, actor: str, proposed_by: str, words: str) -> State:
    """Where a step leads. Raises as `next_state`, `referrals.second_person`, `care.no_reason`."""
    to = next_state(state, verb)
    if verb in SECOND_PERSON and actor == proposed_by:
        raise AmparoError("referrals.second_person")
    if verb in TAKES_WORDS and not words.strip():
        raise AmparoError("care.no_reason")
    return to
