from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from synthetic_lists import people, table

from amparo.errors import AmparoError
from amparo.study import store
from amparo.study.register.rules import Declared
from amparo.vault import age, backup, folder, keyring, sqlcipher
from amparo.vault.audit import spoken, written
from amparo.vault.backup import Written
from amparo.vault.folder import Opened

ONE, TWO = age.new_identity(), age.new_identity()


@pytest.fixture
def restoring() -> Any:
    """Importable only once Django's settings stand."""
    from amparo.study.safekeeping import restoring

    return restoring


@pytest.fixture
def enter(copied: Opened) -> Callable[[Path], Opened]:
    return lambda building: folder.open_with_key(building, copied.secrets)


def read(study: store.Study, key: str = "a", number: int = 20) -> None:
    from amparo.study.register import services

    services.read_list(
        study, table(people(number)), "list.csv", source_key=key, declared=Declared("Synthetic", "capture")
    )


def back_up(study: store.Study, disk: Path) -> Written:
    from amparo.study.safekeeping import services

    if not services.recipients():
        services.add_recipient(study, "one", age.public(ONE))
        services.add_recipient(study, "two", age.public(TWO))
    return services.back_up(study, disk)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    (tmp_path / "disk").mkdir()
    (tmp_path / "room").mkdir()
    return tmp_path / "disk"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "room" / "restored"


@pytest.fixture
def restore(place: Path, enter: Any, restoring: Any) -> Any:
    """Restore a backup at `place`, with the secrets of the study it is of."""

    def act(made: Written, secret: str = ONE, **options: Any) -> Any:
        return restoring.restore(made.path, place, secret, enter, **options)

    return act


def contents(opened: Opened) -> dict[str, str]:
    """Digests of every table, and of every sealed file by name."""
    blobs = {path.name: path.read_bytes().hex() for path in (opened.path / "blobs").glob("*/*")}
    return backup.digests(opened) | blobs


@pytest.mark.parametrize("secret", [ONE, TWO], ids=["one", "two"])
def test_any_recipient_brings_the_study_back(
    copied: Opened, disk: Path, place: Path, restore: Any, secret: str
) -> None:
    with store.study_in(copied) as study:
        read(study)
        before = contents(copied)
        made = back_up(study, disk)
    restored = restore(made, secret)
    assert restored.manifest == made.manifest
    assert (restored.verified.records, restored.verified.files) == (20, 1)
    assert restored.replayed.applied == 0
    back = folder.open_with_key(place, copied.secrets)
    after = contents(back)
    changed = {name for name in before if before[name] != after.get(name)}
    assert changed <= {"accounts_auditline", "safekeeping_recipient", "sqlite_sequence"}
    with store.study_in(back):
        from amparo.study.accounts.models import AuditLine

        assert AuditLine.objects.latest("seq").act == "backup.restored"


def test_nobody_in_it_can_be_read_in_the_backup(copied: Opened, disk: Path) -> None:
    with store.study_in(copied) as study:
        read(study, number=60)
        made = back_up(study, disk)
    told = made.path.read_bytes() + made.path.with_suffix(".head").read_bytes()
    for row in people(60):
        assert not any(word.encode() in told for word in (row[0], row[1]))


def test_a_backup_older_than_a_head_kept_outside_is_refused(
    copied: Opened, disk: Path, place: Path, restore: Any
) -> None:
    from amparo.study.accounts.services import head

    with store.study_in(copied) as study:
        read(study)
        made = back_up(study, disk)
        of_backup, newer = made.manifest.head, head()
    assert newer.seq == of_backup.seq + 1
    for text in (spoken(newer), written(newer, made.manifest.at, copied.study_id)):
        with pytest.raises(AmparoError) as raised:
            restore(made, heads=text)
        assert raised.value.code == "safekeeping.backup_older"
        assert raised.value.facts["day"].isoformat() == made.manifest.at[:10]
        assert (raised.value.facts["found"], raised.value.facts["kept"]) == (of_backup.seq, newer.seq)
        assert not list(place.parent.iterdir())
    beside = made.path.with_suffix(".head").read_text()
    assert restore(made, heads=beside).verified.acts == of_backup.seq


def test_a_backup_of_another_history_is_refused(
    copied: Opened, disk: Path, place: Path, restore: Any
) -> None:
    with store.study_in(copied) as study:
        made = back_up(study, disk)
    other = written(made.manifest.head._replace(digest="ab" * 32), made.manifest.at, copied.study_id)
    with pytest.raises(AmparoError, match=r"vault\.history_differs"):
        restore(made, heads=other)
    assert not list(place.parent.iterdir())


def test_a_date_and_head_that_the_database_denies_are_refused(
    copied: Opened, disk: Path, place: Path, restore: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from amparo.study.safekeeping import services

    true = services.last_line
    monkeypatch.setattr(services, "last_line", lambda database: true(database)._replace(seq=99))
    with store.study_in(copied) as study:
        made = back_up(study, disk)
    with pytest.raises(AmparoError, match=r"vault\.backup_damaged"):
        restore(made)
    assert not list(place.parent.iterdir())


def test_a_study_changed_outside_of_amparo_does_not_come_back(
    copied: Opened, disk: Path, place: Path, restore: Any
) -> None:
    with store.study_in(copied) as study:
        read(study)
    with closing(sqlcipher.connect(copied.database, copied.key("database"))) as database, database:
        database.execute("UPDATE register_declaration SET title = 'Other'")
    with store.study_in(copied) as study:
        made = back_up(study, disk)
    with pytest.raises(AmparoError, match=r"vault\.row_changed"):
        restore(made)
    assert not list(place.parent.iterdir())


def test_without_a_way_in_nothing_comes_back(copied: Opened, disk: Path, place: Path, restoring: Any) -> None:
    with store.study_in(copied) as study:
        made = back_up(study, disk)

    def refuse(_: Path) -> Opened:
        raise AmparoError("vault.wrong_passphrase")

    with pytest.raises(AmparoError, match=r"vault\.wrong_passphrase"):
        restoring.restore(made.path, place, ONE, refuse)
    assert not list(place.parent.iterdir())


def test_who_was_erased_after_the_backup_is_erased_again(
    copied: Opened, disk: Path, place: Path, restore: Any
) -> None:
    from amparo.study.care.erasure import SUFFIX, erase
    from amparo.study.register.models import Record

    with store.study_in(copied) as study:
        read(study)
        made = back_up(study, disk)
        erase(study, ["a.1.5"], "by request")
    stones = copied.path.with_name(copied.path.name + SUFFIX).read_bytes()
    restored = restore(made, erasures=stones)
    assert (restored.replayed.applied, restored.replayed.records) == (1, 1)
    with store.study_in(folder.open_with_key(place, copied.secrets)) as study:
        assert not Record.objects.get(pk="a.1.5").wrapped_key
        from amparo.study.verification import verify_study

        assert verify_study(study).acts > made.manifest.head.seq


def test_a_rehearsal_finds_no_difference_and_leaves_nothing(copied: Opened, restoring: Any) -> None:
    with store.study_in(copied) as study:
        read(study)
    before = sorted(copied.path.rglob("*"))
    drilled = restoring.drill(copied, 4)
    assert (drilled.times, drilled.differences) == (4, ())
    assert (drilled.verified.records, drilled.verified.files) == (20, 1)
    assert drilled.tables > 20
    assert sorted(copied.path.rglob("*")) == before
    assert [name for name in keyring._held if ".tmp-" in name] == []
    with store.study_in(copied) as study:
        from amparo.study.accounts.services import acts

        last = acts(study)[-1]
    assert (last.act, last.facts) == ("backup.drilled", {"times": 4, "differences": 0})


def test_a_rehearsal_tells_what_came_back_otherwise(
    copied: Opened, restoring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = backup.digests

    def other(opened: Opened) -> dict[str, str]:
        found = true(opened)
        if opened.path != copied.path:
            found["register_record"] = "other"
            del found["register_source"]
        return found

    monkeypatch.setattr(backup, "digests", other)
    assert restoring.drill(copied, 1).differences == ("register_record", "register_source")


def test_a_rehearsal_stopped_half_way_leaves_nothing(
    copied: Opened, restoring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(copied.path.rglob("*"))
    restored = restoring.verify_study
    calls = []

    def stop(*args: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return restored(*args, **options)

    monkeypatch.setattr(restoring, "verify_study", stop)
    with pytest.raises(KeyboardInterrupt):
        restoring.drill(copied, 2)
    assert sorted(copied.path.rglob("*")) == before
