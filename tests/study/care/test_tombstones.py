from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_lists import HEADER, people, table

from amparo.intake.spreadsheet import read_sheet
from amparo.study.care.erasure import erase
from amparo.study.care.tombstones import NAME_FIELDS, matches, rebuilt, reread, stone, told
from amparo.study.register.rules import Declared
from amparo.study.register.services import mapping_of, read_list
from amparo.study.store import Study
from amparo.study.verification import verify_study

CAPTURE = Declared("Synthetic list", "capture")

cells = st.text(st.sampled_from("aÑé \";,|\t'\n=0"), max_size=6)


@given(
    notes=st.lists(st.tuples(cells, st.booleans()), min_size=3, max_size=12),
    title=st.integers(0, 3),
    blank=st.sets(st.integers(0, 11)),
)
def test_a_rebuilt_file_reads_as_before_but_for_the_blank_rows(
    notes: list[tuple[str, bool]], title: int, blank: set[int]
) -> None:
    """Whatever stands in the cells, above the column names and between the rows."""
    rows: list[tuple[str, ...]] = [
        (*row[:5], note) for row, (note, _) in zip(people(len(notes)), notes, strict=True)
    ]
    lines = table(rows).split(b"\r\n")
    content = b"Listado\r\n" * title + table(rows)
    if "\n" not in "".join(note for note, _ in notes):
        gaps = [line + (b"\r\n" if gap else b"") for line, (_, gap) in zip(lines[1:], notes, strict=False)]
        content = b"Listado\r\n" * title + b"\r\n".join([lines[0], *gaps, b""])
    sheet = read_sheet(content, "list.csv", delimiter=",", encoding="utf_8")
    gone = {at for at in blank if at < len(rows)}
    if len(gone) == len(rows):
        gone.pop()
    again = read_sheet(rebuilt(sheet, gone), "list.csv", delimiter=",", encoding="utf_8")
    stay = [at for at in range(len(rows)) if at not in gone]
    assert again.headers == sheet.headers == HEADER
    assert again.rows == [sheet.rows[at] for at in stay]
    assert again.row_numbers == [sheet.row_numbers[at] for at in stay]
    # Blanked at once or one after the other, the file is the same to the byte: it is known again.
    assert rebuilt(again, ()) == rebuilt(sheet, gone)


def _stones(study: Study, rows: list[tuple[str, ...]]) -> tuple[Any, list[Any]]:
    from amparo.study.register.models import Record, SourceFile

    read_list(study, table(rows), "list.csv", source_key="a", declared=CAPTURE)
    sheet = reread(table(rows), "list.csv")
    texts, values = told(sheet, mapping_of(study, SourceFile.objects.get()))
    records = Record.objects.select_related("file__source", "sealed_under__compartment").order_by("row")
    return (texts, values), [
        stone(study, record, record.pk, text, cells)
        for record, text, cells in zip(records, texts, values, strict=True)
    ]


def test_a_row_is_known_by_its_text_or_by_what_it_says(study: Study) -> None:
    (texts, values), stones = _stones(study, people(5))
    assert matches(study, stones[1:3], texts, values) == [1, 2]
    assert matches(study, [*stones, *stones], texts, values) == [0, 1, 2, 3, 4]
    other = [msgspec.json.encode(["new", "columns"])] * 5
    assert matches(study, stones[1:3], other, values) == [1, 2]
    assert matches(study, stones[1:3], other, [(None,) * len(values[0])] * 5) == []
    assert matches(study, [msgspec.structs.replace(stones[1], version=9)], texts, values) == []


def test_one_stone_is_for_one_row(study: Study) -> None:
    row = people(1)[0]
    (texts, values), stones = _stones(study, [row, row, row])
    assert len(set(texts)) == 3  # they differ by their number
    assert matches(study, stones[1:2], texts, values) == [1]
    assert len(matches(study, stones[:2], [b"[]"] * 3, values)) == 2


def test_without_a_name_only_the_very_row_is_known(study: Study) -> None:
    (_, values), stones = _stones(study, [*people(2), ("", "", "M", "30", "2016", "Norte")])
    assert stones[2].told is None and stones[0].told
    assert matches(study, stones[2:], [b"[]"] * 3, values) == []
    assert "name" in NAME_FIELDS


def test_a_list_of_which_all_is_erased_stays_readable_as_nothing(study: Study) -> None:
    content = table(people(2))
    read_list(study, content, "list.csv", source_key="a", declared=CAPTURE)
    erase(study, ["a.1.2"], "asked")
    erase(study, ["a.1.3"], "asked too")
    verify_study(study)
    from amparo.errors import AmparoError

    with pytest.raises(AmparoError) as error:
        read_list(study, content, "list.csv", source_key="a")
    assert error.value.code == "care.all_erased"
    reading = read_list(study, table(people(3)), "list.csv", source_key="a")
    assert (reading.erased, reading.ordinal) == (2, 2)
