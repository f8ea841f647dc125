"""Exports of ODK and KoboToolbox read as their JSON says; what they hold comes back from every format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from amparo.errors import AmparoError
from amparo.intake.odk import as_sheet, read_sheet, read_submissions
from amparo.intake.quarantine import in_quarantine

GOLDEN = Path(__file__).parent / "golden" / "odk"
FIXTURES = Path(__file__).parents[3] / "shared" / "data" / "odk-kobo-fixtures"
EMPTY = {"encrypted-form-media-skip", "nested-repeats-no-subs", "long_unicode_labels_v1"}


def _outcome(content: bytes, name: str) -> dict[str, Any]:
    try:
        found = read_submissions(content, name)
        sheets = {
            language: as_sheet(
                found, language=language, group="" if "" in found.groups else next(iter(found.groups))
            )
            for language in ("es", "en")
        }
    except AmparoError as error:
        return {"error": error.code, "facts": error.facts}
    return {
        "groups": {
            path: [[each.key, each.parent, each.row, each.values] for each in rows]
            for path, rows in found.groups.items()
        },
        "issues": [list(issue) for issue in found.issues],
        **{language: [list(sheet.headers), *map(list, sheet.rows)] for language, sheet in sheets.items()},
    }


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.golden")), ids=lambda path: path.stem)
def test_golden(path: Path) -> None:
    source = path.with_suffix("")
    expected = json.loads(path.read_text(encoding="utf-8"))
    assert _outcome(source.read_bytes(), source.name) == expected


def test_public_exports_are_read() -> None:
    if not FIXTURES.is_dir():
        pytest.skip("needs ../shared/data/odk-kobo-fixtures beside the checkout")
    for path in [*FIXTURES.glob("briefcase/*.expected"), *FIXTURES.glob("formpack/*.json")]:
        name = path.name.removesuffix(".expected")
        if path.stem.removesuffix(".csv") in EMPTY:
            with pytest.raises(AmparoError) as error:
                read_submissions(path.read_bytes(), name)
            assert error.value.code == "intake.odk_none"
        else:
            assert read_submissions(path.read_bytes(), name).groups


def test_repeats_stand_in_numbered_columns_and_alone() -> None:
    content = (GOLDEN / "central.zip").read_bytes()
    sheet = in_quarantine(read_sheet, content, "central.zip", file_name="central.zip", language="es")
    row = dict(zip(sheet.headers, sheet.rows[0], strict=True))
    assert row["grupo/color"] == "Rojo"
    assert row["grupo/colores"] == "Rojo; Azul"
    assert row["miembros[2]/miembro"] == "Hijo"
    alone = read_sheet(content, "central.zip", group="miembros")
    assert [dict(zip(alone.headers, row, strict=True))["miembros/miembro"] for row in alone.rows] == [
        "Hija",
        "Hijo",
    ]
    with pytest.raises(AmparoError) as error:
        read_sheet(content, "central.zip", group="otros")
    assert error.value.code == "intake.odk_no_group"


def test_nothing_of_the_interviewer_or_the_telephone_is_read() -> None:
    for name in ("kobo_api.json", "central.zip", "kobo.csv", "central_odata.json"):
        sheet = read_sheet((GOLDEN / name).read_bytes(), name)
        assert "quien" not in " ".join(sum(sheet.rows, ()))
        assert "imei" not in " ".join(sum(sheet.rows, ()))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"[" * 5000, "intake.json"),
        (b'{"results": [1, 2]}', "intake.json"),
        (b'{"content": {"survey": 5}, "submissions": []}', "intake.form_none"),
        (b'{"content": {"survey": [{"type": "end group"}]}, "results": [{}]}', "intake.form_unclosed"),
        (b"[]", "intake.odk_none"),
        (b'{"a": 1}', "intake.odk_none"),
    ],
)
def test_what_is_no_export_is_told(content: bytes, code: str) -> None:
    with pytest.raises(AmparoError) as error:
        read_submissions(content, "x.json")
    assert error.value.code == code


def test_deep_nesting_is_refused() -> None:
    deep: Any = {"a": "b"}
    for _ in range(200):
        deep = {"a": [deep]}
    with pytest.raises(AmparoError) as error:
        read_submissions(json.dumps([deep]).encode(), "x.json")
    assert error.value.code == "intake.json"
