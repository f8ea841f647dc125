"""Cases are sealed, only added to, seen by whom they should be, and end with the records they tell of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from synthetic_lists import people, table

from amparo.errors import AmparoError
from amparo.study.context import Study
from amparo.study.verification import verify_study

Join = Callable[..., Study]
RECORD = "a.1.2"


def opened(study: Study, name: str = "Synthetic Person", **more: Any) -> str:
    from amparo.study.cases import services
    from amparo.study.cases.said import Member

    return services.open_case(study, Member("member-1", name, **more), label="the well")


def with_list(study: Study) -> None:
    from amparo.study.register.rules import Declared
    from amparo.study.register.services import read_list

    content = table(people(5))
    read_list(study, content, "a.csv", source_key="a", declared=Declared("Synthetic list", "capture"))


def test_a_case_is_opened_with_nothing_but_somebody_and_grows(study: Study) -> None:
    from amparo.study.cases import reading, services
    from amparo.study.cases.said import Member

    number = opened(study, "")
    services.keep_member(study, number, Member("member-2", "Child", relation="child", born="2015"))
    services.keep_member(
        study, number, Member("member-2", "Child", relation="child", travels_with="member-1")
    )
    case = reading.case_of(study, number)
    assert list(case.members) == ["member-1", "member-2"]
    assert case.members["member-2"].travels_with == "member-1"
    assert case.worker == "owner"
    assert case.stage == "open"
    assert [told.said.id for told in case.entries if isinstance(told.said, Member)] == [
        "member-1",
        "member-2",
        "member-2",
    ]
    assert case.principal is not None
    verify_study(study)


@pytest.mark.parametrize(
    ("code", "member"),
    [
        ("cases.one_principal", {"relation": "principal"}),
        ("cases.unknown_relation", {"relation": "neighbour"}),
        ("cases.unknown_member", {"relation": "child", "travels_with": "member-9"}),
        ("cases.unknown_member", {"relation": "child", "travels_with": "member-2"}),
        ("cases.bad_day", {"relation": "child", "born": "yesterday or so"}),
        ("register.unknown_record", {"relation": "child", "record": "a.1.2"}),
    ],
)
def test_a_member_that_does_not_fit_is_refused(study: Study, code: str, member: dict[str, Any]) -> None:
    from amparo.study.cases import services
    from amparo.study.cases.said import Member

    number = opened(study)
    with pytest.raises(AmparoError) as refused:
        services.keep_member(study, number, Member("member-2", "Synthetic", **member))
    assert refused.value.code == code


def test_nothing_said_in_a_case_is_readable_in_its_rows(study: Study) -> None:
    from amparo.study.accounts.models import AuditLine
    from amparo.study.cases.models import Case, Entry

    opened(study, "Quetzalcoatl Zamarripa")
    rows = [*Case.objects.values_list(), *Entry.objects.values_list(), *AuditLine.objects.values_list()]
    assert b"Quetzalcoatl" not in b"".join(
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
        for row in rows
        for value in row
    )


def test_who_holds_no_key_or_has_no_agreement_sees_no_case(study: Study, join: Join) -> None:
    from amparo.study.cases import reading, services
    from amparo.study.cases.said import Representation

    number = opened(study)
    worker, reader = join("ana", ["cases"]), join("blas", ["documents"])
    stranger, lawyer = join("carla", ["cases"], ()), join("dora", ["lawyer"], ("default", "lawyers"))
    assert [case.id for case in reading.cases(worker)] == [number]
    for other in (reader, stranger, lawyer):
        with pytest.raises(AmparoError) as refused:
            reading.case_of(other, number)
        with pytest.raises(AmparoError) as absent:
            reading.case_of(other, "C-000000")
        assert refused.value.code == absent.value.code == "cases.unknown_case"
    asked = Representation("rep-1", "asked", handle="dora")
    for said, seen in (
        (asked, []),
        (msgspec.structs.replace(asked, state="agreed", signed_on="2026-01-02"), [number]),
        (msgspec.structs.replace(asked, state="agreed", until="2026-02-02"), []),
        (msgspec.structs.replace(asked, state="ended"), []),
    ):
        services.write(study, "cases.member", reading.case_of(study, number), [said])
        assert [case.id for case in reading.cases(lawyer)] == seen


def test_what_lies_with_the_lawyers_is_not_there_for_others(study: Study, join: Join) -> None:
    from amparo.study.cases import reading, services
    from amparo.study.cases.said import Note

    number = opened(study)
    services.write(
        study,
        "cases.member",
        reading.case_of(study, number),
        [Note("note-1", "told to a lawyer")],
        lawyers=True,
    )
    worker = join("ana", ["cases"])
    assert list(reading.case_of(worker, number).every(Note)) == []
    assert [note.words for note in reading.case_of(study, number).every(Note)] == ["told to a lawyer"]


def test_erasing_a_record_takes_what_cases_tell_of_it(study: Study) -> None:
    from amparo.study.care.erasure import erase
    from amparo.study.cases import reading, services
    from amparo.study.cases.said import Member

    with_list(study)
    number = opened(study)
    services.keep_member(study, number, Member("member-2", "Synthetic", relation="spouse"))
    services.keep_member(study, number, Member("member-2", "Synthetic", relation="spouse", record=RECORD))
    erase(study, [RECORD], "by request")
    assert list(reading.case_of(study, number).members) == ["member-1"]
    verify_study(study)


def test_erasing_whom_a_case_was_opened_for_ends_the_case(study: Study) -> None:
    from amparo.study.care.erasure import erase
    from amparo.study.cases import reading, services
    from amparo.study.cases.models import Entry
    from amparo.study.cases.said import Member

    with_list(study)
    number = opened(study)
    services.keep_member(study, number, Member("member-1", "Synthetic", record=RECORD))
    erase(study, [RECORD], "by request")
    with pytest.raises(AmparoError, match=r"cases\.unknown_case"):
        reading.case_of(study, number)
    assert not Entry.objects.exclude(wrapped_key=b"").exists()
    verify_study(study)
