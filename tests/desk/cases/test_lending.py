"""A volunteer at the desk: what was lent opens on every page it is on, and on none once its day is past."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import office
import pytest
from asked import asks

from amparo.desk.access import ROUTES, allowed

NAME = office.people(office.OWN)[0]


class Lent(NamedTuple):
    """The desk, the planted ids, the volunteer's and a case worker's browser."""

    ids: dict[str, dict[str, str]]
    volunteer: office.Browser
    worker: office.Browser


@pytest.fixture
def lent(planted: office.Planted, tmp_path: Path) -> Iterator[Lent]:
    path = shutil.copytree(planted.path, tmp_path / "study")
    with office.served(path) as desk:
        worker = office.sign_in(desk, "cases")
        worker.post("/register/purpose", {"purpose": "case", "back": "/"})
        case = planted.ids["own"]["case"]
        worker.post("/cases/hand-over", {"case": case, "to": "cases", "why": "hers now"})
        until = (datetime.now(UTC).date() + timedelta(days=3)).isoformat()
        form = {"case": case, "to": "volunteer", "until": until, "why": "translates"}
        assert worker.post("/cases/lend", form).status == 302
        yield Lent(planted.ids, office.sign_in(desk, "volunteer"), worker)


def pages(lent: Lent) -> Iterator[tuple[str, office.Reply]]:
    """Every page that a volunteer may call, asked for the lent case."""
    for route, rule in ROUTES.items():
        if rule.methods[0] == "GET" and not rule.public and allowed(route, ["volunteer"]):
            for ask in asks(route, lent.ids):
                if ask.method == "GET" and ask.place == "own":
                    yield route, lent.volunteer.get(ask.path)


def test_what_is_lent_opens_until_its_day_and_then_no_page_knows_of_it(
    lent: Lent, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = lent.ids["own"]["case"]
    told = {route for route, page in pages(lent) if case in page.text or NAME in page.text}
    assert {"cases", "case", "case-household", "case-safety"} <= told
    assert NAME in lent.volunteer.get(f"/case/{case}").text
    assert 'method="post" action="/case/' not in lent.volunteer.get(f"/case/{case}").text
    assert "volunteer" in lent.worker.get("/cases/lend").text
    later = datetime.now(UTC) + timedelta(days=4)
    for room in ("lent", "lending", "board"):
        monkeypatch.setattr(f"amparo.study.cases.{room}.now", lambda: later)
    for route, page in pages(lent):
        address = f'value="/case/{case}'  # what was asked for stands in the form of the languages
        assert case not in page.text.replace(address, "") and NAME not in page.text, route
        named = ROUTES[route].methods == ("GET",) and route in ("case", "case-household", "case-safety")
        assert (page.status == 404) == named, route
    gone, nobody = (
        office.CHANGING.sub("", lent.volunteer.get(f"/case/{each}").text.replace(each, "ID"))
        for each in (case, office.MISSING["case"])
    )
    assert gone == nobody


def test_what_is_taken_back_is_gone_at_once(lent: Lent) -> None:
    case = lent.ids["own"]["case"]
    number = lent.worker.get("/cases/lend").text.split('name="lending" value="')[1].split('"')[0]
    assert lent.worker.post("/cases/lend/end", {"lending": number}).status == 302
    assert lent.volunteer.get(f"/case/{case}").status == 404
    assert case not in lent.volunteer.get("/cases").text
