"""What the audit chain alone tells: who worked here with which key and roles, and what every row holds.

The database is not asked, so a row changed outside Amparo changes nothing here. Every line is held to the
table of acts as it stands, for the person and the roles of that moment: an act may be given to more roles
later, never taken from one that had it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from amparo.errors import AmparoError
from amparo.study.accounts import rules
from amparo.vault.audit import Entry, Head, Line, links
from amparo.vault.keypair import is_signed
from amparo.vault.keys import KEY_BYTES

USERS = "accounts.User:"  # how rows of people are called
KEYS = ("accounts.Compartment:", "accounts.CompartmentKey:", "accounts.KeyShare:")
SLOTS = "slots.json"  # what the slot file's generation is kept under
_SIGNED = 2  # schema from which on lines are signed
# Acts that write somebody's row, which no other act may.
_OF_PEOPLE = ("people.added", "people.roles", "people.removed", "people.reinstated", "people.recovery")
# Acts that write compartments, their keys and who holds them, which no other act may.
_OF_KEYS = (
    "compartment.made",
    "compartment.joined",
    "compartment.left",
    "compartment.rotated",
    "people.recovery",
    "people.reinstated",
)


@dataclass
class Person:
    """Somebody as the chain knows them; `row` and `public_key` are empty before studies knew keys."""

    row: str
    roles: frozenset[str]
    public_key: bytes
    present: bool = True


@dataclass
class History:
    """The chain as far as it was followed."""

    head: Head = field(default_factory=lambda: Head(0, ""))
    people: dict[str, Person] = field(default_factory=dict)
    holders: dict[str, set[str]] = field(default_factory=dict)  # compartment -> who may be given its keys
    rows: dict[str, str] = field(default_factory=dict)  # of everything that stands -> its digest
    digests: list[str] = field(default_factory=list)  # of every line
    slots: int = 0  # generation of the slot file at the newest act
    slots_back: list[int] = field(default_factory=list)  # acts before which an older slot file was put back
    schema: int = 0

    def take(self, entry: Entry) -> None:
        """Follow one line more, whose number and digest hold. Raises as `follow`."""
        line = entry.line
        if line.act.startswith("study."):
            self._begin(line)
        self._check_actor(entry)
        if line.act in _OF_PEOPLE:
            self._people(line)
        elif not line.act.startswith("study.") and any(place.startswith(USERS) for place in line.covers):
            raise _not_allowed(line)
        if line.act in _OF_KEYS:
            self._keys(line)
        elif not line.act.startswith("study.") and any(place.startswith(KEYS) for place in line.covers):
            raise _not_allowed(line)
        self._rows(line)
        self.digests.append(entry.digest)
        self.head = Head(line.seq, entry.digest)

    def check(self, heads: Iterable[Head]) -> None:
        """Compare with heads kept outside the study. Raises `vault.rolled_back`, `vault.history_differs`."""
        for head in heads:
            if head.seq > self.head.seq:
                raise AmparoError("vault.rolled_back", kept=head.seq, found=self.head.seq)
            if head.seq < 1 or not head.is_of(self.digests[head.seq - 1]):
                raise AmparoError("vault.history_differs", seq=head.seq)

    def _begin(self, line: Line) -> None:
        """A study's first line brings in its founder; the first of a schema with keys, the founder's key."""
        known, schema = self.people.get(line.actor), int(line.facts.get("schema") or 1)
        rows = [place for place in line.covers if place.startswith(USERS)]
        if line.act == "study.created" and line.seq == 1:
            known = self.people[line.actor] = Person("", frozenset(rules.FOUNDERS), b"")
        elif line.act == "study.created" or known is None or schema <= self.schema:
            raise _not_allowed(line)
        if schema >= _SIGNED and not known.public_key:
            known.public_key, known.row = _key(line), next(iter(rows), "")
        elif schema >= _SIGNED and known.public_key != _key(line):
            raise _not_allowed(line)
        if not set(rows) <= {person.row for person in self.people.values()}:
            raise _not_allowed(line)
        if schema >= _SIGNED and not self.holders:
            self.holders = {name: {line.actor} for name in rules.COMPARTMENTS}
        self.schema = schema

    def _check_actor(self, entry: Entry) -> None:
        line, actor = entry.line, self.people.get(entry.line.actor)
        if actor is None or not actor.present or not _may(line, actor.roles):
            raise _not_allowed(line)
        if self.schema < _SIGNED:
            signed = not entry.signature and not line.covers and line.act not in _OF_PEOPLE
        else:
            signed = is_signed(actor.public_key, bytes.fromhex(entry.digest), entry.signature)
        if not signed:
            raise AmparoError("vault.audit_unsigned", seq=line.seq)

    def _people(self, line: Line) -> None:
        """Who comes, goes or changes; the line covers that person's row and no other's."""
        handle = rules.RECOVERY if line.act == "people.recovery" else str(line.facts.get("user", ""))
        rows = [place for place in line.covers if place.startswith(USERS)]
        known = self.people.get(handle)
        if line.act == "people.added" or (line.act == "people.recovery" and known is None):
            if known is not None or len(rows) != 1 or rows[0] in {one.row for one in self.people.values()}:
                raise _not_allowed(line)
            known = self.people[handle] = Person(rows[0], frozenset(), b"")
        elif known is None or rows != [known.row] or not (known.present or handle == rules.RECOVERY):
            raise _not_allowed(line)
        if line.act in ("people.added", "people.roles"):
            known.roles = frozenset(filter(None, str(line.facts.get("roles", "")).split(",")))
        if line.act in ("people.added", "people.recovery", "people.reinstated"):
            known.public_key = _key(line)
        known.present = line.act != "people.removed"

    def _keys(self, line: Line) -> None:
        """Who holds what: only a holder gives keys on, and the shares' and new keys follow who had them."""
        actor, held = line.actor, {name for name, users in self.holders.items() if line.actor in users}
        if line.act == "people.recovery":
            self._hold_only(line, rules.RECOVERY, held)
            return
        if line.act == "people.reinstated":
            user = str(line.facts.get("user", ""))
            had = {name for name, users in self.holders.items() if user in users}
            self._hold_only(line, user, held & had)
            return
        name = str(line.facts.get("compartment", ""))
        users = self.holders.get(name)
        if line.act == "compartment.made":
            if users is not None:
                raise _not_allowed(line)
            self.holders[name] = {actor, *_names(line, "users")}
        elif users is None or actor not in users:
            raise _not_allowed(line)
        elif line.act == "compartment.joined":
            users.add(str(line.facts.get("user", "")))
        elif line.act == "compartment.left":
            users.discard(str(line.facts.get("user", "")))
        elif _names(line, "users") <= users:
            self.holders[name] = _names(line, "users")
        else:
            raise _not_allowed(line)

    def _hold_only(self, line: Line, user: str, may: set[str]) -> None:
        """The user holds these compartments from now on and no other. Raises where they may not."""
        named = _names(line, "compartments")
        if not named <= may:
            raise _not_allowed(line)
        for name, users in self.holders.items():
            users.add(user) if name in named else users.discard(user)

    def _rows(self, line: Line) -> None:
        for place, digest in line.covers.items():
            if place == SLOTS:
                number = int(digest or 0)
                if number < self.slots:
                    self.slots_back.append(line.seq)
                self.slots = number
            elif digest is None:
                self.rows.pop(place, None)
            else:
                self.rows[place] = digest


def follow(entries: Iterable[Entry], heads: Sequence[Head] = ()) -> History:
    """Follow a chain from its first line on.

    Raises `vault.audit_broken` (a digest or the order does not hold), `vault.audit_unsigned` (not signed by
    the person named), `vault.audit_not_allowed` (that person could not do that then), `vault.rolled_back` and
    `vault.history_differs` (against `heads` that were kept outside).
    """
    history = History()
    for entry in links(entries):
        try:
            history.take(entry)
        except (ValueError, TypeError):
            raise AmparoError("vault.audit_broken", seq=entry.line.seq) from None
    history.check(heads)
    return history


def _may(line: Line, roles: Collection[str]) -> bool:
    if line.actor == rules.RECOVERY:
        return line.act in rules.RECOVERY_ACTS
    return bool(rules.ACTS.get(line.act, frozenset()) & set(roles))


def _names(line: Line, fact: str) -> set[str]:
    return set(filter(None, str(line.facts.get(fact) or "").split(",")))


def _key(line: Line) -> bytes:
    """The key a line brings in: 32 bytes, or the line is not one of ours."""
    key = bytes.fromhex(str(line.facts.get("public_key", "")))
    if len(key) != KEY_BYTES:
        raise _not_allowed(line)
    return key


def _not_allowed(line: Line) -> AmparoError:
    return AmparoError("vault.audit_not_allowed", seq=line.seq)
