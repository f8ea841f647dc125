from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from synthetic_lists import lists, people, table

from amparo.errors import AmparoError
from amparo.study.register.rules import Declared
from amparo.study.register.services import Reading, read_list
from amparo.study.register.standing import standing_cells
from amparo.study.store import Study
from amparo.study.verification import verify_study

CAPTURE = Declared("Synthetic list", "capture")
# Nobody: words that stand in no other row.
CANARY = ("Zoraida Xiomara", "Qanariquez Wuvalde", "F", "47", "13/02/2017", "Quimbamba")
WORDS = ["Zoraida", "Xiomara", "Qanariquez", "Wuvalde", "Quimbamba"]


def read(study: Study, content: bytes, key: str = "a", name: str = "list.csv", **options: Any) -> Reading:
    return read_list(study, content, name, source_key=key, declared=CAPTURE, **options)


def with_canary(number: int = 8, seed: int = 1) -> list[tuple[str, ...]]:
    rows = people(number, seed)
    return [*rows[:3], CANARY, *rows[3:]]


def erase(study: Study, *records: str, words: str = "by request", **options: Any) -> Any:
    from amparo.study.care.erasure import erase as act

    return act(study, records, words, **options)


def rows_of(study: Study, file_number: int) -> tuple[list[list[str]], dict[str, Any]]:
    from amparo.study.register.models import SourceFile
    from amparo.study.register.services import file_facts
    from amparo.vault import blobs

    file = SourceFile.objects.order_by("id")[file_number]
    content = blobs.get(study.opened, study.keys[file.sealed_under_id].secret, file.blob)
    return list(csv.reader(io.StringIO(content.decode()))), file_facts(study, file)


def everything(study: Study) -> Iterator[bytes]:
    """All that any key of this user opens, and all that stands in clear: columns, files, names of files."""
    from django.apps import apps
    from django.db import models

    from amparo.study.register.models import Record, SourceFile
    from amparo.study.register.services import place_of
    from amparo.study.sealing import SealedRow, open_field
    from amparo.vault import blobs, frames

    for model in apps.get_models():
        for row in model._default_manager.all():
            for field in model._meta.concrete_fields:
                value = field.value_from_object(row)
                yield bytes(value) if isinstance(field, models.BinaryField) else str(value).encode()
                if not (isinstance(row, SealedRow) and field.name.startswith("sealed_") and row.wrapped_key):
                    continue
                if field.name == "sealed_under" or not value:
                    continue
                name = place_of(row) if isinstance(row, SourceFile) else row.pk
                opened = open_field(study, row, name, field.name)
                yield opened
                if opened.startswith(b"ARROW1"):
                    yield frames.unpack(opened).write_json().encode()
            if isinstance(row, Record) and not row.wrapped_key:
                for key in study.keys.ids:
                    row.sealed_under_id = key
                    with pytest.raises(AmparoError, match=r"vault\.tampered"):
                        open_field(study, row, row.pk, "sealed_row")
    for file in SourceFile.objects.all():
        yield blobs.get(study.opened, study.keys[file.sealed_under_id].secret, file.blob)


def pages(study: Study) -> bytes:
    """The decrypted pages of the database file (SQLCipher 4: AES-256-CBC, 16 bytes of IV, 64 of HMAC)."""
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES256
    from cryptography.hazmat.primitives.ciphers.modes import CBC

    content, key = study.opened.database.read_bytes(), AES256(study.opened.key("database"))
    found = []
    for at in range(0, len(content), 4096):
        page = content[at : at + 4096]
        opener = Cipher(key, CBC(page[-80:-64])).decryptor()
        found.append(opener.update(page[16 if at == 0 else 0 : -80]))
    return b"".join(found)


def hits(study: Study, words: list[str]) -> set[str]:
    told = b"\n".join(everything(study)).lower()
    return {word for word in words if word.lower().encode() in told}


def test_an_erased_person_is_found_nowhere_by_any_key(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from amparo.study.accounts.models import AuditLine
    from amparo.study.care.rules import Purpose
    from amparo.study.care.services import consent, retain
    from amparo.study.counting.services import count_study
    from amparo.study.linking.services import link_study
    from amparo.study.register.models import Record
    from amparo.study.register.search import find
    from amparo.vault import backup

    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    for key, content in lists(60).items():
        read(study, content + table([CANARY]).splitlines()[1] + b"\r\n", key, f"{key} Xiomara Wuvalde.csv")
    link_study(study, seed=1)
    count_study(study, seed=1)
    mine = find(study, "zoraida canariques", Purpose("request", "called: Zoraida Qanariquez herself")).hits
    assert len(mine) == 4
    consent(study, mine[0].record, "case", "given", words="Xiomara said yes")
    retain(study, "a", None, "until Xiomara Wuvalde is safe")
    backup.snapshot(study.opened)
    assert hits(study, WORDS) == set(WORDS)
    keys = [bytes(row.wrapped_key) for row in Record.objects.filter(pk__in=[hit.record for hit in mine])]

    done = erase(study, *(hit.record for hit in mine), words="Zoraida Qanariquez asked for it")

    assert (study.opened.path / "study.db-wal").stat().st_size == 0
    assert (done.records, done.files, done.copies, done.left) == (4, 4, 1, 0)
    assert hits(study, WORDS) == set()
    assert "Zoraida" not in str(list(AuditLine.objects.values_list("facts", flat=True)))
    assert find(study, "zoraida", Purpose("review")).number == 0
    # Not on any page, freed ones too.
    image = pages(study)
    assert bytes(Record.objects.exclude(wrapped_key=b"").latest("pk").wrapped_key) in image
    assert not any(key in image for key in keys)
    assert not list((study.opened.path / "backups").iterdir())
    assert not list(temporary.iterdir())
    verify_study(study)


def test_the_shared_file_keeps_every_other_row_at_its_number(study: Study) -> None:
    content = b"Listado\r\n\r\n" + table(with_canary())
    read(study, content)
    erase(study, "a.1.7")
    rows, facts = rows_of(study, 0)
    original = list(csv.reader(io.StringIO(content.decode())))
    assert rows[0] == [] and rows[2:6] == original[2:6] and rows[6] == [] and rows[7:] == original[7:]
    assert len(facts["original"]) == 64 and facts["blanked"]


def test_the_same_file_does_not_bring_the_person_back(study: Study) -> None:
    content = table(with_canary())
    read(study, content)
    erase(study, "a.1.5")
    again = read(study, content)
    assert (again.correction, again.erased) == (None, 1)
    other = read(study, content, "b")
    assert other.correction is not None
    assert (other.erased, len(other.correction.added)) == (1, 8)
    assert hits(study, WORDS) == set()
    assert rows_of(study, 1)[0][4] == []
    verify_study(study)


def test_a_new_version_of_the_list_works_beside_the_erased_record(study: Study) -> None:
    rows = with_canary()
    read(study, table(rows))
    erase(study, "a.1.5")
    # One person more on top: every number in the first column moves, the erased row is no longer the same.
    more = [people(1, 9)[0], *rows]
    reading = read(study, table(more))
    assert reading.erased == 1
    assert standing_cells(study).height == 9
    assert hits(study, WORDS) == set()
    verify_study(study)


def test_every_version_of_a_record_goes_also_from_files_that_only_repeat_it(study: Study) -> None:
    rows = with_canary()
    read(study, table(rows))
    read(study, table([*rows, people(1, 5)[0]]))  # repeats the row without a record of its own
    rows[3] = (*CANARY[:4], "14/02/2017", CANARY[5])
    corrected = read(study, table(rows))
    assert corrected.correction is not None and len(corrected.correction.altered) == 1
    done = erase(study, "a.3.5")
    assert (done.records, done.files) == (2, 3)
    assert hits(study, WORDS) == set()
    verify_study(study)


def test_of_equal_nameless_rows_only_one_goes(study: Study) -> None:
    nameless = ("", "", "M", "", "2016", "Norte")
    text = table([*people(3), nameless, nameless]).decode().replace("4,,,", "x,,,").replace("5,,,", "x,,,")
    read(study, text.encode())
    erase(study, "a.1.5")
    again = read(study, text.encode())
    assert (again.correction, again.erased) == (None, 1)
    assert standing_cells(study).height == 4


def test_versions_of_one_record_do_not_take_another_along(study: Study) -> None:
    """The list has the person twice; of the first it noted more, in a column that is not mapped."""
    from synthetic_lists import HEADER

    header = (*HEADER, "Zz")
    rows: list[tuple[str, ...]] = [(*CANARY, ""), *((*row, "") for row in people(3)), (*CANARY, "")]
    read(study, table(rows, header))
    rows[0] = (*CANARY, "seen again")
    corrected = read(study, table(rows, header))
    assert corrected.correction is not None and len(corrected.correction.altered) == 1
    assert erase(study, "a.2.2").records == 2
    assert [row[0] for row in rows_of(study, 1)[0] if row] == ["Expediente", "2", "3", "4", "5"]
    again = read(study, table(rows, header))
    assert (again.correction, again.erased) == (None, 1)
    assert standing_cells(study).height == 4


def test_a_hold_blocks_with_its_reason_until_it_is_lifted(study: Study) -> None:
    from amparo.study.care import services

    read(study, table(with_canary()))
    for of in ("a", "a.1.5"):
        number = services.hold(study, of, "court order 12")
        with pytest.raises(AmparoError) as error:
            erase(study, "a.1.5")
        assert error.value.code == "care.on_hold"
        assert (error.value.facts["reason"], error.value.facts["of"]) == ("court order 12", of)
        assert hits(study, WORDS) == set(WORDS)
        services.lift(study, number, "the case is closed")
        with pytest.raises(AmparoError, match=r"care\.unknown_hold"):
            services.lift(study, number, "again")
    erase(study, "a.1.5")
    with pytest.raises(AmparoError, match=r"register\.erased_record"):
        erase(study, "a.1.5")
    with pytest.raises(AmparoError, match=r"register\.unknown_record"):
        erase(study, "a.1.99")
    with pytest.raises(AmparoError, match=r"care\.no_reason"):
        erase(study, "a.1.4", words=" ")


def test_nothing_is_erased_when_the_tombstone_cannot_be_kept(study: Study, tmp_path: Path) -> None:
    read(study, table(with_canary()))
    with pytest.raises(AmparoError, match=r"vault\.cannot_write"):
        erase(study, "a.1.5", tombstones=tmp_path / "nowhere" / "tombstones")
    assert hits(study, WORDS) == set(WORDS)
    verify_study(study)


def test_an_erasure_that_breaks_off_is_whole_or_none(
    study: Study, reopened: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import connection

    from amparo.study.care import erasure

    read(study, table(with_canary()))

    def broken(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(erasure, "audit", broken)  # before the transaction ends
    with pytest.raises(KeyboardInterrupt):
        erase(study, "a.1.5")
    monkeypatch.undo()
    assert hits(study, WORDS) == set(WORDS)
    verify_study(study)
    monkeypatch.setattr(erasure, "settle", broken)  # after it
    with pytest.raises(KeyboardInterrupt):
        erase(study, "a.1.5")
    monkeypatch.undo()
    connection.close()
    assert not (study.opened.path / "study.db-wal").exists()
    with reopened() as again:
        assert hits(again, WORDS) == set()
        assert len(list((again.opened.path / "blobs").glob("*/*"))) == 1
        verify_study(again)


def test_the_next_count_asks_for_linking_and_an_older_day_still_counts(study: Study) -> None:
    from datetime import UTC, datetime, timedelta

    from amparo.study.counting.models import TargetPopulation
    from amparo.study.counting.services import count_study
    from amparo.study.linking.models import LinkRun
    from amparo.study.linking.services import link_study
    from amparo.study.register.models import Declaration, SourceFile

    for key, content in lists(60).items():
        read(study, content, key)
    link_study(study, seed=1)
    before = count_study(study, seed=1)
    erase(study, "a.1.2")
    with pytest.raises(AmparoError, match=r"counting\.link_first"):
        count_study(study, seed=1)
    link_study(study, seed=1)
    assert count_study(study, seed=1).records == before.records - 1
    # As if all had stood since the day before: that day counts as it did, without the erased person.
    yesterday = datetime.now(UTC) - timedelta(days=1)
    for model in (SourceFile, Declaration, TargetPopulation):
        model.objects.update(at=yesterday)
    LinkRun.objects.filter(pk=1).update(at=yesterday)
    found = count_study(study, seed=1, as_of=yesterday.date())
    assert found.records == before.records - 1
    assert before.persons - found.persons in (0, 1)


def test_who_may_not_erases_nothing(study: Study) -> None:
    read(study, table(with_canary()))
    study.user.roles = ["documents", "cases", "counts"]
    with pytest.raises(AmparoError, match=r"accounts\.not_allowed"):
        erase(study, "a.1.5")
    assert hits(study, WORDS) == set(WORDS)


def test_what_others_keys_seal_waits_for_them(study: Study, reopened: Callable[[], Any]) -> None:
    """Who approves without counting holds no key of the coarse records."""
    from django.db import connection

    from amparo.study.care.models import Erasure
    from amparo.study.context import Keys
    from amparo.study.linking.services import link_study

    for key, content in lists(60).items():
        read(study, content + table([CANARY]).splitlines()[1] + b"\r\n", key)
    link_study(study, seed=1)
    held = {number: key for number, key in study.keys.held.items() if key.compartment == "default"}
    alone = Study(study.opened, study.user, study.facts, Keys(held))
    from amparo.study.register.index import Index

    index = Index(study)
    mine = [index.records[place] for place in index.find("zoraida")]
    done = erase(alone, *mine)
    assert done.left == 1
    assert hits(study, WORDS) == {"Quimbamba"}
    connection.close()
    with reopened() as again:
        assert hits(again, WORDS) == set()
        assert Erasure.objects.get().left == []
        verify_study(again)


def test_a_folder_copied_before_is_the_only_place_left(study: Study, tmp_path: Path) -> None:
    """What the guide says of old copies is true, and the test above would find somebody."""
    read(study, table(with_canary()))
    shutil.copytree(study.opened.path, tmp_path / "older")
    erase(study, "a.1.5")
    from amparo.vault import blobs

    old = next((tmp_path / "older" / "blobs").glob("*/*")).name
    with pytest.raises(AmparoError, match=r"vault\.blob_missing"):
        blobs.get(study.opened, study.keys.current("default").secret, old)


def test_cases_of_others_that_still_name_the_erased_are_told_of(study: Study) -> None:
    from amparo.study.cases.hearings import keep_note
    from amparo.study.cases.said import Member
    from amparo.study.cases.services import open_case
    from amparo.study.opening import Asked, open_file

    told = {"person_given": "Nadie", "person_surname": "Imaginario"}
    own = open_file(study, Asked(told))
    naming, silent = open_case(study, Member("m-1", "Otra")), open_case(study, Member("m-1", "Otro"))
    keep_note(study, naming, "she is a cousin of (Nadie) Imaginario.")
    keep_note(study, silent, "somebody imaginario")
    done = erase(study, own.record)
    assert (done.quoting, done.unread) == ((naming,), 0)
