"""Which records stand, and what they say and can mean: frames for linkage, counting and the review queue."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
import polars as pl
from django.db.models import QuerySet

from amparo.records import CELLS, RECORDS
from amparo.runs import Progress, silent
from amparo.study.care.models import Erasure
from amparo.study.care.tombstones import erased_ids
from amparo.study.register.models import Record, SourceFile, Supersession
from amparo.study.register.services import mapping_of, meanings_of, newest_file, open_records

if TYPE_CHECKING:
    from amparo.study.context import Study

NAMED = 5000  # ids named in one statement


def standing_cells(
    study: Study, as_of: datetime | None = None, only: Sequence[str] | None = None
) -> pl.DataFrame:
    """All records that stand (or stood at `as_of`) with their preferred cells: the `RECORDS` contract.

    With `only` those of these ids.
    """
    from amparo.study.claims.reading import Corrections  # noqa: PLC0415  (claims are said of records)

    columns: dict[str, list[str | None]] = {name: [] for name in RECORDS}
    decode = msgspec.json.Decoder(list[str | None]).decode
    corrected = Corrections(study, as_of).apply
    for rows in in_parts(_standing_at(as_of), only):
        for record_id, source, cells in open_records(study, rows, ("sealed_cells",)):
            columns["record_id"].append(record_id)
            columns["source"].append(source)
            for name, value in zip(CELLS, corrected(record_id, source, decode(cells)), strict=True):
                columns[name].append(value)
    return pl.DataFrame(columns, schema=dict(RECORDS))


def in_parts(records: QuerySet[Record], only: Collection[str] | None) -> Iterator[QuerySet[Record]]:
    """The records, or those of these ids, so many at a time as one statement takes."""
    if only is None:
        yield records
        return
    names = list(only)
    for start in range(0, len(names), NAMED):
        yield records.filter(pk__in=names[start : start + NAMED])


def standing_meanings(
    study: Study,
    as_of: datetime | None = None,
    only: Sequence[str] | None = None,
    progress: Progress = silent,
) -> pl.DataFrame:
    """What the standing records, or those of the ids in `only`, can mean: the `MEANINGS` contract."""
    progress("open", 0, 2)
    cells = standing_cells(study, as_of, only)
    progress("open", 1, 2)
    mappings_of = {
        key: mapping_of(study, file)
        for key in cells["source"].unique().sort()
        if (file := newest_file(key, as_of)) is not None
    }
    frame, _ = meanings_of(cells, mappings_of)
    progress("open", 2, 2)
    return frame


def standing_ids(compartments: Sequence[str], as_of: datetime | None = None) -> pl.Series:
    """Ids of the records that stand (or stood at `as_of`) in these compartments; nothing is opened."""
    records = _standing_at(as_of).filter(sealed_under__compartment__name__in=list(compartments))
    gone = erased_ids(as_of)
    ids = [name for name in records.values_list("id", flat=True) if name not in gone]
    return pl.Series("record_id", ids, pl.String)


def mine_standing(study: Study) -> list[str]:
    """Ids of the records that stand and that the person at work holds the keys of; nothing is opened."""
    gone = erased_ids()
    mine = _standing_at(None).filter(sealed_under__in=study.keys.ids).values_list("id", flat=True)
    return [name for name in mine if name not in gone]


def register_stamp() -> tuple[object, ...]:
    """What changes whenever records come, are corrected or are erased."""
    files = SourceFile.objects.order_by("-id").values_list("id", flat=True).first()
    return files, Record.objects.count(), Supersession.objects.count(), Erasure.objects.count()


def _standing_at(as_of: datetime | None) -> QuerySet[Record]:
    if as_of is None:
        return Record.objects.filter(ended=None)
    return Record.objects.filter(file__at__lte=as_of).exclude(ended__file__at__lte=as_of)
