"""What a reader proposes: one value of one thing, with the passage it stands in. A person decides.

A thing (`entity`) has an id that is unique in its document: its kind, a dash, a number (`person-1`, `act-2`).
Several proposals with the same `entity` and different `field` describe it. Fields, and how the value of each
is written, stand in `vocabulary/data/model.yml`: a code of a list, EDTF, a quantity, a name, or the id of
another entity of the same document (`act-1`'s `victim` is `person-1`).
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from amparo.intake.passages import Document, Passage, is_found

Kind = Literal[
    "person",  # a victim or witness, or a speaker: `person_kind` says which
    "event",  # a place and time at which acts happened together
    "act",  # one type of act against one victim
    "involvement",  # who is said to have done an act
    "information",  # who told of it, and how they know
    "intervention",  # who was asked to do something, and the answer
    "actor",  # a group, force, institution
    "relation",  # between two actors
    "figure",  # a published quantity
    "quotation",  # words of somebody, verbatim
    "threat",
    "displacement",  # one step of a flight
    "exposure",  # an event that made somebody known to those who hunt them
    "context",  # a law, a truce, a policy
]
KINDS: tuple[Kind, ...] = get_args(Kind)

# `restricted` stays out of tables and packages; `lawyers` goes to the lawyers' compartment at once;
# `never_release` stays in the study whoever asks.
Restriction = Literal["none", "restricted", "lawyers", "never_release"]
RESTRICTIONS: tuple[Restriction, ...] = get_args(Restriction)


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """One value that a reader proposes.

    `certainty` is a code of the list `certainty`; `asserted_by` is who says so within the text, in its words
    ("the Government Accountability Office"), None where the text itself does. `notes` are codes of the list
    `note`, such as `reidentification_risk`. `rule` names the rule that proposed it.
    """

    entity: str
    kind: Kind
    field: str
    value: str
    certainty: str = "stated"
    asserted_by: str | None = None
    passage: Passage
    restriction: Restriction = "none"
    notes: tuple[str, ...] = ()
    rule: str = ""


def unfounded(document: Document, proposals: tuple[Proposal, ...]) -> tuple[Proposal, ...]:
    """Proposals whose quotation does not stand in the document at the place they name."""
    return tuple(each for each in proposals if not is_found(document, each.passage))
