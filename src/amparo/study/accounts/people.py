"""People, compartments and their keys: who may open what, and how that changes. Their only writer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from django.db import transaction

from amparo.errors import AmparoError
from amparo.study.accounts import rules
from amparo.study.accounts.models import Compartment, CompartmentKey, KeyShare, User
from amparo.study.accounts.services import audit, require
from amparo.study.context import Key, Keys, Study, now
from amparo.vault import folder, slots
from amparo.vault.envelope import new_key
from amparo.vault.folder import Opened
from amparo.vault.keypair import KeyPair, seal_box
from amparo.vault.slots import Passphrase, Secrets


class Member(NamedTuple):
    """One person of the study, and the compartments whose newest key they hold."""

    handle: str
    roles: tuple[str, ...]
    since: str
    until: str | None
    compartments: tuple[str, ...]


class Held(NamedTuple):
    """A compartment, who holds its newest key, its version, and whether the recovery shares open it."""

    name: str
    handles: tuple[str, ...]
    version: int
    escrowed: bool


class Seen(NamedTuple):
    """What somebody could have opened: the records sealed under keys they held, by compartment."""

    records: Mapping[str, int]
    openings: int  # acts of theirs that opened identities


def found(opened: Opened) -> User:
    """The founder of a study, with every role, every compartment and its first key."""
    pair = opened.pair
    user = User.objects.create(
        handle=slots.FOUNDER,
        roles=list(rules.ROLES),
        public_key=pair.public_key,
        since=now(),
    )
    for name in rules.COMPARTMENTS:
        _first_key(Compartment.objects.create(name=name), [user])
    return user


def at_work(opened: Opened) -> User:
    """Who opened the study. Raises `accounts.not_a_member` for somebody who left or was never added."""
    user = User.objects.filter(public_key=opened.pair.public_key, until=None).first()
    if user is None:
        raise AmparoError("accounts.not_a_member")
    return user


def keys_of(user: User, pair: KeyPair) -> Keys:
    """Every compartment key that is sealed to the user, opened. Raises `vault.tampered`."""
    shares = KeyShare.objects.filter(user=user).select_related("key__compartment")
    return Keys({share.key_id: _key(share.key, pair.open_box(bytes(share.wrapped_key))) for share in shares})


def settle(study: Study) -> Study:
    """Bring the keys that the person at work holds up to date with who may hold them.

    A compartment whose newest key somebody holds who may not any more gets a new one for what comes after;
    the recovery shares get what they lack. An administrator holds no key, so whoever holds one does this when
    they next open the study, before anything new is sealed. Slots that belong to nobody are removed.
    """
    for name in study.keys.compartments:
        compartment = Compartment.objects.get(name=name)
        current = study.keys.current(name)
        if any(not _entitled(share.user, compartment) for share in _shares(current.id)):
            _rotate(study, compartment)
    recovery = User.objects.filter(handle=rules.RECOVERY, until=None).first()
    if recovery is not None and recovery != study.user:
        held = set(KeyShare.objects.filter(user=recovery).values_list("key_id", flat=True))
        escrowed = set(Compartment.objects.filter(escrowed=True).values_list("name", flat=True))
        missing = [
            key for key in study.keys.held.values() if key.id not in held and key.compartment in escrowed
        ]
        with transaction.atomic():
            for name in sorted({key.compartment for key in missing}):
                rows = _share(recovery, [key for key in missing if key.compartment == name])
                audit(study, "compartment.joined", wrote=rows, compartment=name, user=rules.RECOVERY)
    handles = User.objects.filter(until=None).values_list("handle", flat=True)
    folder.keep_slots_of(study.opened, handles)
    return Study(study.opened, study.user, study.facts, keys_of(study.user, study.opened.pair))


def people(*, gone: bool = False) -> list[Member]:
    """Who works with the study, or with `gone` also who left."""
    users = User.objects.exclude(handle=rules.RECOVERY).order_by("id")
    newest = _newest_keys()
    held = defaultdict(list)
    for user_id, key_id in KeyShare.objects.values_list("user_id", "key_id"):
        if key_id in newest:
            held[user_id].append(newest[key_id])
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


def holders() -> list[Held]:
    """The compartments, who holds the newest key of each, and how often it changed."""
    found = []
    for compartment in Compartment.objects.order_by("id"):
        newest = CompartmentKey.objects.filter(compartment=compartment).latest("version")
        handles = sorted(share.user.handle for share in _shares(newest.pk))
        shown = tuple(handle for handle in handles if handle != rules.RECOVERY)
        found.append(Held(compartment.name, shown, newest.version, compartment.escrowed))
    return found


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
    user = _user(handle)
    checked = rules.check_roles(handle, roles, _others(handle))
    with transaction.atomic():
        user.roles = list(checked)
        user.save(update_fields=["roles"])
        audit(study, "people.roles", wrote=[user], user=handle, roles=",".join(checked))


def remove(study: Study, handle: str) -> Seen:
    """End somebody's work with the study; gives what they could have seen.

    Their slots go at once. Their compartments get new keys when the next member opens the study, before
    anything is sealed. Raises `accounts.not_allowed`, `accounts.unknown_user`, `accounts.no_administrator`,
    `accounts.not_yourself`.
    """
    require(study, "people.removed")
    user = _user(handle)
    if user == study.user:
        raise AmparoError("accounts.not_yourself")
    seen = could_see(user)
    with transaction.atomic():
        user.until = now()
        user.save(update_fields=["until"])
        audit(study, "people.removed", wrote=[user], user=handle, records=sum(seen.records.values()))
    folder.keep_slots_of(study.opened, User.objects.filter(until=None).values_list("handle", flat=True))
    return seen


def could_see(user: User) -> Seen:
    """What the keys that somebody holds or held open."""
    from amparo.study.accounts.models import AuditLine  # noqa: PLC0415
    from amparo.study.register.models import Record  # noqa: PLC0415

    records: dict[str, int] = defaultdict(int)
    for share in KeyShare.objects.filter(user=user).select_related("key__compartment"):
        number = Record.objects.filter(sealed_under=share.key).count()
        if number:
            records[share.key.compartment.name] += number
    openings = AuditLine.objects.filter(actor=user, act__in=rules.OPENINGS).count()
    return Seen(dict(records), openings)


def make_compartment(study: Study, name: str, *, escrowed: bool = True) -> None:
    """A new compartment with its maker as the only member.

    Without `escrowed` the recovery shares do not open it. Raises `accounts.not_allowed`,
    `accounts.compartment_taken`, `accounts.bad_name`.
    """
    require(study, "compartment.made")
    _check_name(name)
    if Compartment.objects.filter(name=name).exists():
        raise AmparoError("accounts.compartment_taken", compartment=name)
    with transaction.atomic():
        compartment = Compartment.objects.create(name=name, escrowed=escrowed)
        rows = _first_key(compartment, [study.user])
        audit(study, "compartment.made", wrote=[compartment, *rows], compartment=name)


def join(study: Study, compartment: str, handle: str) -> None:
    """Give somebody the keys of a compartment, all versions held. Only a member can.

    Raises `accounts.no_key`, `accounts.unknown_user`, `accounts.may_not_hold`.
    """
    study.keys.current(compartment)
    user = _user(handle)
    if not rules.may_hold(compartment, user.roles):
        raise AmparoError("accounts.may_not_hold", user=handle, compartment=compartment)
    have = set(KeyShare.objects.filter(user=user).values_list("key_id", flat=True))
    keys = [key for key in study.keys.held.values() if key.compartment == compartment and key.id not in have]
    with transaction.atomic():
        rows = _share(user, keys)
        audit(study, "compartment.joined", wrote=rows, compartment=compartment, user=handle)


def leave(study: Study, compartment: str, handle: str) -> Seen:
    """Take a compartment's keys from somebody, and change the key for what comes after. Only a member can.

    Raises `accounts.no_key`, `accounts.unknown_user`, `accounts.last_member`.
    """
    study.keys.current(compartment)
    user = _user(handle)
    row = Compartment.objects.get(name=compartment)
    rest = _members(row) - {user}
    if not rest - set(User.objects.filter(handle=rules.RECOVERY)):
        raise AmparoError("accounts.last_member", compartment=compartment)
    seen = could_see(user)
    with transaction.atomic():
        gone = list(KeyShare.objects.filter(user=user, key__compartment=row))
        audit(study, "compartment.left", ended=gone, compartment=compartment, user=handle)
        KeyShare.objects.filter(pk__in=[share.pk for share in gone]).delete()
        _rotate(study, row)
    return Seen({compartment: seen.records.get(compartment, 0)}, seen.openings)


def escrow(study: Study, pair: KeyPair) -> None:
    """Make the recovery shares' key pair a holder of every key at hand, in place of the one before.

    The other compartments follow when one of their members opens the study. Raises `accounts.not_allowed`.
    """
    require(study, "people.recovery")
    with transaction.atomic():
        user, _ = User.objects.get_or_create(handle=rules.RECOVERY, defaults={"since": now()})
        gone = list(KeyShare.objects.filter(user=user))
        KeyShare.objects.filter(user=user).delete()
        user.public_key, user.until = pair.public_key, None
        user.save()
        escrowed = set(Compartment.objects.filter(escrowed=True).values_list("name", flat=True))
        rows = _share(user, [key for key in study.keys.held.values() if key.compartment in escrowed])
        audit(study, "people.recovery", wrote=[user, *rows], ended=gone, public_key=pair.public_key.hex())


def reinstate(study: Study, handle: str, passphrase: str) -> None:
    """Give somebody who cannot open the study any more a new slot and key pair, with the keys they had.

    For who opened the study with the recovery shares. Raises `accounts.not_allowed`, `accounts.unknown_user`,
    `vault.passphrase_short`.
    """
    require(study, "people.reinstated")
    user = _user(handle)
    held = Secrets(study.opened.secrets.root_key, new_key())
    slot = slots.passphrase_slot(study.opened.study_id, held, Passphrase(passphrase, handle))
    pair = KeyPair(held.user_key, study.opened.study_id)
    with transaction.atomic():
        gone = list(KeyShare.objects.filter(user=user))
        had = {share.key_id for share in gone}
        KeyShare.objects.filter(user=user).delete()
        user.public_key = pair.public_key
        user.save(update_fields=["public_key"])
        rows = _share(user, [key for key in study.keys.held.values() if key.id in had])
        audit(
            study,
            "people.reinstated",
            wrote=[user, *rows],
            ended=gone,
            user=handle,
            keys=len(rows),
            public_key=pair.public_key.hex(),
        )
        folder.replace_slots_of(study.opened, handle, slot)


def _others(handle: str) -> list[Collection[str]]:
    return list(User.objects.filter(until=None).exclude(handle=handle).values_list("roles", flat=True))


def _user(handle: str) -> User:
    user = User.objects.filter(handle=handle, until=None).exclude(handle=rules.RECOVERY).first()
    if user is None:
        raise AmparoError("accounts.unknown_user", user=handle)
    return user


def _check_handle(handle: str) -> None:
    _check_name(handle)
    if User.objects.filter(handle=handle).exists() or handle == rules.RECOVERY:
        raise AmparoError("accounts.handle_taken", user=handle)


def _check_name(name: str) -> None:
    if not rules.NAME.fullmatch(name):
        raise AmparoError("accounts.bad_name", name=name)


def _key(row: CompartmentKey, secret: bytes) -> Key:
    return Key(row.pk, row.compartment.name, row.version, secret)


def _newest_keys() -> dict[int, str]:
    """Key id -> compartment, for the newest key of each."""
    newest: dict[str, int] = {}
    for key in CompartmentKey.objects.select_related("compartment").order_by("version"):
        newest[key.compartment.name] = key.pk
    return {key_id: name for name, key_id in newest.items()}


def _shares(key_id: int) -> list[KeyShare]:
    return list(KeyShare.objects.filter(key_id=key_id).select_related("user"))


def _members(compartment: Compartment) -> set[User]:
    newest = CompartmentKey.objects.filter(compartment=compartment).order_by("-version").first()
    return {share.user for share in _shares(newest.pk)} if newest else set()


def _entitled(user: User, compartment: Compartment) -> bool:
    if user.until is not None:
        return False
    if user.handle == rules.RECOVERY:
        return compartment.escrowed
    return rules.may_hold(compartment.name, user.roles)


def _first_key(compartment: Compartment, users: Iterable[User]) -> list[CompartmentKey | KeyShare]:
    row = CompartmentKey.objects.create(compartment=compartment, version=1, at=now())
    key = _key(row, new_key())
    return [row, *(share for user in users for share in _share(user, [key]))]


def _rotate(study: Study, compartment: Compartment) -> None:
    """A new key for what comes after, sealed to who may hold it; who may not loses the old ones as well."""
    with transaction.atomic():
        newest = CompartmentKey.objects.filter(compartment=compartment).latest("version")
        members = [share.user for share in _shares(newest.pk) if _entitled(share.user, compartment)]
        row = CompartmentKey.objects.create(compartment=compartment, version=newest.version + 1, at=now())
        key = _key(row, new_key())
        shares = [share for user in members for share in _share(user, [key])]
        kept = {user.pk for user in members}
        gone = [
            share
            for share in KeyShare.objects.filter(key__compartment=compartment).select_related("user")
            if share.user.pk not in kept and not _entitled(share.user, compartment)
        ]
        audit(
            study,
            "compartment.rotated",
            wrote=[row, *shares],
            ended=gone,
            compartment=compartment.name,
            version=row.version,
        )
        KeyShare.objects.filter(pk__in=[share.pk for share in gone]).delete()


def _share(user: User, keys: Iterable[Key]) -> list[KeyShare]:
    public = bytes(user.public_key)
    return [
        KeyShare.objects.create(key_id=key.id, user=user, wrapped_key=seal_box(public, key.secret))
        for key in keys
    ]
