"""Every route has a rule, and every rule a route."""

from __future__ import annotations

import pytest
from django.urls import URLPattern

from amparo.desk.access import ROUTES, allowed
from amparo.desk.urls import urlpatterns
from amparo.study.accounts.rules import ROLES

NAMES = [pattern.name for pattern in urlpatterns if isinstance(pattern, URLPattern)]


def test_every_route_has_a_rule_and_every_rule_a_route() -> None:
    assert len(urlpatterns) == len(NAMES)
    assert sorted(map(str, NAMES)) == sorted(ROUTES)


def test_what_is_public_is_a_way_in_or_the_language() -> None:
    public = {name for name, rule in ROUTES.items() if rule.public}
    assert public == {"signin", "signin-key-options", "signin-key", "recover", "language"}


def test_what_waits_for_no_second_factor_shows_nothing_of_the_study() -> None:
    waiting = {name for name, rule in ROUTES.items() if rule.waiting}
    assert waiting == {"factor", "factor-key-options", "factor-key", "signout", "lock"}


def test_what_changes_people_asks_for_a_fresh_second_factor() -> None:
    changing = {name for name in ROUTES if name.startswith("people-")}
    assert changing and all(ROUTES[name].fresh and ROUTES[name].methods == ("POST",) for name in changing)


@pytest.mark.parametrize("role", ROLES)
def test_a_route_without_a_rule_is_nobodys(role: str) -> None:
    assert not allowed("made-tomorrow", [role])


def test_who_has_no_role_may_call_what_is_public_alone() -> None:
    assert {name for name in ROUTES if allowed(name, [])} == {
        name for name, rule in ROUTES.items() if rule.public
    }
