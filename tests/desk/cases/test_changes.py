"""Every step that the tables forbid is refused by its route too, with what would be needed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import office
import pytest

from amparo.cli.checkout import load
from amparo.codes import CODES
from amparo.report.catalogue import sentences, slots
from amparo.study.cases import rules
from amparo.study.cases.said import Member, Track
from amparo.vault.slots import Passphrase

canaries = load("benchmarks", "canaries")
REFUSED = ("cases.not_from_here", "cases.never_after", "cases.ends_here")


@pytest.fixture(scope="module")
def founders(
    studied: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[office.Browser, dict[str, str]]]:
    """The founder at a desk in this process, and for each way a case with a track in each of its stages."""
    path = shutil.copytree(studied, tmp_path_factory.mktemp("steps") / "study")
    with office.served(path) as desk:
        token = desk.gate.sign_in(Passphrase(canaries.PASSPHRASE))
        seat = desk.gate.seat(token)
        assert seat is not None
        from amparo.study.cases.services import open_case

        made = {
            kind: open_case(
                seat.study,
                Member("m-1", "Nadie"),
                opened_on="2026-01-02",
                also=[Track(at, kind, ("m-1",), at, "2026-01-02") for at in machine.moves],
            )
            for kind, machine in rules.TRACKS.items()
        }
        browser = desk.browser(token)
        browser.post("/register/purpose", {"purpose": "case", "back": "/"})
        yield browser, made


@pytest.mark.parametrize("kind", rules.TRACKS)
def test_every_forbidden_step_is_refused_by_the_route_with_what_would_be_needed(
    founders: tuple[office.Browser, dict[str, str]], kind: str
) -> None:
    from amparo.study.cases.models import Entry

    browser, made = founders
    before = Entry.objects.count()
    said = {code: re.compile(_pattern(code)) for code in REFUSED}
    for at, following in rules.TRACKS[kind].moves.items():
        for to in set(rules.TRACKS[kind].moves) - set(following):
            form = {"track": at, "to": to, "on": "2026-01-03", "why": "because", "outcome-m-1": "accepted"}
            answer = browser.post(f"/case/{made[kind]}/step", form, hx_request="true")
            assert answer.status == 400
            assert any(each.search(answer.text) for each in said.values()), (at, to, answer.text)
    assert Entry.objects.count() == before


def _pattern(code: str) -> str:
    """The sentence of a code in English with anything for its facts."""
    assert slots(sentences("en")[code]) <= set(CODES[code])
    return re.sub(r"\\\{\w+\\\}", ".+", re.escape(sentences("en")[code]))
