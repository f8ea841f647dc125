"""Open a file for somebody: what they tell becomes a record, consents, a case, its household, safe contact.

Nothing is required but to say how it is safe to speak, and even that may be unknown: what is not told is not
there, and can be added on any day.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import msgspec
from django.db import transaction

from amparo.errors import AmparoError
from amparo.intake import field_form, interview
from amparo.intake.interview import Answers, Language
from amparo.study.accounts.rules import DEFAULT
from amparo.study.accounts.services import require
from amparo.study.care.rules import USES
from amparo.study.care.services import Scope, consent
from amparo.study.cases.said import Member, Note, Protocol, Said
from amparo.study.cases.services import keep_member, new_id, open_case, some_day
from amparo.study.claims.keeping import keep_document
from amparo.study.claims.models import Suggestion
from amparo.study.claims.services import accept
from amparo.study.context import Study
from amparo.study.register.models import SourceFile
from amparo.study.register.rules import Declared
from amparo.study.register.services import declarations
from amparo.study.safety import rules as safety

SOURCE = "files"  # key of the source of files opened at a desk; other compartments have one of their own
_RELATIONS = {"partner": "spouse", "child": "child", "parent": "parent", "sibling": "sibling"}
_YES = {"yes": True, "no": False}


class Asked(NamedTuple):
    """What was told. `partners` are answers on single recipients, by partner: yes or no."""

    answers: Answers
    household: Sequence[Answers] = ()
    threats: Sequence[Answers] = ()
    partners: Mapping[str, str] = {}
    language: Language = "es"
    compartment: str = DEFAULT
    title: str = SOURCE  # of the source, where it is new


class File(NamedTuple):
    """A file that was opened: the case's number, and the record of the person."""

    case: str
    record: str


def open_file(study: Study, asked: Asked, also: Sequence[Said] = ()) -> File:
    """Keep all of it, or nothing. `also` goes into the case.

    Raises `accounts.not_allowed`, `accounts.no_key`, `cases.bad_place`, `safety.unknown_channel`,
    `opening.bad_until` for the last day of a consent that is no whole day.
    """
    require(study, "cases.begun")
    read = interview.read(secrets.token_hex(4), asked.answers, {"threats": asked.threats}, asked.language)
    consents = list(_consents(asked.answers))
    protocol = _protocol(asked.answers)
    with transaction.atomic():
        record = keep_told(study, read, SOURCE, asked.title, asked.compartment)
        words = asked.answers.get("consent_words", "").strip()
        for use, decision, until in consents:
            consent(study, record, use, decision, until=until, words=words)
        for partner, answer in asked.partners.items():
            if answer in _YES:
                said = "given" if _YES[answer] else "refused"
                day = _until(asked.answers, "referral") if _YES[answer] else None
                consent(study, record, "referral", said, until=day, words=words, scope=Scope(partner))
        notes = [Note(new_id("note"), text) for text in _notes(read, asked)]
        principal = Member(new_id("member"), name=_name(asked.answers), record=record)
        case = open_case(
            study,
            principal,
            compartment=asked.compartment,
            also=[*([protocol] if protocol else []), *notes, *also],
        )
        for row in asked.household:
            if any(value.strip() for value in row.values()):
                keep_member(study, case, _member(row, principal.id))
    return File(case, record)


def keep_told(study: Study, read: interview.Interview, source: str, title: str, compartment: str) -> str:
    """The document with its claims, accepted at once by who heard or looked at it; gives the record.

    Other compartments than the first have a source of their own. Raises as `open_file`.
    """
    key = source if compartment == DEFAULT else f"{source}-{compartment}"[:40]
    declared = None if key in declarations() else Declared(title, "none")
    kept = keep_document(
        study,
        msgspec.json.encode(read.document),
        "interview.json",
        read.document,
        read.proposals,
        source_key=key,
        declared=declared,
        compartment=compartment,
    )
    file = SourceFile.objects.get(source__key=key, ordinal=kept.ordinal)
    names = Suggestion.objects.filter(file=file).order_by("at", "id").values_list("pk", flat=True)
    [record] = accept(study, list(names)).records
    return record


def _consents(answers: Answers) -> Iterator[tuple[str, str, date | None]]:
    for use in USES:
        answer = answers.get(f"consent_{use}", "")
        if answer in _YES:
            yield use, "given" if _YES[answer] else "refused", _until(answers, use) if _YES[answer] else None


def _until(answers: Answers, use: str) -> date | None:
    day = answers.get(f"consent_{use}_until", "").strip()
    try:
        return date.fromisoformat(day) if day else None
    except ValueError:
        raise AmparoError("opening.bad_until", day=day, use=use) from None


def _protocol(answers: Answers) -> Protocol | None:
    """How to speak safely, where anything of it was told. Raises `safety.unknown_channel`."""
    told = {
        name: answers.get(f"contact_{name}", "").strip()
        for name in ("address", "hours", "code_word", "language")
    }
    told["neutral"] = answers.get("contact_neutral", "").strip()
    channel, safe = answers.get("contact_channel", ""), _YES.get(answers.get("contact_safe_now", ""))
    if not channel and safe is None and not any(told.values()):
        return None
    protocol = Protocol(channel or "visit", safety.CONTACT_DAYS["high"], safe_now=safe, **told)
    safety.check_protocol(protocol)
    return protocol


def _notes(read: interview.Interview, asked: Asked) -> Iterator[str]:
    """What no claim, consent or member can hold, in the words told."""
    yield from (f"{question}: {words}" for question, words in read.left)
    for name in ("interview_interpreter", "interview_notes", "consent_referral_to"):
        if words := asked.answers.get(name, "").strip():
            yield f"{_question(name, asked.language)}: {words}"


def _question(name: str, language: Language) -> str:
    for group in field_form.groups().values():
        for asked in group.questions:
            if asked.name == name:
                return asked.es if language == "es" else asked.en
    return name


def _name(answers: Answers) -> str:
    parts = ("person_given", "person_surname", "person_surname_2")
    return " ".join(answers[part].strip() for part in parts if answers.get(part, "").strip())


def _member(row: Answers, principal: str) -> Member:
    """Somebody of the household. A day of birth that is none is kept in the words told."""
    told = row.get("member_birth", "").strip()
    try:
        born, note = some_day(told), ""
    except AmparoError:
        born, note = "", told
    relation = _RELATIONS.get(row.get("member_relation", ""), "other")
    return Member(
        new_id("member"),
        name=row.get("member_name", "").strip(),
        born=born,
        relation=relation,
        dependent=True if relation == "child" else None,
        at_risk=_YES.get(row.get("member_at_risk", "")),
        knows=_YES.get(row.get("member_knows", "")),
        travels_with=principal if row.get("member_travels") == "yes" else "",
        note=note,
    )
