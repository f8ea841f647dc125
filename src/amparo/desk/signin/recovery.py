"""Letting somebody in again with two recovery shares: typed here, used once, kept nowhere."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from amparo.desk.middleware import gate
from amparo.errors import AmparoError
from amparo.vault.slots import RECOVERY, Shares


def recover(request: Any) -> HttpResponse:
    """The form; then the person gets the new passphrase, and the shares' seat is given up at once."""
    if request.method == "GET":
        return render(request, "signin/recover.html")
    handle = request.POST.get("handle", "").strip().lower()
    try:
        _let_in(handle, request.POST)
    except AmparoError as error:
        told = {"code": error.code, "facts": error.facts, "handle": handle}
        return render(request, "signin/recover.html", told, status=403)
    return render(request, "signin/recovered.html", {"handle": handle})


def _let_in(handle: str, typed: Any) -> None:
    from amparo.study.accounts.compartments import reinstate  # noqa: PLC0415  (models need settings first)

    new, again = typed.get("new", ""), typed.get("again", "")
    if new != again:
        raise AmparoError("cli.passphrases_differ")
    words = tuple(filter(None, (typed.get(name, "").strip() for name in ("first", "second"))))
    token = gate().sign_in(Shares(words), RECOVERY)
    try:
        seat = gate().seat(token)
        if seat is None:
            raise AmparoError("vault.shares_other")
        reinstate(seat.study, handle, new)
    finally:
        gate().leave(token)
