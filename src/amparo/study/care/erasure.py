"""Erase persons: their records' keys end, files and words that quote them are sealed anew without them.

What went out before stays where it is: backups kept elsewhere, papers, copies of other organisations. The
signed tombstones, kept outside the study too, are applied again when an older backup is restored.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import polars as pl
from django.db import connection, transaction
from django.db.models import Q

from amparo.errors import AmparoError
from amparo.intake.quarantine import read_quarantined
from amparo.records import COARSE
from amparo.study.accounts.services import audit, require
from amparo.study.care.models import SAID, Erasure, Lifting
from amparo.study.care.openings import say, words_of
from amparo.study.care.quoted import Requoted, requoted_documents, silence
from amparo.study.care.services import chains, holds
from amparo.study.care.tombstones import (
    NAMES,
    Notice,
    Replaced,
    Stone,
    matches,
    rebuilt,
    reread,
    stone,
    study_hash,
    told,
)
from amparo.study.cases.models import Case, Entry, Lending, LentKey
from amparo.study.cases.reading import unread_cases, words_told
from amparo.study.context import now
from amparo.study.linking.judgements import ended
from amparo.study.linking.models import CoarseRecords, Judgement
from amparo.study.register.digests import bulk_digests
from amparo.study.register.models import Record, SourceFile
from amparo.study.register.search import known_records
from amparo.study.register.services import LIST, blanked, file_facts, mapping_of, place_of, sealed_file
from amparo.study.sealing import open_field, seal_fields
from amparo.values.names.lexicon import lexicon
from amparo.values.text import fold
from amparo.vault import backup, blobs, frames
from amparo.vault.files import write_whole

if TYPE_CHECKING:
    from django.db import models

    from amparo.study.context import Study

SUFFIX = ".erasures"
# What of linked records is kept for counting and tells of a person.
_COARSE = [name for name in COARSE if name not in ("record_id", "source", "person")]
# What the linkage keeps of records under keys that who erases may not hold.
_LINKED = (CoarseRecords, Judgement)
_WORTH = 3  # letters of a word that can point to somebody


# The words of each erased record's names.
Names = Sequence[set[str]]


class Plan(NamedTuple):
    """What an erasure takes: records with all their versions, and the lists they stand in."""

    records: tuple[str, ...]
    sources: tuple[str, ...]


class Erased(NamedTuple):
    """What an erasure did; `left` rows wait for somebody who holds their key to open the study.

    `quoting` are cases of others in whose words the names still stand: what is told of another family is for
    a person to decide. `unread` cases lie under keys that who erased does not hold, and were not searched.
    """

    records: int
    files: int
    copies: int  # old copies of the study inside it, removed
    left: int
    tombstones: Path
    quoting: tuple[str, ...] = ()
    unread: int = 0


class Signed(msgspec.Struct, frozen=True):
    """A line of the file outside."""

    notice: str
    signature: str


class _File(NamedTuple):
    """A source file to be sealed anew."""

    row: SourceFile
    sealed: dict[str, Any]
    blob: str


class Work(NamedTuple):
    """What changes with an erasure: records whose keys end, files to seal anew, names not to be quoted."""

    records: Collection[str]
    files: Sequence[_File | Requoted]
    names: Names


def plan(study: Study, records: Sequence[str]) -> Plan:
    """What erasing these records takes.

    Raises `accounts.not_allowed`, `register.unknown_record`, `register.erased_record`, `care.on_hold`.
    """
    rows = _free(study, records)
    return Plan(tuple(row.pk for row in rows), tuple(sorted({row.file.source.key for row in rows})))


def erase(study: Study, records: Sequence[str], words: str, tombstones: Path | None = None) -> Erased:
    """Erase records in all their versions. The tombstone also goes into the file `tombstones`.

    By default that file stands beside the study. Raises `care.no_reason` and as `plan`, `vault.cannot_write`,
    `vault.disk_full`; nothing is erased then.
    """
    if not words.strip():
        raise AmparoError("care.no_reason")
    rows = _free(study, records)
    ids, sources = [row.pk for row in rows], sorted({row.file.source.key for row in rows})
    contents = {row.pk: content_of(study, row) for row in rows}
    stones = list(_stones(study, rows, contents))
    names = names_in(contents.values())
    files = [*resealed(study, sources, stones, names), *requoted_documents(study, rows, names)]
    at = now()
    notice = Notice(
        study_hash(study),
        at.isoformat(),
        study.user.handle,
        tuple(stones),
        tuple(Replaced(each.row.source.key, each.row.ordinal, each.row.blob) for each in files),
    )
    text = msgspec.json.encode(notice).decode()
    signature = study.opened.pair.sign(text.encode())
    outside = tombstones or study.opened.path.with_name(study.opened.path.name + SUFFIX)
    with transaction.atomic():
        key = study.keys.current(rows[0].sealed_under.compartment.name)
        left = left_to_others(study, sources)
        row = say(study, key, Erasure, words, at=at, notice=text, signature=signature, left=left)
        apply(study, "care.erased", row, Work(ids, files, names))
        copies = backup.forget_snapshots(study.opened)
        # Last: a tombstone outside without its erasure ends what was confirmed; the reverse brings it back.
        _append(outside, Signed(text, signature.hex()))
    settle(study)
    quoting = tuple(sorted({case for case, words in words_told(study) if _quotes(words, names)}))
    return Erased(len(rows), len(files), copies, len(left), outside, quoting, unread_cases(study))


def complete(study: Study) -> int:
    """Rewrite what erasures left to who holds its key, where the person at work does; how many rows."""
    done = 0
    for row in Erasure.objects.exclude(left=[]):
        files, others = _waiting(study, row.left)
        if not files and not others:
            continue
        stones = msgspec.json.decode(row.notice, type=Notice).stones
        gone = list(Record.objects.filter(wrapped_key=b"").values_list("pk", flat=True))
        sealed = [found for file in files for found in _sealed_anew(study, file, stones, ())]
        done += len(files) + len(others)
        places = {_place(each) for each in (*files, *others)}
        row.left = [place for place in row.left if place not in places]
        with transaction.atomic():
            row.save(update_fields=["left"])
            apply(study, "care.erasure_completed", row, Work(gone, sealed, ()))
    if done:
        settle(study)
    return done


def apply(study: Study, act: str, erasure: Erasure, work: Work) -> None:
    """End the keys, write what is sealed anew, and say so in the chain; inside a transaction."""
    records, files, names = work
    gone = Record.objects.filter(pk__in=records).exclude(wrapped_key=b"")
    touched = {row.file_id for row in gone} | {each.row.pk for each in files}
    number = gone.update(wrapped_key=b"")
    before = {each.row.blob for each in files}
    for each in files:
        each.row.blob = each.blob
        for name, value in each.sealed.items():
            setattr(each.row, name, value)
        each.row.save()
    others = list(_rewritten(files))
    said = [*_silenced(study, records, names), *silence(records)]
    boxes, cases = _cases_ended(records)
    linked = [*_coarsened(study, records), *ended(study, records), *cases]
    erasure.refresh_from_db()
    covers: dict[str, str | None] = {}
    for file in SourceFile.objects.filter(pk__in=touched):
        covers |= bulk_digests(study, file)
    for blob in before - set(SourceFile.objects.values_list("blob", flat=True)):
        covers[f"blob:{blob}"] = None
    changed = [row for row in said if row.pk != erasure.pk or not isinstance(row, Erasure)]
    audit(
        study,
        act,
        wrote=[erasure, *(each.row for each in files), *others, *changed, *linked],
        ended=boxes,
        covers=covers,
        erasure=erasure.pk,
        records=number,
        files=len(files),
        notice=hashlib.sha256(erasure.notice.encode()).hexdigest(),
    )
    LentKey.objects.filter(pk__in=[each.pk for each in boxes]).delete()


def _rewritten(files: Sequence[_File | Requoted]) -> Iterator[models.Model]:
    """Write what else of a document is sealed anew; records are covered with their file."""
    for file in files:
        for row, sealed in file.others if isinstance(file, Requoted) else ():
            for name, value in sealed.items():
                setattr(row, name, value)
            row.save()
            if not isinstance(row, Record):
                yield row


def _free(study: Study, records: Sequence[str]) -> list[Record]:
    """The records in all their versions, if nothing forbids to erase them. Raises as `plan`."""
    require(study, "care.erased")
    names = sorted(name for group in chains(records) for name in group)
    rows = known_records(study, names)
    for held in holds(study, names):
        raise AmparoError(
            "care.on_hold",
            hold=held.number,
            of=held.of,
            day=held.day.isoformat(),
            by=held.by,
            reason=held.words or "",
        )
    return rows


def settle(study: Study) -> None:
    """After the transaction: sealed files that nothing names any more end, and old pages of the database."""
    blobs.sweep(study.opened, set(SourceFile.objects.values_list("blob", flat=True)))
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def content_of(study: Study, row: Record) -> tuple[bytes, list[str | None]]:
    """A record's row verbatim as JSON, and its cells. Raises `accounts.no_key`, `vault.tampered`."""
    line = open_field(study, row, row.pk, "sealed_row")
    cells = open_field(study, row, row.pk, "sealed_cells")
    return line, msgspec.json.decode(cells, type=list[str | None])


def _stones(
    study: Study, rows: Sequence[Record], contents: dict[str, tuple[bytes, list[str | None]]]
) -> Iterator[Stone]:
    of = {row.pk: row for row in rows}
    for group in chains(of):
        versions = sorted(group & of.keys(), key=lambda name: of[name].file.ordinal)
        for name in versions:
            yield stone(study, of[name], versions[0], *contents[name])


def resealed(study: Study, sources: Sequence[str], stones: Sequence[Stone], names: Names) -> Iterator[_File]:
    """The files of these lists that hold an erased row, in any version, sealed anew without it."""
    rows = SourceFile.objects.filter(kind=LIST, source__key__in=sources, sealed_under__in=study.keys.ids)
    for file in rows.select_related("source", "sealed_under__compartment").order_by("id"):
        yield from _sealed_anew(study, file, stones, names)


def _sealed_anew(study: Study, file: SourceFile, stones: Sequence[Stone], names: Names) -> Iterator[_File]:
    facts = file_facts(study, file)
    content = blobs.get(study.opened, study.keys[file.sealed_under_id].secret, file.blob)
    try:
        sheet = (
            reread(content, facts["file_name"])
            if "original" in facts
            else read_quarantined(
                content,
                facts["file_name"],
                sheet=facts["sheet_name"],
                language=facts.get("language") or "es",
            )
        )
    except AmparoError as error:
        if error.code != "intake.no_rows":
            raise
        return
    mine = [each for each in stones if each.source == file.source.key]
    gone = matches(study, mine, *told(sheet, mapping_of(study, file)))
    if not gone:
        return
    key = study.keys.current(file.sealed_under.compartment.name)
    name = place_of(file)
    mapping = open_field(study, file, name, "sealed_mapping")
    facts = blanked(facts, content)
    if _quotes(facts["file_name"], names):
        facts |= {"file_name": f"{name}.csv"}
    blob = blobs.put(study.opened, key.secret, rebuilt(sheet, gone))
    yield _File(file, sealed_file(key, name, facts, mapping), blob)


def _silenced(study: Study, records: Collection[str], names: Names) -> Iterator[models.Model]:
    """Words said of the records, or that name who stood in them: their keys end."""
    ids = set(records)
    for model in SAID:
        for row in model._default_manager.exclude(wrapped_key=b""):
            about = row.hold.record_id if isinstance(row, Lifting) else getattr(row, "record_id", None)
            if about in ids or _quotes(words_of(study, row) or "", names):
                row.wrapped_key = b""
                row.save(update_fields=["wrapped_key"])
                yield row


def _cases_ended(records: Collection[str]) -> tuple[list[LentKey], list[models.Model]]:
    """What cases tell of the records, and the whole case of somebody it was opened for: their keys end.

    Gives the boxes of those keys that volunteers have, to be removed, and the rows whose keys ended.
    """
    ids = list(records)
    cases = Case.objects.filter(about__in=ids).exclude(wrapped_key=b"")
    names = list(cases.values_list("pk", flat=True))
    told = Entry.objects.filter(Q(about__in=ids) | Q(case__in=names)).exclude(wrapped_key=b"")
    lent = Lending.objects.filter(case__in=names).exclude(wrapped_key=b"")
    gone = Q(entry__in=[row.pk for row in told]) | Q(lending__in=[row.pk for row in lent])
    boxes = list(LentKey.objects.filter(gone))
    rows: list[Case | Entry | Lending] = [*cases, *told, *lent]
    for row in rows:
        row.wrapped_key = b""
        row.save(update_fields=["wrapped_key"])
    return boxes, [*rows]


def _coarsened(study: Study, records: Collection[str]) -> Iterator[models.Model]:
    """Coarse records of linkage runs, sealed anew without the values of these records."""
    gone = list(records)
    for row in CoarseRecords.objects.filter(sealed_under__in=study.keys.ids):
        frame = frames.unpack(open_field(study, row, row.pk, "sealed_records"))
        here = pl.col("record_id").is_in(gone)
        told_of = frame.filter(here & pl.any_horizontal(pl.col(_COARSE).is_not_null()))
        if told_of.is_empty():
            continue
        empty = frame.with_columns(pl.when(~here).then(pl.col(name)).alias(name) for name in _COARSE)
        # Made anew: under a null, Arrow's buffers keep the value that stood there.
        empty = pl.DataFrame({name: empty[name].to_list() for name in empty.columns}, schema=empty.schema)
        key = study.keys.current(row.sealed_under.compartment.name)
        for name, value in seal_fields(
            key, CoarseRecords, row.pk, {"sealed_records": frames.pack(empty)}
        ).items():
            setattr(row, name, value)
        row.save()
        yield row


def left_to_others(study: Study, sources: Sequence[str]) -> list[str]:
    """Rows that may quote the erased and whose key the person at work does not hold."""
    files = SourceFile.objects.filter(source__key__in=sources)
    rows = (*files.exclude(sealed_under__in=study.keys.ids),)
    linked = [
        row for model in _LINKED for row in model._default_manager.exclude(sealed_under__in=study.keys.ids)
    ]
    return [_place(row) for row in (*rows, *linked)]


def _waiting(study: Study, left: Iterable[str]) -> tuple[list[SourceFile], list[models.Model]]:
    names = set(left)
    files = SourceFile.objects.filter(sealed_under__in=study.keys.ids).select_related(
        "source", "sealed_under__compartment"
    )
    linked = [
        row for model in _LINKED for row in model._default_manager.filter(sealed_under__in=study.keys.ids)
    ]
    return [row for row in files if _place(row) in names], [row for row in linked if _place(row) in names]


def _place(row: models.Model) -> str:
    return f"{row._meta.label}:{row.pk}"


def names_in(contents: Iterable[tuple[bytes, list[str | None]]]) -> Names:
    """The words of each erased record's names."""
    particles = lexicon().particles
    return [
        {
            word
            for place in NAMES
            for word in fold(cells[place] or "").split()
            if len(word) >= _WORTH and word not in particles
        }
        for _, cells in contents
    ]


def _quotes(text: str, names: Names) -> bool:
    """Whether a text names somebody: two words of a name, or the only one it has."""
    words = set(re.findall(r"\w+", fold(text)))
    return any(name and len(words & name) >= min(2, len(name)) for name in names)


def _append(path: Path, line: Signed) -> None:
    before = path.read_bytes() if path.exists() else b""
    write_whole(path, before + msgspec.json.encode(line) + b"\n")
