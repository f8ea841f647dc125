"""What is chosen before a file is kept: what the columns of a list say, which messages of a chat count."""

from __future__ import annotations

from typing import Any, get_args

from django.http import HttpResponse
from django.shortcuts import redirect, render

from amparo.desk.reading.views import KEPT, keep
from amparo.desk.reading.work import Work, uses
from amparo.errors import AmparoError
from amparo.intake import documents as readers
from amparo.intake import participants
from amparo.intake.kinds import DateOrder
from amparo.intake.mapping import NameOrder
from amparo.intake.mapping_text import to_toml
from amparo.report.catalogue import say
from amparo.study import receiving
from amparo.study.register.rules import PARTS
from amparo.study.register.services import declarations

SHOWN = 200  # messages of a chat listed at once


def columns(request: Any) -> HttpResponse:
    """What each column is read as, with the first rows; then the list is read."""
    work = _work(request)
    if work is None or work.sheet is None:
        return redirect("reading")
    if request.method == "GET":
        return _columns(request, work)
    study, typed = request.seat.study, request.POST
    try:
        work.choose(typed)
        if typed.get("part"):
            work.about = work.about._replace(part=typed["part"])
        work.about = work.about._replace(once="once" in typed)
        toml = to_toml(work.mapping, work.sheet.headers, lambda _: "") if work.mapping else None
        done = receiving.read_list(study, work.file, work.about, mapping_text=toml, language=request.language)
    except AmparoError as error:
        return _columns(request, work, code=error.code, facts=error.facts, status=400)
    request.seat.kept.pop(KEPT, None)
    told = {"done": done, "reading": done.reading, "plan": done.reading.correction}
    return render(request, "reading/list_read.html", told)


def preview(request: Any) -> HttpResponse:
    """What the first rows become with the columns as they are chosen."""
    work = _work(request)
    if work is None:
        response = HttpResponse(status=204)
        response.headers["HX-Redirect"] = "/reading"
        return response
    work.choose(request.POST)
    return render(request, "reading/few.html", {"few": work.few()})


def messages(request: Any) -> HttpResponse:
    """The messages of a chat, masked, to choose those that count."""
    work = _work(request)
    if work is None:
        return redirect("reading")
    typed = request.POST
    if request.method == "GET" or typed.get("do") != "keep":
        work.date_order = typed.get("date_order") or work.date_order
        return _messages(request, work)
    chosen = ",".join([*typed.getlist("message"), *filter(None, [typed.get("messages", "").strip()])])
    try:
        document = participants.chosen(work.open_chat(), chosen, _subjects(request))
    except AmparoError as error:
        return _messages(request, work, code=error.code, facts=error.facts, status=400)
    return keep(request, work, readers.Reading(document, ()))


def _work(request: Any) -> Work | None:
    kept = request.seat.kept.get(KEPT)
    return kept if isinstance(kept, Work) else None


def _columns(request: Any, work: Work, **said: Any) -> HttpResponse:
    key = receiving.key_of(work.file, work.about)
    told = {
        "work": work,
        "key": key,
        "known": declarations().get(key),
        "columns": work.columns(),
        "uses": [(use, _use_word(use, request.language)) for use in uses()],
        "date_orders": get_args(DateOrder),
        "name_orders": get_args(NameOrder),
        "parts": PARTS,
        "few": work.few(),
        "rows": len(work.sheet.rows) if work.sheet else 0,
    }
    return render(request, "reading/columns.html", told | said, status=said.pop("status", 200))


def _use_word(use: str, lang: str) -> str:
    if not use:
        return say(lang, "reading.left_out")
    name, _, part = use.partition("/")
    words = " + ".join(say(lang, f"field.{each}") for each in name.split("+"))
    return f"{words}: {say(lang, f'reading.part.{part}')}" if part else words


def _messages(request: Any, work: Work, **said: Any) -> HttpResponse:
    typed = request.POST
    told: dict[str, Any] = {
        "work": work,
        "typed": typed,
        "ticked": typed.getlist("message"),
        "date_orders": get_args(DateOrder),
    }
    try:
        found = list(
            participants.listing(work.open_chat(), _subjects(request), typed.get("words", "").strip())
        )
        listed = [(one, one.at.replace("T", " ")) for one in found[:SHOWN]]
        told |= {"messages": listed, "found": len(found), "shown": len(listed)}
    except AmparoError as error:
        said.setdefault("code", error.code)
        said.setdefault("facts", error.facts)
    return render(request, "reading/chat.html", told | said, status=said.pop("status", 200))


def _subjects(request: Any) -> tuple[str, ...]:
    """Who keeps their name: the people that the chat is about."""
    said = request.POST.get("subjects", "").replace(";", ",").split(",")
    return tuple(filter(None, (each.strip() for each in said)))
