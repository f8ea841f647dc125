"""What a page on the quality of a linkage shows: it opens identities, so it is made when it is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from amparo.errors import AmparoError
from amparo.linkage.doubtful import Doubtful, by_lists, curve, most_doubtful
from amparo.study.accounts.services import require
from amparo.study.care.openings import opened
from amparo.study.linking.findings import Doubt, Page
from amparo.study.linking.review import REVIEW, kept_evidence, newest_run, sides
from amparo.study.linking.services import draws_of, model_of, pairs_of, persons_of
from amparo.study.register.models import Record

if TYPE_CHECKING:
    import polars as pl

    from amparo.linkage.explain import Waterfall
    from amparo.study.context import Study

SHOWN = 10


def linkage_page(study: Study) -> Page:
    """The page of the newest linkage, with a line in the audit chain for the records it shows.

    Raises `accounts.not_allowed`, `linking.not_linked`, `linking.no_draws` for a run before runs kept them.
    """
    require(study, "linkage.reviewed")
    run = newest_run(study)
    persons, pairs, draws = persons_of(study, run), pairs_of(study, run), draws_of(study, run)
    if draws is None:
        raise AmparoError("linking.no_draws")
    fitted = model_of(study, run)
    there = set(
        Record.objects.filter(sealed_under__in=study.keys.ids)
        .exclude(wrapped_key=b"")
        .values_list("pk", flat=True)
    )
    doubtful = [one for one in most_doubtful(persons, draws, 3 * SHOWN) if set(one.records) <= there][:SHOWN]
    doubts = tuple(
        Doubt(one, tuple(sides(study, one.records)), _weakest(one, pairs, fitted)) for one in doubtful
    )
    shown = [record for one in doubtful for record in one.records]
    if shown:
        with transaction.atomic():
            opened(study, "linkage.reviewed", REVIEW, shown)
    return Page(
        study.facts.title,
        study.facts.synthetic,
        run.at.date().isoformat(),
        run.quality,
        tuple(by_lists(pairs, persons, draws)),
        tuple(curve(pairs)),
        doubts,
    )


def _weakest(one: Doubtful, pairs: pl.DataFrame, fitted: pl.DataFrame) -> Waterfall | None:
    """The evidence between the two records of a person that were compared and are the least alike."""
    inside = pairs.filter(
        pairs["record_l"].is_in(list(one.records)), pairs["record_r"].is_in(list(one.records))
    ).sort("match_weight")
    if inside.is_empty():
        return None
    return kept_evidence(inside, fitted, (inside["record_l"][0], inside["record_r"][0]))
