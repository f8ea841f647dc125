"""Count the target population: capture histories, the estimate or its refusal, and the findings kept."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np
import polars as pl
from django.db import transaction

from amparo import __version__
from amparo.errors import AmparoError
from amparo.estimation.histories import from_persons
from amparo.runs import Manifest, Progress, silent
from amparo.study.accounts.rules import COUNTING
from amparo.study.accounts.services import audit, require
from amparo.study.care.services import refusing
from amparo.study.care.tombstones import erased_ids
from amparo.study.context import now
from amparo.study.counting import rules
from amparo.study.counting.estimates import (
    IMPUTATIONS,
    Fitted,
    beside,
    count_manifest,
    fit,
    imputed,
    refused,
)
from amparo.study.counting.findings import (
    EstimateFinding,
    Findings,
    LinkageFinding,
    ListFinding,
    Overlap,
    Said,
    Target,
    YearFinding,
)
from amparo.study.counting.models import CountRun, TargetPopulation, WorkingReport
from amparo.study.linking.services import Linked, draws_of, newest, records_digest
from amparo.study.register.services import declarations, files_of
from amparo.study.register.standing import standing_ids
from amparo.study.sealing import open_field, seal_fields

# Draws of the linkage that a count pools, and that each stratum is estimated under.
DRAWS, STRATUM_DRAWS = 10, 4

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amparo.study.context import Study
    from amparo.study.plan import PlannedTarget
    from amparo.study.register.rules import Declared


def declare_target(study: Study, target: PlannedTarget) -> int:
    """Declare what the study counts; gives the version. Raises `counting.bad_period`."""
    first, last = target.period.first, target.period.last
    if first is None or last is None or first > last:
        raise AmparoError("counting.bad_period", first=str(first), last=str(last))
    version = TargetPopulation.objects.count() + 1
    with transaction.atomic():
        declared = TargetPopulation.objects.create(
            version=version,
            role=target.role,
            act=target.act,
            place=target.place,
            period_from=first,
            period_to=last,
            at=now(),
        )
        audit(study, "counting.target", wrote=[declared], version=version)
    return version


def count_study(
    study: Study,
    *,
    by: tuple[str, ...] = (),
    as_of: date | None = None,
    count_derived: tuple[str, ...] = (),
    seed: int,
    draws: int = DRAWS,
    truth: int | None = None,
    progress: Progress = silent,
) -> Findings:
    """Count the target population as it stands, or as it stood at the end of the day `as_of`.

    Histories are built under so many draws of who is who as `draws` says, where the linkage kept them, and
    the estimates pooled. What cannot be estimated carries its refusal in place of a number; documented
    persons are counted all the same. Raises `counting.unknown_stratum`, `counting.link_first`,
    `counting.no_target` and the codes of `rules.choose_lists`.
    """
    for name in by:
        if name not in rules.STRATA:
            raise AmparoError("counting.unknown_stratum", stratum=name, known=list(rules.STRATA))
    moment = datetime.combine(as_of, time.max, now().tzinfo) if as_of else None
    target = _target(moment)
    declared = declarations(moment)
    lists = rules.choose_lists(declared, count_derived)
    require(study, "counting.count")
    linked = newest(study, moment)
    standing = standing_ids(linked.run.compartments, moment) if linked else None
    if linked is None or standing is None or linked.run.records_digest != records_digest(standing):
        raise AmparoError("counting.link_first")

    refused_by = refusing(linked.records, "statistics")
    records = linked.records.filter(
        ~pl.col("person").is_in(list(refused_by)) & ~pl.col("record_id").is_in(list(erased_ids()))
    )
    everyone = rules.persons_frame(records, (target.period_from, target.period_to))
    eligible = everyone.filter("eligible")
    captured = rules.captures(eligible, lists.counted, by)
    documented = captured["person"].n_unique()
    methods, together, fitted, likely = (), None, Fitted([], None), None
    if lists.refusal:
        total = refused({}, documented, lists.refusal)
    else:
        drawn = [
            rules.captures(one.filter("eligible"), lists.counted, by)
            for one in _drawn(study, linked, records, target, draws)
        ]
        likely = _likely(drawn)
        drawn = drawn or [captured]
        [total] = fit([from_persons(one.drop(by)) for one in drawn], seed, progress).strata
        [whole] = from_persons(captured.drop(by))
        methods, together = beside(whole, total, seed, progress)
        if by:
            fitted = _strata(drawn, by, seed, progress)
    kept = count_manifest(
        {
            "link": hashlib.sha256(msgspec.json.encode(linked.run.manifest)).hexdigest(),
            "target": str(target.version),
            "records": records_digest(records["record_id"]),
        },
        seed,
        {"by": list(by), "as_of": as_of and as_of.isoformat(), "lists": list(lists.counted)},
        [total, *fitted.strata],
    )
    findings = Findings(
        study=study.facts.title,
        synthetic=study.facts.synthetic,
        made=now().date().isoformat(),
        amparo=__version__,
        target=_said_target(target),
        lists=tuple(_list_findings(declared, lists.counted, records, everyone)),
        records=records.height,
        persons=documented,
        persons_likely=likely,
        excluded=tuple(_excluded(everyone, lists.counted)),
        overlaps=tuple(Overlap(*group) for group in rules.overlaps(eligible, lists.counted)),
        by_year=tuple(_by_year(eligible, lists.counted)),
        linkage=_linkage_finding(linked),
        total=total,
        strata=tuple(fitted.strata),
        together=fitted.together,
        by=by,
        as_of=as_of.isoformat() if as_of else None,
        caveats=(
            *_caveats(declared, lists, everyone, by),
            _linkage_caveat(total),
            *([Said("counting.without_consent", {"persons": len(refused_by)})] if refused_by else ()),
            *(Said(issue.code, issue.facts) for issue in linked.issues()),
        ),
        truth=truth,
        manifest=kept.digest(),
        methods=methods,
        verdict=together,
    )
    _keep(study, target, linked, findings, kept)
    return findings


def _likely(drawn: Sequence[pl.DataFrame]) -> tuple[int, int] | None:
    """The middle 95 % of how many persons are documented under the draws of who is who."""
    numbers = [one["person"].n_unique() for one in drawn]
    if len(numbers) < 2:
        return None
    low, high = np.quantile(numbers, (0.025, 0.975))
    return math.floor(low), math.ceil(high)


def newest_findings(study: Study) -> tuple[CountRun, Findings]:
    """The newest count. Raises `counting.no_count`."""
    run = CountRun.objects.order_by("-id").first()
    if run is None:
        raise AmparoError("counting.no_count")
    return run, msgspec.json.decode(open_field(study, run, run.pk, "sealed_findings"), type=Findings)


def keep_report(study: Study, run: CountRun, pages: Mapping[str, bytes]) -> None:
    """Keep a working report's pages (`es.html`, `en.pdf` …) in the study, in place of none before."""
    key, rows = study.keys.current(COUNTING), []
    with transaction.atomic():
        for page, content in pages.items():
            number = WorkingReport.objects.count() + 1
            sealed = seal_fields(key, WorkingReport, number, {"sealed_bytes": content})
            rows.append(WorkingReport.objects.create(id=number, count=run, page=page, at=now(), **sealed))
        audit(study, "counting.report", wrote=rows, count=run.pk, pages=len(pages))


def kept_report(study: Study, run: CountRun) -> dict[str, bytes]:
    """The newest pages kept for a count; empty when none were made."""
    return {
        row.page: open_field(study, row, row.pk, "sealed_bytes")
        for row in WorkingReport.objects.filter(count=run).order_by("id")
    }


def check_counts(study: Study) -> int:
    """Open every count and page kept for this user; gives the number of counts. Raises `vault.tampered`."""
    mine = study.keys.ids
    for page in WorkingReport.objects.filter(sealed_under__in=mine).iterator():
        open_field(study, page, page.pk, "sealed_bytes")
    counts = 0
    for run in CountRun.objects.filter(sealed_under__in=mine).iterator():
        open_field(study, run, run.pk, "sealed_findings")
        counts += 1
    return counts


def _target(as_of: datetime | None) -> TargetPopulation:
    versions = TargetPopulation.objects.order_by("-version")
    target = (versions.filter(at__lte=as_of) if as_of else versions).first()
    if target is None:
        raise AmparoError("counting.no_target")
    return target


def _said_target(target: TargetPopulation) -> Target:
    period = f"{target.period_from.isoformat()}/{target.period_to.isoformat()}"
    return Target(target.role, target.act, period, target.place, target.version)


def _list_findings(
    declared: Mapping[str, Declared], counted: tuple[str, ...], linked: pl.DataFrame, everyone: pl.DataFrame
) -> list[ListFinding]:
    records = dict(linked.group_by("source").len().iter_rows())
    rows = everyone.explode("lists").group_by("lists").agg(pl.len(), pl.col("eligible").sum())
    persons = {key: (number, eligible) for key, number, eligible in rows.iter_rows()}
    findings = []
    for key, said in declared.items():
        part: Literal["capture", "frame", "derived", "none"] = said.part  # ty: ignore[invalid-assignment]
        files = files_of(key)
        number, eligible = persons.get(key, (0, 0))
        findings.append(
            ListFinding(
                key=key,
                title=said.title,
                part=part,
                derived_from=said.derived_from,
                counted=key in counted,
                records=records.get(key, 0),
                persons=number,
                eligible=eligible,
                files=len(files),
                received=files[-1].at.date().isoformat() if files else "",
                digest=files[-1].blob[:12] if files else "",
            )
        )
    return findings


def _excluded(everyone: pl.DataFrame, counted: tuple[str, ...]) -> list[Said]:
    outside = everyone.filter(~pl.col("eligible")).height
    on_counted = pl.col("lists").list.set_intersection(list(counted)).list.len() > 0
    elsewhere = everyone.filter(pl.col("eligible") & ~on_counted).height
    reasons = [("counting.outside_period", outside), ("counting.no_counted_list", elsewhere)]
    return [Said(code, {"persons": number}) for code, number in reasons if number]


def _by_year(eligible: pl.DataFrame, counted: tuple[str, ...]) -> list[YearFinding]:
    persons = eligible.filter(pl.col("lists").list.set_intersection(list(counted)).list.len() > 0)
    years = persons.group_by("year").len().sort("year", nulls_last=True)
    return [YearFinding(int(year) if year else None, number) for year, number in years.iter_rows()]


def _linkage_finding(linked: Linked) -> LinkageFinding:
    quality = linked.quality
    return LinkageFinding(
        records=linked.records.height,
        persons=linked.records["person"].n_unique(),
        pairs_compared=quality["pairs_compared"],
        pairs_accepted=quality["pairs_accepted"],
        threshold=quality["threshold"],
        expected_precision=quality["expected_precision"],
        expected_recall=quality["expected_recall"],
        within_list=sum(quality["repeats"].values()),
        cluster_sizes={int(size): number for size, number in quality["sizes"].items()},
        seed=linked.run.seed,
    )


def _caveats(
    declared: Mapping[str, Declared], lists: rules.Part, everyone: pl.DataFrame, by: tuple[str, ...]
) -> list[Said]:
    caveats = [
        Said("counting.derived_counted", {"list": key, "origins": list(declared[key].derived_from)})
        for key in lists.overridden
    ]
    undated = everyone.filter(pl.col("eligible") & ~pl.col("dated")).height
    if undated:
        caveats.append(Said("counting.undated", {"persons": undated}))
    left_out = [key for key in declared if key not in lists.counted]
    if left_out:
        caveats.append(Said("counting.lists_left_out", {"lists": left_out}))
    if by:
        caveats.append(Said("counting.strata_apart", {}))
    return caveats


def _linkage_caveat(total: EstimateFinding) -> Said:
    """What the interval carries of the doubt about who is who."""
    if total.parts == 1:
        return Said("counting.linkage_fixed", {})
    return Said("counting.linkage_drawn", {"draws": total.parts, "share": total.between or 0.0})


def _drawn(
    study: Study, linked: Linked, records: pl.DataFrame, target: TargetPopulation, draws: int
) -> list[pl.DataFrame]:
    """Persons under each of so many draws of the linkage; none where the run kept no draws."""
    found = draws_of(study, linked.run)
    if found is None or draws < 1:
        return []
    period = (target.period_from, target.period_to)
    kept = records.drop("person").join(found, on="record_id", how="inner", maintain_order="left")
    number = min(draws, int(kept["clusters"].list.len().min() or 0))  # ty: ignore[invalid-argument-type]
    return [
        rules.persons_frame(
            kept.with_columns(person=pl.col("clusters").list.get(m).cast(pl.String)).drop("clusters"), period
        )
        for m in range(number)
    ]


def _strata(drawn: list[pl.DataFrame], by: tuple[str, ...], seed: int, progress: Progress) -> Fitted:
    """The strata under each draw, whoever has no known stratum shared out; strata that some draw lacks go.

    Draws are bounded by what a count may take: each stratum is estimated under each of them.
    """
    parts = []
    for number, one in enumerate(drawn[:STRATUM_DRAWS]):
        times = IMPUTATIONS if len(drawn) == 1 else 1
        parts += imputed(from_persons(one, by), times, seed + number)
    names = [{tuple(sorted(histories.stratum.items())) for histories in part} for part in parts]
    common = set.intersection(*names)
    kept = [
        [histories for histories in part if tuple(sorted(histories.stratum.items())) in common]
        for part in parts
    ]
    return fit(kept, seed, progress)


def _keep(study: Study, target: TargetPopulation, linked: Linked, findings: Findings, kept: Manifest) -> None:
    number = CountRun.objects.count() + 1
    with transaction.atomic():
        run = CountRun.objects.create(
            id=number,
            at=now(),
            target=target,
            link_run=linked.run,
            seed=kept.seed,
            manifest=msgspec.to_builtins(kept),
            **seal_fields(
                study.keys.current(COUNTING),
                CountRun,
                number,
                {"sealed_findings": msgspec.json.encode(findings)},
            ),
        )
        audit(study, "counting.count", wrote=[run], run=number, manifest=findings.manifest)
