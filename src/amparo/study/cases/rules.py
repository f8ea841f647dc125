"""Ways to safety as state machines: tables and plain functions. No Django.

A machine says which stage follows which, and what is to be known to enter one. Stages of UN resettlement
follow the UNHCR Resettlement Handbook (4.1-4.10), of asylum in the United States 8 CFR 208 and 1240.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from amparo.errors import AmparoError, Word

Moves = Mapping[str, tuple[str, ...]]


class Machine(NamedTuple):
    """Stages by what may follow each; what must be known to enter a stage; those in which somebody is safe,
    and those in which nothing is waited for.

    Needs are names of facts, of the track's own fields, or `on` (a whole day), `why`, `outcomes`.
    """

    first: str
    moves: Moves
    needs: Mapping[str, tuple[str, ...]] = {}
    safe: frozenset[str] = frozenset()
    rests: frozenset[str] = frozenset()

    @property
    def ends(self) -> frozenset[str]:
        """Stages that nothing follows."""
        return frozenset(stage for stage, following in self.moves.items() if not following)

    @property
    def starts(self) -> tuple[str, ...]:
        """Stages in which a way may be found when it is first told of: all that something follows."""
        return tuple(stage for stage, following in self.moves.items() if following)


_RESETTLEMENT = Machine(
    "identified",
    {
        "identified": ("needs_assessed", "withdrawn"),
        "needs_assessed": ("initially_reviewed", "withdrawn"),
        "initially_reviewed": ("interviewed", "withdrawn"),
        "interviewed": ("recommended", "withdrawn"),
        "recommended": ("under_review", "withdrawn"),
        "under_review": ("returned", "not_recommended", "submitted", "withdrawn"),
        "returned": ("recommended", "withdrawn"),
        "not_recommended": (),
        "submitted": ("with_state", "decided", "withdrawn"),
        "with_state": ("decided", "withdrawn"),
        "decided": ("decided", "submitted", "pending_departure", "denied"),
        "pending_departure": ("pre_departure", "withdrawn"),
        "pre_departure": ("departed", "withdrawn"),
        "departed": (),
        "denied": (),
        "withdrawn": (),
    },
    {
        "interviewed": ("on",),
        "not_recommended": ("why",),
        "submitted": ("on", "submission", "categories"),
        "decided": ("on", "outcomes"),
        "pending_departure": ("accepted",),
        "departed": ("on",),
        "withdrawn": ("why",),
    },
    frozenset({"departed"}),
)
_TRANSFER = Machine(
    "identified",
    {
        "identified": ("assessed", "withdrawn"),
        "assessed": ("presented", "withdrawn"),
        "presented": ("accepted", "refused", "withdrawn"),
        "accepted": ("transferred", "withdrawn"),
        "transferred": ("resettled", "settled", "withdrawn"),
        "refused": ("presented",),
        "resettled": (),
        "settled": (),
        "withdrawn": (),
    },
    {
        "presented": ("on",),
        "accepted": ("on",),
        "refused": ("on", "why"),
        "transferred": ("on",),
        "resettled": ("on",),
        "settled": ("on",),
        "withdrawn": ("why",),
    },
    frozenset({"transferred", "resettled", "settled"}),
)
_AFFIRMATIVE = Machine(
    "preparing",
    {
        "preparing": ("filed", "withdrawn"),
        "filed": ("biometrics_taken", "interview_set", "withdrawn"),
        "biometrics_taken": ("interview_set", "withdrawn"),
        "interview_set": ("interviewed", "withdrawn"),
        "interviewed": ("granted", "referred", "denied"),
        "granted": (),
        "referred": (),
        "denied": (),
        "withdrawn": (),
    },
    {
        "filed": ("on", "complete_application_received"),
        "biometrics_taken": ("on",),
        "interviewed": ("on",),
        "granted": ("on", "status_granted_on"),
        "referred": ("on",),
        "denied": ("on", "why"),
        "withdrawn": ("why",),
    },
    frozenset({"granted"}),
)
_DEFENSIVE = Machine(
    "served",
    {
        "served": ("master_set", "in_absentia"),
        "master_set": ("filed", "individual_set", "in_absentia", "withdrawn"),
        "filed": ("individual_set", "in_absentia", "withdrawn"),
        "individual_set": ("heard", "filed", "in_absentia", "withdrawn"),
        "heard": ("granted", "withholding", "cat", "denied"),
        "granted": ("appealed", "final_safe"),
        "withholding": ("appealed", "final_safe"),
        "cat": ("appealed", "final_safe"),
        "denied": ("appealed", "final_order"),
        "in_absentia": ("reopened", "final_order"),
        "appealed": ("remanded", "dismissed", "sustained"),
        "sustained": ("final_safe",),
        "remanded": ("individual_set", "heard"),
        "dismissed": ("petitioned", "final_order"),
        "petitioned": ("remanded", "final_order"),
        "reopened": ("master_set", "individual_set"),
        "final_order": ("reopened",),
        "final_safe": (),
        "withdrawn": (),
    },
    {
        "filed": ("on", "complete_application_received"),
        "heard": ("on",),
        "granted": ("on", "ij_order_date"),
        "withholding": ("on", "ij_order_date"),
        "cat": ("on", "ij_order_date"),
        "denied": ("on", "ij_order_date", "mode"),
        "in_absentia": ("on", "order_date"),
        "appealed": ("on",),
        "dismissed": ("on", "bia_decision_date"),
        "petitioned": ("on",),
        "final_order": ("on",),
        "withdrawn": ("why",),
    },
    frozenset({"granted", "withholding", "cat", "sustained", "final_safe"}),
)
_RELOCATION = Machine(
    "considered",
    {
        "considered": ("planned", "ruled_out"),
        "planned": ("moved", "ruled_out"),
        "moved": ("holding", "failed"),
        "holding": ("failed",),
        "failed": ("planned",),
        "ruled_out": ("considered",),
    },
    {
        "moved": ("on",),
        "holding": ("on",),
        "failed": ("on", "why"),
        "ruled_out": ("why",),
    },
    frozenset({"holding"}),
    frozenset({"failed", "ruled_out"}),
)
_ELSEWHERE = Machine(
    "considered",
    {
        "considered": ("applied", "withdrawn"),
        "applied": ("granted", "refused", "withdrawn"),
        "refused": ("appealed", "refused_finally"),
        "appealed": ("granted", "refused_finally", "withdrawn"),
        "granted": ("travelled", "withdrawn"),
        "travelled": (),
        "refused_finally": (),
        "withdrawn": (),
    },
    {
        "applied": ("on",),
        "granted": ("on",),
        "refused": ("on", "why"),
        "refused_finally": ("on", "why"),
        "travelled": ("on",),
        "withdrawn": ("why",),
    },
    frozenset({"travelled"}),
)
# Ways to safety; tried side by side.
TRACKS: dict[str, Machine] = {
    "resettlement": _RESETTLEMENT,
    "transfer": _TRANSFER,
    "us_affirmative": _AFFIRMATIVE,
    "us_defensive": _DEFENSIVE,
    "relocation": _RELOCATION,
    "elsewhere": _ELSEWHERE,
}
# What else of a case has stages.
OTHERS: dict[str, Machine] = {
    "case": Machine(
        "open",
        {"open": ("in_safety", "closed"), "in_safety": ("open", "closed"), "closed": ("open",)},
        {"in_safety": ("on",), "closed": ("on", "why"), "open": ("why",)},
        frozenset({"in_safety"}),
    ),
    "hearing": Machine(
        "to_be_set",
        {
            "to_be_set": ("to_be_set", "set", "cancelled"),
            "set": ("set", "held", "adjourned", "missed", "cancelled"),
            "adjourned": ("to_be_set", "set", "cancelled"),
            "held": (),
            "missed": (),
            "cancelled": (),
        },
        {"to_be_set": ("control_on",), "set": ("on",)},
    ),
    "representation": Machine(
        "asked",
        {"asked": ("agreed", "declined"), "agreed": ("ended",), "declined": (), "ended": ()},
        {"agreed": ("signed_on",), "ended": ("why",)},
    ),
    "task": Machine(
        "open", {"open": ("done", "dropped"), "done": ("open",), "dropped": ("open",)}, {"dropped": ("why",)}
    ),
}
MACHINES: dict[str, Machine] = {**TRACKS, **OTHERS}

# What was decided of one member of a track.
OUTCOMES = ("accepted", "denied", "deferred")
PRIORITIES = ("emergency", "urgent", "normal")
# UNHCR Resettlement Handbook, chapter 3: seven submission categories.
CATEGORIES = (
    "legal_physical",
    "violence_torture",
    "medical",
    "women_girls",
    "family",
    "children",
    "no_alternative",
)
RELATIONS = ("principal", "spouse", "child", "parent", "sibling", "grandparent", "grandchild", "other")
# What somebody of a household is before the law, each by themselves (UNHCR Resettlement Handbook: status per
# member of a case).
STATUSES = ("none", "asylum_seeker", "refugee", "temporary", "resident", "citizen", "stateless")
HEARINGS = ("master", "individual", "interview", "biometrics", "other")
PARTIES = ("perpetrator", "adverse")
PARTNERS = ("un", "state", "church", "ngo", "lawyers", "other")
PROGRAMME_STATES = ("open", "limited", "suspended", "closed", "unknown")
PAPERS = ("have", "asked", "missing")
# The longest that a volunteer reads a case without somebody deciding anew. Amparo's own: no standard has one.
LONGEST_LENDING = timedelta(days=92)


class LeastCategories(NamedTuple):
    """How many submission categories a submission from a day on must match, and who says so."""

    since: date
    least: int
    source: str


# The day of the present wording was not seen: the year of the present Handbook stands for it.
LEAST_CATEGORIES = (
    LeastCategories(date.min, 1, "UNHCR Resettlement Handbook 2011, chapter 6 (training material)"),
    LeastCategories(date(2023, 1, 1), 2, "UNHCR Resettlement Handbook, 4.7: (at least) two"),
)


def machine(name: str) -> Machine:
    """A machine by its name. Raises `cases.unknown_track`."""
    if name not in MACHINES:
        raise AmparoError("cases.unknown_track", track=name, tracks=[Word("track", each) for each in TRACKS])
    return MACHINES[name]


def path(name: str, at: str, to: str) -> list[str] | None:
    """The stages between `at` and `to` on the shortest way, both left out; None where no way leads there."""
    moves, before, waiting = machine(name).moves, {at: ""}, deque([at])
    while waiting:
        stage = waiting.popleft()
        for following in moves[stage]:
            if following == to:
                found = [stage] if stage != at else []
                while found and before[found[0]] != at:
                    found.insert(0, before[found[0]])
                return found
            if following not in before:
                before[following] = stage
                waiting.append(following)
    return None


def check_move(name: str, at: str, to: str, known: Collection[str]) -> None:
    """Whether a machine goes from one stage to another with what is known.

    Raises `cases.unknown_stage`, `cases.not_from_here` with the stages that would be needed first,
    `cases.ends_here` where nothing follows, `cases.never_after` where no way leads there any more, and
    `cases.needs` with what is not known yet.
    """
    this = machine(name)
    if to not in this.moves:
        raise AmparoError("cases.unknown_stage", stage=to, stages=_stages(name, this.moves))
    said = {"machine": Word("machine", name), "at": _stage(name, at), "to": _stage(name, to)}
    if to not in this.moves[at]:
        if not this.moves[at]:
            raise AmparoError("cases.ends_here", **said)
        between = path(name, at, to)
        if not between:
            raise AmparoError("cases.never_after", **said, next=_stages(name, this.moves[at]))
        raise AmparoError("cases.not_from_here", **said, first=_stages(name, between))
    check_needs(name, to, known)


def check_needs(name: str, to: str, known: Collection[str]) -> None:
    """Raise `cases.needs` where something is not known that a stage asks for."""
    missing = [need for need in machine(name).needs.get(to, ()) if need not in known]
    if missing:
        raise AmparoError(
            "cases.needs",
            machine=Word("machine", name),
            to=_stage(name, to),
            missing=[Word("need", need) for need in missing],
        )


def least_categories(on: date) -> LeastCategories:
    """The rule on categories that holds for a submission on a day."""
    return [each for each in LEAST_CATEGORIES if each.since <= on][-1]


def check_lending(until: date, why: str, today: date) -> None:
    """Raise `cases.lend_until` for a day that is past or too far ahead, `care.no_reason`."""
    last = today + LONGEST_LENDING
    if not today <= until <= last:
        raise AmparoError(
            "cases.lend_until", day=until.isoformat(), first=today.isoformat(), last=last.isoformat()
        )
    if not why.strip():
        raise AmparoError("care.no_reason")


def check_word(family: str, code: str, codes: Collection[str]) -> None:
    """Raise `cases.bad_word` for a code that is none of a family's."""
    if code not in codes:
        words = [Word(family, each) for each in codes]
        raise AmparoError("cases.bad_word", family=Word("family", family), value=code, codes=words)


def _stage(name: str, stage: str) -> Word:
    return Word(f"stage.{name}", stage)


def _stages(name: str, stages: Collection[str]) -> list[Word]:
    return [_stage(name, stage) for stage in stages]
