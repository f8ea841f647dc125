"""Forms say what an answer means, in their own languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from amparo.errors import AmparoError
from amparo.intake.xlsform import Form, from_sheets, read_form

GOLDEN = Path(__file__).parent / "golden" / "odk"
SURVEY = ["type", "name", "label::English", "label::Español (es)"]


def _form(*rows: list[str]) -> Form:
    choices = [["list_name", "name", "label::English", "label::Español (es)"], ["l", "a", "Red", "Rojo"]]
    return from_sheets({"survey": [SURVEY, *rows], "choices": choices}, "x.xlsx")


def test_a_workbook_is_read() -> None:
    form = read_form((GOLDEN / "xlsform.xlsx").read_bytes(), "xlsform.xlsx")
    assert form.repeats == ("miembros",)
    assert form.languages == ("English (en)", "Español (es)")
    assert {"grupo/color", "grupo/colores", "miembros/miembro"} == set(form.questions)


def test_answers_are_said_in_either_language() -> None:
    form = _form(["select_multiple l", "q", "Which?", "¿Cuál?"])
    assert (form.said("q", "a", "es"), form.said("q", "a", "en"), form.said("q", "a", "fr")) == (
        "Rojo",
        "Red",
        "Red",
    )
    assert form.said("q", "a a", "es") == "Rojo; Rojo"
    assert form.said("q", "otro", "es") == "otro"
    assert form.said("x", "a", "es") == "a"


def test_headings_of_every_kind_find_their_question_and_ambiguous_ones_none() -> None:
    form = _form(
        ["begin group", "g", "", ""],
        ["text", "q", "One?", "¿Uno?"],
        ["end group", "", "", ""],
        ["begin_repeat", "r", "", ""],
        ["text", "p", "Two?", "¿Dos?"],
        ["end_repeat", "", "", ""],
        ["text", "x", "Same", "Igual"],
        ["text", "y", "Same", "Igual"],
    )
    for heading in ("g/q", "g-q", "q", "One?", "¿Uno?"):
        assert form.path_of(heading) == "g/q"
    assert form.path_of("p") == "r/p"
    assert form.path_of("Same") is None


@pytest.mark.parametrize("rows", [[["end group", "", "", ""]], [["begin group", "g", "", ""]]])
def test_groups_that_do_not_close_are_told(rows: list[list[str]]) -> None:
    with pytest.raises(AmparoError) as error:
        _form(*rows)
    assert (error.value.code, error.value.facts["row"]) == ("intake.form_unclosed", 2)
