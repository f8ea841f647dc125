"""Purposes, consents and what is due: tables and plain functions. No Django."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple, get_args

from amparo.errors import AmparoError

# Why identities are opened.
OTHER = "other"
PURPOSES = (
    "review",  # checking what a list says
    "case",  # work on a person's way to safety
    "referral",  # handing over to somebody who helps
    "correction",  # putting an error right
    "request",  # the person themself asked
    OTHER,  # said in words
)
# What a person consents to.
Use = Literal["case", "referral", "statistics", "publication"]
USES: tuple[Use, ...] = get_args(Use)
Decision = Literal["given", "refused", "withdrawn"]
DECISIONS: tuple[Decision, ...] = get_args(Decision)


class Purpose(NamedTuple):
    """Why identities are opened: a code of `PURPOSES`, and words for what the code does not say."""

    code: str
    words: str = ""


class Statement(NamedTuple):
    """What was said on a use, by its order among all statements.

    One that names a `recipient` is said of that one alone; `withheld` are fields that do not go to them.
    """

    order: int
    decision: str
    until: date | None
    recipient: str = ""
    withheld: tuple[str, ...] = ()


# What a recipient may be told by the person's own words.
Sharing = Literal["given", "none", "refused", "withdrawn", "expired"]


class Shared(NamedTuple):
    """What stands of somebody's words on one recipient: the state, its last day, and the fields kept back."""

    state: Sharing
    until: date | None = None
    withheld: tuple[str, ...] = ()


def check_purpose(purpose: Purpose) -> None:
    """Raise `care.unknown_purpose`, or `care.purpose_words` where "other" stands alone."""
    if purpose.code not in PURPOSES:
        raise AmparoError("care.unknown_purpose", purpose=purpose.code, purposes=list(PURPOSES))
    if purpose.code == OTHER and not purpose.words.strip():
        raise AmparoError("care.purpose_words")


def check_consent(use: str, decision: str, until: date | None) -> None:
    """Raise `care.unknown_use`, `care.unknown_decision`, or `care.no_until` for a refusal with a last day."""
    if use not in USES:
        raise AmparoError("care.unknown_use", use=use, uses=list(USES))
    if decision not in DECISIONS:
        raise AmparoError("care.unknown_decision", decision=decision, decisions=list(DECISIONS))
    if until is not None and decision != "given":
        raise AmparoError("care.no_until")


def standing(statements: Iterable[Statement], today: date) -> str | None:
    """What stands of a person's statements on one use: the newest; None where nothing does.

    A consent past its last day is no consent; a refusal stands until something else is said.
    """
    newest = max(statements, default=None)
    if newest is None or (newest.until is not None and newest.until < today):
        return None
    return newest.decision


def shared(statements: Iterable[Statement], recipient: str, today: date) -> Shared:
    """What stands for one recipient. A yes in general names nobody, and so lets nothing leave.

    A no in general, or its withdrawal, ends every yes before it; a later yes to this recipient stands.
    """
    bearing = [
        line
        for line in statements
        if line.recipient == recipient or (not line.recipient and line.decision != "given")
    ]
    newest = max(bearing, key=lambda line: line.order, default=None)
    if newest is None:
        return Shared("none")
    if newest.decision != "given":
        return Shared("withdrawn" if newest.decision == "withdrawn" else "refused")
    if newest.until is not None and newest.until < today:
        return Shared("expired", newest.until)
    return Shared("given", newest.until, newest.withheld)


def left_out(
    persons: Mapping[str, int], statements: Mapping[str, Sequence[Statement]], today: date
) -> set[int]:
    """Persons who said no to a use, by `persons` (record -> person) and what was said on each record.

    Without a word a record is used: most lists come without any.
    """
    said: dict[int, list[Statement]] = {}
    for record, lines in statements.items():
        if record in persons:
            said.setdefault(persons[record], []).extend(lines)
    return {person for person, lines in said.items() if standing(lines, today) in ("refused", "withdrawn")}


def closure(starts: Iterable[str], links: Iterable[tuple[str, str | None]]) -> Iterator[set[str]]:
    """For each start the records that corrections tie to it: (record, its successor) pairs, both ways."""
    near: dict[str, set[str]] = {}
    for old, new in links:
        if new is not None:
            near.setdefault(old, set()).add(new)
            near.setdefault(new, set()).add(old)
    seen: set[str] = set()
    for start in starts:
        if start in seen:
            continue
        found, waiting = {start}, [start]
        while waiting:
            fresh = near.get(waiting.pop(), set()) - found
            found |= fresh
            waiting += fresh
        seen |= found
        yield found
