"""Referrals that come in: a sealed package brought in, read by a second person, admitted or turned away."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import redirect, render

from amparo.desk.middleware import gate
from amparo.errors import AmparoError
from amparo.report import referrals as words_of
from amparo.report.catalogue import say
from amparo.study.cases.partners import partners
from amparo.study.referrals import incoming
from amparo.study.referrals.rules import PERSON
from amparo.study.referrals.services import Outgoing

TASKS = ("risk", "consent", "contact")


class Person(NamedTuple):
    """One of the family as the sheet has them: the last day of consent (None: none is told), the lines."""

    consent: str | None
    lines: tuple[tuple[str, str], ...]


class Station(NamedTuple):
    """What came in, as its page shows it, with the verbs that the person at work may use."""

    came: incoming.Came
    partner: str
    form: str
    people: tuple[Person, ...]
    consent: str | None  # last day of the person's consent; None where the package tells of none
    may: tuple[str, ...]
    answers: bool
    case: str


def page(request: Any) -> HttpResponse:
    """What came in; or a package brought in."""
    if request.method == "GET":
        return _page(request)
    sent = request.FILES.get("file")
    try:
        if sent is None:
            raise AmparoError("desk.no_file")
        if sent.size > incoming.LIMIT:
            raise AmparoError("referrals.bad_sheet")
        with gate().writing():
            incoming.bring_in(request.seat.study, request.POST.get("partner", ""), sent.read())
    except AmparoError as error:
        return _refused(request, error)
    return redirect("incoming")


def key(request: Any) -> HttpResponse:
    """A key for partners to seal to."""
    with gate().writing():
        incoming.make_inbox(request.seat.study)
    return redirect("incoming")


def step(request: Any) -> HttpResponse:
    """Admit, turn away, or put back."""
    study, typed, lang = request.seat.study, request.POST, request.language
    received, verb = typed.get("received", ""), typed.get("verb", "")
    try:
        with gate().writing():
            if verb == "admit":
                tasks = {kind: say(lang, f"protection.task_{kind}") for kind in TASKS}
                case = incoming.admit(study, received, say(lang, "incoming.source"), tasks)
                return redirect("case", case=case)
            incoming.end(study, received, verb, typed.get("words", ""))
    except AmparoError as error:
        return _refused(request, error)
    return redirect("incoming")


def answer(request: Any) -> HttpResponse:
    """The sealed answer, as a file."""
    typed = request.POST
    try:
        with gate().writing():
            sealed = incoming.answer(request.seat.study, typed.get("received", ""), typed.get("words", ""))
    except AmparoError as error:
        return _refused(request, error)
    response = HttpResponse(sealed, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = 'attachment; filename="answer.age"'
    return response


def _refused(request: Any, error: AmparoError) -> HttpResponse:
    if error.code == "accounts.not_allowed":
        raise error
    return _page(request, code=error.code, facts=error.facts, status=400)


def _page(request: Any, **said: Any) -> HttpResponse:
    study = request.seat.study
    with gate().writing():
        stations = [_station(request, came) for came in incoming.came_in(study).values()]
    told = {
        "stations": stations[::-1],
        "key": incoming.inbox(study),
        "partners": partners(study).values(),
        "typed": request.POST,
    }
    return render(request, "protection/incoming.html", told | said, status=said.pop("status", 200))


def _station(request: Any, came: incoming.Came) -> Station:
    study, lang, user = request.seat.study, request.language, request.seat.study.user
    if came.sheet is not None and came.state == "received":
        came = incoming.shown(study, came.id)
    known = partners(study).get(came.partner)
    return Station(
        came,
        known.name if known else came.partner,
        words_of.form_name(came.sheet.form, lang) if came.sheet else "",
        _people(came.sheet, lang) if came.sheet and came.state == "received" else (),
        next((each.until for each in came.sheet.consents if each.whom == PERSON), None)
        if came.sheet
        else None,
        incoming.may(came, user.handle, user.roles),
        came.state in ("admitted", "turned_away"),
        next((step.case for _, _, step in came.steps if step.case), ""),
    )


def _people(sheet: Outgoing, lang: str) -> tuple[Person, ...]:
    consents = {each.whom: each.until for each in sheet.consents}
    return tuple(
        Person(
            consents.get(whom),
            tuple(
                (words_of.label(sheet.form, line.field, lang), words_of.value(line.value, lang))
                for line in sheet.lines
                if line.whom == whom
            ),
        )
        for whom in dict.fromkeys(line.whom for line in sheet.lines)
    )
