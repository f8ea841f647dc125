from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.errors import AmparoError
from amparo.study.accounts import rules

role_sets = st.sets(st.sampled_from(rules.ROLES))


@given(handle=st.sampled_from(["owner", "other"]), roles=role_sets, others=st.lists(role_sets, max_size=3))
def test_who_administers_has_no_other_role_and_somebody_always_administers(
    handle: str, roles: set[str], others: list[set[str]]
) -> None:
    try:
        kept = rules.check_roles(handle, roles, others)
    except AmparoError as error:
        assert error.code in {"accounts.administers_only", "accounts.no_administrator"}
        return
    assert set(kept) == roles
    elsewhere = any("administers" in held for held in others)
    assert elsewhere or "administers" in kept
    if "administers" in kept and len(kept) > 1:
        assert handle == "owner"
        assert not elsewhere


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(AmparoError, match="accounts.unknown_role"):
        rules.check_roles("other", ["king"], [["administers"]])


@given(compartment=st.sampled_from([*rules.COMPARTMENTS, "team-b"]))
def test_an_administrator_may_hold_no_key(compartment: str) -> None:
    assert not rules.may_hold(compartment, ["administers"])


@pytest.mark.parametrize(
    ("compartment", "role", "may"),
    [
        ("default", "documents", True),
        ("lawyers", "lawyer", True),
        ("team-b", "cases", True),
        ("default", "counts", False),
        ("default", "approves", False),
        ("matching", "matches", True),
        ("matching", "documents", False),
        ("counting", "counts", True),
        ("counting", "matches", True),
        ("counting", "lawyer", False),
    ],
)
def test_roles_open_the_compartments_of_their_work(compartment: str, role: str, may: bool) -> None:
    assert rules.may_hold(compartment, [role]) is may


def test_every_act_is_for_known_roles_and_the_recovery_shares_do_little() -> None:
    for roles in rules.ACTS.values():
        assert roles <= set(rules.ROLES)
    assert set(rules.ACTS) >= rules.RECOVERY_ACTS | rules.OPENINGS
    for act in rules.OPENINGS:
        assert "administers" not in rules.ACTS[act]
        assert "counts" not in rules.ACTS[act]
    with pytest.raises(AmparoError, match="accounts.not_allowed"):
        rules.check_recovery_act("register.read")


@given(roles=role_sets, act=st.sampled_from(sorted(rules.ACTS)))
def test_an_act_needs_one_of_its_roles(roles: set[str], act: str) -> None:
    if rules.ACTS[act] & roles:
        rules.check_act(act, roles)
    else:
        with pytest.raises(AmparoError, match="accounts.not_allowed"):
            rules.check_act(act, roles)
