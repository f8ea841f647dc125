"""Mappings proposed from headers and values, for the real lists and for headers as they are met."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from amparo.codes import CODES
from amparo.intake.mapping import apply
from amparo.intake.proposal import propose
from amparo.intake.sheet import Sheet
from amparo.intake.spreadsheet import read_sheet

DATA = Path(__file__).parents[3] / "shared" / "data"
_RUVTE = {
    "identifier": ("id",),
    "name": ("name",),
    "second_surname": ("mother_surname",),
    "married_surname": ("married_surname",),
    "age": ("age",),
    "birth_date": ("birth_year",),
    "event_date": ("kidnap_date", "death_date"),
    "death_date": ("death_date",),
    "place": ("kidnap_place",),
    "status": ("type",),
}
_US = {
    "identifier": ("id",),
    "name": ("name",),
    "sex": ("sex",),
    "age": ("age",),
    "event_date": ("date",),
    "place_1": ("state",),
    "place_2": ("county",),
    "place_3": ("city",),
}
REAL = {
    "us-police-killings/lists/wapo.csv": (_US, "given_first"),
    "us-police-killings/lists/mpv.csv": (_US, "given_first"),
    "us-police-killings/lists/fe.csv": (
        _US | {"age": ("age", "age_band"), "event_date": ("year",)},
        "given_first",
    ),
    "argentina-desaparecidos/lists/parque.csv": (
        {
            "identifier": ("id",),
            "name": ("name",),
            "alias": ("aliases",),
            "sex": ("sex",),
            "age": ("age",),
            "birth_date": ("birth_date",),
            "event_date": ("kidnap_date", "death_date", "year"),
            "death_date": ("death_date",),
            "place": ("kidnap_place",),
            "status": ("status",),
        },
        "surname_first",
    ),
    "argentina-desaparecidos/lists/ruvte.csv": (_RUVTE, "surname_first"),
    "argentina-desaparecidos/lists/ruvte_sin_denuncia.csv": (_RUVTE, "surname_first"),
}


@pytest.mark.parametrize("name", REAL)
def test_real_lists_need_no_edits(name: str) -> None:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path.name} is not here: the lists of ../shared/data do not ship with the project")
    sheet = read_sheet(path.read_bytes(), path.name)
    mapping, proposals = propose(sheet)
    columns, name_order = REAL[name]
    assert mapping.columns == columns
    assert mapping.name_order == name_order
    assert {proposal.column for proposal in proposals} == set(sheet.headers)
    frame = apply(sheet, mapping, source="s", record_ids=[str(number) for number in sheet.row_numbers])
    assert frame["event_date"].null_count() == 0


def _propose(table: dict[str, list[str]]) -> tuple[Any, dict[str, Any]]:
    sheet = Sheet("lista.csv", tuple(table), list(zip(*table.values(), strict=True)), [2, 3, 4])
    mapping, proposals = propose(sheet)
    assert all(set(CODES[proposal.reason]) == {"column", "field"} for proposal in proposals)
    assert all(0 <= proposal.confidence <= 1 for proposal in proposals)
    return mapping, {proposal.column: proposal for proposal in proposals}


NAMES = ["Uno Sintético", "Dos Sintético", "Tres Sintética"]
DATES = ["05/11/2018", "17/02/2019", "2018-08"]
AGES = ["30", "", "41 años"]
PLACES = ["Apopa", "Izalco", "Sonsonate"]
SEXES = ["M", "F", "Mujer"]


def test_salvadoran_intake_form() -> None:
    mapping, _ = _propose(
        {
            "No.": ["1", "2", "3"],
            "Número de DUI": ["00000000-1", "", "00000000-3"],
            "Expediente": ["A-1", "A-2", "A-3"],
            "Nombres": ["Uno", "Dos", "Tres"],
            "Primer apellido": ["Sintético", "Sintético", "Sintética"],
            "Segundo Apellido": ["Prueba", "", "Prueba"],
            "Apellido de casada": ["", "", "De Ejemplo"],
            "Conocido por": ["", "El Uno", ""],
            "Edad": AGES,
            "Sexo": SEXES,
            "Fecha de nacimiento": ["1/1/1988", "", "1977"],
            "Fecha de la entrevista": DATES,
            "FECHA DEL HECHO (dd/mm/aaaa)": DATES,
            "Departamento": PLACES,
            "Municipio del hecho": PLACES,
            "Cantón": PLACES,
            "Colonia": PLACES,
            "Municipio de residencia": PLACES,
            "Nombre de la madre": NAMES,
            "Estado": ["viva", "vivo", "viva"],
            "Relato de los hechos": ["texto", "texto", ""],
            "Teléfono": ["2222", "", ""],
        }
    )
    assert mapping.columns == {
        "identifier": ("Número de DUI",),
        "given": ("Nombres",),
        "surname": ("Primer apellido",),
        "second_surname": ("Segundo Apellido",),
        "married_surname": ("Apellido de casada",),
        "alias": ("Conocido por",),
        "sex": ("Sexo",),
        "age": ("Edad",),
        "birth_date": ("Fecha de nacimiento",),
        "event_date": ("FECHA DEL HECHO (dd/mm/aaaa)",),
        "place_1": ("Departamento",),
        "place_2": ("Municipio del hecho",),
        "place_3": ("Cantón", "Colonia"),
        "status": ("Estado",),
        "circumstances": ("Relato de los hechos",),
    }
    assert mapping.date_order == "DMY"
    assert "Fecha de la entrevista" in mapping.ignored


def test_court_calendar_in_english() -> None:
    mapping, _ = _propose(
        {
            "A-Number": ["000-001", "000-002", "000-003"],
            "Respondent Name": ["SINTETICO, UNO", "SINTETICO, DOS", "SINTETICA, TRES"],
            "Next Hearing": DATES,
            "Judge": NAMES,
            "Nationality": ["SV", "SV", "HN"],
        }
    )
    assert mapping.columns == {"identifier": ("A-Number",), "name": ("Respondent Name",)}
    assert mapping.name_order == "surname_first"


def test_death_is_the_act_where_nothing_else_is_dated() -> None:
    mapping, _ = _propose({"Víctima": NAMES, "Fecha de muerte": DATES, "Año": ["2018", "2019", "2018"]})
    assert mapping.columns["event_date"] == ("Fecha de muerte", "Año")
    assert "death_date" not in mapping.columns


def test_plain_date_gives_way_to_a_telling_one() -> None:
    mapping, _ = _propose({"nombre": NAMES, "fecha": DATES, "fecha de desaparición": DATES})
    assert mapping.columns["event_date"] == ("fecha de desaparición",)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (("Estado", "Municipio"), {"place_1": ("Estado",), "place_2": ("Municipio",)}),
        (("Provincia", "Departamento"), {"place_1": ("Provincia",), "place_2": ("Departamento",)}),
        (("Departamento", "Provincia"), {"place_1": ("Departamento",), "place_2": ("Provincia",)}),
        (("Región", "Departamento", "Municipio"), {"place_1": ("Departamento",), "place_2": ("Municipio",)}),
        (("Lugar", "Lugar del hecho"), {"place": ("Lugar del hecho",)}),
        (("Lugar de nacimiento",), {}),
        (("Lugar de muerte",), {"place": ("Lugar de muerte",)}),
    ],
)
def test_levels_of_places(headers: tuple[str, ...], expected: dict[str, tuple[str, ...]]) -> None:
    mapping, _ = _propose({"nombre": NAMES, **dict.fromkeys(headers, PLACES)})
    assert mapping.columns == {"name": ("nombre",)} | expected


@pytest.mark.parametrize(
    ("header", "names", "order"),
    [
        ("Nombre", ["Sintético, Uno", "Sintético, Dos", "Sintética, Tres"], "surname_first"),
        ("Nombre de la víctima (apellidos, nombres)", NAMES, "surname_first"),
        ("Nombres y apellidos", NAMES, "given_first"),
        ("First and last name", NAMES, "given_first"),
        ("Name", ["X Y", "Y Z", "Z X"], None),
    ],
)
def test_order_of_names(header: str, names: list[str], order: str | None) -> None:
    mapping, _ = _propose({header: names, "edad": AGES})
    assert mapping.columns["name"] == (header,)
    assert mapping.name_order == order


@pytest.mark.parametrize(
    ("header", "dates", "order", "doubt"),
    [
        ("fecha", ["05/11/2018", "17/02/2019", ""], "DMY", None),
        ("fecha", ["05/11/2018", "02/17/2019", ""], "MDY", None),
        ("fecha", ["2018-11-05", "2019/02/17", ""], "YMD", None),
        ("fecha", ["2018-11-05", "17.02.2019", ""], "DMY", None),
        ("fecha", ["05/11/2018", "02/03/2019", ""], "DMY", "intake.proposed_dates_assumed"),
        ("incident date", ["05/11/2018", "02/03/2019", ""], "MDY", "intake.proposed_dates_assumed"),
        ("fecha", ["17/11/2018", "18/02/2019", "02/17/2019"], "DMY", "intake.proposed_dates_mixed"),
        ("fecha", ["en agosto", "marzo de 2018", ""], "DMY", None),
    ],
)
def test_order_of_dates(header: str, dates: list[str], order: str, doubt: str | None) -> None:
    sheet = Sheet("a.csv", ("nombre", header), list(zip(NAMES, dates, strict=True)), [2, 3, 4])
    mapping, proposals = propose(sheet)
    assert mapping.date_order == order
    assert [p.reason for p in proposals if p.field == "date_order"] == ([doubt] if doubt else [])


def test_values_overrule_a_header_and_stand_in_for_one() -> None:
    mapping, reasons = _propose({"Edad": PLACES, "Quién": NAMES, "Cuándo": DATES, "Qué es": SEXES, "x": AGES})
    assert mapping.columns == {"name": ("Quién",), "sex": ("Qué es",), "event_date": ("Cuándo",)}
    assert reasons["Edad"].reason == "intake.proposed_contradicted"
    assert reasons["Quién"].reason == "intake.proposed_values"
    assert reasons["Quién"].confidence < reasons["Edad"].confidence
    assert reasons["x"].reason == "intake.proposed_unknown"


def test_other_people_are_not_the_victim() -> None:
    mapping, _ = _propose(
        {
            "Nombre del denunciante": NAMES,
            "Edad del agresor": AGES,
            "Sexo del perpetrador": SEXES,
            "Notas": PLACES,
        }
    )
    assert mapping.columns == {}


def test_whole_name_beside_its_parts() -> None:
    mapping, _ = _propose(
        {"Nombre completo": NAMES, "Nombre": ["Uno", "Dos", "Tres"], "Apellidos": ["Sintético"] * 3}
    )
    assert mapping.columns == {"name": ("Nombre completo",), "surname": ("Apellidos",)}


@pytest.mark.parametrize(
    ("headers", "parts"),
    [
        (("Día", "Mes", "Año"), ("Día", "Mes", "Año")),
        (("Mes", "Año"), ("", "Mes", "Año")),
        (("Day", "Month", "Year"), ("Day", "Month", "Year")),
    ],
)
@pytest.mark.parametrize("months", [["8", "08", ""], ["agosto", "Septiembre", "oct"]])
def test_date_in_columns_of_its_own(
    headers: tuple[str, ...], parts: tuple[str, str, str], months: list[str]
) -> None:
    values = {"Día": ["1", "31", ""], "Day": ["1", "31", ""], "Mes": months, "Month": months}
    years = ["2018", "2019", "2018"]
    mapping, _ = _propose({"nombre": NAMES, **{header: values.get(header, years) for header in headers}})
    assert mapping.date_parts == {"event_date": parts}
    assert mapping.columns == {"name": ("nombre",)}
    assert not mapping.ignored


def test_weekday_and_lone_month_are_no_dates() -> None:
    mapping, _ = _propose({"nombre": NAMES, "día": ["lunes", "martes", ""], "mes": ["1", "2", ""]})
    assert not mapping.date_parts
    assert mapping.columns == {"name": ("nombre",)}


def test_death_beside_a_date_in_parts_stays_apart() -> None:
    table = {
        "nombre": NAMES,
        "mes": ["8", "9", "9"],
        "año": ["2018"] * 3,
        "fecha de muerte": DATES,
        "visto": DATES,
    }
    mapping, _ = _propose(table)
    assert mapping.columns == {"name": ("nombre",), "death_date": ("fecha de muerte",)}
    assert mapping.date_parts == {"event_date": ("", "mes", "año")}
