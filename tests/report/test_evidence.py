from __future__ import annotations

import pytest

from amparo.linkage.explain import MISSING, Step, Waterfall
from amparo.linkage.model import PERSON
from amparo.report.catalogue import languages
from amparo.report.evidence import lines, rows, total, words

STEPS = (
    Step("prior", "", -14.2, 0.0),
    Step("given", "none", -4.0, 0.0),
    Step("surname", "both equal", 9.1, 4.0),
    Step("age", MISSING, 0.0, 0.0),
    Step("rivals", "", -1.5, 0.0),
)
TOLD = Waterfall(("a.1.2", "b.1.2"), STEPS, -10.6, 0.0006, 0.7, 0.1)


@pytest.mark.parametrize("lang", languages())
def test_every_level_of_the_model_has_its_words(lang: str) -> None:
    said = [
        words(Step(comparison.name, level, 1.0, 0.0), lang)
        for comparison in PERSON.comparisons
        for level in (*(level.name for level in comparison.levels), MISSING)
    ]
    assert len(said) == len(set(said)) and all(said)


def test_the_evidence_begins_before_comparing_and_goes_on_with_the_strongest() -> None:
    told = lines(TOLD, "en")
    assert [line.weight for line in told] == [-14.2, 9.1, -4.0, -1.5, 0.0]
    assert told[1].text == "Both surnames agree; the shared words are rare"
    assert sum(line.weight for line in told) == pytest.approx(TOLD.weight)
    assert lines(TOLD, "es")[1].text == "Coinciden los dos apellidos; lo compartido es poco común"
    assert total(TOLD, "en") == "Together: −10.6 bits, 0.1% likely one person"


def test_what_two_cells_mean_agrees_however_it_is_written() -> None:
    one = {"name": "Ana Alas Cruz", "sex": "M", "event_date": "16/11/2015", "birth_date": "1987", "age": "28"}
    other = {
        "given": "Ana", "surname": "Alas", "sex": "hombre", "event_date": "2015-11-16",
        "birth_date": "3 de mayo de 1987", "age": "29 años",
    }  # fmt: skip
    found = {row.name: (row.other, row.mark) for row in rows(one, other, "en")}
    assert found == {
        "Name as written": ("Ana Alas", "~"),
        "Date of the act": ("2015-11-16", "="),
        "Age": ("29 años", "≠"),
        "Date of birth": ("3 de mayo de 1987", "~"),
        "Sex": ("hombre", "="),
    }
    vague = {row.mark for row in rows({"event_date": "sin fecha"}, {"event_date": "2015"}, "en")}
    assert vague == {"≠"}


def test_fields_stand_side_by_side_with_what_agrees() -> None:
    one = {"given": "Ana María", "surname": "Alas", "sex": "F", "place_2": "Norte"}
    other = {"given": "MARIA ANA", "surname": "Alas Cruz", "sex": "M"}
    marks = {row.name: row.mark for row in rows(one, other, "en")}
    assert marks == {"Given names": "=", "Surnames": "~", "Sex": "≠", "Place, second level": ""}
