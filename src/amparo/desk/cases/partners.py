"""Partners and programmes with their dated states, and every rule of time in use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from amparo.clocks import rules as clock_rules
from amparo.desk.cases import shown
from amparo.desk.middleware import gate
from amparo.errors import AmparoError
from amparo.study.cases import partners as known_partners
from amparo.study.cases import programmes as statuses
from amparo.study.cases import rules
from amparo.study.cases.said import Partner, ProgrammeStatus
from amparo.study.cases.services import new_id
from amparo.study.context import now
from amparo.vocabulary.programmes import programmes


def partners(request: Any) -> HttpResponse:
    """Organisations that cases go to, and how each programme stands and stood."""
    return _page(request)


def keep(request: Any) -> HttpResponse:
    """A partner, added or said anew."""
    typed = request.POST
    names = ("name", "kind", "country", "contact", "until", "note", "key")
    said = {name: typed.get(name, "").strip() for name in names}
    partner = Partner(
        typed.get("partner", "") or new_id("partner"), **said, tracks=tuple(typed.getlist("tracks"))
    )
    return _written(request, lambda study: known_partners.keep_partner(study, partner))


def status(request: Any) -> HttpResponse:
    """How a programme stands from a day on."""
    typed = request.POST
    names = ("programme", "state", "since", "source", "checked_on", "check_again", "note")
    said = ProgrammeStatus(**{name: typed.get(name, "").strip() for name in names})
    return _written(request, lambda study: statuses.keep_status(study, said))


def clocks(request: Any) -> HttpResponse:
    """Every rule of time in use, with its citation and the day somebody must look at it again."""
    found = sorted(clock_rules().values(), key=shown.again)
    return render(
        request,
        "cases/clocks.html",
        {"rules": [shown.rule(each, request.language, now().date()) for each in found]},
    )


def _written(request: Any, write: Callable[[Any], object]) -> HttpResponse:
    with gate().writing():
        try:
            write(request.seat.study)
        except AmparoError as error:
            return _page(request, code=error.code, facts=error.facts, typed=request.POST, status=400)
    return redirect("partners")


def _page(request: Any, **said: Any) -> HttpResponse:
    study = request.seat.study
    told = {
        "partners": known_partners.partners(study).values(),
        "programmes": [
            (name, getattr(programmes()[name], request.language), states)
            for name, states in statuses.states(study).items()
        ],
        "kinds": rules.PARTNERS,
        "states": rules.PROGRAMME_STATES,
        "ways": rules.TRACKS,
        "today": now().date().isoformat(),
        "typed": {},
    }
    status = said.pop("status", 200)
    return render(request, "cases/partners.html", told | said, status=status)
