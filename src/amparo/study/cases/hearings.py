"""Hearings, judges' days, tasks and papers of a case: what its calendar is made of."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING

import msgspec

from amparo.clocks.rules import rules
from amparo.errors import AmparoError, Word
from amparo.study.cases.papers import papers
from amparo.study.cases.reading import case_of
from amparo.study.cases.rules import HEARINGS, PAPERS, check_move, check_needs, check_word, machine
from amparo.study.cases.said import Hearing, Note, Order, Paper, Task
from amparo.study.cases.services import new_id, whole_day, write
from amparo.study.context import now

if TYPE_CHECKING:
    from amparo.study.context import Study

_CONTROL = timedelta(days=30)  # after which somebody asks again for a hearing that is to be set
ORDERS = tuple(
    sorted({rule.order.fact for rule in rules().values() if rule.order} | {"ij_order_due", "ij_set_date"})
)


def keep_hearing(study: Study, case: str, said: Hearing) -> str:
    """Write a hearing down, or say anew how it stands; gives its id.

    One that is to be set gets a day to ask again in a month, unless another is given. Raises
    `cases.unknown_case`, `cases.unknown_thing`, `cases.unknown_member`, `cases.bad_word`, `cases.bad_day`,
    `cases.bad_time`, and the codes of `rules.check_move`.
    """
    file = case_of(study, case)
    if said.track not in file.tracks:
        raise AmparoError("cases.unknown_thing", thing=said.track)
    for member in said.members:
        if member not in file.members:
            raise AmparoError("cases.unknown_member", member=member)
    check_word("hearing", said.kind, HEARINGS)
    before = file.hearings.get(said.id)
    if said.id and before is None:
        raise AmparoError("cases.unknown_thing", thing=said.id)
    control = whole_day(said.control_on)
    if said.state in ("to_be_set", "adjourned") and not control:
        control = (now().date() + _CONTROL).isoformat()
    said = msgspec.structs.replace(
        said,
        id=said.id or new_id("hearing"),
        on=whole_day(said.on),
        time=_time(said.time),
        control_on=control,
        notice_on=whole_day(said.notice_on),
    )
    known = {name for name in ("on", "control_on") if getattr(said, name)}
    if before is not None:
        check_move("hearing", before.state, said.state, known)
    elif said.state not in ("to_be_set", "set"):
        first = machine("hearing").first
        raise AmparoError(
            "cases.unknown_stage",
            stage=Word("stage.hearing", said.state),
            stages=[Word("stage.hearing", each) for each in (first, "set")],
        )
    else:
        check_needs("hearing", said.state, known)
    write(study, "cases.hearing", file, [said])
    return said.id


def keep_order(study: Study, case: str, said: Order) -> str:
    """Write down a day that a judge set; what the rule gives is kept beside it. Gives its id.

    Raises `cases.unknown_case`, `cases.unknown_thing`, `cases.bad_fact`, `cases.bad_day`, `cases.no_source`.
    """
    file = case_of(study, case)
    if said.track not in file.tracks or (said.hearing and said.hearing not in file.hearings):
        raise AmparoError("cases.unknown_thing", thing=said.hearing or said.track)
    if said.fact not in ORDERS:
        raise AmparoError("cases.bad_fact", fact=Word("fact", said.fact))
    if not said.source.strip():
        raise AmparoError("cases.no_source")
    due, ordered = whole_day(said.due), whole_day(said.ordered_on)
    if not due or not ordered:
        raise AmparoError("cases.bad_day", text=said.due if not due else said.ordered_on)
    said = msgspec.structs.replace(said, id=said.id or new_id("order"), due=due, ordered_on=ordered)
    write(study, "cases.order", file, [said])
    return said.id


def keep_task(study: Study, case: str, said: Task) -> str:
    """Write a task down, or say that it is done or dropped; gives its id.

    Raises `cases.unknown_case`, `cases.unknown_thing`, `cases.bad_day`, `cases.no_words`, and the codes of
    `rules.check_move`.
    """
    file = case_of(study, case)
    before = file.things(Task).get(said.id)
    if said.id and before is None:
        raise AmparoError("cases.unknown_thing", thing=said.id)
    if before is not None:
        check_move("task", before.state, said.state, {"why"} if said.why.strip() else set())
        said = msgspec.structs.replace(before, state=said.state, why=said.why.strip())
    else:
        if not said.words.strip():
            raise AmparoError("cases.no_words")
        due = whole_day(said.due)
        if not due:
            raise AmparoError("cases.bad_day", text=said.due)
        said = Task(new_id("task"), said.words.strip(), due, said.who or file.worker)
    write(study, "cases.task", file, [said])
    return said.id


def keep_paper(study: Study, case: str, said: Paper) -> None:
    """Say where a document of a track's checklist stands. Raises `cases.unknown_thing`, `cases.bad_word`."""
    file = case_of(study, case)
    if said.track not in file.tracks:
        raise AmparoError("cases.unknown_thing", thing=said.track)
    check_word("document", said.document, papers(file.tracks[said.track].kind))
    check_word("paper", said.state, PAPERS)
    write(study, "cases.paper", file, [msgspec.structs.replace(said, on=now().date().isoformat())])


def keep_note(study: Study, case: str, words: str, *, lawyers: bool = False) -> None:
    """Keep words on the case, or with `lawyers` among them alone. Raises `cases.no_words`."""
    file = case_of(study, case)
    if not words.strip():
        raise AmparoError("cases.no_words")
    said = Note(new_id("note"), words.strip(), now().date().isoformat())
    write(study, "cases.note", file, [said], lawyers=lawyers)


def _time(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return time.fromisoformat(text.strip()).strftime("%H:%M")
    except ValueError:
        raise AmparoError("cases.bad_time", text=text) from None
