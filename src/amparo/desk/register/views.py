"""Find somebody, and read what is known of a person, record or thing."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from amparo.desk import purpose as purposes
from amparo.desk.middleware import gate
from amparo.desk.register.shown import shown
from amparo.study.accounts import drafts
from amparo.study.claims import explaining
from amparo.study.register import search as searching

LONGEST = 200  # characters of a search


def register(request: Any) -> HttpResponse:
    """The search form."""
    if purposes.chosen(request) is None:
        return purposes.ask(request, "/register")
    return render(request, "register/register.html", {"purpose": purposes.chosen(request)})


def purpose(request: Any) -> HttpResponse:
    """Keep why identities are opened, or ask again."""
    back = request.POST.get("back") or request.GET.get("back") or "/register"
    back = back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "/register"
    if request.method == "GET":
        return purposes.ask(request, back)
    purposes.choose(request)
    return redirect(back)


def search(request: Any) -> HttpResponse:
    """The records whose names, places or dates fit what is typed, person by person."""
    why, text = purposes.chosen(request), request.POST.get("text", "").strip()[:LONGEST]
    if why is None:
        return purposes.ask(request, "/register")
    if not text:
        return render(request, "register/hits.html", {"groups": (), "number": None})
    study = request.seat.study
    found = searching.find(study, text, why, gate().shared.index(study))
    persons = gate().shared.persons(study)
    groups: dict[str, list[searching.Hit]] = {}
    for hit in found.hits:
        groups.setdefault(persons.get(hit.record) or hit.record, []).append(hit)
    return render(
        request,
        "register/hits.html",
        {"groups": groups.items(), "number": found.number, "shown": len(found.hits)},
    )


def thing(request: Any, of: str) -> HttpResponse:
    """What is known of it, value by value, with what tells of it."""
    return thing_page(request, of)


def thing_page(request: Any, of: str, **said: Any) -> HttpResponse:
    """The page of a person, record or thing."""
    why = purposes.chosen(request)
    if why is None:
        return purposes.ask(request, request.path)
    status = said.pop("status", 200)
    study = request.seat.study
    told = shown(explaining.dossier(study, of, why, gate().shared.persons(study)), request.language, study)
    said.setdefault("typed", drafts.kept(study, f"thing:{of}"))
    return render(request, "register/thing.html", {"thing": told, "of": of, **said}, status=status)
