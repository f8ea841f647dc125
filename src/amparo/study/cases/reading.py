"""Cases opened: as far as the person at work holds keys, and, as a lawyer, an agreement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from amparo.errors import AmparoError
from amparo.study.cases.casefile import CaseFile, Told
from amparo.study.cases.lent import lent_cases, lent_to
from amparo.study.cases.models import Case, Entry
from amparo.study.cases.said import Anything, Opening
from amparo.study.context import now
from amparo.study.sealing import open_many

if TYPE_CHECKING:
    from amparo.study.context import Study

_OPENING = msgspec.json.Decoder(Opening)
_SAID = msgspec.json.Decoder(Anything)


def case_of(study: Study, name: str) -> CaseFile:
    """One case. Raises `cases.unknown_case` alike where there is none and where it may not be seen."""
    for found in cases(study, [name]):
        return found
    raise AmparoError("cases.unknown_case", case=name)


def cases(study: Study, names: Sequence[str] | None = None) -> Iterator[CaseFile]:
    """Cases that the person at work may see, of these numbers or all; in the order in which they began.

    After those whose keys they hold come those that are lent to them today.
    """
    seen = set()
    for case in _held(study, names):
        seen.add(case.id)
        yield case
    yield from (case for case in lent_cases(study, names) if case.id not in seen)


def names_of(study: Study) -> list[str]:
    """Numbers of the cases whose key the person at work holds, and of those lent to them today."""
    held = Case.objects.filter(sealed_under__in=study.keys.ids).exclude(wrapped_key=b"")
    return [*held.values_list("pk", flat=True), *lent_to(study)]


def _held(study: Study, names: Sequence[str] | None) -> Iterator[CaseFile]:
    rows = Case.objects.filter(sealed_under__in=study.keys.ids).exclude(wrapped_key=b"")
    entries = Entry.objects.filter(case__isnull=False)
    if names is not None:
        rows, entries = rows.filter(pk__in=list(names)), entries.filter(case__in=list(names))
    told = defaultdict(list)
    for case, line in _told(study, entries):
        told[case].append(line)
    today = now().date().isoformat()
    found = list(
        rows.order_by("at", "id").values_list(
            "id", "at", "by__handle", "sealed_under_id", "wrapped_key", "sealed_opening"
        )
    )
    opened = open_many(
        study.keys,
        Case,
        [row[3] for row in found],
        [(row[0], bytes(row[4]), {"sealed_opening": bytes(row[5])}) for row in found],
    )
    for (name, at, by, key, *_), values in zip(found, opened, strict=True):
        opening = _OPENING.decode(values["sealed_opening"])
        case = CaseFile(name, study.keys[key].compartment, at, by, opening, tuple(told[name]))
        if _may_see(study, case, today):
            yield case


def of_the_organisation(study: Study) -> list[Told]:
    """What is said of partners and programmes, oldest first."""
    return [line for _, line in _told(study, Entry.objects.filter(case=None))]


def words_told(study: Study) -> Iterator[tuple[str, str]]:
    """(case, all words of an entry) of every case whose key is held, whoever works on it."""
    for case, line in _told(study, Entry.objects.filter(case__isnull=False)):
        yield case, " ".join(_texts(msgspec.to_builtins(line.said)))


def unread_cases(study: Study) -> int:
    """How many cases lie under keys that the person at work does not hold."""
    return Case.objects.exclude(wrapped_key=b"").exclude(sealed_under__in=study.keys.ids).count()


def check_cases(study: Study) -> int:
    """Open every case and entry whose key is held; their number. Raises `vault.tampered`."""
    mine = Case.objects.filter(sealed_under__in=study.keys.ids).exclude(wrapped_key=b"")
    return sum(1 for _ in cases(study)) and mine.count() + len(of_the_organisation(study))


def _may_see(study: Study, case: CaseFile, today: str) -> bool:
    """Case workers see the cases of their compartments; a lawyer those with an agreement signed with them."""
    if "cases" in study.user.roles or case.by == study.user.handle:
        return True
    return "lawyer" in study.user.roles and case.represented_by(study.user.handle, today)


def _told(study: Study, rows: Any) -> Iterator[tuple[str, Told]]:
    """(case, entry) of rows that the person at work holds the keys of, oldest first."""
    found = list(
        rows.filter(sealed_under__in=study.keys.ids)
        .exclude(wrapped_key=b"")
        .order_by("id")
        .values_list("id", "case_id", "at", "by__handle", "sealed_under_id", "wrapped_key", "sealed_said")
    )
    opened = open_many(
        study.keys,
        Entry,
        [row[4] for row in found],
        [(row[0], bytes(row[5]), {"sealed_said": bytes(row[6])}) for row in found],
    )
    for (row, case, at, by, key, *_), values in zip(found, opened, strict=True):
        yield case, Told(row, at, by, study.keys[key].compartment, _SAID.decode(values["sealed_said"]))


def _texts(said: object) -> Iterator[str]:
    match said:
        case str():
            yield said
        case dict():
            for each in said.values():
                yield from _texts(each)
        case list() | tuple():
            for each in said:
                yield from _texts(each)
