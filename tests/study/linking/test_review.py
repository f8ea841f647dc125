from __future__ import annotations

import dataclasses

import pytest
from synthetic_lists import lists, people, table

from amparo.errors import AmparoError
from amparo.study.accounts.models import AuditLine
from amparo.study.linking import judgements, packages, review
from amparo.study.linking.judgements import Word
from amparo.study.linking.services import link_study
from amparo.study.register.rules import Declared
from amparo.study.register.services import read_list
from amparo.study.store import Study
from amparo.study.verification import verify_study
from amparo.vault import age


@pytest.fixture
def linked(study: Study) -> Study:
    for key, content in lists(60, names="ab").items():
        read_list(study, content, f"{key}.csv", source_key=key, declared=Declared(key, "capture"))
    link_study(study, seed=1)
    return study


def queue(study: Study, **options: object) -> review.Queue:
    settings: dict = {"number": 10, "seed": 1, "blind": False} | options
    return review.Queue(study, **settings)


def test_there_is_no_queue_before_a_linkage(study: Study) -> None:
    read_list(study, table(people(5)), "a.csv", source_key="a", declared=Declared("a", "capture"))
    with pytest.raises(AmparoError, match="linking.not_linked"):
        queue(study)


def test_what_a_reviewer_sees_is_logged_without_a_name(linked: Study) -> None:
    first = queue(linked)
    shown = first.show(first.pairs[0])
    assert {side.record for side in shown.sides} == set(shown.asked.records)
    assert all(side.cells["surname"] for side in shown.sides)
    line = AuditLine.objects.latest("seq")
    assert line.act == "linkage.reviewed" and set(line.facts["records"].split()) == set(shown.asked.records)
    assert not any(side.cells["surname"] in str(line.facts) for side in shown.sides)
    assert all(one.evidence is None for one in map(queue(linked, blind=True).show, first.pairs[:3]))


def test_what_i_judged_is_not_asked_again_and_what_others_judged_is(linked: Study) -> None:
    first = queue(linked).pairs
    assert len(first) > 2
    judgements.judge(linked, [Word(one.records, "same", one.chosen) for one in first])
    assert not {one.records for one in queue(linked).pairs} & {one.records for one in first}
    from amparo.study.accounts.models import User

    other = User.objects.create(handle="ana", roles=["matches"])
    theirs = queue(dataclasses.replace(linked, user=other)).pairs
    assert {one.records for one in theirs[:2]} <= {one.records for one in first}


def said(pairs: list[tuple[str, str]], verdicts: str) -> list[Word]:
    return [Word(pair, verdict) for pair, verdict in zip(pairs, verdicts.split(), strict=True)]


def test_two_reviewers_agreement_is_told(linked: Study) -> None:
    from amparo.study.accounts.models import User

    assert review.agreement(linked) == []
    pairs = [one.records for one in queue(linked).pairs][:4]
    judgements.judge(linked, said(pairs, "same same different unsure"))
    other = User.objects.create(handle="ana", roles=["matches"])
    judgements.kept(linked, other, said(pairs, "same different different unsure"))
    [found] = review.agreement(linked)
    assert (found.one, found.other, found.agreement.pairs, found.agreement.share) == ("ana", "owner", 4, 0.75)
    assert found.agreement.kappa == pytest.approx((0.75 - 0.3125) / (1 - 0.3125))


def reviewer(study: Study, identity: str) -> None:
    from amparo.study.accounts.ways import add_recipient

    add_recipient(study, age.public(identity))


def test_pairs_go_out_sealed_and_answers_come_back_as_the_reviewer_s(linked: Study) -> None:
    identity, stranger = age.new_identity(), age.new_identity()
    with pytest.raises(AmparoError, match="linking.no_recipient"):
        packages.send(linked, "owner", queue(linked))
    reviewer(linked, identity)
    asked = queue(linked)
    sent = packages.send(linked, "owner", asked)
    assert not any(asked.show(one).sides[0].cells["surname"].encode() in sent for one in asked.pairs)
    with pytest.raises(AmparoError, match="linking.bad_package"):
        packages.open_package(sent, stranger)
    opened = packages.open_package(sent, identity)
    assert len(opened.pairs) == len(asked.pairs)
    assert opened.show(opened.pairs[0]).sides[0].cells == asked.show(asked.pairs[0]).sides[0].cells
    assert opened.show(opened.pairs[0]).sides[0].record == ""
    back = packages.take_back(linked, opened.seal({0: ("same", "seen"), 1: ("unsure", "")}))
    assert back == ("owner", 2, 1, 0, 1)
    standing = {one.records: (one.state, one.chosen) for one in judgements.standing(linked)}
    assert standing[asked.pairs[0].records] == ("same", asked.pairs[0].chosen)
    assert verify_study(linked).judgements == 2


def test_only_the_answers_to_a_package_of_this_study_are_taken(linked: Study) -> None:
    identity = age.new_identity()
    reviewer(linked, identity)
    opened = packages.open_package(packages.send(linked, "owner", queue(linked)), identity)
    forged = packages.Opened(
        type(opened._package)(1, opened._package.answer_to, "another word", opened._package.pairs)
    )
    for content in (b"", b"nonsense", forged.seal({0: ("same", "")})):
        with pytest.raises(AmparoError, match="linking.bad_package"):
            packages.take_back(linked, content)
    assert judgements.standing(linked) == []


def test_pairs_go_only_to_who_may_see_them(linked: Study) -> None:
    from amparo.study.accounts import people as staff

    staff.add(linked, "ana", ["documents"], "synthetic words of ana")
    with pytest.raises(AmparoError, match="linking.not_a_reviewer"):
        packages.send(linked, "ana", queue(linked))


def test_the_quality_page_is_made_when_looked_at_and_logged(linked: Study) -> None:
    from amparo.study.linking.quality import linkage_page

    told = linkage_page(linked)
    assert told.quality["records"] > 0 and [(one.one, one.other) for one in told.lists if one.accepted]
    shown = {record for one in told.doubts for record in one.person.records}
    line = AuditLine.objects.latest("seq")
    assert line.act == "linkage.reviewed" and set(line.facts["records"].split()) == shown
    assert all({side.record for side in one.sides} == set(one.person.records) for one in told.doubts)
    from amparo.study.care.erasure import erase

    gone = sorted(shown)[0]
    erase(linked, [gone], "by request")
    assert gone not in {record for one in linkage_page(linked).doubts for record in one.person.records}
