"""Compartments and their keys: who may open what, and how that changes. Their only writer.

Who holds a compartment, and with which public key, is asked of the audit chain: rows that somebody with the
study's root key wrote past it get no key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.db import transaction

from amparo.errors import AmparoError
from amparo.study.accounts import rules
from amparo.study.accounts.history import History
from amparo.study.accounts.models import Compartment, CompartmentKey, KeyShare, User
from amparo.study.accounts.people import Seen, add, check_name, could_see, working
from amparo.study.accounts.services import audit, require, verify_chain
from amparo.study.context import Key, Keys, Study, now
from amparo.vault import folder, slots
from amparo.vault.envelope import new_key
from amparo.vault.keypair import KeyPair, seal_box
from amparo.vault.slots import Passphrase, Secrets


class Held(NamedTuple):
    """A compartment, who holds its newest key, its version, and whether the recovery shares open it."""

    name: str
    handles: tuple[str, ...]
    version: int
    recoverable: bool


def found(opened: folder.Opened, founder: User) -> None:
    """The first compartments, each with a key that the founder alone holds."""
    for name in rules.COMPARTMENTS:
        _first_key(Compartment.objects.create(name=name), {founder: opened.pair.public_key})


def keys_of(user: User, pair: KeyPair) -> Keys:
    """Every compartment key that is sealed to the user, opened. Raises `vault.tampered`."""
    shares = KeyShare.objects.filter(user=user).select_related("key__compartment")
    return Keys({share.key_id: _key(share.key, pair.open_box(bytes(share.wrapped_key))) for share in shares})


def settle(study: Study) -> Study:
    """Bring the keys that the person at work holds up to date with who may hold them.

    A compartment whose newest key somebody holds who may not any more gets a new one for what comes after. An
    administrator holds no key, so whoever holds one does this when they next open the study, before anything
    new is sealed. Slots that belong to nobody are removed.
    """
    for name in study.keys.compartments:
        compartment = Compartment.objects.get(name=name)
        if any(not _may_hold(share.user, compartment) for share in _shares(study.keys.current(name).id)):
            _rotate(study, compartment)
    folder.keep_slots_of(study.opened, User.objects.filter(until=None).values_list("handle", flat=True))
    return Study(study.opened, study.user, study.facts, keys_of(study.user, study.opened.pair))


def holders() -> list[Held]:
    """The compartments, who holds the newest key of each, and how often it changed."""
    found = []
    for compartment in Compartment.objects.order_by("id"):
        newest = CompartmentKey.objects.filter(compartment=compartment).latest("version")
        handles = {share.user.handle for share in _shares(newest.pk)}
        people = tuple(sorted(handles - {rules.RECOVERY}))
        found.append(Held(compartment.name, people, newest.version, rules.RECOVERY in handles))
    return found


def make(study: Study, name: str, *, escrowed: bool = True) -> None:
    """A new compartment with its maker as the only member, and with `escrowed` the recovery shares.

    Raises `accounts.not_allowed`, `accounts.compartment_taken`, `accounts.bad_name`.
    """
    require(study, "compartment.made")
    check_name(name)
    if Compartment.objects.filter(name=name).exists():
        raise AmparoError("accounts.compartment_taken", compartment=name)
    with transaction.atomic():
        compartment = Compartment.objects.create(name=name, escrowed=escrowed)
        to = {study.user: study.opened.pair.public_key}
        recovery = User.objects.filter(handle=rules.RECOVERY).first()
        if escrowed and recovery is not None:
            to[recovery] = verify_chain(study).people[rules.RECOVERY].public_key
        rows = _first_key(compartment, to)
        users = ",".join(user.handle for user in to)
        audit(study, "compartment.made", wrote=[compartment, *rows], compartment=name, users=users)


def welcome(
    study: Study, handle: str, roles: Iterable[str], passphrase: str, names: Iterable[str] = ()
) -> None:
    """Add somebody with the keys of these compartments: all of it, or nothing. Raises as `add` and `join`."""
    with transaction.atomic():
        add(study, handle, roles, passphrase)
        for name in names:
            join(study, name, handle)


def join(study: Study, compartment: str, handle: str) -> None:
    """Give somebody, or the recovery shares, the keys of a compartment, all versions held. Only a member can.

    Raises `accounts.no_key`, `accounts.unknown_user`, `accounts.may_not_hold`, and as `verify_chain`.
    """
    study.keys.current(compartment)
    row = Compartment.objects.get(name=compartment)
    user = _holder(handle)
    if not _may_hold(user, row):
        raise AmparoError("accounts.may_not_hold", user=handle, compartment=compartment)
    have = set(KeyShare.objects.filter(user=user).values_list("key_id", flat=True))
    keys = [key for key in study.keys.held.values() if key.compartment == compartment and key.id not in have]
    with transaction.atomic():
        rows = _share(user, verify_chain(study).people[handle].public_key, keys)
        audit(study, "compartment.joined", wrote=rows, compartment=compartment, user=handle)


def leave(study: Study, compartment: str, handle: str) -> Seen:
    """Take a compartment's keys from somebody, and change the key for what comes after. Only a member can.

    Raises `accounts.no_key`, `accounts.unknown_user`, `accounts.last_member`, and as `verify_chain`.
    """
    newest = study.keys.current(compartment)
    user = _holder(handle)
    row = Compartment.objects.get(name=compartment)
    if not {share.user.handle for share in _shares(newest.id)} - {handle, rules.RECOVERY}:
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

    Members of other compartments decide for theirs with `join`. Raises `accounts.not_allowed`.
    """
    require(study, "people.recovery")
    with transaction.atomic():
        user, _ = User.objects.get_or_create(handle=rules.RECOVERY, defaults={"since": now()})
        gone = list(KeyShare.objects.filter(user=user))
        KeyShare.objects.filter(user=user).delete()
        user.public_key, user.until = pair.public_key, None
        user.save()
        escrowed = set(Compartment.objects.filter(escrowed=True).values_list("name", flat=True))
        keys = [key for key in study.keys.held.values() if key.compartment in escrowed]
        rows = _share(user, pair.public_key, keys)
        audit(
            study,
            "people.recovery",
            wrote=[user, *rows],
            ended=gone,
            public_key=pair.public_key.hex(),
            compartments=_named(keys),
        )


def reinstate(study: Study, handle: str, passphrase: str) -> None:
    """Give somebody who cannot open the study any more a new slot and key pair, with the keys they had.

    For who opened the study with the recovery shares. Raises `accounts.not_allowed`, `accounts.unknown_user`,
    `vault.passphrase_short`, and as `verify_chain`.
    """
    from amparo.study.cases.lending import end_all  # noqa: PLC0415

    require(study, "people.reinstated")
    user = working(handle)
    held = Secrets(study.opened.secrets.root_key, new_key())
    slot = slots.passphrase_slot(study.opened.study_id, held, Passphrase(passphrase, handle))
    pair = KeyPair(held.user_key, study.opened.study_id)
    had = {name for name, users in verify_chain(study).holders.items() if handle in users}
    with transaction.atomic():
        gone = list(KeyShare.objects.filter(user=user))
        versions = {share.key_id for share in gone}
        KeyShare.objects.filter(user=user).delete()
        end_all(study, user)
        user.public_key = pair.public_key
        user.save(update_fields=["public_key"])
        keys = [key for key in study.keys.held.values() if key.compartment in had and key.id in versions]
        rows = _share(user, pair.public_key, keys)
        audit(
            study,
            "people.reinstated",
            wrote=[user, *rows],
            ended=gone,
            user=handle,
            public_key=pair.public_key.hex(),
            compartments=_named(keys),
        )
        folder.replace_slots_of(study.opened, handle, slot)


def _holder(handle: str) -> User:
    """Somebody at work, or whom the recovery shares stand for. Raises `accounts.unknown_user`."""
    if handle != rules.RECOVERY:
        return working(handle)
    recovery = User.objects.filter(handle=rules.RECOVERY).first()
    if recovery is None:
        raise AmparoError("accounts.unknown_user", user=handle)
    return recovery


def _may_hold(user: User, compartment: Compartment) -> bool:
    if user.until is not None:
        return False
    if user.handle == rules.RECOVERY:
        return compartment.escrowed
    return rules.may_hold(compartment.name, user.roles)


def _rotate(study: Study, compartment: Compartment) -> None:
    """A new key for what comes after, sealed to who may hold it; who may not loses the old ones as well."""
    known = verify_chain(study)
    with transaction.atomic():
        newest = CompartmentKey.objects.filter(compartment=compartment).latest("version")
        users = {
            user: known.people[user.handle].public_key
            for user in User.objects.filter(handle__in=known.holders[compartment.name])
            if _stays(known, user, compartment)
        }
        row = CompartmentKey.objects.create(compartment=compartment, version=newest.version + 1, at=now())
        key = _key(row, new_key())
        shares = [share for user, public in users.items() for share in _share(user, public, [key])]
        gone = list(KeyShare.objects.filter(key__compartment=compartment).exclude(user__in=list(users)))
        audit(
            study,
            "compartment.rotated",
            wrote=[row, *shares],
            ended=gone,
            compartment=compartment.name,
            version=row.version,
            users=",".join(user.handle for user in users),
        )
        KeyShare.objects.filter(pk__in=[share.pk for share in gone]).delete()


def _stays(known: History, user: User, compartment: Compartment) -> bool:
    """Whether a holder, as the chain knows them, may go on holding the compartment."""
    person = known.people[user.handle]
    if user.handle == rules.RECOVERY:
        return compartment.escrowed
    return person.present and rules.may_hold(compartment.name, person.roles)


def _first_key(compartment: Compartment, to: dict[User, bytes]) -> list[CompartmentKey | KeyShare]:
    row = CompartmentKey.objects.create(compartment=compartment, version=1, at=now())
    key = _key(row, new_key())
    return [row, *(share for user, public in to.items() for share in _share(user, public, [key]))]


def _share(user: User, public_key: bytes, keys: Iterable[Key]) -> list[KeyShare]:
    return [
        KeyShare.objects.create(key_id=key.id, user=user, wrapped_key=seal_box(public_key, key.secret))
        for key in keys
    ]


def _key(row: CompartmentKey, secret: bytes) -> Key:
    return Key(row.pk, row.compartment.name, row.version, secret)


def _named(keys: Iterable[Key]) -> str:
    return ",".join(sorted({key.compartment for key in keys}))


def _shares(key_id: int) -> list[KeyShare]:
    return list(KeyShare.objects.filter(key_id=key_id).select_related("user"))
