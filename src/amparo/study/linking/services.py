"""Link the standing records: which are the same person."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import polars as pl
from django.db import transaction

from amparo import __version__, spark
from amparo.errors import AmparoError, Issue
from amparo.records import COARSE
from amparo.runs import Progress, manifest, silent
from amparo.study.accounts.rules import COUNTING, DEFAULT, MATCHING
from amparo.study.accounts.services import audit, require
from amparo.study.context import now
from amparo.study.linking.judgements import binding
from amparo.study.linking.models import (
    CoarseRecords,
    LinkAccount,
    LinkDraws,
    LinkRun,
    PersonMap,
    ReviewPackage,
)
from amparo.study.linking.persons import keep_maps
from amparo.study.register.services import declarations
from amparo.study.register.standing import standing_meanings
from amparo.study.sealing import SealedRow, open_field, seal_fields
from amparo.vault import frames

if TYPE_CHECKING:
    from datetime import datetime

    from amparo.linkage.arrivals import Before
    from amparo.linkage.changes import Account
    from amparo.study.context import Study

DUCKDB = "duckdb"
MASTER = re.compile(r"(spark|k8s)://\S+|local\[[\d*]+\]|yarn$")  # addresses of a Spark
# Share of the records that may come at once to be placed alone, and altogether before all are linked again.
ARRIVALS, MOST = 0.05, 0.2
# What is kept beside runs and their frames, by sealed fields.
_BESIDE: dict[type[SealedRow], tuple[str, ...]] = {
    CoarseRecords: ("sealed_records",),
    PersonMap: ("sealed_persons",),
    LinkDraws: ("sealed_draws",),
    LinkAccount: ("sealed_account",),
    ReviewPackage: ("sealed_package",),
}


class Linked(NamedTuple):
    """The run that stands and what it found: its records as counting sees them (COARSE), and aggregates."""

    run: LinkRun
    records: pl.DataFrame
    quality: dict[str, Any]
    account: Account | None = None  # against the run before, for who made this one

    def issues(self) -> list[Issue]:
        """What the user must know of the run: blocks not compared whole, records that say too little."""
        doubts = [Issue(doubt["code"], doubt["facts"]) for doubt in self.quality.get("doubts", ())]
        doubts += [
            Issue("linkage.not_once", {"source": source, "pairs": pairs})
            for source, pairs in self.quality.get("not_once", {}).items()
        ]
        skipped = self.quality["skipped"]
        if not skipped:
            return doubts
        blocks, largest = sum(row["blocks"] for row in skipped), max(row["largest"] for row in skipped)
        return [Issue("linkage.blocks_skipped", {"blocks": blocks, "largest": largest}), *doubts]


def records_digest(record_ids: pl.Series) -> str:
    """SHA-256 over the sorted ids of the records a run saw: tells whether a run is still current."""
    return hashlib.sha256("\n".join(record_ids.sort()).encode()).hexdigest()


def link_study(
    study: Study,
    *,
    seed: int,
    whole: bool = False,
    engine: str = DUCKDB,
    progress: Progress = silent,
) -> Linked:
    """Link all standing records and keep the run, with its draws and an account of what it changed.

    Standing judgements bind. Where nothing but a few records came since the newest run, those alone are
    compared with all, under its model; with `whole` everything is linked anew. A list declared to hold a
    person at most once has no two records of one. The same records, declarations, judgements, seed and runs
    before give the same persons, on any `engine`: "duckdb", "spark" for one of this machine, or the
    address of a cluster, which compares where everything is linked.

    Records of compartments whose key the user does not hold are not seen, and not spoken of. Raises
    `linking.no_records`, `linking.unknown_engine`, `accounts.not_allowed`,
    `accounts.no_key`, and the codes of `amparo.spark.session`.
    """
    from amparo.linkage import doubts, link, stable_persons  # noqa: PLC0415  (DuckDB loads only where it is used)
    from amparo.linkage.arrivals import place  # noqa: PLC0415
    from amparo.linkage.changes import account  # noqa: PLC0415

    require(study, "linkage.run")
    if engine not in (DUCKDB, spark.LOCAL) and not MASTER.match(engine):
        raise AmparoError("linking.unknown_engine", engine=engine)
    matching, counting = study.keys.current(MATCHING), study.keys.current(COUNTING)
    meanings = standing_meanings(study, progress=progress)
    if meanings.is_empty():
        raise AmparoError("linking.no_records")
    previous = LinkRun.objects.filter(sealed_under__in=study.keys.ids).order_by("-id").first()
    once = tuple(sorted(key for key, said in declarations().items() if said.once))
    wanted = _Wanted(seed, once, binding(study))
    stood = None if whole or previous is None else _standing(study, previous, meanings, wanted)
    if stood is None:
        with _comparing(engine) as comparing:
            found = link(
                meanings,
                seed=seed,
                judgements=wanted.judgements,
                once=wanted.once,
                engine=comparing,
                progress=progress,
            )
    else:
        found = place(
            meanings,
            stood,
            seed=seed,
            judgements=wanted.judgements,
            once=wanted.once,
            progress=progress,
        )
    before = persons_of(study, previous) if previous else None
    persons = stable_persons(found.clusters, before)
    told = account(before, persons, found.pairs, wanted.judgements) if before is not None else None
    coarse = coarsened(meanings, persons)
    digest = records_digest(meanings["record_id"])
    number = LinkRun.objects.count() + 1
    doubted = [issue._asdict() for issue in doubts(meanings)]
    quality = msgspec.to_builtins(found.quality.facts() | {"doubts": doubted}, str_keys=True)
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
        inputs={"records": digest, "judgements": wanted.digest()},
        seed=seed,
        settings={
            "threshold": quality["threshold"],
            "once": list(wanted.once),
            "arrivals": stood is not None,
        },
        outputs={"persons": hashlib.sha256(persons.sort("record_id").write_csv().encode()).hexdigest()},
        libraries=("duckdb", "numba", "polars"),
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
        draws = LinkDraws.objects.create(
            run=run,
            **seal_fields(counting, LinkDraws, number, {"sealed_draws": frames.pack(found.draws)}),
        )
        kept_account = LinkAccount.objects.create(
            run=run,
            **seal_fields(matching, LinkAccount, number, {"sealed_account": msgspec.json.encode(told)}),
        )
        audit(
            study,
            "linkage.run",
            wrote=[run, kept_coarse, draws, kept_account, *keep_maps(study, run, coarse)],
            run=number,
            records=len(persons),
            persons=persons["person"].n_unique(),
            manifest=kept.digest(),
        )
    return Linked(run, coarse, quality, told)


class _Wanted(NamedTuple):
    """What a run is asked to hold to."""

    seed: int
    once: tuple[str, ...]
    judgements: pl.DataFrame

    def digest(self) -> str:
        """SHA-256 of the judgements that bind."""
        return hashlib.sha256(self.judgements.sort("record_l", "record_r").write_csv().encode()).hexdigest()


@contextmanager
def _comparing(engine: str) -> Generator[Callable[..., Any]]:
    """What compares the pairs of a linkage, as long as it lasts."""
    from amparo.linkage.engine import Engine  # noqa: PLC0415
    from amparo.linkage.spark import SparkEngine  # noqa: PLC0415

    if engine == DUCKDB:
        yield Engine
        return
    with spark.session(engine) as session:
        yield partial(SparkEngine, session)


def _standing(study: Study, run: LinkRun, meanings: pl.DataFrame, wanted: _Wanted) -> Before | None:
    """The linkage that new records can be placed beside; None where it has to be made anew."""
    from amparo.linkage import PERSON  # noqa: PLC0415
    from amparo.linkage.arrivals import Before  # noqa: PLC0415
    from amparo.linkage.fitted import fits  # noqa: PLC0415
    from amparo.records import PAIRS  # noqa: PLC0415

    draws, persons, pairs = draws_of(study, run), persons_of(study, run), pairs_of(study, run)
    model = model_of(study, run)
    settings, inputs = run.manifest["settings"], run.manifest["inputs"]
    names = meanings["record_id"]
    came = names.len() - persons.height
    if (
        draws is None
        or pairs.schema != dict(PAIRS)
        or not fits(PERSON, model)
        or run.manifest["versions"]["amparo"] != __version__
        or inputs.get("judgements") != wanted.digest()
        or settings.get("once") != list(wanted.once)
        or not 0 < came <= ARRIVALS * persons.height
        or not persons["record_id"].is_in(names.implode()).all()
        or _since_whole(study, run) + came > MOST * names.len()
    ):
        return None
    return Before(pairs, persons, draws, model, run.quality["threshold"])


def _since_whole(study: Study, run: LinkRun) -> int:
    """Records that were only placed beside others since everything was linked."""
    records = persons_of(study, run).height
    earlier = LinkRun.objects.filter(sealed_under__in=study.keys.ids, id__lte=run.pk).order_by("-id")
    for each in earlier:
        if not each.manifest["settings"].get("arrivals"):
            return records - each.quality["records"]
    return records


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


def draws_of(study: Study, run: LinkRun) -> pl.DataFrame | None:
    """Draws of who is who of a run (DRAWS), for who counts; None for a run before runs kept them.

    Raises `accounts.no_key`.
    """
    row = LinkDraws.objects.filter(run=run).first()
    return frames.unpack(open_field(study, row, row.pk, "sealed_draws")) if row else None


def account_of(study: Study, run: LinkRun) -> Account | None:
    """What a run changed in the persons of the one before; None for a first run. Raises `accounts.no_key`."""
    from amparo.linkage.changes import Account  # noqa: PLC0415

    row = LinkAccount.objects.filter(run=run).first()
    if row is None:
        return None
    return msgspec.json.decode(open_field(study, row, row.pk, "sealed_account"), type=Account | None)


def persons_of(study: Study, run: LinkRun) -> pl.DataFrame:
    """A run's persons: record_id, source, person. Raises `accounts.no_key`."""
    return frames.unpack(open_field(study, run, run.pk, "sealed_persons"))


def pairs_of(study: Study, run: LinkRun) -> pl.DataFrame:
    """A run's scored pairs (PAIRS). Raises `accounts.no_key`."""
    return frames.unpack(open_field(study, run, run.pk, "sealed_pairs"))


def model_of(study: Study, run: LinkRun) -> pl.DataFrame:
    """The model a run fitted. Raises `accounts.no_key`."""
    return frames.unpack(open_field(study, run, run.pk, "sealed_model"))


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
