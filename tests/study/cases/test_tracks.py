"""What the tables forbid is refused by the service, and writes nothing; what they allow is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from amparo.errors import AmparoError
from amparo.study.cases import rules
from amparo.study.cases.said import Hearing, Member, Representation, Step, Task, Track
from amparo.study.context import Study

REFUSED = {"cases.not_from_here", "cases.never_after", "cases.ends_here"}


def opened(study: Study, *also: Any) -> str:
    from amparo.study.cases.services import open_case

    return open_case(study, Member("m-1", "Synthetic"), opened_on="2026-01-02", also=also)


def entries() -> int:
    from amparo.study.cases.models import Entry

    return Entry.objects.count()


def at_every_stage(kind: str) -> Iterator[Track]:
    """A track that stands in each stage of its machine."""
    for stage in rules.TRACKS[kind].moves:
        yield Track(stage, kind, ("m-1",), stage, "2026-01-02")


@pytest.mark.parametrize("kind", rules.TRACKS)
def test_every_forbidden_step_of_a_way_is_refused_and_writes_nothing(study: Study, kind: str) -> None:
    from amparo.study.cases import tracks

    case = opened(study, *at_every_stage(kind))
    before = entries()
    for at, following in rules.TRACKS[kind].moves.items():
        for to in rules.TRACKS[kind].moves:
            said = Step("", at, to, "2026-01-03", why="because", outcomes={"m-1": "accepted"})
            if to not in following:
                with pytest.raises(AmparoError) as refused:
                    tracks.step(study, case, said)
                assert refused.value.code in REFUSED
            elif rules.TRACKS[kind].needs.get(to):
                with pytest.raises(AmparoError) as refused:
                    tracks.step(study, case, Step("", at, to, ""))
                assert refused.value.code == "cases.needs"
    assert entries() == before


@pytest.mark.parametrize("name", rules.OTHERS)
def test_every_forbidden_change_of_what_else_has_stages_is_refused(study: Study, name: str) -> None:
    from amparo.study.cases import hearings, representation, tracks

    machine = rules.machine(name)
    track = Track("t-1", "us_defensive", ("m-1",), "served", "2026-01-02")

    def standing(stage: str) -> tuple[Any, ...]:
        match name:
            case "case":
                return (Step("s-1", "", stage, "2026-01-02"),)
            case "hearing":
                return (Hearing("x-1", "t-1", "master", stage, on="2026-02-02", control_on="2026-02-02"),)
            case "representation":
                return (Representation("x-1", stage, name="Synthetic"),)
            case _:
                return (Task("x-1", "synthetic", "2026-02-02", "owner", stage),)

    def change(number: str, to: str) -> None:
        match name:
            case "case":
                tracks.step(study, number, Step("", "", to, "2026-01-03", why="because"))
            case "hearing":
                said = Hearing("x-1", "t-1", "master", to, on="2026-03-02", control_on="2026-03-02")
                hearings.keep_hearing(study, number, said)
            case "representation":
                said = Representation("x-1", to, signed_on="2026-03-02", why="because")
                representation.keep_representation(study, number, said)
            case _:
                hearings.keep_task(study, number, Task("x-1", "", "", "", to, "because"))

    for at, following in machine.moves.items():
        for to in machine.moves:
            case = opened(study, track, *standing(at))
            before = entries()
            if to in following:
                change(case, to)
                assert entries() == before + 1
                continue
            with pytest.raises(AmparoError) as refused:
                change(case, to)
            assert refused.value.code in REFUSED
            assert entries() == before


def test_a_way_goes_on_with_what_a_stage_asks_for_and_back_again(study: Study) -> None:
    from amparo.study.cases import reading, tracks

    case = opened(study)
    track = tracks.choose(study, case, Track("", "us_defensive", ("m-1",), "heard", "2026-01-05"))
    said = Step(
        "", track, "denied", "2026-02-02", {"ij_order_date": "2026-02-02", "mode": "oral"}, {}, "as told"
    )
    tracks.step(study, case, said)
    assert reading.case_of(study, case).standing(track).stage == "denied"
    with pytest.raises(AmparoError, match=r"care\.no_reason"):
        tracks.take_back(study, case, track, " ")
    tracks.take_back(study, case, track, "typed in the wrong case")
    file = reading.case_of(study, case)
    assert (file.standing(track).stage, file.facts(track)) == ("heard", {})
    with pytest.raises(AmparoError, match=r"cases\.unknown_thing"):
        tracks.take_back(study, case, track, "again")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("cases.before", {"on": "2026-01-01"}),
        ("cases.ahead", {"on": "2060-01-01"}),
        ("cases.bad_day", {"on": "2026-02"}),
        ("cases.unknown_member", {"on": "2026-02-02", "outcomes": {"m-9": "accepted"}}),
        ("cases.bad_word", {"on": "2026-02-02", "outcomes": {"m-1": "perhaps"}}),
        ("cases.bad_fact", {"on": "2026-02-02", "facts": {"weather": "fine"}}),
    ],
)
def test_a_step_that_does_not_fit_is_refused(study: Study, code: str, said: dict[str, Any]) -> None:
    from amparo.study.cases import tracks

    case = opened(study, Track("t-1", "elsewhere", ("m-1",), "considered", "2026-01-05"))
    with pytest.raises(AmparoError) as refused:
        tracks.step(study, case, Step("", "t-1", "applied", **said))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("cases.unknown_track", {"kind": "balloon"}),
        ("cases.unknown_stage", {"starts": "departed"}),
        ("cases.unknown_stage", {"starts": "nowhere"}),
        ("cases.needs", {"starts": "submitted", "since": "2026-01-05"}),
        ("cases.nobody", {"members": ()}),
        ("cases.unknown_member", {"members": ("m-9",)}),
        ("cases.bad_word", {"submission": "soonish"}),
        ("cases.bad_word", {"categories": ("nice",)}),
        ("cases.bad_day", {"since": "in spring"}),
    ],
)
def test_a_way_that_does_not_fit_is_refused(study: Study, code: str, said: dict[str, Any]) -> None:
    from amparo.study.cases import tracks

    case = opened(study)
    whole: dict[str, Any] = {"kind": "resettlement", "members": ("m-1",), "starts": "", "since": ""} | said
    with pytest.raises(AmparoError) as refused:
        tracks.choose(study, case, Track("", **whole))
    assert refused.value.code == code


def test_a_decision_is_split_by_member_and_a_deferred_one_is_decided_later(study: Study) -> None:
    from amparo.study.cases import reading, tracks

    child = Member("m-2", "Synthetic", relation="child")
    track = Track("t-1", "resettlement", ("m-1", "m-2"), "with_state", "2026-01-05")
    case = opened(study, child, track)
    half = Step("", "t-1", "decided", "2026-02-02", outcomes={"m-1": "deferred"})
    with pytest.raises(AmparoError, match=r"cases\.needs"):
        tracks.step(study, case, half)
    tracks.step(
        study, case, Step("", "t-1", "decided", "2026-02-02", outcomes={"m-1": "deferred", "m-2": "denied"})
    )
    with pytest.raises(AmparoError, match=r"cases\.needs"):
        tracks.step(study, case, Step("", "t-1", "pending_departure", "2026-03-03"))
    tracks.step(study, case, Step("", "t-1", "decided", "2026-03-03", outcomes={"m-1": "accepted"}))
    tracks.step(study, case, Step("", "t-1", "pending_departure", "2026-03-04"))
    standing = reading.case_of(study, case).standing("t-1")
    assert standing.outcomes == {"m-1": "accepted", "m-2": "denied"}


def test_a_submission_asks_for_as_many_categories_as_the_handbook_did_on_its_day(study: Study) -> None:
    from amparo.study.cases import tracks

    def submit(on: str, *categories: str) -> None:
        track = Track(
            "t-1",
            "resettlement",
            ("m-1",),
            "under_review",
            "2018-01-05",
            submission="urgent",
            categories=categories,
        )
        tracks.step(study, opened(study, track), Step("", "t-1", "submitted", on))

    submit("2019-05-05", "medical")
    submit("2026-02-02", "medical", "family")
    with pytest.raises(AmparoError, match=r"cases\.needs"):
        submit("2026-02-02", "medical")
