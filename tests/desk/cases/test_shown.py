"""What lawyers were told is on no page of who does not hold their key, and in nothing that leaves.

The pages come from the table of routes, the ways out from the table below: a new route is asked by itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import office
import pytest
from asked import asks

from amparo.cli.checkout import load
from amparo.desk.access import ROUTES, allowed
from amparo.study.accounts.rules import ROLES
from amparo.vault import age
from amparo.vault.slots import FOUNDER, Passphrase

canaries = load("benchmarks", "canaries")
TOLD = "Confesionario"  # a word that stands nowhere else
OTHER = "Desconocidario"
PARTNER = "partner-0000000001"
ENDS = ("signout", "lock", "begin")
TODAY = datetime.now(UTC).date()


class World(NamedTuple):
    """The desk, the founder's study and browser (who holds the lawyers' key), the ids, the partner's key."""

    desk: office.Desk
    study: Any
    founder: office.Browser
    ids: dict[str, dict[str, str]]
    identity: str

    @property
    def case(self) -> str:
        return self.ids["own"]["case"]


@pytest.fixture(scope="module")
def world(planted: office.Planted, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    path = shutil.copytree(planted.path, tmp_path_factory.mktemp("told") / "study")
    with office.served(path) as desk:
        token = desk.gate.sign_in(Passphrase(canaries.PASSPHRASE, FOUNDER))
        seat = desk.gate.seat(token)
        assert seat is not None
        found = World(desk, seat.study, desk.browser(token), planted.ids, age.new_identity())
        tell(found)
        found.founder.post("/register/purpose", {"purpose": "case", "back": "/"})
        yield found


def tell(world: World) -> None:
    """What lawyers were told of somebody whose lines may all leave otherwise; the case is lent too."""
    from amparo.intake.passages import Oral
    from amparo.study.care.services import Scope, consent
    from amparo.study.cases.hearings import keep_note
    from amparo.study.cases.lending import lend
    from amparo.study.cases.partners import keep_partner
    from amparo.study.cases.said import Partner
    from amparo.study.claims.services import claim

    study, record = world.study, world.ids["own"]["record"]
    keep_partner(study, Partner(PARTNER, "Oficina", key=age.public(world.identity)))
    consent(study, record, "referral", "given", scope=Scope(PARTNER))
    words = Oral(words=TOLD, told_by="the person", told_to="lawyer", told="2026-01-02")
    own = dict.fromkeys(("alias", "circumstances", "unit", "rank", "identifier", "description"), TOLD)
    claim(study, record, own, words, restriction="lawyers")
    claim(study, "threat", {"victim": record, "words": TOLD}, words, restriction="lawyers")
    exposure = {"person": record, "type": "testified", "description": TOLD}
    claim(study, "exposure", exposure, words, restriction="lawyers")
    act = {"victim": record, "type": "killing", "place": TOLD}
    claim(study, "act", act, words, restriction="lawyers")
    keep_note(study, world.case, TOLD, lawyers=True)
    lend(study, [world.case], "volunteer", TODAY + timedelta(days=3), "translates")


@pytest.mark.parametrize("role", ROLES)
def test_it_is_on_no_page_of_who_does_not_hold_the_key(world: World, role: str) -> None:
    browser = office.sign_in(world.desk, role)
    browser.post("/register/purpose", {"purpose": "review", "back": "/"})
    for route, rule in ROUTES.items():
        if route in ENDS or not allowed(route, [role]):
            continue
        for ask in asks(route, world.ids):
            if ask.place == "own":
                said = (
                    browser.get(ask.path) if ask.method == "GET" else browser.post(ask.path, dict(ask.form))
                )
                assert TOLD not in said.text, (route, role, rule)
    for path in ("/cases?of=all", "/cases/week?of=all"):
        assert TOLD not in browser.get(path).text
    if allowed("register-search", [role]):
        found, none = (
            browser.post("/register/search", {"text": each}).text.replace(each, "") for each in (TOLD, OTHER)
        )
        assert found == none


def _package(world: World) -> str:
    from amparo.report.referrals import written
    from amparo.study.referrals import services

    second = world.desk.gate.seat(_second(world))
    assert second is not None
    referral = services.propose(world.study, world.case, PARTNER, "unhcr_referral", language="es")
    services.step(second.study, world.case, referral, "approve")
    package = services.send(world.study, world.case, referral, written)
    return repr(services.open_package(package, world.identity))


def _second(world: World) -> str:
    from amparo.study.accounts.compartments import welcome

    words = "otra frase de una segunda persona"
    welcome(world.study, "segunda", ["documents", "cases", "approves"], words, [office.OWN])
    return world.desk.gate.sign_in(Passphrase(words, "segunda"))


def _pack(kind: str) -> Callable[[World], str]:
    def packed(world: World) -> str:
        from amparo.study.claims.packing import pack

        content = pack(world.study, kind, None).content
        return canaries_text(content)

    return packed


def canaries_text(content: bytes) -> str:
    """What an archive or a text says."""
    import io
    import zipfile

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    except zipfile.BadZipFile:
        return content.decode("utf-8", "replace")


# What leaves, or is made to leave, by who holds the lawyers' key: the way out -> what it carries.
WAYS_OUT: dict[str, Callable[[World], str]] = {
    "a sheet on the screen": lambda world: (
        world.founder.post(
            f"/case/{world.case}/refer", {"partner": PARTNER, "form": "unhcr_referral", "do": "show"}
        ).text
    ),
    "a package to a partner": _package,
    "a calendar": lambda world: world.founder.post("/cases/calendar").text,
    "a week on paper": lambda world: world.founder.get("/cases/week?of=all").text,
    "a receipt": lambda world: world.founder.get(f"/case/{world.case}/receipt").text,
    "statistics": lambda world: world.founder.get("/cases/numbers").text,
    "the board": lambda world: world.founder.get("/cases?of=all").text,
    **{f"claims as {kind}": _pack(kind) for kind in ("ftm", "huridocs", "csvw")},
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_it_is_in_nothing_that_leaves_even_from_who_holds_the_key(world: World, way: str) -> None:
    assert TOLD in world.founder.get(f"/case/{world.case}").text  # the lawyers' own page has it
    carried = WAYS_OUT[way](world)
    assert carried and TOLD not in carried


def test_who_takes_a_case_over_without_the_key_does_not_get_it(world: World) -> None:
    from amparo.study.cases.agenda import hand_over

    hand_over(world.study, [world.case], "cases", "she goes on with it")
    browser = office.sign_in(world.desk, "cases")
    browser.post("/register/purpose", {"purpose": "case", "back": "/"})
    page = browser.get(f"/case/{world.case}")
    assert page.status == 200 and TOLD not in page.text
