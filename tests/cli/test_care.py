"""The verbs of care, through the command line as somebody types them."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

Copy = Callable[[str], Path]


def first_record(amparo: Any, study: Path, lists: Any) -> tuple[str, str]:
    """A record of the study, found by its person's surnames typed without accents, and one of them."""
    [row, *_] = csv.DictReader(lists.files["uno"].read_text("utf-8").splitlines())
    name = row["Apellidos"].replace("ó", "o").lower()
    found = amparo("find", study, name, "--purpose", "review")
    assert found.code == 0, found.err
    assert "uno.1.2" in found.out, found.out
    return "uno.1.2", name.split()[0]


def test_find_open_and_held_in_both_languages(amparo: Any, copy: Copy, lists: Any, tmp_path: Path) -> None:
    study = copy("link")
    record, _ = first_record(amparo, study, lists)
    for lang, purpose, words in (("en", "case: calls back", "Read as"), ("es", "Revisión", "Se leyó así")):
        opened = amparo("open", study, record, "--purpose", purpose, lang=lang)
        assert opened.code == 0, opened.err
        assert record in opened.out and words in opened.out
    told = amparo("held", study, record, "--person", lang="es")
    assert told.code == 0 and "sobre usted" in told.out and "caso: 1" in told.out
    plain = amparo("held", study, record, "--out", tmp_path / "copy.txt")
    assert plain.code == 0 and "about you" in (tmp_path / "copy.txt").read_text()


def test_a_copy_is_sealed_to_its_person(amparo: Any, copy: Copy, lists: Any, tmp_path: Path) -> None:
    from amparo.vault import age

    study, secret = copy("link"), age.new_identity()
    record, name = first_record(amparo, study, lists)
    out = tmp_path / "copy.age"
    said = amparo("held", study, record, "--out", out, "--to", age.public(secret))
    assert said.code == 0, said.err
    assert name.encode() not in out.read_bytes().lower()
    opened = io.BytesIO()
    age.unseal(io.BytesIO(out.read_bytes()), opened.write, secret)
    assert b"about you" in opened.getvalue()
    assert amparo("held", study, record, "--to", age.public(secret)).code == 3
    assert "age1" in amparo("held", study, record, "--out", out, "--to", "age1nobody").err


def test_a_purpose_is_needed(amparo: Any, copy: Copy) -> None:
    study = copy("read")
    missing = amparo("find", study, "maria")
    assert (missing.code, "--purpose" in missing.err) == (3, True)
    assert amparo("find", study, "maria", "--purpose", "otro").code == 3
    free = amparo("find", study, "Nadie Ninguno", "--purpose", "to see whether she is on a list")
    assert free.code == 0 and free.out.startswith("0 records")
    assert amparo("open", study, "uno.1.999", "--purpose", "case").code == 3


def test_consent_keeping_holds_and_what_is_due(amparo: Any, copy: Copy, lists: Any) -> None:
    study = copy("link")
    record, _ = first_record(amparo, study, lists)
    done = [
        amparo("consent", study, record, "estadistica", "negado", lang="es"),
        amparo("consent", study, record, "case", "given", "--until", "2020-01-01", "--words", "for now"),
        amparo("retain", study, "uno", "--until", "2020-02-01", "--reason", "law"),
        amparo("hold", study, "uno", "--reason", "order"),
    ]
    assert [each.code for each in done] == [0] * 4, done
    due = amparo("due", study).out
    stands = re.search(r"number (\d{6}) stands on uno", due)
    assert "2020" in due and stands
    assert "próximo conteo" in done[0].out
    assert amparo("lift", study, stands[1], "--reason", "closed").code == 0
    assert "stands" not in amparo("due", study).out


def test_erase_asks_says_what_it_did_and_stays_done(amparo: Any, copy: Copy, lists: Any) -> None:
    study, lang = copy("link"), "es"
    record, _ = first_record(amparo, study, lists)
    asked = amparo("erase", study, record, "--reason", "asked", lang=lang)
    assert (asked.code, "--yes" in asked.err) == (3, True)
    done = amparo("erase", study, record, "--person", "--reason", "asked", "--yes", lang=lang)
    assert done.code == 0, done.err
    tombstones = study.with_name(study.name + ".erasures")
    assert str(tombstones) in done.out.replace("\n", "")
    [line] = tombstones.read_bytes().splitlines()
    assert record in json.loads(line)["notice"]
    assert amparo("open", study, record, "--purpose", "case", lang=lang).code == 3
    source = record.split(".")[0]
    again = amparo("read", study, lists.files[source], "--source", source, lang=lang)
    assert again.code == 0 and "borrado antes" in again.out
    assert amparo("verify", study).code == 0
