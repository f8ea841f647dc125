"""Every step that the tables forbid is refused by its route too, with what would be needed.

The rows come from the tables: of ways, of what else of a case has stages, of referrals and of what comes in.
A table without a way to ask for its steps fails here.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import office
import pytest

from amparo.cli.checkout import load
from amparo.errors import AmparoError
from amparo.report.catalogue import say
from amparo.study.cases import rules
from amparo.study.cases.said import (
    Hearing,
    Member,
    Referral,
    ReferralStep,
    Representation,
    Said,
    Step,
    Task,
    Track,
)
from amparo.study.referrals import rules as referring
from amparo.vault.slots import Passphrase

canaries = load("benchmarks", "canaries")
WAYS: dict[str, dict[str, str]] = {str(at): {**ways} for at, ways in referring.TRANSITIONS.items()}
ADMITTING: dict[str, dict[str, str]] = {str(at): {**ways} for at, ways in referring.ADMITTING.items()}
DAY = "2026-01-02"
FULL = {"on": DAY, "control_on": DAY, "signed_on": DAY, "why": "because"}
COURT = Track("t-1", "us_defensive", ("m-1",), "served", DAY)


class Asked(NamedTuple):
    """How a machine's steps are asked for: its route, what stands in a stage, the form of a step from it."""

    route: str
    standing: Callable[[str], Sequence[Said]]
    form: Callable[[str, str], Mapping[str, str]]
    alone: bool = False  # whether a case can stand in one of its stages only


def _of_track(kind: str) -> Asked:
    return Asked(
        "step",
        lambda at: [Track(at, kind, ("m-1",), at, DAY)],
        lambda at, to: {
            "track": at,
            "to": to,
            "on": "2026-01-03",
            "why": "because",
            "outcome-m-1": "accepted",
        },
    )


ASKED = {
    **{kind: _of_track(kind) for kind in rules.TRACKS},
    "case": Asked(
        "step",
        lambda at: [Step("s-1", "", at, DAY)],
        lambda _, to: {"track": "", "to": to, "on": "2026-01-03", "why": "because"},
        alone=True,
    ),
    "hearing": Asked(
        "hearing",
        lambda at: [Hearing(at, "t-1", "master", at, on=DAY, control_on=DAY)],
        lambda at, to: {"hearing": at, "state": to} | FULL,
    ),
    "representation": Asked(
        "representation",
        lambda at: [Representation(at, at, name="Synthetic")],
        lambda at, to: {"representation": at, "state": to} | FULL,
    ),
    "task": Asked(
        "task",
        lambda at: [Task(at, "synthetic", DAY, "owner", at)],
        lambda at, to: {"task": at, "state": to} | FULL,
    ),
}


class Founder(NamedTuple):
    """The founder at a desk in this process."""

    browser: office.Browser
    study: Any


@pytest.fixture(scope="module")
def founder(studied: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Founder]:
    path = shutil.copytree(studied, tmp_path_factory.mktemp("steps") / "study")
    with office.served(path) as desk:
        token = desk.gate.sign_in(Passphrase(canaries.PASSPHRASE))
        seat = desk.gate.seat(token)
        assert seat is not None
        browser = desk.browser(token)
        browser.post("/register/purpose", {"purpose": "case", "back": "/"})
        yield Founder(browser, seat.study)


def opened(founder: Founder, said: Sequence[Said]) -> str:
    from amparo.study.cases.services import open_case

    said = [COURT, *said]
    return open_case(founder.study, Member("m-1", "Nadie"), opened_on=DAY, also=said)


def entries() -> int:
    from amparo.study.cases.models import Entry

    return Entry.objects.count()


def sentence(check: Callable[[], object]) -> str:
    """What the tables say of a step that they forbid."""
    with pytest.raises(AmparoError) as refused:
        check()
    return say("en", refused.value.code, **refused.value.facts)


def test_every_table_is_asked() -> None:
    assert set(ASKED) == set(rules.MACHINES)


@pytest.mark.parametrize("name", rules.MACHINES)
def test_every_forbidden_step_is_refused_by_the_route_with_what_would_be_needed(
    founder: Founder, name: str
) -> None:
    moves, asked = rules.machine(name).moves, ASKED[name]
    cases = {at: opened(founder, asked.standing(at)) for at in moves if asked.alone}
    if not asked.alone:
        cases = dict.fromkeys(moves, opened(founder, [each for at in moves for each in asked.standing(at)]))
    before = entries()
    for at, following in moves.items():
        for to in set(moves) - set(following):
            address = f"/case/{cases[at]}/{asked.route}"
            answer = founder.browser.post(address, dict(asked.form(at, to)), hx_request="true")
            needed = rules.machine(name).needs.get(to, ())
            words = sentence(lambda at=at, to=to, needed=needed: rules.check_move(name, at, to, needed))
            assert answer.status == 400 and words in unescape(answer.text), (name, at, to, answer.text)
    assert entries() == before


def _steps_to(state: str) -> list[str]:
    """Verbs that lead a referral into a state."""
    waiting: list[tuple[str, list[str]]] = [("proposed", [])]
    for at, verbs in waiting:
        if at == state:
            return verbs
        waiting += [(to, [*verbs, verb]) for verb, to in WAYS[at].items()]
    raise LookupError(state)


@pytest.mark.parametrize("state", referring.STATES)
def test_every_forbidden_step_of_a_referral_is_refused_by_service_and_route(
    founder: Founder, state: str
) -> None:
    from amparo.study.referrals import services

    steps = [ReferralStep("r-1", verb) for verb in _steps_to(state)]
    case = opened(founder, [Referral("r-1", "partner-0", "unhcr_referral", "en", "digest", 1), *steps])
    before = entries()
    for verb in set(referring.VERBS) - set(WAYS[state]):
        words = sentence(lambda verb=verb: referring.next_state(state, verb))
        call = (
            (lambda: services.send(founder.study, case, "r-1", repr))
            if verb == "send"
            else (lambda verb=verb: services.step(founder.study, case, "r-1", verb, "because"))
        )
        assert sentence(call) == words
        route = "send" if verb == "send" else "step"
        form = {"referral": "r-1", "verb": verb, "words": "because"}
        answer = founder.browser.post(f"/case/{case}/referrals/{route}", form)
        assert answer.status == 400 and words in unescape(answer.text), (state, verb)
    assert entries() == before


@pytest.mark.parametrize("state", referring.ARRIVALS)
def test_every_forbidden_step_of_what_came_in_is_refused_by_service_and_route(
    founder: Founder, state: str
) -> None:
    from amparo.study.cases.said import Received, ReceivedStep
    from amparo.study.cases.services import write
    from amparo.study.referrals import incoming

    leads = {to: verb for verb, to in ADMITTING["received"].items()}
    told = '"form": "unhcr_referral", "language": "en", "lines": [], "answer_to": "", "mark": "m"'
    sheet = f'{{"referral": "r", {told}}}'
    said: list[Said] = [Received(f"got-{state}", "partner-0", sheet)]
    if state in leads:
        said.append(ReceivedStep(f"got-{state}", leads[state], "partner-0", "r", "", "m"))
    write(founder.study, "referrals.inbox", None, said, about="")
    before = entries()
    for verb in set(referring.ADMISSIONS) - set(ADMITTING[state]):
        words = sentence(lambda verb=verb: referring.check_admission(state, verb, "a", "b", "because"))
        call = (
            (lambda: incoming.admit(founder.study, f"got-{state}", "t", {}))
            if verb == "admit"
            else (lambda verb=verb: incoming.end(founder.study, f"got-{state}", verb, "because"))
        )
        assert sentence(call) == words
        form = {"received": f"got-{state}", "verb": verb, "words": "because"}
        answer = founder.browser.post("/referrals/incoming/step", form)
        assert answer.status == 400 and words in unescape(answer.text), (state, verb)
    assert entries() == before
