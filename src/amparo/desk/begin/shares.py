"""Recovery shares shown one by one, then two typed back; only then do they open the study."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from typing import Any

import segno
from django.http import HttpResponse
from django.shortcuts import redirect, render

from amparo.errors import AmparoError
from amparo.study.accounts import ways
from amparo.study.accounts.services import require
from amparo.vault import shares as sharing
from amparo.vault import slots
from amparo.vault.wraps import Recovery

KEPT = "recovery"


def shares(request: Any) -> HttpResponse:
    """What shares are for; the share that was asked for; the form that takes two of them back."""
    seat, typed = request.seat, request.POST
    require(seat.study, "people.recovery")
    if request.method == "GET":
        seat.kept.pop(KEPT, None)
        return render(request, "begin/shares.html", {"needed": sharing.NEEDED, "shares": sharing.SHARES})
    made = seat.kept.get(KEPT)
    if not isinstance(made, Recovery):
        held = seat.study.opened
        made = seat.kept[KEPT] = slots.new_recovery(held.study_id, held.secrets.root_key)
        return _share(request, made, 1)
    if "first" in typed:
        return _typed_back(request, made)
    shown = typed.get("shown", "")
    number = int(shown) + 1 if shown.isascii() and shown.isdecimal() else 1
    return _share(request, made, number) if number <= sharing.SHARES else _ask_back(request)


def _typed_back(request: Any, made: Recovery) -> HttpResponse:
    typed = request.POST
    try:
        back = tuple(sharing.check(typed.get(name, ""), at) for at, name in enumerate(("first", "second"), 1))
        if sharing.join(back) != sharing.join(made.shares):
            raise AmparoError("vault.shares_other")
    except AmparoError as error:
        return _ask_back(request, code=error.code, facts=error.facts, status=400)
    ways.keep_recovery(request.seat.study, made)
    request.seat.kept.pop(KEPT)
    return redirect("reading")


def _share(request: Any, made: Recovery, number: int) -> HttpResponse:
    share, picture = made.shares[number - 1], BytesIO()
    # Capitals make the code smaller; what is read back is taken in either case.
    segno.make_qr(share.upper(), error="m").save(picture, kind="png", scale=4)
    told = {
        "number": number,
        "shares": sharing.SHARES,
        "words": share.split(),
        "picture": b64encode(picture.getvalue()).decode(),
    }
    return render(request, "begin/share.html", told)


def _ask_back(request: Any, **said: Any) -> HttpResponse:
    return render(request, "begin/typed_back.html", said, status=said.pop("status", 200))
