"""A referral that comes in: opened in memory, shown as it came, and a case once a second person admits it.

A sheet that is turned away is not kept: its key ends, and what answers it stays. A consent to be referred is
no consent to what is done here: the case begins with the task to ask.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from django.db import transaction

from amparo.errors import AmparoError
from amparo.intake import referred
from amparo.study.accounts.rules import DEFAULT
from amparo.study.accounts.services import audit, require
from amparo.study.care.openings import opened
from amparo.study.care.rules import Purpose
from amparo.study.cases.casefile import Told
from amparo.study.cases.models import Entry
from amparo.study.cases.partners import partners
from amparo.study.cases.reading import of_the_organisation
from amparo.study.cases.rules import CATEGORIES, PRIORITIES, RELATIONS
from amparo.study.cases.said import Inbox, Member, Note, Received, ReceivedStep, Task
from amparo.study.cases.services import add_rows, keep_member, new_id, open_case, some_day, write
from amparo.study.claims.keeping import check
from amparo.study.context import now
from amparo.study.opening import keep_told
from amparo.study.referrals import rules
from amparo.study.referrals.rules import PERSON, Line
from amparo.study.referrals.services import SHEET, Answer, Outgoing, sealed_answer
from amparo.study.safety.rules import LEVELS
from amparo.vault import age
from amparo.vocabulary.forms import forms
from amparo.vocabulary.lists import lists
from amparo.vocabulary.risk import factors

if TYPE_CHECKING:
    from amparo.study.context import Study

SOURCE = "referred"  # key of the source of what came in
LIMIT = 1 << 20  # bytes of a sealed package, and of the sheet in it
_MOST_LINES, _MOST_PEOPLE, _LONGEST = 400, 40, 4_000
# What the libraries raise for a package that was cut, changed or made to harm.
_BROKEN = (
    age.UnreadableError,
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    ValueError,
    OSError,
    EOFError,
    RuntimeError,
)
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CODES: dict[str, Sequence[str]] = {
    "category": CATEGORIES,
    "priority": PRIORITIES,
    "relation": RELATIONS,
    "level": LEVELS,
    "answer": ("yes", "no"),
}
ACTS = {
    "admit": "referrals.admitted",
    "turn_away": "referrals.turned_away",
    "withdraw": "referrals.put_back",
}


class Came(NamedTuple):
    """A sheet that came in: from which partner, who brought it in when, where it stands and its steps.

    `sheet` is None once it was turned away or put back.
    """

    id: str
    partner: str
    by: str
    at: str
    state: rules.Arrival
    sheet: Outgoing | None
    steps: tuple[tuple[str, str, ReceivedStep], ...]  # who, day, what


def inbox(study: Study) -> str:
    """The age public key that partners seal to; empty before one was made."""
    made = [line.said for line in of_the_organisation(study) if isinstance(line.said, Inbox)]
    return age.public(made[-1].secret) if made else ""


def make_inbox(study: Study) -> None:
    """A new key for what comes in; earlier ones still open. Raises `accounts.not_allowed`."""
    write(study, "referrals.inbox", None, [Inbox(age.new_identity())], about="")


def came_in(study: Study) -> dict[str, Came]:
    """What came in by id, oldest first."""
    found: dict[str, Came] = {}
    for line in of_the_organisation(study):
        said, at = line.said, line.at.date().isoformat()
        if isinstance(said, Received):
            sheet = msgspec.json.decode(said.sheet, type=Outgoing)
            found[said.id] = Came(said.id, said.partner, line.by, at, "received", sheet, ())
        elif isinstance(said, ReceivedStep):
            before = found.get(said.received) or Came(
                said.received, said.partner, "", at, "received", None, ()
            )
            state = rules.ADMITTING["received"][_verb(said.verb)]
            found[said.received] = before._replace(state=state, steps=(*before.steps, (line.by, at, said)))
    return found


def bring_in(study: Study, partner: str, content: bytes) -> str:
    """Keep a sealed package for a second person to look at; gives its id. It is opened in memory alone.

    Raises `accounts.not_allowed`, `referrals.unknown_partner`, `referrals.no_inbox`, `referrals.not_for_us`
    for one sealed to others, `referrals.bad_sheet` for what is no sheet we can read,
    `referrals.already_in`.
    """
    require(study, "referrals.brought_in")
    if partner not in partners(study):
        raise AmparoError("referrals.unknown_partner", partner=partner)
    text = _sheet(content, [s.said.secret for s in of_the_organisation(study) if isinstance(s.said, Inbox)])
    sheet = checked(text)
    for came in came_in(study).values():
        marks = {step.mark for _, _, step in came.steps} | {came.sheet.mark if came.sheet else ""}
        if sheet.mark in marks:
            raise AmparoError("referrals.already_in", day=came.at)
    said = Received(new_id("received"), partner, text)
    write(study, "referrals.brought_in", None, [said], about="")
    return said.id


def shown(study: Study, received: str) -> Came:
    """One that came in, for a human eye: the opening is kept. Raises `referrals.unknown_referral`."""
    require(study, "referrals.shown")
    came = _came(study, received)
    with transaction.atomic():
        opened(study, "referrals.shown", Purpose("referral"), [received])
    return came


def may(came: Came, handle: str, roles: Sequence[str]) -> tuple[rules.Admission, ...]:
    """The verbs that somebody with these roles may use."""
    from amparo.study.accounts.rules import ACTS as ALLOWED  # noqa: PLC0415

    return tuple(
        verb
        for verb in rules.ADMITTING[came.state]
        if ALLOWED[ACTS[verb]] & set(roles) and not (verb in rules.SECOND_TO_ADMIT and handle == came.by)
    )


def admit(study: Study, received: str, title: str, tasks: Mapping[str, str]) -> str:
    """Make a case of what came in; gives its number. `title` is of the source, where it is new.

    `tasks` are the words of first tasks, by kind. Raises `accounts.not_allowed`,
    `referrals.unknown_referral`, as `rules.check_admission`.
    """
    require(study, "referrals.admitted")
    came = _came(study, received)
    rules.check_admission(came.state, "admit", study.user.handle, came.by, "")
    sheet = _standing(came)
    with transaction.atomic():
        read = referred.read(received, _of_person(sheet))
        record = keep_told(study, read, SOURCE, title, DEFAULT)
        name = next((line.words for line in _of_person(sheet) if line.of == "person.name"), "")
        today = now().date().isoformat()
        notes = [Note(new_id("note"), words, today) for words in _notes(sheet, read.left)]
        first = [
            Task(new_id(f"task-{kind}"), words, today, study.user.handle) for kind, words in tasks.items()
        ]
        principal = Member(new_id("member"), name=name, record=record)
        case = open_case(study, principal, also=[*notes, *first])
        for member in _members(sheet, principal.id):
            keep_member(study, case, member)
        row = _row(study, received)
        row.about = record  # an erasure of the record takes the sheet along
        row.save(update_fields=["about"])
        _step(study, came, _said(came, "admit", case=case), record, row)
    return case


def end(study: Study, received: str, verb: str, words: str) -> None:
    """Turn away what came in, or put back what was brought in by mistake: the sheet is not kept.

    Raises `accounts.not_allowed`, `referrals.unknown_referral`, as `rules.check_admission`.
    """
    if verb not in ("turn_away", "withdraw"):
        rules.check_admission("", verb, "", "", "")
    require(study, ACTS[verb])
    came = _came(study, received)
    rules.check_admission(came.state, verb, study.user.handle, came.by, words)
    with transaction.atomic():
        row = _row(study, received)
        row.wrapped_key = b""
        row.save(update_fields=["wrapped_key"])
        _step(study, came, _said(came, verb, words=words.strip()), "", row)


def answer(study: Study, received: str, words: str) -> bytes:
    """The answer to what was admitted or turned away, sealed to who sent it.

    Raises `accounts.not_allowed`, `referrals.unknown_referral`, `referrals.not_admitting` before that.
    """
    require(study, "referrals.answer_made")
    came = _came(study, received)
    said = {"admitted": "accept", "turned_away": "decline"}.get(came.state)
    if said is None:
        rules.check_admission(came.state, "answer", "", "", "")
        raise AmparoError("referrals.unknown_referral", referral=received)
    _, _, step = came.steps[-1]
    sealed = sealed_answer(Answer(step.referral, step.mark, said, words.strip()), step.answer_to)
    with transaction.atomic():
        audit(study, "referrals.answer_made", received=received, answer=said)
    return sealed


def checked(text: str) -> Outgoing:
    """A sheet that we can read and show, or nothing of it. Raises `referrals.bad_sheet`."""
    try:
        sheet = msgspec.json.decode(text, type=Outgoing)
        age.recipient(sheet.answer_to)
        known = forms()[sheet.form].fields
        whoms = {line.whom for line in sheet.lines}
        good = (
            sheet.language in ("es", "en")
            and all(_ID.fullmatch(each) for each in (sheet.referral, sheet.mark, *whoms))
            and 0 < len(sheet.lines) <= _MOST_LINES
            and len(whoms) <= _MOST_PEOPLE
            and all(_fits(line, known[line.field].part) for line in sheet.lines)
            and all(each.whom in whoms and _is_day(each.until) for each in sheet.consents)
        )
        if good:
            check(referred.read(sheet.referral, _of_person(sheet)).proposals)
            for member in _members(sheet, PERSON):
                some_day(member.born)
            return sheet
    except (msgspec.MsgspecError, AmparoError, KeyError, RecursionError):
        pass
    raise AmparoError("referrals.bad_sheet")


def _fits(line: Line, part: str) -> bool:
    """Whether a line says something, of whom its field tells, in codes that we know and words that show."""
    texts = [value for _, value in line.value]
    return (
        line.goes
        and bool(texts)
        and (part == "member") == (line.whom != PERSON)
        and all(text.strip() and len(text) <= _LONGEST and not _CONTROL.search(text) for text in texts)
        and all(_is_known(family, value) for family, value in line.value)
    )


def _is_known(family: str, value: str) -> bool:
    if family in ("", "edtf"):
        return not family or bool(_day(value))
    codes = _CODES.get(family) or (factors() if family == "factor" else ())
    return value in codes or (family in lists() and value in lists()[family].codes)


def _day(text: str) -> str:
    try:
        return some_day(text)
    except AmparoError:
        return ""


def _is_day(text: str) -> bool:
    try:
        return not text or bool(date.fromisoformat(text))
    except ValueError:
        return False


def _sheet(content: bytes, secrets: Sequence[str]) -> str:
    """The sheet in a package, whichever of our keys opens it."""
    if not secrets:
        raise AmparoError("referrals.no_inbox")
    if len(content) > LIMIT:
        raise AmparoError("referrals.bad_sheet")
    for secret in reversed(secrets):
        out = io.BytesIO()
        try:
            age.unseal(io.BytesIO(content), out.write, secret)
            with zipfile.ZipFile(out) as packed, packed.open(SHEET) as part:
                text = part.read(LIMIT + 1)  # what the archive says of its size is not believed
        except age.NotForThisKeyError:
            continue
        except _BROKEN:
            raise AmparoError("referrals.bad_sheet") from None
        try:
            return text.decode() if len(text) <= LIMIT else ""
        except UnicodeDecodeError:
            return ""
    raise AmparoError("referrals.not_for_us")


def _of_person(sheet: Outgoing) -> list[referred.Line]:
    fields = forms()[sheet.form].fields
    return [
        referred.Line(fields[line.field].of, line.value)
        for line in sheet.lines
        if fields[line.field].part == "person"
    ]


def _members(sheet: Outgoing, principal: str) -> Iterator[Member]:
    """Who else is on the sheet, in its words."""
    fields, of = forms()[sheet.form].fields, dict[str, dict[str, str]]()
    for line in sheet.lines:
        if fields[line.field].part == "member":
            said = " · ".join(value for _, value in line.value)
            of.setdefault(line.whom, {})[fields[line.field].of.removeprefix("member.")] = said
    for told in of.values():
        relation, yes = told.get("relation", "other"), {"yes": True, "no": False}
        born = told.get("birth", "")
        yield Member(
            new_id("member"),
            name=told.get("name", ""),
            born=_day(born),
            relation="other" if relation == "principal" else relation,
            dependent=yes.get(told.get("dependent", "")),
            at_risk=yes.get(told.get("at_risk", "")),
            travels_with=principal if told.get("travels") == "yes" else "",
            note="" if _day(born) else born,
        )


def _notes(sheet: Outgoing, left: Sequence[tuple[str, str]]) -> Iterator[str]:
    """What no claim and no member holds, under the field's name in the sheet's language."""
    fields = forms()[sheet.form].fields
    names = {field.of: field.es if sheet.language == "es" else field.en for field in fields.values()}
    for line in sheet.lines:
        if fields[line.field].part == "case":
            yield f"{names[fields[line.field].of]}: {' · '.join(value for _, value in line.value)}"
    yield from (f"{names[of]}: {words}" for of, words in left)


def _verb(verb: str) -> rules.Admission:
    return next(each for each in rules.ADMISSIONS if each == verb)


def _came(study: Study, received: str) -> Came:
    found = came_in(study).get(received)
    if found is None:
        raise AmparoError("referrals.unknown_referral", referral=received)
    return found


def _standing(came: Came) -> Outgoing:
    if came.sheet is None:
        raise AmparoError("referrals.unknown_referral", referral=came.id)
    return came.sheet


def _row(study: Study, received: str) -> Entry:
    """The row of a sheet that came in."""
    line: Told = next(
        line
        for line in of_the_organisation(study)
        if isinstance(line.said, Received) and line.said.id == received
    )
    return Entry.objects.get(pk=line.row)


def _step(study: Study, came: Came, said: ReceivedStep, about: str, row: Entry) -> None:
    """Write down what became of a sheet, and that its row changed."""
    rows = add_rows(study, study.keys.current(DEFAULT), None, [said], about)
    audit(study, ACTS[said.verb], wrote=[*rows, row], received=came.id, case=said.case or None)


def _said(came: Came, verb: str, *, words: str = "", case: str = "") -> ReceivedStep:
    sheet = _standing(came)
    told = came.id, verb, came.partner, sheet.referral, sheet.answer_to, sheet.mark
    return ReceivedStep(*told, words=words, case=case)
