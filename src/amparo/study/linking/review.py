"""The review queue: which pairs a reviewer sees, with what, and how far reviewers agree."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
import polars as pl
from django.db import transaction

from amparo.errors import AmparoError
from amparo.linkage.agreement import Agreement, cohen_kappa
from amparo.linkage.explain import Waterfall, waterfall, weigh
from amparo.linkage.queue import Asked, choose, ordered
from amparo.records import CELLS
from amparo.runs import Progress, silent
from amparo.study.accounts.services import require
from amparo.study.care.openings import opened
from amparo.study.care.rules import Purpose
from amparo.study.linking import judgements, rules
from amparo.study.linking.findings import Side
from amparo.study.linking.models import LinkRun
from amparo.study.linking.services import model_of, pairs_of, persons_of
from amparo.study.register.models import Record
from amparo.study.register.search import known_records
from amparo.study.register.services import declarations
from amparo.study.register.standing import mine_standing, register_stamp, standing_meanings
from amparo.study.sealing import open_field

if TYPE_CHECKING:
    from amparo.study.context import Study

OPENED = 20_000  # most records opened to find pairs from outside blocking among them
AGAIN = 0.25  # share of a queue that others judged before: agreement can be told from those alone
REVIEW = Purpose("review")


class Shown(NamedTuple):
    """A pair before a reviewer's eyes; `evidence` is None where the linkage's opinion is kept from them."""

    asked: Asked
    sides: tuple[Side, Side]
    evidence: Waterfall | None


class Explained(NamedTuple):
    """Two records with their evidence, whether they are one person now, whether a rule put them side by side.

    `said` is what stands of judgements on them.
    """

    shown: Shown
    together: bool
    compared: bool
    said: rules.Standing | None


class Agreed(NamedTuple):
    """How far two reviewers agree on the pairs that both judged."""

    one: str
    other: str
    agreement: Agreement


class Compared(NamedTuple):
    """The newest linkage that somebody may open: its scored pairs (PAIRS), and the model it fitted."""

    run: LinkRun
    pairs: pl.DataFrame
    fitted: pl.DataFrame


class Basis:
    """What queues are chosen from: the same for all who hold the same keys, and dear to open."""

    def __init__(
        self, study: Study, *, seed: int, compared: Compared | None = None, progress: Progress = silent
    ) -> None:
        """Open what records say beside the pairs in `compared`, which are opened where they are not given.

        Of many records those are opened that a seeded draw picks: pairs from outside blocking lie among them.
        Raises `accounts.no_key`, `linking.not_linked`.
        """
        self.run, self.pairs, self.fitted = compared or compared_by(study)
        progress("queue", 0, 1)
        standing = mine_standing(study)
        self.standing = pl.Series(standing, dtype=pl.String)
        drawn = None
        if len(standing) > OPENED:
            places = np.random.default_rng(seed).choice(len(standing), OPENED, replace=False)
            drawn = [standing[place] for place in places.tolist()]
        self.meanings = standing_meanings(study, only=drawn, progress=progress)
        here = self.standing.implode()
        seen = self.pairs.filter(pl.col("record_l").is_in(here), pl.col("record_r").is_in(here))
        self.scored = ordered(seen)

    def stand(self, pairs: Sequence[Asked]) -> list[Asked]:
        """Those of these pairs whose records both stand and may be opened."""
        named = pl.Series([record for one in pairs for record in one.records], dtype=pl.String)
        here = set(named.filter(named.is_in(self.standing.implode())))
        return [one for one in pairs if set(one.records) <= here]


class Queue:
    """Pairs for the person at work, of the newest linkage that they may open."""

    def __init__(
        self,
        study: Study,
        *,
        number: int,
        seed: int,
        blind: bool,
        basis: Basis | None = None,
        progress: Progress = silent,
    ) -> None:
        """Choose the pairs, from a basis made before for the same keys where there is one.

        Raises `accounts.not_allowed`, `accounts.no_key`, `linking.not_linked`.
        """
        require(study, "linkage.judged")
        self._study, self._blind = study, blind
        basis = basis or Basis(study, seed=seed, progress=progress)
        said = judgements.stands_of(judgements.said(study))
        mine, others = _by_whom(said, study.user.handle)
        again = basis.stand(others)[: round(AGAIN * number)]
        fresh = choose(
            basis.scored,
            basis.meanings,
            number=number - len(again),
            threshold=basis.run.quality["threshold"],
            seed=seed,
            known=mine | {one.records for one in others},
        )
        self.pairs = [*again, *fresh]
        self._fitted = basis.fitted
        self._evidence = _of_these(basis.pairs, [asked.records for asked in self.pairs])
        progress("queue", 1, 1)

    def show(self, asked: Asked) -> Shown:
        """Open a pair for the reviewer's eye, with a line in the audit chain. Raises as `known_records`."""
        return show(self._study, asked, self.evidence(asked))

    def evidence(self, asked: Asked) -> Waterfall | None:
        """What the linkage thinks of a pair; None where that is kept from the reviewer."""
        if self._blind or asked.chosen != "near":
            return None
        return kept_evidence(self._evidence, self._fitted, asked.records)


def _of_these(pairs: pl.DataFrame, names: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """The rows of these pairs, in whatever order a pair's records stand."""
    both = pl.DataFrame(
        [pair for one, other in names for pair in ((one, other), (other, one))],
        schema={"record_l": pl.String, "record_r": pl.String},
        orient="row",
    )
    return pairs.join(both, on=["record_l", "record_r"], how="semi")


def basis_stamp(study: Study) -> tuple[object, ...]:
    """What changes whenever a basis may. Raises `linking.not_linked`."""
    return newest_run(study).pk, register_stamp()


def compared_by(study: Study) -> Compared:
    """Raises `linking.not_linked`, `accounts.no_key`."""
    run = newest_run(study)
    return Compared(run, pairs_of(study, run), model_of(study, run))


def newest_run(study: Study) -> LinkRun:
    """The newest run that the person at work may open. Raises `linking.not_linked`."""
    run = LinkRun.objects.filter(sealed_under__in=study.keys.ids).order_by("-id").first()
    if run is None:
        raise AmparoError("linking.not_linked")
    return run


def show(study: Study, asked: Asked, evidence: Waterfall | None = None) -> Shown:
    """Open two records side by side, with a line in the audit chain."""
    first, second = sides(study, asked.records)
    with transaction.atomic():
        opened(study, "linkage.reviewed", REVIEW, asked.records)
    return Shown(asked, (first, second), evidence)


def sides(study: Study, records: Sequence[str]) -> list[Side]:
    """Records as a reviewer sees them; the caller leaves the line in the audit chain."""
    titles = {key: said.title for key, said in declarations().items()}
    return [_side(study, row, titles) for row in known_records(study, records)]


def _side(study: Study, row: Record, titles: dict[str, str]) -> Side:
    cells = msgspec.json.decode(open_field(study, row, row.pk, "sealed_cells"), type=list[str | None])
    told = {field: cell for field, cell in zip(CELLS, cells, strict=True) if cell}
    return Side(row.pk, titles[row.file.source.key], told)


def kept_evidence(pairs: pl.DataFrame, fitted: pl.DataFrame, records: Collection[str]) -> Waterfall | None:
    """The evidence that a run kept of a pair; None where it kept none."""
    if "levels" not in pairs.columns:  # of a run before runs kept them
        return None
    both = pl.col("record_l").is_in(list(records)) & pl.col("record_r").is_in(list(records))
    found = pairs.filter(both)
    return waterfall(found.row(0, named=True), fitted) if found.height else None


def explain(study: Study, records: tuple[str, str], progress: Progress = silent) -> Explained:
    """Why two records are one person or not, by the newest linkage, with a line in the audit chain.

    Raises `linking.not_linked`, `linking.one_record`, `linking.not_standing` for a record that the newest
    linkage did not see, and as `known_records`.
    """
    require(study, "linkage.reviewed")
    rules.check_verdict("same", records)
    run = newest_run(study)
    known_records(study, records)
    persons = dict(persons_of(study, run).select("record_id", "person").iter_rows())
    for record in records:
        if record not in persons:
            raise AmparoError("linking.not_standing", record=record)
    pairs, fitted = pairs_of(study, run), model_of(study, run)
    told, compared = kept_evidence(pairs, fitted, records), True
    if told is None:
        compared = False
        told = weigh(standing_meanings(study, progress=progress), fitted, records)
    pair = rules.pair(*records)
    said = next((one for one in judgements.stands_of(judgements.said(study)) if one.records == pair), None)
    shown = show(study, Asked(records, "asked"), told)
    return Explained(shown, persons[records[0]] == persons[records[1]], compared, said)


def _by_whom(said: Sequence[rules.Standing], me: str) -> tuple[set[tuple[str, str]], list[Asked]]:
    """Pairs that I judged, and those that only others did: who wait for a second word go first."""
    mine = {one.records for one in said if me in one.voices}
    others = [one for one in said if me not in one.voices and one.state != "lapsed"]
    others.sort(key=lambda one: (one.state != "waiting", one.records))
    return mine, [Asked(one.records, one.chosen) for one in others]


def agreement(study: Study) -> list[Agreed]:
    """How far every two reviewers agree, most pairs in common first. Raises `accounts.no_key`."""
    said = judgements.standing(study)
    reviewers = sorted({reviewer for one in said for reviewer in one.voices})
    found = []
    for one, other in combinations(reviewers, 2):
        both = [line.voices for line in said if one in line.voices and other in line.voices]
        if both:
            words = [line[one] for line in both], [line[other] for line in both]
            found.append(Agreed(one, other, cohen_kappa(*words)))
    return sorted(found, key=lambda each: (-each.agreement.pairs, each.one, each.other))
