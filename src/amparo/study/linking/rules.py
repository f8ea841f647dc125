"""What a judgement is, and what stands of all that reviewers said: tables and plain functions. No Django."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple, get_args

from amparo.errors import AmparoError

Verdict = Literal["same", "different", "unsure"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
WITHDRAWN = "withdrawn"  # takes the reviewer's own word on a pair back

# Why a pair was shown. Labels are weighed by it: the near ones alone would say little of all pairs.
Chosen = Literal["near", "blind", "outside", "asked"]
CHOSEN: tuple[Chosen, ...] = get_args(Chosen)

# What stands of a pair. Only `same` and `different` bind the linkage.
State = Literal["same", "different", "unsure", "disputed", "waiting", "lapsed"]
STATES: tuple[State, ...] = get_args(State)
EYES = 2  # reviewers who must agree across compartments, where the study wants it


class Said(NamedTuple):
    """One row of the table: who said what of which two records. `order` is that of all rows."""

    order: int
    reviewer: str
    records: tuple[str, str]
    verdict: str
    chosen: str = "asked"
    reason: str = ""


class Standing(NamedTuple):
    """What stands of a pair, under the records that stand: by reviewer their newest word."""

    records: tuple[str, str]
    state: State
    voices: Mapping[str, str]
    chosen: str


def check_verdict(verdict: str, records: tuple[str, str]) -> None:
    """Raise `linking.unknown_verdict`, or `linking.one_record` where a record would be judged by itself."""
    if verdict not in (*VERDICTS, WITHDRAWN):
        raise AmparoError("linking.unknown_verdict", verdict=verdict, verdicts=list(VERDICTS))
    if records[0] == records[1]:
        raise AmparoError("linking.one_record", record=records[0])


def pair(one: str, other: str) -> tuple[str, str]:
    """Two records in the order in which a pair is kept."""
    return (one, other) if one < other else (other, one)


def voices(said: Iterable[Said]) -> dict[tuple[str, str], dict[str, Said]]:
    """By pair and reviewer their newest word; what was withdrawn is gone."""
    newest: dict[tuple[str, str], dict[str, Said]] = {}
    for line in sorted(said):
        of_pair = newest.setdefault(pair(*line.records), {})
        of_pair.pop(line.reviewer, None)
        if line.verdict != WITHDRAWN:
            of_pair[line.reviewer] = line
    return {key: of_pair for key, of_pair in newest.items() if of_pair}


def standing(
    said: Iterable[Said],
    successors: Mapping[str, str | None],
    compartments: Mapping[str, str],
    *,
    four_eyes: bool,
) -> list[Standing]:
    """What stands of every pair, ordered.

    A record that was corrected is followed to its successor (`successors`: record -> what took its place,
    or None where a list left it out); without one the judgement has lapsed. With `four_eyes` a pair whose
    records lie in different compartments (record -> compartment) needs two reviewers who agree.
    """
    followed = [
        line._replace(records=pair(*(_newest(record, successors) for record in line.records)))
        for line in said
        if all(_newest(record, successors) for record in line.records)
    ]
    lapsed = [line for line in said if not all(_newest(record, successors) for record in line.records)]
    found = []
    for records, of_pair in voices(followed).items():
        if records[0] == records[1]:  # two records that one row corrected
            continue
        across = len({compartments.get(record, "") for record in records}) > 1
        words = {reviewer: line.verdict for reviewer, line in of_pair.items()}
        found.append(
            Standing(records, _state(words, EYES if four_eyes and across else 1), words, _chosen(of_pair))
        )
    for records, of_pair in voices(lapsed).items():
        words = {reviewer: line.verdict for reviewer, line in of_pair.items()}
        found.append(Standing(records, "lapsed", words, _chosen(of_pair)))
    return sorted(found, key=lambda one: (one.records, one.state))


def _newest(record: str, successors: Mapping[str, str | None]) -> str:
    """The record that stands for one; empty where none does."""
    seen = set()
    while record in successors and record not in seen:
        seen.add(record)
        record = successors[record] or ""
    return record


def _state(words: Mapping[str, str], needed: int) -> State:
    """Reviewers who are unsure abstain; who contradict each other settle nothing."""
    same, different = (sum(word == verdict for word in words.values()) for verdict in ("same", "different"))
    if same and different:
        return "disputed"
    if not same and not different:
        return "unsure"
    if max(same, different) < needed:
        return "waiting"
    return "same" if same else "different"


def _chosen(of_pair: Mapping[str, Said]) -> str:
    """How the first of the reviewers came to the pair."""
    return min(of_pair.values()).chosen


class Forecast(NamedTuple):
    """Persons after the last linkage, and at least and at most after the next one, by judgements alone."""

    persons: int
    least: int
    most: int


def forecast(
    number: int, person_of: Callable[[str], str | None], said: Iterable[tuple[tuple[str, str], str]]
) -> Forecast:
    """What verdicts on pairs of records do to the number of persons; `person_of` tells that of a record.

    Two persons judged the same become one. One person of whom two records are judged different may become
    two: the linkage decides to which part the other records belong. What it changes besides is not foreseen.
    """
    stands: dict[str, str] = {}

    def now_in(person: str) -> str:
        while person in stands:
            person = stands[person]
        return person

    merged, split = 0, set()
    for records, verdict in said:
        one, other = (person_of(record) for record in records)
        if one is None or other is None:
            continue
        if verdict == "same" and now_in(one) != now_in(other):
            stands[now_in(one)] = now_in(other)
            merged += 1
        elif verdict == "different" and one == other:
            split.add(pair(*records))
    return Forecast(number, number - merged, number - merged + len(split))
