"""How programmes that cases go through stood from a day on: dated, each with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from amparo.errors import AmparoError
from amparo.study.cases.reading import of_the_organisation
from amparo.study.cases.rules import PROGRAMME_STATES, check_word
from amparo.study.cases.said import ProgrammeStatus
from amparo.study.cases.services import whole_day, write
from amparo.vocabulary.programmes import State, programmes

if TYPE_CHECKING:
    from amparo.study.context import Study


def states(study: Study) -> dict[str, list[ProgrammeStatus]]:
    """What is known of each programme, newest state first: shipped, and written down here."""
    found = {name: [_shipped(name, each) for each in one.states] for name, one in programmes().items()}
    for told in of_the_organisation(study):
        if isinstance(told.said, ProgrammeStatus):
            found[told.said.programme].append(told.said)
    for mine in found.values():
        mine.sort(key=lambda each: (each.since, each.checked_on), reverse=True)
    return found


def keep_status(study: Study, said: ProgrammeStatus) -> None:
    """Write down how a programme stands from a day on; what was said before stays with its days.

    Raises `cases.bad_word`, `cases.bad_day`, `cases.no_source`.
    """
    check_word("programme", said.programme, tuple(programmes()))
    check_word("programme_state", said.state, PROGRAMME_STATES)
    if not said.source.strip():
        raise AmparoError("cases.no_source")
    days = {name: whole_day(getattr(said, name)) for name in ("since", "checked_on", "check_again")}
    for name in ("since", "checked_on"):
        if not days[name]:
            raise AmparoError("cases.bad_day", text=getattr(said, name))
    write(study, "cases.programme", None, [msgspec.structs.replace(said, **days)], about="")


def _shipped(programme: str, state: State) -> ProgrammeStatus:
    """What Amparo itself knows of a programme's state."""
    again = state.check_again.isoformat() if state.check_again else ""
    days = (state.since.isoformat(), state.source, state.checked_on.isoformat(), again)
    return ProgrammeStatus(programme, state.state, *days)
