"""Persons as the members of a compartment see them: their own records, and which are of one person.

A person spans compartments; each member learns only that records they may open themselves belong together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def seen(study: Study) -> pl.DataFrame:
    """record_id, person of every record of the newest run that the person at work may open.

    A corrected record stands for the one it corrects until the next run.
    """
    newest = PersonMap.objects.order_by("-run").values_list("run", flat=True).first()
    rows = PersonMap.objects.filter(run=newest, sealed_under__in=study.keys.ids).order_by("id")
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


def stamp() -> tuple[object, ...]:
    """What changes whenever `seen` may: a run, a correction."""
    newest = PersonMap.objects.order_by("-pk").values_list("pk", flat=True).first()
    return newest, Supersession.objects.count()
