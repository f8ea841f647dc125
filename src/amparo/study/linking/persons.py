"""Persons as the members of a compartment see them: their own records, and which are of one person.

A person spans compartments; each member learns only that records they may open themselves belong together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from amparo.errors import AmparoError
from amparo.study.linking.models import LinkRun, PersonMap
from amparo.study.register.models import Source, Supersession
from amparo.study.sealing import open_field, seal_fields
from amparo.vault import frames

if TYPE_CHECKING:
    from amparo.study.context import Study

_SCHEMA = {"record_id": pl.String, "person": pl.String}


def keep_maps(study: Study, run: LinkRun, linked: pl.DataFrame) -> list[PersonMap]:
    """Keep a run's persons for each compartment whose records it saw, inside the transaction of the run.

    `linked` has record_id, source, person. Gives the new rows.
    """
    places = dict(Source.objects.values_list("key", "compartment__name"))
    placed = linked.with_columns(pl.col("source").replace_strict(places, default=None).alias("place"))
    rows, number = [], PersonMap.objects.count()
    for (place,), group in sorted(
        placed.drop_nulls("place").group_by("place"), key=lambda pair: str(pair[0])
    ):
        number += 1
        sealed = seal_fields(
            study.keys.current(str(place)),
            PersonMap,
            number,
            {"sealed_persons": frames.pack(group.select(list(_SCHEMA)))},
        )
        rows.append(PersonMap.objects.create(id=number, run=run, **sealed))
    return rows


class Part(NamedTuple):
    """The persons of one compartment: record -> person, and person -> its records there."""

    of: dict[str, str]
    records: dict[str, tuple[str, ...]]


class Persons:
    """Who is who, as somebody sees it who holds the keys of these parts."""

    def __init__(self, parts: Sequence[Part]) -> None:
        """Put the parts side by side; they may be shared with others who see them too."""
        self._parts = tuple(parts)
        self.number = len(set().union(*(part.records for part in parts)))

    def get(self, record: str) -> str | None:
        """The person of a record; None where the linkage did not see it, or it may not be opened."""
        return next((part.of[record] for part in self._parts if record in part.of), None)

    def records(self, person: str) -> list[str]:
        """The records of a person, in order; none where nothing of them may be seen."""
        return sorted(record for part in self._parts for record in part.records.get(person, ()))


def maps_seen(study: Study) -> dict[int, int]:
    """Compartments whose keys the person at work holds -> what the newest run found there (ids)."""
    newest = PersonMap.objects.order_by("-run").values_list("run", flat=True).first()
    rows = PersonMap.objects.filter(run=newest, sealed_under__in=study.keys.ids).order_by("id")
    return dict(rows.values_list("sealed_under__compartment", "pk"))


def part_of(study: Study, number: int) -> Part:
    """The persons of one compartment, under the records that stand. Raises `accounts.no_key`."""
    of = dict(_standing(study, [number]).iter_rows())
    records: dict[str, tuple[str, ...]] = {}
    for record, person in of.items():
        records[person] = (*records.get(person, ()), record)
    return Part(of, records)


def persons_seen(study: Study) -> Persons:
    """All persons of the newest run, as far as the person at work may open their records."""
    return Persons([part_of(study, number) for number in maps_seen(study).values()])


def seen(study: Study) -> pl.DataFrame:
    """record_id, person of every record of the newest run that the person at work may open.

    A corrected record stands for the one it corrects until the next run.
    """
    return _standing(study, maps_seen(study).values())


def _standing(study: Study, numbers: Iterable[int]) -> pl.DataFrame:
    rows = PersonMap.objects.filter(pk__in=list(numbers)).order_by("id")
    parts = [frames.unpack(open_field(study, row, row.pk, "sealed_persons")) for row in rows]
    if not parts:
        return pl.DataFrame(schema=_SCHEMA)
    found = pl.concat(parts)
    ends = pl.DataFrame(
        list(Supersession.objects.values_list("record_id", "successor_id")),
        schema={"record_id": pl.String, "successor": pl.String},
        orient="row",
    )
    joined = found.join(ends, on="record_id", how="left")
    stands = pl.coalesce("successor", "record_id")
    gone = pl.col("successor").is_null() & pl.col("record_id").is_in(ends["record_id"].implode())
    return joined.filter(~gone).select(stands.alias("record_id"), "person")


def records_of(study: Study, person: str) -> list[str]:
    """The records of a person that may be opened. Raises `register.unknown_record` where there are none."""
    records = seen(study).filter(person=person)["record_id"].sort().to_list()
    if not records:
        raise AmparoError("register.unknown_record", record=person)
    return records


def stamp() -> int:
    """What changes with every correction of a list: `part_of` follows corrections."""
    return Supersession.objects.count()
