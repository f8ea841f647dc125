"""Judge pairs one after the other, take the last word back, see how far reviewers agree."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from amparo.desk.matching.shown import pair_shown
from amparo.desk.matching.work import Work
from amparo.desk.middleware import gate
from amparo.errors import AmparoError
from amparo.study.linking import judgements, rules
from amparo.study.linking import review as reviews

NUMBER, MOST = 60, 500  # pairs of a queue
SEED = 1
KEPT = "matching"


def matching(request: Any) -> HttpResponse:
    """The pair to be judged, or the form that begins a queue."""
    work = _work(request)
    if work is None:
        told = {"number": NUMBER, "most": MOST, "four_eyes": judgements.four_eyes()}
        return render(request, "matching/begin.html", told)
    return render(request, "matching/matching.html", _told(request, work))


def begin(request: Any) -> HttpResponse:
    """Choose the pairs, those that say most about the linkage first."""
    typed = request.POST.get("number", "")
    number = min(max(int(typed), 1), MOST) if typed.isascii() and typed.isdecimal() else NUMBER
    blind = request.POST.get("blind") == "yes"
    study = request.seat.study
    queue = reviews.Queue(
        study, number=number, seed=SEED, blind=blind, basis=gate().shared.basis(study, SEED)
    )
    request.seat.kept[KEPT] = Work(queue)
    return redirect("matching")


def judge(request: Any) -> HttpResponse:
    """Keep a verdict on the pair shown and show the next one."""
    work, typed = _work(request), request.POST
    if work is None:
        return _again(request)
    verdict = typed.get("verdict", "")
    code, facts = "", {}
    with gate().writing():
        if work.is_at(typed.getlist("record")):
            asked = work.pairs[work.at]
            word = judgements.Word(asked.records, verdict, asked.chosen, typed.get("reason", ""))
            try:
                if verdict == rules.WITHDRAWN:
                    raise AmparoError("desk.malformed")
                judgements.judge(request.seat.study, [word])
                work.keep(verdict)
            except AmparoError as error:
                code, facts = error.code, error.facts
    return _answer(request, work, code=code, facts=facts)


def undo(request: Any) -> HttpResponse:
    """Take the last verdict back and show its pair again."""
    work = _work(request)
    if work is None:
        return _again(request)
    with gate().writing():
        if work.said:
            asked, _ = work.said[-1]
            word = judgements.Word(asked.records, rules.WITHDRAWN, asked.chosen)
            judgements.judge(request.seat.study, [word])
            work.back()
    return _answer(request, work)


def stop(request: Any) -> HttpResponse:
    """Leave the queue; what was judged stays."""
    request.seat.kept.pop(KEPT, None)
    return redirect("matching")


def agreement(request: Any) -> HttpResponse:
    """How far every two reviewers agree on the pairs both judged."""
    return render(request, "matching/agreement.html", {"found": reviews.agreement(request.seat.study)})


def _work(request: Any) -> Work | None:
    kept = request.seat.kept.get(KEPT)
    return kept if isinstance(kept, Work) else None


def _answer(request: Any, work: Work, **said: Any) -> HttpResponse:
    """The part of the page that changes, for who has scripts; else the page anew."""
    if request.htmx or said.get("code"):
        page = "matching/pair.html" if request.htmx else "matching/matching.html"
        return render(request, page, _told(request, work) | said, status=400 if said.get("code") else 200)
    return redirect("matching")


def _again(request: Any) -> HttpResponse:
    """The seat is another one by now: begin anew."""
    if not request.htmx:
        return redirect("matching")
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = "/matching"
    return response


def _told(request: Any, work: Work) -> dict[str, Any]:
    study, lang = request.seat.study, request.language
    persons = gate().shared.persons(study)
    said = [(asked.records, verdict) for asked, verdict in work.said]
    now = work.shown(study, work.at)
    ahead = work.shown(study, work.at + 1) if now is not None else None
    pairs = [pair_shown(one, persons, said, lang) if one else None for one in (now, ahead)]
    return {
        "pair": pairs[0],
        "ahead": pairs[1],
        "at": work.at,
        "place": work.at + 1,
        "of": len(work.pairs),
        "said": {verdict: sum(each == verdict for _, each in said) for verdict in rules.VERDICTS},
        "forecast": rules.forecast(persons.number, persons.get, said),
    }
