from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from synthetic_lists import people as rows_of
from synthetic_lists import table

from amparo.study import health as subject
from amparo.study.accounts import people
from amparo.study.health import closed_health, health
from amparo.study.register.rules import Declared
from amparo.study.register.services import read_list
from amparo.study.store import Study
from amparo.vault import folder, wraps


def test_a_new_study_has_what_is_to_do(study: Study) -> None:
    page = health(study)
    assert page.people is not None and page.people.present == 1
    assert {"health.no_recovery", "health.no_backup", "health.alone"} <= set(page.advice)
    assert not {"health.founder_does_both", "health.open_to_others", "health.not_whole"} & set(page.advice)
    assert page.whole is None
    assert set(page.versions) == {"amparo", "python", "openssl", "sqlcipher", "cipher_provider", "sqlite"}


def test_people_are_numbers(study: Study) -> None:
    people.add(study, "ana-synthetic", ["documents", "cases"], "synthetic words of ana")
    people.add(study, "berta-synthetic", ["counts"], "synthetic words of berta")
    people.remove(study, "berta-synthetic")
    page = health(study)
    assert page.people is not None
    assert (page.people.present, page.people.gone) == (2, 1)
    assert page.people.roles["documents"] == 2 and page.people.roles["administers"] == 1
    assert "health.founder_does_both" in page.advice and "health.alone" not in page.advice
    assert page.slots.kinds == {"passphrase": 2} and page.slots.generation > 1
    written = msgspec.json.encode(page)
    assert b"synthetic" not in written and b"owner" not in written


def test_recovery_shares_are_a_way_in(study: Study) -> None:
    recovery = wraps.new_recovery(study.opened.study_id, study.opened.secrets.root_key)
    folder.replace_slots_of(study.opened, wraps.RECOVERY, recovery.slot)
    page = closed_health(study.opened.path)
    assert page.slots.kinds == {"passphrase": 1, "recovery": 1}
    assert "health.no_recovery" not in page.advice


def test_an_old_backup_is_told_and_a_new_one_is_not(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    from amparo.study.accounts.services import audit
    from amparo.study.safekeeping import services

    audit(study, "backup.made", file="synthetic.age", bytes=1, head=1, recipients=2)
    page = health(study)
    assert page.backups is not None and page.backups.age == 0
    assert not {"health.no_backup", "health.old_backup"} & set(page.advice)
    made = services.last_made()
    assert made is not None
    monkeypatch.setattr(services, "last_made", lambda: made - timedelta(days=subject.OLD_BACKUP + 1))
    page = health(study)
    assert page.backups is not None and page.backups.age == subject.OLD_BACKUP + 1
    assert "health.old_backup" in page.advice


def test_files_are_counted_and_others_kept_out(study: Study) -> None:
    read_list(study, table(rows_of(5)), "a.csv", source_key="a", declared=Declared("a", "capture"))
    page = closed_health(study.opened.path)
    assert page.files.sealed_files == 1 and page.files.sealed_bytes > 100
    assert page.files.database > 4096 and page.files.free > 0
    study.opened.path.chmod(0o755)
    assert "health.open_to_others" in closed_health(study.opened.path).advice


@pytest.mark.parametrize(
    ("function", "said", "code"),
    [
        ("disk", "plain", "health.disk_plain"),
        ("swap", "plain", "health.swap_plain"),
        ("disk", "encrypted", None),
        ("swap", "unknown", None),
    ],
)
def test_what_the_machine_says_is_worth_an_advice_only_where_it_is_bad(
    study: Study, monkeypatch: pytest.MonkeyPatch, function: str, said: str, code: str | None
) -> None:
    monkeypatch.setattr(subject.machine, function, lambda *_: said)
    other = {"disk": "swap", "swap": "disk"}[function]
    monkeypatch.setattr(subject.machine, other, lambda *_: "none")
    advice = {each for each in closed_health(study.opened.path).advice if each.endswith("_plain")}
    assert advice == ({code} if code else set())


def test_little_room_is_told(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = subject.shutil.disk_usage(study.opened.path)
    monkeypatch.setattr(subject.shutil, "disk_usage", lambda _: usage._replace(free=1 << 20))
    assert "health.little_room" in closed_health(study.opened.path).advice


def test_with_deep_everything_is_opened(study: Study, tmp_path: Path) -> None:
    read_list(study, table(rows_of(5)), "a.csv", source_key="a", declared=Declared("a", "capture"))
    assert health(study, deep=True).whole == "yes"
    [blob] = (study.opened.path / "blobs").glob("*/*")
    blob.unlink()
    page = health(study, deep=True)
    assert page.whole == "vault.blob_missing" and "health.not_whole" in page.advice
