"""What every request passes: its seat, the rule of its route, and headers that keep pages to themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from amparo.desk import access
from amparo.desk.gate import Gate, Seat
from amparo.errors import AmparoError, Refusal
from amparo.report.catalogue import languages, pick_language

COOKIE, LANGUAGE = "amparo_seat", "amparo_language"
Next = Callable[[HttpRequest], HttpResponse]

# What tells a person that the thing asked for is not there for them, whether or not it is there at all.
_ABSENT = {
    "register.unknown_record",
    "accounts.no_key",
    "register.erased_record",
    "claims.unknown_thing",
    "cases.unknown_case",
}
_DENIED = {"accounts.not_allowed"}


class DeskRequest(HttpRequest):
    """A request with what the middleware adds."""

    seat: Seat | None
    language: str
    htmx: Any


def gate() -> Gate:
    """The gate this process keeps."""
    return settings.AMPARO_GATE


class Doorkeeper:
    """Finds the seat, applies the route's rule, and words what goes wrong."""

    def __init__(self, get_response: Next) -> None:
        """Keep what answers."""
        self._next = get_response

    def __call__(self, request: Any) -> HttpResponse:
        """Answer with headers that let nothing of it be kept or framed."""
        chosen = request.COOKIES.get(LANGUAGE, "")
        accepted = request.headers.get("Accept-Language", "")
        request.language = chosen if chosen in languages() else pick_language({"LANG": accepted[:2]})
        token = request.COOKIES.get(COOKIE, "")
        request.seat = gate().seat(token) if token else None
        response = self._next(request)
        if not request.path.startswith(settings.STATIC_URL):
            response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        return response

    def process_view(self, request: Any, _view: Any, _args: Any, _kwargs: Any) -> HttpResponse | None:
        """Refuse what the route's rule does not allow; None lets the view answer."""
        route, seat = request.resolver_match.view_name or "", request.seat
        rule = access.ROUTES.get(route, access.NOBODY)
        if request.method not in (*rule.methods, "HEAD"):
            return problem(request, "desk.malformed", 405)
        if not (gate().founded or route in ("begin", "language")):
            return redirect("begin")
        if rule.public:
            return None
        if seat is None:
            return _to_sign_in(request)
        if not access.allowed(route, seat.study.user.roles):
            return problem(request, "desk.not_allowed", 403)
        stale = rule.fresh and seat.proven is not None and not seat.fresh(gate().now())
        return redirect("factor") if stale or (seat.waiting and not rule.waiting) else None

    def process_exception(self, request: Any, error: Exception) -> HttpResponse | None:
        """Word what a service refused. A defect is told by its place alone, never by its values."""
        if isinstance(error, AmparoError):
            if error.code in _ABSENT:
                return problem(request, "desk.not_there", 404)
            status = 403 if error.code in _DENIED else 409 if isinstance(error, Refusal) else 400
            return problem(request, error.code, status, **error.facts)
        return problem(request, "desk.internal", 500, kind=type(error).__name__)


def problem(request: Any, code: str, status: int, **facts: Any) -> HttpResponse:
    """A page, or for htmx a fragment, that says one sentence."""
    template = "desk/problem_fragment.html" if getattr(request, "htmx", False) else "desk/problem.html"
    return render(request, template, {"code": code, "facts": facts}, status=status)


def _to_sign_in(request: Any) -> HttpResponse:
    """To the sign-in page; htmx is told to load it whole."""
    if getattr(request, "htmx", False):
        response = HttpResponse(status=204)
        response.headers["HX-Redirect"] = "/signin"
        return response
    return redirect("signin")
