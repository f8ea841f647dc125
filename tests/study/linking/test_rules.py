from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.errors import AmparoError
from amparo.study.linking import rules
from amparo.study.linking.rules import Said

RECORDS = ["a.1.2", "a.1.3", "b.1.2", "b.1.3"]
WORDS = [*rules.VERDICTS, rules.WITHDRAWN]
lines = st.builds(
    Said,
    st.integers(1, 100),
    st.sampled_from(["ana", "beto", "eva"]),
    st.sampled_from([(one, other) for one in RECORDS for other in RECORDS if one != other]),
    st.sampled_from(WORDS),
)


def told(*words: tuple[str, str], four_eyes: bool = False, across: bool = False) -> list[str]:
    said = [Said(at, who, ("a.1.2", "b.1.2"), word) for at, (who, word) in enumerate(words, 1)]
    places = {"a.1.2": "one", "b.1.2": "two" if across else "one"}
    return [one.state for one in rules.standing(said, {}, places, four_eyes=four_eyes)]


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ([("ana", "same")], "same"),
        ([("ana", "same"), ("ana", "different")], "different"),
        ([("ana", "same"), ("beto", "different")], "disputed"),
        ([("ana", "same"), ("beto", "unsure")], "same"),
        ([("ana", "unsure")], "unsure"),
        ([("ana", "same"), ("beto", "different"), ("beto", "withdrawn")], "same"),
    ],
)
def test_the_newest_word_of_each_reviewer_stands(words: list[tuple[str, str]], state: str) -> None:
    assert told(*words) == [state]


def test_what_is_taken_back_is_gone() -> None:
    assert told(("ana", "same"), ("ana", "withdrawn")) == []


def test_across_compartments_two_must_agree() -> None:
    one, two = ("ana", "same"), ("beto", "same")
    assert told(one, four_eyes=True, across=True) == ["waiting"]
    assert told(one, two, four_eyes=True, across=True) == ["same"]
    assert told(one, one, four_eyes=True, across=True) == ["waiting"]
    assert told(one, four_eyes=True) == told(one, across=True) == ["same"]


def test_a_judgement_follows_its_record_or_lapses() -> None:
    said = [Said(1, "ana", ("a.1.2", "b.1.2"), "same")]
    [one] = rules.standing(said, {"a.1.2": "a.2.9", "a.2.9": "a.3.2"}, {}, four_eyes=False)
    assert (one.records, one.state) == (("a.3.2", "b.1.2"), "same")
    [one] = rules.standing(said, {"a.1.2": "a.2.9", "a.2.9": None}, {}, four_eyes=False)
    assert (one.records, one.state) == (("a.1.2", "b.1.2"), "lapsed")
    assert rules.standing(said, {"a.1.2": "a.2.9", "b.1.2": "a.2.9"}, {}, four_eyes=False) == []


@given(st.lists(lines, unique_by=lambda line: line.order))
def test_the_order_of_rows_decides_not_that_of_reading(said: list[Said]) -> None:
    forward = rules.standing(said, {}, {}, four_eyes=False)
    assert forward == rules.standing(said[::-1], {}, {}, four_eyes=False)
    assert len({one.records for one in forward}) == len(forward)
    for one in forward:
        assert one.records == rules.pair(*one.records) and one.state in rules.STATES
        for reviewer, word in one.voices.items():
            mine = [
                line
                for line in said
                if line.reviewer == reviewer and rules.pair(*line.records) == one.records
            ]
            assert max(mine).verdict == word


@pytest.mark.parametrize(
    ("verdict", "records", "code"),
    [("maybe", ("a", "b"), "linking.unknown_verdict"), ("same", ("a", "a"), "linking.one_record")],
)
def test_what_is_no_judgement_is_refused(verdict: str, records: tuple[str, str], code: str) -> None:
    with pytest.raises(AmparoError, match=code):
        rules.check_verdict(verdict, records)


pairs = st.tuples(st.sampled_from(RECORDS), st.sampled_from(RECORDS)).filter(lambda pair: pair[0] != pair[1])


@given(
    st.dictionaries(st.sampled_from(RECORDS), st.sampled_from("xyz")),
    st.lists(st.tuples(pairs, st.sampled_from(WORDS))),
)
def test_a_forecast_stays_between_one_person_and_one_for_each_record(
    persons: dict[str, str], said: list[tuple[tuple[str, str], str]]
) -> None:
    found = rules.forecast(len(set(persons.values())), persons.get, said)
    assert found.persons == len(set(persons.values()))
    assert min(1, found.persons) <= found.least <= found.most
    assert found.least <= found.persons


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ([], 2, 2),
        ([(("a.1.2", "b.1.2"), "same")], 1, 1),
        ([(("a.1.2", "b.1.2"), "same"), (("a.1.3", "b.1.2"), "same")], 1, 1),
        ([(("a.1.2", "a.1.3"), "different")], 2, 3),
        ([(("a.1.2", "a.1.3"), "same"), (("a.1.2", "b.1.2"), "different")], 2, 2),
        ([(("a.1.2", "b.1.2"), "unsure"), (("a.1.2", "unseen"), "same")], 2, 2),
    ],
)
def test_what_judgements_do_to_two_persons(
    said: list[tuple[tuple[str, str], str]], least: int, most: int
) -> None:
    persons = {"a.1.2": "x", "a.1.3": "x", "b.1.2": "y"}
    assert rules.forecast(2, persons.get, said) == (2, least, most)
