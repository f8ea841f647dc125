"""People and compartments: who is in the study, who joins, who leaves."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from shamir_mnemonic.wordlist import WORDLIST

from amparo.desk.middleware import gate
from amparo.study.accounts import compartments, factors, people
from amparo.study.accounts.rules import ROLES

INVITATION_WORDS = 6  # of 1,024: sixty bits


def listing(request: Any) -> HttpResponse:
    """Everybody at work with their roles and compartments, and the forms that change them."""
    return _page(request)


def invite(request: Any) -> HttpResponse:
    """Add somebody under words that are shown once; they choose a passphrase of their own with them."""
    words = " ".join(secrets.choice(WORDLIST) for _ in range(INVITATION_WORDS))
    handle = request.POST.get("handle", "").strip().lower()
    roles = request.POST.getlist("role")
    compartments.welcome(request.seat.study, handle, roles, words, request.POST.getlist("compartment"))
    return _page(request, invited={"handle": handle, "words": words})


def roles(request: Any) -> HttpResponse:
    """Give somebody exactly these roles."""
    people.set_roles(request.seat.study, _handle(request), request.POST.getlist("role"))
    return redirect("people")


def remove(request: Any) -> HttpResponse:
    """End somebody's work, their seats at once, and say what they could have seen."""
    handle = _handle(request)
    seen = people.remove(request.seat.study, handle)
    gate().leave_all(handle)
    return _page(request, removed={"handle": handle, "records": sum(seen.records.values())})


def reset(request: Any) -> HttpResponse:
    """Remove the second factors of somebody who lost them."""
    handle = _handle(request)
    factors.reset(request.seat.study, handle)
    return _page(request, factors_reset={"handle": handle})


def join(request: Any) -> HttpResponse:
    """Give somebody the keys of a compartment one holds oneself."""
    compartments.join(request.seat.study, request.POST.get("compartment", ""), _handle(request))
    return redirect("people")


def leave(request: Any) -> HttpResponse:
    """Take the keys of a compartment from somebody."""
    compartments.leave(request.seat.study, request.POST.get("compartment", ""), _handle(request))
    return redirect("people")


def _handle(request: Any) -> str:
    return request.POST.get("handle", "").strip().lower()


def _page(request: Any, **said: Any) -> HttpResponse:
    study = request.seat.study
    told = {
        "people": people.people(),
        "compartments": compartments.holders(),
        "mine": study.keys.compartments,
        "roles": ROLES,
        "administers": "administers" in study.user.roles,
    }
    return render(request, "people/people.html", told | said)
