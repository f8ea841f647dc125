from __future__ import annotations

from typing import Any

import pytest

from amparo.cli.checkout import load
from amparo.study.accounts import rules
from amparo.study.accounts.history import SLOTS, USERS, follow
from amparo.vault.audit import Entry, Head, Line, digest
from amparo.vault.keypair import KeyPair

bench: Any = load("benchmarks", "audit")
CHAIN = bench.Chain.drawn(1)
KEY = bench.key(CHAIN.pairs["stranger"])
CODES = {
    "edit": {"vault.audit_broken"},
    # A line whose facts are of no kind we write is broken whatever its digest.
    "edit_mended": {"vault.audit_broken", "vault.audit_unsigned", "vault.audit_not_allowed"},
    "edit_signed": {"vault.audit_broken", "vault.audit_unsigned", "vault.audit_not_allowed"},
    "flip": {"vault.audit_broken", "vault.audit_unsigned"},
    "delete": {"vault.audit_broken"},
    "delete_mended": {"vault.audit_unsigned", "vault.audit_not_allowed"},
    "repeat": {"vault.audit_broken", "vault.audit_unsigned", "vault.audit_not_allowed"},
    "reorder": {"vault.audit_broken", "vault.audit_unsigned", "vault.audit_not_allowed"},
    "insert_foreign": {"vault.audit_unsigned", "vault.audit_not_allowed"},
    "insert_forbidden": {"vault.audit_not_allowed"},
    "truncate": {"vault.rolled_back", "vault.history_differs"},
    "rewrite": {"vault.history_differs"},
}


def test_a_chain_as_the_program_writes_it_holds() -> None:
    told = follow(CHAIN.entries, [CHAIN.head, Head(3, CHAIN.entries[2].digest)])
    assert told.head == CHAIN.head
    assert told.people["ana"].roles == {"documents"}
    assert [handle for handle, person in told.people.items() if not person.present] == ["carlos"]
    assert told.rows[f"{USERS}2"] == "01" and "synthetic.Row:1" not in told.rows


def test_every_change_is_found_and_by_what() -> None:
    seen: dict[str, set[str | None]] = {}
    for kind, changed, heads in CHAIN.mutations(1200, 2):
        seen.setdefault(kind, set()).add(bench.found(changed, heads))
    assert seen.keys() == CODES.keys()
    for kind, codes in seen.items():
        assert codes <= CODES[kind], kind


@pytest.mark.parametrize("number", range(len(bench.FORBIDDEN)))
def test_a_line_by_somebody_who_may_not_is_found_though_well_signed(number: int) -> None:
    assert bench.found(bench.forbidden(CHAIN, number)) == "vault.audit_not_allowed"


def test_only_a_head_finds_what_was_cut_off_or_written_anew() -> None:
    for kind, changed, heads in CHAIN.mutations(120, 3):
        if kind in bench.NEED_HEAD:
            assert bench.found(changed) is None
            assert bench.found(changed, heads) is not None


@pytest.mark.parametrize("act", sorted(rules.ACTS))
def test_no_act_is_taken_from_who_has_no_role_for_it(act: str) -> None:
    for handle, roles in {"ana": "documents", "berta": "administers", "dora": "counts"}.items():
        longer = bench.Chain(list(CHAIN.entries), CHAIN.pairs)
        longer.write(handle, act, {}, public_key=KEY, schema=3, user="eva")
        allowed = act in rules.ACTS and roles in rules.ACTS[act]
        people = act.startswith("people.") or act == "study.created"
        upgrade = act == "study.upgraded"  # brings in no key but the actor's own
        keys = act.startswith("compartment.") and act != "compartment.made"  # of who holds it alone
        fits = allowed and not people and not upgrade and not keys
        assert (bench.found(longer.entries) is None) == fits


def test_a_new_way_back_in_is_given_by_the_recovery_shares_alone() -> None:
    fresh = KeyPair(bytes(32), bench.STUDY)
    facts = {"user": "ana", "keys": 2, "public_key": bench.key(fresh)}
    longer = bench.Chain(list(CHAIN.entries), CHAIN.pairs)
    longer.write(rules.RECOVERY, "people.reinstated", {f"{USERS}2": "02"}, **facts)
    longer.write("ana", "register.read", {"synthetic.Row:3": "04"}, pair=fresh)
    assert follow(longer.entries).people["ana"].public_key == fresh.public_key
    longer.write("ana", "register.read", {"synthetic.Row:3": "05"})
    assert bench.found(longer.entries) == "vault.audit_unsigned"


def first_schema(acts: int) -> list[Entry]:
    entries: list[Entry] = []
    for seq in range(1, acts + 1):
        act = "study.created" if seq == 1 else "register.read"
        line = Line(
            seq, "2026-01-01T00:00:00+00:00", "owner", act, {"schema": 1} if seq == 1 else {"rows": seq}
        )
        entries.append(Entry(line, digest(entries[-1].digest if entries else "", line), b""))
    return entries


def test_lines_before_keys_are_unsigned_and_none_after() -> None:
    chain = bench.Chain(first_schema(3), CHAIN.pairs)
    assert bench.found(chain.entries) is None
    own = bench.key(CHAIN.pairs["owner"])
    chain.write(
        "owner", "study.upgraded", {f"{USERS}1": "00", "synthetic.Row:1": "00"}, schema=2, public_key=own
    )
    chain.write("owner", "register.read", {"synthetic.Row:2": "00"})
    assert len(follow(chain.entries).rows) == 3
    unsigned = [*chain.entries[:-1], chain.entries[-1]._replace(signature=b"")]
    assert bench.found(unsigned) == "vault.audit_unsigned"
    chain.write("owner", "study.upgraded", {f"{USERS}1": "02"}, schema=2, public_key=own)
    assert (
        bench.found(chain.entries) == "vault.audit_not_allowed"
    )  # covers what was changed as if it were new


@pytest.mark.parametrize(
    ("act", "covers"),
    [("register.read", {"synthetic.Row:1": "00"}), ("people.roles", {}), ("people.added", {})],
)
def test_before_keys_nothing_is_covered_and_nobody_comes(act: str, covers: dict[str, str]) -> None:
    entries = first_schema(2)
    line = Line(3, "2026-01-01T00:00:00+00:00", "owner", act, {"user": "eva", "public_key": KEY}, covers)
    entries.append(Entry(line, digest(entries[-1].digest, line), b""))
    assert bench.found(entries) == "vault.audit_unsigned"


def test_an_older_slot_file_put_back_is_told() -> None:
    longer = bench.Chain(list(CHAIN.entries), CHAIN.pairs)
    for generation in (5, 4, 4):
        longer.write("owner", "register.read", {SLOTS: str(generation)})
    told = follow(longer.entries)
    assert (told.slots, told.slots_back) == (4, [len(CHAIN.entries) + 2])


def test_the_same_seed_makes_the_same_changes() -> None:
    def changed(seed: int) -> list[Any]:
        return [list(entries) for _, entries, _ in CHAIN.mutations(24, seed)]

    assert changed(4) == changed(4) != changed(5)
    assert bench.Chain.drawn(2).entries == bench.Chain.drawn(2).entries
