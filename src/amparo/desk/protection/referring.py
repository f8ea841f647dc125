"""Consent for each recipient, what would leave under it, a second person's word, packages and answers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import redirect, render

from amparo.desk.middleware import gate
from amparo.errors import AmparoError
from amparo.report import referrals as words_of
from amparo.report.catalogue import word
from amparo.study.care import services as care
from amparo.study.care.rules import DECISIONS, USES
from amparo.study.cases.casefile import CaseFile
from amparo.study.cases.partners import partners
from amparo.study.cases.reading import case_of
from amparo.study.cases.said import ReferralStep
from amparo.study.referrals import rules, services
from amparo.vocabulary.forms import forms

LIMIT = 1 << 20  # bytes of an answer


class Shown(NamedTuple):
    """A line of a sheet in words: `place` names it in the form."""

    place: str
    label: str
    value: str
    goes: bool
    why: str


class Person(NamedTuple):
    """One of the family on a sheet: who they are in the case, the state of consent, their lines."""

    relation: str
    consent: str
    until: date | None
    lines: tuple[Shown, ...]


class Station(NamedTuple):
    """A referral as its page shows it, with the verbs that the person at work may use."""

    known: services.Known
    partner: str
    form: str
    people: tuple[Person, ...]
    changed: str  # code of why it may not leave as proposed, with its facts; empty where it may
    facts: dict[str, Any]
    may: tuple[str, ...]
    steps: tuple[tuple[str, str, str, str], ...]  # day, who, verb, words


def consents(request: Any, case: str) -> HttpResponse:
    """What each of the family said, use by use and recipient by recipient; or one thing more."""
    study, typed = request.seat.study, request.POST
    file = case_of(study, case)
    if request.method == "GET":
        return _consents(request, file)
    try:
        with gate().writing():
            _say(study, file, typed)
    except AmparoError as error:
        return _consents(request, file, typed=typed, code=error.code, facts=error.facts, status=400)
    return redirect("case-consents", case=case)


def refer(request: Any, case: str) -> HttpResponse:
    """What would leave to a partner, line by line; or the proposal to let it."""
    study, typed = request.seat.study, request.POST
    file = case_of(study, case)
    partner, form = typed.get("partner", ""), typed.get("form", "")
    if request.method == "GET" or not partner or form not in forms():
        return _refer(request, file)
    left_out = _left_out(typed)
    if typed.get("do") != "propose":
        return _refer(request, file, partner=partner, form=form, left_out=left_out)
    try:
        with gate().writing():
            services.propose(
                study,
                case,
                partner,
                form,
                language=typed.get("language", request.language),
                left_out=left_out,
                words=typed.get("words", ""),
            )
    except AmparoError as error:
        said = {"partner": partner, "form": form, "left_out": left_out}
        return _refer(request, file, **said, code=error.code, facts=error.facts, status=400)
    return redirect("case-referrals", case=case)


def referrals(request: Any, case: str) -> HttpResponse:
    """The referrals of a case."""
    return _referrals(request, case_of(request.seat.study, case))


def step(request: Any, case: str) -> HttpResponse:
    """Approve, reject, withdraw, answer or revoke."""
    study, typed = request.seat.study, request.POST
    try:
        with gate().writing():
            services.step(
                study, case, typed.get("referral", ""), typed.get("verb", ""), typed.get("words", "")
            )
    except AmparoError as error:
        if error.code in ("cases.unknown_case", "accounts.not_allowed"):
            raise
        file = case_of(study, case)
        return _referrals(request, file, code=error.code, facts=error.facts, status=400)
    return redirect("case-referrals", case=case)


def send(request: Any, case: str) -> HttpResponse:
    """Seal what was approved, and give it to the browser as a file."""
    study = request.seat.study
    try:
        with gate().writing():
            package = services.send(study, case, request.POST.get("referral", ""), words_of.written)
    except AmparoError as error:
        if error.code in ("cases.unknown_case", "accounts.not_allowed"):
            raise
        file = case_of(study, case)
        return _referrals(request, file, code=error.code, facts=error.facts, status=400)
    response = HttpResponse(package, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = 'attachment; filename="referral.age"'
    return response


def waiting(request: Any) -> HttpResponse:
    """Referrals that wait for the person at work as second person."""
    return _waiting(request)


def answer(request: Any) -> HttpResponse:
    """Take a partner's sealed answer in."""
    sent = request.FILES.get("file")
    try:
        if sent is None:
            raise AmparoError("desk.no_file")
        if sent.size > LIMIT:
            raise AmparoError("referrals.bad_answer")
        with gate().writing():
            case, _ = services.take_back(request.seat.study, sent.read())
    except AmparoError as error:
        return _waiting(request, code=error.code, facts=error.facts, status=400)
    return redirect("case-referrals", case=case)


def _say(study: Any, file: CaseFile, typed: Any) -> None:
    """Write one statement down. Raises as `care.services.consent`, `opening.bad_until`."""
    record, use = typed.get("record", ""), typed.get("use", "")
    if record not in file.records:
        raise AmparoError("register.unknown_record", record=record)
    recipient, day = typed.get("recipient", ""), typed.get("until", "").strip()
    try:
        until = date.fromisoformat(day) if day else None
    except ValueError:
        raise AmparoError("opening.bad_until", day=day, use=use) from None
    if recipient and recipient not in partners(study):
        raise AmparoError("referrals.unknown_partner", partner=recipient)
    scope = care.Scope(recipient, tuple(sorted(typed.getlist("withheld")))) if recipient else None
    care.consent(
        study,
        record,
        "referral" if recipient else use,
        typed.get("decision", ""),
        until=until,
        words=typed.get("words", "").strip(),
        scope=scope,
    )


def _consents(request: Any, file: CaseFile, **said: Any) -> HttpResponse:
    study, lang = request.seat.study, request.language
    known = partners(study)
    told = {
        "file": file,
        "people": [
            (word(lang, "relation", each.relation), each.record, care.consents(study, [each.record]))
            for each in file.members.values()
            if each.record
        ],
        "uses": USES,
        "decisions": DECISIONS,
        "partners": known.values(),
        "names": {name: each.name for name, each in known.items()},
        "fields": {
            field: words_of.label(form, field, lang)
            for form, each in forms().items()
            for field in each.fields
        }.items(),
    }
    return render(request, "protection/consents.html", told | said, status=said.pop("status", 200))


def _left_out(typed: Any) -> tuple[tuple[str, str], ...]:
    places = (place.partition("/") for place in typed.getlist("out"))
    return tuple(sorted((whom, field) for whom, _, field in places))


def _refer(
    request: Any,
    file: CaseFile,
    partner: str = "",
    form: str = "",
    left_out: Collection[tuple[str, str]] = (),
    **said: Any,
) -> HttpResponse:
    study, lang = request.seat.study, request.language
    told: dict[str, Any] = {
        "file": file,
        "partners": partners(study).values(),
        "forms": [(name, words_of.form_name(name, lang)) for name in forms()],
        "partner": partner,
        "form": form,
    }
    if partner:
        with gate().writing():
            sheet = services.shown(study, file, partner, form, left_out)
        told |= {
            "people": _people(file, sheet, lang),
            "leaves": len(sheet.leaving),
            "state": sheet.consents[rules.PERSON].state,
            "state_facts": {"state": word(lang, "sharing", sheet.consents[rules.PERSON].state)},
            "chosen": sheet.partner,
        }
    return render(request, "protection/refer.html", told | said, status=said.pop("status", 200))


def _people(file: CaseFile, sheet: services.Sheet, lang: str, *, only: bool = False) -> tuple[Person, ...]:
    found = []
    for whom in sheet.people:
        consent = sheet.consents[whom.id]
        relation = "principal" if whom.id == rules.PERSON else file.members[whom.id].relation
        lines = tuple(
            Shown(
                f"{line.whom}/{line.field}",
                words_of.label(sheet.form, line.field, lang),
                words_of.value(line.value, lang),
                line.goes,
                line.why,
            )
            for line in sheet.lines
            if line.whom == whom.id and line.why != "unknown" and (line.goes or not only)
        )
        if lines or not only:
            found.append(Person(relation, consent.state, consent.until, lines))
    return tuple(found)


def _referrals(request: Any, file: CaseFile, **said: Any) -> HttpResponse:
    with gate().writing():
        stations = [_station(request, file, known) for known in services.referrals(file).values()]
    told = {"file": file, "stations": stations[::-1]}
    return render(request, "protection/referrals.html", told | said, status=said.pop("status", 200))


def _station(request: Any, file: CaseFile, known: services.Known) -> Station:
    study, lang, user = request.seat.study, request.language, request.seat.study.user
    people: tuple[Person, ...] = ()
    changed, facts = "", {}
    if known.state in ("proposed", "approved"):
        try:
            services.today(study, file, known)
            sheet = services.shown(study, file, known.said.partner, known.said.form, known.said.left_out)
            people = _people(file, sheet, lang, only=True)
        except AmparoError as error:
            changed, facts = error.code, error.facts
    partner = partners(study).get(known.said.partner)
    return Station(
        known,
        partner.name if partner else known.said.partner,
        words_of.form_name(known.said.form, lang),
        people,
        changed,
        facts,
        services.may(known, user.handle, user.roles, changed=bool(changed)),
        tuple(
            (each.at.date().isoformat(), each.by, each.said.verb, each.said.words)
            for each in known.steps
            if isinstance(each.said, ReferralStep)
        ),
    )


def _waiting(request: Any, **said: Any) -> HttpResponse:
    study, lang = request.seat.study, request.language
    known = partners(study)
    rows = [
        (case.id, each.by, each.at, _name(known, each.said.partner), words_of.form_name(each.said.form, lang))
        for case, each in services.waiting(study)
    ]
    return render(request, "protection/waiting.html", {"rows": rows} | said, status=said.pop("status", 200))


def _name(known: Any, partner: str) -> str:
    return known[partner].name if partner in known else partner
