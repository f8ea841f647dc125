from __future__ import annotations

from typing import Any

import pytest
from synthetic_lists import table

from amparo.errors import AmparoError
from amparo.study.care.rules import Purpose
from amparo.study.context import Keys
from amparo.study.register.rules import Declared
from amparo.study.register.services import read_list
from amparo.study.store import Study
from amparo.study.verification import verify_study

CAPTURE = Declared("Synthetic list", "capture")
HEADER = ("Expediente", "Nombre completo", "Alias", "Fecha del hecho")
# Nobody.
NAMES = [
    ("José Benjamín Xuárez Zelaya", "Chepe"),
    ("CISNEROS DE LA O, MARÍA ÁNGELES", ""),
    ("Beatriz Elvira O'Neil", "La Venada"),
    ("Velásquez", ""),
    ("Ana Julia Velasques Ceballos", ""),
]
WHY = Purpose("review")


def read(study: Study, key: str = "a", compartment: str | None = None, names: Any = NAMES) -> None:
    content = table([(name, alias, "2017") for name, alias in names], HEADER)
    read_list(study, content, "list.csv", source_key=key, declared=CAPTURE, compartment=compartment)


def names(study: Study, text: str) -> list[str]:
    from amparo.study.register.search import find

    return [hit.record for hit in find(study, text, WHY).hits]


@pytest.mark.parametrize(
    ("typed", "rows"),
    [
        ("Jose Juares", [2]),  # x and j, z and s, accents
        ("zelaya jose", [2]),  # surname first
        ("chepe xuarez", [2]),
        ("María Cisneros", [3]),
        ("o cisneros de la", [3]),  # particles
        ("oneil", [4]),
        ("benada", [4]),
        ("Velazquez", [5, 6]),  # z and s; all of a name that is a surname only
        ("velasques ana", [6]),  # the surname alone does not fit "ana"
        ("cevallos", [6]),
        ("beat", [4]),  # begins
        ("Nadie Ninguno", []),
        ("", []),
        ("de la", []),
    ],
)
def test_a_name_is_found_however_it_is_spelt(study: Study, typed: str, rows: list[int]) -> None:
    read(study)
    assert names(study, typed) == [f"a.1.{row}" for row in rows]


def test_half_a_name_in_a_list_fits_a_whole_one_typed(study: Study) -> None:
    read(study, names=[("Ana Velásquez", ""), ("Ana", ""), ("Berta Velásquez", "")])
    assert names(study, "Ana Julia Velasquez Ceballos") == ["a.1.2"]


def test_a_search_and_an_opening_leave_a_line_without_the_name(study: Study) -> None:
    from amparo.study.accounts.models import AuditLine
    from amparo.study.care.models import Opening
    from amparo.study.care.openings import words_of
    from amparo.study.register.search import find, open_record

    read(study)
    found = find(study, "xuarez", Purpose("other", "her sister Synthetica asked"))
    assert (found.number, found.hits[0]) == (
        1,
        ("a.1.2", "a", "Synthetic list", "José Benjamín Xuárez Zelaya Chepe"),
    )
    seen = open_record(study, "a.1.2", Purpose("case"))
    assert (seen.row, seen.columns[1], seen.file_name) == (2, ("Nombre completo", NAMES[0][0]), "list.csv")
    assert ("alias", "Chepe") in seen.cells
    first, second = AuditLine.objects.order_by("-seq")[:2][::-1]
    assert (first.act, first.facts) == (
        "register.found",
        {"purpose": "other", "number": 1, "records": "a.1.2"},
    )
    assert (second.act, second.facts["records"]) == ("register.opened", "a.1.2")
    assert words_of(study, Opening.objects.get(pk=1)) == "her sister Synthetica asked"
    everything = str(list(AuditLine.objects.values_list("facts", flat=True)))
    assert "rez" not in everything and "Synthetica" not in everything
    verify_study(study)


@pytest.mark.parametrize(
    ("purpose", "code"),
    [
        (Purpose("curiosity"), "care.unknown_purpose"),
        (Purpose("other"), "care.purpose_words"),
        (Purpose("other", "  "), "care.purpose_words"),
    ],
)
def test_nothing_opens_without_a_purpose(study: Study, purpose: Purpose, code: str) -> None:
    from amparo.study.accounts.models import AuditLine
    from amparo.study.register.search import find, open_record

    read(study)
    before = AuditLine.objects.count()
    for act in (lambda: find(study, "ana", purpose), lambda: open_record(study, "a.1.2", purpose)):
        with pytest.raises(AmparoError) as error:
            act()
        assert error.value.code == code
    assert AuditLine.objects.count() == before


def test_who_administers_or_counts_finds_and_opens_nothing(study: Study) -> None:
    from amparo.study.register.search import find, open_record

    read(study)
    study.user.roles = ["administers", "counts", "approves"]
    for act in (lambda: find(study, "ana", WHY), lambda: open_record(study, "a.1.2", WHY)):
        with pytest.raises(AmparoError, match=r"accounts\.not_allowed"):
            act()


def test_a_hidden_name_answers_as_a_name_of_nobody(study: Study) -> None:
    """Nothing hidden is loaded, so it can change neither words nor counts nor what is done."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from amparo.study.register.index import Index
    from amparo.study.register.search import find, open_record

    read(study)
    hidden = [("Zoraida Qanariquez", "La Wuvalde"), ("Hilaria Xumbez", "")]
    read(study, "b", "lawyers", hidden)
    held = {number: key for number, key in study.keys.held.items() if key.compartment != "lawyers"}
    outsider = Study(study.opened, study.user, study.facts, Keys(held))
    assert names(study, "Zoraida") == ["b.1.2"]
    answers, asked = set(), []
    for typed in ("Zoraida", "Qanariquez", "La Wuvalde", "Hilaria Xumbez", "Nadie", "Ninguno Jamás"):
        with CaptureQueriesContext(connection) as queries:
            answers.add(repr(find(outsider, typed, WHY)))
        asked.append([query["sql"].split("VALUES")[0] for query in queries])
    assert answers == {"Found(hits=(), number=0)"}
    assert all(len(each) == len(asked[0]) for each in asked)
    assert Index(outsider).records == [f"a.1.{row}" for row in range(2, 7)]
    errors = []
    for record in ("b.1.2", "b.9.9", "nothing"):
        with pytest.raises(AmparoError) as error:
            open_record(outsider, record, WHY)
        errors.append(error.value.code)
    assert errors == ["register.unknown_record"] * 3


def test_an_index_that_was_kept_is_made_anew_after_lists_and_erasures(study: Study) -> None:
    from amparo.study.care.erasure import erase
    from amparo.study.register.index import Index
    from amparo.study.register.search import find

    read(study)
    index = Index(study)
    assert index.refreshed(study) is index
    assert find(study, "xuarez", WHY, index).number == 1
    read(study, "b")
    assert index.refreshed(study).records == [*index.records, *(f"b.1.{row}" for row in range(2, 7))]
    assert find(study, "xuarez", WHY, index).number == 2
    index = Index(study)
    erase(study, ["a.1.2"], "asked")
    assert [hit.record for hit in find(study, "xuarez", WHY, index).hits] == ["b.1.2"]


def test_a_corrected_record_says_what_stands_now(study: Study) -> None:
    from amparo.study.register.search import open_record

    read(study)
    read(study, names=[("José Benjamín Xuárez Celaya", "Chepe"), *NAMES[1:4]])
    first, last = open_record(study, "a.1.2", WHY), open_record(study, "a.1.6", WHY)
    assert (first.ended, first.successor) == (True, "a.2.2")
    assert (last.ended, last.successor) == (True, None)
    assert names(study, "celaya") == ["a.2.2"]
