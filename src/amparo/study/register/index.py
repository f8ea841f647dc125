"""The names that somebody can search: a part for each compartment, the same for all who hold its keys.

A change makes a part anew only where it touches it: what came, was corrected or was claimed since stands
beside the names that were scanned before, and those it takes the place of are passed over.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
from django.db.models import Count, F, Max

from amparo.records import CELLS
from amparo.study.accounts.rules import MEMBERS
from amparo.study.care.models import Erasure
from amparo.study.care.tombstones import NAME_FIELDS, NAMES
from amparo.study.claims.models import Claim, Ruling
from amparo.study.claims.reading import Corrections, called, claims_of
from amparo.study.register.models import Record, SourceFile, Supersession
from amparo.study.register.names import Named, Names, words_typed
from amparo.study.register.services import open_records
from amparo.study.register.standing import in_parts

if TYPE_CHECKING:
    from amparo.study.context import Study

BESIDE = 5000  # most records that stand beside those scanned before all are scanned again

# What a record is found by beside its names.
BESIDE_FIELDS = ("event_date", "place", "place_1", "place_2", "place_3")
TOLD_FIELDS = ("date", "place")  # of what tells of it
_AT = {field: place for place, field in enumerate(CELLS)}
# Of a record's cells only those up to the last one that is searched are made into texts.
_LAST = max(*NAMES, *(_AT[field] for field in BESIDE_FIELDS))
_READ = [(field, str | None) for field in list(CELLS)[: _LAST + 1]]
_Told = msgspec.defstruct("_Told", _READ, array_like=True)
_NAMES, _BESIDE = attrgetter(*NAME_FIELDS), attrgetter(*BESIDE_FIELDS)


class Stamp(NamedTuple):
    """What changes whenever the names of a compartment do; of rows that are only added, number and last."""

    keys: tuple[int, ...]
    file: int
    erasures: int
    claims: tuple[int, datetime | None]
    rulings: tuple[int, datetime | None]


class Part:
    """The names of one compartment's standing records."""

    def __init__(self, study: Study, before: Part | None = None) -> None:
        """Open and scan with the keys of `study`, which are of one compartment; as little as may be.

        `before` is what was made with these keys before. Raises `vault.tampered`.
        """
        self.stamp = stamp(study)
        changed = _changed(study, before.stamp, self.stamp) if before is not None else None
        if before is not None and changed is not None:
            changed |= set(before.beside.records)
        if before is None or changed is None or len(changed) > BESIDE:
            self.scanned, self.beside = Names(_named(study)), Names(())
            self.hidden = np.zeros(len(self.scanned.records), bool)
            return
        self.scanned, self.hidden = before.scanned, before.hidden.copy()
        self.hidden[self.scanned.places_of(changed)] = True
        self.beside = Names(_named(study, sorted(changed)))


class Index:
    """The names of all standing records that a study's user can open, in memory."""

    def __init__(self, study: Study, parts: Sequence[Part] | None = None) -> None:
        """Put parts side by side that were made with keys this user holds, or make them.

        Raises `vault.tampered`.
        """
        self._parts = [Part(each) for each in compartments(study)] if parts is None else parts
        self._names = [(names, hidden) for part in self._parts for names, hidden in _sides(part)]
        ends = np.cumsum([0, *(len(names.records) for names, _ in self._names)])
        self._begins = ends.tolist()

    def refreshed(self, study: Study) -> Index:
        """This one, or one made upon it where something was read, claimed or erased, or keys changed, since.

        Raises `vault.tampered`.
        """
        told = [(each, stamp(each)) for each in compartments(study)]
        if [part.stamp for part in self._parts] == [now for _, now in told]:
            return self
        before = {part.stamp.keys: part for part in self._parts}
        return Index(study, [Part(each, before.get(now.keys)) for each, now in told])

    @cached_property
    def records(self) -> list[str]:
        """Ids by place; some are passed over by searches as they do not stand so any more."""
        return [record for names, _ in self._names for record in names.records]

    def find(self, text: str) -> list[int]:
        """Places of the records whose name fits, best first, as `Names.find`."""
        typed = words_typed(text)
        found = [names.find(typed, hidden) for names, hidden in self._names]
        if not found:
            return []
        places = [one + begin for (one, _), begin in zip(found, self._begins, strict=False)]
        order = np.argsort(-np.concatenate([score for _, score in found]), kind="stable")
        return np.concatenate(places)[order].tolist()

    def at(self, place: int) -> Named:
        """The record at a place."""
        side = int(np.searchsorted(self._begins, place, "right")) - 1
        return self._names[side][0].at(place - self._begins[side])


def compartments(study: Study) -> list[Study]:
    """The study as the members of each compartment with records open it, for those whose keys are held."""
    return [study.within(name) for name in study.keys.compartments if name not in MEMBERS]


def stamp(study: Study) -> Stamp:
    """The stamp of the names under the keys of `study`."""
    mine = {"sealed_under__in": study.keys.ids}
    files = SourceFile.objects.filter(**mine).aggregate(last=Max("id"))
    claims, rulings = (
        model.objects.filter(**mine).aggregate(number=Count("*"), last=Max("at")) for model in (Claim, Ruling)
    )
    return Stamp(
        tuple(study.keys.ids),
        files["last"] or 0,
        Erasure.objects.count(),
        (claims["number"], claims["last"]),
        (rulings["number"], rulings["last"]),
    )


def _sides(part: Part) -> Iterator[tuple[Names, np.ndarray | None]]:
    yield part.scanned, part.hidden
    yield part.beside, None


def _changed(study: Study, before: Stamp, after: Stamp) -> set[str] | None:
    """Ids of what changed between two stamps, records or not; None where too much did to be told."""
    if (before.keys, before.erasures) != (after.keys, after.erasures):
        return None
    mine = {"sealed_under__in": study.keys.ids}
    changed: set[str] = set()
    for model, (number, last), (total, _) in (
        (Claim, before.claims, after.claims),
        (Ruling, before.rulings, after.rulings),
    ):
        rows = model.objects.filter(**mine)
        new = list((rows.filter(at__gt=last) if last else rows).values_list("of", "about")[: BESIDE + 1])
        if number + len(new) < total:  # a clock that was set back
            return None
        changed.update(filter(None, (name for pair in new for name in pair)))
    if after.file != before.file:
        files = SourceFile.objects.filter(**mine, id__gt=before.file)
        ended = Supersession.objects.filter(file__in=files).values_list("record", flat=True)
        came = Record.objects.filter(file__in=files).values_list("id", flat=True)
        changed.update(ended[: BESIDE + 1], came[: BESIDE + 1])
    return changed


def _named(study: Study, only: Collection[str] | None = None) -> list[Named]:
    """Open the standing records, or those of these ids."""
    decode = msgspec.json.Decoder(_Told).decode
    whole = msgspec.json.Decoder(list[str | None]).decode
    corrections, told_of = Corrections(study, only=only), _told_of(study, only)
    named = []
    with _no_collector():
        for rows in in_parts(Record.objects.filter(ended=None), only):
            for record, source, cells in open_records(study, rows, ("sealed_cells",)):
                if corrections.touches(record, source):
                    told = corrections.apply(record, source, whole(cells))
                    names: Sequence[str | None] = [told[at] for at in NAMES]
                    beside: Sequence[str | None] = [told[_AT[field]] for field in BESIDE_FIELDS]
                else:
                    read = decode(cells)
                    names, beside = _NAMES(read), _BESIDE(read)
                others = (*beside, told_of.get(record))
                texts = (" ".join(filter(None, each)) for each in (names, others))
                named.append(Named(record, source, *texts))
    return named


def _told_of(study: Study, only: Collection[str] | None) -> dict[str, str]:
    """Record -> places, dates and actors of what tells of it: acts, threats, who is said to have acted."""
    rows = Claim.objects.filter(sealed_under__in=study.keys.ids).exclude(of=F("about")).exclude(about="")
    rows = rows.exclude(wrapped_key=b"")
    if only is not None:
        rows = rows.filter(about__in=list(only))
    about = dict(rows.values_list("of", "about"))
    if not about:
        return {}
    told, actors = defaultdict(list), defaultdict(list)
    for (of, field), found in claims_of(study, sorted(about)).preferred().items():
        if field in TOLD_FIELDS:
            told[about[of]].append(found.claim.said.value)
        elif field == "actor":
            actors[found.claim.said.value].append(about[of])
    for actor, name in called(study, actors).items():
        for record in actors[actor]:
            told[record].append(name)
    return {record: " ".join(those) for record, those in told.items()}


@contextmanager
def _no_collector() -> Generator[None]:
    """Rows by the hundred thousand hold no cycles; walking them over and over takes a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
