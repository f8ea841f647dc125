"""Bad input of every kind: one sentence with place and remedy, its exit code, and a study left as it was."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.report.catalogue import say

Amparo = Callable[..., Any]
Copy = Callable[[str], Path]
Acts = Callable[[Path], int]

HEADER = "Nombre,Sexo,Fecha del hecho,Municipio"
ROWS = ["Ana Sintética Uno,F,2018-03-11,Norte", "Luis Sintético Dos,M,2018-04-02,Sur"]
LIST = "\n".join([HEADER, *ROWS]) + "\n"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def xlsx(rows: list[list[str]], more: str = "", padding: int = 0) -> bytes:
    """A workbook with one sheet of texts; a cell that starts with "=" is a formula without a kept value."""

    def cell(text: str, place: str) -> str:
        if text.startswith("="):
            return f'<c r="{place}"><f>{text[1:]}</f></c>'
        return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'

    lines = ""
    for number, row in enumerate(rows, 1):
        cells = (cell(text, f"{chr(65 + at)}{number}") for at, text in enumerate(row))
        lines += f'<row r="{number}">{"".join(cells)}</row>'
    members = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" '
        'ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="Hoja1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship '
        f'Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"<worksheet {_MAIN}><sheetData>{lines}{more}</sheetData></worksheet>",
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
        if padding:
            with archive.open("xl/media/image1.bin", "w", force_zip64=True) as member:
                for _ in range(padding >> 20):
                    member.write(bytes(1 << 20))
    return content.getvalue()


TABLE = [line.split(",") for line in (HEADER, *ROWS)]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# File name: its bytes, the code of the error and the facts beside the file's name.
UNREADABLE: dict[str, tuple[Callable[[], bytes], str, dict[str, Any]]] = {
    "empty.csv": (lambda: b"", "intake.empty", {}),
    "blank.csv": (lambda: b" ,, \n;;\n", "intake.empty", {}),
    "no-header.csv": (lambda: "\n".join(ROWS).encode(), "intake.no_header", {"row": 1}),
    "only-header.csv": (HEADER.encode, "intake.no_rows", {"row": 1}),
    "long-line.csv": (
        lambda: (HEADER + "\n").encode() + b"x" * (9 << 20),
        "intake.line_too_long",
        {"row": 2, "limit": 4},
    ),
    "open-quote.csv": (
        lambda: LIST.encode() + b'"Ana sin cierre,F,2018-03-11,Norte\n' + ROWS[1].encode() + b"\n",
        "intake.quote_open",
        {"row": 4},
    ),
    "encoding.csv": (
        lambda: LIST.encode() + b"Jos\xe9 Sint\xc3\xa9tico,M,2018-04-02,Sur\n",
        "intake.encoding",
        {"row": 4, "encoding": "utf-8"},
    ),
    "null.csv": (lambda: LIST.encode() + b"Ana\0Uno,F,2018,Sur\n", "intake.nul", {"row": 4}),
    "document.csv": (lambda: b"%PDF-1.7\n%synthetic", "intake.broken", {}),
    "password.xlsx": (
        lambda: OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(1000),
        "intake.password",
        {},
    ),
    "broken.xlsx": (lambda: xlsx(TABLE)[:400], "intake.broken", {}),
    "broken.xls": (lambda: OLE + bytes(2000), "intake.broken", {}),
    "far.xlsx": (
        lambda: xlsx(TABLE, '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        "intake.far_cell",
        {"sheet": "Hoja1", "cell": "XFD1048576"},
    ),
    "bomb.xlsx": (lambda: xlsx(TABLE, padding=200 << 20), "intake.bomb", {"limit": 1024}),
}


@pytest.fixture(scope="module")
def study(stages: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One study for all that must not change it."""
    return shutil.copytree(stages.folders["read"], tmp_path_factory.mktemp("errors") / "study")


@pytest.fixture
def unchanged(study: Path, acts: Acts) -> Iterator[Path]:
    """The study; after the test it verifies and no act was added."""
    before = acts(study)
    yield study
    assert acts(study) == before
    assert not list(study.rglob(".tmp-*"))


def one_sentence(said: Any, code: int, sentence: str) -> None:
    assert said == (code, "", sentence + "\n")


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read(name: str, unchanged: Path, amparo: Amparo, tmp_path: Path) -> None:
    content, code, facts = UNREADABLE[name]
    (tmp_path / name).write_bytes(content())
    lang = "es" if name.endswith("csv") else "en"
    said = amparo("read", unchanged, tmp_path / name, "--part", "capture", lang=lang)
    one_sentence(said, 3, say(lang, code, file=name, **facts))


def test_a_file_of_one_line_of_a_gigabyte_is_refused_unread(
    unchanged: Path, amparo: Amparo, tmp_path: Path
) -> None:
    with (tmp_path / "huge.csv").open("wb") as file:
        file.truncate(1100 << 20)
    said = amparo("read", unchanged, tmp_path / "huge.csv", "--part", "capture")
    one_sentence(said, 3, say("en", "intake.file_too_large", file="huge.csv", limit=512))


# What is told beside a list that was read: bytes of the list, code of the note, facts beside the file's name.
NOTED: dict[str, tuple[Callable[[], bytes], str, dict[str, Any]]] = {
    "short.csv": (
        (LIST + "Eva Sintética\n").encode,
        "intake.row_short",
        {"row": 4, "cells": 1, "columns": 4, "count": 1},
    ),
    "long.csv": (
        (LIST + "Eva Sintética,F,2018-01-02,Sur,y más\n").encode,
        "intake.row_long",
        {"row": 4, "cells": 5, "columns": 4, "count": 1},
    ),
    "formulas.xlsx": (
        lambda: xlsx([*TABLE, ["Eva Sintética", "F", "=HYPERLINK(1)", "Sur"]]),
        "intake.formulas",
        {"sheet": "Hoja1", "count": 1},
    ),
    "twice.csv": (
        lambda: LIST.replace("Municipio", "Sexo").encode(),
        "intake.header_twice",
        {"row": 1, "column": "Sexo", "renamed": "Sexo (2)"},
    ),
}


@pytest.mark.parametrize("name", NOTED)
def test_what_is_odd_in_a_list_is_told_with_its_place(
    name: str, copy: Copy, acts: Acts, amparo: Amparo, tmp_path: Path
) -> None:
    content, code, facts = NOTED[name]
    (tmp_path / name).write_bytes(content())
    study = copy("new")
    said = amparo("read", study, tmp_path / name, "--part", "capture", lang="es")
    assert (said.code, say("es", code, file=name, **facts) in said.err.splitlines()) == (0, True), said.err


def test_a_day_the_calendar_lacks_is_told_with_file_row_and_column(
    copy: Copy, amparo: Amparo, tmp_path: Path
) -> None:
    file, study = tmp_path / "fechas.csv", copy("new")
    file.write_text(LIST + "Eva Sintética Tres,F,31/02/2018,Sur\n", encoding="utf-8")
    said = amparo("read", study, file, "--part", "capture", lang="es")
    told = say("es", "date.impossible", value="31/02/2018")
    place = {"file": "fechas.csv", "row": 4, "column": "Fecha del hecho"}
    assert said.code == 0
    assert said.err == say("es", "cli.in_cell", said=told, **place) + "\n"
    assert all(word in said.err for word in ("fechas.csv", "4", "Fecha del hecho", "31/02/2018"))


def test_a_list_with_one_row_is_read(copy: Copy, amparo: Amparo, tmp_path: Path) -> None:
    file = tmp_path / "una.csv"
    file.write_text(f"{HEADER}\n{ROWS[0]}\n", encoding="utf-8")
    study = copy("new")
    said = amparo("read", study, file, "--part", "capture")
    assert (said.code, said.err) == (0, "")
    assert say("en", "cli.read", source="una", rows=1) in said.out
    linked = amparo("link", study)
    assert linked == (0, say("en", "cli.linked_alone", records=1, persons=1) + "\n", "")


# Codes of wrong words and wrong paths. `{study}` and `{room}` stand for the study and an empty folder.
WRONG: list[tuple[str, list[str], int, str, Mapping[str, Any]]] = [
    ("es", ["destroy"], 2, "cli.usage", {"words": "destroy"}),
    ("en", ["verify", "{study}", "--force"], 2, "cli.usage", {"words": "--force"}),
    ("en", ["link", "{study}", "--seed", "seven"], 2, "cli.usage", {"words": "--seed"}),
    ("es", ["count"], 3, "cli.study_or_histories", {}),
    ("en", ["verify", "{room}/none"], 5, "vault.no_study", {"path": "{room}/none"}),
    ("es", ["link", "{room}"], 5, "vault.no_study", {"path": "{room}"}),
    ("en", ["read", "{study}", "{room}/none.csv"], 3, "cli.no_file", {"file": "{room}/none.csv"}),
    ("es", ["read", "{study}", "{list}", "--source", "nueva"], 3, "register.undeclared", {"source": "nueva"}),
    (
        "en",
        ["read", "{study}", "{list}", "--source", "x", "--part", "all"],
        3,
        "register.bad_part",
        {"source": "x", "part": "all", "parts": ["capture", "frame", "derived", "none"]},
    ),
    (
        "en",
        ["read", "{study}", "{list}", "--source", "a b", "--part", "none"],
        3,
        "register.bad_key",
        {"source": "a b"},
    ),
    (
        "en",
        ["read", "{study}", "{list}", "--source", "x", "--part", "derived", "--derived-from", "y"],
        3,
        "register.bad_origin",
        {"source": "x", "origin": "y"},
    ),
    (
        "en",
        ["read", "{study}", "{list}", "--mapping", "{room}"],
        3,
        "cli.unreadable_file",
        {"file": "{room}"},
    ),
    ("es", ["count", "{study}"], 3, "counting.link_first", {}),
    ("es", ["report", "{study}"], 3, "counting.no_count", {}),
    (
        "en",
        ["count", "{study}", "--by", "village"],
        3,
        "counting.unknown_stratum",
        {"stratum": "village", "known": ["year", "place_1", "place_2", "sex"]},
    ),
    (
        "en",
        ["count", "{study}", "--count-derived", "uno"],
        3,
        "counting.not_derived",
        {"list": "uno", "part": "capture"},
    ),
    (
        "en",
        ["count", "{study}", "--count-derived", "cien"],
        3,
        "counting.unknown_list",
        {"list": "cien", "known": ["dos", "tres", "uno"]},
    ),
    ("en", ["new", "{study}", "--from", "{plan}"], 5, "vault.path_taken", {"path": "{study}"}),
    ("en", ["new", "{room}/a/b", "--from", "{plan}"], 5, "vault.no_parent", {"path": "{room}/a"}),
    ("es", ["new", "{room}/a", "--role", "x", "--act", "y"], 3, "cli.missing", {"option": "place"}),
]


@pytest.mark.parametrize(
    ("lang", "words", "code", "error", "facts"),
    WRONG,
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_words_and_paths(  # noqa: PLR0917
    lang: str,
    words: list[str],
    code: int,
    error: str,
    facts: Mapping[str, Any],
    unchanged: Path,
    amparo: Amparo,
    lists: Any,
    tmp_path: Path,
) -> None:
    room = tmp_path / "room"
    room.mkdir()
    places = {"study": unchanged, "room": room, "plan": lists.plan, "list": lists.files["corrected"]}
    typed = [word.format(**places) if "{" in word else word for word in words]
    facts = {key: fact.format(**places) if isinstance(fact, str) else fact for key, fact in facts.items()}
    if error == "cli.unreadable_file":
        facts["reason"] = os.strerror(21)
    said = amparo(*typed, opens=words[0] not in ("destroy",), lang=lang)
    one_sentence(said, code, say(lang, error, **facts))
    assert not list(room.iterdir())


def test_a_wrong_passphrase_touches_no_byte(study: Path, amparo: Amparo, tmp_path: Path) -> None:
    def folder() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in study.rglob("*") if path.is_file()}

    before = folder()
    wrong = tmp_path / "wrong"
    wrong.write_text("another phrase altogether", encoding="utf-8")
    for verb in ("verify", "link"):
        said = amparo(verb, study, "--passphrase-file", wrong, opens=False, lang="es")
        one_sentence(said, 5, say("es", "vault.wrong_passphrase"))
    assert folder() == before
    one_sentence(amparo("verify", study, opens=False), 3, say("en", "cli.no_passphrase"))
    wrong.write_bytes(b"\xff\xfe\xfa latin")
    said = amparo("verify", study, "--passphrase-file", wrong, opens=False)
    one_sentence(said, 3, say("en", "intake.encoding", file="wrong", row=1, encoding="utf-8"))


def test_a_short_passphrase_makes_no_study(amparo: Amparo, lists: Any, tmp_path: Path) -> None:
    short = tmp_path / "short"
    short.write_text("corta", encoding="utf-8")
    said = amparo("new", tmp_path / "study", "--from", lists.plan, "--passphrase-file", short, opens=False)
    assert (said.code, len(said.err.splitlines())) == (5, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["short"]


@pytest.mark.parametrize(
    "text",
    [
        "title = ",
        'titel = "x"',
        "[target]\nrole = 7",
        '[target.period]\nfrom = "2018-02-31"',
        "[sources.a]\ntitle = 'A'",
    ],
)
def test_a_bad_plan_makes_no_study(text: str, amparo: Amparo, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(text, encoding="utf-8")
    said = amparo("new", tmp_path / "study", "--from", plan)
    assert (said.code, said.err.count("\n"), said.err.startswith("plan.toml: ")) == (3, 1, True), said
    assert [path.name for path in tmp_path.iterdir()] == ["plan.toml"]


MAPPINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "[columns]\nname = ": ("intake.mapping_toml", {"row": 2}),
    'names = "DUI"': ("intake.unknown_field", {"field": "names"}),
    '[columns]\nnombre = "DUI"': ("intake.unknown_field", {"field": "nombre"}),
    '[columns]\nname = "Nobody"': ("intake.unknown_column", {"column": "Nobody"}),
    '[columns]\nname = "DUI"\nalias = "DUI"': ("intake.column_twice", {"column": "DUI"}),
    'date_order = "sideways"': ("intake.mapping_value", {"field": "date_order"}),
}


@pytest.mark.parametrize("text", MAPPINGS)
def test_a_bad_mapping_reads_nothing(
    text: str, unchanged: Path, amparo: Amparo, lists: Any, tmp_path: Path
) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(text, encoding="utf-8")
    said = amparo("read", unchanged, lists.files["uno"], "--source", "uno", "--mapping", mapping)
    assert (said.code, said.out, said.err.count("\n")) == (3, "", 1), said
    code, facts = MAPPINGS[text]
    place = lists.files["uno"].name if code == "intake.unknown_column" else "mapping.toml"
    assert all(str(fact) in said.err for fact in (place, *facts.values())), said.err


PLAN = """
title = "Synthetic"
synthetic = {synthetic}
target = {{ role = "r", act = "a", place = "p", period = {{ from = 2015-01-01, to = 2019-12-31 }} }}
[sources]
"""


def made(amparo: Amparo, room: Path, lists: Mapping[str, tuple[Path, str]], synthetic: bool = True) -> Path:
    """A linked study of these lists, each with its part in counting."""
    plan = room / "own-plan.toml"
    sources = "".join(
        f"{key} = {{ title = '{key}', part = '{part.split()[0]}', derived_from = {part.split()[1:]} }}\n"
        for key, (_, part) in lists.items()
    )
    plan.write_text(PLAN.format(synthetic=str(synthetic).lower()) + sources, encoding="utf-8")
    assert amparo("new", room / "own", "--from", plan).code == 0
    for key, (file, _) in lists.items():
        said = amparo("read", room / "own", file, "--source", key)
        assert said.code == 0, said.err
    said = amparo("link", room / "own")
    assert said.code == 0, said.err
    return room / "own"


def refused(said: Any, *sentences: str) -> None:
    """The count tells what is documented, and one of these reasons why there is no number."""
    told = " ".join(said.out.split())
    assert (said.code, said.err) == (4, "")
    assert any(" ".join(sentence.split()) in told for sentence in sentences), told


def test_derived_lists_are_refused_and_counted_when_the_user_insists(
    amparo: Amparo, lists: Any, tmp_path: Path
) -> None:
    files = lists.files
    study = made(
        amparo,
        tmp_path,
        {
            "uno": (files["uno"], "capture"),
            "dos": (files["dos"], "capture"),
            "tres": (files["tres"], "derived uno"),
        },
        synthetic=False,
    )
    said = amparo("count", study, lang="es")
    facts = {"list": "tres", "origins": ["uno"], "derived": ["tres"], "capture": ["uno", "dos"], "minimum": 3}
    refused(said, say("es", "counting.derived_lists", **facts))
    assert amparo("count", study, "--count-derived", "tres").code == 0

    out = amparo("report", study, "--out", tmp_path / "report")
    one_sentence(out, 3, say("en", "cli.not_synthetic", study=str(study)))
    assert not (tmp_path / "report").exists()


def test_identical_lists_and_lists_without_overlap_are_refused(
    amparo: Amparo, lists: Any, tmp_path: Path
) -> None:
    uno = lists.files["uno"].read_text("utf-8").splitlines(keepends=True)
    copied, apart = tmp_path / "copied.csv", tmp_path / "apart.csv"
    copied.write_text(uno[0].replace("DUI", "Código") + "".join(uno[1:]), encoding="utf-8")
    # Nobody of this list is on another one.
    names = ["Zacarías", "Yolanda", "Wilfredo", "Ursula", "Teófilo", "Sabina"]
    rows = [
        f"{name} Inventado Apellido{chr(65 + at)},M,20{10 + at}-05-0{1 + at},Oeste"
        for at, name in enumerate(names)
    ]
    apart.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    parts = {
        "a": (lists.files["uno"], "capture"),
        "b": (copied, "capture"),
        "c": (apart, "capture"),
    }
    study = made(amparo, tmp_path, parts)
    said = amparo("count", study)
    refused(
        said,
        say("en", "estimation.lists_identical", first="a", second="b"),
        say("en", "estimation.list_without_overlap", list="c"),
    )


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB that can be filled."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a full disk is tried on a small tmpfs, which needs root: sudo ./amparo test tests/cli")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path, leave: int) -> Path:
    """A file that takes all room but so many bytes."""
    filler = disk / "filler"
    free = os.statvfs(disk)
    filler.write_bytes(bytes(free.f_bavail * free.f_frsize - leave))
    return filler


@pytest.mark.parametrize(
    ("verb", "leave"),
    # Bytes left free: none at all, too few for the write-ahead log, too few for what the verb keeps.
    [
        *(("new", 0), ("new", 40 << 10), ("read", 0), ("read", 40 << 10)),
        *(("link", 40 << 10), ("count", 0), ("report", 160 << 10)),
    ],
)
def test_a_full_disk_leaves_the_study_as_it_was(  # noqa: PLR0917
    verb: str, leave: int, small_disk: Path, stages: Any, amparo: Amparo, acts: Acts, lists: Any
) -> None:
    study = small_disk / "study"
    stage = {"new": None, "read": "new", "link": "read", "count": "link", "report": "count"}[verb]
    words = {"new": ["--from", lists.plan], "read": [lists.files["uno"], "--source", "uno"]}.get(verb, [])
    before = 0
    if stage is not None:
        shutil.copytree(stages.folders[stage], study)
        before = acts(study)
    filler = fill(small_disk, leave)
    said = amparo(verb, study, *words)
    filler.unlink()
    if said.code:
        full = say("en", "vault.disk_full", path="PATH").split("PATH")
        assert (said.code, said.out, said.err.count("\n")) == (5, "", 1), said
        assert said.err.startswith(full[0] + str(small_disk)), said.err
        assert said.err.endswith(full[1] + "\n"), said.err
        if stage is None:
            assert not list(small_disk.iterdir())
        else:
            assert acts(study) == before
        assert amparo(verb, study, *words).code == 0
    else:
        assert leave, "nothing was kept on a full disk, yet the verb ended well"
    assert amparo("verify", study).code == 0


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=12)
HEADERS = st.sampled_from(
    ["Nombre", "Apellidos", "Sexo", "Edad", "Fecha", "Fecha de nacimiento", "Municipio", "DUI", "", "x", "x"]
)
TABLES = st.lists(HEADERS, min_size=1, max_size=5).flatmap(
    lambda header: st.lists(st.lists(CELLS, min_size=1, max_size=6), min_size=1, max_size=6).map(
        lambda rows: "\n".join(",".join(row) for row in [header, *rows]).encode()
    )
)
WORKBOOKS = st.builds(
    lambda at, byte: (
        whole := bytearray(xlsx(TABLE)),
        whole.__setitem__(at % len(whole), byte),
        bytes(whole),
    )[2],
    st.integers(0, 5000),
    st.integers(0, 255),
)


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(content=st.one_of(st.binary(min_size=1, max_size=200), TABLES, WORKBOOKS))
def test_no_bytes_are_a_defect(content: bytes, study: Path, amparo: Amparo, tmp_path: Path) -> None:
    file = tmp_path / "any.csv"
    file.write_bytes(content)
    said = amparo("read", study, file, "--source", "any", "--part", "none")
    assert said.code in (0, 3), said
