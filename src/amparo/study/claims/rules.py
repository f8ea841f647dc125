"""Which claims stand, which value is preferred and why, and whether an act is verified. No Django.

Everything is a function of the claims and rulings there are: nothing is overwritten, and what stood at an
earlier time is the same function of what was there then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Literal, NamedTuple

import msgspec

from amparo.intake.passages import Passage
from amparo.intake.proposals import Kind, Proposal, Restriction

# Kinds of persons who speak in public for others: they get no record, and so never enter linkage or counts.
PUBLIC = frozenset({"public_speaker", "official", "expert", "journalist"})
# Notes that ask for a person's eye on each suggestion, and accusations: not accepted in bulk.
GRAVE_NOTES = frozenset({"reidentification_risk", "minor", "admission", "inferred", "pseudonymous"})
GRAVE_KINDS = frozenset({"involvement"})
# How sure a claim is, the surest first (list `certainty`).
SUREST = ("documented", "stated", "likely", "approximate", "possible", "unlikely", "unknown")
# What may be said of an act by a second person (list `verification`, but for `unverified`).
VERIFICATIONS = ("verified", "disputed", "rejected")
Verb = Literal["prefer", "withdraw", "verified", "disputed", "rejected"]
Outcome = Literal["accepted", "edited", "rejected"]


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a claim says, as it is sealed. `supersedes` names claims; `reason` says why it does."""

    kind: Kind
    field: str
    value: str
    certainty: str = "stated"
    asserted_by: str | None = None
    passage: Passage | None = None
    restriction: Restriction = "none"
    notes: tuple[str, ...] = ()
    rule: str = ""
    supersedes: tuple[str, ...] = ()
    reason: str = ""


class Ruled(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a ruling says, as it is sealed: of which field and claim or ruling, and the claims it rests on."""

    verb: Verb
    field: str = ""
    target: str = ""
    reason: str
    seen: tuple[str, ...] = ()


class Opened(NamedTuple):
    """A claim as its reader has it. `file` is the number of its source file, None where there is none.

    A mapped cell is a claim too, `implicit`: its id is the record's, `#` and the field.
    """

    id: str
    of: str
    at: str  # ISO 8601
    by: str
    file: int | None
    compartment: str
    said: Value
    implicit: bool = False


class OpenedRuling(NamedTuple):
    """A ruling as its reader has it."""

    id: str
    of: str
    at: str
    by: str
    compartment: str
    said: Ruled


class Standing(NamedTuple):
    """What became of claims, by the claim or ruling that ended them: those not here stand."""

    superseded: dict[str, str]
    withdrawn: dict[str, str]
    rulings: tuple[OpenedRuling, ...]  # those that stand, oldest first

    def stands(self, claim: str) -> bool:
        """Whether a claim stands."""
        return claim not in self.superseded and claim not in self.withdrawn


class Preferred(NamedTuple):
    """The value among those that stand, the code of why, and the ruling that chose it.

    `why` is `chosen` (somebody chose it), `only`, `agreed` (all say the same), `surest`, or `first` (as sure
    as another, and there before).
    """

    claim: Opened
    why: str
    ruling: OpenedRuling | None
    contested: bool


def implicit_id(record: str, field: str) -> str:
    """What the claim of a mapped cell is called."""
    return f"{record}#{field}"


def standing(claims: Iterable[Opened], rulings: Iterable[OpenedRuling]) -> Standing:
    """What became of each claim. A withdrawal can be withdrawn itself, and what it ended stands again."""
    withdrawn: dict[str, str] = {}
    kept: list[OpenedRuling] = []
    for ruling in sorted(rulings, key=_order, reverse=True):
        if ruling.id in withdrawn:
            continue
        kept.append(ruling)
        if ruling.said.verb == "withdraw":
            withdrawn[ruling.said.target] = ruling.id
    superseded: dict[str, str] = {}
    for claim in sorted(claims, key=_order):
        if claim.id not in withdrawn:
            superseded |= dict.fromkeys(claim.said.supersedes, claim.id)
    return Standing(superseded, withdrawn, tuple(reversed(kept)))


def by_field(claims: Iterable[Opened]) -> dict[tuple[str, str], list[Opened]]:
    """Claims by thing and field, in their order."""
    found: dict[tuple[str, str], list[Opened]] = defaultdict(list)
    for claim in claims:
        found[claim.of, claim.said.field].append(claim)
    return dict(found)


def preferred(claims: Sequence[Opened], state: Standing) -> Preferred | None:
    """The preferred one of the claims on one field; None where none of them stands."""
    candidates = sorted((claim for claim in claims if state.stands(claim.id)), key=_rank)
    if not candidates:
        return None
    contested = len({claim.said.value for claim in candidates}) > 1
    known = {claim.id: claim for claim in candidates}
    for ruling in reversed(state.rulings):
        if ruling.said.verb == "prefer" and ruling.said.target in known:
            return Preferred(known[ruling.said.target], "chosen", ruling, contested)
    first = candidates[0]
    if len(candidates) == 1:
        why = "only"
    elif not contested:
        why = "agreed"
    else:
        others = [claim for claim in candidates if claim.said.value != first.said.value]
        why = "surest" if _sure(first) < min(map(_sure, others)) else "first"
    return Preferred(first, why, None, contested)


def verification(claims: Iterable[Opened], state: Standing, of: str) -> tuple[str, OpenedRuling | None]:
    """The state of an act, with the ruling that gave it.

    A ruling holds while the claims stand that it was made on, no other: a claim that comes after makes the
    act unverified again. Claims in other compartments than the ruling's say nothing to it.
    """
    mine = [claim for claim in claims if claim.of == of and state.stands(claim.id)]
    for ruling in reversed(state.rulings):
        if ruling.of == of and ruling.said.verb in VERIFICATIONS:
            seen = {claim.id for claim in mine if claim.compartment == ruling.compartment}
            return (ruling.said.verb, ruling) if seen == set(ruling.said.seen) else ("unverified", None)
    return "unverified", None


def is_second(handle: str, authors: Collection[str]) -> bool:
    """Whether somebody may verify: nobody is the second person for what they wrote down themself."""
    return bool(authors) and handle not in authors


def is_safe(proposal: Proposal, rivals: Collection[str]) -> bool:
    """Whether a suggestion may be accepted with others at once: sure, open, contradicted by nothing."""
    return (
        proposal.restriction == "none"
        and proposal.certainty in ("documented", "stated")
        and proposal.kind not in GRAVE_KINDS
        and not GRAVE_NOTES & set(proposal.notes)
        and not rivals
    )


def _order(row: Opened | OpenedRuling) -> tuple[str, str]:
    return row.at, row.id


def _sure(claim: Opened) -> int:
    return SUREST.index(claim.said.certainty) if claim.said.certainty in SUREST else len(SUREST)


def _rank(claim: Opened) -> tuple[int, bool, str, str]:
    return _sure(claim), not claim.implicit, claim.at, claim.id
