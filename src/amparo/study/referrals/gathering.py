"""What the study could tell a partner of a family: values of the file and of the register, by their origin.

Only claims of the case's own compartment that carry no restriction are read: what lawyers were told, what is
restricted and what never leaves is not here, and so in no sheet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from amparo.study.cases.casefile import CaseFile
from amparo.study.cases.said import Member
from amparo.study.claims.models import Claim
from amparo.study.claims.reading import claims_of, known_of, record_of
from amparo.study.claims.rules import Opened, by_field, preferred, standing
from amparo.study.referrals.rules import PERSON, Told, Whom
from amparo.study.safety.standing import safety_of
from amparo.vocabulary.model import field_of

if TYPE_CHECKING:
    from amparo.study.context import Study

# What of a threat, and of an exposure, is told in one line.
_LINES = {
    "threat": ("date", "channel", "words", "author_claimed", "deadline"),
    "exposure": ("type", "date", "description"),
}
_NAMES = ("given", "surname", "second_surname")


def people(case: CaseFile) -> tuple[Whom, ...]:
    """Who is on the file, the person it is of first. Who depends on them is told of by them."""
    others = [each for each in case.members.values() if each is not case.principal and not each.left]
    return (Whom(PERSON), *(Whom(each.id, each.knows is True or each.dependent is True) for each in others))


def told(study: Study, case: CaseFile, today: date) -> dict[tuple[str, str], list[Told]]:
    """Every value there is, by (whom, origin)."""
    found: dict[tuple[str, str], list[Told]] = defaultdict(list)
    for origin, value in (*_of_case(case, today), *_of_person(study, case)):
        found[PERSON, origin].append(value)
    for member in case.members.values():
        for origin, value in _of_member(member):
            found[member.id, origin].append(value)
    return dict(found)


def _of_case(case: CaseFile, today: date) -> Iterator[tuple[str, Told]]:
    yield "case.number", _plain(case.id)
    yield "case.size", _plain(str(len(people(case))))
    for track in case.tracks.values():
        if track.kind == "resettlement":
            for category in track.categories:
                yield "case.categories", (("category", category),)
            for origin, priority in (("submission", track.submission), ("processing", track.processing)):
                if priority:
                    yield f"case.{origin}_priority", (("priority", priority),)
    assessed = safety_of(case, today).assessed
    if assessed:
        yield "safety.level", (("level", assessed.level),)
        for factor, answer in assessed.answers.items():
            if answer == "yes":
                yield "safety.factors", (("factor", factor),)


def _of_person(study: Study, case: CaseFile) -> Iterator[tuple[str, Told]]:
    record = case.principal.record if case.principal else ""
    if not record or record_of(study, record) is None:
        return
    values: dict[str, dict[str, str]] = defaultdict(dict)
    kinds: dict[str, str] = {}
    for claim in _preferred(study, case, record):
        values[claim.of][claim.said.field] = claim.said.value
        kinds[claim.of] = claim.said.kind
    own = values.pop(record, {})
    name = own.get("name") or " ".join(own[field] for field in _NAMES if own.get(field))
    if name:
        yield "person.name", _plain(name)
    for field, value in own.items():
        if field != "name":
            yield f"person.{field}", (_part("person", field, value),)
    for thing, fields in sorted(values.items()):
        kind = kinds[thing]
        line = tuple(_part(kind, field, fields[field]) for field in _LINES.get(kind, ()) if field in fields)
        if line:
            yield f"{kind}.told", line


def _preferred(study: Study, case: CaseFile, record: str) -> Iterator[Opened]:
    """The preferred claims on the record and on what is about it, of those that may be told."""
    things = Claim.objects.filter(about=record, sealed_under__in=study.keys.ids)
    names = {*things.values_list("of", flat=True)} - {record}
    known = [known_of(study, record), claims_of(study, sorted(names))]
    claims = [
        claim
        for each in known
        for claim in each.claims
        if claim.compartment == case.place and claim.said.restriction == "none"
    ]
    # A ruling of others changes nothing here: it would tell of what it rests on.
    rulings = [each for found in known for each in found.rulings if each.compartment == case.place]
    state = standing(claims, rulings)
    for _, group in sorted(by_field(claims).items()):
        best = preferred(group, state)
        if best is not None:
            yield best.claim


def _of_member(member: Member) -> Iterator[tuple[str, Told]]:
    if member.name:
        yield "member.name", _plain(member.name)
    yield "member.relation", (("relation", member.relation),)
    if member.born:
        yield "member.birth", _plain(member.born)
    for origin, answer in (
        ("dependent", member.dependent),
        ("at_risk", member.at_risk),
        ("travels", bool(member.travels_with) or None),
    ):
        if answer is not None:
            yield f"member.{origin}", (("answer", "yes" if answer else "no"),)


def _part(kind: str, field: str, value: str) -> tuple[str, str]:
    known = field_of(kind, field)
    family = "edtf" if known and known.written == "edtf" else (known.list or "") if known else ""
    return family, value


def _plain(value: str) -> Told:
    return (("", value),)
