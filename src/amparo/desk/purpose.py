"""Why identities are opened: asked once a task, kept in the seat, told to the log with every opening."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from amparo.desk import access
from amparo.study.care.rules import OTHER, PURPOSES, Purpose, check_purpose


def chosen(request: Any) -> Purpose | None:
    """What the person said they open identities for; None before they said it."""
    if not access.allowed("register-purpose", request.seat.study.user.roles):
        return Purpose("case")  # a volunteer has one purpose: what a case was lent for
    kept = request.seat.kept.get("purpose")
    return kept if isinstance(kept, Purpose) else None


def choose(request: Any) -> None:
    """Keep what the person says. Raises `care.unknown_purpose`, `care.purpose_words`."""
    said = Purpose(request.POST.get("purpose", ""), request.POST.get("words", "").strip())
    check_purpose(said)
    request.seat.kept["purpose"] = said


def ask(request: Any, back: str) -> HttpResponse:
    """The page that asks, and goes back to where the person was."""
    return render(request, "register/purpose.html", {"purposes": PURPOSES, "other": OTHER, "back": back})
