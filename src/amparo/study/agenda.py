"""What needs somebody today, and how the part of the study that they may see stands."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Sum

from amparo.study.accounts.rules import ACTS
from amparo.study.accounts.services import newest_acts
from amparo.study.care.services import Due, due
from amparo.study.claims.models import Decision, Suggestion
from amparo.study.linking.models import LinkRun
from amparo.study.register.models import Record, Source, SourceFile

if TYPE_CHECKING:
    from amparo.study.context import Study
    from amparo.vault.audit import Line

SOON = 30  # days within which an end of consent or keeping is told of
NEWEST = 8  # acts shown


class Numbers(NamedTuple):
    """What the person at work may open of the study, and how it grew: month (YYYY-MM) -> records so far."""

    lists: int
    records: int
    growth: tuple[tuple[str, int], ...]


class Agenda(NamedTuple):
    """What waits: suggestions to decide on (None: not theirs), whether pairs do, dates, the newest acts."""

    suggestions: int | None
    pairs: bool
    due: tuple[Due, ...]
    acts: tuple[Line, ...]


def numbers(study: Study) -> Numbers:
    """Counts of what the person holds the keys of."""
    mine = study.keys.ids
    records = Record.objects.filter(ended=None, sealed_under__in=mine).exclude(wrapped_key=b"").count()
    files = SourceFile.objects.filter(sealed_under__in=mine)
    grown: Counter[str] = Counter()
    for at, rows in files.values_list("at").annotate(Sum("rows")).order_by("at"):
        grown[at.strftime("%Y-%m")] += rows
    total, growth = 0, []
    for month in sorted(grown):
        total += grown[month]
        growth.append((month, total))
    sources = Source.objects.filter(files__sealed_under__in=mine).distinct().count()
    return Numbers(sources, records, tuple(growth))


def agenda(study: Study) -> Agenda:
    """What waits for the person at work, as far as their roles and keys go."""
    mine, roles = study.keys.ids, set(study.user.roles)
    waiting = None
    if ACTS["claims.accepted"] & roles:
        rows = Suggestion.objects.filter(sealed_under__in=mine).exclude(wrapped_key=b"")
        waiting = rows.exclude(pk__in=Decision.objects.values("suggestion")).count()
    judges = bool(ACTS["linkage.judged"] & roles)
    linked = judges and LinkRun.objects.filter(sealed_under__in=mine).exists()
    dates = due(study, SOON) if ACTS["care.consent"] & roles else []
    return Agenda(waiting, linked, tuple(dates), tuple(newest_acts(study, NEWEST)))
