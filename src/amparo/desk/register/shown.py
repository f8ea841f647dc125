"""A dossier as the page shows it: every code in words, acts by time, who is related to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from amparo.desk.register.graph import Graph, Link, graph
from amparo.report import claims as words
from amparo.study.accounts.people import people
from amparo.study.accounts.rules import ACTS
from amparo.study.claims.reading import called
from amparo.study.claims.rules import VERIFICATIONS
from amparo.values.dates import parse_date
from amparo.vocabulary.lists import word
from amparo.vocabulary.model import field_of, model

if TYPE_CHECKING:
    from amparo.study.claims.explaining import Dossier, Explained, Line
    from amparo.study.context import Study

DATED = ("date", "event_date", "at", "from")
_NO_DATE = "9999"


class Said(NamedTuple):
    """One claim: its value in words, where it stands, who wrote it down, and what may be done with it."""

    id: str
    of: str  # what it is said of: a record, where the page is a person's
    value: str
    raw: str
    words: str
    place: str
    source: str
    by: str
    at: str
    certainty: str
    asserted_by: str
    restriction: str
    state: str
    became: str
    implicit: bool


class Valued(NamedTuple):
    """A field: its word, the preferred value with the reason, and every claim on it."""

    name: str
    word: str
    value: str
    link: str  # the thing the value names, or empty
    why: str
    contested: bool
    said: tuple[Said, ...]


class Told(NamedTuple):
    """A thing that tells of the person: an act, a threat …"""

    of: str
    kind: str
    kind_word: str
    title: str
    when: str
    fields: tuple[Valued, ...]
    verification: str


class Shown(NamedTuple):
    """A page's worth: title, fields, things by time, relations, and the stamp that writers name."""

    title: str
    kind: str
    kind_word: str
    verification: str
    fields: tuple[Valued, ...]
    things: tuple[Told, ...]
    records: tuple[str, ...]
    linked: Graph | None
    stamp: str
    choices: tuple[tuple[str, str], ...]
    verifications: tuple[tuple[str, str], ...]
    may_write: bool
    members: tuple[str, ...]


def may(study: Study, act: str) -> bool:
    """Whether the person at work may do an act."""
    return bool(ACTS[act] & set(study.user.roles))


def shown(dossier: Dossier, lang: str, study: Study) -> Shown:
    """The dossier in words."""
    kind = dossier.fields[0].kind if dossier.fields else "person"
    names = _names(dossier, study)
    fields = tuple(valued(each, lang, names) for each in dossier.fields)
    told = [_told(of, found, lang, names) for of, found in dossier.things.items() if found]
    told.sort(key=lambda one: (one.when or _NO_DATE, one.of))
    title, kind_word = _title(fields) or dossier.of, getattr(model()[kind], lang)
    return Shown(
        title=title,
        kind=kind,
        kind_word=kind_word,
        verification=word(
            "verification", dossier.fields[0].verification if dossier.fields else "unverified", lang
        ),
        fields=fields,
        things=tuple(told),
        records=dossier.records,
        linked=_linked(Told(dossier.of, kind, kind_word, title, "", fields, ""), told, names),
        stamp=dossier.stamp,
        choices=tuple((name, getattr(field, lang)) for name, field in model()[kind].fields.items()),
        verifications=tuple((state, word("verification", state, lang)) for state in VERIFICATIONS),
        may_write=may(study, "claims.made"),
        members=tuple(each.handle for each in people()),
    )


def _names(dossier: Dossier, study: Study) -> dict[str, str]:
    """What the things are called that the dossier's values name."""
    every = (*dossier.fields, *(each for found in dossier.things.values() for each in found))
    named = {
        each.preferred.claim.said.value
        for each in every
        if each.preferred and (field := field_of(each.kind, each.field)) and field.refers_to
    }
    return called(study, named)


def _linked(middle: Told, told: Iterable[Told], names: Mapping[str, str]) -> Graph | None:
    """The picture of what is linked with the thing in the middle."""
    known = {name: (called or name, "") for name, called in names.items()}
    links = []
    for each in (middle, *told):
        known[each.of] = (each.title, each.kind_word)
        links += [Link(each.of, field.link, field.word) for field in each.fields if field.link]
    return graph(middle.of, [each.of for each in told], links, known)


def valued(found: Explained, lang: str, names: Mapping[str, str]) -> Valued:
    """A field in words; a thing that its value names is called by its name."""
    field, best = field_of(found.kind, found.field), found.preferred
    raw = best.claim.said.value if best else ""
    return Valued(
        name=found.field,
        word=words.field_word(found.kind, found.field, lang),
        value=names.get(raw) or words.value(found.kind, found.field, raw, lang),
        link=raw if field and field.refers_to else "",
        why=words.why(best, lang) if best else "",
        contested=bool(best and best.contested),
        said=tuple(_said(found, line, lang) for line in found.lines),
    )


def _said(found: Explained, line: Line, lang: str) -> Said:
    claim = line.claim
    passage = line.passages[0] if line.passages else None
    origin = line.origin
    return Said(
        id=claim.id,
        of=claim.of,
        value=words.value(found.kind, found.field, claim.said.value, lang),
        raw=claim.said.value,
        words=passage.words if passage else "",
        place="; ".join(words.place(each, lang) for each in line.passages),
        source=f"{origin.title}, {origin.file_name}" if origin else "",
        by=claim.by,
        at=claim.at[:10],
        certainty=word("certainty", claim.said.certainty, lang),
        asserted_by=claim.said.asserted_by or "",
        restriction=""
        if claim.said.restriction == "none"
        else word("restriction", claim.said.restriction, lang),
        state=line.state,
        became=words.state(line, lang),
        implicit=claim.implicit,
    )


def _told(of: str, found: list[Explained], lang: str, names: Mapping[str, str]) -> Told:
    kind = found[0].kind
    fields = tuple(valued(each, lang, names) for each in found)
    state = word("verification", found[0].verification, lang)
    said = {field.name: field.value for field in fields}
    title = said.get("type") or said.get("name") or said.get("description") or getattr(model()[kind], lang)
    return Told(of, kind, getattr(model()[kind], lang), title, _when(found), fields, state)


def _when(found: Iterable[Explained]) -> str:
    """The first day a thing's date allows, to order by; empty where there is none."""
    for each in found:
        if each.field in DATED and each.preferred:
            first = parse_date(each.preferred.claim.said.value).first
            return first.isoformat() if first else ""
    return ""


def _title(fields: Iterable[Valued]) -> str:
    known = {field.name: field.value for field in fields}
    parts = [known.get(name, "") for name in ("given", "surname", "second_surname")]
    return (
        known.get("name") or " ".join(filter(None, parts)) or known.get("title", "") or known.get("type", "")
    )
