from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from synthetic_lists import lists, people, table

from amparo.errors import AmparoError
from amparo.study.care.rules import DECISIONS, USES
from amparo.study.context import Keys
from amparo.study.register.rules import Declared
from amparo.study.register.services import read_list
from amparo.study.store import Study
from amparo.study.verification import verify_study

CAPTURE = Declared("Synthetic list", "capture")
TODAY = datetime.now(UTC).date()


def read(study: Study, content: bytes, key: str = "a", compartment: str | None = None) -> None:
    read_list(study, content, "list.csv", source_key=key, declared=CAPTURE, compartment=compartment)


def only(study: Study, *compartments: str) -> Study:
    """The same study for somebody with fewer keys."""
    held = {number: key for number, key in study.keys.held.items() if key.compartment in compartments}
    return Study(study.opened, study.user, study.facts, Keys(held))


def counted(study: Study) -> tuple[int, dict[str, object]]:
    """Persons counted, by who holds the counting key alone; and what a caveat says of consent."""
    from amparo.study.counting.services import count_study

    found = count_study(only(study, "counting"), seed=1)
    said = {each.code: each.facts for each in found.caveats}
    return found.persons, said.get("counting.without_consent", {})


def test_what_was_said_is_kept_with_who_wrote_it(study: Study) -> None:
    from amparo.study.care import services

    read(study, table(people(3)))
    until = TODAY + timedelta(days=10)
    services.consent(study, "a.1.2", "referral", "given", until=until, words="only to the clinic")
    services.consent(study, "a.1.2", "referral", "withdrawn")
    services.consent(study, "a.1.3", "case", "given")
    first, second = services.consents(study, ["a.1.2"])
    assert first == ("a.1.2", "referral", "given", until, TODAY, "owner", "only to the clinic", None)
    assert (second.decision, second.words) == ("withdrawn", "")
    assert services.standing_consent(["a.1.2"], "referral") == "withdrawn"
    assert services.standing_consent(["a.1.3"], "case") == "given"
    assert services.standing_consent(["a.1.3"], "publication") is None
    assert services.consents(only(study, "counting"), ["a.1.2"]) == []
    verify_study(study)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (("a.1.2", "sale", "given"), "care.unknown_use"),
        (("a.1.2", "case", "maybe"), "care.unknown_decision"),
        (("a.1.9", "case", "given"), "register.unknown_record"),
    ],
)
def test_what_cannot_be_said(study: Study, statement: tuple[str, str, str], code: str) -> None:
    from amparo.study.care import services

    read(study, table(people(3)))
    with pytest.raises(AmparoError) as error:
        services.consent(study, *statement)
    assert error.value.code == code
    with pytest.raises(AmparoError, match=r"care\.no_until"):
        services.consent(study, "a.1.2", "case", "refused", until=TODAY)
    assert services.consents(study, ["a.1.2"]) == []


def test_a_refusal_leaves_every_record_of_the_person_out_of_the_next_count(study: Study) -> None:
    from amparo.study.care import services
    from amparo.study.linking.services import link_study
    from amparo.study.register.index import Index
    from amparo.study.register.models import Record

    for key, content in lists(60).items():
        read(study, content, key)
    link_study(study, seed=1)
    before, nothing = counted(study)
    assert nothing == {}
    index = Index(study)
    person = next(
        hits
        for hits in (
            [index.records[at] for at in index.find(index.at(place).name)]
            for place in range(len(index.records))
        )
        if len(hits) > 2
    )
    services.consent(study, person[0], "publication", "refused")
    assert counted(study) == (before, {})
    services.consent(study, person[0], "statistics", "refused")
    assert counted(study) == (before - 1, {"persons": 1})
    # Said again on another record of the same person, the newest word stands.
    services.consent(study, person[1], "statistics", "given")
    assert counted(study) == (before, {})
    services.consent(study, person[2], "statistics", "withdrawn")
    assert counted(study) == (before - 1, {"persons": 1})
    assert Record.objects.filter(pk__in=person).count() == len(person)


def test_a_refusal_follows_a_corrected_record(study: Study) -> None:
    from amparo.study.care import services
    from amparo.study.linking.services import link_study, newest

    rows = people(30)
    for key in ("a", "b", "c"):
        read(study, table(rows), key)
    services.consent(study, "a.1.2", "statistics", "refused")
    rows[0] = (*rows[0][:3], "19", *rows[0][4:])
    read(study, table(rows))
    link_study(study, seed=1)
    linked = newest(study)
    assert linked is not None and "a.1.2" not in linked.records["record_id"]
    assert len(services.refusing(linked.records, "statistics")) == 1


def test_a_consent_that_ended_is_none_and_a_refusal_does_not_end() -> None:
    from amparo.study.care.rules import Statement, standing

    day = date(2026, 1, 10)
    given = Statement(2, "given", day)
    assert standing([given], day) == "given"
    assert standing([given], day + timedelta(days=1)) is None
    assert standing([given, Statement(1, "refused", None)], day) == "given"
    assert standing([Statement(3, "withdrawn", None), given], date(2100, 1, 1)) == "withdrawn"
    assert standing([], day) is None
    assert (len(USES), len(DECISIONS)) == (4, 3)


def test_what_is_due_is_told_in_days_and_only_to_who_may_know(study: Study) -> None:
    from amparo.study.care import services

    read(study, table(people(4)))
    read(study, table(people(4, 2)), "b", "lawyers")
    services.retain(study, "a", TODAY + timedelta(days=400), "")
    services.retain(study, "a", TODAY + timedelta(days=20), "five years after the case")
    services.retain(study, "a.1.2", TODAY - timedelta(days=3), "")
    services.retain(study, "b", TODAY + timedelta(days=2), "what the client agreed to")
    services.consent(study, "a.1.3", "case", "given", until=TODAY + timedelta(days=5))
    services.consent(study, "a.1.4", "case", "given", until=TODAY + timedelta(days=5))
    services.consent(study, "a.1.4", "case", "withdrawn")
    found = [(each.kind, each.of, each.use, each.days) for each in services.due(study, 30)]
    assert found == [
        ("retention", "a.1.2", "", -3),
        ("retention", "b", "", 2),
        ("consent", "a.1.3", "case", 5),
        ("retention", "a", "", 20),
    ]
    assert "b" not in {each.of for each in services.due(only(study, "default"), 30)}
    assert services.due(study, 30)[3].words == "five years after the case"
    services.retain(study, "a", None, "")
    assert "a" not in {each.of for each in services.due(study, 30)}
    verify_study(study)


def test_holds_stand_until_lifted(study: Study) -> None:
    from amparo.study.care import services

    read(study, table(people(4)))
    number = services.hold(study, "a.1.2", "order of a judge")
    [held] = services.holds(study)
    assert (held.number, held.of, held.by, held.words) == (number, "a.1.2", "owner", "order of a judge")
    assert services.holds(study, ["a.1.3"]) == []
    assert services.holds(only(study, "lawyers")) == []
    with pytest.raises(AmparoError, match=r"care\.no_reason"):
        services.hold(study, "a", "")
    with pytest.raises(AmparoError, match=r"care\.no_reason"):
        services.lift(study, number, "")
    with pytest.raises(AmparoError, match=r"register\.undeclared"):
        services.hold(study, "zz", "order")
    services.lift(study, number, "closed")
    assert services.holds(study) == []


def test_who_has_no_part_in_it_changes_nothing(study: Study) -> None:
    from amparo.study.care import services

    read(study, table(people(4)))
    study.user.roles = ["counts"]
    for act in (
        lambda: services.consent(study, "a.1.2", "case", "given"),
        lambda: services.retain(study, "a", TODAY, ""),
        lambda: services.hold(study, "a", "x"),
        lambda: services.lift(study, 1, "x"),
    ):
        with pytest.raises(AmparoError, match=r"accounts\.not_allowed"):
            act()


def test_a_person_is_all_records_linked_to_it_that_may_be_opened(study: Study) -> None:
    from amparo.study.care.services import person_of
    from amparo.study.linking.services import link_study

    rows = people(30)
    read(study, table(rows))
    read(study, table(rows), "b")
    read(study, table(rows), "c", "lawyers")
    with pytest.raises(AmparoError, match=r"counting\.link_first"):
        person_of(study, "a.1.2")
    link_study(study, seed=1)
    assert person_of(study, "a.1.2") == ["a.1.2", "b.1.2", "c.1.2"]
    assert person_of(only(study, "default", "matching"), "a.1.2") == ["a.1.2", "b.1.2"]
    with pytest.raises(AmparoError, match=r"accounts\.no_key"):
        person_of(only(study, "default"), "a.1.2")
