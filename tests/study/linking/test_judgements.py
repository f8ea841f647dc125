from __future__ import annotations

import pytest
from synthetic_lists import people, table

from amparo.errors import AmparoError
from amparo.study.linking import judgements
from amparo.study.linking.judgements import Word
from amparo.study.linking.models import Judgement
from amparo.study.register.rules import Declared
from amparo.study.register.services import read_list
from amparo.study.store import Study
from amparo.study.verification import verify_study


def _read(study: Study, key: str, content: bytes) -> None:
    read_list(study, content, f"{key}.csv", source_key=key, declared=Declared(key, "capture"))


@pytest.fixture
def two(study: Study) -> Study:
    _read(study, "a", table(people(6)))
    _read(study, "b", table(people(6)))
    return study


def test_a_judgement_is_sealed_signed_and_replaced_by_a_later_one(two: Study) -> None:
    judgements.judge(two, [Word(("b.1.2", "a.1.2"), "same", "near", "same face in the photograph")])
    [row] = Judgement.objects.all()
    assert b"a.1.2" not in bytes(row.sealed_judgement) and b"face" not in bytes(row.sealed_judgement)
    [standing] = judgements.standing(two)
    assert (standing.records, standing.state, standing.chosen) == (("a.1.2", "b.1.2"), "same", "near")
    assert judgements.binding(two).rows() == [("a.1.2", "b.1.2", "same", "near")]
    judgements.judge(two, [Word(("a.1.2", "b.1.2"), "withdrawn")])
    assert judgements.standing(two) == [] and judgements.binding(two).is_empty()
    assert Judgement.objects.count() == 2
    assert verify_study(two).judgements == 2
    Judgement.objects.filter(pk=1).delete()
    with pytest.raises(AmparoError, match="vault.row_missing"):
        verify_study(two)


def test_a_record_nobody_knows_is_not_judged(two: Study) -> None:
    with pytest.raises(AmparoError, match="register.unknown_record"):
        judgements.judge(two, [Word(("a.1.2", "b.9.9"), "same")])
    assert Judgement.objects.count() == 0


def test_only_who_matches_judges(two: Study) -> None:
    two.user.roles = ["documents", "administers"]
    with pytest.raises(AmparoError, match="accounts.not_allowed"):
        judgements.judge(two, [Word(("a.1.2", "b.1.2"), "same")])
    with pytest.raises(AmparoError, match="accounts.not_allowed"):
        judgements.set_four_eyes(two, False)
    assert Judgement.objects.count() == 0 and judgements.four_eyes()


def test_a_corrected_record_takes_its_judgement_along(two: Study) -> None:
    judgements.judge(two, [Word(("a.1.2", "b.1.2"), "same"), Word(("a.1.7", "b.1.7"), "different")])
    rows = people(6)
    first = (*rows[0][:3], "56", *rows[0][4:])
    _read(two, "a", table([first, *rows[1:5]]))
    standing = {one.records: one.state for one in judgements.standing(two)}
    assert standing == {("a.2.2", "b.1.2"): "same", ("a.1.7", "b.1.7"): "lapsed"}
    assert judgements.binding(two).rows() == [("a.2.2", "b.1.2", "same", "asked")]


def test_across_compartments_four_eyes_are_wanted_until_somebody_says_otherwise(two: Study) -> None:
    read_list(
        two,
        table(people(6)),
        "c.csv",
        source_key="c",
        declared=Declared("c", "capture"),
        compartment="lawyers",
    )
    judgements.judge(two, [Word(("a.1.2", "c.1.2"), "same")])
    assert [one.state for one in judgements.standing(two)] == ["waiting"]
    judgements.set_four_eyes(two, False)
    assert [one.state for one in judgements.standing(two)] == ["same"]


def test_erasing_a_record_ends_what_was_judged_of_it(two: Study) -> None:
    from amparo.study.care.erasure import erase

    judgements.judge(
        two,
        [Word(("a.1.2", "b.1.2"), "same", reason="Zoraida of the market"), Word(("a.1.3", "b.1.3"), "same")],
    )
    erase(two, ["a.1.2"], "by request")
    assert [one.records for one in judgements.standing(two)] == [("a.1.3", "b.1.3")]
    assert bytes(Judgement.objects.get(pk=1).wrapped_key) == b""
    assert verify_study(two).judgements == 1
