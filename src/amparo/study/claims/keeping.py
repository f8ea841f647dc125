"""Keep a document with what a reader proposes of it. Nothing of it is a claim until a person accepts it."""

from __future__ import annotations

import hmac
import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from django.db import transaction

from amparo.errors import AmparoError
from amparo.intake.passages import Document, Message, Passage, Row, Span, is_found
from amparo.intake.proposals import Proposal, unfounded
from amparo.study.accounts.rules import LAWYERS
from amparo.study.accounts.services import audit, require
from amparo.study.claims.models import Suggestion
from amparo.study.context import Key, now
from amparo.study.register.digests import bulk_digests
from amparo.study.register.documents import document_of, keep_file
from amparo.study.register.models import Record, SourceFile
from amparo.study.register.rules import Declared
from amparo.study.register.services import declarations, declare, key_of
from amparo.study.sealing import open_field, seal_fields
from amparo.values.text import fold
from amparo.vault.keys import derive
from amparo.vocabulary.model import field_of, fits

if TYPE_CHECKING:
    from amparo.study.context import Study


class Kept(NamedTuple):
    """What keeping a document did: how many suggestions wait anew, how many were there before.

    `withheld` are for the lawyers, and were not kept because the person at work does not hold their key.
    """

    source: str
    ordinal: int
    suggested: int
    known: int
    withheld: int


class Waiting(NamedTuple):
    """A suggestion as its reader has it. `about` is the record it tells of, empty for none."""

    id: str
    of: str
    about: str
    file: int
    compartment: str
    proposal: Proposal


def keep_document(
    study: Study,
    content: bytes,
    file_name: str,
    document: Document,
    proposals: Sequence[Proposal],
    *,
    source_key: str,
    declared: Declared | None = None,
    compartment: str | None = None,
) -> Kept:
    """Keep a document as received, what was read in it, and what is proposed of it.

    A source that nobody declared has no part in counting. The same document again adds only what was not
    proposed before: what was rejected stays so. Raises the codes of `register.services.declare`,
    `register.other_kind`, `claims.unfounded` for words that do not stand in the document, `claims.bad_value`.
    """
    require(study, "claims.read")
    for each in unfounded(document, tuple(proposals)):
        raise AmparoError("claims.unfounded", entity=each.entity, field=each.field)
    check(proposals)
    key = key_of(study, source_key, compartment)
    if declared is None and source_key not in declarations():
        declared = Declared(document.title or source_key, "none")
    with transaction.atomic():
        source = declare(study, source_key, declared, compartment)
        kept = keep_file(study, key, source, document, content=content, file_name=file_name)
        before = [] if kept.wrote else list(waiting(study, Suggestion.objects.filter(file=kept.file)))
        rows, withheld, proposals = _suggest_all(study, key, kept.file, proposals, before)
        audit(
            study,
            "claims.read",
            wrote=[*kept.wrote, *rows],
            covers=bulk_digests(study, kept.file) if kept.wrote else None,
            source=source_key,
            file=kept.file.ordinal,
        )
    return Kept(source_key, kept.file.ordinal, len(rows), len(proposals) - len(rows) - withheld, withheld)


def propose(study: Study, file: SourceFile, proposals: Sequence[Proposal]) -> tuple[str, ...]:
    """Suggestions of a person who reads a kept document; gives their ids. Raises as `keep_document`."""
    require(study, "claims.read")
    for each in unfounded(document_of(study, file), tuple(proposals)):
        raise AmparoError("claims.unfounded", entity=each.entity, field=each.field)
    check(proposals)
    key = key_of(study, file.source.key, None)
    with transaction.atomic():
        before = list(waiting(study, Suggestion.objects.filter(file=file)))
        rows, _, _ = _suggest_all(study, key, file, proposals, before)
        audit(study, "claims.read", wrote=rows, covers=None, source=file.source.key, file=file.ordinal)
    return tuple(row.pk for row in rows)


def _suggest_all(
    study: Study, key: Key, file: SourceFile, proposals: Sequence[Proposal], before: Sequence[Waiting]
) -> tuple[list[Suggestion], int, Sequence[Proposal]]:
    """New rows, how many were withheld, and the proposals whose words stand in what is kept."""
    # After an erasure the document lacks what it told of the erased, and nothing proposes it again.
    document = document_of(study, file)
    proposals = [each for each in proposals if is_found(document, each.passage)]
    known = {_told(each.proposal): each for each in before}
    names = _names(study, key, file=file, source=file.source.key, proposals=proposals, known=known)
    rows, withheld = [], 0
    for proposal, about in _translated(proposals, names):
        if _told(proposal) in known:
            continue
        under = key
        if proposal.restriction == LAWYERS:
            if LAWYERS not in study.keys.compartments:
                withheld += 1
                continue
            under = study.keys.current(LAWYERS)
        rows.append(_suggest(study, under, proposal, file=file, of=names[proposal.entity], about=about))
    return rows, withheld, proposals


def check(proposals: Sequence[Proposal]) -> None:
    """Raise `claims.bad_value` for a field, code or thing that there is not."""
    things = {each.entity for each in proposals}
    for each in proposals:
        field = field_of(each.kind, each.field)
        target = field.refers_to if field else None
        refers = target is None or (each.value in things and each.value.startswith(f"{target}-"))
        named = each.entity.startswith(f"{each.kind}-")
        if not named or not refers or not fits(each.kind, each.field, each.value):
            raise AmparoError("claims.bad_value", kind=each.kind, field=each.field)


def waiting(study: Study, rows: Iterable[Suggestion]) -> Iterator[Waiting]:
    """Suggestions opened, where the person at work holds the key and no erasure took them."""
    for row in rows:
        if row.sealed_under_id in study.keys and row.wrapped_key:
            proposal = msgspec.json.decode(open_field(study, row, row.pk, "sealed_proposal"), type=Proposal)
            place = study.keys[row.sealed_under_id].compartment
            yield Waiting(row.pk, row.of, row.about, row.file_id, place, proposal)


def new_id(kind: str) -> str:
    """An id of a row or a thing: drawn, so that it tells nothing of others."""
    return f"{kind}-{secrets.token_hex(6)}"


def actor_id(study: Study, compartment: str, name: str) -> str:
    """An actor's id: the same for the same name in one compartment, and nobody else can test a name."""
    oldest = min(
        (key for key in study.keys.held.values() if key.compartment == compartment), key=lambda k: k.version
    )
    own = derive(oldest.secret, study.opened.study_id, "actor")
    return f"actor-{hmac.digest(own, fold(name).encode(), 'sha256').hex()[:12]}"


def _told(proposal: Proposal) -> bytes:
    """What makes two proposals of one document the same, whatever the reader called the thing."""
    field = field_of(proposal.kind, proposal.field)
    # What names another thing is written with the study's own ids once it is kept.
    value = "" if field is not None and field.refers_to else proposal.value
    return msgspec.json.encode((proposal.kind, proposal.field, value, proposal.passage))


def _names(
    study: Study,
    key: Key,
    *,
    file: SourceFile,
    source: str,
    proposals: Sequence[Proposal],
    known: dict[bytes, Waiting],
) -> dict[str, str]:
    """What each of the document's things is called in the study."""
    of: dict[str, list[Proposal]] = defaultdict(list)
    for each in proposals:
        of[each.entity].append(each)
    taken = {each.of for each in known.values()}
    taken |= set(Record.objects.filter(file=file).values_list("pk", flat=True))
    names: dict[str, str] = {}
    for entity, mine in of.items():
        before = [found.of for each in mine if (found := known.get(_told(each)))]
        if before:
            names[entity] = before[0]
        elif mine[0].kind == "person":
            place = _position(mine[0].passage)
            while (name := f"{source}.{file.ordinal}.{place}") in taken:
                place += 1
            names[entity] = name
            taken.add(name)
        elif mine[0].kind == "actor" and (called := [p.value for p in mine if p.field == "name"]):
            names[entity] = actor_id(study, key.compartment, called[0])
        else:
            names[entity] = new_id(mine[0].kind)
    return names


def _translated(proposals: Sequence[Proposal], names: dict[str, str]) -> Iterator[tuple[Proposal, str]]:
    """Proposals with the study's ids in their values, and the record that each thing tells of."""
    refers: dict[str, list[tuple[str, str]]] = defaultdict(list)
    translated = []
    for each in proposals:
        field = field_of(each.kind, each.field)
        target = field.refers_to if field else None
        if target is None:
            translated.append(each)
            continue
        if each.value not in names:  # of somebody erased
            continue
        refers[each.entity].append((target, each.value))
        translated.append(msgspec.structs.replace(each, value=names[each.value]))
    for each in translated:
        yield each, names.get(_person_of(each.entity, refers) or "", "")


def _person_of(entity: str, refers: dict[str, list[tuple[str, str]]]) -> str | None:
    """The person a thing tells of: itself, whom it names first, or the person of the act it belongs to."""
    if entity.startswith("person-"):
        return entity
    for target, value in refers[entity]:
        if target == "person":
            return value
    for target, value in refers[entity]:
        if target == "act":
            return _person_of(value, refers)
    return None


def _position(passage: Passage) -> int:
    """Where a passage stands, as a number from 1."""
    match passage:
        case Span(start=start):
            return start + 1
        case Message(number=number):
            return number
        case Row(row=row):
            return row
        case _:
            return 1


def _suggest(
    study: Study, key: Key, proposal: Proposal, *, file: SourceFile, of: str, about: str
) -> Suggestion:
    name = new_id("suggestion")
    sealed = {"sealed_proposal": msgspec.json.encode(proposal)}
    return Suggestion.objects.create(
        id=name,
        of=of,
        about=about,
        at=now(),
        by=study.user,
        file=file,
        **seal_fields(key, Suggestion, name, sealed),
    )
