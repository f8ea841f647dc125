"""The catalogue in templates: `{% say 'desk.code' fact=value %}`, `{% word family name %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest

from amparo.desk import access
from amparo.report import catalogue

register = template.Library()


def spoken(request: HttpRequest) -> dict[str, Any]:
    """What every template may use: the languages, the seat, and which routes its person may call."""
    language = getattr(request, "language", "en")
    others = [other for other in catalogue.languages() if other != language]
    seat = getattr(request, "seat", None)
    roles = seat.study.user.roles if seat else ()
    may = {route: access.allowed(route, roles) for route in access.ROUTES}
    return {"language": language, "other_languages": others, "seat": seat, "may": may}


@register.simple_tag(takes_context=True)
def say(context: dict[str, Any], code: str, **facts: Any) -> str:
    """The sentence of a code in the language of the page."""
    return catalogue.say(context["language"], code, **facts)


@register.simple_tag(takes_context=True)
def tell(context: dict[str, Any], code: str, facts: dict[str, Any]) -> str:
    """The sentence of a code whose facts come as one table."""
    return catalogue.say(context["language"], code, **{"amparo": "amparo", **facts})


@register.simple_tag(takes_context=True)
def word(context: dict[str, Any], family: str, name: str) -> str:
    """The word for a coded name."""
    return catalogue.word(context["language"], family, name)


@register.simple_tag(takes_context=True)
def written(context: dict[str, Any], fact: Any) -> str:
    """A number, day or list as the language writes it."""
    return catalogue.write(context["language"], fact)


@register.simple_tag(takes_context=True)
def day(context: dict[str, Any], edtf: str) -> str:
    """A day, month or year in words."""
    return catalogue.day(context["language"], edtf)
