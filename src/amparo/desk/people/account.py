"""A person's own ways in: passphrase, authenticator app, security keys; and what they have not saved yet."""

from __future__ import annotations

import json
from base64 import b64encode
from io import BytesIO
from typing import Any

import segno
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from amparo.desk.middleware import gate
from amparo.desk.signin import keys
from amparo.desk.signin.views import LIMIT, origin
from amparo.errors import AmparoError
from amparo.report.catalogue import say
from amparo.study.accounts import drafts, factors, ways
from amparo.vault import slots, wraps
from amparo.vault.slots import Prf

DRAFT_LIMIT = 200_000  # characters


def account(request: Any) -> HttpResponse:
    """What opens the study for the person, and what is asked beside it."""
    return _page(request)


def passphrase(request: Any) -> HttpResponse:
    """Change one's own passphrase; every other seat of the person is given up."""
    new = request.POST.get("new", "")
    if new != request.POST.get("again", ""):
        raise AmparoError("cli.passphrases_differ")
    ways.set_passphrase(request.seat.study, new)
    gate().keep_only(request.seat)
    return _page(request, done="desk.passphrase_changed")


def app(request: Any) -> HttpResponse:
    """Show a secret for an authenticator app, then keep it once a code of it was typed."""
    study, kept = request.seat.study, request.seat.kept
    if request.method == "GET":
        kept["secret"] = factors.new_secret()
        return _app_page(request)
    secret = kept.get("secret")
    if not isinstance(secret, bytes):
        return redirect("account-app")
    try:
        factors.enrol_totp(study, secret, request.POST.get("code", ""))
    except AmparoError as error:
        return _app_page(request, code=error.code, facts=error.facts)
    kept.pop("secret")
    request.seat.proven = gate().now()
    return _page(request, done="desk.app_added")


def key_options(request: Any) -> HttpResponse:
    """What the browser asks a new key for."""
    salt = wraps.new_salt()
    options, challenge = keys.to_register(request.seat.handle, salt)
    request.seat.kept |= {"challenge": challenge, "salt": salt}
    return HttpResponse(options, content_type="application/json")


def key(request: Any) -> HttpResponse:
    """Keep a new key; where it gives PRF output it becomes a way into the study too."""
    seat, study = request.seat, request.seat.study
    challenge, salt = seat.kept.pop("challenge", b""), seat.kept.pop("salt", b"")
    try:
        answer = json.loads(request.body[:LIMIT])
        credential = keys.registered(answer, challenge, origin(request))
        factors.enrol(study, credential)
        if (output := keys.output_of(answer)) is not None:
            ways.add_credential(study, Prf(credential.credential, output), salt)
    except ValueError:
        return JsonResponse({"problem": say(request.language, "accounts.wrong_key")}, status=403)
    except AmparoError as error:
        return JsonResponse({"problem": say(request.language, error.code, **error.facts)}, status=403)
    seat.proven = gate().now()
    return JsonResponse({"next": "/account"})


def remove_factor(request: Any) -> HttpResponse:
    """Remove a second factor of one's own, and the way in that the same key was."""
    study, number = request.seat.study, int(request.POST.get("factor", "0") or 0)
    gone = next((each for each in factors.factors(study) if each.id == number), None)
    factors.remove(study, number)
    if gone is not None and isinstance(gone.secret, factors.Credential):
        for slot in slots.read(study.opened.path).slots:
            if isinstance(slot, slots.PrfSlot) and slot.credential == gone.secret.credential:
                ways.remove(study, slot.slot)
    return redirect("account")


def draft(request: Any) -> HttpResponse:
    """Keep what a form holds, sealed to the person."""
    place = request.POST.get("draft_place", "")[:120]
    fields = {
        name: value
        for name, value in request.POST.items()
        if name not in ("csrfmiddlewaretoken", "draft_place")
    }
    if not place or sum(map(len, fields.values())) > DRAFT_LIMIT:
        raise AmparoError("desk.draft_too_long", limit=DRAFT_LIMIT)
    with gate().writing():
        drafts.keep(request.seat.study, place, fields)
    return HttpResponse(status=204)


def _page(request: Any, **said: Any) -> HttpResponse:
    study = request.seat.study
    told = {"ways": [way for way in ways.ways(study) if way.own], "factors": factors.factors(study)}
    return render(request, "people/account.html", told | said)


def _app_page(request: Any, **said: Any) -> HttpResponse:
    secret = request.seat.kept["secret"]
    address = factors.uri(secret, request.seat.handle, request.seat.study.facts.title)
    picture = BytesIO()
    segno.make(address).save(picture, kind="png", scale=5)
    told = {"picture": b64encode(picture.getvalue()).decode(), "address": address}
    return render(request, "people/app.html", told | said)
