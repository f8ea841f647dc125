"""Say something new of a thing, choose among claims, take one back, verify an act.

Who writes names the stamp of what they saw. Where somebody else wrote meanwhile nothing is written: the page
comes back with what stands now, and what was typed stays in the form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from amparo.desk import purpose as purposes
from amparo.desk.middleware import gate
from amparo.desk.register.views import thing_page
from amparo.errors import AmparoError
from amparo.intake.passages import Oral
from amparo.study.accounts import drafts
from amparo.study.care.rules import Purpose
from amparo.study.claims import explaining, services


def say(request: Any, of: str) -> HttpResponse:
    """Claim a value as somebody told it, in place of another where one is named.

    Of a person it is said of one of their records: that of the claim it replaces, else the one chosen.
    """
    typed = request.POST
    field, value = typed.get("field", ""), typed.get("value", "").strip()
    supersedes = [typed["supersedes"]] if typed.get("supersedes") else []

    passage = Oral(
        words=typed.get("quote", "").strip() or value,
        told_by=typed.get("told_by", "").strip(),
        told_to=request.seat.handle,
        told=typed.get("told", "").strip(),
    )

    def write(study: Any, stands: explaining.Dossier) -> None:
        services.claim(
            study,
            _said_of(stands, typed.get("record", ""), supersedes),
            {field: value},
            passage,
            certainty=typed.get("certainty", "stated"),
            restriction=typed.get("restriction", "none"),
            supersedes=supersedes,
            reason=typed.get("reason", "").strip(),
        )

    def is_written(stands: explaining.Dossier) -> bool:
        """Whether the same form was sent before, and its answer lost on the way."""
        return any(
            line.claim.said.passage == passage and line.claim.by == request.seat.handle
            for found in stands.fields
            for line in found.lines
            if found.field == field and line.state in ("preferred", "standing")
        )

    return _written(request, of, write, is_written)


def _said_of(stands: explaining.Dossier, record: str, supersedes: list[str]) -> str:
    """The thing itself; of a person, who is not written to, one of the records behind them."""
    if not stands.records or stands.of in stands.records:
        return stands.of
    for found in stands.fields:
        for line in found.lines:
            if line.claim.id in supersedes:
                return line.claim.of
    return record if record in stands.records else stands.records[0]


def prefer(request: Any, of: str) -> HttpResponse:
    """Choose one of several claims, with a reason."""
    typed = request.POST
    return _written(
        request,
        of,
        lambda study, _: services.prefer(
            study, typed.get("of", of), typed.get("claim", ""), typed.get("reason", "")
        ),
    )


def withdraw(request: Any, of: str) -> HttpResponse:
    """Take back a claim or a choice, or undo that."""
    typed = request.POST
    return _written(
        request,
        of,
        lambda study, _: services.withdraw(
            study, typed.get("of", of), typed.get("claim", ""), typed.get("reason", "")
        ),
    )


def verify(request: Any, of: str) -> HttpResponse:
    """Say as the second person what one thinks of an act."""
    typed = request.POST
    return _written(
        request,
        of,
        lambda study, _: services.verify(
            study, typed.get("of", of), typed.get("state", ""), typed.get("reason", "")
        ),
    )


def _written(
    request: Any,
    of: str,
    write: Callable[[Any, explaining.Dossier], object],
    is_written: Callable[[explaining.Dossier], bool] = lambda _: False,
) -> HttpResponse:
    """Write unless somebody wrote meanwhile; what cannot be written comes back with what was typed.

    What `is_written` finds there already is not written twice.
    """
    study, typed = request.seat.study, request.POST
    why = purposes.chosen(request) or Purpose("correction")
    with gate().writing():
        stands = explaining.dossier(study, of, why, gate().shared.persons(study))
        if typed.get("stamp", "") != stands.stamp:
            if is_written(stands):
                drafts.drop(study, f"thing:{of}")
                return redirect("thing", of=of)
            return thing_page(request, of, typed=typed, conflict=True, status=409)
        try:
            write(study, stands)
        except AmparoError as error:
            return thing_page(request, of, typed=typed, code=error.code, facts=error.facts, status=400)
    drafts.drop(study, f"thing:{of}")
    return redirect("thing", of=of)
