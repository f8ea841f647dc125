"""What needs somebody today, and how the part of the study that they may see stands."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Sum

from amparo.study.accounts.models import AuditLine
from amparo.study.accounts.rules import ACTS, OPENINGS
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
BEGINNER = 200  # acts of one's own after which nobody is new
# What somebody new may try -> the acts that show that they did.
TRIED = {
    "find": frozenset({"register.found"}),
    "decide": frozenset({"claims.accepted", "claims.rejected"}),
    "judge": frozenset({"linkage.judged"}),
}


class Numbers(NamedTuple):
    """What the person at work may open of the study, and how it grew: month (YYYY-MM) -> records so far."""

    lists: int
    records: int
    growth: tuple[tuple[str, int], ...]


class Agenda(NamedTuple):
    """What waits: suggestions to decide on (None: not theirs), whether pairs do, dates, the newest acts.

    `steps` are what somebody who is new may try, and whether they did; empty once all is done.
    """

    suggestions: int | None
    pairs: bool
    due: tuple[Due, ...]
    acts: tuple[Line, ...]
    steps: tuple[tuple[str, bool], ...]


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
    changes = tuple(newest_acts(study, NEWEST, without=OPENINGS))
    return Agenda(waiting, linked, tuple(dates), changes, _steps(study, waiting, linked))


def _steps(study: Study, waiting: int | None, linked: bool) -> tuple[tuple[str, bool], ...]:
    """What to try first of what the person may and can do; none for who did it all, or works here long."""
    did = AuditLine.objects.filter(actor=study.user).order_by("seq").values_list("act", flat=True)[:BEGINNER]
    done = set(did)
    there = {
        "find": bool(ACTS["register.found"] & set(study.user.roles)),
        "decide": bool(waiting) or "claims.accepted" in done,
        "judge": linked,
    }
    steps = tuple((step, bool(TRIED[step] & done)) for step, there_is in there.items() if there_is)
    return () if len(did) == BEGINNER or all(tried for _, tried in steps) else steps
