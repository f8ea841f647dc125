"""An audit chain changed in every way we know, and whether following it finds the change.

The chain is made of synthetic people who come, act, change roles and go. Who changes it holds the study's
database: they change it plainly, with digests made to fit, with signatures of a key of their own, or are
somebody of the study who signs what they may not do. What only a head kept outside can show is compared with
one.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import structs

from amparo.cli.checkout import load
from amparo.errors import AmparoError
from amparo.study.accounts import rules
from amparo.study.accounts.history import SLOTS, USERS, follow
from amparo.vault.audit import Entry, Head, Line, digest
from amparo.vault.keypair import KeyPair

STUDY = "5eed" * 8
FOUNDER, STRANGER = "owner", "stranger"
Entries = list[Entry]


def run(mutations: int, records: int, seed: int) -> Iterator[dict[str, Any]]:
    """A line on the changes and what was found of them; with `records`, one on checking a study so large."""
    yield _mutated(mutations, seed)
    if records:
        yield load("benchmarks", "checking").run(records, seed)


def _mutated(mutations: int, seed: int) -> dict[str, Any]:
    chain, begun = Chain.drawn(seed), time.perf_counter()
    made: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for kind, changed, heads in chain.mutations(mutations, seed):
        made[kind] += 1
        missed[kind] += found(changed, heads) is None
    return {
        "mutations": made.total(),
        "missed": missed.total(),
        "kinds": dict(sorted(made.items())),
        "missed_kinds": {kind: number for kind, number in missed.items() if number},
        "lines": len(chain.entries),
        "seconds": round(time.perf_counter() - begun, 2),
        "seed": seed,
    }


def found(entries: Sequence[Entry], heads: Sequence[Head] = ()) -> str | None:
    """The code under which following the chain finds a fault, or None."""
    try:
        follow(entries, heads)
    except AmparoError as error:
        return error.code
    return None


class Chain(NamedTuple):
    """A whole chain and the key pairs of everybody in it, and of a stranger."""

    entries: Entries
    pairs: Mapping[str, KeyPair]

    @classmethod
    def drawn(cls, seed: int, acts: int = 24) -> Chain:
        """A synthetic study: people of several roles come, act, and one of them goes."""
        draw = random.Random(seed)  # noqa: S311  (nothing here is kept)
        handles = (FOUNDER, "ana", "berta", "carlos", "dora", rules.RECOVERY, STRANGER)
        pairs = {handle: KeyPair(draw.randbytes(32), STUDY) for handle in handles}
        chain = cls([], pairs)
        chain.write(FOUNDER, "study.created", {f"{USERS}1": "00"}, schema=2, public_key=key(pairs[FOUNDER]))
        for number, (handle, roles) in enumerate(
            {"ana": "documents,cases", "berta": "administers", "carlos": "matches", "dora": "counts"}.items(),
            2,
        ):
            facts: dict[str, Any] = {"user": handle, "roles": roles, "public_key": key(pairs[handle])}
            chain.write(FOUNDER, "people.added", {f"{USERS}{number}": "00"}, **facts)
        chain.write(FOUNDER, "people.recovery", {f"{USERS}6": "00"}, public_key=key(pairs[rules.RECOVERY]))
        chain.write("berta", "people.roles", {f"{USERS}2": "01"}, user="ana", roles="documents")
        by_act = {"register.read": "ana", "linkage.run": "carlos", "counting.count": "dora"}
        while len(chain.entries) < acts:
            act, actor = draw.choice(sorted(by_act.items()))
            rows = {f"synthetic.Row:{draw.randrange(9)}": draw.randbytes(4).hex(), SLOTS: "3"}
            chain.write(actor, act, rows, rows=draw.randrange(100))
        chain.write("berta", "people.removed", {f"{USERS}4": "01"}, user="carlos")
        chain.write("dora", "counting.report", {"synthetic.Row:1": None}, pages=4)
        return chain

    def write(
        self,
        actor: str,
        act: str,
        covers: Mapping[str, str | None],
        *,
        pair: KeyPair | None = None,
        **facts: Any,
    ) -> None:
        """Add a line as the program would, but whoever it is; signed by `pair`, else by the actor."""
        seq, previous = len(self.entries) + 1, self.entries[-1].digest if self.entries else ""
        line = Line(seq, f"2026-01-01T00:00:{seq:02}+00:00", actor, act, facts, covers)
        self.entries.append(_entry(previous, line, pair or self.pairs[actor]))

    @property
    def head(self) -> Head:
        """The last line's."""
        return Head(self.entries[-1].line.seq, self.entries[-1].digest)

    def mutations(self, number: int, seed: int) -> Iterator[tuple[str, Entries, list[Head]]]:
        """So many changed chains: the kind of change, the entries, and the heads to compare with."""
        draw = random.Random(seed)  # noqa: S311
        kinds = sorted(KINDS.items())
        while number:
            name, change = kinds[number % len(kinds)]
            changed = change(self, draw)
            if changed != self.entries:
                number -= 1
                yield name, changed, [self.head] if name in NEED_HEAD else []

    def mended(
        self, lines: Sequence[Line], signatures: Sequence[bytes] = (), *, key: KeyPair | None = None
    ) -> Entries:
        """The lines renumbered with digests that fit; signatures as given, or all by one key."""
        entries: Entries = []
        for number, line in enumerate(lines, 1):
            numbered = structs.replace(line, seq=number)
            said = digest(entries[-1].digest if entries else "", numbered)
            signature = key.sign(bytes.fromhex(said)) if key else signatures[number - 1]
            entries.append(Entry(numbered, said, signature))
        return entries


def key(pair: KeyPair) -> str:
    """A pair's public key as the chain holds it."""
    return pair.public_key.hex()


def _entry(previous: str, line: Line, pair: KeyPair) -> Entry:
    said = digest(previous, line)
    return Entry(line, said, pair.sign(bytes.fromhex(said)))


def _edited(chain: Chain, draw: random.Random) -> tuple[int, Line]:
    """One line with one thing in it changed."""
    at = draw.randrange(len(chain.entries))
    line = chain.entries[at].line
    changes: list[dict[str, Any]] = [
        {"at": f"2025-01-01T00:00:{draw.randrange(60):02}+00:00"},
        {"actor": draw.choice(sorted(chain.pairs))},
        {"act": draw.choice(sorted(rules.ACTS))},
        {"facts": {**line.facts, draw.choice([*line.facts, "more"]): draw.randrange(1000)}},
        {"facts": dict(list(line.facts.items())[1:])},
        {"covers": {**line.covers, draw.choice([*line.covers, "synthetic.Row:9"]): draw.randbytes(4).hex()}},
        {"covers": dict(list(line.covers.items())[1:])},
    ]
    return at, structs.replace(line, **draw.choice(changes))


def edit(chain: Chain, draw: random.Random) -> Entries:
    """One line says something else."""
    at, line = _edited(chain, draw)
    entries = list(chain.entries)
    entries[at] = entries[at]._replace(line=line)
    return entries


def edit_mended(chain: Chain, draw: random.Random) -> Entries:
    """One line says something else, and all digests fit."""
    at, line = _edited(chain, draw)
    lines = [entry.line for entry in chain.entries]
    lines[at] = line
    return chain.mended(lines, [entry.signature for entry in chain.entries])


def edit_signed(chain: Chain, draw: random.Random) -> Entries:
    """One line says something else; from there on all is signed by a stranger's key."""
    at, line = _edited(chain, draw)
    lines = [entry.line for entry in chain.entries]
    lines[at] = line
    forged = chain.mended(lines, key=chain.pairs[STRANGER])
    return [*chain.entries[:at], *forged[at:]]


def flip(chain: Chain, draw: random.Random) -> Entries:
    """One bit of a digest or a signature."""
    entries = list(chain.entries)
    at = draw.randrange(len(entries))
    if draw.random() < 0.5:
        changed = bytearray(bytes.fromhex(entries[at].digest))
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
        entries[at] = entries[at]._replace(digest=changed.hex())
    else:
        changed = bytearray(entries[at].signature)
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
        entries[at] = entries[at]._replace(signature=bytes(changed))
    return entries


def delete(chain: Chain, draw: random.Random) -> Entries:
    """Lines taken out of the middle."""
    at = draw.randrange(len(chain.entries) - 1)
    until = draw.randrange(at + 1, len(chain.entries))
    return [*chain.entries[:at], *chain.entries[until:]]


def delete_mended(chain: Chain, draw: random.Random) -> Entries:
    """Lines taken out of the middle, the rest renumbered with digests that fit."""
    left = delete(chain, draw)
    return chain.mended([entry.line for entry in left], [entry.signature for entry in left])


def repeat(chain: Chain, draw: random.Random) -> Entries:
    """A line written again somewhere, as it stands or with digests that fit."""
    entries = list(chain.entries)
    entries.insert(draw.randrange(len(entries) + 1), draw.choice(entries))
    if draw.random() < 0.5:
        return entries
    return chain.mended([entry.line for entry in entries], [entry.signature for entry in entries])


def reorder(chain: Chain, draw: random.Random) -> Entries:
    """Two lines change places, as they stand or with digests that fit."""
    entries = list(chain.entries)
    one, other = draw.sample(range(len(entries)), 2)
    entries[one], entries[other] = entries[other], entries[one]
    if draw.random() < 0.5:
        return entries
    return chain.mended([entry.line for entry in entries], [entry.signature for entry in entries])


def insert_foreign(chain: Chain, draw: random.Random) -> Entries:
    """A line added at the end in somebody's name, signed by a stranger or not at all."""
    longer = Chain(list(chain.entries), chain.pairs)
    actor = draw.choice([FOUNDER, "ana", "berta", "dora", rules.RECOVERY])
    act = draw.choice(sorted(act for act, roles in rules.ACTS.items() if roles))
    longer.write(actor, act, {"synthetic.Row:2": "ff"}, pair=chain.pairs[STRANGER], rows=draw.randrange(9))
    if draw.random() < 0.3:
        longer.entries[-1] = longer.entries[-1]._replace(signature=b"")
    return longer.entries


# Who of the chain drawn above adds what they may not: actor, act, rows, facts (whose key, or a stranger's).
FORBIDDEN: list[tuple[str, str, dict[str, str | None], dict[str, Any]]] = [
    ("carlos", "linkage.run", {"synthetic.Row:2": "ff"}, {}),  # removed
    ("berta", "register.read", {"synthetic.Row:2": "ff"}, {}),  # administers, opens no record
    (rules.RECOVERY, "register.read", {"synthetic.Row:2": "ff"}, {}),
    # People come by who administers, and an act writes one person's row.
    ("dora", "people.added", {f"{USERS}7": "ff"}, {"user": "eva", "roles": "administers"}),
    ("dora", "counting.report", {f"{USERS}5": "ff"}, {"pages": 4}),
    ("ana", "people.recovery", {f"{USERS}2": "ff"}, {}),
    ("berta", "people.added", {f"{USERS}7": "ff"}, {"user": "ana", "roles": "administers"}),
    ("berta", "people.added", {f"{USERS}2": "ff"}, {"user": "eva", "roles": "administers"}),
    ("berta", "people.added", {}, {"user": "eva", "roles": "administers"}),
    ("berta", "people.reinstated", {f"{USERS}2": "ff"}, {"user": "ana"}),
    ("berta", "people.roles", {f"{USERS}2": "ff", f"{USERS}5": "ff"}, {"user": "ana", "roles": ""}),
    ("berta", "people.roles", {f"{USERS}4": "ff"}, {"user": "carlos", "roles": "documents"}),
    # A study begins once, and is brought to a higher schema once.
    (FOUNDER, "study.created", {f"{USERS}1": "ff"}, {"schema": 3, "public_key": FOUNDER}),
    ("dora", "study.upgraded", {"accounts.KeyShare:1": "ff"}, {"schema": 2, "public_key": "dora"}),
    ("dora", "study.upgraded", {"accounts.KeyShare:1": "ff"}, {"schema": 3}),
    ("dora", "study.upgraded", {f"{USERS}7": "ff"}, {"schema": 3, "public_key": "dora"}),
    # Keys are given by who holds them.
    ("dora", "counting.report", {"accounts.KeyShare:1": "ff"}, {"pages": 4}),
    ("dora", "compartment.joined", {}, {"compartment": "default", "user": "dora"}),
    ("dora", "compartment.left", {}, {"compartment": "default", "user": FOUNDER}),
    ("dora", "compartment.made", {}, {"compartment": "default", "users": "dora"}),
    ("berta", "compartment.rotated", {}, {"compartment": "default", "users": "berta"}),
    (FOUNDER, "compartment.rotated", {}, {"compartment": "default", "users": "owner,dora"}),
    ("ana", "people.recovery", {f"{USERS}6": "ff"}, {"compartments": "default"}),
    (rules.RECOVERY, "people.reinstated", {f"{USERS}2": "ff"}, {"user": "ana", "compartments": "default"}),
]


def forbidden(chain: Chain, number: int, nonce: int = 0) -> Entries:
    """The chain with a line of `FORBIDDEN` added, well signed."""
    actor, act, covers, facts = FORBIDDEN[number]
    own: Any = {**facts, "public_key": key(chain.pairs[facts.get("public_key", STRANGER)])}
    longer = Chain(list(chain.entries), chain.pairs)
    longer.write(actor, act, covers, nonce=nonce, **own)
    return longer.entries


def insert_forbidden(chain: Chain, draw: random.Random) -> Entries:
    """A line added at the end by somebody of the study, well signed, who may not do that (any more)."""
    return forbidden(chain, draw.randrange(len(FORBIDDEN)), draw.randrange(10**6))


def truncate(chain: Chain, draw: random.Random) -> Entries:
    """Lines cut off the end, and perhaps others written since."""
    shorter = Chain(chain.entries[: draw.randrange(len(chain.entries))], chain.pairs)
    if shorter.entries and draw.random() < 0.5:
        for _ in range(draw.randrange(1, len(chain.entries))):
            shorter.write(FOUNDER, "register.read", {}, rows=draw.randrange(10**6))
    return shorter.entries


def rewrite(chain: Chain, draw: random.Random) -> Entries:
    """All written anew from the beginning, with a founder of the writer's own making."""
    pair = KeyPair(draw.randbytes(32), STUDY)
    forged = Chain([], {FOUNDER: pair})
    forged.write(FOUNDER, "study.created", {f"{USERS}1": "00"}, schema=2, public_key=key(pair))
    for _ in range(len(chain.entries) - 1):
        forged.write(FOUNDER, "register.read", {}, rows=draw.randrange(10**6))
    return forged.entries


KINDS: dict[str, Callable[[Chain, random.Random], Entries]] = {
    function.__name__: function
    for function in (
        edit,
        edit_mended,
        edit_signed,
        flip,
        delete,
        delete_mended,
        repeat,
        reorder,
        insert_foreign,
        insert_forbidden,
        truncate,
        rewrite,
    )
}
# What leaves a chain that holds in itself.
NEED_HEAD = {"truncate", "rewrite"}
