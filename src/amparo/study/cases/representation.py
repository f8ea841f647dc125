"""Who speaks for a case in law, who stands against it, and whether the two ever meet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from django.db import transaction

from amparo.errors import AmparoError
from amparo.study.accounts.people import working
from amparo.study.accounts.services import require
from amparo.study.care.openings import opened
from amparo.study.care.rules import Purpose, check_purpose
from amparo.study.cases.casefile import CaseFile
from amparo.study.cases.reading import case_of, cases
from amparo.study.cases.rules import PARTIES, check_move, check_word, machine
from amparo.study.cases.said import ConflictCheck, Party, Representation
from amparo.study.cases.services import add_rows, new_id, whole_day, write
from amparo.study.claims.reading import claims_of
from amparo.study.context import now
from amparo.study.register.index import Index
from amparo.values.names.keys import phonetic
from amparo.values.text import fold

if TYPE_CHECKING:
    from amparo.study.context import Study

_LEAST = 2  # words of a name that must agree, where it has so many


class Conflict(NamedTuple):
    """Somebody of the household who stands on the other side: in a case, or in what is claimed of acts.

    `where` is `case` (of then a file number) or `claim` (the act's, actor's or record's id).
    """

    member: str
    where: str
    of: str
    name: str


def keep_representation(study: Study, case: str, said: Representation) -> str:
    """Write down who represents, or how that stands now; gives its id.

    Raises `cases.unknown_case`, `cases.unknown_thing`, `accounts.unknown_user` for a handle of nobody at
    work, `cases.no_words` where nobody is named, `cases.bad_day`, and the codes of `rules.check_move`.
    """
    file = case_of(study, case)
    before = file.things(Representation).get(said.id)
    if said.id and before is None:
        raise AmparoError("cases.unknown_thing", thing=said.id)
    if said.handle:
        working(said.handle)
    elif not said.name.strip() and before is None:
        raise AmparoError("cases.no_words")
    said = msgspec.structs.replace(
        said,
        id=said.id or new_id("representation"),
        name=said.name or (before.name if before else ""),
        handle=said.handle or (before.handle if before else ""),
        signed_on=whole_day(said.signed_on) or (before.signed_on if before else ""),
        until=whole_day(said.until),
        why=said.why.strip(),
    )
    at = before.state if before else machine("representation").first
    if before is not None or said.state != at:
        known = {name for name in ("signed_on", "why") if getattr(said, name)}
        check_move("representation", at, said.state, known)
    write(study, "cases.representation", file, [said])
    return said.id


def keep_party(study: Study, case: str, said: Party) -> str:
    """Write down somebody on the other side; gives their id. Raises `cases.no_words`, `cases.bad_word`."""
    file = case_of(study, case)
    check_word("party", said.role, PARTIES)
    if not said.name.strip():
        raise AmparoError("cases.no_words")
    said = msgspec.structs.replace(said, id=said.id or new_id("party"), name=said.name.strip())
    write(study, "cases.party", file, [said])
    return said.id


def check_conflicts(study: Study, case: str, purpose: Purpose, index: Index | None = None) -> list[Conflict]:
    """Whether anybody of the household is named as a perpetrator or adverse party, as far as one may see.

    Keeps in the case that it was looked for, and with how many findings. What is hidden from the person at
    work changes nothing here. Raises `accounts.not_allowed`, `cases.unknown_case`, `care.purpose_words`.
    """
    require(study, "cases.conflicts")
    check_purpose(purpose)
    file = case_of(study, case)
    index = Index(study) if index is None else index.refreshed(study)
    found = [*_in_cases(study, file), *_in_claims(study, file, index)]
    said = ConflictCheck(now().date().isoformat(), len(found))
    about = file.principal.record if file.principal else ""
    with transaction.atomic():
        add = add_rows(study, study.keys.current(file.place), case, [said], about)
        opened(study, "cases.conflicts", purpose, [case, *sorted({each.of for each in found})], wrote=add)
    return found


def alike(one: str, other: str) -> bool:
    """Whether two names may be one person's: every word of the shorter sounds like one of the longer's."""
    shorter, longer = sorted((_sounds(one), _sounds(other)), key=len)
    return bool(shorter) and len(shorter) >= min(_LEAST, len(longer)) and shorter <= longer


def _sounds(name: str) -> set[str]:
    return {phonetic(word) for word in fold(name).split() if len(word) > _LEAST}


def _names(file: CaseFile) -> Iterator[tuple[str, str]]:
    for member in file.members.values():
        for name in (member.name, *member.aliases):
            if name:
                yield member.id, name


def _in_cases(study: Study, file: CaseFile) -> Iterator[Conflict]:
    names = list(_names(file))
    for other in cases(study):
        for party in other.things(Party).values():
            for member in {member for member, name in names if alike(name, party.name)}:
                yield Conflict(member, "case", other.id, party.name)


def _in_claims(study: Study, file: CaseFile, index: Index) -> Iterator[Conflict]:
    """Actors by name, and persons whom claims name as having done an act."""
    known = claims_of(study)
    standing = [claim for claim in known.claims if known.state.stands(claim.id)]
    actors = {c.of: c.said.value for c in standing if c.said.kind == "actor" and c.said.field == "name"}
    doers = {c.said.value for c in standing if c.said.kind == "involvement" and c.said.field == "person"}
    records = {each.record for each in file.members.values() if each.record}
    for member, name in _names(file):
        for actor, called in actors.items():
            if alike(name, called):
                yield Conflict(member, "claim", actor, called)
        hits = {index.records[place] for place in index.find(name)}
        for record in sorted(doers & (hits | records)):
            yield Conflict(member, "claim", record, name)
