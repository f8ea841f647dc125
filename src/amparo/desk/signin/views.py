"""Signing in with handle and passphrase, signing out, locking the study, choosing the language."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from amparo.desk.middleware import COOKIE, LANGUAGE, gate, problem
from amparo.errors import AmparoError
from amparo.report.catalogue import languages
from amparo.vault.slots import FOUNDER


def sign_in(request: Any) -> HttpResponse:
    """The form, and the seat it leads to."""
    if request.method == "GET":
        return render(request, "signin/signin.html")
    handle = request.POST.get("handle", "").strip().lower() or FOUNDER
    try:
        token = gate().sign_in(handle, request.POST.get("passphrase", ""))
    except AmparoError as error:
        status = 429 if error.code == "desk.too_many_tries" else 403
        return render(
            request,
            "signin/signin.html",
            {"code": error.code, "facts": error.facts, "handle": handle},
            status=status,
        )
    response = redirect("home")
    response.set_cookie(COOKIE, token, httponly=True, samesite="Strict")
    return response


def sign_out(request: Any) -> HttpResponse:
    """Give the seat up; the browser is told to forget what it kept."""
    gate().leave(request.COOKIES.get(COOKIE, ""))
    response = redirect("signin")
    response.delete_cookie(COOKIE, samesite="Strict")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def lock(request: Any) -> HttpResponse:
    """End the process that holds the keys, once the page has gone out."""
    response = render(request, "signin/locked.html")
    response.delete_cookie(COOKIE, samesite="Strict")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGKILL)).start()
    return response


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


def _spoken(request: HttpRequest) -> Any:
    """A request that failed before it reached the doorkeeper speaks English and has no seat."""
    for name, value in (("language", "en"), ("seat", None)):
        if not hasattr(request, name):
            setattr(request, name, value)
    return request
