"""Say what the study counts, choose a passphrase; then the study is made and its founder signed in."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from shamir_mnemonic.wordlist import WORDLIST

from amparo.desk.middleware import gate
from amparo.desk.signin.views import seated
from amparo.errors import AmparoError
from amparo.study.plan import Period, Plan, PlannedTarget
from amparo.vault.slots import Passphrase, check_passphrase

PROPOSED_WORDS = 6  # of 1,024: sixty bits
ASKED = ("title", "role", "act", "place", "from", "to", "synthetic")


def begin(request: Any) -> HttpResponse:
    """The first step, the second with what was said in the first, or the founder's seat."""
    if gate().founded:
        return redirect("home")
    typed = request.POST
    if request.method == "GET":
        return _page(request, "counted")
    try:
        plan = _plan(request)
        if typed.get("step") == "counted":
            return _page(request, "passphrase")
        new = typed.get("passphrase", "")
        if new != typed.get("again", ""):
            raise AmparoError("cli.passphrases_differ")
        check_passphrase(new)
        gate().found(plan, new)
    except AmparoError as error:
        step = "passphrase" if typed.get("step") == "passphrase" else "counted"
        return _page(request, step, code=error.code, facts=error.facts, status=400)
    return seated(redirect("shares"), gate().sign_in(Passphrase(new)))


def _plan(request: Any) -> Plan:
    """What the study counts. Raises `desk.lacks` for an empty field, `cli.bad_day`, `counting.bad_period`."""
    said = {name: request.POST.get(name, "").strip() for name in ASKED}
    for name in ("title", "role", "act", "place", "from", "to"):
        if not said[name]:
            raise AmparoError("desk.lacks")
    first, last = _day(said["from"], "period-from"), _day(said["to"], "period-to")
    if first > last:
        raise AmparoError("counting.bad_period", first=str(first), last=str(last))
    target = PlannedTarget(said["role"], said["act"], said["place"], Period(first, last))
    return Plan(said["title"], request.language, synthetic=bool(said["synthetic"]), target=target)


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise AmparoError("cli.bad_day", value=text, option=option) from None


def _page(request: Any, step: str, **said: Any) -> HttpResponse:
    typed = {name: request.POST.get(name, "") for name in ASKED}
    told: dict[str, Any] = {"typed": typed, "kept": typed.items(), "folder": gate().path}
    if step == "passphrase":
        told["proposed"] = " ".join(secrets.choice(WORDLIST) for _ in range(PROPOSED_WORDS))
    return render(request, f"begin/{step}.html", told | said, status=said.pop("status", 200))
