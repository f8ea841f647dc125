"""What leaves with a referral and why, and the way a referral goes: tables and plain functions. No Django.

The lines of a sheet are the one account of what leaves: the screen shows them, the second person approves
their digest, and the package is made of those that go.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, get_args

import msgspec

from amparo.errors import AmparoError, Word
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


# Of a sheet that a partner sent: where it stands, and which verb leads where.
Arrival = Literal["received", "admitted", "turned_away", "withdrawn"]
ARRIVALS: tuple[Arrival, ...] = get_args(Arrival)
Admission = Literal["admit", "turn_away", "withdraw"]
ADMISSIONS: tuple[Admission, ...] = get_args(Admission)
ADMITTING: dict[Arrival, dict[Admission, Arrival]] = {
    "received": {"admit": "admitted", "turn_away": "turned_away", "withdraw": "withdrawn"},
    "admitted": {},
    "turned_away": {},
    "withdrawn": {},
}
SECOND_TO_ADMIT: frozenset[Admission] = frozenset({"admit", "turn_away"})


# A value to be told of somebody: its parts as (family, value), where a part that is a code names its family.
Told = tuple[tuple[str, str], ...]


class Whom(NamedTuple):
    """Somebody on the file: `person` or a member's id, and whether they know of the file."""

    id: str
    aware: bool = True


class Permission(msgspec.Struct, frozen=True):
    """Under whose consent lines leave, and its last day (ISO; empty for none)."""

    whom: str
    until: str = ""


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
    """Where a verb leads.

    Raises `referrals.not_now` with the verbs that would be needed first, or `referrals.too_late` where none
    lead there any more.
    """
    for known, ways in TRANSITIONS.items():
        for each, to in ways.items():
            if (known, each) == (state, verb):
                return to
    raise refused(state, verb)


def refused(state: str, verb: str) -> AmparoError:
    """Why a verb cannot be used in a state, and what would be needed."""
    ways = next((ways for known, ways in TRANSITIONS.items() if known == state), {})
    said = {
        "state": Word("referral_state", state),
        "verb": Word("referral_verb", verb),
        "may": [Word("referral_verb", each) for each in ways],
    }
    first = _first(state, verb)
    if not first:
        return AmparoError("referrals.too_late", **said)
    return AmparoError("referrals.not_now", **said, first=[Word("referral_verb", each) for each in first])


def _first(state: str, verb: str) -> list[Verb]:
    """The verbs on the shortest way to a state in which the verb can be used; empty where there is none."""
    waiting: list[tuple[str, list[Verb]]] = [(state, [])]
    for at, before in waiting:  # no way comes back to a state, so this ends
        for known, ways in TRANSITIONS.items():
            if known == at:
                if before and verb in ways:
                    return before
                waiting += [(to, [*before, each]) for each, to in ways.items()]
    return []


def check_step(state: str, verb: str, actor: str, proposed_by: str, words: str) -> State:
    """Where a step leads. Raises as `next_state`, `referrals.second_person`, `care.no_reason`."""
    to = next_state(state, verb)
    if verb in SECOND_PERSON and actor == proposed_by:
        raise AmparoError("referrals.second_person")
    if verb in TAKES_WORDS and not words.strip():
        raise AmparoError("care.no_reason")
    return to


def check_admission(state: str, verb: str, actor: str, brought_by: str, words: str) -> Arrival:
    """Where a verb leads a sheet that came in.

    Raises `referrals.not_admitting` with what may be done instead, `referrals.second_admits`,
    `care.no_reason` where words are missing.
    """
    may = next((ways for known, ways in ADMITTING.items() if known == state), {})
    for each, to in may.items():
        if each == verb:
            if verb in SECOND_TO_ADMIT and actor == brought_by:
                raise AmparoError("referrals.second_admits")
            if verb != "admit" and not words.strip():
                raise AmparoError("care.no_reason")
            return to
    raise AmparoError(
        "referrals.not_admitting",
        state=Word("arrival", state),
        verb=Word("admission", verb),
        may=[Word("admission", each) for each in may],
    )
