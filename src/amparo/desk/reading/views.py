"""Take files and statements in, and list what waits for a decision."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from amparo.desk.middleware import gate
from amparo.desk.reading.work import Work
from amparo.errors import AmparoError
from amparo.intake import documents as readers
from amparo.intake.passages import Oral
from amparo.intake.sheet import FILE_LIMIT
from amparo.study import receiving
from amparo.study.accounts import drafts
from amparo.study.accounts.rules import MEMBERS
from amparo.study.claims import documents
from amparo.study.register.rules import PARTS, About, File

KEPT = "reading"
STATEMENT = "statement"  # the place of its draft


def room(request: Any) -> HttpResponse:
    """What came in, and the form that takes more."""
    return _room(request)


def receive(request: Any) -> HttpResponse:
    """Read a file: a document is kept with what is proposed of it, a list or chat asks for one thing more."""
    typed = request.POST
    try:
        work = Work(_file(request, "file"), _about(request), typed.get("date_order") or None)
        kind = readers.recognise(work.file.content, work.file.name)
        if kind == "list":
            work.open_list(request.seat.study)
            request.seat.kept[KEPT] = work
            return redirect("reading-list")
        if kind == "chat":
            request.seat.kept[KEPT] = work
            return redirect("reading-chat")
        transcript = _file(request, "transcript") if request.FILES.get("transcript") else None
        given = readers.Given(
            transcript=(transcript.content, transcript.name) if transcript else None,
            letters=typed.get("letters") == "yes",
            published=typed.get("published", "").strip() or None,
        )
        reading = readers.read_whole(work.file.content, work.file.name, kind, given)
        return keep(request, work, reading)
    except AmparoError as error:
        return _room(request, code=error.code, facts=error.facts, typed=typed, status=400)


def keep(request: Any, work: Work, reading: readers.Reading) -> HttpResponse:
    """Keep a document and go to its page."""
    study = request.seat.study
    with gate().writing():
        kept = receiving.keep(study, work.file, reading, work.about)
    request.seat.kept.pop(KEPT, None)
    return redirect("file", file=documents.number_of(study, kept.source, kept.ordinal))


def statement(request: Any) -> HttpResponse:
    """Write down what somebody told: who told whom, when, through whom."""
    study, typed = request.seat.study, request.POST
    if request.method == "GET":
        return _statement(request, drafts.kept(study, STATEMENT))
    said = {name: typed.get(name, "").strip() for name in ("told_by", "told", "interpreter")}
    oral = Oral(
        words="",
        told_by=said["told_by"],
        told_to=typed.get("told_to", "").strip() or study.user.handle,
        told=said["told"],
        interpreter=said["interpreter"] or None,
    )
    text = typed.get("text", "").replace("\r\n", "\n")
    about = _about(request)
    try:
        reading = readers.read_statement(text, oral)
        work = Work(File("statement.txt", text.encode()), about._replace(source=about.source or "statements"))
        answer = keep(request, work, reading)
    except AmparoError as error:
        return _statement(request, typed, code=error.code, facts=error.facts, status=400)
    drafts.drop(study, STATEMENT)
    return answer


def waiting(request: Any) -> HttpResponse:
    """The documents on which suggestions wait."""
    return render(
        request, "reading/waiting.html", {"entries": documents.entries(request.seat.study, waiting=True)}
    )


def _room(request: Any, **said: Any) -> HttpResponse:
    study = request.seat.study
    told = {"entries": documents.entries(study), "parts": PARTS, "places": _places(study)}
    return render(request, "reading/room.html", told | said, status=said.pop("status", 200))


def _statement(request: Any, typed: Any, **said: Any) -> HttpResponse:
    told = {"typed": typed, "places": _places(request.seat.study)}
    return render(request, "reading/statement.html", told | said, status=said.pop("status", 200))


def _places(study: Any) -> list[str]:
    """The compartments that a new source may go to."""
    return [name for name in study.keys.compartments if name not in MEMBERS]


def _about(request: Any) -> About:
    def said(name: str) -> str | None:
        return request.POST.get(name, "").strip() or None

    return About(said("source"), said("title"), said("part"), (), said("compartment"))


def _file(request: Any, name: str) -> File:
    """What was uploaded, held in memory only. Raises `desk.no_file`, `intake.file_too_large`."""
    sent = request.FILES.get(name)
    if sent is None:
        raise AmparoError("desk.no_file")
    if sent.size > FILE_LIMIT:
        raise AmparoError("intake.file_too_large", file=sent.name, limit=FILE_LIMIT >> 20)
    return File(sent.name, sent.read())
