"""Decide on suggestions; make, withdraw, prefer and verify claims. The only writer of claims."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from django.db import transaction

from amparo.errors import AmparoError
from amparo.intake.passages import Oral, Passage, is_found
from amparo.records import CELLS
from amparo.study.accounts.rules import LAWYERS
from amparo.study.accounts.services import audit, require
from amparo.study.claims.keeping import Waiting, actor_id, new_id, waiting
from amparo.study.claims.models import Claim, Decision, OfThing, Ruling, Suggestion
from amparo.study.claims.reading import Known, cell_passages, claims_of, known_of, record_of
from amparo.study.claims.rules import (
    PUBLIC,
    VERIFICATIONS,
    Outcome,
    Ruled,
    Value,
    is_second,
)
from amparo.study.context import Key, now
from amparo.study.register.digests import bulk_digests
from amparo.study.register.documents import add_person, document_of
from amparo.study.register.models import Record, SourceFile
from amparo.study.register.services import DOCUMENT
from amparo.study.sealing import seal_fields
from amparo.values.dates import parse_date
from amparo.values.quantities import parse_quantity
from amparo.vocabulary.model import field_of, fits, model

if TYPE_CHECKING:
    from amparo.study.context import Study


class Accepted(NamedTuple):
    """What accepting did: the claims made, and the records that came into the register with them."""

    claims: tuple[str, ...]
    records: tuple[str, ...]


class Made(NamedTuple):
    """Claims made by hand, and the thing they are said of."""

    of: str
    claims: tuple[str, ...]


def accept(study: Study, suggestions: Sequence[str], values: Mapping[str, str] | None = None) -> Accepted:
    """Make claims of suggestions, with another value where `values` (suggestion -> value) gives one.

    A person whom a document tells of becomes a record of its source with the first claim on them, unless
    they speak in public for others. Raises `claims.unknown_suggestion`, `claims.decided`, `claims.bad_value`.
    """
    require(study, "claims.accepted")
    values = values or {}
    found = [_edited(each, values.get(each.id)) for each in _undecided(study, suggestions)]
    files = {file.pk: file for file in SourceFile.objects.filter(pk__in={each.file for each in found})}
    with transaction.atomic():
        records = [row for file in files.values() for row in _new_records(study, file, found)]
        claims = [_keep(study, each) for each in found]
        decisions = [
            _decide(study, each.id, "edited" if each.id in values else "accepted", claim)
            for each, claim in zip(found, claims, strict=True)
        ]
        covers: dict[str, str | None] = {}
        for row in records:
            covers |= bulk_digests(study, row.file)
        audit(
            study,
            "claims.accepted",
            wrote=[*claims, *decisions],
            covers=covers,
            claims=len(claims),
            records=len(records),
        )
    return Accepted(tuple(claim.pk for claim in claims), tuple(row.pk for row in records))


def reject(study: Study, suggestions: Sequence[str]) -> None:
    """Remember that suggestions are wrong: they do not come back. Raises as `accept`."""
    require(study, "claims.rejected")
    found = _undecided(study, suggestions)
    with transaction.atomic():
        decisions = [_decide(study, each.id, "rejected", None) for each in found]
        audit(study, "claims.rejected", wrote=decisions, suggestions=len(decisions))


def claim(
    study: Study,
    of: str,
    values: Mapping[str, str],
    passage: Passage,
    *,
    file: SourceFile | None = None,
    certainty: str = "stated",
    asserted_by: str | None = None,
    restriction: str = "none",
    supersedes: Collection[str] = (),
    reason: str = "",
) -> Made:
    """Claim values of a thing by hand, with the passage they stand in.

    `of` is a record, a thing, or a kind of thing for one that is new. A passage stands in `file`, in the
    record's own row, or is an oral statement. What is superseded says the same field of the same thing, and
    takes a reason. Raises `claims.unknown_thing`, `claims.bad_value`, `claims.unfounded`,
    `claims.not_standing`, `care.no_reason`, `accounts.no_key`.
    """
    require(study, "claims.made")
    kind = of if of in model() else _kind(study, of)
    values = {field: _written(kind, field, value) for field, value in values.items()}
    for field, value in values.items():
        _check_reference(study, kind, field, value)
    row = record_of(study, of)
    if not _is_founded(study, row, file, passage):
        raise AmparoError("claims.unfounded", entity=of, field=", ".join(values))
    if supersedes:
        _check_superseded(study, of, values, supersedes, reason)
    about = of if row is not None else _about(study, of, kind, values)
    key = _key(study, of, about, restriction)
    if of in model():
        named = kind == "actor" and "name" in values
        of = actor_id(study, key.compartment, values["name"]) if named else new_id(kind)
    place = file or (row.file if row is not None and not isinstance(passage, Oral) else None)
    with transaction.atomic():
        rows = []
        for field, value in values.items():
            said: dict[str, Any] = {
                "kind": kind,
                "field": field,
                "value": value,
                "certainty": certainty,
                "asserted_by": asserted_by,
                "passage": passage,
                "restriction": restriction,
                "supersedes": tuple(supersedes),
                "reason": reason,
            }
            rows.append(_new_claim(study, key, msgspec.convert(said, Value), of=of, about=about, file=place))
        audit(study, "claims.made", wrote=rows, claims=len(rows))
    return Made(of, tuple(row.pk for row in rows))


def cell_of(study: Study, record: str, column: str) -> Passage:
    """The passage of a record's cell under a column. Raises `claims.unknown_thing`, `claims.unfounded`."""
    row = record_of(study, record)
    if row is None:
        raise AmparoError("claims.unknown_thing", thing=record)
    for passages in cell_passages(study, row).values():
        for passage in passages:
            if passage.column == column:
                return passage
    raise AmparoError("claims.unfounded", entity=record, field=column)


def withdraw(study: Study, of: str, target: str, reason: str) -> str:
    """Take back a claim or a ruling, or undo that: what it ended stands again. Gives the ruling's id.

    Raises `claims.unknown_thing`, `claims.not_standing`, `care.no_reason`.
    """
    require(study, "claims.withdrawn")
    known = known_of(study, of)
    places = {each.id: each.compartment for each in (*known.claims, *known.rulings)}
    if target not in places or target in known.state.withdrawn:
        raise AmparoError("claims.not_standing", claim=target)
    return _rule(
        study, "claims.withdrawn", of, places[target], Ruled(verb="withdraw", target=target, reason=reason)
    )


def prefer(study: Study, of: str, target: str, reason: str) -> str:
    """Choose one of several claims on a field, with a reason. Gives the ruling's id. Raises as `withdraw`."""
    require(study, "claims.preferred")
    known = known_of(study, of)
    chosen = next((each for each in known.claims if each.id == target), None)
    if chosen is None or not known.state.stands(target):
        raise AmparoError("claims.not_standing", claim=target)
    ruled = Ruled(verb="prefer", field=chosen.said.field, target=target, reason=reason)
    return _rule(study, "claims.preferred", of, chosen.compartment, ruled)


def verify(study: Study, of: str, state: str, reason: str) -> str:
    """Say as the second person that an act is verified, disputed or rejected. Gives the ruling's id.

    `of` is an act, or a record whose row tells of one. Raises `claims.unknown_thing`,
    `claims.unknown_state`, `claims.second_person` for who wrote any of what stands, `care.no_reason`.
    """
    require(study, "claims.verified")
    if state not in VERIFICATIONS:
        raise AmparoError("claims.unknown_state", state=state, states=list(VERIFICATIONS))
    known = known_of(study, of)
    if not _tells_of_an_act(known, of):
        raise AmparoError("claims.no_act", thing=of)
    row = record_of(study, of)
    place = row.sealed_under.compartment.name if row else known.claims[0].compartment
    seen = [each for each in known.claims if known.state.stands(each.id) and each.compartment == place]
    if not is_second(study.user.handle, {each.by for each in seen}):
        raise AmparoError("claims.second_person")
    ruled = msgspec.convert(
        {"verb": state, "reason": reason, "seen": sorted(each.id for each in seen)}, Ruled
    )
    return _rule(study, "claims.verified", of, place, ruled)


def _tells_of_an_act(known: Known, of: str) -> bool:
    return "#" not in of and any(
        each.implicit or each.said.kind in ("act", "person") for each in known.claims
    )


def _undecided(study: Study, names: Sequence[str]) -> list[Waiting]:
    rows = Suggestion.objects.filter(sealed_under__in=study.keys.ids).exclude(wrapped_key=b"")
    known = rows.select_related("file__source").in_bulk(list(names))
    for name in names:
        if name not in known:
            raise AmparoError("claims.unknown_suggestion", suggestion=name)
        if Decision.objects.filter(suggestion=known[name]).exists():
            raise AmparoError("claims.decided", suggestion=name)
    return list(waiting(study, [known[name] for name in dict.fromkeys(names)]))


def _edited(each: Waiting, value: str | None) -> Waiting:
    """A suggestion with another value in place of the reader's."""
    if value is None:
        return each
    proposal = each.proposal
    value = _written(proposal.kind, proposal.field, value)
    return each._replace(proposal=msgspec.structs.replace(proposal, value=value))


def _new_records(study: Study, file: SourceFile, found: Iterable[Waiting]) -> list[Record]:
    """Records of persons whom these claims are the first to tell of, where others than lawyers may know."""
    place = study.keys[file.sealed_under_id].compartment
    mine = [each for each in found if each.file == file.pk and each.about and each.compartment == place]
    rows = []
    for about in dict.fromkeys(each.about for each in mine):
        if Record.objects.filter(pk=about).exists() or _is_public(study, file, about, mine):
            continue
        told = [each for each in mine if each.about == about]
        cells = {
            p.field: p.value for each in told if each.of == about and (p := each.proposal).field in CELLS
        }
        words = next((each.proposal.passage.words for each in told if each.of == about), "")
        rows.append(add_person(study.keys.current(place), file, about, words, cells))
    return rows


def _is_public(study: Study, file: SourceFile, about: str, batch: Iterable[Waiting]) -> bool:
    """Whether a person speaks in public for others, by what is accepted, claimed, or else suggested."""
    said = [
        each.proposal.value for each in batch if each.of == about and each.proposal.field == "person_kind"
    ]
    if not said:
        kinds = claims_of(study, [about]).preferred().get((about, "person_kind"))
        said = [kinds.claim.said.value] if kinds else []
    if not said:
        rows = Suggestion.objects.filter(file=file, of=about).exclude(decided__code="rejected")
        said = [w.proposal.value for w in waiting(study, rows) if w.proposal.field == "person_kind"]
    return bool(said) and all(kind in PUBLIC for kind in said)


def _keep(study: Study, each: Waiting) -> Claim:
    proposal = each.proposal
    value = Value(
        kind=proposal.kind,
        field=proposal.field,
        value=proposal.value,
        certainty=proposal.certainty,
        asserted_by=proposal.asserted_by,
        passage=proposal.passage,
        restriction=proposal.restriction,
        notes=proposal.notes,
        rule=proposal.rule,
    )
    file = SourceFile.objects.get(pk=each.file)
    key = study.keys.current(each.compartment)
    return _new_claim(study, key, value, of=each.of, about=each.about, file=file)


def _new_claim(
    study: Study, key: Key, value: Value, *, of: str, about: str, file: SourceFile | None
) -> Claim:
    name = new_id("claim")
    sealed = seal_fields(key, Claim, name, {"sealed_value": msgspec.json.encode(value)})
    return Claim.objects.create(id=name, of=of, about=about, at=now(), by=study.user, file=file, **sealed)


def _decide(study: Study, suggestion: str, code: Outcome, made: Claim | None) -> Decision:
    return Decision.objects.create(suggestion_id=suggestion, at=now(), by=study.user, code=code, claim=made)


def _rule(study: Study, act: str, of: str, place: str, ruled: Ruled) -> str:
    if not ruled.reason.strip():
        raise AmparoError("care.no_reason")
    key, name = study.keys.current(place), new_id("ruling")
    sealed = seal_fields(key, Ruling, name, {"sealed_ruling": msgspec.json.encode(ruled)})
    about = of if record_of(study, of) else _about_of(study, of)
    with transaction.atomic():
        row = Ruling.objects.create(id=name, of=of, about=about, at=now(), by=study.user, **sealed)
        audit(study, act, wrote=[row])
    return name


def _kind(study: Study, of: str) -> str:
    if record_of(study, of) is not None:
        return "person"
    claims = claims_of(study, [of]).claims
    if not claims:
        raise AmparoError("claims.unknown_thing", thing=of)
    return claims[0].said.kind


def _written(kind: str, field: str, value: str) -> str:
    """A value as it is kept: a date as EDTF, a quantity in its canonical text, however they were typed.

    Raises `claims.bad_value` for a field or code that there is not, and a date or quantity no reading fits.
    """
    known = field_of(kind, field)
    if known is None or not fits(kind, field, value):
        raise AmparoError("claims.bad_value", kind=kind, field=field)
    try:
        if known.written == "edtf":
            return parse_date(value).edtf
        if known.written == "quantity":
            return str(parse_quantity(value))
    except AmparoError:
        raise AmparoError("claims.bad_value", kind=kind, field=field) from None
    return value


def _check_reference(study: Study, kind: str, field: str, value: str) -> None:
    """Raise `claims.unknown_thing` where a value should name another thing and none is there to be seen."""
    known = field_of(kind, field)
    if known and known.refers_to and _kind(study, value) != known.refers_to:
        raise AmparoError("claims.unknown_thing", thing=value)


def _about(study: Study, of: str, kind: str, values: Mapping[str, str]) -> str:
    """The record that a thing tells of: one it names, or that of what it belongs to."""
    if of not in model() and (before := _about_of(study, of)):
        return before
    for field, value in values.items():
        known = field_of(kind, field)
        if known and known.refers_to == "person" and record_of(study, value):
            return value
        if known and known.refers_to == "act":
            return _about_of(study, value)
    return ""


def _about_of(study: Study, of: str) -> str:
    rows: list[OfThing] = list(
        Claim.objects.filter(of=of, sealed_under__in=study.keys.ids).exclude(about="")[:1]
    )
    return rows[0].about if rows else ""


def _key(study: Study, of: str, about: str, restriction: str) -> Key:
    """The key that seals a claim: the lawyers', or that of the thing, or of the record it tells of."""
    if restriction == LAWYERS:
        return study.keys.current(LAWYERS)
    row = record_of(study, about) if about else None
    if row is not None:
        return study.keys.current(row.sealed_under.compartment.name)
    claims = claims_of(study, [of]).claims if of not in model() else ()
    return study.keys.current(claims[0].compartment if claims else "default")


def _is_founded(study: Study, row: Record | None, file: SourceFile | None, passage: Passage) -> bool:
    """Whether a passage's words stand where they are said to stand; an oral statement is its own source."""
    if isinstance(passage, Oral):
        return bool(passage.words.strip())
    if file is not None and file.kind == DOCUMENT:
        return is_found(document_of(study, file), passage)
    if row is None:
        return False
    if row.file.kind == DOCUMENT:
        return is_found(document_of(study, row.file), passage)
    return any(passage in cells for cells in cell_passages(study, row).values())


def _check_superseded(
    study: Study, of: str, values: Mapping[str, str], supersedes: Collection[str], reason: str
) -> None:
    if not reason.strip():
        raise AmparoError("care.no_reason")
    known = known_of(study, of)
    same = {each.id for each in known.claims if each.said.field in values and known.state.stands(each.id)}
    for name in supersedes:
        if name not in same:
            raise AmparoError("claims.not_standing", claim=name)
