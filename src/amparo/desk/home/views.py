"""The home page: what needs the person today, and how the study stands."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import render

from amparo.desk import access
from amparo.desk.cases.shown import Row, row
from amparo.desk.middleware import gate
from amparo.report import log
from amparo.report.catalogue import day
from amparo.study.agenda import agenda
from amparo.study.cases.board import chosen
from amparo.study.context import now
from amparo.vault.audit import Line

MOST = 8  # cases shown
WIDTH, HEIGHT = 120, 24  # of a sparkline, in the units of its picture


class Act(NamedTuple):
    """One line of the log as it is shown."""

    at: str
    who: str
    said: str


class _Step(NamedTuple):
    """Something to try: its sentence, where it is done, whether it was."""

    code: str
    to: str
    done: bool


PLACES = {"find": "/register", "decide": "/claims", "judge": "/matching"}


def home(request: Any) -> HttpResponse:
    """The study in a few numbers, what waits, and what was done last."""
    study, lang = request.seat.study, request.language
    waits = agenda(study)
    counted = gate().shared.numbers(study)
    persons = gate().shared.persons(study)
    told = {
        "study": study.facts.title,
        "waits": waits,
        "numbers": counted,
        "persons": persons.number,
        "line": _line([count for _, count in counted.growth]),
        "presses": _presses(request),
        "steps": [_Step(f"desk.first.{step}", PLACES[step], done) for step, done in waits.steps],
        "acts": [_act(line, lang) for line in waits.acts],
    }
    return render(request, "home/home.html", told)


def _presses(request: Any) -> list[Row]:
    """The person's own cases that ask for something now."""
    study = request.seat.study
    if not access.allowed("cases", study.user.roles):
        return []
    mine = study.user.handle if access.allowed("intake", study.user.roles) else ""
    lines = chosen(gate().shared.board(study), worker=mine, level="red")
    return [row(line, request.language, now().date()) for line in lines[:MOST]]


def _act(line: Line, lang: str) -> Act:
    return Act(day(lang, line.at[:10]), line.actor, log.act(lang, line.act, line.facts))


def _line(counts: list[int]) -> str:
    """Points of a sparkline; empty below two months."""
    if len(counts) < 2:
        return ""
    most = max(counts) or 1
    step = WIDTH / (len(counts) - 1)
    return " ".join(
        f"{index * step:.1f},{HEIGHT - count / most * HEIGHT:.1f}" for index, count in enumerate(counts)
    )
