"""Link the standing records: which are the same person."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import polars as pl
from django.db import transaction

from amparo.errors import AmparoError, Issue
from amparo.linkage import link, stable_persons
from amparo.runs import Progress, manifest, silent
from amparo.study.accounts.services import audit
from amparo.study.context import now
from amparo.study.linking.models import LinkRun
from amparo.study.register.services import standing_meanings
from amparo.study.sealing import open_field, seal_fields
from amparo.vault import frames

if TYPE_CHECKING:
    from datetime import datetime

    from amparo.study.context import Study


class Linked(NamedTuple):
    """The run that stands and what it found: persons (record_id, source, person) and aggregates."""

    run: LinkRun
    persons: pl.DataFrame
    quality: dict[str, Any]

    def issues(self) -> list[Issue]:
        """What the user must know of the run: blocks too large to be compared."""
        return [Issue("linkage.blocks_skipped", row) for row in self.quality["skipped"]]


def records_digest(record_ids: pl.Series) -> str:
    """SHA-256 over the sorted ids of the records a run saw: tells whether a run is still current."""
    return hashlib.sha256("\n".join(record_ids.sort()).encode()).hexdigest()


def link_study(study: Study, *, seed: int, progress: Progress = silent) -> Linked:
    """Link all standing records and keep the run. The same records and seed give the same persons.

    Raises `linking.no_records`.
    """
    meanings = standing_meanings(study, progress=progress)
    if meanings.is_empty():
        raise AmparoError("linking.no_records")
    found = link(meanings, seed=seed, progress=progress)
    previous = newest(study)
    persons = stable_persons(found.clusters, previous.persons if previous else None)
    digest = records_digest(meanings["record_id"])
    number = LinkRun.objects.count() + 1
    quality = msgspec.to_builtins(found.quality.facts(), str_keys=True)
    sealed = seal_fields(
        study,
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
            **sealed,
        )
        audit(
            study,
            "linkage.run",
            run=number,
            records=len(persons),
            persons=persons["person"].n_unique(),
            manifest=kept.digest(),
        )
    return Linked(run, persons, quality)


def newest(study: Study, as_of: datetime | None = None) -> Linked | None:
    """The newest run, or the newest that stood at `as_of`."""
    runs = LinkRun.objects.order_by("-id")
    run = (runs.filter(at__lte=as_of) if as_of else runs).first()
    if run is None:
        return None
    persons = frames.unpack(open_field(study, run, run.pk, "sealed_persons"))
    return Linked(run, persons, run.quality)


def check_runs(study: Study) -> int:
    """Open all that every run kept; gives their number. Raises `vault.tampered`."""
    runs = 0
    for run in LinkRun.objects.iterator():
        for field in ("sealed_persons", "sealed_pairs", "sealed_model"):
            frames.unpack(open_field(study, run, run.pk, field))
        runs += 1
    return runs
