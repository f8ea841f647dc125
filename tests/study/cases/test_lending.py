"""A volunteer reads the cases that were chosen, until a day; what they hold opens nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from amparo.errors import AmparoError
from amparo.study.cases.said import Call, Member, Note, Party, Task
from amparo.study.context import Study

TODAY = datetime.now(UTC).date()
SOON = TODAY + timedelta(days=7)
Join = Callable[..., Study]


@pytest.fixture
def helper(study: Study, join: Join) -> Study:
    """A volunteer: no compartment's key."""
    return join("ayuda", ["volunteer"], ())


def opened(study: Study, name: str) -> str:
    from amparo.study.cases.services import open_case

    return open_case(
        study, Member("m-1", name), also=[Note("n-1", "synthetic words"), Party("p-1", "Otro", "adverse")]
    )


def lend(study: Study, *cases: str, until: Any = SOON, why: str = "goes along to the hearing") -> None:
    from amparo.study.cases.lending import lend as service

    service(study, cases, "ayuda", until, why)


def later(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """Let so many days pass for whoever asks what is lent."""
    at = datetime.now(UTC) + timedelta(days=days)
    for room in ("lent", "lending", "board"):
        monkeypatch.setattr(f"amparo.study.cases.{room}.now", lambda: at)


def numbers(study: Study) -> list[str]:
    from amparo.study.cases.reading import cases

    return [case.id for case in cases(study)]


def test_a_volunteer_reads_what_was_lent_as_it_is_written_and_nothing_else(
    study: Study, helper: Study
) -> None:
    from amparo.study.cases.hearings import keep_note, keep_task
    from amparo.study.cases.reading import case_of, of_the_organisation
    from amparo.study.verification import verify_study

    chosen, other = opened(study, "Nadie Prestado"), opened(study, "Nadie Ajeno")
    assert not helper.keys.held and numbers(helper) == []
    lend(study, chosen)
    assert numbers(helper) == [chosen]
    keep_task(study, chosen, Task("", "llamar", SOON.isoformat(), ""))
    keep_note(study, chosen, "for lawyers alone", lawyers=True)
    file = case_of(helper, chosen)
    assert file.principal and file.principal.name == "Nadie Prestado"
    assert [each.words for each in file.every(Task)] == ["llamar"]
    assert [each.words for each in file.every(Note)] == ["synthetic words"]
    assert not list(file.every(Party)) and of_the_organisation(helper) == []
    for call in (
        lambda: case_of(helper, other),
        lambda: keep_note(helper, chosen, "typed"),
        lambda: keep_note(helper, other, "typed"),
    ):
        with pytest.raises(AmparoError) as error:
            call()
        assert error.value.code in ("cases.unknown_case", "accounts.not_allowed")
    verify_study(study)
    verify_study(helper)


def test_an_opening_by_a_volunteer_leaves_its_line(study: Study, helper: Study) -> None:
    from amparo.study.accounts.models import AuditLine
    from amparo.study.care.rules import Purpose
    from amparo.study.cases.services import open_for_reading

    chosen = opened(study, "Nadie")
    lend(study, chosen)
    open_for_reading(helper, chosen, Purpose("case"))
    line = AuditLine.objects.latest("seq")
    assert (line.act, line.actor.handle, line.facts["records"]) == ("cases.opened", "ayuda", chosen)


def test_after_the_day_nothing_opens_and_the_next_opening_removes_the_keys(
    study: Study, helper: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    from amparo.study.cases.board import Board
    from amparo.study.cases.lending import lendings, sweep
    from amparo.study.cases.models import LentKey
    from amparo.study.cases.reading import case_of
    from amparo.study.verification import verify_study

    chosen, board = opened(study, "Nadie"), Board()
    lend(study, chosen)
    assert [line.case for line in board.refresh(helper)] == [chosen]
    later(monkeypatch, 7)
    assert numbers(helper) == [chosen]
    later(monkeypatch, 8)
    assert numbers(helper) == [] and board.refresh(helper) == []
    with pytest.raises(AmparoError, match=r"cases\.unknown_case"):
        case_of(helper, chosen)
    assert lendings(study) == []
    assert LentKey.objects.exists() and sweep(helper) == 1 and not LentKey.objects.exists()
    verify_study(study)


def test_a_lending_can_be_taken_back_and_given_anew(study: Study, helper: Study) -> None:
    from amparo.study.cases.board import Board
    from amparo.study.cases.lending import end, lendings
    from amparo.study.cases.models import LentKey
    from amparo.study.verification import verify_study

    chosen, board = opened(study, "Nadie"), Board()
    lend(study, chosen)
    board.refresh(helper)
    lend(study, chosen, until=TODAY, why="until tonight")
    [standing] = lendings(study)
    assert (standing.case, standing.to, standing.until, standing.why) == (
        chosen,
        "ayuda",
        TODAY,
        "until tonight",
    )
    end(study, standing.number)
    assert numbers(helper) == [] and board.refresh(helper) == [] and not LentKey.objects.exists()
    with pytest.raises(AmparoError, match=r"cases\.unknown_thing"):
        end(study, standing.number)
    with pytest.raises(AmparoError, match=r"accounts\.not_allowed"):
        end(helper, standing.number)
    verify_study(study)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("cases.lend_until", {"until": TODAY - timedelta(days=1)}),
        ("cases.lend_until", {"until": TODAY + timedelta(days=93)}),
        ("care.no_reason", {"why": " "}),
        ("cases.not_a_volunteer", {"to": "owner"}),
        ("accounts.unknown_user", {"to": "nobody-here"}),
        ("cases.no_case", {"cases": []}),
        ("cases.unknown_case", {"cases": ["C-000000"]}),
    ],
)
def test_what_cannot_be_lent_is_refused_and_nothing_is(
    study: Study, helper: Study, code: str, said: dict[str, Any]
) -> None:
    from amparo.study.cases.lending import lend as service

    whole: dict[str, Any] = {
        "cases": [opened(study, "Nadie")],
        "to": "ayuda",
        "until": SOON,
        "why": "x",
    } | said
    if code == "cases.unknown_case":
        whole["cases"] = [opened(study, "Nadie"), *whole["cases"]]
    with pytest.raises(AmparoError) as refused:
        service(study, whole["cases"], whole["to"], whole["until"], whole["why"])
    assert refused.value.code == code
    assert numbers(helper) == []


def test_who_loses_the_role_or_leaves_reads_no_more(study: Study, helper: Study) -> None:
    from amparo.study.accounts.people import remove, set_roles
    from amparo.study.cases.lending import sweep
    from amparo.study.cases.models import LentKey
    from amparo.study.store import refreshed

    lend(study, opened(study, "Nadie"))
    set_roles(study, "ayuda", ["counts"])
    assert numbers(refreshed(helper)) == []
    assert sweep(study) == 1
    set_roles(study, "ayuda", ["volunteer"])
    lend(study, opened(study, "Nadie"))
    remove(study, "ayuda")
    assert sweep(study) == 1 and not LentKey.objects.exists()


def test_an_erasure_takes_the_boxes_too(study: Study, helper: Study) -> None:
    from amparo.study.care.erasure import erase
    from amparo.study.cases.models import LentKey
    from amparo.study.opening import Asked, open_file
    from amparo.study.safety.services import log_call
    from amparo.study.verification import verify_study

    file = open_file(study, Asked({"person_given": "Nadie", "person_surname": "Prestado"}))
    lend(study, file.case)
    log_call(study, file.case, Call(TODAY.isoformat(), "missed"))
    assert LentKey.objects.count() > 2
    erase(study, [file.record], "synthetic wish")
    assert not LentKey.objects.exists() and numbers(helper) == []
    verify_study(study)
