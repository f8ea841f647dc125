"""Link the standing records: which are the same person."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import polars as pl
from django.db import transaction

from amparo.errors import AmparoError, Issue
from amparo.records import COARSE
from amparo.runs import Progress, manifest, silent
from amparo.study.accounts.rules import COUNTING, DEFAULT, MATCHING
from amparo.study.accounts.services import audit, require
from amparo.study.context import now
from amparo.study.linking.models import CoarseRecords, LinkRun
from amparo.study.register.services import standing_meanings
from amparo.study.sealing import SealedRow, open_field, seal_fields
from amparo.vault import frames

if TYPE_CHECKING:
    from datetime import datetime

    from amparo.study.context import Study

# What is kept beside runs and their frames, by sealed fields.
_BESIDE: dict[type[SealedRow], tuple[str, ...]] = {
    CoarseRecords: ("sealed_records",),
}


class Linked(NamedTuple):
    """The run that stands and what it found: its records as counting sees them (COARSE), and aggregates."""

    run: LinkRun
    records: pl.DataFrame
    quality: dict[str, Any]

    def issues(self) -> list[Issue]:
        """What the user must know of the run: blocks not compared whole, records that say too little."""
        return [
            *(Issue("linkage.blocks_skipped", row) for row in self.quality["skipped"]),
            *(Issue(doubt["code"], doubt["facts"]) for doubt in self.quality.get("doubts", ())),
        ]


def records_digest(record_ids: pl.Series) -> str:
    """SHA-256 over the sorted ids of the records a run saw: tells whether a run is still current."""
    return hashlib.sha256("\n".join(record_ids.sort()).encode()).hexdigest()


def link_study(study: Study, *, seed: int, progress: Progress = silent) -> Linked:
    """Link all standing records and keep the run. The same records and seed give the same persons.

    Records of compartments whose key the user does not hold are not seen, and not spoken of. Raises
    `linking.no_records`, `accounts.not_allowed`, `accounts.no_key`.
    """
    from amparo.linkage import doubts, link, stable_persons  # noqa: PLC0415  (Splink loads only where it is used)

    require(study, "linkage.run")
    matching, counting = study.keys.current(MATCHING), study.keys.current(COUNTING)
    meanings = standing_meanings(study, progress=progress)
    if meanings.is_empty():
        raise AmparoError("linking.no_records")
    found = link(meanings, seed=seed, progress=progress)
    previous = LinkRun.objects.filter(sealed_under__in=study.keys.ids).order_by("-id").first()
    persons = stable_persons(found.clusters, persons_of(study, previous) if previous else None)
    coarse = coarsened(meanings, persons)
    digest = records_digest(meanings["record_id"])
    number = LinkRun.objects.count() + 1
    told = [issue._asdict() for issue in doubts(meanings)]
    quality = msgspec.to_builtins(found.quality.facts() | {"doubts": told}, str_keys=True)
    sealed = seal_fields(
        matching,
        LinkRun,
        number,
        {
            "sealed_persons": frames.pack(persons),
            "sealed_pairs": frames.pack(found.pairs),
            "sealed_model": frames.pack(found.model),
        },
    )
    kept = manifest(
        "link",
        inputs={"records": digest},
        seed=seed,
        settings={"threshold": quality["threshold"]},
        outputs={"persons": hashlib.sha256(persons.sort("record_id").write_csv().encode()).hexdigest()},
        libraries=("splink", "duckdb", "polars"),
    )
    with transaction.atomic():
        run = LinkRun.objects.create(
            id=number,
            at=now(),
            seed=seed,
            records_digest=digest,
            manifest=msgspec.to_builtins(kept),
            quality=quality,
            compartments=study.keys.compartments,
            **sealed,
        )
        kept_coarse = CoarseRecords.objects.create(
            run=run, **seal_fields(counting, CoarseRecords, number, {"sealed_records": frames.pack(coarse)})
        )
        audit(
            study,
            "linkage.run",
            wrote=[run, kept_coarse],
            run=number,
            records=len(persons),
            persons=persons["person"].n_unique(),
            manifest=kept.digest(),
        )
    return Linked(run, coarse, quality)


def coarsened(meanings: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """What counting needs of linked records: the COARSE contract."""
    linked = meanings.join(persons.select("record_id", "person"), on="record_id", maintain_order="left")
    return linked.select(list(COARSE))


def complete_runs(study: Study) -> list[CoarseRecords]:
    """Keep coarse records for runs made before studies kept them; gives the new rows."""
    rows = []
    for run in LinkRun.objects.filter(coarse=None):
        records = coarsened(standing_meanings(study, run.at), persons_of(study, run))
        sealed = seal_fields(
            study.keys.current(COUNTING), CoarseRecords, run.pk, {"sealed_records": frames.pack(records)}
        )
        rows.append(CoarseRecords.objects.create(run=run, **sealed))
        run.compartments = [DEFAULT]
        run.save(update_fields=["compartments"])
    return rows


def newest(study: Study, as_of: datetime | None = None) -> Linked | None:
    """The newest run that can be counted, or the newest that stood at `as_of`. Raises `accounts.no_key`."""
    runs = CoarseRecords.objects.select_related("run").order_by("-run")
    kept = (runs.filter(run__at__lte=as_of) if as_of else runs).first()
    if kept is None:
        return None
    records = frames.unpack(open_field(study, kept, kept.pk, "sealed_records"))
    return Linked(kept.run, records, kept.run.quality)


def persons_of(study: Study, run: LinkRun) -> pl.DataFrame:
    """A run's persons: record_id, source, person. Raises `accounts.no_key`."""
    return frames.unpack(open_field(study, run, run.pk, "sealed_persons"))


def check_runs(study: Study) -> int:
    """Open all that every run kept for this user; gives the number of runs. Raises `vault.tampered`."""
    mine = study.keys.ids
    for model, fields in _BESIDE.items():
        for row in model._default_manager.filter(sealed_under__in=mine).iterator():
            for field in fields:
                open_field(study, row, row.pk, field)
    runs = 0
    for run in LinkRun.objects.filter(sealed_under__in=mine).iterator():
        for field in ("sealed_persons", "sealed_pairs", "sealed_model"):
            frames.unpack(open_field(study, run, run.pk, field))
        runs += 1
    return runs
