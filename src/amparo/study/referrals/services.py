"""Refer a family to a partner: propose, a second person approves, send sealed, keep the answer, revoke."""

from __future__ import annotations

import hmac
import io
import secrets
import zipfile
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from django.db import transaction

from amparo.errors import AmparoError, Refusal
from amparo.study.accounts import rules as permissions
from amparo.study.accounts.services import require
from amparo.study.care.openings import opened
from amparo.study.care.rules import Purpose, Shared
from amparo.study.care.services import shared_with
from amparo.study.cases.casefile import CaseFile, Told
from amparo.study.cases.partners import partners
from amparo.study.cases.reading import case_of, cases
from amparo.study.cases.said import Partner, Referral, ReferralStep
from amparo.study.cases.services import new_id, write
from amparo.study.context import now
from amparo.study.referrals import rules
from amparo.study.referrals.gathering import people, told
from amparo.study.referrals.rules import PERSON, Line, Permission, Whom
from amparo.vault import age

if TYPE_CHECKING:
    from amparo.study.context import Study

# Which act of the audit chain a step is.
ACTS: dict[str, str] = {
    "approve": "referrals.decided",
    "reject": "referrals.decided",
    "withdraw": "referrals.ended",
    "send": "referrals.sent",
    "accept": "referrals.answered",
    "decline": "referrals.answered",
    "revoke": "referrals.ended",
}
SHEET, WRITTEN = "sheet.json", "sheet.txt"  # what a package holds


class Sheet(NamedTuple):
    """What a referral would carry today: the account on the screen, and what the package is made of."""

    form: str
    partner: Partner
    people: tuple[Whom, ...]
    consents: dict[str, Shared]
    lines: tuple[Line, ...]

    @property
    def digest(self) -> str:
        """What is approved."""
        return rules.digest(self.form, self.partner.id, self.partner.key, self.lines)

    @property
    def leaving(self) -> tuple[Line, ...]:
        """The lines that leave."""
        return rules.leaving(self.lines)


class Known(NamedTuple):
    """A referral, who proposed it when, where it stands and every step with who took it."""

    said: Referral
    by: str
    at: str
    state: rules.State
    steps: tuple[Told, ...]


class Outgoing(msgspec.Struct, frozen=True):
    """What a package says of itself: the referral, the form, and where a sealed answer goes."""

    referral: str
    form: str
    language: str
    lines: tuple[Line, ...]
    answer_to: str
    mark: str
    consents: tuple[Permission, ...] = ()


class Answer(msgspec.Struct, frozen=True):
    """What a partner answers."""

    referral: str
    mark: str
    answer: str  # accept, decline
    words: str = ""


def sheet_of(
    study: Study, case: CaseFile, partner: str, form: str, left_out: Collection[tuple[str, str]] = ()
) -> Sheet:
    """What would leave today, and what would not, and why.

    Raises `referrals.unknown_partner`, `referrals.unknown_form`.
    """
    known = partners(study)
    if partner not in known:
        raise AmparoError("referrals.unknown_partner", partner=partner)
    family = people(case)
    consents = _consents(study, case, family, partner)
    lines = rules.sheet(form, family, told(study, case, now().date()), consents, left_out)
    return Sheet(form, known[partner], family, consents, lines)


def shown(
    study: Study, case: CaseFile, partner: str, form: str, left_out: Collection[tuple[str, str]] = ()
) -> Sheet:
    """As `sheet_of`, for a human eye: the opening is kept with its purpose."""
    require(study, "referrals.shown")
    sheet = sheet_of(study, case, partner, form, left_out)
    with transaction.atomic():
        opened(study, "referrals.shown", Purpose("referral"), case.records)
    return sheet


def propose(
    study: Study,
    case: str,
    partner: str,
    form: str,
    *,
    language: str,
    left_out: Collection[tuple[str, str]] = (),
    words: str = "",
) -> str:
    """Propose to refer a family; gives the referral's id.

    Raises `accounts.not_allowed`, as `sheet_of`, `referrals.no_consent`, `referrals.nothing_leaves`,
    `referrals.no_key` for a partner without a key to seal to.
    """
    require(study, "referrals.proposed")
    file = case_of(study, case)
    sheet = sheet_of(study, file, partner, form, left_out)
    _check_leaves(sheet)
    said = Referral(
        new_id("referral"),
        partner,
        form,
        language,
        sheet.digest,
        len(sheet.leaving),
        left_out=tuple(sorted(left_out)),
        words=words.strip(),
    )
    write(study, "referrals.proposed", file, [said])
    return said.id


def referrals(case: CaseFile) -> dict[str, Known]:
    """The referrals of a case by id, oldest first."""
    found: dict[str, Known] = {}
    for line in case.entries:
        if isinstance(line.said, Referral):
            found[line.said.id] = Known(line.said, line.by, line.at.date().isoformat(), "proposed", ())
        elif isinstance(line.said, ReferralStep) and line.said.referral in found:
            before = found[line.said.referral]
            state = rules.next_state(before.state, line.said.verb)
            found[line.said.referral] = before._replace(state=state, steps=(*before.steps, line))
    return found


def waiting(study: Study) -> Iterator[tuple[CaseFile, Known]]:
    """Referrals that the person at work may approve: proposed by somebody else, in cases they may see."""
    for case in cases(study):
        for known in referrals(case).values():
            if known.state == "proposed" and known.by != study.user.handle:
                yield case, known


def today(study: Study, case: CaseFile, known: Known) -> Sheet:
    """What a referral would carry today. Raises `referrals.changed` where that is not what was proposed."""
    said = known.said
    sheet = sheet_of(study, case, said.partner, said.form, said.left_out)
    if sheet.digest != said.digest:
        raise Refusal("referrals.changed")
    return sheet


def may(known: Known, handle: str, roles: Collection[str], *, changed: bool) -> tuple[str, ...]:
    """The verbs that somebody with these roles may use on a referral. What changed cannot go on."""
    return tuple(
        verb
        for verb in rules.TRANSITIONS[known.state]
        if permissions.ACTS[ACTS[verb]] & set(roles)
        and not (verb in rules.SECOND_PERSON and handle == known.by)
        and not (verb in ("approve", "send") and changed)
    )


def step(study: Study, case: str, referral: str, verb: str, words: str = "") -> None:
    """Take a step other than sending.

    Raises `accounts.not_allowed`, `referrals.unknown_referral`, as `rules.check_step`, and for an approval
    as `today` and `propose`.
    """
    act = ACTS.get(verb, "referrals.ended")  # a verb that there is not is refused below
    require(study, act)
    file, known = _known(study, case, referral)
    rules.check_step(known.state, verb, study.user.handle, known.by, words)
    if verb == "send":
        raise AmparoError("referrals.send_apart")
    if verb == "approve":
        _check_leaves(today(study, file, known))
    write(study, act, file, [ReferralStep(referral, verb, words.strip())])


def send(study: Study, case: str, referral: str, written: Callable[[Outgoing], str]) -> bytes:
    """The package, sealed to the partner: `sheet.json`, and what `written` makes of it as `sheet.txt`.

    What stands of consent is asked again: what was approved leaves, or nothing. Raises
    `accounts.not_allowed`, `referrals.unknown_referral`, `referrals.not_now`, as `today` and `propose`.
    """
    require(study, "referrals.sent")
    file, known = _known(study, case, referral)
    rules.check_step(known.state, "send", study.user.handle, known.by, "")
    sheet = today(study, file, known)
    _check_leaves(sheet)
    secret, mark = age.new_identity(), secrets.token_hex(16)
    told = sheet.leaving, age.public(secret), mark, tuple(_permissions(sheet))
    out = Outgoing(referral, sheet.form, known.said.language, *told)
    content = _bundle({SHEET: msgspec.json.encode(out), WRITTEN: written(out).encode()})
    sealed = io.BytesIO()
    age.seal(io.BytesIO(content), sealed.write, [sheet.partner.key])
    taken = ReferralStep(referral, "send", secret=secret, mark=mark)
    write(study, "referrals.sent", file, [taken])
    return sealed.getvalue()


def take_back(study: Study, content: bytes) -> tuple[str, Answer]:
    """Keep a partner's sealed answer; gives the case and what was answered.

    Raises `accounts.not_allowed`, `referrals.bad_answer` for what no referral of a case that may be seen
    asked for, as `rules.check_step`.
    """
    require(study, "referrals.answered")
    for case in cases(study):
        for known in referrals(case).values():
            for line in known.steps:
                if not isinstance(line.said, ReferralStep) or not line.said.secret:
                    continue
                answer = _opened(content, line.said)
                if answer is not None and answer.referral == known.said.id:
                    verb = answer.answer if answer.answer in ("accept", "decline") else ""
                    step(study, case.id, known.said.id, verb, answer.words or answer.answer)
                    return case.id, answer
    raise AmparoError("referrals.bad_answer")


def sealed_answer(said: Answer, to: str) -> bytes:
    """An answer to a package, sealed to who sent it."""
    sealed = io.BytesIO()
    age.seal(io.BytesIO(msgspec.json.encode(said)), sealed.write, [to])
    return sealed.getvalue()


def open_package(content: bytes, identity: str) -> tuple[Outgoing, str]:
    """A package opened with the partner's age identity: what it says, and in writing.

    Raises `vault.bad_identity`, `referrals.bad_package`.
    """
    out = io.BytesIO()
    try:
        age.unseal(io.BytesIO(content), out.write, age.identity(identity))
        with zipfile.ZipFile(out) as packed:
            return (
                msgspec.json.decode(packed.read(SHEET), type=Outgoing),
                packed.read(WRITTEN).decode(),
            )
    except (age.UnreadableError, age.NotForThisKeyError, zipfile.BadZipFile, KeyError, msgspec.MsgspecError):
        raise AmparoError("referrals.bad_package") from None


def _permissions(sheet: Sheet) -> Iterator[Permission]:
    """Whose consent the lines leave under: the person's own, and that of who has a record of theirs."""
    for whom in dict.fromkeys(line.whom for line in sheet.leaving):
        until = sheet.consents[whom].until
        yield Permission(whom, until.isoformat() if until else "")


def _known(study: Study, case: str, referral: str) -> tuple[CaseFile, Known]:
    file = case_of(study, case)
    found = referrals(file).get(referral)
    if found is None:
        raise AmparoError("referrals.unknown_referral", referral=referral)
    return file, found


def _consents(study: Study, case: CaseFile, family: tuple[Whom, ...], partner: str) -> dict[str, Shared]:
    """What each of the family said on this partner; who has no record falls under the person's words."""
    principal = case.principal.record if case.principal else ""
    own = shared_with(study, [principal], partner) if principal else Shared("none")
    found = {PERSON: own}
    for whom in family[1:]:
        record = case.members[whom.id].record
        found[whom.id] = shared_with(study, [record], partner) if record else own
    return found


def _check_leaves(sheet: Sheet) -> None:
    own = sheet.consents[PERSON]
    if own.state != "given":
        raise Refusal("referrals.no_consent", state=own.state)
    if not sheet.leaving:
        raise Refusal("referrals.nothing_leaves")
    if not sheet.partner.key:
        raise AmparoError("referrals.no_key", partner=sheet.partner.name)


def _bundle(files: dict[str, bytes]) -> bytes:
    """The same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


def _opened(content: bytes, sent: ReferralStep) -> Answer | None:
    """An answer that was sealed to this step and repeats its mark."""
    out = io.BytesIO()
    try:
        age.unseal(io.BytesIO(content), out.write, sent.secret)
        answer = msgspec.json.decode(out.getvalue(), type=Answer)
    except (age.UnreadableError, age.NotForThisKeyError, msgspec.MsgspecError):
        return None
    return answer if hmac.compare_digest(answer.mark, sent.mark) else None
