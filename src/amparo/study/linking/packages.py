"""Pairs for a reviewer elsewhere: out sealed to their key, and their answers back.

A package holds the cells of its records and no id of a record. It carries the public half of a key made for
it alone and a secret word: whoever opened the package can seal answers that the study takes as the member's,
and nobody else can.
"""

from __future__ import annotations

import hmac
import io
import secrets
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec
from django.db import transaction

from amparo.errors import AmparoError
from amparo.linkage.queue import Asked
from amparo.study.accounts.history import History
from amparo.study.accounts.people import working
from amparo.study.accounts.rules import MATCHING
from amparo.study.accounts.services import audit, require, verify_chain
from amparo.study.care.openings import opened
from amparo.study.context import now
from amparo.study.linking import judgements
from amparo.study.linking.findings import Side
from amparo.study.linking.models import ReviewPackage
from amparo.study.linking.review import REVIEW, Queue, Shown, sides
from amparo.study.linking.rules import VERDICTS
from amparo.study.register.search import known_records
from amparo.study.sealing import open_field, seal_fields
from amparo.vault import age, slots
from amparo.vault.slots import RecipientSlot

if TYPE_CHECKING:
    from amparo.study.accounts.models import User
    from amparo.study.context import Study

Shape = TypeVar("Shape", bound=msgspec.Struct)


class _Cells(msgspec.Struct, frozen=True):
    title: str
    cells: dict[str, str]


class _Package(msgspec.Struct, frozen=True):
    """What goes out."""

    number: int
    answer_to: str  # age public key
    word: str
    pairs: tuple[tuple[_Cells, _Cells], ...]


class _Answers(msgspec.Struct, frozen=True):
    """What comes back: by place of the pair the verdict and the reason."""

    number: int
    word: str
    answers: dict[int, tuple[str, str]]


class _Kept(msgspec.Struct, frozen=True):
    """What stays in the study: which pairs, the secret key of the answers, and the word."""

    pairs: tuple[tuple[tuple[str, str], str], ...]
    secret: str
    word: str


class Back(NamedTuple):
    """What came back from whom."""

    user: str
    pairs: int
    same: int
    different: int
    unsure: int


class Opened:
    """A package in the hands of its reviewer."""

    def __init__(self, package: _Package) -> None:
        """Take what was opened."""
        self._package = package
        self.pairs = [Asked((f"{at}:a", f"{at}:b"), "asked") for at in range(len(package.pairs))]

    def show(self, asked: Asked) -> Shown:
        """One pair."""
        one, other = self._package.pairs[int(asked.records[0].split(":")[0])]
        return Shown(asked, (Side("", one.title, one.cells), Side("", other.title, other.cells)), None)

    def seal(self, answers: dict[int, tuple[str, str]]) -> bytes:
        """The answers, sealed to the study."""
        told = _Answers(self._package.number, self._package.word, answers)
        return _sealed(msgspec.json.encode(told), self._package.answer_to)


def send(study: Study, handle: str, queue: Queue) -> bytes:
    """A queue's pairs sealed to a member's age key, with a line in the audit chain.

    Raises `accounts.not_allowed`, `accounts.unknown_user`, `linking.not_a_reviewer` where the member may not
    match or holds not every compartment of the pairs, `linking.no_recipient` where they have no age key.
    """
    require(study, "linkage.sent")
    user = working(handle)
    names = sorted({record for asked in queue.pairs for record in asked.records})
    _check_reader(verify_chain(study), user, study, names)
    recipient = _recipient(study, handle)
    secret, word = age.new_identity(), secrets.token_hex(16)
    told = []
    for asked in queue.pairs:
        one, other = sides(study, asked.records)
        told.append((_Cells(one.title, one.cells), _Cells(other.title, other.cells)))
    kept = _Kept(tuple((asked.records, asked.chosen) for asked in queue.pairs), secret, word)
    with transaction.atomic():
        number = ReviewPackage.objects.count() + 1
        sealed = seal_fields(
            study.keys.current(MATCHING), ReviewPackage, number, {"sealed_package": msgspec.json.encode(kept)}
        )
        row = ReviewPackage.objects.create(id=number, at=now(), to=user, **sealed)
        opened(study, "linkage.reviewed", REVIEW, names)
        audit(study, "linkage.sent", wrote=[row], user=handle, pairs=len(told))
    package = _Package(number, age.public(secret), word, tuple(told))
    return _sealed(msgspec.json.encode(package), recipient)


def open_package(content: bytes, identity: str) -> Opened:
    """A package, opened with the member's age identity.

    Raises `vault.bad_identity`, `linking.bad_package`.
    """
    return Opened(_unsealed(content, age.identity(identity), _Package))


def take_back(study: Study, content: bytes) -> Back:
    """Keep the answers to a package as its reviewer's judgements.

    Raises `accounts.not_allowed`, `accounts.unknown_user` where the reviewer has left, `linking.bad_package`
    for what no package of this study asked for, and as `judgements.judge`.
    """
    require(study, "linkage.returned")
    for row in ReviewPackage.objects.filter(sealed_under__in=study.keys.ids).order_by("-id"):
        kept = msgspec.json.decode(open_field(study, row, row.pk, "sealed_package"), type=_Kept)
        try:
            told = _unsealed(content, kept.secret, _Answers)
        except AmparoError:
            continue
        if told.number != row.pk or not hmac.compare_digest(told.word, kept.word):
            continue
        return _kept(study, row, kept, told)
    raise AmparoError("linking.bad_package")


def _kept(study: Study, row: ReviewPackage, kept: _Kept, told: _Answers) -> Back:
    reviewer = working(row.to.handle)
    words = [
        judgements.Word(kept.pairs[at][0], verdict, kept.pairs[at][1], reason)
        for at, (verdict, reason) in sorted(told.answers.items())
        if 0 <= at < len(kept.pairs)
    ]
    numbers = [sum(word.verdict == verdict for word in words) for verdict in VERDICTS]
    back = Back(reviewer.handle, len(words), *numbers)
    with transaction.atomic():
        rows = judgements.kept(study, reviewer, words)
        audit(study, "linkage.returned", wrote=rows, **back._asdict())
    return back


def _check_reader(history: History, user: User, study: Study, records: list[str]) -> None:
    needed = {row.sealed_under.compartment.name for row in known_records(study, records)} | {MATCHING}
    for name in sorted(needed):
        if user.handle not in history.holders.get(name, set()):
            raise AmparoError("linking.not_a_reviewer", user=user.handle, compartment=name)


def _recipient(study: Study, handle: str) -> str:
    label = slots.label(study.opened.study_id, handle)
    for slot in slots.read(study.opened.path).slots:
        if isinstance(slot, RecipientSlot) and slot.owner == label:
            return slot.recipient
    raise AmparoError("linking.no_recipient", user=handle)


def _sealed(content: bytes, recipient: str) -> bytes:
    out = io.BytesIO()
    age.seal(io.BytesIO(content), out.write, [recipient])
    return out.getvalue()


def _unsealed(content: bytes, secret: str, shape: type[Shape]) -> Shape:
    out = io.BytesIO()
    try:
        age.unseal(io.BytesIO(content), out.write, secret)
        return msgspec.json.decode(out.getvalue(), type=shape)
    except (age.UnreadableError, age.NotForThisKeyError, msgspec.MsgspecError):
        raise AmparoError("linking.bad_package") from None
