"""Synthetic protection cases of nobody: families on their way to safety, the first two with no name at all.

The first two are told like officers of whom the press quotes no name: one is threatened at home and waits,
still inside the country, for what the UN decides; the other has a court abroad before them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from amparo.study.cases.rules import CATEGORIES, TRACKS
from amparo.study.cases.said import (
    Assessed,
    Call,
    Caseload,
    Facts,
    Hearing,
    Member,
    Opening,
    Paper,
    Protocol,
    Representation,
    Said,
    Step,
    Task,
    Track,
)

if TYPE_CHECKING:
    from amparo.study.context import Study

LABELS = ("el pozo", "la milpa", "el puente", "la ceiba", "el volcán", "la loma", "el muelle", "la esquina")
# What is told in words, in the language of the study.
WORDS = {
    "es": {
        "found": "los encontraron de nuevo a las tres semanas",
        "ask": "preguntar a la oficina si recibió la presentación",
        "home": "agente, sin nombre; lo amenazaron en su casa",
        "court": "agente, sin nombre; pide asilo",
        "stamp": "sello de entrada, según cuenta",
        "place": "tribunal de inmigración",
        "means": "una orden en ausencia",
        "clinic": "una clínica de nadie",
        "call": "llamar a la oficina",
        "told": "según cuenta",
    },
    "en": {
        "found": "they were found again after three weeks",
        "ask": "ask the partner office whether the submission was received",
        "home": "officer, unnamed; threatened at home",
        "court": "officer, unnamed; asks for asylum",
        "stamp": "entry stamp, as told",
        "place": "immigration court",
        "means": "an order in absentia",
        "clinic": "a clinic of nobody",
        "call": "call the partner office",
        "told": "as told",
    },
}
GIVEN = ("Imaginaria", "Ficticio", "Inventada", "Supuesto", "Figurada", "Hipotético", "Soñada", "Fabulado")
SURNAMES = ("Nadie", "Ninguno", "Quimera", "Fábula", "Ensueño", "Espejismo", "Ilusión", "Leyenda")
WORKERS = ("owner",)


class Family(NamedTuple):
    """A case as it is to be opened: how it began, the person it is for, and all else that is said in it."""

    opening: Opening
    principal: Member
    also: tuple[Said, ...]


def families(
    number: int, seed: int, today: date, workers: Sequence[str] = WORKERS, language: str = "es"
) -> Iterator[Family]:
    """So many cases, the same for the same seed and day; the first two are the officers without a name."""
    rng, words = random.Random(seed), WORDS[language]  # noqa: S311
    made = 0
    for family in (_waits_inside(today, words), _before_a_court(today, words)):
        if made < number:
            yield family
            made += 1
    while made < number:
        yield _some(rng, made, today, workers[made % len(workers)], words)
        made += 1


def plant(study: Study, number: int, seed: int, today: date) -> list[str]:
    """Open so many synthetic cases in a study, in its language; gives their file numbers."""
    from amparo.study.cases.services import open_case  # noqa: PLC0415

    return [
        open_case(
            study,
            each.principal,
            label=each.opening.label,
            opened_on=each.opening.opened_on,
            also=each.also,
        )
        for each in families(number, seed, today, language=study.facts.language)
    ]


def _waits_inside(today: date, words: Mapping[str, str]) -> Family:
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
        Step("s-22", "t-2", "failed", ago(215), why=words["found"]),
    ]
    papers = [
        Paper("t-1", name, "have", ago(140))
        for name in ("consent", "household_list", "rrf", "rrf_signatures")
    ]
    task = Task(
        "k-1",
        words["ask"],
        (today + timedelta(days=2)).isoformat(),
        WORKERS[0],
    )
    member = Member("m-1", relation="principal", at_risk=True, knows=True, note=words["home"])
    return Family(Opening("el pozo", ago(270)), member, (*people, un, *steps, inside, *tried, *papers, task))


def _before_a_court(today: date, words: Mapping[str, str]) -> Family:
    def ago(days: int) -> str:
        return (today - timedelta(days=days)).isoformat()

    member = Member("m-1", relation="principal", at_risk=True, knows=True, note=words["court"])
    child = Member(
        "m-2", relation="child", born="2012-04", dependent=True, at_risk=True, knows=True, travels_with="m-1"
    )
    court = Track("t-1", "us_defensive", ("m-1", "m-2"), "served", ago(290))
    steps = [Step("s-1", "t-1", "master_set", ago(200))]
    facts = Facts("t-1", {"arrival_date": ago(300), "circuit": "9", "detained": False}, words["stamp"])
    hearings = [
        Hearing("h-1", "t-1", "master", "held", on=ago(60), time="08:30", place=words["place"]),
        Hearing("h-2", "t-1", "individual", "to_be_set", control_on=ago(1), means=words["means"]),
        Hearing("h-3", "t-1", "biometrics", "set", on=(today + timedelta(days=5)).isoformat(), time="10:00"),
    ]
    speaks = Representation("r-1", "agreed", name=words["clinic"], signed_on=ago(250))
    return Family(Opening("la milpa", ago(295)), member, (child, court, *steps, facts, *hearings, speaks))


def _some(rng: random.Random, number: int, today: date, worker: str, words: Mapping[str, str]) -> Family:
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
        said.extend(_way(rng, track, begun, today, words))
    if rng.random() < 0.6:
        due = (today + timedelta(days=rng.randrange(-3, 60))).isoformat()
        said.append(Task("k-1", words["call"], due, worker))
    said.extend(_kept_safe(random.Random(number), begun, today, words))  # noqa: S311
    label = f"{rng.choice(LABELS)} {number}"
    return Family(Opening(label, ago(begun)), people[0], tuple(said))


def _kept_safe(rng: random.Random, begun: int, today: date, words: Mapping[str, str]) -> Iterator[Said]:
    """How to speak, contacts made and missed, and a risk decided; of some families none of it yet."""
    if rng.random() < 0.2:
        return

    def ago(days: int) -> str:
        return (today - timedelta(days=min(days, begun))).isoformat()

    level = rng.choice(("high", "medium", "medium", "low"))
    answers = {"threat_recent": "yes" if level == "high" else "no", "children": "yes"}
    review = (today + timedelta(days=rng.randrange(-5, 30))).isoformat()
    yield Assessed(answers, level, review, proposed=level)
    yield Protocol(rng.choice(("call", "message")), {"high": 2, "medium": 7, "low": 30}[level])
    for days in sorted((rng.randrange(1, 60) for _ in range(rng.randrange(1, 4))), reverse=True):
        result = rng.choice(("reached", "reached", "reached", "missed"))
        yield Call(ago(days), result, words["told"] if result == "reached" else "")


def _way(
    rng: random.Random, found: Track, begun: int, today: date, words: Mapping[str, str]
) -> Iterator[Said]:
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
        yield Facts(track, {"arrival_date": arrived}, words["told"])
    for number in range(rng.randrange(6)):
        following = [
            to for to in TRACKS[kind].moves[stage] if to not in ("withdrawn", "in_absentia", "ruled_out")
        ]
        if not following:
            break
        stage, days = rng.choice(following), days * 0.7
        on = (today - timedelta(days=int(days))).isoformat()
        outcomes = dict.fromkeys(found.members, "accepted") if stage == "decided" else {}
        yield Step(f"s-{track}-{number}", track, stage, on, _facts(kind, stage, on), outcomes, words["told"])
    if kind == "us_defensive":
        on = (today + timedelta(days=rng.randrange(3, 200))).isoformat()
        yield Hearing(f"h-{track}", track, rng.choice(("master", "individual")), "set", on=on, time="08:30")


def _facts(kind: str, stage: str, on: str) -> dict[str, str | bool | list[dict[str, str]]]:
    needs = TRACKS[kind].needs.get(stage, ())
    facts: dict[str, str | bool | list[dict[str, str]]] = {
        need: on for need in needs if need.endswith(("_date", "_received", "_granted_on", "_on"))
    }
    return facts | ({"mode": "oral"} if "mode" in needs else {})
