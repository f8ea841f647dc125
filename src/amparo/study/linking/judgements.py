"""What reviewers say of pairs of records: their only writer, and what stands of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import polars as pl
from django.db import transaction

from amparo.records import JUDGEMENTS
from amparo.study.accounts.models import User
from amparo.study.accounts.rules import MATCHING
from amparo.study.accounts.services import audit, require
from amparo.study.context import now
from amparo.study.linking import rules
from amparo.study.linking.models import Judgement, ReviewRule
from amparo.study.linking.rules import Said, Standing
from amparo.study.register.models import Record, Supersession
from amparo.study.register.search import known_records
from amparo.study.sealing import open_field, seal_fields

if TYPE_CHECKING:
    from amparo.study.context import Study


class Word(NamedTuple):
    """A verdict to be kept: on which two records, how the pair was chosen, and why."""

    records: tuple[str, str]
    verdict: str
    chosen: str = "asked"
    reason: str = ""


class _Kept(msgspec.Struct, frozen=True):
    """What is sealed of a judgement."""

    records: tuple[str, str]
    verdict: str
    chosen: str
    reason: str


def judge(study: Study, words: Sequence[Word]) -> None:
    """Keep what the person at work says of these pairs; each takes the place of their earlier word on it.

    Raises `accounts.not_allowed`, `accounts.no_key`, `register.unknown_record`, `register.erased_record`, and
    as `rules.check_verdict`.
    """
    require(study, "linkage.judged")
    with transaction.atomic():
        rows = kept(study, study.user, words)
        same, different, unsure = (
            sum(word.verdict == verdict for word in words) for verdict in rules.VERDICTS
        )
        audit(
            study,
            "linkage.judged",
            wrote=rows,
            pairs=len(rows),
            same=same,
            different=different,
            unsure=unsure,
        )


def kept(study: Study, reviewer: User, words: Sequence[Word]) -> list[Judgement]:
    """New rows of a reviewer's words, inside the transaction of the act. Raises as `judge`."""
    matching = study.keys.current(MATCHING)
    number = Judgement.objects.count()
    rows = []
    for word in words:
        rules.check_verdict(word.verdict, word.records)
        known_records(study, word.records)
        said = _Kept(rules.pair(*word.records), word.verdict, word.chosen, word.reason.strip())
        number += 1
        sealed = seal_fields(matching, Judgement, number, {"sealed_judgement": msgspec.json.encode(said)})
        rows.append(Judgement.objects.create(id=number, at=now(), by=reviewer, **sealed))
    return rows


def said(study: Study) -> list[Said]:
    """Every word of every reviewer, oldest first, as far as the person at work may open it."""
    rows = Judgement.objects.filter(sealed_under__in=study.keys.ids).exclude(wrapped_key=b"")
    found = []
    for row in rows.select_related("by").order_by("id"):
        kept = msgspec.json.decode(open_field(study, row, row.pk, "sealed_judgement"), type=_Kept)
        found.append(Said(row.pk, row.by.handle, kept.records, kept.verdict, kept.chosen, kept.reason))
    return found


def standing(study: Study) -> list[Standing]:
    """What stands of every pair that somebody judged. Raises `accounts.no_key`."""
    study.keys.current(MATCHING)
    return stands_of(said(study))


def stands_of(lines: Iterable[Said]) -> list[Standing]:
    """What stands of these words, by the corrections and compartments of their records; nothing is opened."""
    lines = list(lines)
    successors = dict(Supersession.objects.values_list("record_id", "successor_id"))
    names = {record for line in lines for record in line.records}
    ahead = names
    while ahead:  # a correction may have been corrected
        ahead = {new for old in ahead if (new := successors.get(old))} - names
        names |= ahead
    erased = Record.objects.filter(pk__in=names, wrapped_key=b"").values_list("pk", flat=True)
    successors |= dict.fromkeys(erased)
    compartments = dict(
        Record.objects.filter(pk__in=names).values_list("pk", "sealed_under__compartment__name")
    )
    return rules.standing(lines, successors, compartments, four_eyes=four_eyes())


def binding(study: Study) -> pl.DataFrame:
    """The pairs that bind the linkage: the JUDGEMENTS contract. Empty for who may not open judgements."""
    mine = [
        (*one.records, one.state, one.chosen)
        for one in stands_of(said(study))
        if one.state in ("same", "different")
    ]
    return pl.DataFrame(mine, schema=dict(JUDGEMENTS), orient="row")


def four_eyes() -> bool:
    """Whether two reviewers must agree on records of different compartments."""
    newest = ReviewRule.objects.order_by("-id").first()
    return newest is None or newest.four_eyes


def set_four_eyes(study: Study, wanted: bool) -> None:
    """Say whether two must agree across compartments. Raises `accounts.not_allowed`."""
    with transaction.atomic():
        row = ReviewRule.objects.create(at=now(), four_eyes=wanted)
        audit(study, "linkage.review_rule", wrote=[row], four_eyes=wanted)


def check_judgements(study: Study) -> int:
    """Open every judgement kept for this user; gives their number. Raises `vault.tampered`."""
    return len(said(study))


def number() -> int:
    """How many rows there are, for a page on the study's health; nothing is opened."""
    return Judgement.objects.count()


def ended(study: Study, records: Iterable[str]) -> list[Judgement]:
    """End the keys of judgements on these records, in the transaction of an erasure; gives the rows changed.

    Judgements under keys that are not held wait for who holds them.
    """
    gone, rows = set(records), []
    mine = Judgement.objects.filter(sealed_under__in=study.keys.ids).exclude(wrapped_key=b"")
    for row in mine:
        kept = msgspec.json.decode(open_field(study, row, row.pk, "sealed_judgement"), type=_Kept)
        if gone & set(kept.records):
            row.wrapped_key = b""
            row.save(update_fields=["wrapped_key"])
            rows.append(row)
    return rows
