"""The board, a case, its household."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from amparo.desk import access
from amparo.desk import purpose as purposes
from amparo.desk.cases import shown
from amparo.desk.middleware import gate
from amparo.study.cases import board as boards
from amparo.study.cases import lending, rules
from amparo.study.cases.casefile import CaseFile
from amparo.study.cases.dues import LEVELS
from amparo.study.cases.partners import partners
from amparo.study.cases.programmes import states
from amparo.study.cases.services import open_for_reading
from amparo.study.context import now

AT_ONCE = 50  # lines of a page


def board(request: Any) -> HttpResponse:
    """Cases in lines, the most pressing first; those of the person at work unless all are asked for."""
    study, lang, asked = request.seat.study, request.language, request.GET
    closed = asked.get("closed") == "yes"
    # Who works on no case has none of their own: theirs are those lent to them.
    everybody = asked.get("of") == "all" or not access.allowed("intake", study.user.roles)
    kind = asked.get("way", "") if asked.get("way", "") in rules.TRACKS else ""
    level = asked.get("level", "") if asked.get("level", "") in LEVELS else ""
    lines = gate().shared.board(study)
    mine = "" if everybody else study.user.handle
    found = boards.chosen(lines, worker=mine, kind=kind, level=level, closed=closed)
    page = (
        max(int(asked["page"]), 1)
        if asked.get("page", "").isascii() and asked.get("page", "").isdecimal()
        else 1
    )
    here = found[(page - 1) * AT_ONCE : page * AT_ONCE]
    counts = {name: sum(bool(line.next) and line.next.level == name for line in found) for name in LEVELS}
    return render(
        request,
        "cases/board.html",
        {
            "rows": [shown.row(line, lang, now().date()) for line in here],
            "number": len(found),
            "counts": counts,
            "everybody": everybody,
            "closed": closed,
            "way": kind,
            "level": level,
            "ways": rules.TRACKS,
            "levels": LEVELS,
            "page": page,
            "more": len(found) > page * AT_ONCE,
        },
    )


def case(request: Any, case: str) -> HttpResponse:
    """A case: what presses, its ways with their clocks, hearings, tasks, who speaks for it."""
    return case_page(request, case)


def household(request: Any, case: str) -> HttpResponse:
    """Who belongs to the household."""
    return household_page(request, case)


def case_page(request: Any, case: str, **said: Any) -> HttpResponse:
    """The page of a case."""
    why = purposes.chosen(request)
    if why is None:
        return purposes.ask(request, request.path if request.method == "GET" else f"/case/{case}")
    study, status = request.seat.study, said.pop("status", 200)
    file = open_for_reading(study, case, why)
    told = shown.case(file, request.language, _today(), shown.Known(partners(study), states(study)), study)
    lent = {
        "lent": [each for each in lending.lendings(study) if each.case == case],
        "reads_until": lending.read_until(study, case),
    }
    return render(request, "cases/case.html", {"case": told, **lent, **said}, status=status)


def household_page(request: Any, case: str, **said: Any) -> HttpResponse:
    """The page of a household."""
    why = purposes.chosen(request)
    if why is None:
        return purposes.ask(request, f"/case/{case}/household")
    status = said.pop("status", 200)
    file: CaseFile = open_for_reading(request.seat.study, case, why)
    told = {
        "case": file,
        "people": shown.household(file, request.language),
        "relations": rules.RELATIONS,
        "statuses": rules.STATUSES,
    }
    return render(request, "cases/household.html", told | said, status=status)


def _today() -> date:
    return now().date()
