"""The home page."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render


def home(request: Any) -> HttpResponse:
    """The study's title and where its tasks are."""
    return render(request, "home/home.html", {"study": request.seat.study.facts.title})
