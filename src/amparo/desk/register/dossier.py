"""A person's dossier for a member: a PDF, sealed to the member's own age key."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from amparo.desk import purpose as purposes
from amparo.desk.register.views import thing_page
from amparo.errors import AmparoError
from amparo.report.document import bound
from amparo.report.dossier import Made
from amparo.report.dossier import dossier as told
from amparo.study.claims.packing import pack_dossier
from amparo.study.context import now


def dossier(request: Any, of: str) -> HttpResponse:
    """The sealed file; its name tells nothing of whom it is about."""
    study, to, why = request.seat.study, request.POST.get("to", "").strip(), purposes.chosen(request)
    if why is None:
        return purposes.ask(request, f"/thing/{of}")
    day, facts = now().date().isoformat(), study.facts
    made = Made(facts.title, day, study.user.handle, to, why.code, facts.synthetic)
    try:
        sealed = pack_dossier(study, of, to, why, lambda found: bound(told(found, made, request.language)))
    except AmparoError as error:
        return thing_page(request, of, code=error.code, facts=error.facts, status=400)
    response = HttpResponse(sealed, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="dossier-{day}.pdf.age"'
    return response
