"""Second factors: enrolled by their person alone, checked after the passphrase. Their only writer.

A factor guards the desk's door, not the data: who has the study's folder and the passphrase opens it without
one. Where a security key also wraps the person's keys (`PrfSlot`), it is a way in of its own.
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import transaction

from amparo.errors import AmparoError
from amparo.study.accounts.models import SecondFactor
from amparo.study.accounts.people import working
from amparo.study.accounts.services import audit, require
from amparo.study.context import now
from amparo.vault.keypair import seal_box

if TYPE_CHECKING:
    from amparo.study.context import Study

STEP = 30  # seconds, RFC 6238
DIGITS = 6
_SECRET_BYTES = 20
_DRIFT = 1  # steps that a telephone's clock may be off, either way


class TotpSecret(msgspec.Struct, frozen=True, tag="totp"):
    """The secret of an authenticator app, and the last step that a code was taken for."""

    secret: bytes
    last: int = -1


class Credential(msgspec.Struct, frozen=True, tag="webauthn"):
    """A security key: its credential, its public key (COSE), its counter, and whether it gives PRF output."""

    credential: bytes
    public_key: bytes
    counter: int = 0
    prf: bool = False


Secret = TotpSecret | Credential


class Factor(NamedTuple):
    """One factor of a person: its number, its kind, and what is kept of it."""

    id: int
    kind: str
    secret: Secret


def new_secret() -> bytes:
    """A secret for an authenticator app; nothing is kept yet."""
    return secrets.token_bytes(_SECRET_BYTES)


def uri(secret: bytes, handle: str, study: str) -> str:
    """What an authenticator app reads from a QR code. It names the handle and the study's title."""
    return _totp(secret).get_provisioning_uri(handle, f"Amparo {study}")


def factors(study: Study) -> list[Factor]:
    """The factors of who is at work, opened. Raises `vault.tampered`."""
    rows = SecondFactor.objects.filter(user=study.user).order_by("id")
    opened = ((row, study.opened.pair.open_box(bytes(row.boxed_secret))) for row in rows)
    return [Factor(row.pk, row.kind, msgspec.msgpack.decode(secret, type=Secret)) for row, secret in opened]


def enrol(study: Study, secret: Secret) -> int:
    """Keep a factor for who is at work, never for anybody else; gives its number."""
    require(study, "factor.added")
    kind = "totp" if isinstance(secret, TotpSecret) else "webauthn"
    with transaction.atomic():
        row = SecondFactor.objects.create(
            user=study.user, kind=kind, at=now(), boxed_secret=_sealed(study, secret)
        )
        audit(study, "factor.added", wrote=[row], factor=kind)
    return row.pk


def enrol_totp(study: Study, secret: bytes, code: str) -> int:
    """Keep an authenticator app once a code of it was typed. Raises `accounts.wrong_code`."""
    step = _step_of(secret, code, now().timestamp(), after=-1)
    if step is None:
        raise AmparoError("accounts.wrong_code")
    return enrol(study, TotpSecret(secret, step))


def check_code(study: Study, code: str) -> None:
    """Take a code of one of the person's apps; each is taken once. Raises `accounts.wrong_code`."""
    moment = now().timestamp()
    with transaction.atomic():
        for factor in factors(study):
            if isinstance(factor.secret, TotpSecret):
                step = _step_of(factor.secret.secret, code, moment, after=factor.secret.last)
                if step is not None:
                    keep(study, factor, msgspec.structs.replace(factor.secret, last=step))
                    return
    raise AmparoError("accounts.wrong_code")


def keep(study: Study, factor: Factor, secret: Secret) -> None:
    """Keep what changed of a factor: its counter, its last step."""
    with transaction.atomic():
        row = SecondFactor.objects.get(pk=factor.id, user=study.user)
        row.boxed_secret = _sealed(study, secret)
        row.save(update_fields=["boxed_secret"])
        audit(study, "factor.shown", wrote=[row], factor=factor.kind)


def remove(study: Study, number: int) -> None:
    """Remove a factor of one's own. Raises `accounts.no_factor`."""
    require(study, "factor.removed")
    row = SecondFactor.objects.filter(pk=number, user=study.user).first()
    if row is None:
        raise AmparoError("accounts.no_factor")
    with transaction.atomic():
        audit(study, "factor.removed", ended=[row], factor=row.kind)
        row.delete()


def reset(study: Study, handle: str) -> int:
    """Remove every factor of somebody who lost them; how many. Who resets learns nothing and opens nothing.

    Raises `accounts.not_allowed`, `accounts.unknown_user`.
    """
    require(study, "factor.reset")
    user = working(handle)
    rows = list(SecondFactor.objects.filter(user=user))
    with transaction.atomic():
        audit(study, "factor.reset", ended=rows, user=handle, factors=len(rows))
        SecondFactor.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _sealed(study: Study, secret: Secret) -> bytes:
    return seal_box(study.opened.pair.public_key, msgspec.msgpack.encode(secret))


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP, enforce_key_length=False)  # noqa: S303 (what apps understand)


def _step_of(secret: bytes, code: str, moment: float, *, after: int) -> int | None:
    """The step around now that a code belongs to, later than `after`; None for a wrong or used code."""
    typed = "".join(code.split()).encode()
    current = int(moment // STEP)
    found = None
    for step in range(current - _DRIFT, current + _DRIFT + 1):
        try:
            fits = hmac.compare_digest(_totp(secret).generate(step * STEP), typed)
        except InvalidToken:
            fits = False
        if fits and step > after:
            found = step
    return found
