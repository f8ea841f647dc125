"""A board is what opening every case anew would give; it holds no name, and opens only what changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from amparo.cli.checkout import load
from amparo.errors import AmparoError
from amparo.study.cases.said import Member, Task
from amparo.study.context import Study, now

Join = Callable[..., Study]
families = load("examples", "families")


def test_a_board_stays_what_it_would_be_made_anew(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    from amparo.study.cases import board, hearings
    from amparo.study.cases.services import open_case

    names = families.plant(study, 12, 1, now().date())
    kept = board.Board()
    assert kept.refresh(study) == board.Board().refresh(study)
    asked: list[Any] = []
    real = board.cases
    monkeypatch.setattr(board, "cases", lambda study, names: asked.extend(names) or real(study, names))
    assert len(kept.refresh(study)) == 12
    assert asked == []
    due = (now().date() + timedelta(days=1)).isoformat()
    hearings.keep_task(study, names[3], Task("", "synthetic", due, "owner"))
    lines = kept.refresh(study)
    assert asked == [names[3]]
    assert next(line for line in lines if line.case == names[3]).dues >= 1
    another = open_case(study, Member("m-1", "Synthetic"))
    assert another in {line.case for line in kept.refresh(study)}
    assert kept.refresh(study) == board.Board().refresh(study)


def test_red_comes_first_and_a_line_holds_no_name(study: Study) -> None:
    from amparo.study.cases import board

    families.plant(study, 30, 2, now().date())
    lines = board.Board().refresh(study)
    levels = [line.next.level if line.next else "none" for line in lines]
    assert levels == sorted(levels, key=["red", "amber", "green", "none"].index)
    assert not any(name in str(lines) for name in (*families.GIVEN, *families.SURNAMES))
    assert {line.worker for line in board.chosen(lines, worker="owner")} == {"owner"}
    assert board.chosen(lines, level="red") == [
        line for line in lines if line.next and line.next.level == "red"
    ]
    assert all(
        any(way.kind == "relocation" for way in line.ways) for line in board.chosen(lines, kind="relocation")
    )
    assert board.chosen(lines, closed=True) == []


def test_synthetic_families_went_the_ways_the_tables_allow() -> None:
    from amparo.study.cases import rules
    from amparo.study.cases.said import Step, Track

    for family in families.families(200, 3, now().date()):
        stage: dict[str, tuple[str, str]] = {}
        for said in family.also:
            if isinstance(said, Track):
                stage[said.id] = said.kind, said.starts
            elif isinstance(said, Step):
                kind, at = stage[said.track]
                assert said.to in rules.TRACKS[kind].moves[at]
                stage[said.track] = kind, said.to


def test_a_caseload_changes_hands_only_to_who_can_open_it(study: Study, join: Join) -> None:
    from amparo.study.cases import agenda, reading

    names = families.plant(study, 3, 1, now().date())
    join("ana", ["cases"])
    join("berta", ["cases"], ())
    join("carla", ["documents"])
    join("dora", ["lawyer"])
    for other, code in (("berta", "cannot_take"), ("carla", "cannot_take"), ("dora", "cannot_take")):
        with pytest.raises(AmparoError, match=rf"cases\.{code}"):
            agenda.hand_over(study, names, other, "on leave")
    with pytest.raises(AmparoError, match=r"care\.no_reason"):
        agenda.hand_over(study, names, "ana", " ")
    with pytest.raises(AmparoError, match=r"cases\.unknown_case"):
        agenda.hand_over(study, [*names, "C-000000"], "ana", "on leave")
    assert {case.worker for case in reading.cases(study)} == {"owner"}
    agenda.hand_over(study, names[:2], "ana", "on leave")
    assert [reading.case_of(study, name).worker for name in names] == ["ana", "ana", "owner"]


def test_a_calendar_tells_days_and_numbers_but_no_name_and_no_matter(study: Study) -> None:
    from icalendar import Calendar

    from amparo.report.cases import ics
    from amparo.study.cases import agenda

    families.plant(study, 20, 1, now().date())
    days = agenda.exported(study)
    assert days
    for language in ("es", "en"):
        content = ics(language, days, now())
        read = Calendar.from_ical(content)
        events = list(read.walk("VEVENT"))
        assert len(events) == len(days) == len({str(each["UID"]) for each in events})
        assert sorted(str(each.decoded("DTSTART"))[:10] for each in events) == [
            d.on.isoformat() for d in days
        ]
        told = content.decode().lower()
        secret = (
            *families.GIVEN,
            *families.SURNAMES,
            *families.LABELS,
            "asylum",
            "asilo",
            "hearing",
            "audiencia",
            "court",
        )
        assert not any(word.lower() in told for word in secret)


def test_a_week_is_in_order(study: Study) -> None:
    from amparo.study.cases import agenda

    families.plant(study, 20, 1, now().date())
    today = now().date()
    found = agenda.days(study, today, today + timedelta(days=30))
    assert found == sorted(found, key=lambda day: (day.on, day.time, day.case))
    assert agenda.days(study, today, today + timedelta(days=30), "nobody") == []
