"""A mapping as TOML: what is written is read back, and each mistake is told where it is."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.errors import AmparoError
from amparo.intake.mapping import SHARING, Mapping
from amparo.intake.mapping_text import from_toml, to_toml
from amparo.records import CELLS


def _silent(_: str) -> str:
    return ""


@st.composite
def _mappings(draw: st.DrawFn) -> tuple[Mapping, tuple[str, ...]]:
    headers = tuple(draw(st.lists(st.text(min_size=1, max_size=12), unique=True, max_size=12)))
    places = [draw(st.sampled_from([None, *CELLS])) for _ in headers]
    columns = {
        field: tuple(header for header, place in zip(headers, places, strict=True) if place == field)
        for field in CELLS
    }
    if draw(st.booleans()):
        columns["event_date"] += columns["death_date"]
    parts: dict[str, tuple[str, str, str]] = {}
    if len(columns["birth_date"]) == 3:
        day, month, year = columns.pop("birth_date")
        parts["birth_date"] = day, month, year
    mapping = Mapping(
        {field: names for field, names in columns.items() if names},
        draw(st.sampled_from(["DMY", "MDY", "YMD"])),
        draw(st.sampled_from([None, "given_first", "surname_first"])),
        tuple(header for header, place in zip(headers, places, strict=True) if place is None),
        parts,
    )
    return mapping, headers


@given(_mappings(), st.sampled_from(["", "one line", "two\nlines = [1]"]))
def test_what_is_written_is_read_back(drawn: tuple[Mapping, tuple[str, ...]], comment: str) -> None:
    mapping, headers = drawn
    text = to_toml(mapping, headers, lambda _: comment)
    assert from_toml(text, "mapa.toml") == mapping


def test_every_field_is_shown_with_its_comment() -> None:
    text = to_toml(Mapping({"name": ("Nombre",)}), ("Nombre", "Otra"), lambda key: f"about {key}")
    table = tomllib.loads(text)
    assert list(table["columns"]) == list(CELLS)
    assert table["ignored"] == ["Otra"]
    for key in ("date_order", "name_order", "ignored", "columns", *CELLS):
        assert f"# about {key}\n" in text


def test_a_single_column_needs_no_brackets() -> None:
    assert from_toml('[columns]\nname = "Nombre"\n', "m.toml") == Mapping({"name": ("Nombre",)})


@pytest.mark.parametrize(
    ("text", "code", "facts"),
    [
        ('date_order = "DMY"\n[columns]\nname = ["Nombre"\nage = 3\n', "intake.mapping_toml", {"row": 4}),
        ('date_order = "DMY"\nname_order = \n', "intake.mapping_toml", {"row": 2}),
        ('date_order = "', "intake.mapping_toml", {"row": 1}),
        ('[columns]\nnombre = ["Nombre"]\n', "intake.unknown_field", {"field": "nombre"}),
        ('order = "DMY"\n', "intake.unknown_field", {"field": "order"}),
        ('date_order = "dmy"\n', "intake.mapping_value", {"field": "date_order"}),
        ("name_order = 3\n", "intake.mapping_value", {"field": "name_order"}),
        ("[columns]\nname = 3\n", "intake.mapping_value", {"field": "name"}),
        ("[columns]\nname = [3]\n", "intake.mapping_value", {"field": "name"}),
        ('columns = ["Nombre"]\n', "intake.mapping_value", {"field": "columns"}),
        ('[date_parts]\nevent_date = ["A"]\n', "intake.mapping_value", {"field": "event_date"}),
        ('date_parts = ["A"]\n', "intake.mapping_value", {"field": "date_parts"}),
        ("ignored = 1\n", "intake.mapping_value", {"field": "ignored"}),
        ('[columns]\nname = ["A"]\nage = ["A"]\n', "intake.column_twice", {"column": "A"}),
    ],
)
def test_mistakes_are_told(text: str, code: str, facts: dict[str, object]) -> None:
    with pytest.raises(AmparoError) as error:
        from_toml(text, "m.toml")
    assert error.value.code == code
    assert error.value.facts["file"] == "m.toml"
    assert facts.items() <= error.value.facts.items()


def test_only_the_two_dates_share_a_column() -> None:
    assert set(CELLS) >= SHARING
    text = to_toml(Mapping({"event_date": ("a", "b"), "death_date": ("b",)}), ("a", "b"), _silent)
    assert from_toml(text, "m.toml").columns["death_date"] == ("b",)


def test_dates_in_parts_are_written_and_read() -> None:
    mapping = Mapping({}, date_parts={"event_date": ("", "mes", "año")})
    text = to_toml(mapping, ("mes", "año"), _silent)
    assert '[date_parts]\nevent_date = ["", "mes", "año"]\n' in text
    assert from_toml(text, "m.toml") == mapping
