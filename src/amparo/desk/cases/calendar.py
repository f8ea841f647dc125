"""The week on paper, the calendar for elsewhere, and a caseload that changes hands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from amparo.desk import access
from amparo.desk.cases import shown
from amparo.desk.middleware import gate
from amparo.errors import AmparoError
from amparo.report import cases as words
from amparo.study.accounts.people import people
from amparo.study.cases import agenda
from amparo.study.cases import board as boards
from amparo.study.cases.services import whole_day
from amparo.study.context import now

WEEK = 7
FILE = "dates.ics"  # a file's name tells no more than its titles


def week(request: Any) -> HttpResponse:
    """Seven days from one on, to be printed; what is overdue first."""
    study, lang = request.seat.study, request.language
    today = now().date()
    asked = request.GET.get("from", "")
    first = today if not asked else today.fromisoformat(whole_day(asked))
    first -= timedelta(days=first.weekday())
    everybody = request.GET.get("of") == "all" or not access.allowed("intake", study.user.roles)
    mine = "" if everybody else study.user.handle
    late = (
        agenda.days(study, today - timedelta(days=agenda.AHEAD), today - timedelta(days=1), mine)
        if first <= today
        else []
    )
    found = agenda.days(study, max(first, today) if late else first, first + timedelta(days=WEEK - 1), mine)
    days = [first + timedelta(days=number) for number in range(WEEK)]
    return render(
        request,
        "cases/week.html",
        {
            "days": [(day, [shown.day(each, lang) for each in found if each.on == day]) for day in days],
            "late": [shown.day(each, lang) for each in late],
            "before": (first - timedelta(days=WEEK)).isoformat(),
            "after": (first + timedelta(days=WEEK)).isoformat(),
            "everybody": not mine,
        },
    )


def exported(request: Any) -> HttpResponse:
    """The days of one's own cases as a file for a calendar elsewhere: neutral titles, no names."""
    study = request.seat.study
    with gate().writing():
        found = agenda.exported(study, study.user.handle)
    content = words.ics(request.language, found, now().replace(microsecond=0))
    answer = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{FILE}"'
    return answer


def hand_over(request: Any) -> HttpResponse:
    """Cases given to another worker."""
    study, typed = request.seat.study, request.POST
    told: dict[str, Any] = {}
    if request.method == "POST":
        try:
            with gate().writing():
                agenda.hand_over(study, typed.getlist("case"), typed.get("to", ""), typed.get("why", ""))
            return redirect("cases")
        except AmparoError as error:
            told = {"code": error.code, "facts": error.facts, "typed": typed}
    lines = boards.chosen(gate().shared.board(study), worker=study.user.handle)
    others = [
        each.handle
        for each in people()
        if each.handle != study.user.handle and {"cases", "lawyer"} & set(each.roles)
    ]
    rows = [shown.row(line, request.language, now().date()) for line in lines]
    return render(
        request,
        "cases/hand_over.html",
        {"rows": rows, "others": others, "typed": {}, **told},
        status=400 if told else 200,
    )
