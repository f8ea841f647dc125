"""Who stands on the other side is found by name, as far as who looks may see."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from amparo.errors import AmparoError
from amparo.study.care.rules import Purpose
from amparo.study.cases.said import ConflictCheck, Member, Party, ProgrammeStatus
from amparo.study.context import Study

Join = Callable[..., Study]
WHY = Purpose("case")


def opened(study: Study, name: str, compartment: str = "default") -> str:
    from amparo.study.cases.services import open_case

    return open_case(study, Member("m-1", name), compartment=compartment)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Fulano Inventado Ficticio", "fulano inventado", True),
        ("Fulano Imbentado", "Fulano Inventado", True),
        ("Fulano", "Fulano Inventado", False),
        ("Fulano Inventado", "Zutana Inventada", False),
        ("", "Fulano Inventado", False),
    ],
)
def test_names_are_alike_by_sound_and_by_at_least_two_words(one: str, other: str, same: bool) -> None:
    from amparo.study.cases.representation import alike

    assert alike(one, other) is same


def test_a_client_who_is_the_adverse_party_of_another_case_is_found(study: Study) -> None:
    from amparo.study.cases import reading, representation

    theirs, ours = opened(study, "Otra Persona Supuesta"), opened(study, "Fulano Inventado Ficticio")
    assert representation.check_conflicts(study, ours, WHY) == []
    representation.keep_party(study, theirs, Party("", "Fulano Inventado", "perpetrator", "as told"))
    [found] = representation.check_conflicts(study, ours, WHY)
    assert (found.member, found.where, found.of) == ("m-1", "case", theirs)
    assert [each.found for each in reading.case_of(study, ours).every(ConflictCheck)] == [0, 1]


def test_a_client_whom_claims_name_as_having_done_an_act_is_found(study: Study) -> None:
    from amparo.intake.passages import Oral
    from amparo.study.cases import representation
    from amparo.study.claims import services as claims

    told = Oral(words="lo hizo él", told_by="vecina ficticia", told_to="owner", told="2016-05-04")
    actor = claims.claim(study, "actor", {"name": "Fulano Inventado Ficticio"}, told).of
    ours = opened(study, "Fulano Inventado")
    [found] = representation.check_conflicts(study, ours, WHY)
    assert (found.where, found.of) == ("claim", actor)


def test_what_lies_out_of_reach_changes_nothing(study: Study, join: Join) -> None:
    from amparo.study import store
    from amparo.study.accounts import compartments
    from amparo.study.cases import representation

    compartments.make(study, "equipo-b")
    mine = store.refreshed(study)
    hidden = opened(mine, "Otra Persona Supuesta", "equipo-b")
    representation.keep_party(mine, hidden, Party("", "Fulano Inventado", "adverse"))
    ours = opened(mine, "Fulano Inventado")
    assert len(representation.check_conflicts(mine, ours, WHY)) == 1
    assert representation.check_conflicts(join("ana", ["cases"]), ours, WHY) == []


def test_a_programme_has_states_with_days_and_sources(study: Study) -> None:
    from amparo.study.cases import programmes

    before = programmes.states(study)["usrap"]
    assert [each.state for each in before] == ["unknown", "limited", "suspended"]
    said = ProgrammeStatus("usrap", "open", "2026-11-25", "a notice of nobody", "2026-11-30")
    programmes.keep_status(study, said)
    assert programmes.states(study)["usrap"] == [said, *before]
    for code, fault in (
        ("cases.bad_word", {"programme": "balloon"}),
        ("cases.bad_word", {"state": "fine"}),
        ("cases.no_source", {"source": " "}),
        ("cases.bad_day", {"since": ""}),
    ):
        import msgspec

        with pytest.raises(AmparoError) as refused:
            programmes.keep_status(study, msgspec.structs.replace(said, **fault))
        assert refused.value.code == code
