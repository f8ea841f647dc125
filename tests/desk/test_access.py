"""Every route x every role x own and other compartment, driven through the real WSGI application.

The rows come from the URL table: a route without a rule, without an example of its arguments, or (where it
takes POST) without an example of its form, fails here: `asked` says how to add one.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import office
import pytest
from asked import ARGUMENTS, FORMS, PATTERNS, Ask, asks

from amparo.desk.access import ROUTES, allowed
from amparo.desk.gate import FRESH
from amparo.study.accounts.rules import ROLES, may_hold

ENDS = ("signout", "lock")  # the seat, the process: asked last
PROOFS = ("factor", "factor-key", "account-key")  # answer 403 to a proof that is none
HERE = office.people(office.OWN)


@pytest.fixture(scope="module")
def world(planted: office.Planted, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The office, signed in: each role once."""
    path = shutil.copytree(planted.path, tmp_path_factory.mktemp("matrix") / "study")
    with office.served(path) as desk:
        seats: dict[str, office.Browser] = {role: office.sign_in(desk, role) for role in ROLES}
        for browser in seats.values():
            browser.post("/register/purpose", {"purpose": "review", "back": "/"})
        yield World(desk, planted.ids, seats)


class World(NamedTuple):
    """The desk, what lies where, and who sits before it."""

    desk: office.Desk
    planted: dict[str, dict[str, str]]
    seats: dict[str, office.Browser]


def send(browser: office.Browser, ask: Ask) -> office.Reply:
    return browser.get(ask.path) if ask.method == "GET" else browser.post(ask.path, dict(ask.form))


def without_ids(text: str, ids: Mapping[str, str]) -> str:
    """A page without what the asker typed, and without the mark that is drawn for each form."""
    for said in sorted(ids.values(), key=len, reverse=True):
        text = re.sub(rf"(?<![\w-]){re.escape(said)}(?![\w-])", "ID", text)  # never within a day or a number
    return office.CHANGING.sub("", text)


def test_every_route_can_be_asked() -> None:
    assert set(PATTERNS) == set(ROUTES), "a route without a rule, or a rule without a route"
    arguments = {name for pattern in PATTERNS.values() for name in pattern.pattern.converters}
    assert arguments == set(ARGUMENTS), "say in ARGUMENTS what these name"
    assert all(len(pattern.pattern.converters) <= 1 for pattern in PATTERNS.values())
    posted = {name for name, rule in ROUTES.items() if "POST" in rule.methods}
    assert posted == set(FORMS), "say in FORMS what these pages send"
    assert {thing for things in ARGUMENTS.values() for thing in things} <= set(office.PLANTED)
    assert set(office.MISSING) == set(office.PLANTED)


@pytest.mark.parametrize("route", sorted(set(ROUTES) - set(ENDS)))
def test_a_route_answers_each_role_as_its_rule_says(world: World, route: str) -> None:
    rule = ROUTES[route]
    stranger = world.desk.browser()
    for ask in asks(route, world.planted):
        if not rule.public:
            answer = send(stranger, ask)
            assert (answer.status, answer.headers.get("Location")) == (302, "/signin"), (route, ask)
    for method in {"GET", "POST", "PUT", "DELETE"} - set(rule.methods):
        ask = next(asks(route, world.planted))
        answer = world.seats["documents"].call(method, ask.path)
        assert answer.status in (403, 405), (route, method)  # 403: a form without its token
    for role in ROLES:
        _check(world, route, role)


def _check(world: World, route: str, role: str) -> None:
    """One row of the matrix: what this role gets of its own, of another compartment's, and of nobody's."""
    rule, browser, mine = ROUTES[route], world.seats[role], may_hold(office.OWN, [role])
    said: dict[tuple[str, str], dict[str, office.Reply]] = {}
    for ask in asks(route, world.planted):
        answer = send(browser, ask)
        row = (route, role, ask)
        said.setdefault((ask.method, ask.named), {})[ask.place] = answer
        assert answer.status < 500, (row, answer.text)
        unseen = office.people(office.OTHER) if mine else (*HERE, *office.people(office.OTHER))
        assert all(name not in answer.text for name in unseen), row
        if not allowed(route, [role]):
            assert answer.status == 403, row
            assert "role" in answer.text, row
        elif rule.public or route in PROOFS:
            continue
        elif not ask.lies or (ask.place == "own" and mine):
            assert answer.status not in (403, 404), (row, answer.text)
        elif ask.named:
            assert answer.status == 404, (row, answer.headers.get("Location"))
    for (_, named), places in said.items():
        if "other" in places:
            hidden, nobody = (
                (places[place].status, without_ids(places[place].text, world.planted[place]))
                for place in ("other", "missing")
            )
            assert hidden == nobody, (route, role, named)


@pytest.mark.parametrize("role", ROLES)
def test_a_seat_whose_second_factor_is_to_come_gets_nothing_but_the_question(world: World, role: str) -> None:
    seat = world.desk.gate.seat(world.seats[role].cookies["amparo_seat"])
    assert seat is not None
    seat.waiting = True
    try:
        for route in set(ROUTES) - set(ENDS):
            rule = ROUTES[route]
            for ask in asks(route, world.planted):
                if not (rule.public or rule.waiting):
                    answer = send(world.seats[role], ask)
                    refused = answer.status == 403 and not allowed(route, [role])
                    assert refused or answer.headers.get("Location") == "/factor", (route, role)
    finally:
        seat.waiting = False


@pytest.mark.parametrize("role", ROLES)
def test_what_asks_for_a_fresh_factor_does_nothing_on_an_old_one(world: World, role: str) -> None:
    seat = world.desk.gate.seat(world.seats[role].cookies["amparo_seat"])
    assert seat is not None
    seat.proven = world.desk.gate.now() - FRESH - 1
    try:
        for route, rule in ROUTES.items():
            if rule.fresh and allowed(route, [role]):
                for ask in asks(route, world.planted):
                    assert send(world.seats[role], ask).headers.get("Location") == "/factor", (route, role)
    finally:
        seat.proven = None


def test_signing_out_ends_the_seat_and_locking_ends_the_process(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[Any] = []
    monkeypatch.setattr("amparo.desk.signin.views.threading.Timer", lambda *said: _Never(ended, said))
    for role in ROLES:
        locked = world.seats[role].post("/lock")
        assert locked.status == 200
        assert locked.headers["Clear-Site-Data"] == '"cache", "storage"'
        assert len(ended) == ROLES.index(role) + 1
        token = world.seats[role].cookies["amparo_seat"] or ""
        again = world.seats[role].post("/signout")
        assert again.headers["Location"] == "/signin"
        assert world.desk.gate.seat(token) is None


class _Never:
    """A timer that only remembers what it would have done."""

    def __init__(self, ended: list[Any], said: Any) -> None:
        self._ended, self._said = ended, said

    def start(self) -> None:
        self._ended.append(self._said)


def test_what_is_public_is_a_way_in_or_the_language() -> None:
    public = {name for name, rule in ROUTES.items() if rule.public}
    assert public == {"begin", "signin", "signin-key-options", "signin-key", "recover", "language"}


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
