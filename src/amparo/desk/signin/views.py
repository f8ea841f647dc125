"""Signing in with passphrase or security key, the second factor, signing out, locking, the language."""

from __future__ import annotations

import json
import os
import signal
import threading
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from amparo.desk.middleware import COOKIE, LANGUAGE, gate, problem
from amparo.desk.signin import keys
from amparo.errors import AmparoError
from amparo.report.catalogue import languages, say
from amparo.study.accounts import factors
from amparo.vault.slots import FOUNDER, Passphrase, Prf

LIMIT = 20_000  # bytes of a key's answer


def sign_in(request: Any) -> HttpResponse:
    """The form, and the seat it leads to."""
    if request.method == "GET":
        return render(request, "signin/signin.html")
    handle = _handle(request)
    try:
        token = gate().sign_in(Passphrase(request.POST.get("passphrase", ""), handle))
    except AmparoError as error:
        told = {"code": error.code, "facts": error.facts, "handle": handle}
        status = 429 if error.code == "desk.too_many_tries" else 403
        return render(request, "signin/signin.html", told, status=status)
    seat = gate().seat(token)
    if seat is not None and factors.factors(seat.study):
        seat.waiting = True
    return seated(redirect("home"), token)


def key_options(request: Any) -> HttpResponse:
    """What a browser asks the keys of a handle for, before anything is open."""
    options, challenge = keys.to_show(keys.prf_slots(_handle(request)))
    gate().expect(challenge)
    return HttpResponse(options, content_type="application/json")


def sign_in_with_key(request: Any) -> HttpResponse:
    """Open the study with what a key gave, and check that the key itself answered."""
    answer, handle = _answer(request), request.headers.get("X-Handle", "").strip().lower() or FOUNDER
    output = keys.output_of(answer)
    if output is None:
        return _refused(request, "accounts.key_without_prf")
    credential = keys.id_of(answer)
    try:
        token = gate().sign_in(Prf(credential, output), handle)
    except AmparoError as error:
        return _refused(request, error.code, **error.facts)
    seat = gate().seat(token)
    try:
        if seat is None:
            raise AmparoError("accounts.wrong_key")
        _check_key(request, seat, answer, gate().expected())
    except AmparoError as error:
        gate().leave(token)
        return _refused(request, error.code, **error.facts)
    return seated(JsonResponse({"next": "/"}), token)


def factor(request: Any) -> HttpResponse:
    """Ask for the second factor, and take a code."""
    seat = request.seat
    kinds = {each.kind for each in factors.factors(seat.study)}
    told: dict[str, Any] = {"kinds": kinds}
    if request.method == "POST":
        try:
            gate().slow_down(seat.handle)
            factors.check_code(seat.study, request.POST.get("code", ""))
        except AmparoError as error:
            if error.code == "accounts.wrong_code":
                gate().failed(seat.handle)
            told |= {"code": error.code, "facts": error.facts}
            return render(request, "signin/factor.html", told, status=403)
        return _proven(seat, redirect("home"))
    return render(request, "signin/factor.html", told)


def factor_key_options(request: Any) -> HttpResponse:
    """What the browser asks the person's own keys for."""
    mine = [each.secret for each in factors.factors(request.seat.study)]
    options, challenge = keys.to_show(
        [(each.credential, None) for each in mine if isinstance(each, factors.Credential)]
    )
    request.seat.kept["challenge"] = challenge
    return HttpResponse(options, content_type="application/json")


def factor_key(request: Any) -> HttpResponse:
    """Take a key's answer as the second factor."""
    challenge = request.seat.kept.pop("challenge", b"")
    try:
        _check_key(request, request.seat, _answer(request), [challenge])
    except AmparoError as error:
        return _refused(request, error.code, **error.facts)
    return _proven(request.seat, JsonResponse({"next": "/"}))


def sign_out(request: Any) -> HttpResponse:
    """Give the seat up; the browser is told to forget what it kept."""
    gate().leave(request.COOKIES.get(COOKIE, ""))
    return _forgetting(redirect("signin"))


def lock(request: Any) -> HttpResponse:
    """End the process that holds the keys, once the page has gone out."""
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGKILL)).start()
    return _forgetting(render(request, "signin/locked.html", {"seat": None}))


def language(request: Any) -> HttpResponse:
    """Keep the language chosen and go back to the page."""
    back = request.POST.get("back", "/")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    response = redirect(back if safe else "/")
    if (chosen := request.POST.get("language", "")) in languages():
        response.set_cookie(LANGUAGE, chosen, max_age=365 * 86400, samesite="Lax")
    return response


def forgery(request: Any, reason: str = "") -> HttpResponse:
    """A form without its token: sent from elsewhere, or kept open too long."""
    return problem(_spoken(request), "desk.form_stale", 403)


def absent(request: Any, exception: Exception) -> HttpResponse:
    """No such page."""
    return problem(_spoken(request), "desk.not_there", 404)


def malformed(request: Any, exception: Exception) -> HttpResponse:
    """A request no page makes."""
    return problem(_spoken(request), "desk.malformed", 400)


def origin(request: Any) -> str:
    """The address the browser has this site under."""
    return f"{request.scheme}://{request.get_host()}"


def _check_key(request: Any, seat: Any, answer: dict[str, Any], challenges: list[bytes]) -> None:
    """Raise `accounts.wrong_key` unless a key of the person answered one of the challenges."""
    wanted = keys.id_of(answer)
    for each in factors.factors(seat.study):
        if isinstance(each.secret, factors.Credential) and each.secret.credential == wanted:
            for challenge in challenges:
                try:
                    fresh = keys.shown(answer, each.secret, challenge, origin(request))
                except AmparoError:
                    continue
                factors.keep(seat.study, each, fresh)
                seat.proven = gate().now()
                return
    raise AmparoError("accounts.wrong_key")


def _proven(seat: Any, response: HttpResponse) -> HttpResponse:
    seat.waiting, seat.proven = False, gate().now()
    return response


def seated(response: HttpResponse, token: str) -> HttpResponse:
    """The answer that gives a browser its seat."""
    response.set_cookie(COOKIE, token, httponly=True, samesite="Strict")
    return response


def _forgetting(response: HttpResponse) -> HttpResponse:
    response.delete_cookie(COOKIE, samesite="Strict")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _handle(request: Any) -> str:
    return request.POST.get("handle", "").strip().lower() or FOUNDER


def _answer(request: Any) -> dict[str, Any]:
    """A key's answer as the browser sent it. Raises `accounts.wrong_key`."""
    try:
        found = json.loads(request.body[:LIMIT])
    except ValueError:
        raise AmparoError("accounts.wrong_key") from None
    if not isinstance(found, dict):
        raise AmparoError("accounts.wrong_key")
    return found


def _refused(request: Any, code: str, **facts: Any) -> HttpResponse:
    return JsonResponse({"problem": say(request.language, code, **facts)}, status=403)


def _spoken(request: HttpRequest) -> Any:
    """A request that failed before it reached the doorkeeper speaks English and has no seat."""
    for name, value in (("language", "en"), ("seat", None)):
        if not hasattr(request, name):
            setattr(request, name, value)
    return request
