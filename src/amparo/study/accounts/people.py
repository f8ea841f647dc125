"""Who works with the study, in which roles. The only writer of people; their keys are in `compartments`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from django.db import transaction

from amparo.errors import AmparoError
from amparo.study.accounts import rules
from amparo.study.accounts.models import AuditLine, CompartmentKey, KeyShare, User
from amparo.study.accounts.services import audit, require
from amparo.study.context import Study, now
from amparo.vault import folder, slots
from amparo.vault.envelope import new_key
from amparo.vault.folder import Opened
from amparo.vault.keypair import KeyPair
from amparo.vault.slots import Passphrase, Secrets


class Member(NamedTuple):
    """One person of the study, and the compartments whose newest key they hold."""

    handle: str
    roles: tuple[str, ...]
    since: str
    until: str | None
    compartments: tuple[str, ...]


class Seen(NamedTuple):
    """What somebody could have opened: the records sealed under keys they held, by compartment."""

    records: Mapping[str, int]
    openings: int  # acts of theirs that opened identities


def found(opened: Opened) -> User:
    """The founder of a study, with every role of who holds keys."""
    return User.objects.create(
        handle=slots.FOUNDER, roles=list(rules.FOUNDERS), public_key=opened.pair.public_key, since=now()
    )


def at_work(opened: Opened) -> User:
    """Who opened the study. Raises `accounts.not_a_member` for somebody who left or was never added."""
    user = User.objects.filter(public_key=opened.pair.public_key, until=None).first()
    if user is None:
        raise AmparoError("accounts.not_a_member")
    return user


def people(*, gone: bool = False) -> list[Member]:
    """Who works with the study, or with `gone` also who left."""
    users = User.objects.exclude(handle=rules.RECOVERY).order_by("id")
    held = _compartments_of()
    return [
        Member(
            user.handle,
            tuple(user.roles),
            user.since.date().isoformat() if user.since else "",
            user.until.date().isoformat() if user.until else None,
            tuple(sorted(held[user.pk])),
        )
        for user in users
        if gone or user.until is None
    ]


def check_new(study: Study, handle: str, roles: Iterable[str]) -> tuple[str, ...]:
    """The roles of somebody who may be added, in their order.

    Raises `accounts.not_allowed`, `accounts.handle_taken`, `accounts.bad_name`, the codes of
    `rules.check_roles`.
    """
    require(study, "people.added")
    _check_handle(handle)
    return rules.check_roles(handle, roles, _others(handle))


def add(study: Study, handle: str, roles: Iterable[str], passphrase: str) -> None:
    """Add somebody with a slot and a key pair of their own. Members then give them compartment keys.

    Raises as `check_new`, and `vault.passphrase_short`.
    """
    checked = check_new(study, handle, roles)
    held = Secrets(study.opened.secrets.root_key, new_key())
    slot = slots.passphrase_slot(study.opened.study_id, held, Passphrase(passphrase, handle))
    pair = KeyPair(held.user_key, study.opened.study_id)
    with transaction.atomic():
        user = User.objects.create(
            handle=handle,
            roles=list(checked),
            public_key=pair.public_key,
            since=now(),
        )
        audit(
            study,
            "people.added",
            wrote=[user],
            user=handle,
            roles=",".join(checked),
            public_key=pair.public_key.hex(),
        )
        # Last: a slot without a person is removed at the next opening, a person without a slot is not.
        folder.add_slot(study.opened, slot)


def set_roles(study: Study, handle: str, roles: Iterable[str]) -> None:
    """Give somebody exactly these roles. Keys they may not hold any more are taken and changed.

    Raises `accounts.not_allowed`, `accounts.unknown_user`, the codes of `rules.check_roles`.
    """
    require(study, "people.roles")
    user = working(handle)
    checked = rules.check_roles(handle, roles, _others(handle))
    with transaction.atomic():
        user.roles = list(checked)
        user.save(update_fields=["roles"])
        audit(study, "people.roles", wrote=[user], user=handle, roles=",".join(checked))


def remove(study: Study, handle: str) -> Seen:
    """End somebody's work with the study; gives what they could have seen.

    Their slots go at once. Their compartments get new keys when the next member opens the study, before
    anything is sealed. Raises `accounts.not_allowed`, `accounts.unknown_user`, `accounts.no_administrator`,
    `accounts.not_yourself`, `accounts.last_member`.
    """
    require(study, "people.removed")
    user = working(handle)
    if user == study.user:
        raise AmparoError("accounts.not_yourself")
    held = _compartments_of()
    for name in sorted(held.pop(user.pk, set())):
        if not any(name in compartments for compartments in held.values()):
            raise AmparoError("accounts.last_member", compartment=name)
    seen = could_see(user)
    with transaction.atomic():
        user.until = now()
        user.save(update_fields=["until"])
        audit(study, "people.removed", wrote=[user], user=handle, records=sum(seen.records.values()))
    folder.keep_slots_of(study.opened, User.objects.filter(until=None).values_list("handle", flat=True))
    return seen


def could_see(user: User) -> Seen:
    """What the keys that somebody holds or held open."""
    from amparo.study.register.models import Record  # noqa: PLC0415

    records: dict[str, int] = defaultdict(int)
    for share in KeyShare.objects.filter(user=user).select_related("key__compartment"):
        number = Record.objects.filter(sealed_under=share.key).count()
        if number:
            records[share.key.compartment.name] += number
    openings = AuditLine.objects.filter(actor=user, act__in=rules.OPENINGS).count()
    return Seen(dict(records), openings)


def _compartments_of() -> dict[int, set[str]]:
    """User id -> names of the compartments whose newest key they hold."""
    keys = CompartmentKey.objects.select_related("compartment").order_by("version")
    newest = {key.compartment.name: key.pk for key in keys}
    held: dict[int, set[str]] = defaultdict(set)
    for share in KeyShare.objects.filter(key__in=newest.values()).select_related("key__compartment"):
        held[share.user_id].add(share.key.compartment.name)
    return held


def _others(handle: str) -> list[Collection[str]]:
    return list(User.objects.filter(until=None).exclude(handle=handle).values_list("roles", flat=True))


def working(handle: str) -> User:
    """Somebody at work. Raises `accounts.unknown_user`."""
    user = User.objects.filter(handle=handle, until=None).exclude(handle=rules.RECOVERY).first()
    if user is None:
        raise AmparoError("accounts.unknown_user", user=handle)
    return user


def _check_handle(handle: str) -> None:
    check_name(handle)
    if User.objects.filter(handle=handle).exists() or handle == rules.RECOVERY:
        raise AmparoError("accounts.handle_taken", user=handle)


def check_name(name: str) -> None:
    """Raise `accounts.bad_name` for what cannot be a handle or a compartment's name."""
    if not rules.NAME.fullmatch(name):
        raise AmparoError("accounts.bad_name", name=name)
