"""Cases lent to volunteers until a day, and taken back before it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from amparo.desk.cases import shown
from amparo.desk.middleware import gate
from amparo.errors import AmparoError
from amparo.study.cases import board as boards
from amparo.study.cases import lending
from amparo.study.cases.rules import LONGEST_LENDING
from amparo.study.cases.services import whole_day
from amparo.study.context import now


def lend(request: Any) -> HttpResponse:
    """What is lent, and the form that lends."""
    study, typed = request.seat.study, request.POST
    told: dict[str, Any] = {}
    if request.method == "POST":
        try:
            day = whole_day(typed.get("until", ""))
            if not day:
                raise AmparoError("cases.bad_day", text=typed.get("until", ""))
            with gate().writing():
                until = date.fromisoformat(day)
                lending.lend(study, typed.getlist("case"), typed.get("to", ""), until, typed.get("why", ""))
            return redirect("cases-lend")
        except AmparoError as error:
            told = {"code": error.code, "facts": error.facts, "typed": typed, "chosen": typed.getlist("case")}
    today = now().date()
    lines = boards.chosen(gate().shared.board(study), worker=study.user.handle)
    page = {
        "lent": lending.lendings(study),
        "rows": [shown.row(line, request.language, today) for line in lines],
        "others": lending.volunteers(),
        "first": today.isoformat(),
        "last": (today + LONGEST_LENDING).isoformat(),
        "typed": {},
        "chosen": [],
    }
    return render(request, "cases/lend.html", page | told, status=400 if told else 200)


def end(request: Any) -> HttpResponse:
    """Take a case back."""
    number = request.POST.get("lending", "")
    with gate().writing():
        lending.end(request.seat.study, int(number) if number.isascii() and number.isdecimal() else 0)
    return redirect("cases-lend")
