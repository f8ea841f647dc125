"""A file opened for a person's eye: what waits, what stands, and who may not know that it is there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from claims_article import TEXT, accept_all, keep
from msgspec import structs

from amparo.errors import AmparoError
from amparo.intake.passages import Span
from amparo.intake.proposals import Proposal
from amparo.study import store
from amparo.study.care.rules import Purpose

REVIEW = Purpose("review")
LIST = b"C\xc3\xb3digo,Nombre completo\nA-1,Nadie Ficticio\nA-2,Nadia Ficticia\n"


def file_named(study: store.Study, source: str) -> int:
    from amparo.study.claims.documents import number_of

    return number_of(study, source, 1)


def test_what_waits_becomes_what_stands(study: store.Study) -> None:
    from amparo.study.claims import documents

    kept = keep(study)
    file = file_named(study, kept.source)
    before = documents.view(study, file, REVIEW)
    assert before.document.text == TEXT and len(before.waiting) == kept.suggested and not before.stands
    assert [each.waiting for each in documents.entries(study, waiting=True)] == [kept.suggested]
    accept_all(study)
    after = documents.view(study, file, REVIEW)
    assert not after.waiting and len(after.stands) == kept.suggested
    assert {each.of for each in after.stands} == {each.of for each in after.things}
    assert documents.entries(study, waiting=True) == []


def test_what_a_person_proposes_is_kept_once_and_must_stand_in_the_text(study: store.Study) -> None:
    from amparo.study.claims import keeping
    from amparo.study.claims.documents import file_of

    file = file_of(study, file_named(study, keep(study).source))
    words = TEXT[:12].strip()
    said = Proposal(
        entity="person-1", kind="person", field="description", value="somebody", rule="hand",
        passage=Span(words=words, start=TEXT.index(words), end=TEXT.index(words) + len(words)),
    )  # fmt: skip
    assert len(keeping.propose(study, file, [said])) == 1
    assert keeping.propose(study, file, [said]) == ()
    wrong = Span(words="never written", start=0, end=13)
    with pytest.raises(AmparoError, match=r"claims\.unfounded"):
        keeping.propose(study, file, [structs.replace(said, passage=wrong)])


def test_a_list_is_opened_as_it_came(study: store.Study) -> None:
    from amparo.study import receiving
    from amparo.study.claims import documents
    from amparo.study.register.rules import About, File

    done = receiving.read_list(study, File("lista.csv", LIST), About("lista", part="capture"))
    assert done.reading.rows == 2
    view = documents.view(study, file_named(study, "lista"), REVIEW)
    [table] = view.document.tables
    assert (
        view.rows == 2 and table.headers[1] == "Nombre completo" and table.rows[1][1][1] == "Nadia Ficticia"
    )


def test_a_hidden_file_and_none_at_all_answer_alike(
    study: store.Study, as_user: Callable[..., AbstractContextManager[store.Study]]
) -> None:
    from amparo.study.claims import documents

    file = file_named(study, keep(study).source)
    told = []
    with as_user("ana", ["documents"], []) as outside:
        for number in (file, 999):
            with pytest.raises(AmparoError) as error:
                documents.view(outside, number, REVIEW)
            told.append(error.value.code)
        assert documents.entries(outside) == []
    assert told == ["register.unknown_record"] * 2
