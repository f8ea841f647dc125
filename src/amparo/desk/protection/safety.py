"""The risk of a case, how to speak with the family, contacts, safety plan, and a receipt without names."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import redirect, render

from amparo.desk.middleware import gate
from amparo.desk.protection.intake import Opened
from amparo.errors import AmparoError
from amparo.study.cases.casefile import CaseFile
from amparo.study.cases.reading import case_of
from amparo.study.cases.said import Call, Protocol, SafetyPlan, Task
from amparo.study.context import now
from amparo.study.safety import rules, services
from amparo.study.safety.standing import safety_of
from amparo.vocabulary.risk import Factor, factors

GROUPS = ("threats", "residence", "work", "exposure", "household")


class Question(NamedTuple):
    """One factor as the page asks it: its words, source and answer, and the claim that suggests a yes."""

    name: str
    words: str
    source: str
    weight: str
    answer: str
    told: str


class Proposed(NamedTuple):
    """A proposal in words."""

    level: str
    most: str
    why: tuple[str, ...]
    weight: str
    needed: int
    unknown: int


def risk(request: Any, case: str) -> HttpResponse:
    """The checklist with what is proposed; a person decides."""
    study, typed = request.seat.study, request.POST
    file = case_of(study, case)
    if request.method == "GET":
        return _risk(request, file, _answers(study, file))
    answers = _typed(request)
    try:
        with gate().writing():
            services.assess(
                study,
                case,
                answers,
                typed.get("level", ""),
                reason=typed.get("reason", ""),
                review=typed.get("review", ""),
            )
    except AmparoError as error:
        return _risk(request, file, answers, typed=typed, code=error.code, facts=error.facts, status=400)
    return redirect("case-safety", case=case)


def proposal(request: Any, case: str) -> HttpResponse:
    """What the answers propose so far; nothing is kept."""
    file = case_of(request.seat.study, case)
    answers = _typed(request)
    if not request.htmx:
        return _risk(request, file, answers)
    return render(request, "protection/proposal.html", {"proposed": _proposed(answers, request.language)})


def safety(request: Any, case: str) -> HttpResponse:
    """Contact, calls and plan."""
    return _safety(request, case_of(request.seat.study, case))


def keep(request: Any, case: str) -> HttpResponse:
    """Keep a protocol, a contact or a plan, as the form says which."""
    study, typed = request.seat.study, request.POST
    file = case_of(study, case)
    try:
        with gate().writing():
            match typed.get("what", ""):
                case "protocol":
                    services.agree(study, case, _protocol(typed))
                case "call":
                    day = typed.get("day", "").strip() or now().date().isoformat()
                    said = Call(day, typed.get("result", ""), typed.get("words", "").strip())
                    services.log_call(study, case, said)
                case "plan":
                    measures = tuple(typed.getlist("measure"))
                    words, contact = typed.get("words", "").strip(), typed.get("contact", "").strip()
                    services.plan(study, case, SafetyPlan(measures, words, contact))
                case _:
                    raise AmparoError("desk.malformed")
    except AmparoError as error:
        return _safety(request, file, typed=typed, code=error.code, facts=error.facts, status=400)
    return redirect("case-safety", case=case)


def receipt(request: Any, case: str) -> HttpResponse:
    """What may be handed over: a number, days and whom to ask, and not one name of the family."""
    file = case_of(request.seat.study, case)
    told = safety_of(file, now().date())
    return render(request, "protection/receipt.html", {"file": file, "safety": told, "today": now().date()})


def _risk(request: Any, file: CaseFile, answers: dict[str, str], **said: Any) -> HttpResponse:
    study, lang = request.seat.study, request.language
    suggested = services.suggested(study, file)
    told = {
        "file": file,
        "groups": [
            (
                group,
                [
                    _question(name, factor, answers, suggested, lang)
                    for name, factor in factors().items()
                    if factor.group == group
                ],
            )
            for group in GROUPS
        ],
        "answers": rules.ANSWERS,
        "levels": rules.LEVELS,
        "proposed": _proposed(answers, lang),
        "days": rules.REVIEW_DAYS,
        "opened": _opened(request, file),
    }
    return render(request, "protection/risk.html", told | said, status=said.pop("status", 200))


def _question(
    name: str, factor: Factor, answers: dict[str, str], told: dict[str, str], lang: str
) -> Question:
    words = factor.es if lang == "es" else factor.en
    answer = answers.get(name, "unknown")
    return Question(name, words, factor.source, factor.weight, answer, told.get(name, ""))


def _answers(study: Any, file: CaseFile) -> dict[str, str]:
    """What was answered last; what claims suggest where nothing was."""
    assessed = safety_of(file, now().date()).assessed
    before = assessed.answers if assessed else {}
    told = dict.fromkeys(services.suggested(study, file), "yes")
    return told | {name: answer for name, answer in before.items() if answer != "unknown"}


def _typed(request: Any) -> dict[str, str]:
    return {name: request.POST.get(name, "unknown") for name in factors()}


def _proposed(answers: dict[str, str], lang: str) -> Proposed:
    found = rules.propose(answers)
    why = found.reason.factors if found.reason else ()
    words = tuple(factors()[name].es if lang == "es" else factors()[name].en for name in why)
    weight, needed = (found.reason.weight, found.reason.needed) if found.reason else ("", 0)
    return Proposed(found.level or "", found.most, words, weight, needed, len(found.unknown))


def _safety(request: Any, file: CaseFile, **said: Any) -> HttpResponse:
    today = now().date()
    found = safety_of(file, today)
    answers = found.assessed.answers if found.assessed else {}
    told = {
        "file": file,
        "safety": found,
        "channels": rules.CHANNELS,
        "results": rules.RESULTS,
        "measures": rules.MEASURES,
        "chosen": found.plan.measures if found.plan else rules.draft(answers),
        "drafted": found.plan is None,
        "every": rules.CONTACT_DAYS[found.assessed.level] if found.assessed else rules.CONTACT_DAYS["high"],
        "today": today,
        "tasks": [each for each in file.things(Task).values() if each.state == "open"],
        "opened": _opened(request, file),
    }
    return render(request, "protection/safety.html", told | said, status=said.pop("status", 200))


def _opened(request: Any, file: CaseFile) -> Opened | None:
    """What was opened at this seat just now, if it is this case."""
    kept = request.seat.kept.get("opened")
    return kept if isinstance(kept, Opened) and kept.case == file.id else None


def _protocol(typed: Any) -> Protocol:
    every = typed.get("every", "").strip()
    fields = ("address", "hours", "code_word", "language", "neutral")
    safe = {"yes": True, "no": False}.get(typed.get("safe_now", ""))
    return Protocol(
        typed.get("channel", ""),
        int(every) if every.isascii() and every.isdecimal() else 0,
        safe_now=safe,
        **{name: typed.get(name, "").strip() for name in fields},
    )
