from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from synthetic_lists import HEADER, people, table

from amparo.errors import AmparoError
from amparo.study.register import services
from amparo.study.register.rules import Declared
from amparo.study.register.standing import standing_cells
from amparo.study.store import Study

CAPTURE = Declared("Synthetic list", "capture")


def _read(study: Study, content: bytes, **options: Any) -> services.Reading:
    return services.read_list(study, content, "list.csv", source_key="a", declared=CAPTURE, **options)


def _acts() -> int:
    from amparo.study.accounts.models import AuditLine

    return AuditLine.objects.count()


def test_every_row_becomes_a_record_with_its_cells(study: Study) -> None:
    rows = people(30)
    reading = _read(study, table(rows))
    cells = standing_cells(study)
    assert (reading.rows, cells.height) == (30, 30)
    assert cells["record_id"].to_list() == [f"a.1.{row}" for row in range(2, 32)]
    assert cells["given"].to_list() == [row[0] for row in rows]
    assert cells["event_date"].to_list() == [row[4] for row in rows]
    assert dict(reading.columns)["Municipio"] == ("place_2",)


def test_the_row_is_kept_verbatim(study: Study) -> None:
    import msgspec

    from amparo.study.register.models import Record
    from amparo.study.sealing import open_field

    _read(study, table([("  María José ", "de la O", "F", "", "en agosto", "Norte")]))
    record = Record.objects.get()
    row = msgspec.json.decode(open_field(study, record, record.pk, "sealed_row"))
    assert row == ["1", "  María José ", "de la O", "F", "", "en agosto", "Norte"]


def test_the_same_file_again_changes_nothing(study: Study) -> None:
    content = table(people(5))
    _read(study, content)
    acts = _acts()
    assert _read(study, content).correction is None
    assert (_acts(), services.check_records(study)) == (acts, 5)


def test_a_corrected_file_supersedes_and_shows_what_changed(study: Study) -> None:
    rows = people(6)
    _read(study, table(rows))
    before = datetime.now(UTC)
    corrected = [*rows]
    corrected[2] = (rows[2][0], "Apellido Corregido", *rows[2][2:])
    reading = _read(study, table([*corrected[:5], ("Zoe", "Nueva", "X", "99", "2016", "Otro")]))
    assert reading.correction is not None
    assert reading.correction.kept == 4
    assert reading.alterations == ((4, ("Apellidos",)), (7, tuple(HEADER[1:])))
    standing = standing_cells(study)
    assert standing.height == 6
    assert "Apellido Corregido" in standing["surname"].to_list()
    assert standing_cells(study, before)["surname"].to_list() == [row[1] for row in rows]
    assert services.check_records(study) == 8


def test_an_edited_mapping_corrects_the_records_and_is_remembered(study: Study) -> None:
    content = table(people(4))
    toml = services.proposed_toml(content, "list.csv", str)
    assert "Fecha del hecho" in toml
    _read(study, content)
    edited = "\n".join(line for line in toml.splitlines() if "Municipio" not in line)
    reading = _read(study, content, mapping_text=edited)
    assert reading.correction is not None
    assert len(reading.correction.altered) == 4
    assert standing_cells(study)["place_2"].null_count() == 4
    _read(study, table(people(7)))
    assert standing_cells(study)["place_2"].null_count() == 7


def test_a_date_that_cannot_be_is_named_with_row_and_column(study: Study) -> None:
    rows = [*people(3), ("Ana", "Campos", "F", "30", "31/02/2018", "Norte")]
    [issue] = _read(study, table(rows)).issues
    assert issue.code == "date.impossible"
    assert (issue.facts["file"], issue.facts["row"], issue.facts["column"]) == (
        "list.csv",
        5,
        "Fecha del hecho",
    )
    assert standing_cells(study)["event_date"].to_list()[-1] == "31/02/2018"


def test_a_date_in_three_columns_is_named_by_all_of_them(study: Study) -> None:
    header = "Nombres,Apellidos,Día,Mes,Año\n"
    content = (header + "Ana,Campos,31,2,2018\nBruno,Rivas,3,5,2017\nCarla,Sorto,28,12,2016\n").encode()
    reading = _read(study, content)
    assert {"Día", "Mes", "Año"} <= {name for name, fields in reading.columns if fields == ("event_date",)}
    [issue] = reading.issues
    assert (issue.facts["row"], issue.facts["column"]) == (2, "Día, Mes, Año")


@pytest.mark.parametrize(
    ("key", "declared", "code"),
    [
        ("new", None, "register.undeclared"),
        ("new", Declared("t", "list"), "register.bad_part"),
        ("Con Espacio", CAPTURE, "register.bad_key"),
        ("new", Declared("t", "derived", ("ghost",)), "register.bad_origin"),
    ],
)
def test_a_source_must_be_declared_well(study: Study, key: str, declared: Declared | None, code: str) -> None:
    acts = _acts()
    with pytest.raises(AmparoError) as error:
        services.read_list(study, table(people(2)), "list.csv", source_key=key, declared=declared)
    assert error.value.code == code
    assert _acts() == acts


def test_a_declaration_is_superseded_not_edited(study: Study) -> None:
    services.declare(study, "a", CAPTURE)
    moment = datetime.now(UTC)
    services.declare(study, "a", Declared("Synthetic list", "none"))
    assert services.declarations()["a"].part == "none"
    assert services.declarations(moment)["a"].part == "capture"
    assert services.declarations(moment - timedelta(days=1)) == {}


def test_moved_ciphertext_is_found(study: Study) -> None:
    from django.db import connection

    _read(study, table(people(3)))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE register_record SET sealed_cells ="
            " (SELECT sealed_cells FROM register_record WHERE id = 'a.1.3') WHERE id = 'a.1.2'"
        )
    with pytest.raises(AmparoError, match="vault.tampered"):
        services.check_records(study)


def test_a_file_without_records_is_swept_when_the_study_opens(
    study: Study, reopened: Callable[[], Any]
) -> None:
    from django.db import connection

    from amparo.vault import blobs

    _read(study, table(people(3)))
    key = study.keys.current("default").secret
    kept = blobs.name_of(study.opened, key, table(people(3)))
    orphan = blobs.put(study.opened, key, b"left by a kill")
    connection.close()
    with reopened():
        assert blobs.get(study.opened, key, kept) == table(people(3))
        with pytest.raises(AmparoError, match="vault.blob_missing"):
            blobs.get(study.opened, key, orphan)
