"""Requirements 19 to 25, 27 and 30 of the security specification, shown for the browser.

What is shown elsewhere is named here, and a test holds that it is still there.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterator
from importlib.metadata import distributions
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import office
import pytest
from asked import PATTERNS, asks

from amparo.cli.checkout import load
from amparo.desk import gate as gates
from amparo.desk.access import ROUTES
from amparo.vault.slots import FOUNDER, Passphrase

canaries = load("benchmarks", "canaries")
TESTS = Path(__file__).parents[1]
# Requirement -> tests that show it, or a part of it, where what they test lives.
SHOWN = {
    19: [
        ("desk/test_gate.py", "test_a_seat_is_gone_after_a_quarter_of_an_hour_without_a_request"),
        ("desk/test_gate.py", "test_a_seat_is_gone_after_eight_hours_whatever_happens"),
        ("desk/test_gate.py", "test_somebody_who_left_is_out_at_once"),
    ],
    20: [("desk/test_access.py", "test_what_asks_for_a_fresh_factor_does_nothing_on_an_old_one")],
    22: [("desk/test_access.py", "test_a_route_answers_each_role_as_its_rule_says")],
    23: [("desk/test_access.py", "test_a_route_answers_each_role_as_its_rule_says")],
    25: [("intake/test_quarantine.py", "test_memory_is_limited")],
    27: [("study/claims/test_packing.py", "test_the_tables_are_neutral_and_described")],
    30: [
        ("study/test_health.py", "versions"),
        ("test_house.py", "test_a_lock_pins_by_hash_and_names_no_registry"),
    ],
}


class World(NamedTuple):
    """The desk with its founder, somebody who documents, and what lies where."""

    desk: office.Desk
    founder: office.Browser
    officer: office.Browser
    ids: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def world(planted: office.Planted, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    path = shutil.copytree(planted.path, tmp_path_factory.mktemp("security") / "study")
    with office.served(path) as desk:
        founder = desk.browser(desk.gate.sign_in(Passphrase(canaries.PASSPHRASE, FOUNDER)))
        officer = office.sign_in(desk, "documents")
        for browser in (founder, officer):
            browser.post("/register/purpose", {"purpose": "review", "back": "/"})
        yield World(desk, founder, officer, planted.ids)


@pytest.mark.parametrize("number", sorted(SHOWN))
def test_what_is_shown_elsewhere_is_still_there(number: int) -> None:
    for file, name in SHOWN[number]:
        assert name in (TESTS / file).read_text("utf-8"), (number, file)


def test_19_time_and_a_removal_end_a_session_on_the_server(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = office.sign_in(world.desk, "counts")
    assert browser.get("/").status == 200
    now = world.desk.gate.now()
    with monkeypatch.context() as later:
        later.setattr(world.desk.gate, "_clock", lambda: now + gates.IDLE + 1)
        assert browser.get("/").headers["Location"] == "/signin"
    assert browser.get("/").headers["Location"] == "/signin"  # the clock going back brings nothing back
    leaver = office.sign_in(world.desk, "approves")
    assert leaver.get("/").status == 200
    assert world.founder.post("/people/remove", {"handle": "approves"}).status == 200
    assert leaver.get("/").headers["Location"] == "/signin"


def test_20_what_leaves_or_ends_or_changes_people_asks_for_a_fresh_factor() -> None:
    guarded = {name for name, rule in ROUTES.items() if rule.fresh}
    words = re.compile(r"dossier|export|erase|erasure|release|roles|invite|remove|reset|passphrase|shares")
    assert {name for name in ROUTES if words.search(name)} <= guarded


def test_20_nobody_enrols_or_removes_a_factor_of_somebody_else(world: World) -> None:
    from amparo.study.accounts import factors

    founder = world.desk.gate.seat(world.founder.cookies["amparo_seat"])
    officer = world.desk.gate.seat(world.officer.cookies["amparo_seat"])
    assert founder is not None and officer is not None
    factors.enrol(founder.study, factors.TotpSecret(factors.new_secret(), 0))
    [own] = factors.factors(founder.study)
    world.officer.get("/account/app")
    for extra in ({"handle": "owner"}, {"user": "owner"}, {"user_id": "1"}):
        world.officer.post("/account/app", {"code": "000000"} | extra)
    world.officer.post("/account/factor/remove", {"factor": str(own.id)})
    assert [each.id for each in factors.factors(founder.study)] == [own.id]
    assert factors.factors(officer.study) == []
    factors.remove(founder.study, own.id)


def test_21_nothing_leaves_for_an_outsider_and_no_route_approves_for_its_asker(world: World) -> None:
    of = world.ids["own"]["record"]
    outsider = world.officer.post(f"/thing/{of}/dossier", {"to": "nobody-here"})
    assert outsider.status == 400
    assert "no member" in outsider.text
    assert "Content-Disposition" not in outsider.headers
    approving = {name for name in ROUTES if "approve" in name}
    assert all(ROUTES[name].roles <= {"approves"} and ROUTES[name].fresh for name in approving)


def pages(world: World) -> dict[str, str]:
    """What the officer sees everywhere, without what is drawn anew for each page."""
    seen = {}
    for route in sorted(ROUTES):
        if "GET" in ROUTES[route].methods and route not in ("account-app", "register-purpose"):
            for ask in asks(route, world.ids):
                if ask.method == "GET" and ask.place != "missing":
                    seen[ask.path] = office.CHANGING.sub("", world.officer.get(ask.path).text)
    for text in ("Fulano Escondido", "Nadie Visible", "recien llegada"):
        seen[text] = world.officer.post("/register/search", {"text": text}, hx_request="true").text
    # One's own openings are in one's own log.
    return {
        path: re.sub(r'<ol class="log".*?</ol>', "", text, flags=re.DOTALL) for path, text in seen.items()
    }


def test_23_24_somebody_hidden_changes_no_page_no_count_and_no_work_done(world: World) -> None:
    from django.db import connection

    from amparo.study import receiving
    from amparo.study.register.rules import About, File

    asked: list[str] = []

    def counting(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    pages(world)  # what is made once and kept is made
    with connection.execute_wrapper(counting):
        before, queries = pages(world), len(asked)
    seat = world.desk.gate.seat(world.founder.cookies["amparo_seat"])
    assert seat is not None
    rows = b"Nombre completo,Sexo,Fecha del hecho\nRecien Llegada Escondida,F,2016-05-04\n"
    about = About(source="nueva-b", part="capture", compartment=office.OTHER)
    receiving.read_list(seat.study, File("otra.csv", rows), about)
    pages(world)
    asked.clear()
    with connection.execute_wrapper(counting):
        after = pages(world)
    assert after == before
    assert len(asked) == queries
    assert all("Escondida" not in text and "Escondido" not in text for text in after.values())


def bomb() -> bytes:
    """A workbook that says little and unpacks to much."""
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", b"<a>" + bytes(1 << 29) + b"</a>")
    return held.getvalue()


def many() -> bytes:
    """A workbook of many members."""
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for number in range(20_000):
            archive.writestr(f"xl/{number}", "")
    return held.getvalue()


def wide() -> bytes:
    """The head of a picture of 60,000 x 60,000 points."""
    size = (60_000).to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + size + size + b"\x08\x02\x00\x00\x00" + bytes(64)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bomb.xlsx", bomb),
        ("many.xlsx", many),
        ("wide.png", wide),
        ("../../outside.csv", lambda: b"\x00" * 99),
    ],
)
def test_25_a_hostile_upload_is_refused_and_leaves_nothing(world: World, name: str, content: Any) -> None:
    path = world.desk.gate.path
    before = sorted(each.relative_to(path) for each in path.rglob("*"))
    answer = world.officer.upload("/reading/file", name, content(), {"source": "hostil"})
    assert answer.status == 400
    assert 'role="alert"' in answer.text
    assert sorted(each.relative_to(path) for each in path.rglob("*")) == before
    assert not list(path.parent.rglob("outside.csv"))


def test_25_an_uploaded_name_is_no_path(world: World) -> None:
    rows = b"Nombre completo,Sexo\nNadie Subido Inventado,M\n"
    name = "../../subida.csv"
    assert (
        world.officer.upload("/reading/file", name, rows, {"source": "subida", "part": "capture"}).status
        == 302
    )
    done = world.officer.post("/reading/list", {"use-0": "name", "use-1": "sex"})
    assert done.status == 200
    assert not list(world.desk.gate.path.parent.parent.rglob("subida.csv"))


def test_27_addresses_titles_and_file_names_tell_nobody_and_nothing_is_kept(world: World) -> None:
    words = {
        word for place in (office.OWN, office.OTHER) for name in office.people(place) for word in name.split()
    }
    for route in sorted(ROUTES):
        for ask in asks(route, world.ids) if "GET" in ROUTES[route].methods else ():
            if ask.method != "GET":
                continue
            answer = world.founder.get(ask.path)
            told = re.findall(r'(?:href|action|src|hx-post|hx-get)="([^"]*)"', answer.text)
            told += re.findall(r"<title>(.*?)</title>", answer.text)
            told.append(answer.headers.get("Location", ""))
            assert not [text for text in told if any(word.lower() in text.lower() for word in words)], route
            assert answer.headers["Cache-Control"] == "no-store", route
    of = world.ids["own"]["record"]
    sealed = world.founder.post(f"/thing/{of}/dossier", {"to": "documents"})
    assert not any(word.lower() in str(sealed.headers).lower() for word in words)
    out = office.sign_in(world.desk, "lawyer").post("/signout")
    assert out.headers["Clear-Site-Data"] == '"cache", "storage"'


def test_30_no_page_names_another_machine_and_its_policy_forbids_it(world: World) -> None:
    for route in sorted(ROUTES):
        for ask in asks(route, world.ids) if "GET" in ROUTES[route].methods else ():
            if ask.method == "GET" and ask.place == "own":
                answer = world.founder.get(ask.path)
                assert not re.findall(r'(?:href|src|action|srcset)="(?:https?:)?//', answer.text), route
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy and "connect-src 'self'" in policy, route
                assert "unsafe" not in policy and "http" not in policy, route
                assert not re.search(r"\son\w+=|\sstyle=|<style|javascript:", answer.text), route


def test_30_what_is_installed_is_what_the_lock_names() -> None:
    lock = (TESTS.parent / "requirements-dev.lock").read_text("utf-8")
    pinned = {
        (name.lower().replace("_", "-"), version)
        for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", lock, re.MULTILINE)
    }
    installed = {(each.metadata["Name"].lower().replace("_", "-"), each.version) for each in distributions()}
    known = {name for name, _ in pinned}
    assert {each for each in installed if each[0] in known} <= pinned
    assert {"django", "cryptography", "sqlcipher3"} <= known & {name for name, _ in installed}


def test_every_route_of_the_table_is_looked_at() -> None:
    assert set(PATTERNS) == set(ROUTES)
