"""A document beside what it says: decide on suggestions, and make a sentence the source of a value."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from amparo.desk import purpose as purposes
from amparo.desk.middleware import gate
from amparo.desk.reading import shown
from amparo.errors import AmparoError
from amparo.intake.proposals import Proposal
from amparo.report import claims as wording
from amparo.study.claims import documents, keeping, rules, services
from amparo.study.register.documents import document_of
from amparo.vocabulary.lists import word
from amparo.vocabulary.model import model

PERSON, RECORD, ACT_ON = "person", "record", "act@"  # somebody new, of the register; an act against one


def view(request: Any, file: int) -> HttpResponse:
    """The document, what waits on it, and the form that takes a sentence."""
    return _page(request, file)


def decide(request: Any, file: int) -> HttpResponse:
    """Accept, correct or reject what waits on one thing, all at once; what is left alone goes on waiting."""
    typed, study = request.POST, request.seat.study
    documents.file_of(study, file)
    names, everything = typed.getlist("suggestion"), typed.get("all", "")
    values, taken, rejected = {}, [], []
    for name in names:
        said = everything or typed.get(f"say-{name}", "")
        value = typed.get(f"value-{name}", "").strip()
        if said == "accept":
            taken.append(name)
            if value and value != typed.get(f"was-{name}", value):
                values[name] = value
        elif said == "reject":
            rejected.append(name)
    try:
        with gate().writing():
            if taken:
                services.accept(study, taken, values)
            if rejected:
                services.reject(study, rejected)
    except AmparoError as error:
        return _page(request, file, code=error.code, facts=error.facts, status=400)
    return _back(file, "waits")


def accept_safe(request: Any, file: int) -> HttpResponse:
    """Accept what is sure, open and contradicted by nothing."""
    why = purposes.chosen(request)
    if why is None:
        return purposes.ask(request, f"/file/{file}")
    study = request.seat.study
    with gate().writing():
        found = documents.view(study, file, why).waiting
        safe = [each.waiting.id for each in found if rules.is_safe(each.waiting.proposal, each.rivals)]
        if safe:
            services.accept(study, safe)
    return _back(file, "waits")


def say(request: Any, file: int) -> HttpResponse:
    """Make a sentence the source of a value: of somebody new, of a new act, of what is there."""
    typed, study = request.POST, request.seat.study
    of, record = typed.get("of", PERSON), typed.get("record", "").strip()
    if of in (RECORD, ACT_ON):
        of = record if of == RECORD else f"{ACT_ON}{record}"
    kind, _, field = typed.get("field", "").partition(".")
    value, quote = typed.get("value", "").strip(), typed.get("quote", "").replace("\r\n", "\n").strip()
    value = wording.kept(kind, field, value)
    try:
        found = documents.file_of(study, file)
        passage = shown.place_of(
            document_of(study, found), quote, typed.get("start", ""), typed.get("number", "")
        )
        if passage is None:
            raise AmparoError("claims.unfounded", entity=of, field=field)
        certainty = typed.get("certainty", "stated")
        with gate().writing():
            if of == PERSON:
                if kind != PERSON:
                    raise AmparoError("claims.bad_value", kind=PERSON, field=field)
                proposal = Proposal(
                    entity="person-1", kind=PERSON, field=field, value=value, passage=passage,
                    certainty=certainty, rule="hand",
                )  # fmt: skip
                services.accept(study, keeping.propose(study, found, [proposal]))
            elif of.startswith(ACT_ON):
                values = {"victim": of.removeprefix(ACT_ON), field: value}
                services.claim(study, "act", values, passage, file=found, certainty=certainty)
            else:
                services.claim(study, of, {field: value}, passage, file=found, certainty=certainty)
    except AmparoError as error:
        return _page(request, file, code=error.code, facts=error.facts, typed=typed, status=400)
    return _back(file, "say")


def _back(file: int, place: str) -> HttpResponse:
    response = redirect("file", file=file)
    response.headers["Location"] += f"#{place}"
    return response


def _page(request: Any, file: int, **said: Any) -> HttpResponse:
    why, lang = purposes.chosen(request), request.language
    if why is None:
        return purposes.ask(request, f"/file/{file}")
    found = documents.view(request.seat.study, file, why)
    page = request.GET.get("page", "")
    seen = None
    if page.isdecimal() or found.document.kind == "picture":
        try:
            seen = documents.drawn(request.seat.study, file, int(page) if page.isdecimal() else 1)
        except AmparoError as error:
            if not error.code.startswith("intake."):
                raise
            said = {"code": error.code, "facts": error.facts} | said
    things = [(each.of, each.kind, _called(each, lang)) for each in found.things]
    told = {
        "file": file,
        "view": found,
        "blocks": shown.blocks(found),
        "seen": seen,
        "paged": found.origin.file_name.lower().endswith(".pdf"),
        "picture": b64encode(seen.jpeg).decode() if seen else "",
        "regions": shown.regions(found, seen.page) if seen else [],
        "around": [(n, n == seen.page) for n in range(1, seen.pages + 1)] if seen and seen.pages > 1 else [],
        "groups": shown.groups(found.waiting, lang),
        "safe": sum(rules.is_safe(each.waiting.proposal, each.rivals) for each in found.waiting),
        "things": [(of, getattr(model()[kind], lang), name, kind) for of, kind, name in things],
        "persons": [(of, name) for of, kind, name in things if kind == PERSON],
        "kinds": shown.kinds(lang),
        "lists": shown.coded(lang),
        "certainties": [(code, word("certainty", code, lang)) for code in rules.SUREST],
        "typed": {},
    }
    return render(request, "reading/document.html", told | said, status=said.pop("status", 200))


def _called(thing: documents.Thing, lang: str) -> str:
    """What a thing is called; an act by its type."""
    return wording.value(thing.kind, "type", thing.name, lang) if thing.kind == "act" else thing.name
