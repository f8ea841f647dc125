"""What is written in a case: each form is one service. What cannot be written is said, and nothing is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from amparo.desk import purpose as purposes
from amparo.desk.cases.views import case_page, household_page
from amparo.desk.middleware import gate, problem
from amparo.errors import AmparoError
from amparo.study.cases import hearings, services, tracks
from amparo.study.cases import representation as representing
from amparo.study.cases.facts import FACTS, read_fact
from amparo.study.cases.reading import case_of
from amparo.study.cases.said import (
    Fact,
    Hearing,
    Member,
    Order,
    Paper,
    Party,
    Representation,
    Step,
    Task,
    Track,
)

_ASKED = {"yes": True, "no": False}


def member(request: Any, case: str) -> HttpResponse:
    """Somebody of the household, added or said anew."""
    typed = request.POST

    def write(study: Any) -> None:
        aliases = tuple(filter(None, (each.strip() for each in typed.get("aliases", "").split(","))))
        said = Member(
            typed.get("member", "") or services.new_id("member"),
            name=typed.get("name", "").strip(),
            aliases=aliases,
            born=typed.get("born", ""),
            identity=typed.get("identity", "").strip(),
            relation=typed.get("relation", ""),
            dependent=_ASKED.get(typed.get("dependent", "")),
            at_risk=_ASKED.get(typed.get("at_risk", "")),
            knows=_ASKED.get(typed.get("knows", "")),
            travels_with=typed.get("travels_with", ""),
            record=typed.get("record", "").strip(),
            status=typed.get("status", ""),
            left=typed.get("left", ""),
            note=typed.get("note", "").strip(),
        )
        services.keep_member(study, case, said)

    return _written(request, case, write, page=household_page, route="case-household")


def track(request: Any, case: str) -> HttpResponse:
    """A way to safety, chosen or described anew."""
    typed = request.POST

    def write(study: Any) -> None:
        said = Track(
            typed.get("track", ""),
            kind=typed.get("kind", ""),
            members=tuple(typed.getlist("members")),
            starts=typed.get("starts", ""),
            since=typed.get("since", ""),
            programme=typed.get("programme", ""),
            partner=typed.get("partner", ""),
            processing=typed.get("processing", ""),
            submission=typed.get("submission", ""),
            categories=tuple(typed.getlist("categories")),
        )
        if said.id:
            tracks.describe(study, case, said)
        else:
            tracks.choose(study, case, said, _facts(typed))

    return _written(request, case, write)


def step(request: Any, case: str) -> HttpResponse:
    """A way, or the case itself, goes on."""
    typed = request.POST

    def write(study: Any) -> None:
        outcomes = {
            name.removeprefix("outcome-"): value
            for name, value in typed.items()
            if name.startswith("outcome-") and value
        }
        said = Step(
            "",
            typed.get("track", ""),
            typed.get("to", ""),
            typed.get("on", ""),
            _facts(typed),
            outcomes,
            typed.get("why", ""),
        )
        tracks.step(study, case, said)

    return _written(request, case, write)


def take_back(request: Any, case: str) -> HttpResponse:
    """The last step was written in error."""
    typed = request.POST
    return _written(
        request,
        case,
        lambda study: tracks.take_back(study, case, typed.get("track", ""), typed.get("why", "")),
    )


def facts(request: Any, case: str) -> HttpResponse:
    """Days and yes/no that clocks read."""
    typed = request.POST
    return _written(
        request,
        case,
        lambda study: tracks.note_facts(
            study, case, typed.get("track", ""), _facts(typed), typed.get("source", "")
        ),
    )


def hearing(request: Any, case: str) -> HttpResponse:
    """A hearing, or how it stands now."""
    typed = request.POST

    def write(study: Any) -> None:
        said = {
            name: typed.get(name, "").strip()
            for name in (
                "track",
                "kind",
                "state",
                "on",
                "time",
                "place",
                "control_on",
                "notice_on",
                "means",
                "source",
            )
        }
        number = typed.get("hearing", "")
        before = case_of(study, case).hearings.get(number)
        if before is not None:
            said |= {
                name: said[name] or getattr(before, name)
                for name in ("track", "kind", "place", "means", "notice_on")
            }
            if said["state"] == "set" and not said["on"]:
                said["on"] = before.on
        hearings.keep_hearing(study, case, Hearing(number, **said, members=tuple(typed.getlist("members"))))

    return _written(request, case, write)


def order(request: Any, case: str) -> HttpResponse:
    """A day that a judge set."""
    typed = request.POST

    def write(study: Any) -> None:
        names = ("track", "fact", "due", "ordered_on", "source", "hearing")
        hearings.keep_order(study, case, Order("", **{name: typed.get(name, "").strip() for name in names}))

    return _written(request, case, write)


def task(request: Any, case: str) -> HttpResponse:
    """Something to be done, or what became of it."""
    typed = request.POST

    def write(study: Any) -> None:
        said = Task(
            typed.get("task", ""),
            typed.get("words", ""),
            typed.get("due", ""),
            typed.get("who", ""),
            typed.get("state", "open"),
            typed.get("why", ""),
        )
        hearings.keep_task(study, case, said)

    return _written(request, case, write)


def paper(request: Any, case: str) -> HttpResponse:
    """Where a document of a checklist stands."""
    typed = request.POST

    def write(study: Any) -> None:
        said = Paper(typed.get("track", ""), typed.get("document", ""), typed.get("state", ""))
        hearings.keep_paper(study, case, said)

    return _written(request, case, write)


def note(request: Any, case: str) -> HttpResponse:
    """Words on the case, or for the lawyers alone."""
    typed = request.POST
    return _written(
        request,
        case,
        lambda study: hearings.keep_note(
            study, case, typed.get("words", ""), lawyers=typed.get("lawyers") == "yes"
        ),
    )


def representation(request: Any, case: str) -> HttpResponse:
    """Who speaks for the case in law, or how that stands now."""
    typed = request.POST

    def write(study: Any) -> None:
        names = ("state", "name", "handle", "partner", "signed_on", "until", "why")
        said = {name: typed.get(name, "").strip() for name in names}
        representing.keep_representation(study, case, Representation(typed.get("representation", ""), **said))

    return _written(request, case, write)


def party(request: Any, case: str) -> HttpResponse:
    """Somebody on the other side."""
    typed = request.POST

    def write(study: Any) -> None:
        said = Party("", typed.get("name", ""), typed.get("role", ""), typed.get("source", "").strip())
        representing.keep_party(study, case, said)

    return _written(request, case, write)


def conflicts(request: Any, case: str) -> HttpResponse:
    """Look whether somebody of the household stands on the other side anywhere."""
    why = purposes.chosen(request)
    if why is None:
        return purposes.ask(request, f"/case/{case}")
    study = request.seat.study
    with gate().writing():
        found = representing.check_conflicts(study, case, why, gate().shared.index(study))
    return case_page(request, case, conflicts=found)


def _facts(typed: Any) -> dict[str, Fact]:
    """The facts of a form: fields that are called `fact-…` and are not empty."""
    return {
        name: read_fact(name, typed[f"fact-{name}"])
        for name in FACTS
        if typed.get(f"fact-{name}", "").strip()
    }


def _written(
    request: Any,
    case: str,
    write: Callable[[Any], object],
    *,
    page: Callable[..., HttpResponse] = case_page,
    route: str = "case",
) -> HttpResponse:
    with gate().writing():
        try:
            write(request.seat.study)
        except AmparoError as error:
            if error.code == "cases.unknown_case":
                raise
            if request.htmx:  # what was typed stays where it is
                return problem(request, error.code, 400, **error.facts)
            return page(request, case, code=error.code, facts=error.facts, status=400)
    if not request.htmx:
        return redirect(route, case=case)
    answer = HttpResponse(status=204)
    answer.headers["HX-Redirect"] = reverse(route, args=[case])
    return answer
