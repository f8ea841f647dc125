"""What can be said in a case: one small struct a kind. Days are EDTF text; ids are drawn. No Django.

A thing said again under its id supersedes what was said before; the earlier entry stays.
"""

from __future__ import annotations

import msgspec

Fact = str | bool | list[dict[str, str]]


class Said(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="what"):
    """Anything written in a case."""


class Thing(Said, frozen=True):
    """Something that keeps its id when it is said anew."""

    id: str


class Opening(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How a case began. `label` is what it is called aloud: never a name of the family."""

    label: str = ""
    opened_on: str = ""


class Member(Thing, frozen=True):
    """Somebody of the household, as told. None: not asked yet. `record` is their record in the register."""

    name: str = ""
    aliases: tuple[str, ...] = ()
    born: str = ""
    identity: str = ""  # the number of a national document
    relation: str = "principal"
    dependent: bool | None = None
    at_risk: bool | None = None
    knows: bool | None = None  # of the threat, and that there is a file
    travels_with: str = ""  # a member they must not be parted from
    record: str = ""
    status: str = ""  # their own, before the law: `rules.STATUSES`
    left: str = ""  # the day they left the household
    note: str = ""


class Track(Thing, frozen=True):
    """One way to safety that is tried, for some of the household. `starts` is the stage it was found in."""

    kind: str
    members: tuple[str, ...]
    starts: str
    since: str
    programme: str = ""
    partner: str = ""
    processing: str = ""  # processing priority, and submission priority: two fields
    submission: str = ""
    categories: tuple[str, ...] = ()


class Step(Thing, frozen=True):
    """A track, or the case itself, reached a stage on a day. `outcomes`: member -> what was decided."""

    track: str
    to: str
    on: str
    facts: dict[str, Fact] = {}
    outcomes: dict[str, str] = {}
    why: str = ""


class TakenBack(Said, frozen=True):
    """A step that was written in error."""

    step: str
    why: str


class Facts(Said, frozen=True):
    """Days and yes/no that clocks read, of a track, under the names of `clocks`; later ones supersede."""

    track: str
    facts: dict[str, Fact]
    source: str = ""


class Hearing(Thing, frozen=True):
    """A hearing or appointment; without its day (`to_be_set`) it has a day to ask again."""

    track: str
    kind: str
    state: str
    on: str = ""
    time: str = ""
    place: str = ""
    control_on: str = ""
    notice_on: str = ""
    means: str = ""  # what missing it means, by the notice
    members: tuple[str, ...] = ()
    source: str = ""


class Order(Thing, frozen=True):
    """A judge's day in place of a rule's, or beside it: both are kept."""

    track: str
    fact: str  # the clocks' fact that it sets
    due: str
    ordered_on: str
    source: str
    hearing: str = ""


class Representation(Thing, frozen=True):
    """A legal representative; only a signed agreement opens the case to who works as a lawyer."""

    state: str
    name: str = ""
    handle: str = ""  # of a lawyer who works with the study
    partner: str = ""
    signed_on: str = ""
    until: str = ""
    why: str = ""


class Party(Thing, frozen=True):
    """Somebody on the other side of the case."""

    name: str
    role: str  # perpetrator, adverse
    source: str = ""


class ConflictCheck(Said, frozen=True):
    """A check whether a client stands on the other side anywhere; what was found, stands with who looked."""

    on: str
    found: int
    words: str = ""


class Task(Thing, frozen=True):
    """Something to be done by a day."""

    words: str
    due: str
    who: str
    state: str = "open"
    why: str = ""


class Paper(Said, frozen=True):
    """Where a document of a stage's checklist stands."""

    track: str
    document: str
    state: str  # have, asked, missing
    on: str = ""


class Caseload(Said, frozen=True):
    """Who works on the case."""

    worker: str
    why: str = ""


class Note(Thing, frozen=True):
    """Words on the case; among lawyers where the entry lies with them."""

    words: str
    on: str = ""


class Assessed(Said, frozen=True):
    """What a person decided on a risk. Answers: factor -> yes, no, unknown; days are ISO."""

    answers: dict[str, str]
    level: str
    review: str
    proposed: str = ""  # empty where nothing was answered
    reason: str = ""


class Protocol(Said, frozen=True):
    """How to speak with the family without harm; `every` so many days."""

    channel: str
    every: int
    address: str = ""
    hours: str = ""
    code_word: str = ""
    language: str = ""
    neutral: str = ""  # what to say if somebody else answers
    safe_now: bool | None = None


class Call(Said, frozen=True):
    """One contact, or the attempt."""

    day: str
    result: str
    words: str = ""


class SafetyPlan(Said, frozen=True):
    """Measures by code, the person's own words, and who is told if something happens."""

    measures: tuple[str, ...] = ()
    words: str = ""
    contact: str = ""


class Referral(Thing, frozen=True):
    """What is to go to a partner, as somebody proposed it; `digest` is of the lines that leave.

    `left_out` are (member, field) that who proposed does not send.
    """

    partner: str
    form: str
    language: str
    digest: str
    lines: int
    left_out: tuple[tuple[str, str], ...] = ()
    words: str = ""


class ReferralStep(Said, frozen=True):
    """What became of a referral. A step that sent keeps what opens the partner's sealed answer."""

    referral: str
    verb: str
    words: str = ""
    secret: str = ""
    mark: str = ""


class Inbox(Said, frozen=True):
    """The age secret key to which partners seal what they refer. Said of the organisation, not of a case."""

    secret: str


class Received(Thing, frozen=True):
    """A sheet that came in from a partner, to the letter; it waits for a second person."""

    partner: str
    sheet: str


class ReceivedStep(Said, frozen=True):
    """What became of a sheet that came in, and what answers it once the sheet itself is gone."""

    received: str
    verb: str
    partner: str
    referral: str
    answer_to: str
    mark: str
    words: str = ""
    case: str = ""


class Partner(Thing, frozen=True):
    """An organisation or office that cases go to. Said of the organisation, not of a case.

    `key` is the age public key to which what goes to them is sealed.
    """

    name: str
    kind: str = ""
    country: str = ""
    contact: str = ""
    tracks: tuple[str, ...] = ()
    until: str = ""
    note: str = ""
    key: str = ""


class ProgrammeStatus(Said, frozen=True):
    """How a programme stood from a day on, by a source that was looked at on a day."""

    programme: str
    state: str
    since: str
    source: str
    checked_on: str
    check_again: str = ""
    note: str = ""


Anything = (
    Member
    | Track
    | Step
    | TakenBack
    | Facts
    | Hearing
    | Order
    | Representation
    | Party
    | ConflictCheck
    | Task
    | Paper
    | Caseload
    | Note
    | Assessed
    | Protocol
    | Call
    | SafetyPlan
    | Referral
    | ReferralStep
    | Inbox
    | Received
    | ReceivedStep
    | Partner
    | ProgrammeStatus
)
