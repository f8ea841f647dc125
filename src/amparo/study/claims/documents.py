"""What came in as files: which there are, and one of them opened with what is proposed and claimed of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction

from amparo.errors import AmparoError
from amparo.intake.passages import Document, Passage, Table
from amparo.intake.pdf import PDF
from amparo.intake.picture import is_picture, read_picture
from amparo.intake.quarantine import in_quarantine, read_quarantined
from amparo.study.accounts.services import require
from amparo.study.care.openings import opened
from amparo.study.care.rules import Purpose, check_purpose
from amparo.study.claims.explaining import Listed, Origin, beside, origin_of
from amparo.study.claims.models import Claim, Suggestion
from amparo.study.claims.reading import claims_of
from amparo.study.register.documents import document_of
from amparo.study.register.models import Record, SourceFile
from amparo.study.register.services import DOCUMENT, file_facts
from amparo.vault import blobs

if TYPE_CHECKING:
    from amparo.study.context import Study

ROWS = 200  # of a list shown


class Entry(NamedTuple):
    """A file that may be opened: what it is, and how many suggestions wait on it."""

    file: int
    origin: Origin
    is_list: bool
    waiting: int


class Thing(NamedTuple):
    """What the document told of and somebody accepted: its kind, and what it is called (empty: nothing)."""

    of: str
    kind: str
    name: str


class Stands(NamedTuple):
    """A claim that stands, with the passage it rests on."""

    id: str
    of: str
    passage: Passage


class View(NamedTuple):
    """A file opened: its text, messages or rows, what waits for a decision, and what was claimed from it.

    A list's `document` has its first `ROWS` rows as a table; `rows` says how many there are.
    """

    origin: Origin
    document: Document
    rows: int
    waiting: tuple[Listed, ...]
    stands: tuple[Stands, ...]
    things: tuple[Thing, ...]


class Drawn(NamedTuple):
    """A page of an original as JPEG, drawn anew from its pixels, and how many pages there are."""

    page: int
    pages: int
    jpeg: bytes


def entries(study: Study, *, waiting: bool = False) -> list[Entry]:
    """The files that may be opened, newest first; only those on which suggestions wait, if asked for."""
    require(study, "claims.listed")
    mine = study.keys.ids
    rows = Suggestion.objects.filter(decided=None, sealed_under__in=mine).exclude(wrapped_key=b"")
    wait = Counter(rows.values_list("file", flat=True))
    files = SourceFile.objects.filter(sealed_under__in=mine).select_related("source").order_by("-at", "-id")
    if waiting:
        files = files.filter(pk__in=list(wait))
    return [Entry(file.pk, origin_of(study, file), file.kind != DOCUMENT, wait[file.pk]) for file in files]


def view(study: Study, file: int, purpose: Purpose) -> View:
    """Open a file for a person's eye, with a line in the audit chain.

    Raises `register.unknown_record` alike where there is none and where the person at work holds no key,
    `accounts.not_allowed`, `care.unknown_purpose`, `care.purpose_words`.
    """
    require(study, "claims.listed")
    check_purpose(purpose)
    found = file_of(study, file)
    origin = origin_of(study, found)
    if found.kind != DOCUMENT:
        document, names = _rows(study, found, origin)
        with transaction.atomic():
            opened(study, "register.opened", purpose, names)
        return View(origin, document, found.rows, (), (), ())
    rows = Suggestion.objects.filter(file=found, decided=None, sealed_under__in=study.keys.ids)
    listed = beside(study, rows.exclude(wrapped_key=b""))
    mine = Claim.objects.filter(file=found, sealed_under__in=study.keys.ids).exclude(wrapped_key=b"")
    of = list(dict.fromkeys(mine.order_by("at", "id").values_list("of", flat=True)))
    known = claims_of(study, of)
    stands = tuple(
        Stands(claim.id, claim.of, claim.said.passage)
        for claim in known.claims
        if claim.file == file and claim.said.passage is not None and known.state.stands(claim.id)
    )
    things = {}
    for (thing, field), best in known.preferred().items():
        before = things.get(thing, Thing(thing, best.claim.said.kind, ""))
        called = field in ("name", "description") or (field == "type" and not before.name)
        things[thing] = before._replace(name=best.claim.said.value) if called else before
    records = {each.waiting.about for each in listed} | set(of)
    with transaction.atomic():
        there = Record.objects.filter(pk__in=records).order_by("pk").values_list("pk", flat=True)
        opened(study, "claims.listed", purpose, list(there))
    return View(origin, document_of(study, found), 0, tuple(listed), stands, tuple(things.values()))


def number_of(study: Study, source: str, ordinal: int) -> int:
    """The number under which a source's file is opened. Raises `register.unknown_record`."""
    found = SourceFile.objects.filter(source__key=source, ordinal=ordinal, sealed_under__in=study.keys.ids)
    number = found.values_list("pk", flat=True).first()
    if number is None:
        raise AmparoError("register.unknown_record", record=source)
    return number


def file_of(study: Study, file: int) -> SourceFile:
    """A file that may be opened. Raises `register.unknown_record`."""
    rows = SourceFile.objects.filter(pk=file, sealed_under__in=study.keys.ids).select_related("source")
    found = rows.first()
    if found is None:
        raise AmparoError("register.unknown_record", record=str(file))
    return found


def drawn(study: Study, file: int, page: int) -> Drawn | None:
    """A page of a picture, scan or PDF as it came, of a file that `view` opened; None for other originals.

    Raises `register.unknown_record` where there is no such file, none for this user, or no such page;
    `accounts.not_allowed`; `picture.read_picture`'s codes.
    """
    require(study, "claims.listed")
    found = file_of(study, file)
    content = blobs.get(study.opened, study.keys[found.sealed_under_id].secret, found.blob)
    if found.kind != DOCUMENT or not (content.startswith(PDF) or is_picture(content[:16])):
        return None
    name = file_facts(study, found)["file_name"]
    picture = in_quarantine(read_picture, content, name, file_name=name, page=page)
    if not picture.drawn:
        raise AmparoError("register.unknown_record", record=str(file))
    return Drawn(page, len(picture.sizes), picture.drawn[0])


def _rows(study: Study, file: SourceFile, origin: Origin) -> tuple[Document, list[str]]:
    """The first rows of a list as it came, and the records that were made of them."""
    content = blobs.get(study.opened, study.keys[file.sealed_under_id].secret, file.blob)
    sheet = read_quarantined(content, origin.file_name, sheet=file_facts(study, file)["sheet_name"])
    rows = tuple(zip(sheet.row_numbers[:ROWS], sheet.rows[:ROWS], strict=True))
    table = Table(sheet=sheet.sheet_name, headers=sheet.headers, rows=rows)
    names = [f"{origin.source}.{origin.ordinal}.{number}" for number, _ in rows]
    there = Record.objects.filter(pk__in=names).values_list("pk", flat=True)
    return Document(kind="table", tables=(table,)), sorted(there)
