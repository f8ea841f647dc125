"""Synthetic protection cases of nobody: families on their way to safety, the first two with no name at all.

The first two are told like officers of whom the press quotes no name: one is threatened at home and waits,
still inside the country, for what the UN decides; the other has a court abroad before them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from amparo.study.cases.rules import CATEGORIES, TRACKS
from amparo.study.cases.said import (
    Caseload,
    Facts,
    Hearing,
    Member,
    Opening,
    Paper,
    Representation,
    Said,
    Step,
    Task,
    Track,
)

if TYPE_CHECKING:
    from amparo.study.context import Study

LABELS = ("el pozo", "la milpa", "el puente", "la ceiba", "el volcán", "la loma", "el muelle", "la esquina")
GIVEN = ("Imaginaria", "Ficticio", "Inventada", "Supuesto", "Figurada", "Hipotético", "Soñada", "Fabulado")
SURNAMES = ("Nadie", "Ninguno", "Quimera", "Fábula", "Ensueño", "Espejismo", "Ilusión", "Leyenda")
WORKERS = ("owner",)


class Family(NamedTuple):
    """A case as it is to be opened: how it began, the person it is for, and all else that is said in it."""

    opening: Opening
    principal: Member
    also: tuple[Said, ...]


def families(number: int, seed: int, today: date, workers: Sequence[str] = WORKERS) -> Iterator[Family]:
    """So many cases, the same for the same seed and day; the first two are the officers without a name."""
    rng = random.Random(seed)  # noqa: S311
    made = 0
    for family in (_waits_inside(today), _before_a_court(today)):
        if made < number:
            yield family
            made += 1
    while made < number:
        yield _some(rng, made, today, workers[made % len(workers)])
        made += 1


def plant(study: Study, number: int, seed: int, today: date) -> list[str]:
    """Open so many synthetic cases in a study; gives their file numbers."""
    from amparo.study.cases.services import open_case  # noqa: PLC0415

    return [
        open_case(
            study,
            each.principal,
            label=each.opening.label,
            opened_on=each.opening.opened_on,
            also=each.also,
        )
        for each in families(number, seed, today)
    ]


def _waits_inside(today: date) -> Family:
    def ago(days: int) -> str:
        return (today - timedelta(days=days)).isoformat()

    people = (
        Member("m-2", relation="spouse", at_risk=True, knows=True, travels_with="m-1"),
        Member(
            "m-3",
            relation="child",
            born="2016",
            dependent=True,
            at_risk=True,
            knows=False,
            travels_with="m-2",
        ),
        Member("m-4", relation="parent", dependent=True, at_risk=False, knows=False),
    )
    un = Track(
        "t-1",
        "resettlement",
        ("m-1", "m-2", "m-3"),
        "identified",
        ago(260),
        programme="usrap",
        processing="urgent",
        submission="urgent",
        categories=("legal_physical", "violence_torture"),
    )
    steps = [
        Step(f"s-{number}", "t-1", to, ago(days))
        for number, (to, days) in enumerate(
            (
                ("needs_assessed", 230),
                ("initially_reviewed", 200),
                ("interviewed", 150),
                ("recommended", 120),
                ("under_review", 110),
                ("submitted", 33),
            )
        )
    ]
    inside = Track("t-2", "relocation", ("m-1", "m-2", "m-3"), "considered", ago(250))
    tried = [
        Step("s-20", "t-2", "planned", ago(245)),
        Step("s-21", "t-2", "moved", ago(240)),
        Step("s-22", "t-2", "failed", ago(215), why="they were found again after three weeks"),
    ]
    papers = [
        Paper("t-1", name, "have", ago(140))
        for name in ("consent", "household_list", "rrf", "rrf_signatures")
    ]
    task = Task(
        "k-1",
        "ask the partner office whether the submission was received",
        (today + timedelta(days=2)).isoformat(),
        WORKERS[0],
    )
    member = Member(
        "m-1", relation="principal", at_risk=True, knows=True, note="officer, unnamed; threatened at home"
    )
    return Family(Opening("el pozo", ago(270)), member, (*people, un, *steps, inside, *tried, *papers, task))


def _before_a_court(today: date) -> Family:
    def ago(days: int) -> str:
        return (today - timedelta(days=days)).isoformat()

    member = Member(
        "m-1", relation="principal", at_risk=True, knows=True, note="officer, unnamed; asks for asylum"
    )
    child = Member(
        "m-2", relation="child", born="2012-04", dependent=True, at_risk=True, knows=True, travels_with="m-1"
    )
    court = Track("t-1", "us_defensive", ("m-1", "m-2"), "served", ago(290))
    steps = [Step("s-1", "t-1", "master_set", ago(200))]
    facts = Facts(
        "t-1", {"arrival_date": ago(300), "circuit": "9", "detained": False}, "entry stamp, as told"
    )
    hearings = [
        Hearing("h-1", "t-1", "master", "held", on=ago(60), time="08:30", place="immigration court"),
        Hearing("h-2", "t-1", "individual", "to_be_set", control_on=ago(1), means="an order in absentia"),
        Hearing("h-3", "t-1", "biometrics", "set", on=(today + timedelta(days=5)).isoformat(), time="10:00"),
    ]
    speaks = Representation("r-1", "agreed", name="a clinic of nobody", signed_on=ago(250))
    return Family(Opening("la milpa", ago(295)), member, (child, court, *steps, facts, *hearings, speaks))


def _some(rng: random.Random, number: int, today: date, worker: str) -> Family:
    """One more family: a household, one or two ways somewhere along, a few days that matter."""
    begun = rng.randrange(5, 700)

    def ago(days: float) -> str:
        return (today - timedelta(days=int(days))).isoformat()

    surnames = f"{rng.choice(SURNAMES)} {rng.choice(SURNAMES)}"
    people = [Member("m-1", f"{rng.choice(GIVEN)} {surnames}", relation="principal", at_risk=True)]
    for index in range(rng.randrange(4)):
        relation = rng.choice(("spouse", "child", "parent", "sibling")) if index else "child"
        people.append(
            Member(
                f"m-{index + 2}",
                f"{rng.choice(GIVEN)} {surnames}",
                relation=relation,
                at_risk=rng.random() < 0.5,
            )
        )
    said: list[Said] = [*people[1:], Caseload(worker)]
    names = tuple(each.id for each in people)
    for index, kind in enumerate(rng.sample(list(TRACKS), rng.choice((1, 1, 2)))):
        since = (today - timedelta(days=begun)).isoformat()
        track = Track(f"t-{index}", kind, names, TRACKS[kind].first, since)
        said.extend(_way(rng, track, begun, today))
    if rng.random() < 0.6:
        due = (today + timedelta(days=rng.randrange(-3, 60))).isoformat()
        said.append(Task("k-1", "call the partner office", due, worker))
    label = f"{rng.choice(LABELS)} {number}"
    return Family(Opening(label, ago(begun)), people[0], tuple(said))


def _way(rng: random.Random, found: Track, begun: int, today: date) -> Iterator[Said]:
    """A way that went some stages along, each with what it asks for."""
    track, kind, stage, days = found.id, found.kind, found.starts, float(begun)
    if kind == "resettlement":
        categories = tuple(rng.sample(CATEGORIES, 2))
        found = msgspec.structs.replace(
            found, submission=rng.choice(("urgent", "normal")), categories=categories
        )
    yield found
    if kind.startswith("us_"):
        arrived = (today - timedelta(days=begun + rng.randrange(30))).isoformat()
        yield Facts(track, {"arrival_date": arrived}, "as told")
    for number in range(rng.randrange(6)):
        following = [
            to for to in TRACKS[kind].moves[stage] if to not in ("withdrawn", "in_absentia", "ruled_out")
        ]
        if not following:
            break
        stage, days = rng.choice(following), days * 0.7
        on = (today - timedelta(days=int(days))).isoformat()
        outcomes = dict.fromkeys(found.members, "accepted") if stage == "decided" else {}
        yield Step(f"s-{track}-{number}", track, stage, on, _facts(kind, stage, on), outcomes, "as told")
    if kind == "us_defensive":
        on = (today + timedelta(days=rng.randrange(3, 200))).isoformat()
        yield Hearing(f"h-{track}", track, rng.choice(("master", "individual")), "set", on=on, time="08:30")


def _facts(kind: str, stage: str, on: str) -> dict[str, str | bool | list[dict[str, str]]]:
    needs = TRACKS[kind].needs.get(stage, ())
    facts: dict[str, str | bool | list[dict[str, str]]] = {
        need: on for need in needs if need.endswith(("_date", "_received", "_granted_on", "_on"))
    }
    return facts | ({"mode": "oral"} if "mode" in needs else {})
