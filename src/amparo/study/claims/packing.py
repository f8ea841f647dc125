"""Work packages: claims in the field's formats, or a dossier, sealed to a member of the study, and logged.

Only what both may open goes in, nothing that is restricted or never leaves. A package for an outsider needs a
second person's approval, which a study cannot give yet: it is refused.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction

from amparo.errors import AmparoError, Refusal
from amparo.study.accounts.models import User
from amparo.study.accounts.people import people
from amparo.study.accounts.rules import LAWYERS, MATCHING
from amparo.study.accounts.services import audit, require
from amparo.study.claims.explaining import Dossier, Explained, dossier
from amparo.study.claims.formats import Table, bundle, codebook, event_tables, statements, told_of
from amparo.study.claims.reading import claims_of, implicit_claims, received
from amparo.study.claims.rules import Opened, by_field, preferred, standing, verification
from amparo.study.claims.tables import persons_at, table
from amparo.study.context import now
from amparo.study.register.documents import document_of
from amparo.study.register.models import Record, SourceFile
from amparo.study.register.services import DOCUMENT, LIST
from amparo.vault import age, slots
from amparo.vault.slots import RecipientSlot

if TYPE_CHECKING:
    from amparo.study.care.rules import Purpose
    from amparo.study.context import Study

FORMATS = ("ftm", "huridocs", "csvw")
# What goes into no package.
KEPT_BACK = frozenset({"restricted", "never_release"})


class Packed(NamedTuple):
    """A package: its bytes, how many claims or acts it holds, how many were kept back as restricted."""

    content: bytes
    number: int
    kept_back: int
    sealed: bool


def pack(study: Study, kind: str, to: str | None, by: Sequence[str] = ("year", "duty_status")) -> Packed:
    """Make a package for a member: `ftm` statements, the `huridocs` tables, or a table of acts as `csvw`.

    Without `to` it is plain, which only a synthetic study gives. Raises `accounts.not_allowed`,
    `claims.unknown_format`, `claims.outsider` for somebody who is no member, `claims.no_recipient` for a
    member without an age key, `care.seal_the_copy`, and as `tables.table`.
    """
    require(study, "claims.packed")
    if kind not in FORMATS:
        raise AmparoError("claims.unknown_format", format=kind, known=list(FORMATS))
    if to is None and not study.facts.synthetic:
        raise AmparoError("care.seal_the_copy")
    recipient, compartments = _member(study, to) if to is not None else (None, _without_lawyers(study))
    shared = set(compartments) & set(study.keys.compartments)
    day = now().date().isoformat()
    if kind == "csvw":
        content, number, kept_back = _acts(study, by, day, shared)
    else:
        content, number, kept_back = _claims(study, kind, day, shared)
    digest = hashlib.sha256(content).hexdigest()
    if recipient is not None:
        sealed = io.BytesIO()
        age.seal(io.BytesIO(content), sealed.write, [recipient])
        content = sealed.getvalue()
    with transaction.atomic():
        audit(study, "claims.packed", kind=kind, recipient=to or "", statements=number, digest=digest)
    return Packed(content, number, kept_back, recipient is not None)


def _without_lawyers(study: Study) -> tuple[str, ...]:
    """What may stand in a plain file: what lawyers were told goes to no outsider, whoever packs."""
    return tuple(name for name in study.keys.compartments if name != LAWYERS)


def pack_dossier(
    study: Study, of: str, to: str, purpose: Purpose, render: Callable[[Dossier], bytes]
) -> bytes:
    """What is known of a person, record or thing, as `render` writes it, sealed to a member's age key.

    It holds what both may open, and nothing that is restricted. The look and the package leave their lines.
    Raises `accounts.not_allowed`, `claims.outsider`, `claims.no_recipient`, and as `explaining.dossier`.
    """
    require(study, "claims.packed")
    recipient, compartments = _member(study, to)
    shared = set(compartments) & set(study.keys.compartments)
    found = _both_may_open(dossier(study, of, purpose), shared)
    content, sealed = render(found), io.BytesIO()
    age.seal(io.BytesIO(content), sealed.write, [recipient])
    number = sum(len(each.lines) for fields in (found.fields, *found.things.values()) for each in fields)
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        audit(study, "claims.packed", kind="dossier", recipient=to, statements=number, digest=digest)
    return sealed.getvalue()


def _both_may_open(found: Dossier, shared: Collection[str]) -> Dossier:
    def kept(fields: Sequence[Explained]) -> list[Explained]:
        lines = [
            tuple(
                line
                for line in each.lines
                if line.claim.compartment in shared and line.claim.said.restriction not in KEPT_BACK
            )
            for each in fields
        ]
        return [each._replace(lines=mine) for each, mine in zip(fields, lines, strict=True) if mine]

    things = {of: fields for of, each in found.things.items() if (fields := kept(each))}
    rows = Record.objects.filter(pk__in=found.records, sealed_under__compartment__name__in=list(shared))
    records = set(rows.values_list("pk", flat=True))
    return found._replace(
        fields=tuple(kept(found.fields)),
        things=things,
        records=tuple(record for record in found.records if record in records),
    )


def _member(study: Study, handle: str) -> tuple[str, tuple[str, ...]]:
    """A member's age key and the compartments they hold."""
    member = next((each for each in people() if each.handle == handle), None)
    if member is None:
        raise Refusal("claims.outsider", recipient=handle)
    owner = slots.label(study.opened.study_id, User.objects.get(handle=handle).handle)
    for slot in slots.read(study.opened.path).slots:
        if isinstance(slot, RecipientSlot) and slot.owner == owner:
            return slot.recipient, member.compartments
    raise AmparoError("claims.no_recipient", user=handle)


def _claims(study: Study, kind: str, day: str, shared: Collection[str]) -> tuple[bytes, int, int]:
    rows = Record.objects.filter(ended=None, file__kind=LIST, sealed_under__in=study.keys.ids)
    rows = rows.exclude(wrapped_key=b"").select_related("file__source", "sealed_under__compartment")
    files = {file.pk: received(study, file) for file in SourceFile.objects.filter(pk__in=rows.values("file"))}
    implicit = [
        claim
        for row in rows.order_by("file", "row")
        for claim in implicit_claims(study, row, files[row.file_id])
    ]
    known = claims_of(study)
    claims = [claim for claim in (*implicit, *known.claims) if claim.compartment in shared]
    open_ = [claim for claim in claims if claim.said.restriction not in KEPT_BACK]
    rulings = [ruling for ruling in known.rulings if ruling.compartment in shared]
    state = standing(claims, rulings)
    best = {
        place: found
        for place, group in by_field(open_).items()
        if (found := preferred(group, state)) is not None
    }
    persons = persons_at(study, None) if MATCHING in shared else {}
    told = told_of(open_, state, best, datasets=_datasets(study, open_), persons=persons)
    kept_back = len(claims) - len(open_)
    if kind == "ftm":
        return statements(told, day), len(told), kept_back
    verified = {of: verification(claims, state, of)[0] for of in {claim.of for claim in open_}}
    tables = event_tables(told, best, verified)
    return bundle([*tables, codebook(tables)], study.facts.title, day), len(told), kept_back


def _datasets(study: Study, claims: Sequence[Opened]) -> dict[int | None, tuple[str, str | None]]:
    """The list and language of each file, and those of what has none."""
    found: dict[int | None, tuple[str, str | None]] = {None: ("", None)}
    files = SourceFile.objects.filter(pk__in={claim.file for claim in claims}).select_related("source")
    for file in files:
        mine = file.kind == DOCUMENT and file.sealed_under_id in study.keys
        found[file.pk] = (file.source.key, document_of(study, file).language if mine else None)
    return found


def _acts(study: Study, by: Sequence[str], day: str, shared: Collection[str]) -> tuple[bytes, int, int]:
    found = table(study, by, within=shared)
    columns = [(column.name, column.en, column.es, column.written) for column in found.codebook]
    columns.append(("acts", "acts", "actos", "count"))
    rows = [[*cell, str(number)] for cell, number in found.cells.items()]
    acts = Table("acts.csv", "acts", "actos", tuple(columns), rows)
    return bundle([acts, codebook([acts])], study.facts.title, day), found.acts, found.restricted
